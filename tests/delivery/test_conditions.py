"""What is wrong is told once, and once when it is over; what is young, excused or nobody's business is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.clock import ALWAYS, Awake
from digest.delivery.messages.notice import LastDay, began_lines, over_lines, still_here_lines
from digest.watch.alike import site_of
from digest.watch.conditions import (
    NETWORK,
    BrokenFile,
    ChannelSigns,
    FeedSigns,
    KnownCondition,
    Measures,
    News,
    RuleSigns,
    Signs,
    StuckSigns,
    news,
)
from digest.watch.diagnosis import conditions_now, cut_off_since, longest_usual_gap, second_longest_gap
from digest.words import long_span

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from digest.watch.conditions import Condition

NOW = datetime(2026, 3, 12, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
AWAKE = Measures(failing_after=6 * HOUR, awake=ALWAYS, network_since=NOW - 30 * DAY, timezone="UTC")
WELL = FeedSigns(7, "Example News", well_at=NOW, attempted=NOW, new_at=NOW)


def failing(hours: float, *, failures: int = 5, reached: bool = True, number: int = 7, **more: object) -> FeedSigns:
    """A feed that has failed for so many hours; the last attempt was a minute ago."""
    feed = FeedSigns(
        number,
        f"Feed {number}",
        well_at=NOW - hours * HOUR,
        attempted=NOW - timedelta(minutes=1),
        failures=failures,
        reached=reached,
        error="the server answered 503",
    )
    return replace(feed, **more)  # type: ignore[arg-type]  # whatever a test wants otherwise


def found(signs: Signs, measures: Measures = AWAKE) -> dict[str, bool]:
    """The keys of what is wrong, and whether each is ripe."""
    return {one.key: one.ripe for one in conditions_now(signs, measures, NOW)}


def sentences(signs: Signs, measures: Measures = AWAKE) -> list[str]:
    """What is told of it."""
    return [one.sentence for one in conditions_now(signs, measures, NOW)]


# --- feeds -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("feed", "expected"),
    [
        (WELL, {}),
        (failing(7), {"feed:7:failing": True}),
        (failing(6), {"feed:7:failing": True}),
        (failing(5), {"feed:7:failing": False}),
        (failing(30, failures=2), {"feed:7:failing": False}),  # well, asleep for a day, and then two failures
        (failing(0, failures=1, gone=True), {"feed:7:failing": True}),  # 410 at once
        (failing(7, reached=False), {"feed:7:failing": True}),
    ],
)
def test_a_feed_that_fails_is_told_when_it_has_for_long(feed: FeedSigns, expected: dict[str, bool]) -> None:
    """For as long as the user says, and in several attempts; one that is gone at once."""
    assert found(Signs(feeds=[feed])) == expected


def test_what_is_said_of_a_failing_feed() -> None:
    """Which feed, since when, and why, in the words of its last error."""
    assert sentences(Signs(feeds=[failing(7)])) == [
        "The feed Feed 7 has failed since 07:00 UTC, 12 Mar: the server answered 503"
    ]


def test_a_hub_that_does_not_push_is_told_when_it_has_not_for_long() -> None:
    """With its reason, many as one sentence; that it pushes by now ends it in silence."""
    feeds = [
        replace(WELL, id=number, name=f"Feed {number}", push_problem="500: no", push_troubled=NOW - 7 * HOUR)
        for number in (1, 2, 3)
    ]
    assert found(Signs(feeds=[replace(feeds[0], push_troubled=NOW - 5 * HOUR)])) == {"feed:1:push": False}
    (told,) = conditions_now(Signs(feeds=feeds[:1]), AWAKE, NOW)
    assert (told.ripe, told.sentence) == (
        True, "The feed Feed 1 is not pushed by its hub, and polled as usual: 500: no"
    )  # fmt: skip
    (line,) = began_lines(news([], conditions_now(Signs(feeds=feeds), AWAKE, NOW), Signs(feeds=feeds), NOW).began)
    assert "3 feeds are not pushed by their hubs, and polled as usual, the first since 07:00 UTC" in line
    known = KnownCondition(told.key, told.sentence, told.since, told.over, NOW)
    over = news([known], [], Signs(feeds=[WELL]), NOW)
    assert (over.over, over.lapsed) == ((), (known,))


def test_an_outage_of_our_own_is_one_condition_and_no_feeds_fault() -> None:
    """Every feed fails, none can be reached: that is one message, and none for each feed."""
    feeds = [failing(7 + number, reached=False, number=number) for number in range(9)]
    signs = Signs(feeds=feeds)
    assert cut_off_since(feeds) == NOW - 7 * HOUR
    ripe = {key for key, is_ripe in found(signs).items() if is_ripe}
    assert ripe == {NETWORK}
    assert sentences(signs)[0] == (
        "No feed could be reached since 07:00 UTC, 12 Mar (the server answered 503): is the network down?"
    )


@pytest.mark.parametrize(
    "feeds",
    [
        [failing(7, reached=False, number=number) for number in range(2)],  # two feeds say little
        [*(failing(7, reached=False, number=number) for number in range(3)), WELL],  # others can be reached
        [failing(7, reached=True, number=number) for number in range(9)],  # their servers answer
        [
            *(failing(7, reached=False, number=number) for number in range(3)),
            *[replace(WELL, attempted=NOW - HOUR)] * 9,
        ],
    ],
)
def test_feeds_that_fail_while_others_do_not_are_no_outage(feeds: Sequence[FeedSigns]) -> None:
    """Half of the feeds at least, and none reached after them."""
    assert cut_off_since(feeds) is None


def test_after_an_outage_a_feed_is_judged_by_attempts_of_after_it() -> None:
    """When the network is back, the first look must not tell of each feed that was not asked again yet."""
    back = replace(AWAKE, network_since=NOW - timedelta(seconds=30))
    signs = Signs(feeds=[WELL, failing(9, reached=False)])
    assert found(signs, back) == {"feed:7:failing": False}
    assert found(signs) == {"feed:7:failing": True}


@pytest.mark.parametrize(
    ("usual", "silent", "expected"),
    [
        (HOUR, 23 * HOUR, {}),
        (HOUR, 25 * HOUR, {"feed:7:quiet": True}),
        (12 * HOUR, 25 * HOUR, {}),
        (12 * HOUR, 37 * HOUR, {"feed:7:quiet": True}),
        (None, 300 * DAY, {}),
    ],
)
def test_a_feed_has_gone_quiet_by_its_own_rhythm(
    usual: timedelta | None, silent: timedelta, expected: dict[str, bool]
) -> None:
    """Three times its longest usual pause, and a day at least; where no rhythm is known nothing is said."""
    assert found(Signs(feeds=[replace(WELL, usual_gap=usual, new_at=NOW - silent)])) == expected


def office_hours(weeks: int) -> list[datetime]:
    """Each full hour from 9 to 17, Monday to Friday, up to a Friday evening."""
    monday = datetime(2026, 3, 2, 9, tzinfo=UTC)
    days = [monday + week * 7 * DAY + day * DAY for week in range(weeks) for day in range(5)]
    return [day + hour * HOUR for day in days for hour in range(9)]


@pytest.mark.parametrize("weeks", [3, 4, 8, 25])
def test_a_weekend_is_no_silence_of_a_feed_that_keeps_office_hours(weeks: int) -> None:
    """It has paused for so long before, more than once; what is half as long again is told."""
    times = office_hours(weeks)
    feed = replace(WELL, new_at=times[-1], usual_gap=longest_usual_gap(times), rare_gap=second_longest_gap(times))
    holiday = Signs(feeds=[replace(feed, well_at=times[-1] + 88 * HOUR)])  # a Monday off as well
    assert found(holiday) == {}
    dead = Signs(feeds=[replace(feed, well_at=times[-1] + 97 * HOUR)])
    assert found(dead) == {"feed:7:quiet": True}


def test_silence_counts_up_to_the_last_time_that_the_feed_was_asked() -> None:
    """After three days without an engine nobody knows yet what it has published."""
    feed = replace(WELL, usual_gap=HOUR, new_at=NOW - 3 * DAY, well_at=NOW - 3 * DAY + HOUR)
    assert found(Signs(feeds=[feed])) == {}


def test_a_quiet_feed_that_fails_is_not_over() -> None:
    """It brings nothing new, now for another reason."""
    feed = replace(failing(1), usual_gap=HOUR, new_at=NOW - 3 * DAY)
    assert found(Signs(feeds=[feed])) == {"feed:7:failing": False, "feed:7:quiet": False}


# --- rules, files, channels --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (RuleSigns("a", "A", NOW - 8 * DAY, HOUR), {"rule:a:silent": True}),
        (RuleSigns("a", "A", NOW - 6 * DAY, HOUR), {}),
        (RuleSigns("a", "A", NOW - 8 * DAY, 2 * DAY), {}),
        (RuleSigns("a", "A", NOW - 11 * DAY, 2 * DAY), {"rule:a:silent": True}),
        (RuleSigns("a", "A", NOW - 800 * DAY, None), {}),
        (RuleSigns("a", "A"), {}),
    ],
)
def test_a_rule_has_gone_silent_by_its_own_rhythm(rule: RuleSigns, expected: dict[str, bool]) -> None:
    """Five times its longest usual pause, and a week at least; one that never fired is not silent."""
    assert found(Signs(feeds=[WELL], rules=[rule])) == expected


def test_a_rule_is_not_blamed_for_the_engines_absence_or_the_feeds() -> None:
    """After a fortnight without an engine it gets its time; while most feeds fail it has nothing to fire on."""
    rule = RuleSigns("a", "A", NOW - 14 * DAY, HOUR)
    away = Awake(((NOW - 30 * DAY, NOW - 14 * DAY), (NOW - HOUR, NOW)))
    assert found(Signs(feeds=[WELL], rules=[rule]), replace(AWAKE, awake=away)) == {"rule:a:silent": False}
    assert found(Signs(feeds=[failing(1), failing(1, number=8)], rules=[rule]))["rule:a:silent"] is False


def test_a_broken_rule_file_is_told_by_its_path() -> None:
    """With line, column and remedy, as everywhere; another mistake in the same file is no other news."""
    broken = BrokenFile("north.toml", "4:7: two terms with no operator between", live=True)
    signs = Signs(broken_files=[broken])
    assert found(signs) == {"file:north.toml:broken": False}
    for minutes, told in (4.9, False), (5, True):
        since = replace(broken, since=NOW - timedelta(minutes=minutes))
        assert found(Signs(broken_files=[since])) == {"file:north.toml:broken": told}
    (sentence,) = sentences(signs)
    assert sentence == (
        "The rule file north.toml could not be loaded, its last good version stays live: "
        "4:7: two terms with no operator between"
    )
    folder = replace(broken, path="/home/ann/rules", is_folder=True, live=False)
    said = "The rules folder /home/ann/rules could not be loaded, what was live of its files stays live: "
    assert sentences(Signs(broken_files=[folder]))[0].startswith(said)
    assert "loaded, nothing of it is live: " in sentences(Signs(broken_files=[replace(broken, live=False)]))[0]


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (ChannelSigns("desk"), {}),
        (ChannelSigns("desk", off="no token", troubled_since=NOW - 2 * HOUR), {"channel:desk:down": True}),
        (ChannelSigns("desk", off="no token", troubled_since=NOW), {"channel:desk:down": False}),
        (ChannelSigns("desk", error="kicked", troubled_since=NOW - 2 * HOUR), {"channel:desk:down": True}),
        (ChannelSigns("desk", given_up=2, given_up_at=NOW - HOUR), {"channel:desk:given-up": True}),
        (ChannelSigns("desk", given_up=2, given_up_at=NOW - 2 * DAY), {}),
    ],
)
def test_a_channel_that_is_down_for_an_hour_or_gave_up_messages(
    channel: ChannelSigns, expected: dict[str, bool]
) -> None:
    """The channel itself is not the one to tell it."""
    assert found(Signs(channels=[channel])) == expected
    assert {one.avoid for one in conditions_now(Signs(channels=[channel]), AWAKE, NOW)} <= {"desk"}


def test_urgent_alerts_that_can_go_on_to_nobody() -> None:
    """They are told at once, and end in silence: they went on, or somebody has them."""
    (one,) = conditions_now(Signs(stuck=[StuckSigns("desk", 2, NOW - HOUR)]), AWAKE, NOW)
    assert (one.key, one.ripe, one.over, one.since) == ("escalation:desk:stuck", True, "", NOW - HOUR)
    assert one.sentence == (
        "Nobody took 2 urgent alerts in the channel desk in time, and no channel that they would go on to is in service"
    )


# --- news --------------------------------------------------------------------------------------------------------


def told(found: Iterable[Condition]) -> list[KnownCondition]:
    """What was told is known."""
    return [KnownCondition(one.key, one.sentence, one.since, one.over, NOW) for one in found]


def test_each_thing_is_told_once_and_once_when_it_is_over() -> None:
    """The same look again brings nothing; the end is told of what was told, not of what was not."""
    bad = Signs(feeds=[failing(7), failing(1, number=8)])
    began = news([], conditions_now(bad, AWAKE, NOW), bad, NOW)
    assert [one.key for one in began.began] == ["feed:7:failing"]
    known = told(began.began)
    assert not news(known, conditions_now(bad, AWAKE, NOW), bad, NOW)
    good = Signs(feeds=[WELL, replace(WELL, id=8)])
    over = news(known, conditions_now(good, AWAKE, NOW), good, NOW)
    assert [one.over for one in over.over] == ["The feed Feed 7 works again"]
    assert not over.began


SILENT = Signs(feeds=[WELL], rules=[RuleSigns("a", "A", NOW - 8 * DAY, HOUR)])
QUIET = Signs(feeds=[replace(WELL, new_at=NOW - 3 * DAY, usual_gap=HOUR)])
BROKEN = Signs(broken_files=[BrokenFile("a.toml", "4:7: two terms", live=True, since=NOW - HOUR)])
CUT_OFF = Signs(feeds=[failing(7, reached=False, number=number) for number in range(4)])
LATER = NOW + HOUR


@pytest.mark.parametrize(
    ("wrong", "then", "over"),
    [
        (SILENT, Signs(rules=[RuleSigns("a", "A", LATER)]), "The rule A fires again"),
        (SILENT, Signs(rules=[RuleSigns("a", "A")]), None),  # what it had fired on is too old to be kept
        (SILENT, Signs(rules=[RuleSigns("a", "A", NOW - 8 * DAY)]), None),  # its rhythm is
        (QUIET, Signs(feeds=[replace(WELL, new_at=LATER)]), "The feed Example News brings news again"),
        (QUIET, Signs(feeds=[replace(WELL, new_at=NOW - 3 * DAY)]), None),
        (Signs(feeds=[failing(7)]), Signs(feeds=[replace(WELL, well_at=LATER)]), "The feed Feed 7 works again"),
        (Signs(feeds=[failing(7)]), Signs(feeds=[failing(7, failures=0)]), None),  # asked anew, and not yet answered
        (BROKEN, Signs(well_files=["a.toml"]), "The rule file a.toml is well again"),
        (BROKEN, Signs(well_files=["b.toml"]), None),  # renamed
        (CUT_OFF, Signs(feeds=[*CUT_OFF.feeds, replace(WELL, attempted=LATER)]), "Feeds can be reached again"),
        (CUT_OFF, Signs(feeds=CUT_OFF.feeds[:2]), None),  # the others were paused
        (CUT_OFF, Signs(), None),
    ],
)
def test_only_what_shows_that_it_is_well_makes_a_thing_over(wrong: Signs, then: Signs, over: str | None) -> None:
    """That it is no longer found may have other reasons: it ends in silence."""
    known = told(one for one in conditions_now(wrong, AWAKE, NOW) if one.ripe)
    end = news(known, conditions_now(then, AWAKE, LATER), then, LATER)
    assert [one.over for one in end.over] == ([over] if over else [])
    assert list(end.over or end.lapsed) == known


def test_what_is_not_ripe_any_more_is_not_over_either() -> None:
    """An outage of our own on top of a feed's failing, a restart, a sleep: none of them says that it is well."""
    known = told(conditions_now(Signs(feeds=[failing(7)]), AWAKE, NOW))
    young = Signs(feeds=[failing(7, failures=1)])
    assert not news(known, conditions_now(young, AWAKE, NOW), young, NOW)


