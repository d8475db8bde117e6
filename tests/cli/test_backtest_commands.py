"""The commands that ask rules about the past: search, rules try, rules diff, why."""

from __future__ import annotations

import json
import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from digest.config import load_config
from digest.match import FOLD_VERSION, fold_entry, load_rules
from digest.values.messages import DeliveryKind, PlannedDelivery
from digest.values.news import (
    EntryText,
    FeedUpdate,
    Hit,
    Identity,
    JudgedMatch,
    Match,
    NewEntry,
    Outcome,
    PollResult,
    Severity,
)
from digest.values.settings import ChannelSpec, Telegram
from tests.fakes.seeding import commit, seed
from tests.fakes.stores import new_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.store.store import Store
    from tests.cli.conftest import Desk

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)
TITLES = [
    "North Korea closes its embassy in Syria",
    "북한대사관 앞에서 시위",
    "Earthquake near the embassy of Peru",
    "Envoys meet in Geneva",
    "Football results",
]


def new_entry(number: int, title: str) -> NewEntry:
    """An entry that nothing matched when it came."""
    text = EntryText(title=title, source="Example News")
    return NewEntry(
        identity=Identity(*(f"{kind}{number}".encode().ljust(16) for kind in "klt")),
        url=f"https://example.org/{number}",
        text=text,
        published=NOW - 3 * DAY,
        folded=fold_entry(text),
        fold_version=FOLD_VERSION,
        baseline=number == 0,
    )


def matched(entry: NewEntry, outcome: Outcome, *, told: bool = False, rule: str = "embassies") -> NewEntry:
    """The same as if a rule had hit it when it came."""
    judged = JudgedMatch(Match(rule, Severity.HIGH, (Hit("title", 24, 31, "embassy", "embassy"),)), outcome)
    message = PlannedDelivery("desk", DeliveryKind.ALERT, Severity.HIGH, "t", rules=(rule,))
    return seed(entry, [judged], [message] if told else [])


@pytest.fixture
def store(desk: Desk) -> Iterator[Store]:
    """The desk's store, with five entries a day apart, the oldest of a first poll, and its rules as live ones."""
    desk.append("config.toml", '\n[[channel]]\nname = "desk"\ntelegram = "@desk"\nseverity = "urgent"\n')
    config = load_config(desk.folder / "config.toml")
    config.state.mkdir()
    with new_store(config.database) as opened:
        opened.polls.sync_feeds(config.feeds, default_every=config.poll.every, now=NOW)
        opened.channels.sync([ChannelSpec("desk", Telegram("@desk"))], {}, NOW - 9 * DAY)
        load(opened, desk)
        made = [new_entry(number, title) for number, title in enumerate(TITLES)]
        made[0] = matched(made[0], Outcome.BASELINE)
        made[1] = matched(made[1], Outcome.ALERT)
        made[2] = matched(made[2], Outcome.ALERT, told=True)
        for age, entry in zip((4, 3, 2, 1, 0), made, strict=True):
            update = FeedUpdate(1, NOW, ok=True, next_due=NOW, interval=DAY, failures=0)
            commit(opened, [PollResult(update, (entry,))], NOW - age * DAY)
        yield opened


def load(store: Store, desk: Desk) -> None:
    """Make the rule files on disk the live ones, as a running engine would."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in (desk.folder / "rules").glob("*.toml")}
    store.rules.save_loaded(load_rules(texts), datetime.now(UTC))


# --- search ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["embassy"], [1, 3]),
        (["embassy", "--since", "60h"], [3]),
        (["source:Example"], [1, 2, 3, 4, 5]),
        (["/em.assy/ NOT Peru"], [1]),
        (["대사관"], []),
        (["북한"], [2]),
    ],
)
def test_search_finds_what_a_rule_would(desk: Desk, arguments: list[str], found: list[int]) -> None:
    """Every stored entry is searched, oldest first; words, metadata and expressions alike."""
    done = desk.run("search", *arguments, "--json")
    assert (done.code, done.err, [line["id"] for line in done.lines]) == (0, "", found)
    if found == [1, 3]:
        assert done.lines[0] == {
            "id": 1,
            "url": "https://example.org/0",
            "title": TITLES[0],
            "source": "Example News",
            "published": stamp(NOW - 3 * DAY),
            "first_seen": stamp(NOW - 4 * DAY),
            "hits": [{"field": "title", "start": 23, "end": 30, "text": "embassy", "term": "embassy"}],
        }


def test_stored_entries_have_the_tier_of_their_feed_now(desk: Desk, store: Store) -> None:
    """An edit of the config counts for what is stored, as a term that is looked for and as a field alone."""
    queries = "tier:F", "embassy AND tier:D..F", "tier:A..C", "embassy AND tier:B"

    def found() -> list[list[int]]:
        return [[line["id"] for line in desk.run("search", query, "--json").lines] for query in queries]

    assert found() == [[1, 2, 3, 4, 5], [1, 3], [], []]
    config = desk.folder / "config.toml"
    config.write_text(config.read_text().replace('"Example News"', '"Example News"\ntier = "B"'))
    store.polls.sync_feeds(load_config(config).feeds, default_every=timedelta(minutes=10), now=NOW)
    assert found() == [[], [], [1, 2, 3, 4, 5], [1, 3]]


def stamp(moment: datetime) -> str:
    """A time as the command writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@pytest.mark.usefixtures("store")
