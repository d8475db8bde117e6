"""Files of the day: each record once, whole or not at all, and every failure in plain words."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from digest.channels.base import Failure, Outgoing, SendError
from digest.channels.files import FileChannel, TornError, append, in_words, obstacle

if TYPE_CHECKING:
    from collections.abc import Callable

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PART = '{"kind": "alert", "title": "A\u2028B", "text": "Two\\nlines"}'


class Clock:
    """A clock that the test sets."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """The time."""
        return self.now


def markdown(folder: Path, clock: Callable[[], datetime] = Clock(), zone: str = "UTC") -> FileChannel:  # noqa: B008 - it never moves
    """A channel of Markdown files."""
    return FileChannel(str(folder), "markdown", zone, now=clock)


def jsonl(folder: Path, clock: Callable[[], datetime] = Clock()) -> FileChannel:  # noqa: B008 - it never moves
    """A channel of JSON lines."""
    return FileChannel(str(folder), "jsonl", "UTC", now=clock)


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def lines(path: Path) -> list[dict[str, Any]]:
    """The records of a file of JSON lines."""
    return [json.loads(line) for line in path.read_bytes().decode().split("\n")[:-1]]


async def failure_of(channel: FileChannel) -> SendError:
    """How writing fails."""
    with pytest.raises(SendError) as caught:
        await channel.send(Outgoing("x", delivery=1))
    return caught.value


async def test_markdown_records_stand_one_after_the_other(tmp_path: Path) -> None:
    """Each behind a comment that says which part of which message it is; the folder is made."""
    channel = markdown(tmp_path / "a" / "b")
    assert await channel.send(Outgoing("**One**  \nline", delivery=57)) == 0
    await channel.send(Outgoing("Two", delivery=57, number=1, maybe_repeat=True))
    assert channel.path == tmp_path / "a" / "b" / "2026-11-22.md"
    assert channel.path.read_text() == (
        "<!-- digest 57.0 -->\n**One**  \nline\n\n<!-- digest 57.1 -->\n↻ possible repeat\n\nTwo\n\n"
    )


async def test_json_records_are_a_line_each(tmp_path: Path) -> None:
    """Whatever the text holds; the message's own keys stand between which it is and whether it may be a repeat."""
    channel = jsonl(tmp_path)
    await channel.send(Outgoing(PART, delivery=7))
    await channel.send(Outgoing("written before the channel changed", delivery=8, maybe_repeat=True))
    assert channel.path.read_bytes().count(b"\n") == len(channel.path.read_text().splitlines()) == 2
    first, second = lines(channel.path)
    assert list(first) == ["delivery", "part", "kind", "title", "text", "possible_repeat"]
    assert (first["delivery"], first["part"], first["title"], first["possible_repeat"]) == (7, 0, "A\u2028B", False)
    assert (second["text"], second["possible_repeat"]) == ("written before the channel changed", True)


async def test_each_line_of_a_part_is_a_record(tmp_path: Path) -> None:
    """A catch-up that goes to a file is the records of its alerts; again, only what is not there yet is written."""
    channel = jsonl(tmp_path)
    both = Outgoing('{"title": "A"}\n{"title": "B"}', delivery=7)
    await channel.send(both)
    await channel.send(replace(both, maybe_repeat=True))
    assert [(line["delivery"], line["title"]) for line in lines(channel.path)] == [(7, "A"), (7, "B")]


async def test_what_is_made_is_for_the_user_alone(tmp_path: Path) -> None:
    """Folder and files are nobody else's business; what exists keeps its mode."""
    channel = markdown(tmp_path / "new")
    await channel.send(Outgoing("x"))
    assert (channel.path.stat().st_mode & 0o777, channel.path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    channel.path.chmod(0o644)
    await channel.send(Outgoing("y"))
    assert channel.path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("zone", "name"), [("UTC", "2026-11-22.md"), ("Asia/Seoul", "2026-11-23.md"), ("Pacific/Midway", "2026-11-22.md")]
)
async def test_a_day_is_one_of_the_channels_zone(tmp_path: Path, zone: str, name: str) -> None:
    """At 20:00 UTC it is tomorrow in Seoul."""
    channel = markdown(tmp_path, Clock(NOON.replace(hour=20)), zone)
    await channel.send(Outgoing("x"))
    assert list(contents(tmp_path)) == [name]


@pytest.mark.parametrize("make", [markdown, jsonl])
@pytest.mark.parametrize("days_later", [0, 1, 6])
async def test_what_is_in_doubt_is_written_once(
    tmp_path: Path, make: Callable[[Path, Clock], FileChannel], days_later: int
) -> None:
    """A record that stands in one of the last files is not written again, however late the second try comes."""
    clock = Clock()
    channel = make(tmp_path, clock)
    await channel.send(Outgoing(PART, delivery=5))
    await channel.send(Outgoing(PART, delivery=57))
    await channel.send(Outgoing(PART, delivery=7, number=1))
    before = contents(tmp_path)
    clock.now = NOON.replace(day=NOON.day + days_later)
    for delivery, number in ((5, 0), (57, 0), (7, 1)):
        await channel.send(Outgoing(PART, maybe_repeat=True, delivery=delivery, number=number))
    assert contents(tmp_path) == before
    for delivery, number in ((7, 0), (57, 1), (570, 0), (6, 0)):  # none of these is there
        await channel.send(Outgoing(PART, maybe_repeat=True, delivery=delivery, number=number))
    assert channel.path.read_bytes().count(b"possible repeat") + channel.path.read_bytes().count(b": true") == 4


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (markdown, "<!-- digest 8.0 --> in a line"),
        (markdown, "\\<!-- digest 8.0 -->\n  <!-- digest 8.0 -->"),
        (jsonl, '{"text": "\\n{\\"delivery\\": 8, \\"part\\": 0, "}'),
    ],
)
async def test_no_text_passes_for_a_record(tmp_path: Path, make: Callable[[Path], FileChannel], text: str) -> None:
    """A message that speaks of another does not keep it from being written."""
    channel = make(tmp_path)
    await channel.send(Outgoing(text, delivery=7))
    size = channel.path.stat().st_size
    await channel.send(Outgoing("{}", delivery=8, maybe_repeat=True))
    assert channel.path.stat().st_size > size


