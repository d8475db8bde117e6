"""``digest cluster``: entries as JSON lines in, which story each belongs to out; touches no state."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from digest.cli.entry_lines import answer_each, entry_id, entry_text, entry_time
from digest.cli.group import config_option
from digest.shapes import cluster_shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.stories.cluster import Clue


@click.command(
    epilog="""\b
Examples:
  digest cluster < entries.jsonl
  digest cluster entries.jsonl | jq -s 'group_by(.story) | map(length)'

\b
Reads, line by line and in order of time:
  {"id", "title", "summary"?, "content"?, "source"?, "lang"?, "author"?, "tags"?, "url"?, "published"?}
and writes, in that order:
  {"id", "story", "repeat"}
"story" is the same number for all reports of one event; "repeat" is true where a report says what another one said
before. "published" is a time (2026-03-02T06:00:00Z); a line without one counts as of the time of the line before it.
A line that is no entry gets {"line", "error"}, the rest goes on, and the exit code is 1. Blank lines are skipped.
""",
)
@click.argument("entries", type=click.File("rb"), default="-", metavar="[FILE]")
@click.option("--json", is_flag=True, expose_value=False, help="JSON lines, which is what it always writes.")
@config_option
@click.pass_context
def cluster(context: click.Context, entries: BinaryIO) -> None:
    """Tell which entries (JSON lines from FILE or standard input) report the same event. Needs no config."""
    context.exit(0 if answer_each(entries, _Stream().answer) else 1)


class _Stream:
    """The entries so far, and the stories they make."""

    def __init__(self) -> None:
        from digest.stories.cluster import Window  # numpy and the matcher, which a page of help does not need

        self._window = Window()
        self._now = datetime.now(UTC)
        self._count = 0
        self._clues: dict[int, Clue] = {}
        self._stories = 0

    def answer(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Which story an entry belongs to; it is remembered for those that follow."""
        from digest.stories.cluster import LONGEST, checked, clue_of

        key, text = entry_id(raw), entry_text(raw)
        self._now = entry_time(raw) or self._now
        clue = clue_of(text, self._now)
        place = self._window.place(clue)
        place = checked(place, self._clues.get(place.nearest or 0), clue)
        story = place.story
        if story is None:
            self._stories += 1
            story = self._stories
        self._count += 1
        self._window.add(self._count, story, self._now, place.lang, place.vector)
        self._clues[self._count] = clue
        self._clues.pop(self._count - LONGEST, None)
        return cluster_shape(key, story, repeat=place.repeat)
