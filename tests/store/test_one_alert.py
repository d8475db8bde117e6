"""One event is one alert: later reports join its story, and only what calls for it is told again."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zlib import crc32

import pytest
from sqlalchemy import insert, update

from digest.delivery.decide import Decide, Policy, decide
from digest.delivery.queue import Situation
from digest.delivery.retries import Failed, Patience, RetryPolicy
from digest.errors import UsageError
from digest.store import open_store, schema
from digest.store.schema import deliveries
from digest.values.messages import Delivery, DeliveryState, Failure, Hold
from digest.values.news import EntryText, Hit, Match, NewEntry, Outcome, Severity
from digest.values.settings import ChannelSpec, Deliver, FeedSpec, Telegram, Telling
from digest.values.stories import Development
from tests.fakes.line_by_line import lines
from tests.fakes.stores import new_store
from tests.store.conftest import MINUTE, NOW, identity, polled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.store import Store

pytestmark = pytest.mark.both

DAY = timedelta(days=1)
DESK, PHONE = ChannelSpec("desk", Telegram("@desk")), ChannelSpec("phone", Telegram("@phone"), severity=Severity.HIGH)
RULES = ("asia", "cup", "dprk", "missiles", "war")
OUTLETS = ("alpha", "beta", "gamma", "delta", "epsilon")
LAUNCH = "North Korea launches ballistic missile toward the sea off its east coast"
SAME = "North Korea launches ballistic missile toward sea off east coast, Seoul says"
ALSO = "Japan protests as North Korea launches ballistic missile"
UNSURE = "Tokyo protests as North Korea fires another missile into the sea"
OTHER = "Syria reopens the airport of Aleppo after a year of repairs"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """A store with five feeds of five publishers, and two channels."""
    with new_store(url) as opened:
        opened.sends.windows = lambda _: ()
        specs = [FeedSpec(f"https://{name}.example/rss", name=name.title(), lang="en") for name in OUTLETS]
        opened.polls.sync_feeds(specs, default_every=MINUTE, now=NOW)
        opened.channels.sync([DESK, PHONE], {}, NOW)
        with opened.database.write() as (connection, _):
            live = [{"id": each, "severity": Severity.NORMAL, "path": "north.toml", "line": 1} for each in RULES]
            connection.execute(insert(schema.rules), live)
        yield opened


def brings(
    store: Store,
    feed: int,
    title: str,
    *rules: str,
    summary: str = "",
    severity: Severity = Severity.NORMAL,
    now: datetime = NOW,
    policy: Policy | None = None,
    **telling: Telling,
) -> int:
    """A feed brings an entry in which these rules find something; its id."""
    entry = made(feed, title, *rules, summary=summary, severity=severity)
    how = deciding(**telling) if policy is None else partial(decide, policy)
    (new,) = store.polls.commit_polls([polled(entry, feed=feed, now=now)], now, how)
    return new


def made(feed: int, title: str, *rules: str, summary: str = "", severity: Severity = Severity.NORMAL) -> NewEntry:
    """An entry of a feed in which these rules find something."""
    return NewEntry(
        identity(name := f"{feed}{crc32(title.encode()):08x}"),
        url=f"https://{OUTLETS[feed - 1]}.example/{name}",
        text=EntryText(title, summary, lang="en"),
        published=None,
        folded=title.casefold(),
        fold_version=1,
        matches=tuple((Match(rule, severity, (Hit("title", 0, 5, "North", "North"),)), ()) for rule in rules),
    )


def deciding(**telling: Telling) -> Decide:
    """What decides, where rules want to be told like this."""
    return partial(decide, Policy(30 * DAY, [DESK, PHONE], telling=telling))


def outcome(store: Store, entry: int) -> list[Outcome]:
    """What became of an entry's matches."""
    return [each.judged.outcome for each in store.reads.matches_of(entry)]


def take(store: Store, now: datetime = NOW, chat: str = "@desk") -> Delivery | None:
    """The next message for a chat, planned and taken."""
    situation = Situation(now, Patience(DAY))
    found, _ = store.queue.take(chat, situation, lambda _: (DESK, lines), None, timedelta(0))
    return found if isinstance(found, Delivery) else None