def test_what_reads_otherwise_by_now_is_kept_so_and_told_to_nobody() -> None:
    """Another mistake in the same file, another error of the same feed: nothing began, and nothing is over."""
    first = Signs(feeds=[failing(7)], broken_files=[BrokenFile("a.toml", "4:7: two terms", live=True)])
    known = told(conditions_now(first, AWAKE, NOW))
    other = replace(first, broken_files=[BrokenFile("a.toml", "9:1: no TOML", live=True)])
    now = news(known, conditions_now(other, AWAKE, NOW), other, NOW)
    assert [one.key for one in now.reworded] == ["file:a.toml:broken"]
    assert now == News(reworded=now.reworded)


def test_what_a_user_paused_or_removed_ends_in_silence() -> None:
    """It is not well again; nobody looks at it."""
    known = told(conditions_now(Signs(feeds=[failing(7)]), AWAKE, NOW))
    rest = Signs(feeds=[replace(WELL, id=8)])
    end = news(known, conditions_now(rest, AWAKE, NOW), rest, NOW)
    assert not end.over
    assert [one.key for one in end.lapsed] == ["feed:7:failing"]


def test_messages_given_up_are_told_again_on_another_day_and_never_over() -> None:
    """Nothing mends them; the word of one day stands for all of that day."""
    lost = Signs(channels=[ChannelSigns("desk", given_up=1, given_up_at=NOW)])
    known = told(conditions_now(lost, AWAKE, NOW))
    later = NOW + 2 * DAY
    end = news(known, conditions_now(lost, AWAKE, later), lost, later)
    assert not end.over
    assert [one.key for one in end.lapsed] == ["channel:desk:given-up"]


