"""What the bars and panes say of engine, feeds, channels and filter is true, and there is room for it."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from digest.engine.ground.threads import StoreThread
from digest.engine.rules import LiveRules
from digest.errors import Problem
from digest.match import load_rules
from digest.presence import Presence
from digest.rulebook.folders import RuleFolders
from digest.store import open_store
from digest.store import schema as tables
from digest.store.dashboard import ChannelLine, Dashboard, Figures, RuleBook, RuleRow
from digest.tui.actions import Subject
from digest.tui.cells import cut_middle
from digest.tui.life import Bearing, Life
from digest.tui.pages.editor import EditorPage
from digest.tui.questions import Snapshot
from digest.tui.welcome import welcome_lines
from digest.tui.widgets.feeds import FeedsPane, short_reason
from digest.tui.widgets.rules import RulesPane
from digest.tui.widgets.status import StatusBar, channel_spans, engine_spans
from digest.values.news import Severity
from digest.values.settings import FeedSpec
from digest.values.states import ChannelState, EngineState, FeedState
from digest.watch.conditions import NETWORK, Condition, KnownCondition, News
from tests.tui.newsdesk import NOW, RULES, ZONE, Dispatch, add_report, build, build_empty, copied
from tests.tui.stage import PLACES, settle, staged, text_of, until

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from digest.tui.cells import Run


def said(spans: Iterable[Run]) -> str:
    """The text of a line."""
    return "".join(span.text for span in spans)


def feed(number: int, name: str = "", *, error: str = "", due: float = 60, **more: object) -> FeedState:
    """A feed that was polled a minute ago; with an error it has failed ever since."""
    state = FeedState(
        number,
        FeedSpec(f"https://outlet{number}.example/rss", name=name or f"Outlet {number}"),
        last_attempt=NOW - timedelta(minutes=1),
        last_error=error,
        failures=int(bool(error)),
        next_due=NOW + timedelta(seconds=due),
    )
    return replace(state, **more)  # type: ignore[arg-type]  # whatever a test wants otherwise


def bearing(engine: EngineState) -> Bearing:
    """How an engine does of which a dashboard has only just heard."""
    life = Life(lambda: 0.0)
    life.hear(engine, NOW)
    return life.bearing(engine)


def status(feeds: Sequence[FeedState], figures: Figures | None = None) -> str:
    """The first line for these feeds."""
    alive = EngineState(pid=1, heartbeat=NOW)
    bar = StatusBar(lambda: NOW, ZONE, lambda: 0.0)
    bar.show(Snapshot(alive, (), figures or Figures(), RuleBook(), feeds))
    return said(bar.line(0, 140).spans)


def test_what_the_config_says_in_vain_is_shown() -> None:
    """One after the other, behind what is worse: a key that does nothing yet is never silent."""
    doubts = [
        Problem("config.toml", line, 1, f"{key} does nothing yet: more", "warning")
        for line, key in ((3, "tier"), (5, "keys"))
    ]
    time = 0.0
    bar = StatusBar(lambda: NOW, ZONE, lambda: time, doubts)
    alive = EngineState(pid=1, heartbeat=NOW)
    bar.show(Snapshot(alive, (), Figures(), RuleBook(), ()))
    assert "◆ config: tier does nothing yet 1/2 T" in said(bar.line(0, 140).spans)
    time = 5.0
    assert "◆ config: keys does nothing yet 2/2 T" in said(bar.line(0, 140).spans)
    bar.show(Snapshot(EngineState(pid=1, heartbeat=NOW, problem="it waits"), (), Figures(), RuleBook(), ()))
    told = []
    for seconds in (0.0, 4.0, 8.0, 12.0):
        time = seconds
        told.append(said(bar.line(0, 140).spans))
    assert [("waits" in line, "tier" in line, "keys" in line) for line in told] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
        (True, False, False),
    ]
    assert {len(line) for line in told} == {140}
    assert len({line.index("/3 T") for line in told}) > 1


@pytest.mark.parametrize("cells", [80, 120, 200])
def test_a_long_problem_is_cut_and_never_left_out(cells: int) -> None:
    """It stands beside how the engine does and how much is unread, on every screen."""
    bar = StatusBar(lambda: NOW, ZONE, lambda: 0.0)
    problem = "the bot does not hear: another program reads this bot's updates: stop it there, or give each a bot"
    bar.show(Snapshot(EngineState(pid=1, heartbeat=NOW, problem=problem), (), Figures(), RuleBook(), ()))
    line = said(bar.line(0, cells).spans)
    assert "▲ the bot does not hear" in line
    assert "0 unread" in line
    assert (problem in line) == (cells == 200)
    assert ("… T" in line) == (cells < 200)
    assert "    " not in line or cells == 200, "there was room for more of it"


# --- engine and channels -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("silent", "words"),
    [(2, "● engine live"), (6, "● engine live"), (7, "▲ ENGINE DOWN, silent for 7 s: digest run starts it")],
)
def test_a_silent_engine_is_down_and_how_to_start_it(silent: int, words: str) -> None:
    """Three signs of life that did not come are enough; the way out stands beside it."""
    engine = EngineState(pid=1, heartbeat=NOW - timedelta(seconds=silent))
    assert said(engine_spans(bearing(engine), narrow=False)) == words


def test_an_engine_that_is_gone_with_its_store_is_down() -> None:
    """Its state folder was deleted, say: why nothing is shown stands behind it. One that waits for a store lives."""
    time = 0.0
    bar = StatusBar(lambda: NOW, ZONE, lambda: time)
    bar.show(Snapshot(EngineState(pid=1, heartbeat=NOW), (), Figures(), RuleBook(), ()))
    bar.show(None, "the database was moved away")
    assert said(bar.line(0, 140).spans).split("Digest")[1].strip().startswith("▲ the database was moved away")
    time = 7.0
    words = "▲ ENGINE DOWN: digest run starts it   the database was moved away"
    assert said(bar.line(0, 140).spans).split("Digest")[1].strip().startswith(words)
    bar.see(Presence(1, 1))
    bar.see(Presence(1, 2))
    assert "ENGINE DOWN" not in said(bar.line(0, 140).spans)


def test_narrow_screens_say_how_to_start_an_engine_too() -> None:
    """Where room is short the command is kept, and how long it was silent is not."""
    engine = EngineState(pid=1, heartbeat=NOW - timedelta(minutes=3))
    assert said(engine_spans(bearing(engine), narrow=True)) == "▲ ENGINE DOWN: digest run starts it"


@pytest.mark.parametrize(
    ("off", "words"),
    [
        ("there is no bot token in TELEGRAM_BOT_TOKEN", "no token"),
        ("Telegram does not know the bot's token (or telegram.api leads elsewhere)", "wrong token"),
        ("what stands in bot.token is no bot token: BotFather gives one like 123456789:AAE...", "no valid token"),
        ("the token file bot.token cannot be read: Permission denied", "token unreadable"),
        ("Apprise channels are not supported yet", "not supported"),
        ("some other reason", "off"),
    ],
)
def test_why_a_channel_is_off(off: str, words: str) -> None:
    """A token that is there is never called missing."""
    channel = ChannelLine(ChannelState("desk", "@desk", NOW, off=off))
    assert said(channel_spans([channel], NOW)) == f"desk {words}"


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"queued": 2, "held": 3}, "desk 2 queued"),
        ({"held": 3}, "desk 3 held"),
        ({"queued": 2, "unknown": 1}, "desk 1 in doubt"),
        ({"queued": 2, "unknown": 1, "dead": 4}, "desk 4 given up"),
    ],
)
def test_what_waits_for_somebody_is_said_first(counts: dict[str, int], words: str) -> None:
    """What was given up or is in doubt stays on the screen, narrow ones included, until a user decides."""
    line = ChannelLine(ChannelState("desk", "@desk", NOW), **counts)
    assert said(channel_spans([line], NOW)) == words
    bar = StatusBar(lambda: NOW, ZONE)
    bar._snapshot = Snapshot(EngineState(pid=1, heartbeat=NOW), [line], Figures(), RuleBook(), ())
    assert (words in said(bar.line(0, 80).spans)) is (len(counts) > 1 and "held" not in counts)


@pytest.mark.parametrize(
    ("states", "words"),
    [
        ({"desk": "no token", "phone": "no token"}, "2 channels off: desk, phone"),
        ({"desk": "", "phone": "no bot token in X"}, "phone no token"),
        ({"desk": "no token", "phone": "no token", "third": "wrong"}, "3 channels off: desk, phone, th…"),
        ({"desk": "no token", "phone": "?"}, "2 channels in trouble: desk, phone"),
        ({"desk": "?", "phone": "?"}, "2 channels failing: desk, phone"),
        ({"desk": "+", "phone": "no token"}, "2 channels in trouble: desk, phone"),
        ({"desk": "", "phone": ""}, "2 channels ok"),
    ],
)
def test_all_channels_in_trouble_are_counted(states: dict[str, str], words: str) -> None:
    """By what is wrong with them, and named as far as there is room; one alone is told with why it is so."""
    lines = [
        ChannelLine(
            ChannelState(name, name, NOW, off=fault.strip("?+"), last_error="?" * fault.count("?"), last_error_at=NOW),
            dead=fault.count("+"),
        )
        for name, fault in states.items()
    ]
    assert said(channel_spans(lines, NOW)) == words


# --- feeds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feeds", "words"),
    [
        ([feed(1, error="no such host: x", due=300), feed(2, error="no such host: y", due=200)], "next poll 3:20"),
        ([feed(1, due=300), feed(2, due=20, paused=True)], "next poll 5:00"),
        ([feed(1, due=300), feed(2, due=20, gone_at=NOW)], "next poll 5:00"),
        ([feed(1, due=300), feed(2, due=-9000)], "next poll 5:00"),
        ([feed(1, paused=True)], "next poll –"),
    ],
    ids=["all fail", "paused", "gone", "late", "none"],
)
def test_next_poll_is_the_soonest_of_any_feed_that_is_polled(feeds: list[FeedState], words: str) -> None:
    """Failing feeds are tried again, so they count; what is overdue says nothing of when."""
    assert words in status(feeds)


def test_feeds_that_are_gone_do_not_count_as_failing() -> None:
    """As in ``digest status``: each is counted apart, here and on the first-run screen."""
    fails, gone = feed(1, error="503: overloaded"), feed(2, error="410: gone for good", gone_at=NOW)
    assert "▲ 1 feed failing, 1 gone" in status([fails, gone, feed(3)])
    snapshot = Snapshot(EngineState(pid=1, heartbeat=NOW), (), Figures(), RuleBook(), [fails, gone, feed(3)])
    assert "▲ 1 feed failing, 1 gone: " in " ".join(said(line) for line in welcome_lines(snapshot, "", PLACES, NOW, 90))
    assert "▲ Outlet 2 gone" in status([gone, feed(3)])


def known(key: str, sentence: str = "It is so") -> KnownCondition:
    """Something that is wrong."""
    return KnownCondition(key, sentence, NOW)


@pytest.mark.parametrize(
    ("keys", "feeds", "words"),
    [
        (["feed:1:quiet"], [feed(1)], "◆ 1 feed quiet"),
        (["rule:a:b:silent", "rule:b:silent"], [feed(1)], "◆ 2 rules silent"),
        (["feed:1:quiet", "rule:a:silent"], [feed(1), feed(2, error="503: overloaded")], "▲ Outlet 2 failing"),
        ([NETWORK, "feed:1:quiet"], [feed(1, error="no such host: x")], "▲ no feed can be reached"),
        (["channel:desk:down"], [feed(1)], "next poll 1:00"),
        (["escalation:desk:stuck"], [feed(1)], "▲ It is so"),
    ],
)
def test_what_is_wrong_stands_in_the_first_line(keys: list[str], feeds: list[FeedState], words: str) -> None:
    """The worst of it: where nobody gets notices, this is where it is told."""
    bar = StatusBar(lambda: NOW, ZONE, lambda: 0.0)
    wrong = [known(key) for key in keys]
    bar.show(Snapshot(EngineState(pid=1, heartbeat=NOW), (), Figures(), RuleBook(), feeds, wrong=wrong))
    assert said(bar.line(0, 140).spans).split("Digest")[1].strip().replace(words, "…").count("…") == 1


async def test_quiet_feeds_and_silent_rules_are_marked(day: str) -> None:
    """In their panes, with the sentence in the feed's details; those that do well are not."""
    with open_store(day) as store:
        quiet = Condition("feed:9:quiet", "The feed Orontes News answers, but its newest entry is 9 days old", "", NOW)
        silent = Condition("rule:sanctions:silent", "The rule has not fired", "", NOW)
        store.conditions.change(News(shown=(quiet, silent)), [], NOW)
    async with staged(day, (120, 36)) as (app, pilot):
        assert [line for line in text_of(app) if "◆ Sanctions…   5 quiet" in line]
        await pilot.press("3", *"jjjjjjjj")
        await settle(app, pilot)
        lines = text_of(app)
        assert any(re.search(r"◆ Orontes Ne.* late", line) for line in lines)
        assert app.feeds.cursor == 9
        assert any("answers, but its" in line for line in lines)


