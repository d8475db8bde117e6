"""``digest rules gaps`` and ``digest rules noise``: what stories and readers teach, as drafts that can be applied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from digest.cli.lessons import Lessons, Study
from digest.config import load_config
from digest.match.language.query import Phrase
from digest.rulebook.editing import exclude
from digest.stories.learning.choice import Learned
from tests.fakes.learning import DAY, NOW, LearningDesk, learning_desk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.cli.conftest import Desk

RULES = """\
# What shakes.
[alias]
quake = ["earthquake*", "지진"]

[[rule]]
id     = "quakes"   # ours
any    = ["@quake", "seismic"]  # all words
none   = ["football"]
match  = ["Earthquake in Peru"]

[[rule]]
id    = "floods"
query = '''
flood* OR inundation
'''
match = ["Flood of the century in Meridia"]
"""
MISSED = [
    ("Tremor rattles Valdora", "Officials said nobody was hurt.", "en"),
    ("Strong tremor shakes Valdora | Daily Example", "", "en"),
    ("Erdstoß erschüttert Valdora", "Die Regierung warnt.", "de"),
    ("Valdora: Erdstoß in der Hauptstadt", "", "de"),
    ("발도라에서 강진 발생", "", "ko"),
    ("수도를 강진이 강타", "주민 대피", "ko"),
    ("瓦尔多拉发生强震", "数千人撤离", "zh"),
    ("强震袭击瓦尔多拉首都", "", "zh"),
]


@pytest.fixture
def newsroom(desk: Desk) -> Iterator[LearningDesk]:
    """The desk's store, empty, and its rules."""
    desk.write("rules/test.toml", RULES)
    with learning_desk(desk.folder) as store:
        yield LearningDesk(store, desk.folder)


@pytest.fixture
def missed(newsroom: LearningDesk) -> list[int]:
    """An earthquake that the rule alerted on, and eight reports of it that no rule found; Valdora is in other news."""
    first = newsroom.brings("Earthquake in Valdora")
    found = [newsroom.brings(*report, story=first) for report in MISSED]
    for number in range(13):
        newsroom.brings(f"Valdora elects its parliament, day {number}")
    return found


def written(desk: Desk, name: str) -> str:
    """A file of the desk."""
    return (desk.folder / name).read_text(encoding="utf-8")


# --- gaps --------------------------------------------------------------------------------------------------------


def test_gaps_are_the_terms_that_would_have_caught_what_was_missed(desk: Desk, missed: list[int]) -> None:
    """Per language, each in two reports or more; what is in other news too (Valdora) costs too much."""
    done = desk.run("rules", "gaps", "--json")
    assert (done.code, done.err) == (0, "")
    found = {(line["lang"], line["term"]): line for line in done.lines}
    assert found.keys() == {("en", "tremor"), ("de", "Erdstoß"), ("ko", "강진"), ("zh", "瓦尔多拉")}
    assert found["ko", "강진"] == {
        "rule": "quakes", "term": "강진", "lang": "ko", "catches": 2, "others": 0, "entries": missed[4:6],
    }  # fmt: skip


@pytest.mark.usefixtures("missed")
def test_a_term_is_told_with_its_price(desk: Desk, newsroom: LearningDesk) -> None:
    """How many other entries it would find that are in no story of the rule; beyond three for each it is no term."""
    for number in range(5):
        newsroom.brings(f"A tremor in the markets, day {number}")
    prices = {line["term"]: (line["catches"], line["others"]) for line in desk.run("rules", "gaps", "--json").lines}
    assert prices["tremor"] == (2, 5)
    for number in range(2):
        newsroom.brings(f"Another tremor in the markets, day {number}")
    assert "tremor" not in {line["term"] for line in desk.run("rules", "gaps", "--json").lines}


