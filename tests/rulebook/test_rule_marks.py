"""What users say of entries stands in a file of its own, as examples; nothing that stood there before is lost."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digest.errors import UsageError
from digest.match import MARKS, ExampleKind, load_rules
from digest.rulebook.marks import Mark, add_mark, known_gap, remove_marks, unwanted
from digest.values.news import EntryText

if TYPE_CHECKING:
    from pathlib import Path

    from digest.match import Rule

UNWANTED, KNOWN_GAP = ExampleKind.UNWANTED, ExampleKind.KNOWN_GAP
TOYS = Mark("embassies", UNWANTED, 'Toys: a "small" embassy')
RULES = '[[rule]]\nid = "embassies"\nany = ["embassy"]\n'
BY_HAND = """\
# Mine.

[[example]]  # of the desk
unwanted = {title = "Old toys", lang = "en"} # why
rule = "embassies"

[[example]]
rule = "embassies"
match = "The embassy"
# The end."""


def rule_of(query: str) -> Rule:
    """A rule of a query; it is disabled, which is no matter here."""
    [rule] = load_rules({"a.toml": f"[[rule]]\nid = 'a'\nquery = '{query}'\nenabled = false\n"}).rules
    return rule


def examples(folder: Path) -> list[tuple[str, ExampleKind, EntryText]]:
    """What the marks of a folder say, in order."""
    loaded = load_rules({"rules.toml": RULES, MARKS: (folder / MARKS).read_text(encoding="utf-8")})
    assert not loaded.problems
    return [(example.rule, example.kind, example.text) for example in loaded.apart]


# --- which example ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "text", "example"),
    [
        ("embassy", EntryText("The embassy", "s"), "The embassy"),
        ("embassy", EntryText("News", "An embassy"), {"title": "News", "summary": "An embassy"}),
        (
            "embassy AND source:One",
            EntryText("The embassy", "s", source="One"),
            {"title": "The embassy", "summary": "s", "source": "One"},
        ),
        ("tag:korea", EntryText("", "s", tags=("korea", "b")), {"summary": "s", "tags": ("korea", "b")}),
        (
            "embassy NOT tier:F",
            EntryText("The embassy", source="One", tier="B"),
            {"title": "The embassy", "source": "One", "tier": "B"},
        ),
        ("embassy", EntryText("News", content="An embassy"), {"title": "News", "content": "An embassy"}),
    ],
)
def test_the_example_is_as_short_as_it_can_be(
    tmp_path: Path, query: str, text: EntryText, example: str | dict[str, str]
) -> None:
    """The title if that does it, else as few fields as make the rule match; the rule matches what is read again."""
    rule = rule_of(query)
    mark = unwanted(rule, text)
    assert mark == Mark("a", UNWANTED, example)
    add_mark(tmp_path, mark)
    [(_, _, read)] = examples(tmp_path)
    assert unwanted(rule, read).example == example


_LOREM = "Lorem ipsum dolor. " * 150


@pytest.mark.parametrize(
    ("query", "content", "expected"),
    [
        pytest.param("embassy", _LOREM + "The embassy reopened.", ["embassy reopened."], id="deep in the body"),
        pytest.param(
            "embassy AND syria",
            f"{_LOREM}An embassy. {_LOREM}In Syria. {_LOREM}",
            ["An embassy.", " … ", "In Syria."],
            id="words far apart",
        ),
        pytest.param(
            '"closed embassy"~1000',
            f"{_LOREM}closed {_LOREM}embassy {_LOREM}",
            ["closed", "embassy"],
            id="only together",
        ),
        pytest.param("embassy", "漢字" * 2_000 + " embassy " + "漢字" * 2_000, ["embassy"], id="no spaces"),
    ],
)
def test_an_example_of_a_long_body_is_what_stands_around_the_words(
    tmp_path: Path, query: str, content: str, expected: list[str]
) -> None:
    """What the rule matches deep in a text is found there; the mark is known as that entry's, and no other's."""
    entry = EntryText("News", content=content)
    mark = unwanted(rule_of(query), entry)
    assert isinstance(mark.example, dict)
    assert all(piece in mark.example["content"] for piece in expected)
    if "~" not in query:
        assert len(mark.example["content"]) < 500
        assert mark.example["content"].split()[0] in content.split() or "漢" in content
    add_mark(tmp_path, mark)
    assert remove_marks(tmp_path, "a", UNWANTED, EntryText("News", content=_LOREM)) == 0
    assert remove_marks(tmp_path, "a", UNWANTED, entry) == 1


@pytest.mark.parametrize("text", [EntryText("News", "nothing"), EntryText(), EntryText("News", content=_LOREM)])
def test_what_does_not_match_is_not_unwanted(text: EntryText) -> None:
    """However long the text; it is said that the rule does not match it."""
    with pytest.raises(UsageError, match="the rule “a” does not match this"):
        unwanted(rule_of("embassy"), text)