async def test_an_urgent_alert_that_can_go_on_to_nobody_is_a_trouble(day: str) -> None:
    """Whoever looks sees it at once, by its turn in the status line and among all troubles."""
    words = "Nobody took 1 urgent alert in the channel desk in time"
    with open_store(day) as store:
        store.conditions.change(News(shown=(Condition("escalation:desk:stuck", words, "", NOW),)), [], NOW)
    async with staged(day, (160, 50)) as (app, pilot):
        assert " 1/2 T" in text_of(app)[0]
        await pilot.press("T")
        await settle(app, pilot)
        assert any(words in line for line in text_of(app)[1:])


def test_an_admins_chat_is_shown_only_while_it_takes_no_messages() -> None:
    """It is no channel that alerts go to."""
    desk = ChannelLine(ChannelState("desk", "@desk", NOW))
    admin = ChannelState("admin 7", "7", NOW)
    assert said(channel_spans([desk, ChannelLine(admin, queued=1)], NOW)) == "desk ok"
    assert said(channel_spans([ChannelLine(admin)], NOW)) == "no channel"
    refused = replace(admin, last_error="this admin has to write /start to the bot", last_error_at=NOW)
    assert said(channel_spans([desk, ChannelLine(refused, queued=1)], NOW)) == "admin 7 retrying"
    snapshot = Snapshot(EngineState(pid=1, heartbeat=NOW), [ChannelLine(admin)], Figures(), RuleBook(), [feed(1)])
    assert "no channel yet" in " ".join(said(line) for line in welcome_lines(snapshot, "", PLACES, NOW, 90))