def test_each_found_entry_goes_by_its_id(desk: Desk) -> None:
    """What other commands take stands beside it, in a search and in a test of a query."""
    ids = [line["id"] for line in desk.run("search", "embassy", "--json").lines]
    assert ids
    for command in (("search",), ("rules", "try")):
        shown = desk.run(*command, "embassy").out
        assert re.findall(r" · entry ([0-9]+) · http", shown) == [str(each) for each in ids]


def test_search_without_a_store_says_so(desk: Desk) -> None:
    """Nothing stored is nothing found, and no fault."""
    done = desk.run("search", "embassy")
    assert (done.code, done.out) == (0, "")
    assert "no engine has run here yet" in done.err


def test_a_wrong_query_is_placed(desk: Desk) -> None:
    """The place counts in the query itself."""
    done = desk.run("search", "north (korea")
    assert done.code == 2
    assert done.err.startswith("<query>:1:7: this ( is never closed")


@pytest.mark.usefixtures("store")
def test_search_knows_the_aliases_of_the_rule_files(desk: Desk, store: Store) -> None:
    """As a rule with that query would."""
    desk.write("rules/alias.toml", '[alias]\nmission = ["embassy", "북한"]\n')
    load(store, desk)
    assert [line["id"] for line in desk.run("search", "@mission", "--json").lines] == [1, 2, 3]
    unknown = desk.run("search", "@misson")
    assert (unknown.code, "write @mission" in unknown.err) == (2, True)


# --- rules try ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("store")
def test_try_a_query(desk: Desk) -> None:
    """How many, how many a day, which, and on which day; days before the first entry came are not counted."""
    done = desk.run("rules", "try", "embassy OR envoys", "--since", "14d")
    assert done.code == 0
    assert "3 entries would have alerted, 0.7 a day over the last 4 days." in done.out
    assert "“embassy”" in done.out
    assert done.out.count("━" * 40) == 3
    lines = desk.run("rules", "try", "envoys", "--json").lines
    assert [(line["id"], line["rule"]) for line in lines] == [(4, "query")]


@pytest.mark.usefixtures("store")
def test_words_side_by_side_are_one_query(desk: Desk) -> None:
    """Whoever leaves the quotes out is understood; where a query of a rule lacks an operator, that is what is said."""
    assert [line["id"] for line in desk.run("search", "envoys", "OR", "football", "--json").lines] == [4, 5]
    assert [line["id"] for line in desk.run("rules", "try", "envoys", "OR", "football", "--json").lines] == [4, 5]
    assert desk.run("rules", "try", "envoys", "football").err.startswith("<query>:1:8: no operator between")
    assert [line["id"] for line in desk.run("search", "envoys", "geneva", "--json").lines] == [4]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("embassy korea", [1]),
        ("embassy -korea", [3]),
        ("NOT (embassy OR 북한)", [4, 5]),
        ("NOT source:nobody", [1, 2, 3, 4, 5]),
        ("is:baseline", [1]),
        ("embassy -is:baseline", [3]),
        ("is:unread -embassy -북한", [4, 5]),
        ("url:example.org/3", [4]),
        ("feed:example url:/4", [5]),
        ("since:36h", [4, 5]),
        ("since:36h -football", [4]),
        ("is:read", []),
        ("severity:low..", [1, 2, 3]),
        ("rule:embassies is:alert", [2, 3]),
        ("embas", []),
    ],
)
@pytest.mark.usefixtures("store")
def test_search_is_forgiving(desk: Desk, query: str, found: list[int]) -> None:
    """Words side by side, what is known of entries, and what only excludes; as JSON with the words that hit."""
    lines = desk.run("search", query, "--json").lines
    assert [line["id"] for line in lines] == found
    assert all("hits" in line for line in lines)
    assert f"{len(found)} entr" in desk.run("search", query).out


