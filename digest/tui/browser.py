"""Opens an entry's page in the user's browser: http and https only, and never a browser that takes the terminal."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import webbrowser

from digest.text import safe_link
from digest.tui.outside import in_a_page

_DESKTOPS = ("DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME")
"""One of these is set where a window can open."""


def open_page(url: str) -> bool:
    """Open a page without waiting for the browser; false if there is none here or the link is no web page's.

    Who looks at the dashboard in a page of a browser has a browser elsewhere.
    """
    link = safe_link(url)
    if not link or in_a_page():
        return False
    if sys.platform in {"darwin", "win32"}:
        threading.Thread(target=webbrowser.open, args=(link,), name="browser", daemon=True).start()
        return True
    opener = shutil.which("xdg-open") or shutil.which("wslview")
    if opener is None or not any(os.environ.get(name) for name in _DESKTOPS):
        return False
    # Its own session and no terminal: what it prints must not land on the screen. The link is one argument, and no
    # option, for it begins with http.
    quiet = subprocess.DEVNULL
    subprocess.Popen([opener, link], stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True)  # noqa: S603
    return True