def sent(store: Store, now: datetime = NOW) -> list[str]:
    """Send all that can go to the desk; the titles of what went."""
    titles = []
    while (delivery := take(store, now)) is not None:
        titles.append(delivery.title)
        for number in range(len(delivery.parts)):
            if number:
                take(store, now)
            store.outbox.part_sent(delivery.id, number + 1, now)
    return titles


# --- one event, one alert ----------------------------------------------------------------------------------------


def test_an_event_that_three_outlets_report_is_one_alert(store: Store) -> None:
    """The first report alerts; the others join its story, and say which of them only repeat it."""
    first, second, third = (
        brings(store, 1, LAUNCH, "dprk"),
        brings(store, 2, SAME, "dprk"),
        brings(store, 3, ALSO, "dprk"),
    )
    assert [outcome(store, each) for each in (first, second, third)] == [
        [Outcome.ALERT],
        [Outcome.SAME_REPORT],
        [Outcome.SAME_STORY],
    ]
    brings(store, 4, OTHER, "dprk")
    assert len(store.outbox.list()) == 2
    story = store.reads.story(first)
    assert story is not None
    assert [report.publisher for report in story.sources] == ["alpha.example", "beta.example", "gamma.example"]
    assert [report.repeat for report in story.reports] == [False, True, False]


def test_two_reports_in_one_transaction_are_one_alert(store: Store) -> None:
    """What was decided of the first counts for the second, though nothing of either was committed before."""
    deciding = partial(decide, Policy(30 * DAY, [DESK]))
    entries = [
        NewEntry(
            identity(title),
            url="https://alpha.example/",
            text=EntryText(title, lang="en"),
            published=None,
            folded="",
            fold_version=1,
            matches=((Match("dprk", Severity.NORMAL, ()), ()),),
        )
        for title in (LAUNCH, SAME)
    ]
    new = store.polls.commit_polls([polled(entries[0], feed=1), polled(entries[1], feed=2)], NOW, deciding)
    assert [outcome(store, each) for each in new] == [[Outcome.ALERT], [Outcome.SAME_REPORT]]


def test_a_restart_changes_nothing(store: Store, url: str) -> None:
    """All that stories are found by stands in the store: another process goes on where the first one was."""
    first = brings(store, 1, LAUNCH, "dprk")
    with open_store(url) as other:
        second = brings(other, 2, SAME, "dprk")
        third = brings(store, 3, ALSO, "dprk")  # the first one has seen what the other stored
        assert [outcome(other, each) for each in (second, third)] == [[Outcome.SAME_REPORT], [Outcome.SAME_STORY]]
        found = other.reads.story(first)
        assert found is not None
        assert [report.entry for report in found.reports] == [first, second, third]


def test_what_was_rolled_back_is_not_remembered(store: Store) -> None:
    """A transaction that fails leaves no trace: the report is the first one when it comes again."""

    def fail(*_: object) -> list[object]:
        raise ZeroDivisionError

    made = NewEntry(
        identity("a"), "https://alpha.example/", EntryText(LAUNCH, lang="en"), None, "", 1,
        matches=((Match("dprk", Severity.NORMAL, ()), ()),),
    )  # fmt: skip
    with pytest.raises(ZeroDivisionError):
        store.polls.commit_polls([polled(made)], NOW, fail)  # type: ignore[arg-type]  # it fails
    assert outcome(store, brings(store, 2, SAME, "dprk")) == [Outcome.ALERT]


def test_reports_that_no_rule_found_join_when_there_is_time(store: Store) -> None:
    """They count as sources; what a feed's first poll brought from long ago is compared with nothing."""
    first, quiet = brings(store, 1, LAUNCH, "dprk"), brings(store, 2, SAME)
    assert len(store.reads.story(first).reports) == 1  # type: ignore[union-attr]  # it is there
    deciding = partial(decide, Policy(30 * DAY, [DESK]))
    assert [store.polls.commit_stories(10, NOW, deciding) for _ in range(2)] == [1, 0]
    story = store.reads.story(first)
    assert story is not None
    assert [report.entry for report in story.reports] == [first, quiet]