@pytest.mark.usefixtures("store")
def test_a_time_and_what_is_known_go_together(desk: Desk) -> None:
    """Both must hold; an unknown state is told with those there are."""
    assert [line["id"] for line in desk.run("search", "is:unread", "--since", "36h", "--json").lines] == [4, 5]
    wrong = desk.run("search", "embassy is:xyz")
    assert [line["id"] for line in desk.run("search", "--json", "--", "-embassy", "is:unread").lines] == [2, 4, 5]
    assert (wrong.code, wrong.err.startswith("<query>:1:12: there is no is:xyz: write is:unread")) == (2, True)


@pytest.mark.usefixtures("store")
def test_try_a_file(desk: Desk) -> None:
    """Each rule of the file, disabled ones too, with the aliases of the others; it stands in for the live one."""
    desk.write("rules/alias.toml", '[alias]\nmission = ["envoy*"]\n')
    draft = '[[rule]]\nid = "quakes"\nany = ["earthquake"]\nenabled = false\n[[rule]]\nid = "m"\nany = ["envoys"]\n'
    desk.write("draft/test.toml", draft)
    done = desk.run("rules", "try", "draft/test.toml", "--json")
    assert done.code == 0
    assert [(line["id"], line["rule"]) for line in done.lines] == [(3, "quakes"), (4, "m")]
    assert "     1  quakes" in desk.run("rules", "try", "draft/test.toml").out


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["gone.toml"], 1, "gone.toml cannot be read: No such file"),
        (["draft.toml"], 1, "draft.toml:3:12: no operator between"),
    ],
)
def test_try_what_cannot_be_tried(desk: Desk, arguments: list[str], code: int, words: str) -> None:
    """A file that is not there, or is broken, is named with the mistake and its place."""
    desk.write("draft.toml", "[[rule]]\nid = \"x\"\nquery = 'a b'\n")
    done = desk.run("rules", "try", *arguments)
    assert (done.code, done.out) == (code, "")
    assert words in done.err


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("command", ["try", "diff"])
def test_a_draft_may_be_a_pipe(desk: Desk, command: str) -> None:
    """As the shell makes one of <(...): the user named it, so it is waited for and read; without end it is refused."""
    draft = '[[rule]]\nid = "m"\nany = ["envoys"]\n'
    ours, theirs = os.pipe()
    with os.fdopen(theirs, "w") as pipe:
        pipe.write(draft)
    done = subprocess.run(
        desk.command("rules", command, f"/dev/fd/{ours}", "--json"),
        cwd=desk.folder,
        env=desk.environment,
        pass_fds=[ours],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(ours)
    assert (done.returncode, done.stderr) == (0, "")
    assert [json.loads(line)["rule"] for line in done.stdout.splitlines()] == ["m"]
    assert "/dev/zero cannot be read: it is larger than 10 MB" in desk.run("rules", command, "/dev/zero").err


@pytest.mark.usefixtures("store")
def test_a_draft_folder_is_read_as_the_rules_folder_is(desk: Desk) -> None:
    """A pipe in it is told, and keeps nobody waiting; what is nearly a rule file is told, too."""
    desk.write("draft/KOREA.TOML", "")
    os.mkfifo(desk.folder / "draft" / "pipe.toml")
    done = desk.run("rules", "diff", "draft")
    assert (done.code, done.out) == (1, "")
    assert "draft/pipe.toml:1:1: the file cannot be read: it is a named pipe" in done.err
    assert "draft/KOREA.TOML:1:1: not read: " in done.err


def test_a_draft_whose_name_the_rules_folder_would_not_take(desk: Desk) -> None:
    """It is not put where it could not be loaded."""
    name = b"caf\xe9.toml"
    (desk.folder / os.fsdecode(name)).write_text('[[rule]]\nid = "m"\nany = ["envoys"]\n')
    done = desk.run("rules", "apply", os.fsdecode(name))
    assert (done.code, "nothing was saved: the file's name is not UTF-8" in done.err) == (1, True)
    assert os.listdir(desk.folder / "rules") == ["test.toml"]  # noqa: PTH208 - names only


@pytest.mark.usefixtures("store")
def test_try_says_how_many_of_all_are_of_the_period(desk: Desk, store: Store) -> None:
    """The rate is that of the period, whatever lies before it; the bars are of the same entries."""
    update = FeedUpdate(1, NOW, ok=True, next_due=NOW, interval=DAY, failures=0)
    commit(store, [PollResult(update, (new_entry(9, "Envoys of old"),))], NOW - 30 * DAY)
    done = desk.run("rules", "try", "envoys OR football")
    assert "3 entries would have alerted, 2 of them in the last 14 days: 0.1 a day." in done.out
    assert done.out.count("━" * 40) == 2
    assert "1 from before that" in done.out


@pytest.mark.usefixtures("store")
def test_try_says_what_is_odd_about_what_it_tries(desk: Desk) -> None:
    """A rule that is off, a folder, a file without a rule."""
    done = desk.run("rules", "try", "rules", "--json")
    assert "The rule “quakes” is switched off, and tried as if it were on." in done.err
    assert {line["rule"] for line in done.lines} == {"embassies", "quakes"}
    assert "There is no rule in -." in desk.run("rules", "try", "-").err


# --- rules diff --------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("store")
def test_diff_of_a_draft(desk: Desk) -> None:
    """A file stands in for the live one of its name; what comes and goes is shown, each with its reason."""
    text = (desk.folder / "rules/test.toml").read_text()
    desk.write("draft/test.toml", text.replace("embassy OR 대사관", "envoys OR (embassy NOT Peru)"))
    done = desk.run("rules", "diff", "draft/test.toml", "--json")
    assert (done.code, done.err) == (0, "")
    shown = [(line["id"], line["rule"], line["change"], line["reason"]) for line in done.lines]
    assert shown == [
        (3, "embassies", "dropped", "Peru is now excluded"),
        (4, "embassies", "added", "“envoys” is new"),
    ]
    assert done.lines[1]["hits"][0]["text"] == "Envoys"
    told = desk.run("rules", "diff", "draft/test.toml").out
    assert "1 alert added, 1 dropped, over 5 stored entries." in told
    assert (desk.folder / "rules/test.toml").read_text() == text


@pytest.mark.usefixtures("store")
def test_diff_of_standard_input_and_of_a_folder(desk: Desk) -> None:
    """Standard input is one more file; a folder is the whole set, so what it lacks is gone."""
    rule = '[[rule]]\nid = "results"\nany = ["results"]\n'
    more = desk.run("rules", "diff", "-", "--json", stdin=rule)
    assert [(line["id"], line["change"], line["reason"]) for line in more.lines] == [(5, "added", "the rule is new")]
    desk.write("other/results.toml", rule)
    whole = desk.run("rules", "diff", "other", "--json")
    assert [(line["id"], line["change"]) for line in whole.lines] == [(1, "dropped"), (3, "dropped"), (5, "added")]


def test_diff_with_the_previous_version(desk: Desk, store: Store) -> None:
    """Without a path the last edit of each live file is shown; where there was none, that is said."""
    first = desk.run("rules", "diff")
    assert (first.code, first.out) == (0, "")
    assert "No live rule file has an earlier version" in first.err
    path = desk.folder / "rules/test.toml"
    path.write_text(path.read_text().replace("embassy OR 대사관", "embassy OR Geneva"))
    load(store, desk)
    done = desk.run("rules", "diff", "--json")
    assert [(line["id"], line["change"], line["reason"]) for line in done.lines] == [(4, "added", "“Geneva” is new")]


@pytest.mark.usefixtures("store")
def test_diff_of_a_draft_whose_examples_fail(desk: Desk) -> None:
    """It is compared all the same, and the exit code says that it could not be saved so."""
    text = (desk.folder / "rules/test.toml").read_text()
    desk.write("draft/test.toml", text.replace("embassy OR 대사관", "football"))
    done = desk.run("rules", "diff", "draft/test.toml", "--json")
    assert (done.code, [line["change"] for line in done.lines]) == (1, ["dropped", "dropped", "added"])
    assert "draft/test.toml:6:10: rule “embassies” does not match this example" in done.err
    told = desk.run("rules", "diff", "draft/test.toml").out
    assert "the draft would not be loaded" in told
    assert "from now on" not in told


@pytest.mark.usefixtures("store")
def test_diff_of_a_draft_that_clashes_with_a_live_file(desk: Desk) -> None:
    """The draft is to blame, and nothing is compared."""
    desk.write("more.toml", '[[rule]]\nid = "embassies"\nany = ["x"]\n')
    done = desk.run("rules", "diff", "more.toml")
    assert (done.code, done.out) == (1, "")
    assert "more.toml:2:6: rule “embassies” is defined twice: it is already in rules/test.toml:2:1" in done.err


@pytest.mark.usefixtures("store")
def test_an_empty_draft_is_not_put_in_place(desk: Desk) -> None:
    """It would drop what the live file of its name does."""
    desk.write("draft/test.toml", "# nothing yet\n")
    done = desk.run("rules", "apply", "draft/test.toml")
    assert (done.code, "there is no rule and no alias" in done.err) == (1, True)
    assert "embassies" in (desk.folder / "rules/test.toml").read_text()


@pytest.mark.usefixtures("store")
def test_a_draft_does_not_replace_a_read_only_file(desk: Desk) -> None:
    """Who took the right to write to a live file away meant it; it stays, and what to do is said."""
    live = desk.folder / "rules/test.toml"
    text = live.read_text()
    live.chmod(0o444)
    desk.write("draft/test.toml", text.replace('severity = "high"', 'severity = "low"'))
    done = desk.run("rules", "apply", "draft/test.toml")
    assert (done.code, "test.toml is read-only: let Digest write to it first" in done.err) == (1, True)
    assert live.read_text() == text


@pytest.mark.usefixtures("store")
def test_diff_says_what_else_changes(desk: Desk) -> None:
    """A severity changes no match, and is named."""
    text = (desk.folder / "rules/test.toml").read_text()
    desk.write("draft/test.toml", text.replace('severity = "high"', 'severity = "low"'))
    done = desk.run("rules", "diff", "draft/test.toml")
    assert "embassies: severity changes from high to low" in done.out
    assert "No rule matches otherwise than before." in done.out


# --- why ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("entry", "rule", "expected"),
    [
        ("1", "embassies", (True, False, "baseline", "embassy")),
        ("2", "embassies", (True, False, "below-severity", "embassy OR 대사관")),
        ("https://example.org/2", "embassies", (True, True, "alert", "embassy")),
        ("3", "quakes", (True, False, "disabled", "earthquake")),
        ("4", "embassies", (False, False, "no-match", "embassy OR 대사관")),
    ],
)
def test_why(desk: Desk, entry: str, rule: str, expected: tuple[bool, bool, str, str]) -> None:
    """Whether a rule matched and alerted, the named reason, and the clause that decided."""
    (line,) = desk.run("why", entry, "--rule", rule, "--json").lines
    assert (line["matched"], line["alerted"], line["reason"], line["clause"]) == expected
    assert line["rule"] == rule
    assert line["entry"]["source"] == "Example News"


