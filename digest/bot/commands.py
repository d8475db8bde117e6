"""The commands: one table, from which /help, Telegram's own menu and the reading of what was written are made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from digest.delivery.media.markup import Span

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    name: str
    does: str
    """In a few words, as Telegram's menu shows it."""
    examples: tuple[str, ...]
    changes: bool = False
    """Whether it changes anything: then it is not done when it comes late."""


COMMANDS: Final = (
    Command("status", "engine, feeds, rules, outbox, who has what, mutes, last changes", ("/status",)),
    Command("alerts", "the latest alerts, of one rule if you name it", ("/alerts", "/alerts 5", "/alerts dprk-syria")),
    Command("digest", "the digest of the last 24 hours", ("/digest",)),
    Command("rules", "the rules, how often they hit, and which are muted", ("/rules", "/rules korea")),
    Command("rule", "one rule: what it looks for, where it goes, when it hit", ("/rule dprk-syria",)),
    Command(
        "mute",
        "hold the alerts of a rule or story for a while: 1h if you do not say",
        ("/mute dprk-syria 2h30m", "/mute story 12 3d"),
        changes=True,
    ),
    Command("unmute", "end a mute now", ("/unmute dprk-syria",), changes=True),
    Command("search", "the newest entries that a query finds, in the rule language", ("/search embassy NEAR/5 Syria",)),
    Command("story", "an event with all that report it", ("/story 12", "/story https://example.org/1")),
    Command("why", "why an entry did, or did not, alert", ("/why https://example.org/1", "/why 4711 dprk-syria")),
    Command("feeds", "how the feeds do, those that fail first", ("/feeds",)),
    Command("help", "what I understand", ("/help",)),
)
BY_NAME: Final = {command.name: command for command in COMMANDS} | {
    "start": Command("start", "what I understand", ("/start",))  # what Telegram sends when someone opens the bot
}

_COMMAND: Final = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@([A-Za-z0-9_]{1,64}))?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TypedCommand:
    """A command as it was written."""

    name: str
    """In lower case; there may be no such command."""
    argument: str
    to_us: bool
    """It was written with the bot's own name behind it."""


def read_command(text: str, username: str) -> TypedCommand | None:
    """The command that a message is; ``None`` for one that is none, or is for another bot.

    Args:
        text: of the message, cleaned.
        username: the bot's own, without @.
    """
    found = _COMMAND.fullmatch(text.strip())
    if found is None:
        return None
    name, bot, argument = found.groups()
    if bot is not None and bot.lower() != username.lower():
        return None
    return TypedCommand(name.lower(), (argument or "").strip(), to_us=bot is not None)


def help_spans() -> Iterator[Span]:
    """All commands, each with its examples."""
    yield Span("What I understand", bold=True)
    for command in COMMANDS:
        yield Span(f"\n\n/{command.name}")
        yield Span(f": {command.does}\n")
        yield Span("for example " + ", ".join(command.examples))
    yield Span(
        "\n\nUnder each alert there are buttons: mute its rule for an hour or a day, note it as not relevant, mute "
        "its story or follow it, ask why it came, read more of it. Under what is high or urgent stands “I have it”: "
        "then all its messages say who has it. Every change is noted and can be undone."
    )