def test_large_figures_have_separators() -> None:
    """Hits an hour are written as the figures beside them."""
    assert "4,448 hits/h" in status([feed(1)], Figures(hours=(1, 4448)))


def test_hits_an_hour_are_entries_as_today_is(tmp_path: Path) -> None:
    """An entry that two rules hit is one in both figures."""
    url = copied(build_empty, tmp_path)
    with open_store(url) as store:
        with store.database.write() as (connection, seq):
            report = Dispatch("14:06", "Meridian", "launch", "Twice", "Twice", unread=True, more_rules=("nuclear",))
            add_report(connection, report, seq)
        figures = Dashboard(store.database).figures(NOW, NOW - timedelta(hours=14))
    assert (figures.today, figures.hours[-1]) == (1, 1)


@pytest.mark.parametrize(
    ("error", "word"),
    [
        ("no such host: “certificate.example”", "no host"),
        ("the name “redirect.example” could not be looked up (no connection, or the name server is down)", "offline"),
        ("the server cannot be reached (network is unreachable)", "offline"),
        ("the server did not answer within 20 s", "timeout"),
        ("the document did not arrive whole within 20 s", "timeout"),
        ("the server cannot be reached", "timeout"),
        ("the server's certificate has expired", "bad tls"),
        ("no secure connection could be agreed on", "no tls"),
        ("the server refused the connection", "refused"),
        ("the server broke off the connection", "cut off"),
        ("“10.0.0.1” is in a private network, which feeds may not use unless poll.private_hosts is true", "private"),
        ("the server's redirects go round in circles", "astray"),
        ("this is no web address", "bad url"),
        ("this is a web page, not a feed", "webpage"),
        ("this is XML (opml), but not a feed", "no feed"),
        ("this is JSON, but not a JSON Feed: it has no list of items", "no feed"),
        ("the document is empty", "empty"),
        ("the document is larger than 10MB (poll.max_bytes)", "too big"),
        ("reading it took more than 512 MB of memory", "too big"),
        ("reading it took longer than 30 seconds", "slow"),
        ("reading it crashed the parser (status -11)", "crash"),
        ("this is a feed, but no entry of it can be read: not well-formed", "broken"),
        ("something new", "error"),
    ],
)
def test_a_failure_in_one_word(error: str, word: str) -> None:
    """Different faults have different words, in seven cells."""
    assert short_reason(feed(1, error=error)) == word
    assert len(word) <= 7


