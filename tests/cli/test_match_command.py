"""``digest match``: entries as JSON lines in, matches as JSON lines out."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from digest.cli.main import digest
from digest.match.matching.compiling import Compiler
from tests.calls import calls_during

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Desk


def entry(**fields: Any) -> str:
    """One line of input."""
    return json.dumps({"id": "a", "title": ""} | fields, ensure_ascii=False)


def test_each_entry_is_answered_in_order(desk: Desk) -> None:
    """One line out for each line in, with the rule, its severity and every hit."""
    done = desk.run("match", stdin="\n".join([entry(id="x", title="An embassy closes"), entry(id=7, title="Rain")]))
    assert done.code == 0
    assert done.err == ""
    hit = {"field": "title", "start": 3, "end": 10, "text": "embassy", "term": "embassy"}
    assert done.lines == [
        {"id": "x", "matches": [{"rule": "embassies", "severity": "high", "hits": [hit]}]},
        {"id": 7, "matches": []},
    ]


def test_offsets_count_in_the_plain_text(desk: Desk) -> None:
    """Fields may hold HTML; ``--text`` shows what the offsets count in."""
    line = entry(
        title="<b>Caf&eacute;</b> 대사관은",
        summary="<p>one</p><p>the <i>embassy</i></p>",
        source="Example",
        lang="en",
        author="N. N.",
        tags=["x", "y"],
    )
    [answer] = desk.run("match", "--text", stdin=line).lines
    assert answer["title"] == "Café 대사관은"
    assert answer["summary"] == "one\nthe embassy"
    assert answer["content"] == ""
    assert (answer["source"], answer["lang"], answer["author"], answer["tags"]) == (
        "Example",
        "en",
        "N. N.",
        ["x", "y"],
    )
    hits = answer["matches"][0]["hits"]
    assert {hit["field"] for hit in hits} == {"title", "summary"}
    for hit in hits:
        assert answer[hit["field"]][hit["start"] : hit["end"]] == hit["text"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "no JSON"),
        ("[1]", "no JSON object"),
        ('"text"', "no JSON object"),
        ('{"title": "x"}', "id is missing"),
        ('{"id": null, "title": "x"}', "id is missing"),
        ('{"id": true, "title": "x"}', "id must be"),
        ('{"id": 1.5, "title": "x"}', "id must be"),
        ('{"id": [1], "title": "x"}', "id must be"),
        ('{"id": 1}', "title is missing"),
        ('{"id": 1, "title": 5}', "title must be a string"),
        ('{"id": 1, "title": "x", "content": ["y"]}', "content must be a string"),
        ('{"id": 1, "title": "x", "tags": "y"}', "tags must be a list"),
        ('{"id": 1, "title": "x", "tags": [1]}', "tags must be a list"),
        ('{"id": 1, "title": "x", "published": 5}', "published must be a string"),
        ("[" * 100_000, "nested too deeply"),
        ('{"id": ' + "1" * 5000 + "}", "number too long"),
        (b'{"id": 1, "title": "caf\xe9"}', "not UTF-8"),
    ],
)
def test_a_bad_line_is_answered_and_the_rest_goes_on(empty_desk: Desk, line: str | bytes, words: str) -> None:
    """Its answer names the line and what is wrong; the exit code tells that there was one."""
    bad = line if isinstance(line, bytes) else line.encode()
    lines = [entry(id=1, title="rain").encode(), bad, entry(id=3, title="snow").encode()]
    done = empty_desk.run("match", "--query", "snow", stdin=b"\n".join(lines))
    assert done.code == 1
    first, second, third = done.lines
    assert first == {"id": 1, "matches": []}
    assert second.keys() == {"line", "error"}
    assert second["line"] == 2
    assert words in second["error"]
    assert third["matches"][0]["rule"] == "query"


def test_blank_lines_are_no_entries(empty_desk: Desk) -> None:
    """They are counted, and otherwise passed over."""
    done = empty_desk.run("match", "--query", "x", stdin="\n" + entry(id=1, title="x") + "\n  \n{\n\n")
    assert [answer.get("id") or answer.get("line") for answer in done.lines] == [1, 4]


def test_left_out_and_null_are_the_same(empty_desk: Desk) -> None:
    """Every field but id may be null; a title must be named."""
    line = '{"id": 1, "title": null, "summary": null, "tags": null, "url": null, "more": {"x": 1}}'
    done = empty_desk.run("match", "--query", "x", stdin=line)
    assert (done.code, done.lines) == (0, [{"id": 1, "matches": []}])


def test_a_query_needs_no_config(empty_desk: Desk) -> None:
    """Its rule is called ``query``."""
    done = empty_desk.run(
        "match", "--query", '"diplomatic ties" AND syria', stdin=entry(title="Syria: diplomatic ties")
    )
    assert done.code == 0
    [found] = done.lines[0]["matches"]
    assert (found["rule"], found["severity"]) == ("query", "normal")
    assert [hit["text"] for hit in found["hits"]] == ["Syria", "diplomatic ties"]


@pytest.mark.parametrize(
    ("query", "place"), [("syria embassy", "1:7"), ("AND x", "1:1"), ("x AND\n(y OR", "2:"), ("시리아 and 북한", "1:5")]
)
def test_a_wrong_query_is_shown_with_its_place(empty_desk: Desk, query: str, place: str) -> None:
    """Code points from 1, in a file called ``<query>``; nothing is read."""
    done = empty_desk.run("match", "--query", query, stdin="{")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"<query>:{place}")


def test_hostile_text_leaves_no_control_byte(empty_desk: Desk) -> None:
    """Whatever an entry holds, the answer is printable UTF-8."""
    title = r"\u001b]0;owned\u0007snow\u009d\u202e\ud800"
    line = rf'{{"id": "\u001b[31m\u009b1m\u202e\ud800", "title": "{title}", "tags": ["\u0085"]}}'
    done = empty_desk.run("match", "--text", "--query", "snow", stdin=line)
    assert done.code == 0
    assert done.lines[0]["matches"][0]["hits"][0]["text"] == "snow"
    assert all(character.isprintable() or character == "\n" for character in done.out)


def test_a_broken_rule_file_is_told_and_the_others_match(desk: Desk) -> None:
    """On standard error, with its place; the exit code is 1."""
    desk.write("rules/broken.toml", '[[rule]]\nid = "broken"\nquery = "syria embassy"\n')
    done = desk.run("match", stdin=entry(title="embassy"))
    assert done.code == 1
    assert done.err.startswith("rules/broken.toml:3:16: ")
    assert done.lines[0]["matches"][0]["rule"] == "embassies"


def test_answers_come_as_entries_do(empty_desk: Desk) -> None:
    """A stream is answered line by line, before its end."""
    with subprocess.Popen(
        empty_desk.command("match", "--query", "snow"),
        cwd=empty_desk.folder,
        env=empty_desk.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number in range(3):
            process.stdin.write(entry(id=number, title="snow").encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == number
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.mark.parametrize("arguments", [["match", "--text", "--query", "snow"], ["paths", "--json"], ["--help"]])
@pytest.mark.parametrize("reader", ["head -n 1", "true"])
def test_a_reader_that_leaves_is_no_error(desk: Desk, arguments: list[str], reader: str) -> None:
    """``digest match | head -1`` ends without a word, and as a shell says it of whom SIGPIPE ends: nobody fails."""
    lines = "\n".join(entry(id=number, title="snow " * 200) for number in range(2000))
    done = subprocess.run(
        ["sh", "-c", f'("$@"; echo $? > code) | {reader}', "sh", *desk.command(*arguments)],
        cwd=desk.folder,
        env=desk.environment,
        input=lines.encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == b""
    assert len(done.stdout.splitlines()) == (reader != "true")
    left_early = reader == "true" or arguments[0] == "match"  # the others say all they have at once
    assert (desk.folder / "code").read_text().strip() in ({"141"} if left_early else {"0", "141"})


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_closed_streams_are_no_error(desk: Desk, closed: str) -> None:
    """Where nobody wants to hear, nothing is said, and no file of ours takes the place of what was closed."""
    command = ["sh", "-c", f'"$@" {closed}', "sh", *desk.command("paths")]
    done = subprocess.run(command, cwd=desk.folder, env=desk.environment, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert bool(done.stdout) == (">&-" not in closed.split())


def test_entries_may_come_from_a_file(empty_desk: Desk) -> None:
    """Named as the argument; one that is not there is wrong usage."""
    empty_desk.write("entries.jsonl", entry(id=5))
    assert empty_desk.run("match", "--query", "x", "entries.jsonl").lines == [{"id": 5, "matches": []}]
    done = empty_desk.run("match", "--query", "x", "gone.jsonl")
    assert done.code == 2
    assert "gone.jsonl" in done.err


def test_without_a_config_it_says_so(empty_desk: Desk) -> None:
    """Rule files are named by a config; without one there is nothing to match with."""
    done = empty_desk.run("match", stdin=entry())
    assert (done.code, done.out) == (2, "")
    assert "digest init" in done.err


def test_the_rules_are_compiled_once(tmp_path: Path) -> None:
    """Their examples are tried, and entries are matched, with one and the same compiled set."""
    (tmp_path / "rules").mkdir()
    rules = [f'[[rule]]\nid = "r{one}"\nany = ["word{one}", "name"]\nmatch = ["A word{one}"]\n' for one in range(20)]
    (tmp_path / "rules" / "a.toml").write_text("\n".join(rules))
    (tmp_path / "config.toml").write_text('rules = "rules"\n')
    arguments = ["--config", str(tmp_path / "config.toml"), "match"]
    runner = CliRunner()
    answers: list[str] = []

    def run() -> None:
        answers.append(runner.invoke(digest, arguments, input=entry(title="A word7 here")).stdout)

    [compiled] = calls_during(run, Compiler._term)
    assert [match["rule"] for match in json.loads(answers[0])["matches"]] == ["r7"]
    assert compiled == 20 * 2
