"""The terminal's own signs: a title that counts, bell and notification for urgent entries, and only as asked for."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from digest.store import open_store
from digest.store import schema as tables
from digest.tui.signals import FORMER_TITLE, KEEP_TITLE, Signals
from digest.values.listing import MatchRow
from digest.values.news import Severity
from digest.values.settings import Alarms
from tests.tui.newsdesk import NOW, Dispatch, add_report
from tests.tui.stage import settle, staged, text_of, until
from tests.tui.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path


def row(entry: int, title: str = "Envoy expelled", outlet: str = "Meridian") -> MatchRow:
    """An urgent entry."""
    return MatchRow(entry, NOW, title, outlet, Severity.URGENT, ("expulsion",), unread=True, baseline=False)


@pytest.mark.parametrize(
    ("alarms", "environment", "sent"),
    [
        (Alarms(), {}, ""),
        (Alarms(bell=True), {}, "\x07"),
        (Alarms(notify=True), {"TERM": "xterm-kitty"}, "\x1b]9;Meridian: Envoy expelled (and 1 more)\x07"),
        (Alarms(notify=True), {"TERM": "foot"}, "\x1b]777;notify;Digest;Meridian: Envoy expelled (and 1 more)\x07"),
        (
            Alarms(bell=True, notify=True),
            {"TERM": "xterm-256color", "VTE_VERSION": "7600"},
            "\x07\x1b]777;notify;Digest;Meridian: Envoy expelled (and 1 more)\x07",
        ),
    ],
    ids=["nothing", "bell", "osc 9", "foot", "vte"],
)
def test_urgent_entries_ring_once_and_as_asked_for(alarms: Alarms, environment: dict[str, str], sent: str) -> None:
    """All that came at once ring together; what rang is never told again."""
    wire: list[str] = []
    signals = Signals(wire.append, alarms, environment)
    signals.urgent([row(1), row(2)])
    signals.urgent([row(2), row(1)])
    signals.urgent([])
    assert "".join(wire) == sent


@given(st.text(max_size=300), st.text(max_size=40))
def test_no_title_is_a_command(title: str, outlet: str) -> None:
    """Whatever a feed writes, what is sent is one notification, of some length at most."""
    wire: list[str] = []
    Signals(wire.append, Alarms(notify=True), {}).urgent([row(1, title, outlet)])
    (sent,) = wire
    assert sent.startswith("\x1b]9;")
    assert sent.endswith("\x07")
    assert not [c for c in sent[4:-1] if unicodedata.category(c) in {"Cc", "Cs"}]
    assert len(sent) < 200


def test_the_title_counts_what_is_unread_and_is_sent_when_it_changes() -> None:
    """And again for a terminal that was away."""
    wire: list[str] = []
    signals = Signals(wire.append, Alarms(), {})
    signals.again()
    for unread in (20, 20, 0):
        signals.count(unread)
    signals.again()
    assert wire == ["\x1b]2;(20) Digest\x07", *["\x1b]2;Digest\x07"] * 2]


def test_a_real_terminal_has_its_title_back(day: str) -> None:
    """The former title is kept at the start and asked for at the end; between them the count."""
    with Terminal(Terminal.dashboard(day)) as terminal:
        terminal.wait_for_bytes(b"\x1b]2;(41) Digest\x07")
        terminal.press("q")
        assert terminal.ended() == 0
        wire = bytes(terminal.wire)
    assert wire.index(KEEP_TITLE.encode()) < wire.index(b"\x1b]2;") < wire.rindex(FORMER_TITLE.encode())


async def test_only_what_comes_rings(day: str) -> None:
    """Not what was there at the start, nor what is no more urgent than high; of a filtered list, too."""
    async with staged(day, alarms=Alarms(bell=True)) as (app, pilot):
        rung: list[str] = []
        app.signals._write = rung.append
        await pilot.press("2", "j")
        await settle(app, pilot)
        rung.clear()
        with open_store(day) as store, store.database.write() as (connection, seq):
            now = datetime.now(UTC).replace(microsecond=0)
            for rule in ("launch", "expulsion"):
                entry = add_report(connection, Dispatch("14:06", "Meridian", rule, rule, rule, unread=True), seq)
                seen = update(tables.entries).where(tables.entries.c.id == entry)
                connection.execute(seen.values(first_seen=min(now, NOW), seq=seq))
        await until(pilot, lambda: any("(43)" in each for each in rung))
        assert rung.count("\x07") == 1


async def test_every_trouble_is_on_its_page(day: str, tmp_path: Path) -> None:
    """Also what `digest status` tells: channels that fail, what is muted, a bot that does not hear."""
    del tmp_path
    with open_store(day) as store:
        store.changes.mute("launch", NOW.replace(hour=23), "Ann (42) by Telegram", "muted", NOW)
        with store.database.write() as (connection, seq):
            failing = {"last_error": "chat not found", "last_error_at": NOW, "seq": seq}
            connection.execute(update(tables.channels).where(tables.channels.c.name == "phone").values(failing))
            given_up = update(tables.deliveries).where(tables.deliveries.c.channel == "desk")
            connection.execute(given_up.values(state="dead", reason="because", seq=seq))
        store.leases.note_problem("the bot does not hear")
    async with staged(day) as (app, pilot):
        await pilot.press("T")
        await until(pilot, lambda: any("CHANNELS" in line for line in text_of(app)))
        screen = " ".join(" ".join(text_of(app)).split())
        for words in (
            "phone: chat not found",
            "given up; digest outbox list shows why",
            "launch is muted until",
            "by Ann",
        ):
            assert words in screen, words
        assert "the bot does not hear" in screen