def keys_of(feeds: Sequence[FeedState]) -> list[object]:
    """The feeds in the order in which the pane lists them."""
    pane = FeedsPane(lambda: NOW)
    pane._feeds = feeds
    return [item.key for item in pane.items(30) if item.key is not None]


def test_feeds_stand_as_in_the_config_whatever_becomes_of_them() -> None:
    """Neither trouble nor the next poll moves one."""
    well = [feed(1, due=90), feed(2, due=30)]
    for dues in ((10, 20), (20, 10)):
        bad = [feed(3, "b", error="x", due=dues[0]), feed(4, "A", error="x", due=dues[1])]
        assert keys_of([*well, *bad]) == [1, 2, 3, 4]


async def test_another_order_is_chosen_and_kept(day: str) -> None:
    """By name, trouble first, newest first: as it was when the key was pressed; then the config's again."""
    async with staged(day) as (app, pilot):
        await pilot.press("3")

        def keys() -> list[object]:
            return [item.key for item in app.feeds._items if item.key is not None]

        names = {feed.id: feed.name for feed in app.feeds._feeds}
        assert keys() == list(range(1, 29))
        await pilot.press("less_than_sign")
        await pilot.pause()
        assert [names[int(str(key))] for key in keys()] == sorted(names.values(), key=str.casefold)
        await pilot.press("less_than_sign")
        await pilot.pause()
        assert keys()[:3] == [1, 2, 3]
        assert "by trouble" in "\n".join(text_of(app))
        before = keys()
        with open_store(day) as store, store.database.write() as (connection, seq):
            failing = update(tables.feeds).where(tables.feeds.c.id == 28)
            connection.execute(failing.values(failures=1, last_error="503", seq=seq))
        await until(pilot, lambda: any(feed.failures for feed in app.feeds._feeds if feed.id == 28))
        assert keys() == before
        await pilot.press("less_than_sign", "less_than_sign")
        await pilot.pause()
        assert keys() == list(range(1, 29))