@pytest.mark.usefixtures("missed")
def test_the_draft_of_gaps_can_be_compared_and_applied(desk: Desk) -> None:
    """The file as it was with the terms in the rule's list; the diff tells what it adds; applied, nothing is missed."""
    done = desk.run("rules", "gaps")
    assert "quakes: 8 reports in stories of this rule that no rule found" in done.out
    assert "The draft would have added 8 entries and dropped 0." in done.out
    assert '+any    = ["@quake", "seismic", ' in done.out
    assert "--draft draft/ writes test.toml there" in done.out
    assert desk.run("rules", "gaps", "--draft", "draft/", "--json").code == 0
    draft = written(desk, "draft/test.toml")
    assert '"강진"' in draft
    assert draft.splitlines()[:6] == RULES.splitlines()[:6]
    assert draft.splitlines()[7:] == RULES.splitlines()[7:]
    assert desk.run("rules", "gaps", "--draft", "-").out == draft
    assert len(desk.run("rules", "diff", "draft/test.toml", "--json").lines) == 8
    assert desk.run("rules", "apply", "draft/test.toml").code == 0
    again = desk.run("rules", "gaps")
    assert (again.code, again.out) == (0, "")
    assert again.err.startswith("No report is missed")


def test_what_is_excluded_or_unwanted_is_not_missed(desk: Desk, newsroom: LearningDesk) -> None:
    """A report that the rule excludes is left out on purpose; a term never finds an example of what is unwanted."""
    first = newsroom.brings("Earthquake in Valdora")
    for title in ("Tremor ends football match", "Tremor stops the football final"):
        newsroom.brings(title, story=first)
    assert desk.run("rules", "gaps").err.startswith("No report is missed")
    for title in ("Tremor rattles Valdora", "Strong tremor shakes Meridia"):
        newsroom.brings(title, story=first)
    assert [line["term"] for line in desk.run("rules", "gaps", "--json").lines] == ["tremor"]
    desk.write("rules/marks.toml", '[[example]]\nrule = "quakes"\nno_match = "A tremor in the markets"\n')
    done = desk.run("rules", "gaps", "--json")
    assert (done.code, done.lines) == (0, [])
    assert "2 reports missed, and no term" in done.err


def test_an_outlet_a_number_and_a_small_word_are_no_terms(desk: Desk, newsroom: LearningDesk) -> None:
    """However many missed reports they stand in."""
    first = newsroom.brings("Earthquake in Valdora")
    for title in ("Example News: 2026 the walls of Meridia fell", "2026 the roofs of Kestria fell Example News"):
        newsroom.brings(title, story=first, source="Example News")
    assert [line["term"] for line in desk.run("rules", "gaps", "--json").lines] == ["fell"]


@pytest.mark.usefixtures("missed")
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("rules/", "rules/test.toml would be live at once"),
        ("rules/test.toml", "rules/test.toml would be live at once"),
        ("draft.toml", "a draft stands in for the live file of its name: call it test.toml"),
        ("test.toml", "test.toml is there already"),
    ],
)
def test_a_draft_is_written_over_nothing(desk: Desk, path: str, message: str) -> None:
    """Neither over a live file nor over anything else, and only by the name by which it is a draft."""
    desk.write("test.toml", "mine")
    done = desk.run("rules", "gaps", "--draft", path)
    assert (done.code, message in done.err) == (1, True), done.err
    assert (written(desk, "rules/test.toml"), written(desk, "test.toml")) == (RULES, "mine")


def test_without_stories_or_a_store_it_says_so(desk: Desk) -> None:
    """And what there is to do; a rule that is not there is named."""
    for command in ("gaps", "noise"):
        done = desk.run("rules", command)
        assert (done.code, done.out, "digest watch starts an engine" in done.err) == (0, "", True)
    with learning_desk(desk.folder):
        assert "--since 90d" in desk.run("rules", "gaps").err
        assert "digest mark not-relevant ID" in desk.run("rules", "noise").err
        assert "did you mean “embassies”?" in desk.run("rules", "noise", "--rule", "embasies").err


# --- noise -------------------------------------------------------------------------------------------------------


