"""Every error a user can cause or meet; each carries the sentence that is shown.

Sentences quote strangers: a server's headers, a document's names, a file's words. So what a `DigestError` or a
`Problem` says is one clean line of bounded length from the moment it is made, whoever makes it; words of others in it
are marked as such by `digest.text.quoted`, so short that the rest of the sentence is still seen.

::

    DigestError
    ├── Problem(path, line, column)   a place in a file of the user's, what is wrong there, what to write instead
    ├── ConfigError                   the config cannot be read: one or more problems
    ├── UsageError                    named and not there, or asked for wrongly
    ├── FetchError                    a feed or page could not be fetched
    │   └── NotSentError              nothing of a request has left this machine
    ├── ParseError                    a document that is no feed, or too hostile to read
    ├── StoreError                    the database is locked, full, too new
    │   ├── NoStoreError              there is none yet
    │   ├── BusyError                 another process writes to it just now
    │   ├── AwayError                 its server does not answer
    │   └── DamagedRowError           something in it cannot be read, and may be mended by now
    ├── EngineError                   the engine cannot be started or stopped, or did not do what it was asked
    │   ├── EngineRunsError           another one runs already
    │   └── EngineElsewhereError      another one works on the same database, maybe on another machine
    └── ChannelError                  a channel refused a message, or its answer was lost
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from digest.text import bounded, clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence

_LONGEST: Final = 500
"""Characters of a sentence."""


class DigestError(Exception):
    """What Digest raises on purpose; ``str()`` of it is fit to show to a user: one clean line, not too long."""

    def __init__(self, sentence: str) -> None:
        super().__init__(_sentence(sentence))


def _sentence(words: str) -> str:
    return bounded(clean_line(words), _LONGEST)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing wrong (or doubtful) at one place of a file; lines and columns count from 1, in code points."""

    path: str
    line: int
    column: int
    message: str
    level: str = "error"
    """``"error"`` or ``"warning"``."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", _sentence(self.message))

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"

    def is_told_in(self, words: str) -> bool:
        """Whether some words tell of just this, by whatever path they call its file."""
        return f":{self.line}:{self.column}: {self.message}" in words


class ConfigError(DigestError):
    """The config is unreadable or wrong: every problem found, not only the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        Exception.__init__(self, "\n".join(str(problem) for problem in problems))  # a line for each of them
        self.problems = tuple(problems)


class UsageError(DigestError):
    """Something was named that is not there, or asked for in a way that cannot work."""


class FetchError(DigestError):
    """A request that brought no document; the message is the plain sentence the feed's health shows.

    Args:
        message: what happened, in words a reader of news understands.
        status: the HTTP status, where there was one.
        retry_after: seconds the server asked us to wait, where it did.
    """

    def __init__(self, message: str, *, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class NotSentError(FetchError):
    """Nothing of a request has left this machine."""


class ParseError(DigestError):
    """A document that yields no feed; the message says what it was instead."""


class StoreError(DigestError):
    """The database cannot serve: locked, full, or of another version."""


class NoStoreError(StoreError):
    """There is no database yet: no engine has run here, or the first one is just making it."""


class BusyError(StoreError):
    """Another process keeps the database busy: nothing was written, and trying again later is all there is to do."""


class AwayError(StoreError):
    """The server of the database does not answer, or not yet: it may well be there again in a moment."""


class LeaseLostError(StoreError):
    """Another part has taken the place of this one: nothing that it writes is stored any more, and it must end."""


class DamagedRowError(StoreError):
    """Something in the database cannot be read.

    Args:
        message: which row of which table, and what is wrong.
        mended: whether something that can be read stands there now: to ask again is worth it.
    """

    def __init__(self, message: str, *, mended: bool) -> None:
        super().__init__(message)
        self.mended = mended


class EngineError(DigestError):
    """The engine cannot be started or stopped, or did not do what it was asked."""


class EngineRunsError(EngineError):
    """Another engine works on this state folder already."""


class EngineElsewhereError(EngineError):
    """Another engine works on the same database, maybe on another machine; the message says which."""


class ChannelError(DigestError):
    """A message was not accepted, or nobody knows whether it was."""