# --- many that are wrong alike -----------------------------------------------------------------------------------


def of_site(number: int, hours: float = 7, site: str = "big.example", **more: object) -> FeedSigns:
    """A feed of a provider that has failed for so many hours, with an error of its own."""
    return replace(failing(hours, number=number), site=site, error=f"error {number}", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("feeds", "keys"),
    [
        ([of_site(1), of_site(2, 5.5), of_site(3, 5.9)], [1, 2, 3]),  # one is due, and the others are of its kind
        ([of_site(1), of_site(2, 5.5)], [1]),  # two are not many
        ([of_site(1), of_site(2, 5.5), of_site(3, 5.5, site="x.example")], [1]),  # of another provider
        ([of_site(1, 30), of_site(2, 5.5), of_site(3, 5.5)], [1]),  # the one began long before
        ([of_site(1), of_site(2, 5.5), of_site(3, 5.9, reached=False)], [1, 2, 3]),
        ([failing(7 - number / 4, number=number) for number in range(9)], list(range(9))),  # for the same reason
        ([of_site(1, 0, gone=True), of_site(2, 0, gone=True), of_site(3, 0)], [1, 2]),  # gone is not failing
    ],
)
def test_what_is_wrong_alike_is_told_with_the_first_that_is_due(feeds: Sequence[FeedSigns], keys: list[int]) -> None:
    """From three on: feeds of one site, or with one reason, that began within two hours of each other."""
    signs = Signs(feeds=[WELL, *feeds])
    began = news([], conditions_now(signs, AWAKE, NOW), signs, NOW).began
    assert [one.key for one in began] == [f"feed:{number}:failing" for number in keys]