def test_what_may_be_another_event_is_told(store: Store) -> None:
    """A report too little like its story to be sure of: silence would lose it; it is no source of that story."""
    first = brings(store, 1, LAUNCH, "dprk")
    sent(store)
    unsure = brings(store, 2, UNSURE, "dprk", now=NOW + MINUTE)
    story = store.reads.story(first)
    assert story is not None
    assert [report.entry for report in story.reports] == [first, unsure]
    assert [report.entry for report in story.sources] == [first]
    assert [(alert.entry.id, alert.news) for alert in store.reads.alerts()] == [(first, None), (unsure, None)]
    assert sent(store, NOW + MINUTE) == [UNSURE]


def test_other_numbers_may_be_another_event(store: Store) -> None:
    """Two games of one evening are told alike: the second is told, too, for it has none of the first one's numbers."""
    first = brings(store, 1, "Arsenal beat Real Madrid 3-0 in Champions League quarter-final", "cup")
    sent(store)
    other = brings(
        store, 2, "Inter win 2-1 at Bayern Munich in Champions League quarter-final", "cup", now=NOW + MINUTE
    )
    again = brings(store, 3, "Arsenal beat Madrid 3-0 in Champions League quarter-final tie", "cup", now=NOW + MINUTE)
    assert [outcome(store, each) for each in (first, other, again)] == [
        [Outcome.ALERT],
        [Outcome.ALERT],
        [Outcome.SAME_REPORT],
    ]


# --- told again --------------------------------------------------------------------------------------------------


def test_another_rule_and_a_higher_severity_are_told_again(store: Store) -> None:
    """Each as an alert of its own that says why; what the story told before is not."""
    brings(store, 1, LAUNCH, "dprk")
    second = brings(store, 2, SAME, "dprk", "missiles")
    third = brings(store, 3, ALSO, "dprk", severity=Severity.URGENT)
    assert {each.judged.match.rule: each.judged.outcome for each in store.reads.matches_of(second)} == {
        "dprk": Outcome.SAME_REPORT,
        "missiles": Outcome.ALERT,
    }
    news = {(alert.entry.id, alert.rule): alert.news for alert in store.reads.alerts()}
    assert (news[second, "missiles"], news[third, "dprk"]) == (Development.RULE, Development.SEVERITY)


def test_a_toll_that_rises_is_told_again(store: Store) -> None:
    """And one that stays is not."""
    quake = "Earthquake in western Iran kills {} people, dozens injured"
    brings(store, 1, quake.format(12), "quakes")
    same = brings(store, 2, quake.format(12) + ", officials say", "quakes")
    more = brings(store, 3, quake.format(40), "quakes")
    assert outcome(store, same) == [Outcome.SAME_REPORT]
    assert [alert.news for alert in store.reads.alerts()] == [None, Development.TOLL]
    assert outcome(store, more) == [Outcome.ALERT]


def test_more_publishers_are_told_again_where_a_rule_wants_it(store: Store) -> None:
    """``again = 2``: once two more have joined since it was told; one of the reports that joined tells it."""
    telling = Telling(again=2)
    for feed, title in enumerate((LAUNCH, SAME, ALSO, LAUNCH + " on Sunday"), 1):
        brings(store, feed, title, "dprk", dprk=telling)
    assert [(alert.news, alert.entry.feed_id) for alert in store.reads.alerts()] == [
        (None, 1),
        (Development.SOURCES, 3),
    ]


def test_publishers_count_for_again_though_no_rule_found_their_reports(store: Store) -> None:
    """``again = 2``: the second that joins is told by the rule that told the story, and of no rule that wants nothing.

    It is told once, and not by a report that was in its feed before, or may be of another event.
    """
    telling = {"dprk": Telling(again=2)}
    brings(store, 1, LAUNCH, "dprk", "war", dprk=telling["dprk"])
    sent(store)
    join = partial(store.polls.commit_stories, 10, NOW, deciding(**telling))
    quiet = []
    for feed, title in enumerate((SAME, ALSO, LAUNCH + " on Sunday"), 2):
        quiet.append(brings(store, feed, title, now=NOW + MINUTE))
        join()
    assert [(each.entry.id, each.rule, each.news) for each in store.reads.alerts()][2:] == [
        (quiet[1], "dprk", Development.SOURCES)
    ]
    assert [outcome(store, each) for each in quiet] == [[], [Outcome.ALERT], []]
    (message,) = store.outbox.list([DeliveryState.QUEUED])
    assert (message.title, message.tells) == (ALSO, {"update": True})
    (told,) = store.reads.matches_of(quiet[1])
    assert (told.judged.news, told.judged.match.hits) == (Development.SOURCES, ())