@pytest.mark.parametrize(
    ("text", "example"),
    [
        (EntryText("News"), "News"),
        (EntryText("News", "Long" * 1_000), {"title": "News", "summary": ("Long" * 1_000)[:2_000]}),
    ],
)
def test_a_known_gap_is_what_a_rule_should_find(text: EntryText, example: object) -> None:
    """Its title, and as much of its summary as an example holds."""
    assert known_gap(rule_of("embassy"), text) == Mark("a", KNOWN_GAP, example)  # type: ignore[arg-type]  # a table


def test_what_says_nothing_is_no_known_gap() -> None:
    """An example without a word could be of any entry."""
    with pytest.raises(UsageError, match="neither a title nor a summary"):
        known_gap(rule_of("embassy"), EntryText(content="An embassy"))


# --- the file --------------------------------------------------------------------------------------------------------


def test_the_first_mark_makes_the_file_and_says_who_writes_it(tmp_path: Path) -> None:
    """Comments at its top, then one table a mark, in order; taken out, the others stay as they are."""
    assert add_mark(tmp_path, TOYS)
    first = (tmp_path / MARKS).read_text(encoding="utf-8")
    assert first.startswith("# What was said of entries")
    assert first.endswith('\n\n[[example]]\nrule = "embassies"\nunwanted = "Toys: a \\"small\\" embassy"\n')
    assert add_mark(tmp_path, Mark("embassies", KNOWN_GAP, "Missions"))
    assert not add_mark(tmp_path, TOYS), "it stands there already"
    assert not add_mark(tmp_path, Mark("x", UNWANTED, "y"), load_rules({"x.toml": _WITH_LIST}).rules[0].examples)
    assert [kind for _, kind, _ in examples(tmp_path)] == [UNWANTED, KNOWN_GAP]
    assert remove_marks(tmp_path, "embassies", KNOWN_GAP, EntryText("Missions", "more")) == 1
    assert (tmp_path / MARKS).read_text(encoding="utf-8") == first
    assert [path.name for path in tmp_path.iterdir()] == [MARKS]


_WITH_LIST = '[[rule]]\nid = "x"\nany = ["y"]\nunwanted = ["y"]\n'


@pytest.mark.parametrize("before", [BY_HAND, BY_HAND + "\n\n\n", "", "# none yet"])
def test_what_was_written_by_hand_stays(tmp_path: Path, before: str) -> None:
    """Comments, order, white space: a mark comes behind it all, and goes again."""
    path = tmp_path / MARKS
    path.write_text(before, encoding="utf-8")
    assert add_mark(tmp_path, TOYS)
    after = path.read_text(encoding="utf-8")
    assert after.startswith(before)
    assert examples(tmp_path)[-1] == ("embassies", UNWANTED, EntryText(str(TOYS.example)))
    assert remove_marks(tmp_path, "embassies", UNWANTED, EntryText(str(TOYS.example))) == 1
    assert path.read_text(encoding="utf-8").strip() == (before or after.partition("\n\n")[0]).strip()


