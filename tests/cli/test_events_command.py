"""``digest events`` reads back what the engine decided."""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from digest.logfile import APART, fields_as_text, parse_line
from digest.values.events import EventKind, event
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.cli.conftest import Desk

EVENTS = (
    ("06:00", event(EventKind.ENGINE_STARTED)),
    ("07:00", event(EventKind.ALERT, feed=3, entry=17, rule="dprk", severity="high", story=5)),
    ("07:00", event(EventKind.DELIVERY_OWED, feed=3, entry=17, delivery=4, channel="desk")),
    ("07:01", event(EventKind.SUPPRESSED, feed=8, entry=18, rule="dprk", severity="high", reason="same-story")),
    ("07:02", event(EventKind.DELIVERY_HELD, delivery=4, channel="desk", reason="quiet hours until 09:00")),
    ("07:03", event(EventKind.DELIVERY_JOINED, delivery=4, channel="desk", into=9)),
    ("07:04", event(EventKind.DELIVERY_SENT, delivery=9, channel="desk")),
    ("07:05", event(EventKind.FEED_FAILING, feed=3, failures=1, reason="500")),
)


def line(number: int, *, as_json: bool = False) -> str:
    """One of the events as it stands in the log."""
    time, fields = EVENTS[number]
    text = f"2026-11-22T{time}:00Z INFO    digest.test: event {number}{APART}{fields_as_text(fields)}"
    return (json.dumps(parse_line(text).shape()) if as_json else text) + "\n"


@pytest.fixture
def decided(desk: Desk) -> Desk:
    """An engine was here: its log was rotated, and its format changed under way."""
    desk.write("state/engine.log.1", "".join(line(number) for number in range(4)))
    desk.write(
        "state/engine.log",
        "2026-11-22T07:01:30Z INFO    digest.test: no event\nTraceback (most recent call last):\n"
        + "".join(line(number, as_json=number % 2 == 0) for number in range(4, len(EVENTS))),
    )
    return desk


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), range(8)),
        (("--since", "2026-11-22T07:02Z"), range(4, 8)),
        (("--feed", "3"), (1, 2, 7)),
        (("--delivery", "4"), (2, 4, 5)),
        (("--kind", "alert", "--kind", "suppressed"), (1, 3)),
        (("--kind", "delivery"), (2, 4, 5, 6)),
        (("--kind", "delivery.sent", "--since", "2026-11-22T07:04Z", "--entry", "17"), (6,)),
        (("--entry", "17"), (1, 2, 4, 5, 6)),
        (("--entry", "18"), (3,)),
        (("--entry", "17", "--delivery", "4"), (2, 4, 5)),
        (("--entry", "99"), ()),
    ],
)
def test_what_is_asked_for_is_told_oldest_first(
    decided: Desk, options: tuple[str, ...], expected: tuple[int, ...]
) -> None:
    """Across files and formats; an entry's messages belong to it, also the one that tells it in the end."""
    done = decided.run("events", "--json", *options)
    assert done.code == 0
    assert [each["message"] for each in done.lines] == [f"event {number}" for number in expected]
    assert all(each["kind"] and each["time"].endswith("Z") for each in done.lines)


def test_a_line_names_the_ids_that_other_commands_take(decided: Desk) -> None:
    """In the config's zone."""
    done = decided.run("events", "--kind", "suppressed")
    assert done.out == "2026-11-22 16:01:00  suppressed        event 3  (feed 8, entry 18)\n"


def test_strangers_words_stay_one_harmless_line(decided: Desk) -> None:
    """Whatever somebody wrote into the log."""
    told = {"time": "2026-11-22T08:00:00Z", "message": "a\x1b[2J\nb\u202e", "kind": "alert", "entry": 1}
    decided.append("state/engine.log", json.dumps(told) + "\n")
    done = decided.run("events", "--since", "2026-11-22T08:00Z")
    assert done.out == "2026-11-22 17:00:00  alert             a[2J b  (entry 1)\n"


def test_where_no_engine_ran_there_is_nothing_and_that_is_fine(desk: Desk) -> None:
    """With what to do; as JSON nothing at all."""
    done = desk.run("events")
    assert (done.code, done.out) == (0, "")
    assert "no engine has run here yet" in done.err
    assert (desk.run("events", "--json").out, desk.run("events", "--json").err) == ("", "")


def test_a_kind_that_is_none_is_wrong_usage(desk: Desk) -> None:
    """Those that there are are named."""
    done = desk.run("events", "--kind", "sent")
    assert done.code == 2
    assert "delivery.sent" in done.err


def test_while_the_config_has_a_mistake_it_still_tells(decided: Desk) -> None:
    """That it was refused may be just what is looked for."""
    decided.append("config.toml", "\nnonsense = [\n")
    assert len(decided.run("events", "--json").lines) == len(EVENTS)


def following(desk: Desk, *options: str) -> subprocess.Popen[str]:
    """A command that follows, begun anew for each test: signals and pipes are its own."""
    return subprocess.Popen(
        desk.command("events", "--follow", "--json", *options),
        cwd=desk.folder,
        env=desk.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_following_goes_on_across_a_rotation_until_it_is_interrupted(decided: Desk) -> None:
    """Each line comes as it is written; Ctrl-C ends it without a word."""
    state = decided.folder / "state"
    with following(decided, "--since", "2026-11-22T07:05Z") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["message"] == "event 7"
        decided.append("state/engine.log", line(0).replace("T06", "T08"))
        assert json.loads(process.stdout.readline())["message"] == "event 0"
        decided.append("state/engine.log", line(1).replace("T07", "T08"))
        (state / "engine.log.1").rename(state / "engine.log.2")
        (state / "engine.log").rename(state / "engine.log.1")
        decided.write("state/engine.log", line(2).replace("T07", "T08"))
        assert [json.loads(process.stdout.readline())["message"] for _ in range(2)] == ["event 1", "event 2"]
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 130
        assert (process.stdout.read(), process.stderr.read().strip()) == ("", "")


def test_following_ends_quietly_when_nobody_reads(decided: Desk) -> None:
    """At once, though nothing more is decided that it could write."""
    with following(decided, "--since", "2026-11-22T06:00Z") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline()
        process.stdout.close()
        assert process.wait(PATIENCE) == 141
        assert process.stderr.read() == ""


def test_following_waits_for_the_first_engine(desk: Desk) -> None:
    """And tells from its first line on; that there is no log yet is no mistake."""
    with following(desk, "--since", "2026-11-22T06:00Z") as process:
        assert process.stdout is not None
        desk.write("state/engine.log", line(0))
        assert json.loads(process.stdout.readline())["message"] == "event 0"
        process.terminate()