@pytest.fixture
def memes(newsroom: LearningDesk) -> list[int]:
    """Four floods that were read, and three of memes that nobody opened."""
    old = NOW - 5 * DAY
    floods = [newsroom.brings(f"Flood in the village of {name}", came=old) for name in ("Ara", "Bela", "Cora", "Dora")]
    newsroom.read(*floods)
    return [newsroom.brings(f"A flood of memes about the {name}", came=old) for name in ("phone", "film", "song")]


def test_noise_is_what_stayed_unread_beside_what_was_read(desk: Desk, memes: list[int]) -> None:
    """The term that tells them apart, how much of the noise it drops, and how many other alerts."""
    done = desk.run("rules", "noise", "--json")
    assert (done.code, done.err) == (0, "")
    assert done.lines == [{"rule": "floods", "term": "memes", "lang": "en", "drops": 3, "others": 0, "entries": memes}]


@pytest.mark.usefixtures("memes")
def test_the_draft_of_noise_excludes_the_term(desk: Desk) -> None:
    """The query as it was, and what is excluded behind it; applied, what it was about matches no more."""
    done = desk.run("rules", "noise", "--draft", "draft/")
    assert "The draft would have added 0 entries and dropped 3." in done.out
    assert "(flood* OR inundation)\nNOT memes\n'''" in written(desk, "draft/test.toml")
    assert desk.run("rules", "apply", "draft/test.toml").code == 0
    assert desk.run("rules", "noise").err.startswith("No alert is noise")


@pytest.mark.parametrize("how", ["starred", "followed", "match", "known_gap"])
def test_no_draft_drops_what_is_wanted(desk: Desk, newsroom: LearningDesk, memes: list[int], how: str) -> None:
    """What is starred, followed, or an example of what the rule should find keeps its words from being excluded."""
    if how == "starred":
        newsroom.star(memes[0])
    elif how == "followed":
        newsroom.follow(memes[0])
    else:
        desk.write("rules/marks.toml", f'[[example]]\nrule = "floods"\n{how} = "Flood of memes is news"\n')
    done = desk.run("rules", "noise", "--json")
    assert (done.code, done.lines) == (0, [])
    assert "no term that stands in two of them" in done.err


def test_marks_count_at_once(desk: Desk, newsroom: LearningDesk) -> None:
    """What was marked as not relevant is noise however new it is, and though it was read."""
    ids = [newsroom.brings(f"A flood of memes about the {name}") for name in ("phone", "film")]
    newsroom.read(*ids, newsroom.brings("Flood in the village of Ara"))
    assert desk.run("rules", "noise").err.startswith("No alert is noise")
    assert desk.run("mark", "not-relevant", *map(str, ids)).code == 0
    assert [(line["term"], line["drops"]) for line in desk.run("rules", "noise", "--json").lines] == [("memes", 2)]


def test_terms_of_alerts_that_were_read_cost(desk: Desk, newsroom: LearningDesk, memes: list[int]) -> None:
    """A read alert is weak evidence: one for three of the noise may go, two may not."""
    read = [newsroom.brings("Flood of memes as rivers rise", came=NOW - 5 * DAY)]
    newsroom.read(*read)
    assert [(line["drops"], line["others"]) for line in desk.run("rules", "noise", "--json").lines] == [(len(memes), 1)]
    newsroom.read(newsroom.brings("Flood of memes and mud", came=NOW - 5 * DAY))
    assert desk.run("rules", "noise", "--json").lines == []


def test_a_draft_is_tried_on_what_is_to_be_kept(desk: Desk, newsroom: LearningDesk, memes: list[int]) -> None:
    """Not the counting of terms decides: the edited rule is asked, and a term that loses what is kept is left out."""
    config = load_config(desk.folder / "config.toml")
    kept = newsroom.store.reads.entry(str(memes[0]))
    assert kept is not None
    study = Study(config, newsroom.store, None, None)
    terms = [Learned("floods", Phrase(word), "en", tuple(memes), 0) for word in ("memes", "film")]
    lessons = Lessons(study, {"floods": terms}, "drops")
    lessons.add(study.rules["floods"], "", lambda text, rule, some, _: exclude(text, rule, some), [kept])
    (text,) = lessons.drafts.values()
    assert "NOT film" in text
