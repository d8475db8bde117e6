"""What a channel is: it sends one part of one message, or changes one, and says plainly what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from digest.errors import ChannelError
from digest.values.messages import Failure
from digest.values.news import Severity

if TYPE_CHECKING:
    from digest.delivery.media.buttons import Keyboard

__all__ = ["ADMIN_WRITES", "Channel", "Failure", "Outgoing", "SendError"]

ADMIN_WRITES: Final = "this admin has to write /start to the bot"
"""What opens an admin's private chat that refuses messages."""
_LEAST_SILENCE: Final = timedelta(seconds=2)
"""Where a far side asks for silence, and does not say for how long."""


class SendError(ChannelError):
    """A part was not accepted, or nobody knows whether it was.

    Args:
        failure: what to do about it.
        reason: what happened, in plain words fit to be shown; holds no secret.
        retry_after: the silence asked for, with `Failure.RATE_LIMITED`.
        chat: the new chat id, with `Failure.MIGRATED`.
    """

    def __init__(self, failure: Failure, reason: str, *, retry_after: timedelta | None = None, chat: str = "") -> None:
        super().__init__(reason)
        self.failure = failure
        self.retry_after = retry_after
        self.chat = chat

    @property
    def silence(self) -> timedelta | None:
        """For how long no message may go there; whoever sent it records that in the store, for all that send."""
        return (self.retry_after or _LEAST_SILENCE) if self.failure is Failure.RATE_LIMITED else None

    @property
    def is_refusal(self) -> bool:
        """Whether the far side answered that it does not take it, be it for the message or for the place."""
        return self.failure in {Failure.REFUSED, Failure.CLOSED, Failure.GONE}


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One part of one message, as it is about to leave."""

    part: str
    """In the channel's own format, within its limits."""
    silent: bool = False
    """Without a sound on the reader's side."""
    maybe_repeat: bool = False
    """It may have been delivered before: the channel says so, in its own format."""
    buttons: Keyboard = ()
    """For a channel that has any."""
    severity: Severity = Severity.NORMAL
    """For a channel that shows it by itself."""
    title: str = ""
    """A line for channels that show one above the message; plain text."""
    delivery: int = 0
    """The store's id of the message ..."""
    number: int = 0
    """... and which of its parts this is, from 0: both together are never used for another."""
    reply_to: int | None = None
    """The message that it answers, by the far side's id, for a channel that shows that; it may be gone."""


class Channel(Protocol):
    """Somewhere messages go."""

    def pieces(self, part: str, title: str, number: int) -> tuple[str, ...]:
        """A part as the far side takes it: whole, or cut into what `send` sends as one message each.

        Args:
            part: as it is written for channels of this kind.
            title: of its message.
            number: which of its parts this is, from 0; cut further, its pieces are numbered from here on.
        """
        del title, number
        return (part,)

    async def send(self, outgoing: Outgoing) -> int:
        """Send one part and return the far side's id of the message, 0 where it gives none.

        Raises:
            SendError: it was not accepted, or nobody knows.
        """

    async def edit(self, outgoing: Outgoing, message_id: int) -> None:
        """Let a part that was sent read like this from now on; it reads so already is fine, too.

        Args:
            outgoing: the part as it is to be.
            message_id: what `send` returned.

        Raises:
            SendError: it was not accepted, or nobody knows; refused where messages cannot be changed.
        """
        del outgoing, message_id
        raise SendError(Failure.REFUSED, "messages of this channel cannot be changed")
