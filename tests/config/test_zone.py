"""The system's time zone: a name that programs know, from wherever the system keeps it."""

from __future__ import annotations

import zoneinfo
from pathlib import Path

import pytest

from digest.cli.setup import system_zone

SYSTEM = next((Path(folder) for folder in zoneinfo.TZPATH if (Path(folder) / "Asia" / "Seoul").is_file()), None)


@pytest.mark.parametrize(
    ("variable", "zone"),
    [
        ("Asia/Seoul", "Asia/Seoul"),
        (":Europe/Berlin", "Europe/Berlin"),
        ("/usr/share/zoneinfo/America/Argentina/Salta", "America/Argentina/Salta"),
        ("/usr/share/zoneinfo/posix/Asia/Tokyo", "Asia/Tokyo"),
        ("KST-9", "UTC"),
        ("../../etc/passwd", "UTC"),
        ("/etc/passwd", "UTC"),
    ],
)
def test_tz_counts_first(tmp_path: Path, variable: str, zone: str) -> None:
    """Whatever the system says; what is no IANA name becomes UTC, and the words repeat it."""
    (tmp_path / "timezone").write_text("Asia/Tokyo\n")
    found, words = system_zone({"TZ": variable}, tmp_path)
    assert found == zone
    assert words == ("as TZ says" if zone != "UTC" else f"for TZ is “{variable}”, which is no IANA name")


def test_where_localtime_leads_counts_before_the_name(tmp_path: Path) -> None:
    """The clock goes by it; ``timezone`` may be left over from an earlier setting."""
    (tmp_path / "usr/zoneinfo/Asia").mkdir(parents=True)
    (tmp_path / "usr/zoneinfo/Asia/Seoul").touch()
    (tmp_path / "localtime").symlink_to("usr/zoneinfo/Asia/Seoul")
    (tmp_path / "timezone").write_text("Europe/Berlin\n")
    assert system_zone({"TZ": ""}, tmp_path) == ("Asia/Seoul", f"as {tmp_path / 'localtime'} says")


@pytest.mark.parametrize("text", ["Europe/Berlin", "Europe/Berlin\n# a comment\n"])
def test_the_name_alone_will_do(tmp_path: Path, text: str) -> None:
    """Where ``localtime`` is no link."""
    (tmp_path / "timezone").write_text(text)
    assert system_zone({}, tmp_path) == ("Europe/Berlin", f"as {tmp_path / 'timezone'} says")


@pytest.mark.skipif(SYSTEM is None, reason="this system has no zone database of its own")
def test_a_copy_is_known_by_its_content(tmp_path: Path) -> None:
    """As containers have it."""
    assert SYSTEM is not None
    (tmp_path / "localtime").write_bytes((SYSTEM / "Asia" / "Seoul").read_bytes())
    assert system_zone({}, tmp_path)[0] == "Asia/Seoul"


@pytest.mark.parametrize("text", [None, "", "Nowhere/Land", "\x00\xff"])
def test_a_system_that_names_none_is_in_utc(tmp_path: Path, text: str | None) -> None:
    """With words, so that the user can put it right; nothing that is odd there is an error."""
    if text is not None:
        (tmp_path / "timezone").write_bytes(text.encode("latin-1"))
    (tmp_path / "localtime").symlink_to("nowhere")
    assert system_zone({}, tmp_path) == ("UTC", "for the system names no time zone")