def test_a_toll_that_no_rule_found_hides_no_publishers(store: Store) -> None:
    """The report that joins may say more than was told: what it is told for is that so many report it."""
    quake = "Earthquake in western Iran kills {} people, dozens injured"
    brings(store, 1, quake.format(12), "quakes", quakes=Telling(again=1))
    with store.database.write() as (connection, _):
        connection.execute(insert(schema.rules), {"id": "quakes", "severity": 1, "path": "quakes.toml", "line": 1})
    brings(store, 2, quake.format(40))
    store.polls.commit_stories(10, NOW, deciding(quakes=Telling(again=1)))
    assert [alert.news for alert in store.reads.alerts()] == [None, Development.SOURCES]


def test_what_waits_takes_the_next_along(store: Store) -> None:
    """Before the first message has gone an UPDATE joins it: one message says all; it goes as the severest wants."""
    brings(store, 1, LAUNCH, "dprk")
    brings(store, 2, SAME, "missiles", severity=Severity.URGENT)
    (desk, phone) = store.outbox.list()
    assert (len(desk.alerts), desk.severity, desk.tells, phone.channel) == (2, Severity.URGENT, {}, "phone")


def test_an_update_waits_half_an_hour_after_the_last_message_of_its_story(store: Store) -> None:
    """It is never dropped: what comes meanwhile joins it; what is urgent goes at once."""
    brings(store, 1, LAUNCH, "dprk")
    assert sent(store) == [LAUNCH]
    brings(store, 2, SAME, "missiles", now=NOW + MINUTE)
    brings(store, 3, ALSO, "asia", now=NOW + 2 * MINUTE)
    assert sent(store, NOW + 29 * MINUTE) == []
    (update,) = store.outbox.list([DeliveryState.QUEUED])
    assert (len(update.alerts), update.not_before, update.tells) == (2, NOW + 30 * MINUTE, {"update": True})
    brings(store, 4, LAUNCH + " on Monday", "war", severity=Severity.URGENT, now=NOW + 29 * MINUTE)
    assert sent(store, NOW + 29 * MINUTE) == [SAME]


@pytest.mark.parametrize("arrives", [True, False])
def test_an_update_never_goes_before_a_first_message_that_is_in_doubt(store: Store, *, arrives: bool) -> None:
    """While it is sent, and until it was sent again or given up: half an hour after, or at once."""
    brings(store, 1, LAUNCH, "dprk")
    first = take(store)
    assert first is not None
    brings(store, 2, SAME, "missiles", now=NOW + MINUTE)
    assert take(store, NOW + MINUTE) is None  # that is on its way
    failed = Failed(Failure.UNKNOWN, "The answer was lost.")
    situation = Situation(NOW + MINUTE, Patience(DAY))
    store.queue.failed("@desk", first.id, failed, situation, RetryPolicy(resend=(DAY / 2,)), 0.5)
    assert sent(store, NOW + 2 * MINUTE) == []
    if arrives:
        assert sent(store, NOW + DAY / 2 + MINUTE) == [LAUNCH]
        assert sent(store, NOW + DAY / 2 + 30 * MINUTE) == []
    else:
        store.outbox.drop(first.id, NOW + 3 * MINUTE)
    assert sent(store, NOW + (DAY / 2 + 31 * MINUTE if arrives else 3 * MINUTE)) == [SAME]


