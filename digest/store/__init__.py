"""The database: one truth for engine, dashboard and command line. ``open_store`` is the way in."""

from digest.store.sqlite import file_url
from digest.store.store import Store, open_store

__all__ = ["Store", "file_url", "open_store"]
