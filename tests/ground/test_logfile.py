"""The engine's log, read back: the same whether text or JSON, and nothing lost where it is rotated."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.logfile import APART, LogReader, fields_as_text, parse_line
from digest.text import clean_line

if TYPE_CHECKING:
    from pathlib import Path
    from typing import BinaryIO

HEAD = "2026-03-12T14:05:31Z INFO    digest.store.events: "
AT = datetime(2026, 3, 12, 14, 5, 31, tzinfo=UTC)


def line(number: int) -> str:
    """An event as text."""
    return f"{HEAD}one more{APART}kind=alert entry={number}\n"


def numbers(reader: LogReader) -> list[object]:
    """The entries that came since the last look."""
    return [record.fields.get("entry", record.message) for record in reader.read()]


def rotate(file: Path) -> None:
    """As the handler of ``logging`` does it, with three files beside it."""
    for number in (2, 1):
        older = file.with_name(f"{file.name}.{number}")
        if older.exists():
            older.rename(file.with_name(f"{file.name}.{number + 1}"))
    file.rename(file.with_name(f"{file.name}.1"))


def test_a_line_is_the_same_as_text_and_as_json() -> None:
    """Time, level, who, sentence, fields."""
    text = parse_line(f'{HEAD}“Fire” is owed{APART}kind=delivery.held entry=17 reason="quiet hours until 7"')
    assert (text.at, text.level, text.logger, text.message) == (AT, "INFO", "digest.store.events", "“Fire” is owed")
    assert dict(text.fields) == {"kind": "delivery.held", "entry": 17, "reason": "quiet hours until 7"}
    assert parse_line(json.dumps(text.shape())) == text


@given(st.text().map(clean_line), st.integers(-(10**18), 10**18))
def test_fields_come_back_as_they_were(reason: str, number: int) -> None:
    """Whatever words they hold, as quotes, tabs, equals signs and digits alone; a number stays one."""
    fields = {"kind": "alert", "entry": number, "rule": reason, "reason": reason}
    assert dict(parse_line(f"{HEAD}x{APART}{fields_as_text(fields)}").fields) == fields


@given(st.text())
def test_no_line_is_an_error(text: str) -> None:
    """Whatever it holds, it can be read."""
    for told in (text, "{" + text, HEAD + text, f'{{"kind": {text}}}'):
        parse_line(told)


@pytest.mark.parametrize(
    "told",
    ["", "Traceback (most recent call last):", "[1]", "{}", '{"kind": ', "{" * 100_000, f"{HEAD}kind=alert entry=1"],
)
def test_what_is_no_event_has_no_kind(told: str) -> None:
    """Lines that go on with another, such as are cut, and sentences that only read like it."""
    assert parse_line(told).kind == ""


def test_a_line_comes_once_it_is_whole(tmp_path: Path) -> None:
    """However it is written piece by piece."""
    file = tmp_path / "engine.log"
    with LogReader(file) as reader:
        assert numbers(reader) == []
        file.write_text(line(1) + line(2)[:40])
        assert numbers(reader) == [1]
        with file.open("a") as more:
            more.write(line(2)[40:])
        assert numbers(reader) == [2]
        assert numbers(reader) == []


def test_the_oldest_file_comes_first(tmp_path: Path) -> None:
    """Beginning with what was put aside, without what is missing between."""
    for name, number in (("engine.log", 4), ("engine.log.1", 3), ("engine.log.3", 1)):
        (tmp_path / name).write_text(line(number))
    with LogReader(tmp_path / "engine.log") as reader:
        assert numbers(reader) == [1, 3, 4]


@pytest.mark.parametrize("rotations", [1, 2, 3])
def test_nothing_is_lost_however_often_it_was_rotated(tmp_path: Path, rotations: int) -> None:
    """Also what was written to the file after the last look and before it was put aside."""
    file = tmp_path / "engine.log"
    file.write_text(line(0))
    with LogReader(file) as reader:
        assert numbers(reader) == [0]
        for number in range(rotations):
            with file.open("a") as log:
                log.write(line(10 * number + 1))
            rotate(file)
            file.write_text(line(10 * number + 2))
        assert numbers(reader) == [10 * number + end for number in range(rotations) for end in (1, 2)]
        assert numbers(reader) == []


def test_a_log_that_was_rotated_away_is_gone_on_with_at_the_oldest_there_is(tmp_path: Path) -> None:
    """What is no longer there cannot be told; the rest comes once."""
    file = tmp_path / "engine.log"
    file.write_text(line(0))
    with LogReader(file) as reader:
        assert numbers(reader) == [0]
        for number in range(1, 7):
            rotate(file)
            file.write_text(line(number))
        assert numbers(reader) == [3, 4, 5, 6]


def test_a_log_that_somebody_emptied_begins_anew(tmp_path: Path) -> None:
    """As by ``: > engine.log``, or deleted and made again."""
    file = tmp_path / "engine.log"
    file.write_text(line(1) + line(2))
    with LogReader(file) as reader:
        assert numbers(reader) == [1, 2]
        file.write_text(line(3))
        assert numbers(reader) == [3]
        file.unlink()
        assert numbers(reader) == []
        file.write_text(line(4))
        assert numbers(reader) == [4]


def test_from_its_end_on_only_what_comes_is_read(tmp_path: Path) -> None:
    """Whoever follows does not want the past."""
    file = tmp_path / "engine.log"
    file.write_text(line(1))
    with LogReader(file, from_end=True) as reader:
        assert numbers(reader) == []
        with file.open("a") as more:
            more.write(line(2))
        assert numbers(reader) == [2]


def test_who_stops_reading_leaves_no_file_open(tmp_path: Path) -> None:
    """Those are found anew that had been found; Python would warn of one that is left open."""
    (tmp_path / "engine.log.1").write_text(line(1))
    (tmp_path / "engine.log").write_text(line(2))
    with LogReader(tmp_path / "engine.log") as reader:
        assert next(iter(reader.read())).fields["entry"] == 1
        assert numbers(reader) == [2]


def test_what_comes_between_two_steps_of_a_look_is_not_lost(tmp_path: Path) -> None:
    """More is written and put aside just when the end was reached and nothing newer is known yet."""
    file = tmp_path / "engine.log"
    file.write_text(line(1))

    class Unlucky(LogReader):
        def _newer(self) -> list[BinaryIO]:
            with file.open("a") as more:
                more.write(line(2))
            rotate(file)
            file.write_text(line(3))
            return super()._newer()

    with Unlucky(file, from_end=True) as reader:
        assert numbers(reader) == [2, 3]