def test_a_storys_first_message_in_a_channel_is_no_update(store: Store) -> None:
    """The phone wants what is high: it hears of the story when that is so, at once."""
    brings(store, 1, LAUNCH, "dprk")
    sent(store)
    brings(store, 2, SAME, "missiles", severity=Severity.HIGH, now=NOW + MINUTE)
    told = {each.channel: each.tells for each in store.outbox.list([DeliveryState.QUEUED])}
    assert told == {"desk": {"update": True}, "phone": {}}
    assert take(store, NOW + MINUTE, "@phone") is not None


# --- what each channel knows -------------------------------------------------------------------------------------


@pytest.mark.parametrize("became", [DeliveryState.DEAD, DeliveryState.DROPPED, DeliveryState.UNKNOWN])
def test_a_story_whose_message_was_given_up_is_told_by_the_next_report(store: Store, became: DeliveryState) -> None:
    """As a first message, no update. What a user dropped, or may have arrived, was enough."""
    brings(store, 1, LAUNCH, "dprk")
    with store.database.write() as (connection, _):
        connection.execute(update(deliveries).values(state=became))
    second = brings(store, 2, SAME, "dprk")
    again = became is DeliveryState.DEAD
    assert outcome(store, second) == [Outcome.ALERT if again else Outcome.SAME_REPORT]
    assert [(each.title, each.tells) for each in store.outbox.list([DeliveryState.QUEUED])] == [(SAME, {})] * again


def test_a_channel_that_was_not_there_hears_of_the_story_by_its_next_report(store: Store) -> None:
    """One that was added or had no token, while the others are told nothing again."""
    store.channels.sync([DESK, PHONE], {"phone": "no token"}, NOW)
    brings(store, 1, LAUNCH, "dprk", severity=Severity.HIGH)
    store.channels.sync([DESK, PHONE], {}, NOW + MINUTE)
    brings(store, 2, SAME, "dprk", severity=Severity.HIGH, now=NOW + 2 * MINUTE)
    brings(store, 3, LAUNCH + " on Sunday", "dprk", severity=Severity.HIGH, now=NOW + 3 * MINUTE)
    assert [(each.channel, each.title, each.tells) for each in store.outbox.list()] == [
        ("desk", LAUNCH, {}),
        ("phone", SAME, {}),
    ]


def test_a_rise_counts_for_each_channel_by_itself(store: Store) -> None:
    """What another rule told elsewhere as urgent hides from the phone no rise of what it hears of first."""
    policy = Policy(30 * DAY, [DESK, PHONE], {"dprk": ("phone",), "war": ("desk",)})
    brings(store, 1, LAUNCH, "war", severity=Severity.URGENT, policy=policy)
    brings(store, 2, SAME, "dprk", policy=policy)
    assert [each.channel for each in store.outbox.list()] == ["desk"]
    brings(store, 3, LAUNCH + " on Sunday", "dprk", severity=Severity.HIGH, policy=policy)
    assert [each.channel for each in store.outbox.list()] == ["desk", "phone"]


def test_what_was_sent_in_part_takes_nothing_along(store: Store) -> None:
    """Its beginning was read already: the next alert is a message of its own."""
    brings(store, 1, LAUNCH, "dprk")
    with store.database.write() as (connection, _):
        connection.execute(update(deliveries).values(message_ids=[1], parts=["one", "two"]))
    brings(store, 2, SAME, "missiles")
    assert [(len(each.alerts), each.tells) for each in store.outbox.list()] == [(1, {}), (1, {"update": True})]


def test_what_joins_an_old_message_does_not_die_with_it(store: Store) -> None:
    """Giving up counts from when it joined."""
    brings(store, 1, LAUNCH, "dprk")
    brings(store, 2, SAME, "missiles", now=NOW + 23 * 60 * MINUTE)
    (waiting,) = store.outbox.list()
    assert (len(waiting.alerts), waiting.wanted_since) == (2, NOW + 23 * 60 * MINUTE)


def test_the_same_entry_found_later_by_another_rule_is_an_update(store: Store) -> None:
    """Its channel was told of it already."""
    first = brings(store, 1, LAUNCH, "dprk")
    sent(store)
    late = {first: [(Match("missiles", Severity.NORMAL, ()), ())]}
    store.polls.commit_late(late, NOW + MINUTE, partial(decide, Policy(30 * DAY, [DESK, PHONE])))
    assert [each.tells for each in store.outbox.list([DeliveryState.QUEUED])] == [{"update": True}]


