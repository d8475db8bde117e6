"""Pages open in the user's browser, and what is said of that is true."""

from __future__ import annotations

import shutil
import sys
import time
from typing import TYPE_CHECKING

import pytest

from digest.errors import UsageError
from digest.tui.browser import OPENED, Opener, opener, start
from tests.tui.stage import settle, staged
from tests.tui.test_commands import said

if TYPE_CHECKING:
    from pathlib import Path

PAGE = "https://one.example/a?b=c&d"
SH = shutil.which("sh")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """As over ssh."""
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "WSL_DISTRO_NAME"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("wanted", "command"),
    [
        ("sh", (SH, PAGE)),
        ("sh --new %s --quiet", (SH, "--new", PAGE, "--quiet")),
        ("'sh' -x &", (SH, "-x", PAGE)),
        ("no-such-browser:sh", (SH, PAGE)),
        ("'unclosed:sh", (SH, PAGE)),
    ],
)
def test_the_users_browser_opens_it(monkeypatch: pytest.MonkeyPatch, wanted: str, command: tuple[str, ...]) -> None:
    """$BROWSER is read as other programs read it; the first that is installed counts, and the address is one word."""
    monkeypatch.setenv("BROWSER", wanted)
    assert opener(PAGE) == Opener(command)


@pytest.mark.parametrize(("beside", "takes"), [("", True), (" &", False)])
def test_a_browser_of_the_terminal_gets_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: str, *, takes: bool
) -> None:
    """The dashboard steps back for it, unless the user has it run beside."""
    (tmp_path / "w3m").write_text("#!/bin/sh\n")
    (tmp_path / "w3m").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("BROWSER", f"w3m{beside}")
    assert opener(PAGE).takes_terminal is takes


@pytest.mark.skipif(sys.platform in {"darwin", "win32"}, reason="these have a browser always")
def test_where_none_is_the_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a $BROWSER that is not installed is the reason."""
    with pytest.raises(UsageError, match=r"no browser can be opened from here: https://one"):
        opener(PAGE)
    monkeypatch.setenv("BROWSER", "no-such-browser")
    with pytest.raises(UsageError, match=r"names no program that is here \(no-such-browser\): https://one"):
        opener(PAGE)
    for url, why in (("", "gives no link"), ("file:///etc/passwd", "no web page's"), ("javascript:alert(1)", "no web")):
        with pytest.raises(UsageError, match=why):
            opener(url)


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")  # it goes on
def test_what_fails_at_once_is_not_opened() -> None:
    """A program that ends with a failure has opened nothing; one that goes on, or ends well, has."""
    assert SH is not None
    assert start(Opener((SH, "-c", "exit 0", PAGE))) == OPENED
    assert start(Opener((SH, "-c", "sleep 3", PAGE))) == OPENED
    with pytest.raises(UsageError, match=r"sh ended with 4: https://one"):
        start(Opener((SH, "-c", "exit 4", PAGE)))
    began = time.monotonic()
    assert start(*[Opener((SH, "-c", "sleep 9", PAGE))] * 9) == OPENED
    assert time.monotonic() - began < 9, "many are waited for together"


async def test_the_key_opens_the_page_of_the_entry(day: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That of the entry under the cursor, and those of its numbered links."""
    script = tmp_path / "browse"
    script.write_text(f'#!/bin/sh\nprintf "%s\\n" "$1" >> {tmp_path}/opened\n')
    script.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(script))
    async with staged(day) as (app, pilot):
        await settle(app, pilot)
        await pilot.press("o")
        await said(app, pilot, OPENED)
        assert app.reader.detail is not None
        assert (tmp_path / "opened").read_text().split() == [app.reader.detail.entry.url]