def test_what_joins_is_only_shown_until_there_are_twice_as_many() -> None:
    """Then all of them are told again, once; one that is left by the others is told by itself."""
    signs = Signs(feeds=[WELL, *(of_site(number) for number in range(4))])
    known, counts = told(conditions_now(signs, AWAKE, NOW)), []
    for number in range(4, 10):
        signs = Signs(feeds=[*signs.feeds, of_site(number)])
        now = news(known, conditions_now(signs, AWAKE, NOW), signs, NOW)
        shown = [KnownCondition(one.key, one.sentence, one.since, one.over) for one in now.shown]
        known = [*told(now.began), *shown, *(one for one in known if one.key not in {each.key for each in now.began})]
        counts.append(len(now.began))
    assert counts == [0, 0, 0, 8, 0, 0]
    left = Signs(feeds=[WELL, of_site(9)])
    assert [one.key for one in news(known, conditions_now(left, AWAKE, NOW), left, NOW).began] == ["feed:9:failing"]


def test_a_feed_that_is_gone_waits_until_the_others_of_its_site_were_asked() -> None:
    """They may be gone, too; for an hour at most."""
    other = replace(WELL, site="big.example")
    gone = of_site(1, 1, gone=True)
    for asked, ago, ripe in ((1, 2, True), (3, 2, False), (90, 59, False), (90, 61, True)):
        feeds = [
            replace(other, attempted=NOW - timedelta(minutes=asked)),
            replace(gone, attempted=NOW - timedelta(minutes=ago)),
        ]
        assert found(Signs(feeds=feeds)) == {"feed:1:failing": ripe}


