"""What waits for a channel that leads elsewhere by now, in the format of where it leads.

A message is written when it is owed. When the user lets its channel lead to another kind of place before it went, its
words stay; links and bold become plain, and what one message cannot hold is cut anew.
"""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING, Final

from digest.delivery.media.formats import parts_for
from digest.delivery.media.markup import Span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.values.settings import ChannelSpec

_LINK: Final = re.compile(r'<a href="([^"]*)">(.*?)</a>', re.DOTALL)
_TAG: Final = re.compile(r"</?[a-z][^>]*>")
_MARKDOWN_LINK: Final = re.compile(r"(?<!\\)\[((?:\\.|[^\]\\])*)\]\(<([^>]*)>\)", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_BOLD: Final = re.compile(r"(?<!\\)\*\*")


def kind_of(target: str) -> str:
    """What a stored target of a channel leads to: ``telegram``, ``apprise``, ``markdown`` or ``jsonl``."""
    if target.startswith("file:"):
        return "jsonl" if target.startswith("file:jsonl:") else "markdown"
    return "apprise" if ":" in target else "telegram"


def restyled(parts: Sequence[str], was: str, channel: ChannelSpec) -> tuple[str, ...]:
    """The parts of a message as its channel sends them now.

    Args:
        parts: as they were written.
        was: the kind of place that they were written for, as `kind_of` tells it.
        channel: where it leads now, which is of another kind.
    """
    text = "\n".join(_words(part, was) for part in parts)
    return parts_for(channel, [Span(text)], {})


def _words(part: str, was: str) -> str:
    """What a part says, without markup."""
    if was == "telegram":
        return html.unescape(_TAG.sub("", _LINK.sub(r"\2 \1", part)))
    if was in {"markdown", "jsonl"}:
        try:  # whatever it was written for: Markdown never begins with a bare brace
            facts = json.loads(part)
        except ValueError:
            facts = None
        if isinstance(facts, dict):
            return str(facts.get("text", ""))
        plain = _BOLD.sub("", _MARKDOWN_LINK.sub(r"\1 \2", part)).replace("  \n", "\n")
        return _ESCAPE.sub(r"\1", plain)
    return part
