"""The database: one truth for engine, dashboard and command line. ``open_store`` is the way in.

What is in here is imported when it is first asked for: a glance at the database does not need all that a store does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from digest.store.sqlite import file_url
    from digest.store.store import Store, open_store
else:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(name)
        from digest.store import sqlite, store

        return getattr(sqlite if name == "file_url" else store, name)


__all__ = ["Store", "file_url", "open_store"]