def test_the_end_of_many_is_told_when_the_last_is_well_or_none_has_become_so_for_long() -> None:
    """Ten minutes after the last of them, or an hour after the first; of few each end is told at once."""
    many = Signs(feeds=[of_site(number) for number in range(4)])
    known = told(conditions_now(many, AWAKE, NOW))

    def ends(minutes: Sequence[float], rest: int, of: Sequence[KnownCondition] = known) -> int:
        """How many ends are told at LATER where so many minutes before it some became well."""
        ended = [replace(one, ended=LATER - timedelta(minutes=ago)) for one, ago in zip(of, minutes, strict=False)]
        signs = Signs(feeds=[*(replace(WELL, id=n, well_at=LATER) for n in range(4 - rest)), *many.feeds[4 - rest :]])
        rows = [*ended, *of[len(ended) :]]
        return len(news(rows, conditions_now(signs, AWAKE, LATER), signs, LATER).over)

    assert ends([], rest=0) == 4
    assert ends([], rest=2) == 0
    assert ends([9, 9], rest=2) == 0
    assert ends([30, 10], rest=2) == 2
    assert ends([60, 9], rest=2) == 2
    few = Signs(feeds=[replace(WELL, id=1, well_at=LATER), many.feeds[0]])
    assert len(news(known[:2], conditions_now(few, AWAKE, LATER), few, LATER).over) == 1


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://feeds.bbci.co.uk/news/rss.xml", "bbci.co.uk"),
        ("https://rss.nytimes.com/a", "nytimes.com"),
        ("https://WWW.Example.org./a", "example.org"),
        ("http://127.0.0.1:8080/a", "127.0.0.1"),
        ("http://[::1]/a", "::1"),
        ("http://localhost/a", "localhost"),
        ("https://www.hani.co.kr/rss", "hani.co.kr"),
        ("http://[broken", ""),
    ],
)
def test_the_site_of_a_feed(url: str, site: str) -> None:
    """What a provider has registered; two providers are never one."""
    assert site_of(url) == site