# --- sources, bundles --------------------------------------------------------------------------------------------


def test_a_rule_may_wait_for_sources(store: Store) -> None:
    """The third publisher makes the alert, whether or not a rule found its report."""
    telling = {"dprk": Telling(sources=3, within=60 * MINUTE)}
    first = brings(store, 1, LAUNCH, "dprk", dprk=telling["dprk"])
    second = brings(store, 2, SAME, "dprk", dprk=telling["dprk"], now=NOW + MINUTE)
    assert [outcome(store, each) for each in (first, second)] == [[Outcome.FEW_SOURCES]] * 2
    brings(store, 3, ALSO, now=NOW + 2 * MINUTE)
    store.polls.commit_stories(10, NOW + 2 * MINUTE, partial(decide, Policy(30 * DAY, [DESK], telling=telling)))
    assert [outcome(store, each) for each in (first, second)] == [[Outcome.ALERT], [Outcome.SAME_REPORT]]
    assert len(store.outbox.list()) == 1


@pytest.mark.parametrize(
    ("minutes", "wanted"), [((0, 30, 59), Outcome.ALERT), ((0, 30, 61), Outcome.FEW_SOURCES)], ids=["within", "later"]
)
def test_sources_count_within_their_time(store: Store, minutes: tuple[int, ...], wanted: Outcome) -> None:
    """``within``: the reports of so many publishers lie no further apart."""
    telling = Telling(sources=3, within=60 * MINUTE)
    reports = [
        brings(store, feed, title, "dprk", dprk=telling, now=NOW + minute * MINUTE)
        for feed, (title, minute) in enumerate(zip((LAUNCH, SAME, ALSO), minutes, strict=True), 1)
    ]
    assert outcome(store, reports[0]) == [wanted]


def test_one_text_in_two_outlets_is_one_source(store: Store) -> None:
    """Syndication: who prints the agency's text is no witness of his own."""
    text = "The missile flew about 600 kilometres before it fell into the sea, the joint chiefs said."
    telling = Telling(sources=2)
    one = brings(store, 1, LAUNCH, "dprk", summary=text, dprk=telling)
    brings(store, 2, SAME, "dprk", summary=text + " More follows.", dprk=telling)
    assert outcome(store, one) == [Outcome.FEW_SOURCES]
    own = "The missile fell into the sea: Japan's coast guard warned ships of debris after it saw it come down."
    brings(store, 3, SAME, "dprk", summary=own, dprk=telling)
    assert Outcome.FEW_SOURCES not in outcome(store, one)


def test_only_publishers_of_a_tier_count(store: Store) -> None:
    """Where a rule says so; a feed of which it is not said is of the lowest."""
    specs = [
        FeedSpec(f"https://{name}.example/rss", lang="en", tier=tier)
        for name, tier in zip(OUTLETS, ("A", "", "C", "B", ""), strict=True)
    ]
    store.polls.sync_feeds(specs, default_every=MINUTE, now=NOW)
    telling = Telling(sources=2, sources_tier="B")
    first = [brings(store, feed, title, "dprk", dprk=telling) for feed, title in enumerate((LAUNCH, SAME, ALSO), 1)]
    assert {each for entry in first for each in outcome(store, entry)} == {Outcome.FEW_SOURCES}
    brings(store, 4, LAUNCH + " on Sunday", "dprk", dprk=telling)
    assert outcome(store, first[0]) == [Outcome.ALERT]


def test_bundled_rules_are_one_message(store: Store) -> None:
    """``every 2h``: held until the clock shows an even hour, then ranked in one; a message by itself goes as it is."""
    telling = Telling(deliver=Deliver.EVERY, every=timedelta(hours=2))
    brings(store, 1, LAUNCH, "dprk", dprk=telling)
    brings(store, 2, OTHER, "dprk", dprk=telling)
    assert sent(store) == []
    held = store.outbox.list()
    assert [(each.state, each.held_by, each.not_before) for each in held] == [
        (DeliveryState.HELD, Hold.BUNDLE, NOW + timedelta(hours=1))
    ] * 2
    assert sent(store, NOW + timedelta(hours=1)) == ["2 alerts bundled"]