async def test_the_figures_of_the_feeds_do_not_scroll_away(day: str) -> None:
    """However far down the list is, its head stays, and one entry is not called entries."""
    with open_store(day) as store, store.database.write() as (connection, seq):
        connection.execute(update(tables.feeds).where(tables.feeds.c.id == 28).values(entries=1, seq=seq))
    async with staged(day, (80, 24)) as (app, pilot):
        await pilot.press("3", "G")
        await settle(app, pilot)
        lines = text_of(app)
        assert "25 ok  1 late  2 fail" in lines[3]
        assert "next poll" in lines[4]
        assert any("Summit Gazette" in line for line in lines)
        assert any(line.strip(" ▌").startswith("1 entry") for line in lines)
        await pilot.click("#feeds", offset=(5, 0))
        assert app.feeds.cursor == 28


# --- the first run -----------------------------------------------------------------------------------------------


def test_offline_at_the_first_run() -> None:
    """Where no feed at all was reached, it is this machine: what to look at, and what works without a network."""
    failed = [feed(number, error=f"no such host: {number}.example") for number in range(3)]

    def told(feeds: list[FeedState]) -> str:
        snapshot = Snapshot(EngineState(pid=1, heartbeat=NOW), (), Figures(), RuleBook(), feeds)
        return " ".join(said(line) for line in welcome_lines(snapshot, "", PLACES, NOW, 90))

    assert "No feed could be reached Is this machine online? digest demo plays a day without network." in told(failed)
    assert "Nothing has matched yet" in told([*failed, feed(9)])
    assert "Nothing has matched yet" in told([*failed, feed(9, error="this is a web page, not a feed")])


