"""The database: one truth for engine, dashboard and command line. ``open_store`` is the way in."""

from digest.store.opening import open_store
from digest.store.sqlite import file_url
from digest.store.store import Store

__all__ = ["Store", "file_url", "open_store"]