def test_a_file_that_cannot_be_added_to_is_left(tmp_path: Path) -> None:
    """No table can follow a list of them in brackets."""
    path = tmp_path / MARKS
    path.write_text(before := 'example = []\n[alias]\nx = ["y"]\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"edit marks\.toml by hand"):
        add_mark(tmp_path, TOYS)
    assert path.read_text(encoding="utf-8") == before


def test_a_mark_that_somebody_wrote_about_is_left_to_them(tmp_path: Path) -> None:
    """The comment would be gone, or about nothing: the file stays, and it is said what to do."""
    path = tmp_path / MARKS
    path.write_text(BY_HAND, encoding="utf-8")
    with pytest.raises(UsageError, match=r"edit marks\.toml by hand: what somebody has written"):
        remove_marks(tmp_path, "embassies", UNWANTED, EntryText("Old toys", lang="en"))
    assert path.read_text(encoding="utf-8") == BY_HAND


@pytest.mark.parametrize(
    "example",
    [
        'unwanted = {title = "Toys", lang = "en"}',  # a mark would have the summary and the source, too
        'unwanted = { title = "Toys" }',
        "unwanted = 'Toys'",
    ],
)
def test_an_example_that_somebody_wrote_is_left_to_them(tmp_path: Path, example: str) -> None:
    """Only what Digest itself wrote of an entry is taken out; it is said who takes out the other."""
    entry = EntryText("Toys", "An embassy of toys", source="One", lang="en")
    path = tmp_path / MARKS
    path.write_text(before := f'[[example]]\nrule = "embassies"\n{example}\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"edit marks\.toml by hand: what somebody has written"):
        remove_marks(tmp_path, "embassies", UNWANTED, entry)
    assert path.read_text(encoding="utf-8") == before
    path.unlink()
    for written in ("Toys", {"title": "Toys", "summary": "An embassy of toys"}):
        add_mark(tmp_path, Mark("embassies", UNWANTED, written))
    assert remove_marks(tmp_path, "embassies", UNWANTED, entry) == 2


def test_an_empty_example_is_of_no_entry(tmp_path: Path) -> None:
    """It is no mark of whatever entry is marked; nothing is taken out."""
    path = tmp_path / MARKS
    path.write_text(before := '[[example]]\nrule = "embassies"\nunwanted = ""\n', encoding="utf-8")
    assert remove_marks(tmp_path, "embassies", UNWANTED, EntryText("Toys")) == 0
    assert path.read_text(encoding="utf-8") == before


_WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
_EXAMPLES = st.one_of(
    _WORDS.map(lambda words: f"New: {words}"),
    st.fixed_dictionaries(
        {"title": _WORDS.map(lambda words: f"New: {words}"), "tags": st.lists(_WORDS, max_size=2)},
        optional={"summary": _WORDS},
    ),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rule=_WORDS, example=_EXAMPLES, before=st.sampled_from([BY_HAND, BY_HAND.replace("\n", "\r\n"), ""]))
def test_whatever_an_entry_says_its_mark_is_read_again(tmp_path: Path, rule: str, example: object, before: str) -> None:
    """Any letters at all, in any field: the file loads and says what it said and the one mark more, or less."""
    path = tmp_path / MARKS
    path.write_text(before, encoding="utf-8", newline="")
    mark = Mark(rule, UNWANTED, example)  # type: ignore[arg-type]  # a text or a table
    was = examples(tmp_path)
    assert add_mark(tmp_path, mark)
    added = mark.read()
    assert examples(tmp_path) == [*was, (rule, UNWANTED, added.text)]
    assert added.text.title.startswith("New:")
    assert remove_marks(tmp_path, rule, UNWANTED, added.text) == 1
    assert examples(tmp_path) == was


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[example]\n", "correct the file first: marks.toml:1:10: "),
        ('[[example]]\nrule = "a"\n', "correct the file first: marks.toml:1:3: this example has no text to try"),
        (b"# caf\xe9\n", "correct the file first: marks.toml is not UTF-8"),
    ],
)
def test_a_broken_file_is_never_written_over(tmp_path: Path, text: str | bytes, words: str) -> None:
    """Nor is anything taken out of it: where it is wrong is said."""
    path = tmp_path / MARKS
    raw = text if isinstance(text, bytes) else text.encode()
    path.write_bytes(raw)
    with pytest.raises(UsageError) as caught:
        add_mark(tmp_path, TOYS)
    assert str(caught.value).startswith(words)
    with pytest.raises(UsageError) as caught:
        remove_marks(tmp_path, "a", UNWANTED, EntryText("x"))
    assert str(caught.value).startswith(words)
    assert path.read_bytes() == raw


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A read-only file, a folder of its name, no folder at all."""
    path = tmp_path / MARKS
    path.write_text("")
    path.chmod(0o444)
    with pytest.raises(UsageError, match=r"marks\.toml is read-only: let Digest write to it first"):
        add_mark(tmp_path, TOYS)
    path.unlink()
    path.mkdir()
    with pytest.raises(UsageError, match=r"marks\.toml cannot be written: it is a folder"):
        add_mark(tmp_path, TOYS)
    with pytest.raises(UsageError, match=r"marks\.toml cannot be written: No such file"):
        add_mark(tmp_path / "nowhere", TOYS)


_WRITER = """
import sys
from pathlib import Path
from digest.match import ExampleKind
from digest.rulebook.marks import Mark, add_mark
for number in range(20):
    assert add_mark(Path(sys.argv[1]), Mark("embassies", ExampleKind.UNWANTED, f"{sys.argv[2]} {number}"))
"""


def test_of_many_writers_at_once_none_loses_a_mark(tmp_path: Path) -> None:
    """Three processes, and threads of this one, as the bot in an engine and people in shells."""
    command = [sys.executable, "-c", _WRITER, str(tmp_path)]
    others = [subprocess.Popen([*command, str(number)]) for number in range(3)]
    with ThreadPoolExecutor(4) as pool:
        marks = [Mark("embassies", UNWANTED, f"here {number}") for number in range(20)]
        assert all(pool.map(lambda mark: add_mark(tmp_path, mark), marks))
    assert [each.wait(60) for each in others] == [0, 0, 0]
    expected = {f"{who} {number}" for who in (*"012", "here") for number in range(20)}
    assert {text.title for _, _, text in examples(tmp_path)} == expected
    assert len(examples(tmp_path)) == 80
