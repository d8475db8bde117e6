"""``digest cluster``: entries as JSON lines in, which story each belongs to out."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.stories.labelled import SETS, placed, read_set

if TYPE_CHECKING:
    from tests.cli.conftest import Desk


def entry(**fields: Any) -> str:
    """One line of input."""
    return json.dumps({"id": "a", "title": ""} | fields, ensure_ascii=False)


def test_reports_of_one_event_get_one_story(empty_desk: Desk) -> None:
    """In the order they were read, with no config, and nothing is written to the folder."""
    lines = [
        entry(id="x", title="Quake of magnitude 6.8 strikes Valdoria - Reuters", published="2026-03-02T06:00:00Z"),
        entry(id=7, title="Fed holds rates steady", published="2026-03-02T06:30:00Z"),
        entry(id="y", title="<b>Quake of magnitude 6.8 strikes Valdoria</b>", published="2026-03-02T07:00:00Z"),
    ]
    done = empty_desk.run("cluster", stdin="\n".join(lines))
    assert (done.code, done.err) == (0, "")
    assert done.lines == [
        {"id": "x", "story": 1, "repeat": False},
        {"id": 7, "story": 2, "repeat": False},
        {"id": "y", "story": 1, "repeat": True},
    ]
    assert not [*empty_desk.folder.iterdir()]


def test_it_is_the_same_window(empty_desk: Desk) -> None:
    """What the engine compares with says the same of the same reports."""
    reports = read_set(SETS / "en_summaries.csv", "en")
    lines = [
        entry(
            id=at,
            title=each.clue.title,
            content=each.clue.summary,
            source=each.clue.source,
            lang="en",
            published=each.clue.at.isoformat(),
        )
        for at, each in enumerate(reports)
    ]
    answers = empty_desk.run("cluster", stdin="\n".join(lines)).lines
    names: dict[int, int] = {}
    expected = [
        {"id": at, "story": names.setdefault(story, len(names) + 1), "repeat": place.repeat}
        for at, (story, place) in enumerate(placed(each.clue for each in reports))
    ]
    assert answers == expected


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "no JSON"),
        ('{"title": "x"}', "id is missing"),
        ('{"id": 1}', "title is missing"),
        ('{"id": 1, "title": "x", "published": "soon"}', "published is no time"),
        ('{"id": 1, "title": "x", "published": 5}', "published must be a string"),
    ],
)
def test_a_bad_line_is_told_and_the_rest_goes_on(empty_desk: Desk, line: str, words: str) -> None:
    """With its number and the remedy; the exit code is 1."""
    done = empty_desk.run("cluster", stdin=f"{line}\n\n{entry(id=2, title='Rain in Oslo', lang='en')}")
    assert done.code == 1
    bad, good = done.lines
    assert bad["line"] == 1
    assert words in bad["error"]
    assert good == {"id": 2, "story": 1, "repeat": False}


def test_a_line_without_a_time_is_as_old_as_the_one_before(empty_desk: Desk) -> None:
    """So that old news is not compared with today."""
    title = "Quake of magnitude 6.8 strikes Valdoria"
    lines = [entry(title=title, published="Mon, 02 Mar 2020 06:00:00 GMT"), entry(title=title), entry(title=title)]
    assert [each["repeat"] for each in empty_desk.run("cluster", stdin="\n".join(lines)).lines] == [False, True, True]


def test_a_live_stream_is_answered_line_by_line(empty_desk: Desk) -> None:
    """The next line may be minutes away: no answer waits for it."""
    with subprocess.Popen(
        empty_desk.command("cluster"),
        cwd=empty_desk.folder,
        env=empty_desk.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(entry(id=number, title="Snow falls in Oslo", lang="en").encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline()) == {"id": number, "story": 1, "repeat": number > 0}
        process.stdin.close()
        assert process.wait(30) == 0
