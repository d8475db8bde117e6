"""Opens an entry's page in the user's browser: http and https only, and never a browser that takes the terminal."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser

from digest.text import safe_link


def can_open() -> bool:
    """Whether a browser with a window of its own can be expected here."""
    if sys.platform in {"darwin", "win32"}:
        return True
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"))


def open_page(url: str) -> bool:
    """Open a page without waiting for the browser; false if there is none or the link is no web page's."""
    link = safe_link(url)
    if not link or not can_open():
        return False
    threading.Thread(target=webbrowser.open, args=(link,), name="browser", daemon=True).start()
    return True