# --- words -------------------------------------------------------------------------------------------------------


def said(lines: Iterable[str]) -> str:
    """The text of a message."""
    return "\n".join(lines)


def test_one_thing_is_a_sentence_and_several_are_a_list() -> None:
    """What was found in one look is one message; a long list is cut short."""
    one = conditions_now(Signs(feeds=[failing(7)]), AWAKE, NOW)
    assert said(began_lines(one)).startswith("◆ notice · The feed Feed 7 has failed since")
    feeds = [replace(failing(7, number=number), error=f"error {number}") for number in range(30)]
    many = conditions_now(Signs(feeds=[WELL, *feeds]), AWAKE, NOW)
    lines = said(began_lines(many)).splitlines()
    assert lines[0] == "◆ notice · 30 things are wrong"
    assert lines[1].startswith("• The feed Feed 0")
    assert lines[-1] == "and 10 more: digest status lists them"
    assert len(lines) == 22


def test_many_that_are_wrong_alike_are_one_sentence() -> None:
    """How many, where, since when, why, and some by name; with a reason each where these differ."""
    same = [failing(7, number=number, site="big.example") for number in range(30)]
    other = [of_site(number, site="x.example") for number in range(40, 43)]
    began = conditions_now(Signs(feeds=[WELL, *same, *other]), AWAKE, NOW)
    assert said(began_lines(began)).splitlines() == [
        "◆ notice · 2 things are wrong",
        (
            "• 30 feeds of big.example fail, the first since 07:00 UTC, 12 Mar: the server answered 503 "
            "(Feed 0, Feed 1, Feed 2, Feed 3, Feed 4 and 25 more)"
        ),
        (
            "• 3 feeds of x.example fail, the first since 07:00 UTC, 12 Mar "
            "(Feed 40: error 40; Feed 41: error 41; Feed 42: error 42)"
        ),
    ]
    quiet = [replace(WELL, id=n, usual_gap=HOUR, new_at=NOW - 3 * DAY, site="big.example") for n in range(3)]
    (line,) = said(began_lines(conditions_now(Signs(feeds=quiet), AWAKE, NOW))).splitlines()
    assert "3 feeds of big.example bring nothing new, which is long for each of them, the first since" in line


