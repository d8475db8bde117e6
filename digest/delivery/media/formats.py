"""What the messages of a channel are written in: Telegram's HTML, plain text, Markdown, or a line of JSON.

::

    spans, record ─┬─ telegram ─▶ HTML, cut into messages
                   ├─ apprise ──▶ plain text, addresses written out, cut where it is very long
                   └─ file ─────▶ one block of Markdown, or one JSON object on one line
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final, assert_never

from digest.delivery.media.markdown import markdown_block
from digest.delivery.media.markup import is_visible, plain_parts, plain_text, telegram_parts
from digest.values.settings import Apprise, Folder, Telegram

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from digest.delivery.media.markup import Span
    from digest.values.settings import ChannelSpec

APPRISE_UNITS: Final = 3000
"""Most services take more; for one that takes less, its channel cuts further before a part goes: `Channel.pieces`."""
_LINE_ENDS: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""What JSON leaves as it is, and some readers take for the end of a line, or cannot read."""


def parts_for(channel: ChannelSpec, spans: Iterable[Span], record: Mapping[str, Any]) -> tuple[str, ...]:
    """The parts of one message, in order, as this channel sends them; none for a message with nothing to see.

    Args:
        channel: decides the format.
        spans: what the message says.
        record: the same for programs, as `records` makes it; a JSON line has the text beside it.
    """
    match channel.medium:
        case Telegram():
            return telegram_parts(spans)
        case Apprise():
            return plain_parts(plain_text(spans), APPRISE_UNITS)
        case Folder(style=style):
            spans = list(spans)
            text = plain_text(spans).strip()
            if not is_visible(text):
                return ()
            return (json_line({**record, "text": text}) if style == "jsonl" else markdown_block(spans),)
        case _:
            assert_never(channel.medium)


def json_line(value: Mapping[str, Any]) -> str:
    """One JSON object on one line."""
    return _LINE_ENDS.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))
