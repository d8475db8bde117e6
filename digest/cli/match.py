"""``digest match``: entries as JSON lines in, matches as JSON lines out; touches no state."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from digest.answers.rules import load_rule_files, query_rules
from digest.cli.entry_lines import answer_each, entry_id, entry_text
from digest.cli.group import config_option
from digest.cli.output import complain
from digest.cli.session import read_config
from digest.shapes import fields_shape, matches_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.match import RuleSet


@click.command(
    epilog="""\b
Examples:
  digest match < entries.jsonl
  echo '{"id": 1, "title": "Envoy returns to Pyongyang"}' | digest match --query 'envoy AND Pyongyang'
  digest match --text entries.jsonl | jq .matches

\b
Reads, line by line:
  {"id", "title", "summary"?, "content"?, "source"?, "lang"?, "author"?, "tags"?, "url"?, "published"?}
and writes, in that order:
  {"id", "matches": [{"rule", "severity", "hits": [{"field", "start", "end", "text", "term"}]}]}
A line that is no entry gets {"line", "error"}, the rest goes on, and the exit code is 1. Blank lines are skipped.
""",
)
@click.argument("entries", type=click.File("rb"), default="-", metavar="[FILE]")
@click.option("--query", metavar="QUERY", help="Match this query in place of the rule files; no config is needed.")
@click.option("--text", "with_text", is_flag=True, help="Add the plain fields that the offsets of hits count in.")
@click.option("--json", is_flag=True, expose_value=False, help="JSON lines, which is what it always writes.")
@config_option
@click.pass_context
def match(context: click.Context, entries: BinaryIO, query: str | None, *, with_text: bool) -> None:
    """Match entries (JSON lines from FILE or standard input) with the rules, and write what matched."""
    if query is not None:
        rules, sound = query_rules(query), True
    else:
        loaded = load_rule_files(read_config())
        for problem in loaded.problems:
            complain(str(problem))
        rules, sound = loaded.ruleset, not loaded.problems
    sound &= answer_each(entries, partial(_answer, rules=rules, with_text=with_text))
    context.exit(0 if sound else 1)


def _answer(raw: Mapping[str, Any], rules: RuleSet, *, with_text: bool) -> dict[str, Any]:
    """What the rules find in an entry, and its plain fields if they are wanted."""
    key, text = entry_id(raw), entry_text(raw)
    return matches_shape(key, rules.match_entry(text)) | (fields_shape(text) if with_text else {})