def test_what_is_over_says_how_long_it_was_so() -> None:
    """A user who slept through it knows what was missed."""
    known = KnownCondition("feed:7:failing", "", NOW - 9 * HOUR, "The feed Feed 7 works again")
    assert said(over_lines([known], NOW)) == "✓ over · The feed Feed 7 works again, after 9 hours"


def test_a_sign_of_life_counts_the_last_day() -> None:
    """And names the feeds that fail."""
    day = LastDay(entries=1204, alerts=12, sent=1, feeds=40, failing=["A", "B"], wrong=["The rule A has not fired"])
    assert said(still_here_lines(day, NOW, "UTC")).splitlines() == [
        "○ still here · 14:00 UTC, 12 Mar",
        "In the last 24 hours: 1,204 entries, 12 alerts, 1 message sent",
        "Feeds that fail: 2 of 40 (A, B)",
        "The rule A has not fired",
    ]


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=40), "a minute"),
        (timedelta(minutes=119), "119 minutes"),
        (2 * HOUR, "2 hours"),
        (47 * HOUR, "47 hours"),
        (timedelta(days=9, hours=3), "9 days"),
    ],
)
def test_spans_read_in_the_unit_that_says_most(span: timedelta, words: str) -> None:
    """Whole numbers, and never "1 days"."""
    assert long_span(span) == words


# --- rhythm ------------------------------------------------------------------------------------------------------


def test_the_rhythm_leaves_out_the_one_long_pause() -> None:
    """A holiday in a hundred hourly reports does not make a feed a slow one."""
    times = [NOW + HOUR * number for number in range(101)]
    assert longest_usual_gap(times) == HOUR
    assert longest_usual_gap([*times, times[-1] + 9 * DAY]) == HOUR


def test_too_few_pauses_are_no_rhythm() -> None:
    """Ten at least; what came in one poll came at one time."""
    assert longest_usual_gap([NOW + HOUR * number for number in range(10)]) is None
    assert longest_usual_gap([NOW + HOUR * number for number in range(11)]) == HOUR
    assert longest_usual_gap([NOW] * 50) is None


def test_the_second_longest_pause_is_that_which_only_one_exceeds() -> None:
    """One holiday does not make a feed a slow one, and two equal pauses are two."""
    assert second_longest_gap([NOW, NOW + HOUR]) is None
    assert second_longest_gap([NOW, NOW + HOUR, NOW + HOUR, NOW + 3 * HOUR, NOW + 9 * DAY]) == 2 * HOUR
    assert second_longest_gap([NOW, NOW + HOUR, NOW + 3 * HOUR, NOW + 5 * HOUR]) == 2 * HOUR
