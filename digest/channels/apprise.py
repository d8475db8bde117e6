"""Anything that Apprise can send to: some hundred services, each behind an address such as ``ntfy://topic``.

Apprise tells of every failure alike, so each is a lost answer here: the message may have arrived, and a repeat says so.
Only where the service's answer means that it takes nothing from this address the place is closed.
An address may hold passwords. It is shown nowhere, and what Apprise and the libraries below it log is dropped, for
they write addresses, and parts of them, in many shapes; only a status number is picked out.

Every service is let through. Most of them are asked over the network; some act on this machine, and show a message on
the desktop, log it or light a lamp (dbus, gnome, macosx, windows, syslog, blink1). None runs a command that an
address names: only plugins of one's own do such things, and they are loaded from folders, of which none is given here.
Nothing but text is sent, no configuration is fetched, and nothing is stored on the disk.

Services differ in what they take at once, from a hundred characters to many thousands. What is longer Apprise would
send as several messages and tell of all of them alike, so `pieces` cuts it before: each piece is sent, recorded and
tried again by itself.
"""

from __future__ import annotations

import asyncio
import logging
import re
import threading
import warnings
from contextvars import ContextVar
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import requests.sessions
from apprise import Apprise, AppriseAsset, NotifyFormat, NotifyType, OverflowMode, PersistentStoreMode
from apprise.manager_plugins import NotificationManager
from requests.adapters import HTTPAdapter

from digest.channels.base import Channel, Failure, Outgoing, SendError
from digest.delivery.media.markup import REPEAT_LABEL, is_visible, label_repeat, plain_parts, units
from digest.errors import ChannelError
from digest.values.news import Severity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from apprise.plugins.base import NotifyBase
    from requests import Response

_SECONDS: Final = 45.0
"""For a message, whatever a service does; Apprise's own limits are for each step of the conversation.

Less than the minute after which a part of the engine that shows no sign of life is begun anew.
"""
_MOST_UNDER_WAY: Final = 3
"""Messages whose time was up and whose service still has not let go; more would only pile up."""
_MOST_BYTES: Final = 4_000_000
"""Of an answer, unpacked. No service says so much; what else answers may send without end."""
_LEAST: Final = 20
"""Units that a piece may always have, and that a title leaves to the text where both are one."""
_LOGGERS: Final = frozenset(
    {
        "apprise",
        "urllib3",
        "requests",
        "requests_oauthlib",
        "oauthlib",
        "charset_normalizer",
        "paho",
        "slixmpp",
        "smpplib",
        "gntp",
        "pgpy",
        "dbus",
    }
)
_STATUS: Final = re.compile(r"\berror=(\d{3})\b")
_CLOSED: Final = re.compile(r"it answered 4(?:01|03|04|10)$")
"""Whatever is said: the password, the right or the place itself is missing there."""

_CALLS: Final = re.compile(
    r"(?<=@)(?=(?:all|channel|everyone|here|online|room|team)\b)"  # everybody in a chat
    r"|(?<=<)(?=[@#][&!]?\w|!\w|\w+:)"  # <@someone>, <!channel>, <https://hidden|shown>
    r"|(?<=\])(?=\()",  # [shown](https://hidden)
    re.IGNORECASE,
)

_heard: ContextVar[list[str] | None] = ContextVar("heard", default=None)
"""What the message under way made Apprise say, as far as it may be told."""