# --- filter and list ---------------------------------------------------------------------------------------------

LONG = "missiles OR ballistic OR launch OR посол OR nuclear OR enrichment OR reactor OR centrifuge"


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 20), (40, 15)], ids=lambda size: f"{size[0]}x{size[1]}")
async def test_a_filter_is_seen_and_counted_at_every_size(day: str, size: tuple[int, int]) -> None:
    """A filter too long for its place is cut, never left out; the count is of what passes."""
    async with staged(day, size) as (app, pilot):
        await pilot.press("slash")
        assert app.filter_bar is not None
        app.filter_bar._input.value = LONG
        await pilot.press("enter")
        await until(pilot, lambda: app.matches.position[1] not in {0, 69})
        await settle(app, pilot)
        passed, lines = app.matches.position[1], text_of(app)
        assert any("filter missiles" in line and "…" in line for line in lines)
        assert any(f"{passed} of 69" in line for line in lines)
        assert not any("69 today" in line for line in lines if "MATCHES" in line)


async def test_an_entry_without_a_title_is_listed_by_its_first_words(day: str) -> None:
    """An address says less than the text does."""
    with open_store(day) as store, store.database.write() as (connection, seq):
        report = Dispatch("14:06", "Meridian", "launch", "", "Envoys", "Envoys met in Oslo.", unread=True)
        add_report(connection, report, seq)
    async with staged(day) as (app, _):
        assert sum("Envoys met in Oslo." in line for line in text_of(app)) >= 2


async def test_rules_go_by_their_titles(day: str) -> None:
    """In the list where it has room for them, in the side bar and the reader; never cut in their middle."""
    async with staged(day, (117, 36)) as (app, pilot):
        assert any("Embassies opened and clo… Oslo to" in line for line in text_of(app)[3:18])
        assert any("North Korea and Russia    Влад" in line for line in text_of(app)[3:18])
        await pilot.resize_terminal(120, 36)
        await settle(app, pilot)
        lines = text_of(app)
        assert any("▲ Missile and rock… 14" in line for line in lines)
        assert any("▲ high   Missile and rocket launches   Pacific Wire" in line for line in lines)


@pytest.mark.parametrize(
    ("name", "cells", "wanted"),
    [
        ("north-korea", 11, "north-korea"),
        ("north-korea-syria", 11, "north…syria"),
        ("north-korea-arms", 12, "north-…-arms"),
        ("한빛일보동해", 8, "한빛…해"),
        ("syria", 3, "sy…"),
    ],
)
def test_cut_middle(name: str, cells: int, wanted: str) -> None:
    """Beginning and end are kept, on cell boundaries."""
    assert cut_middle(name, cells) == wanted


async def test_the_entries_of_one_message_are_a_view(tmp_path: Path) -> None:
    """`digest watch --delivery` begins with what that message tells of and says so; Esc shows all again."""
    url = copied(build, tmp_path)
    with open_store(url) as store:
        told = next(delivery for delivery in store.outbox.list() if delivery.alerts)
        (title,) = {alert.entry.text.title for alert in store.reads.alerts(delivery=told.id)}
        everything = len({alert.entry.id for alert in store.reads.alerts()})
    async with staged(url, delivery=told.id) as (app, pilot):
        assert len(app.matches.order) == 1
        screen = "\n".join(text_of(app))
        assert title[:20] in screen
        assert f"message {told.id}" in screen
        await pilot.press("escape")
        await settle(app, pilot)
        assert len(app.matches.order) >= everything