def test_a_rule_may_be_told_in_digests_only(store: Store) -> None:
    """It alerts, and a channel that a digest goes to is owed no message by it; others are, and urgent goes."""
    only = {"dprk": Telling(deliver=Deliver.DIGEST)}
    policy = Policy(30 * DAY, [DESK, PHONE], telling=only, digests=frozenset({"desk"}))
    one = brings(store, 1, LAUNCH, "dprk", severity=Severity.HIGH, policy=policy)
    assert outcome(store, one) == [Outcome.ALERT]
    assert [each.channel for each in store.outbox.list()] == ["phone"]
    brings(store, 2, OTHER, "dprk", severity=Severity.URGENT, policy=policy)
    assert [each.channel for each in store.outbox.list()] == ["phone", "desk", "phone"]


# --- a user's word -----------------------------------------------------------------------------------------------


def test_a_users_word_on_what_belongs_together_holds(store: Store) -> None:
    """A report that was parted stays so, and what comes later is compared with both; joining goes the other way."""
    first, second = brings(store, 1, LAUNCH, "dprk"), brings(store, 2, OTHER, "dprk")
    store.grouping.merge(first, second, NOW, deciding())
    assert [report.entry for report in store.reads.story(first).reports] == [first, second]  # type: ignore[union-attr]
    assert store.reads.story(second) is None
    third = brings(store, 3, OTHER + ", ministry says", "dprk")
    joined = store.reads.story(first)
    assert joined is not None
    assert third in [report.entry for report in joined.reports]
    parted = store.grouping.part(first, [second, third], NOW, deciding())
    assert [report.entry for report in store.reads.story(parted).reports] == [second, third]  # type: ignore[union-attr]
    for wrong in ([], [first], [second]):
        with pytest.raises(UsageError):
            store.grouping.part(first, wrong, NOW, deciding())


def test_stories_that_a_user_joins_have_more_publishers(store: Store) -> None:
    """What waited for these is told; who else reports it is said in the messages."""
    telling = Telling(sources=2)
    one, other = brings(store, 1, LAUNCH, "dprk", dprk=telling), brings(store, 2, OTHER, "dprk", dprk=telling)
    assert outcome(store, one) + outcome(store, other) == [Outcome.FEW_SOURCES] * 2
    store.grouping.merge(one, other, NOW, deciding(dprk=telling))
    assert outcome(store, one) + outcome(store, other) == [Outcome.ALERT, Outcome.SAME_STORY]
    assert sent(store) == [LAUNCH]


def test_what_was_suppressed_for_a_report_of_another_event_is_told_once_they_are_parted(store: Store) -> None:
    """In one message, as of a story of its own: of what was parted the first alerts, the others repeat it."""
    first = brings(store, 1, LAUNCH, "dprk")
    second, third = brings(store, 2, SAME, "dprk"), brings(store, 3, ALSO, "dprk")
    sent(store)
    store.changes.mute(f"story {first}", NOW + DAY, "Ann", "muted it", NOW)
    store.changes.follow(first, "Ann", "follows it", NOW)
    parted = store.grouping.part(first, [second, third], NOW + MINUTE, deciding())
    assert [outcome(store, each) for each in (first, second, third)] == [
        [Outcome.ALERT],
        [Outcome.ALERT],
        [Outcome.SAME_STORY],
    ]
    (message,) = store.outbox.list([DeliveryState.QUEUED])
    assert (message.title, message.tells, message.story) == (SAME, {}, parted)
    assert sent(store, NOW + MINUTE) == [SAME]  # neither muted nor followed, as the other is
    story = store.reads.story(parted)
    assert story is not None
    assert story.followed is None