class AppriseChannel(Channel):
    """One service.

    Args:
        url: an Apprise address.
        seconds: how long a message may take.

    Raises:
        ChannelError: Apprise cannot use the address; says why, and does not show it.
    """

    def __init__(self, url: str, *, seconds: float = _SECONDS) -> None:
        service, reason = _opened(url)
        if service is None:
            raise ChannelError(reason)
        self._service = service
        self._seconds = seconds
        self._free = threading.BoundedSemaphore(_MOST_UNDER_WAY)

    @property
    def name(self) -> str:
        """What the service calls itself."""
        return str(self._service.service_name)

    def pieces(self, part: str, title: str, number: int) -> tuple[str, ...]:
        """As `Channel.pieces`: with its title, and the label of a repeat, each is one message of the service."""
        pieces: list[str] = []
        rest = part
        while not pieces or is_visible(rest):
            outgoing = Outgoing(rest, title=title, number=number + len(pieces), maybe_repeat=True)
            pieces.append(self._beginning(outgoing))
            rest = rest[rest.index(pieces[-1]) + len(pieces[-1]) :].strip()
        return tuple(pieces)

    def _beginning(self, outgoing: Outgoing) -> str:
        """As much of a part as one message holds."""
        piece, most = outgoing.part, min(units(outgoing.part), int(self._service.body_maxlen))
        while most > _LEAST and not self._is_one_message(replace(outgoing, part=piece)):
            most = max(most * 9 // 10, _LEAST)  # text may grow on its way: "&" is five characters of HTML
            piece = plain_parts(outgoing.part, most)[0]
        return piece

    def _is_one_message(self, outgoing: Outgoing) -> bool:
        """Whether the service would send it at once, as it counts itself, whatever it makes of the text."""
        untyped: Any = self._service
        try:
            # What `notify` itself goes by: only the plugin knows what it makes of a text, and how it counts that.
            return len(list(untyped._build_send_calls(**self._message(outgoing)))) == 1  # noqa: SLF001
        except Exception:  # noqa: BLE001 - as with sending, which says so
            return True

    async def send(self, outgoing: Outgoing) -> int:
        """As `Channel.send`; no service's id is known, so it is 0."""
        if not self._free.acquire(blocking=False):
            raise SendError(Failure.NOT_SENT, f"{self.name} has not let go of earlier messages yet")
        try:
            async with asyncio.timeout(self._seconds):
                failure = await asyncio.to_thread(self._notify, outgoing)
        except TimeoutError:
            failure = f"{self.name} did not answer in time"
        if failure:
            raise SendError(Failure.CLOSED if _CLOSED.search(failure) else Failure.UNKNOWN, failure)
        return 0

    def _notify(self, outgoing: Outgoing) -> str:
        """Have it sent; what went wrong, in plain words. In a thread: it takes as long as it takes."""
        heard: list[str] = []
        _heard.set(heard)
        service = self._service
        try:
            # The service itself, not all of Apprise: that has threads of its own, which one that hangs keeps from
            # ending, and sends again by itself what may have arrived.
            accepted = service.notify(**self._message(outgoing))
        except Exception:  # noqa: BLE001 - a plugin's error may show the address, and says no more than a refusal does
            accepted = False
        finally:
            self._free.release()
        if accepted:
            return ""
        return f"{self.name} did not take it" + (f": {heard[-1]}" if heard else "")

    def _message(self, outgoing: Outgoing) -> dict[str, Any]:
        """What Apprise is asked to send."""
        return {
            "title": self._title(outgoing),
            "body": _tamed(label_repeat(outgoing.part) if outgoing.maybe_repeat else outgoing.part),
            "body_format": NotifyFormat.TEXT,
            "notify_type": NotifyType.WARNING if outgoing.severity >= Severity.HIGH else NotifyType.INFO,
            # What cannot be cut to fit is split by the service, unless the address says otherwise.
            "overflow": None if "overflow_mode" in vars(self._service) else OverflowMode.SPLIT,
        }

    def _title(self, outgoing: Outgoing) -> str:
        """A service without a place for it gets it as the first line of the text, once, and no longer than fits."""
        title = _tamed(outgoing.title)
        if self._service.title_maxlen > 0:
            return title
        room = max(int(self._service.body_maxlen) - len(REPEAT_LABEL) - len("\r\n") - _LEAST, 0)
        if outgoing.number or not room:
            return ""
        return title if len(title) <= room else f"{title[: room - 1].rstrip()}…"


def obstacle(url: str) -> str:
    """Why Apprise cannot use an address, in plain words that do not show it; empty where it can."""
    return _opened(url)[1]


def _opened(url: str) -> tuple[NotifyBase | None, str]:
    """The service of an address, or why there is none."""
    logging.getLogger("apprise").addFilter(_DROP)  # before anything is said about the address
    asset = AppriseAsset(
        app_id="Digest",
        app_desc="News alerts",
        storage_mode=PersistentStoreMode.MEMORY,
        secure_logging=True,
        pgp_autogen=False,
        pem_autogen=False,
    )
    try:
        with warnings.catch_warnings(action="ignore"):  # of what is deprecated in the libraries that it imports here
            service = Apprise.instantiate(url, asset=asset)
    except Exception:  # noqa: BLE001 - as with sending
        service = None
    _silence()
    if service is None:
        return None, _reason(url.partition("://")[0].lower())
    if (leads_to := len(service)) > 1:
        return None, (
            f"this {service.service_name} address leads to {leads_to} places at once: give each of them a channel of"
            " its own, so that one that fails repeats nothing at the others"
        )
    return service, ""


def _reason(schema: str) -> str:
    """Why an address that begins like this cannot be used."""
    from difflib import get_close_matches

    untyped: Any = NotificationManager
    services = untyped()
    if schema in {"http", "https"}:
        return (
            "Apprise knows no service by this web address: write it as its pages say (https://appriseit.com/services)"
        )
    if schema not in services:
        close = get_close_matches(schema, services.schemas(), n=1)
        hint = f"did you mean {close[0]}://?" if close else "https://appriseit.com/services lists those it has"
        return f"Apprise has no service of this kind: {hint}"
    plugin = services[schema]
    if not plugin.enabled:
        needed = plugin.requirements.get("packages_required", "")
        packages = needed if isinstance(needed, str) else ", ".join(needed)
        wants = f"needs {packages}, which is not installed" if packages else "cannot be used on this system"
        return f"Apprise's {plugin.service_name} {wants}"
    return f"Apprise cannot read this {plugin.service_name} address: see {plugin.setup_url} for how it is written"


def _tamed(text: str) -> str:
    """Words that call nobody and hide no address in a chat that reads them as markup: an invisible sign parts them."""
    return _CALLS.sub("\N{WORD JOINER}", text)


# --- no more is read than a service has to say -------------------------------------------------------------------


class _Adapter(HTTPAdapter):
    """What `requests` sends with: its callers, the services alone, get no more of an answer than its beginning."""

    def send(self, *args: Any, **named: Any) -> Response:
        """As the library's own."""
        answer = super().send(*args, **named)
        answer.raw.stream = partial(_first_bytes, answer.raw, answer.raw.stream)
        return answer


def _first_bytes(raw: Any, stream: Callable[..., Iterator[bytes]], *args: Any, **named: Any) -> Iterator[bytes]:
    room = _MOST_BYTES
    for piece in stream(*args, **named):
        yield piece
        room -= len(piece)
        if room < 0:
            raw.close()
            return


# Each service calls `requests` by itself, and that makes a session, with this, for every call.
requests.sessions.HTTPAdapter = _Adapter  # type: ignore[attr-defined]


# --- nothing is logged -------------------------------------------------------------------------------------------


class _Drop(logging.Filter):
    """Lets no record pass, and keeps of what Apprise says the one thing that helps and holds no secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the status number of an answer, or that there was none."""
        heard = _heard.get()
        if heard is not None and record.name == "apprise" and record.levelno >= logging.WARNING:
            words = record.getMessage()
            if status := _STATUS.search(words):
                heard.append(f"it answered {status[1]}")
            elif "connection error" in words.lower():
                heard.append("it could not be reached, or broke off")
        return False


_DROP: Final = _Drop()


def _silence() -> None:
    """Silence Apprise and the libraries that its services use, once they are imported.

    A filter holds for its own logger only, not for those below, so every one of them gets it.
    """
    for name in (*_LOGGERS, *logging.root.manager.loggerDict):
        if name.partition(".")[0] in _LOGGERS:
            logging.getLogger(name).addFilter(_DROP)