async def test_a_muted_rule_shows_it(day: str) -> None:
    """In place of its bar, and counted below; when the mute is over it is as the others."""
    with open_store(day) as store:
        rule = store.reads.latest_alerts(1)[0].rule
        store.changes.mute(rule, NOW + timedelta(hours=1), "Ann (42) by Telegram", "muted", NOW)
    async with staged(day) as (app, _):
        lines = [line[:32] for line in text_of(app)]
        title = {rule: title for rule, title, *_ in RULES}[rule]
        assert ["muted" in line for line in lines if title[:8] in line] == [True]
        assert any("1 muted" in line or "more ↓" in line for line in lines)


async def test_without_a_rule_the_pane_says_that_nothing_alerts(tmp_path: Path) -> None:
    """Whoever deleted the last rule file sees it where the errors of rule files stand."""
    url = copied(build_empty, tmp_path)
    (rules := tmp_path / "rules").mkdir()
    with open_store(url) as store:
        async with StoreThread() as thread:
            await LiveRules(RuleFolders.only(rules), store, thread, {}).refresh()
    async with staged(url) as (app, _pilot):
        pane = " ".join(line[1:24].strip() for line in text_of(app))
    assert "▲ no rule is live, so nothing alerts" in pane


async def test_what_the_rules_folder_holds_and_nobody_can_read_is_shown(tmp_path: Path) -> None:
    """As the engine found it: each by its name, with what is live of it; the rules of the others stand below."""
    url = copied(build_empty, tmp_path)
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "a.toml").write_text('[[rule]]\nid = "a"\nany = ["a"]\n')
    os.mkfifo(rules / "pipe.toml")
    os.link(rules / "a.toml", os.fsencode(rules) + b"/caf\xe9.toml")
    with open_store(url) as store:
        async with StoreThread() as thread:
            await LiveRules(RuleFolders.only(rules), store, thread, {}).refresh()
    async with staged(url) as (app, _pilot):
        screen = "\n".join(text_of(app))
    for words in ("2 rule files broken", r"▲ caf\xe9.toml:1:1", "nothing of it is li", "▲ pipe.toml:1:1", "a named"):
        assert words in screen
    assert "what was live stays live" not in screen


@pytest.mark.parametrize("hits", [7, 1234, 56789])
def test_large_counts_of_rules_keep_their_column(hits: int) -> None:
    """Names, figures and bars stand below each other, however much came today."""
    pane = RulesPane(lambda: NOW, ZONE)
    rules = [RuleRow(name, name, "", Severity.HIGH, True, count, "a.toml") for name, count in (("a", hits), ("b", 3))]
    pane._book, pane._today = RuleBook(tuple(rules)), hits
    lines = [said(item.spans) for item in pane.items(23) if item.key is not None]
    end = max(2, len(str(hits))) + 13
    assert [line[:end].rsplit(" ", 1)[1] for line in lines] == [str(hits), str(hits), "3"]
    assert all(len(line) <= 23 and not line[end:].strip(" ━╸") for line in lines)


async def test_a_broken_rule_file_is_opened_at_its_mistake(day: str, tmp_path: Path) -> None:
    """From the pane of rules and from the page of troubles alike; what is only about a rule does nothing there."""
    (tmp_path / "bad.toml").write_text('[[rule]]\nid = "bad"\nany = ["one"]\nseverty = "high"\n', encoding="utf-8")
    loaded = load_rules({"bad.toml": (tmp_path / "bad.toml").read_text(encoding="utf-8")})
    with open_store(day) as store:
        store.rules.save_loaded(loaded, NOW)
    for keys in ("2", "T"):
        async with staged(day, places=replace(PLACES, rules=tmp_path)) as (app, pilot):
            await pilot.press(keys)
            await settle(app, pilot)
            pane = app.page.lines if app.page else app.rules  # type: ignore[attr-defined]
            pane.choose(next(item.key for item in pane._items if any("bad.toml" in run.text for run in item.spans)))
            await settle(app, pilot)
            assert app.at_hand()[Subject.FILE] == "bad.toml"
            await pilot.press("x")
            await settle(app, pilot)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.page, EditorPage) and app.page.code.cursor_location == (3, 0))
