"""The server of the Model Context Protocol: a tool for each question, on standard input and output.

Types of parameters stand where they are used, at run time too: the client is shown what is made of them.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence  # noqa: TC003 - read at run time
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Annotated, Any, Final

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations
from pydantic import Field

from digest.agents.untrusted import ENTRY_WORDS, FEED_WORDS, NOTE, STATUS_WORDS, fitting, line_of
from digest.answers.pages import Answers, Range
from digest.errors import DigestError
from digest.words import read_since

_MOST: Final = 50
_USUAL: Final = 20
_AT_ONCE: Final = 2
_READS: Final = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_INSTRUCTIONS: Final = (
    "Digest watches news feeds by its user's rules. These tools read what it has stored, and change nothing. " + NOTE
)

Query = Annotated[
    str,
    Field(
        max_length=2_000,
        description='In Digest\'s query language: words side by side mean AND, OR, -word excludes, "a phrase", word*, '
        "title:word, is:alert, is:unread, severity:high, rule:ID, desk:NAME, feed:NAME, since:2h.",
    ),
]
Since = Annotated[
    str, Field(max_length=40, description="Only what came since then: 24h, 7d, 2026-11-22, or empty for the newest.")
]
After = Annotated[str, Field(max_length=2_000, description="The “next” of the answer before, to go on behind it.")]
Limit = Annotated[int, Field(ge=1, le=_MOST, description="The most lines to be given.")]
Named = Annotated[str, Field(max_length=2_000, description="The id of an entry, or its address.")]
Story = Annotated[str, Field(max_length=2_000, description="The number of a story, or the id or address of a report.")]
RuleId = Annotated[str, Field(max_length=200, description="Only this rule, by its id; empty for all.")]
Answer = dict[str, Any]


def serve(answers: Answers) -> None:
    """Serve until standard input ends."""
    server(answers).run("stdio")


def server(answers: Answers) -> MCPServer[Any]:
    """The server with its tools."""
    # Its log would go to a terminal that nobody sees, with tracebacks.
    made: MCPServer[Any] = MCPServer(
        "digest",
        title="Digest",
        instructions=_INSTRUCTIONS,
        version=version("newsdigest"),
        log_level="CRITICAL",
        subscriptions=False,
    )
    tools = _Tools(answers)
    for tool in (
        *(tools.search, tools.alerts, tools.story, tools.why),
        *(tools.digest, tools.rules, tools.feeds, tools.status),
    ):
        about = f"{tool.__doc__} {NOTE}"
        made.add_tool(tool, description=about, annotations=_READS, structured_output=True)
    return made


class _Tools:
    """The tools; what their docstrings say is shown to models."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._free = threading.BoundedSemaphore(_AT_ONCE)

    def search(self, query: Query, since: Since = "", after: After = "", limit: Limit = _USUAL) -> Answer:
        """Find stored entries by a query, oldest first, with the words that hit."""
        return self._page(lambda span: self._answers.search(query, span), _range(since, after, limit), ENTRY_WORDS)

    def alerts(self, since: Since = "", rule: RuleId = "", after: After = "", limit: Limit = _USUAL) -> Answer:
        """List what alerted, oldest first: which rule found which entry, in which story, and what was sent."""
        return self._page(lambda span: self._answers.alerts(span, rule=rule), _range(since, after, limit), ENTRY_WORDS)

    def story(self, story: Story) -> Answer:
        """Show a story, which is one event: who reports it since when, and what was told of it."""
        return self._one(lambda: self._answers.story(story), ENTRY_WORDS)

    def why(self, entry: Named, rule: RuleId = "") -> Answer:
        """Tell why an entry did, or did not, alert: for each rule the clause that decided, the 20 nearest at most."""
        lines = self._ask(lambda: self._answers.why(entry, rule=rule)[:_USUAL])
        return _said(fitting([line_of(line, ENTRY_WORDS) for line in lines], newest=False)[0])

    def digest(self, since: Since = "") -> Answer:
        """Sum up what alerted since a time, story by story, the severest first; of the last day, where none is said."""
        moment = _moment(since)
        return self._one(lambda: self._answers.digest(moment), ENTRY_WORDS)

    def rules(self, after: After = "", limit: Limit = _MOST) -> Answer:
        """List the user's rules with their hits of the last 24 hours."""
        return self._page(self._answers.rules, Range(None, after, limit), ())

    def feeds(self, after: After = "", limit: Limit = _MOST) -> Answer:
        """List the feeds that are polled, and how each does."""
        return self._page(self._answers.feeds, Range(None, after, limit), FEED_WORDS)

    def status(self) -> Answer:
        """Tell how all stands: engine, feeds, rules, entries, alerts and messages, in numbers; and what is wrong."""
        return self._one(self._answers.status, STATUS_WORDS)

    # --- what they share -----------------------------------------------------------------------------------------

    def _page(self, ask: Callable[[Range], Any], span: Range, words: Sequence[str] | frozenset[str]) -> Answer:
        page = self._ask(lambda: ask(span))
        lines = [line_of(line, words) for line in page.lines]
        kept, left = fitting(lines, newest=span.is_newest)
        following = page.next
        if left and not span.is_newest:
            last = page.lines[len(kept) - 1]
            following = str(last.get("id", last.get("url")))
        return _said(kept, following)

    def _one(self, ask: Callable[[], Any], words: frozenset[str]) -> Answer:
        return _said([line_of(self._ask(ask), words)])

    def _ask(self, ask: Callable[[], Any]) -> Any:
        try:
            with self._free:
                return ask()
        except DigestError as error:
            raise ToolError(str(error)) from None


def _said(lines: Sequence[Any], following: str = "") -> Answer:
    return {"note": NOTE, "lines": list(lines), "next": following or None}


def _range(since: str, after: str, limit: int) -> Range:
    if after and not (after.isascii() and after.isdigit() and len(after) < 19):
        raise ToolError("after is the “next” of the answer before: leave it empty to begin")
    return Range(_moment(since), after, limit)


def _moment(since: str) -> datetime | None:
    try:
        return read_since(since.strip(), datetime.now(UTC)) if since.strip() else None
    except ValueError as error:
        raise ToolError(f"since: {error}") from None