def test_why_of_a_rule_that_came_later(desk: Desk, store: Store) -> None:
    """A change of the rules never alerts on the past, and why says so; a rule that is gone is still named."""
    desk.write("rules/more.toml", '[[rule]]\nid = "geneva"\nany = ["Geneva"]\n')
    text = (desk.folder / "rules/test.toml").read_text()
    desk.write("rules/test.toml", text.replace('"embassies"', '"missions"'))
    load(store, desk)
    (line,) = desk.run("why", "4", "--rule", "geneva", "--json").lines
    assert (line["matched"], line["alerted"], line["reason"]) == (True, False, "rule-is-newer")
    (gone,) = desk.run("why", "3", "--rule", "embassies", "--json").lines
    assert (gone["alerted"], gone["sentence"]) == (True, "it alerted; the rule is gone since")


@pytest.mark.usefixtures("store")
def test_why_shows_the_tree_and_the_nearest_miss_first(desk: Desk) -> None:
    """For people: each rule with what was found and what was not."""
    done = desk.run("why", "3")
    assert done.code == 0
    alerted, disabled = done.out.index("embassies: it alerted"), done.out.index("quakes: it would match")
    assert alerted < disabled
    assert "└ ✗ 1 more, not found" in done.out
    assert "✓ embassy: “embassy”" in done.out
    assert "message  desk: queued" in done.out


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["99"], "no stored entry has the id 99"),
        (["https://example.org/none"], "no stored entry has the address"),
        (["1", "--rule", "embasies"], "did you mean “embassies”?"),
    ],
)
def test_why_of_what_is_not_there(desk: Desk, arguments: list[str], words: str) -> None:
    """An entry or a rule that is not there is named, and the exit code is 1."""
    done = desk.run("why", *arguments)
    assert (done.code, done.out) == (1, "")
    assert words in done.err