def test_what_is_left_behind_without_its_alert_is_told(store: Store) -> None:
    """The alert goes with the reports that were parted: of these nothing is told again, of the others the first is."""
    first = brings(store, 1, LAUNCH)
    store.polls.commit_stories(9, NOW, deciding())
    told, same, left = (brings(store, feed, title, "dprk") for feed, title in ((2, SAME), (3, ALSO), (4, LAUNCH)))
    assert sent(store) == [SAME]
    store.grouping.part(first, [told, same], NOW, deciding())
    assert [outcome(store, each) for each in (told, same, left)] == [
        [Outcome.ALERT],
        [Outcome.SAME_STORY],
        [Outcome.ALERT],
    ]
    assert sent(store) == [LAUNCH]


# --- spikes ------------------------------------------------------------------------------------------------------

EVENTS = (
    "Pyongyang closes its embassy in Madrid",
    "Rail traffic across the Tumen river resumes",
    "Hackers steal coins from an exchange in Seoul",
    "Leaflets land near Paju, border guards report",
    "Kim visits a shoe factory in Sinuiju",
    "Floods cut the road to Wonsan",
)


def test_a_spike_is_told_once_with_its_proof(store: Store) -> None:
    """Five reports of two publishers in an hour, at three times the usual rate; nobody is told again of it."""
    telling = Telling(spike=3.0)
    for week in range(1, 5):  # usual at this hour of the week: one
        brings(store, 1, f"Old news number {week}", "dprk", now=NOW - week * 7 * DAY - MINUTE, dprk=telling)
    found = [
        brings(store, number % 3 + 1, title, "dprk", now=NOW + number * MINUTE, dprk=telling)
        for number, title in enumerate(EVENTS)
    ]
    assert [outcome(store, each) for each in found] == [[Outcome.NO_SPIKE]] * 4 + [[Outcome.ALERT], [Outcome.NO_SPIKE]]
    (delivery,) = store.outbox.list()
    spike = delivery.tells["spike"]
    assert (spike["count"], spike["usual"], spike["publishers"]) == (5, 1.0, ["Alpha", "Beta", "Gamma"])
    assert [title for title, _ in spike["headlines"]] == list(EVENTS[4:1:-1])
    again = [
        brings(store, number % 2 + 1, f"{title} again", "dprk", now=NOW + 6 * DAY + number * MINUTE, dprk=telling)
        for number, title in enumerate(EVENTS)
    ]
    assert [outcome(store, each) for each in again].count([Outcome.ALERT]) == 1


def test_reports_of_one_commit_are_one_spike(store: Store) -> None:
    """The first is told, the others are not: what was decided a moment ago counts; nor is the next one that comes."""
    telling = Telling(spike=3.0)
    for number, title in enumerate(EVENTS[:3]):
        brings(store, number + 1, title, "dprk", now=NOW, dprk=telling)
    both = [
        polled(made(number, title, "dprk"), feed=number, now=NOW + MINUTE) for number, title in enumerate(EVENTS[3:], 1)
    ]
    found = store.polls.commit_polls(both, NOW + MINUTE, deciding(dprk=telling))
    found.append(brings(store, 1, "Seoul counts its launches", "dprk", now=NOW + 2 * MINUTE, dprk=telling))
    assert [outcome(store, each) for each in found] == [[Outcome.ALERT], *[[Outcome.NO_SPIKE]] * 3]


def test_a_spike_keeps_its_proof_in_a_message_that_waited(store: Store) -> None:
    """The report with which it begins is told in the message of its story that has not gone yet."""
    first = brings(store, 1, LAUNCH, "dprk")
    for number, title in enumerate(EVENTS[:4]):
        brings(store, number % 3 + 1, title, "missiles", now=NOW, missiles=Telling(spike=3.0))
    brings(store, 2, SAME, "missiles", now=NOW + MINUTE, missiles=Telling(spike=3.0))
    (delivery,) = store.outbox.list()
    assert (delivery.story, delivery.tells["spike"]["count"]) == (first, 5)


def test_many_reports_of_one_publisher_are_no_spike(store: Store) -> None:
    """Nor is what is usual, however much that is."""
    telling = Telling(spike=3.0)
    found = [brings(store, 1, title, "dprk", dprk=telling) for title in EVENTS]
    assert {each for entry in found for each in outcome(store, entry)} == {Outcome.NO_SPIKE}