@pytest.mark.parametrize("torn", ['{"delivery": 1, "par', "half a line"])
async def test_a_torn_line_is_ended_first(tmp_path: Path, torn: str) -> None:
    """What a power cut left behind spoils no record but itself, and is not taken for one."""
    channel = jsonl(tmp_path)
    channel.path.write_text(torn)
    await channel.send(Outgoing(PART, delivery=1, maybe_repeat=True))
    first, second, rest = channel.path.read_text().split("\n")
    assert (first, json.loads(second)["delivery"], rest) == (torn, 1, "")


@pytest.mark.parametrize("make", [markdown, jsonl])
@pytest.mark.parametrize("repeat", [False, True])
@pytest.mark.parametrize("missing", [1, 5, 40])
async def test_a_torn_record_is_not_taken_for_the_whole(
    tmp_path: Path, make: Callable[[Path], FileChannel], missing: int, *, repeat: bool
) -> None:
    """A power cut, or a disk that lets nothing be taken back, left its beginning: it is written again, whole."""
    channel = make(tmp_path)
    await channel.send(Outgoing(PART, delivery=7, maybe_repeat=repeat))
    torn = channel.path.read_bytes()[:-missing]
    channel.path.write_bytes(torn)
    await channel.send(Outgoing(PART, delivery=7, maybe_repeat=True))
    assert len(channel.path.read_bytes()) > len(torn) + len(PART)


def test_a_full_disk_leaves_no_half_record(tmp_path: Path) -> None:
    """What does not fit is taken back, and what was there stays; here the system lets no file grow beyond 100 bytes."""
    path = tmp_path / "2026-11-22.md"
    path.write_bytes(b"x" * 89 + b"\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
        with pytest.raises(OSError, match="No space left") as caught:
            append(path, b"y" * 20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not isinstance(caught.value, TornError)
    assert path.read_bytes() == b"x" * 89 + b"\n"


def test_what_is_taken_back_is_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two channels in one folder, one meets a full disk while the other writes: what the other kept stays."""
    path, write = tmp_path / "2026-11-22.jsonl", os.write
    other = threading.Thread(target=append, args=(path, b"small\n"))

    def write_on_a_full_disk(file: int, data: bytes) -> int:
        if data != b"too big\n":
            return write(file, data)
        other.start()
        other.join(0.3)  # it waits for its turn, or else is done by now
        return write(file, data[:3])

    monkeypatch.setattr(os, "write", write_on_a_full_disk)
    with pytest.raises(OSError, match="No space left"):
        append(path, b"too big\n")
    other.join()
    assert path.read_bytes() == b"small\n"


def test_a_file_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    """Who reads does not wait, and does not hold up the writer."""
    path = tmp_path / "2026-11-22.md"
    append(path, b"one\n")
    with path.open() as reader:
        append(path, b"two\n")
        assert reader.read() == "one\ntwo\n"


def test_a_device_is_no_file_of_the_day() -> None:
    """Not even one that would take the bytes."""
    with pytest.raises(OSError, match="No such device or address"):
        append(Path("/dev/null"), b"x")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.symlink_to(path.parent.parent / "elsewhere"), "is a link"),
        (Path.mkdir, "is no plain file"),
        (os.mkfifo, "is no plain file"),
    ],
)
async def test_only_a_plain_file_of_the_folder_is_written_to(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    """A link would lead out of the folder, and a pipe swallow the record; the message stays owed."""
    folder = tmp_path / "out"
    folder.mkdir()
    channel = markdown(folder)
    spoil(channel.path)
    error = await failure_of(channel)
    assert error.failure is Failure.CLOSED
    assert words in str(error)
    assert not (tmp_path / "elsewhere").exists()


async def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    """Nothing left this machine, so it is tried again; the path is named."""
    (tmp_path / "file").write_text("x")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        error = await failure_of(markdown(folder))
        assert error.failure is Failure.CLOSED
        assert f"{folder} is no folder" in str(error)
        assert "file is no folder" in obstacle(str(folder))


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "is full: make room"),
        (errno.EDQUOT, "no room left for you"),
        (errno.EROFS, "can only be read"),
        (errno.EACCES, "change its owner or mode"),
        (errno.EIO, "could not be written to: Input/output error"),
    ],
)
def test_every_failure_is_told_in_plain_words(number: int, words: str) -> None:
    """With the folder that it is about."""
    told = in_words(OSError(number, os.strerror(number)), Path("/srv/news"))
    assert words in told
    assert "/srv/news" in told


def test_a_folder_that_can_be_made_is_no_obstacle(tmp_path: Path) -> None:
    """And looking makes nothing."""
    assert obstacle(str(tmp_path / "a" / "b")) == obstacle(str(tmp_path)) == ""
    assert list(tmp_path.iterdir()) == []
