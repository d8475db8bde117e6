"""The language model that digests may ask: any server with OpenAI's interface, or LibreTranslate's for headlines.

Nobody waits for it but a digest, and a digest not for long; without an answer that can be used, things are as they are
without a model::

    question ─▶ asked before? ─▶ off? (3 failures in a row: for 10 min; the day's questions are used up)
                                  └▶ ask, once more on a failure ─▶ read ─▶ kept for the same question

Its address is the user's, who will often have it on this machine, so what guards feeds from private addresses does not
hold here. But no redirect is followed, an answer is read up to 64 KB, and what the server says is never repeated in an
error: it may say the key.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import aiohttp
from yarl import URL

from digest.errors import FetchError
from digest.net.fetch import USER_AGENT
from digest.net.sentences import failure_error, status_error
from digest.stories.picking import (
    is_choice,
    is_in,
    picking_prompt,
    read_picks,
    read_translation,
    translation_prompt,
)
from digest.watch.conditions import ModelSigns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from digest.stories.picking import Case, Prompt
    from digest.values.settings import ModelSpec

_MOST_BYTES: Final = 65_536
_MOST_TOKENS: Final = 1_000
"""Some models think aloud before they answer."""
_ATTEMPTS: Final = 2
_IN_A_ROW: Final = 3
_OFF_FOR: Final = timedelta(minutes=10)
_KEPT: Final = 1_000
"""Answers."""
_ALL_WITHIN: Final = 120.0
"""Seconds for all that one digest asks."""
_REFUSED: Final = frozenset({401, 403, 404, 405})
"""Statuses by which asking again is no use."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Request:
    """What is posted, and how the answer's words are found in it."""

    url: str
    body: dict[str, Any]
    headers: dict[str, str]
    words_of: Callable[[Any], object]


class Model:
    """Asks for digests; one for an engine, as it knows what was asked today and whether the server answers.

    Args:
        spec: of the config. Without ``endpoint`` nothing is picked, without ``translate`` nothing is translated.
        now: the clock.
    """

    def __init__(self, spec: ModelSpec, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._spec = spec
        self._now = now
        self._kept: OrderedDict[bytes, tuple[str, ...]] = OrderedDict()
        self._day = ""
        self._asked = 0
        self._failures = 0
        self._off_until: datetime | None = None
        self._trouble: ModelSigns | None = None

    def signs(self) -> ModelSigns | None:
        """Why it is not used, and since when; ``None`` while it answers, and where nothing was asked yet."""
        return self._trouble

    async def pick_sentences(self, cases: Sequence[Case], *, within: float = _ALL_WITHIN) -> list[tuple[str, ...]]:
        """Give the sentences to be shown of each case: those picked, or its extract. Never fails.

        Args:
            cases: those to ask for.
            within: seconds for all of them; never more than two minutes.
        """
        shown = [case.extract for case in cases]
        if not self._spec.endpoint:
            return shown
        async with self._session() as session:
            until = asyncio.get_running_loop().time() + min(within, _ALL_WITHIN)
            for place, case in enumerate(cases):
                if is_choice(case):
                    request = self._chat(picking_prompt(case))
                    picked = await self._answer(session, request, partial(read_picks, case=case), until)
                    shown[place] = case.extract if picked is None else picked
        return shown

    async def translations(self, headlines: Sequence[tuple[str, str]], *, within: float = _ALL_WITHIN) -> list[str]:
        """Give the translation of each headline; empty where it needs none or there is none. Never fails.

        Args:
            headlines: each with its language's tag, empty where that is not known.
            within: as above.
        """
        found = ["" for _ in headlines]
        if not self._spec.translate or not (self._spec.libretranslate or self._spec.endpoint):
            return found
        async with self._session() as session:
            until = asyncio.get_running_loop().time() + min(within, _ALL_WITHIN)
            for place, (headline, language) in enumerate(headlines):
                if headline and not is_in(language, self._spec.translate):
                    request = self._translation(headline)
                    said = await self._answer(session, request, partial(_one, headline=headline), until)
                    found[place] = said[0] if said else ""
        return found

    # --- one question --------------------------------------------------------------------------------------------

    async def _answer(
        self,
        session: aiohttp.ClientSession,
        request: _Request,
        read: Callable[[str], tuple[str, ...] | None],
        until: float,
    ) -> tuple[str, ...] | None:
        """Give what was read in the answer; ``None`` where there is none that can be used."""
        key = hashlib.blake2b(json.dumps([request.url, request.body]).encode(), digest_size=16).digest()
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        for attempt in range(_ATTEMPTS):
            left = until - asyncio.get_running_loop().time()
            if left <= 0:
                self._note(request, "it took too long for all that a digest asks")
                return None
            if not self._may_ask(request):
                return None
            try:
                found = read(await self._ask(session, request, left))
                if found is not None:
                    self._keep(key, found)
                    return found
                error = FetchError("it answered with something else than was asked for")
            except FetchError as failure:
                error = failure
            if attempt + 1 == _ATTEMPTS or error.status in _REFUSED:
                break
        self._note_failure(request, str(error))
        return None

    def _may_ask(self, request: _Request) -> bool:
        """Count a question, unless it is not to be asked now."""
        now = self._now()
        if self._off_until is not None and now < self._off_until <= now + _OFF_FOR:  # else the clock was set back
            return False
        day = now.date().isoformat()
        if day != self._day:
            self._day, self._asked = day, 0
        if self._asked >= self._spec.daily:
            self._note(request, f"all {self._spec.daily} questions of the day were asked: model.daily")
            return False
        self._asked += 1
        return True

    def _keep(self, key: bytes, found: tuple[str, ...]) -> None:
        self._failures, self._off_until, self._trouble = 0, None, None
        self._kept[key] = found
        while len(self._kept) > _KEPT:
            self._kept.popitem(last=False)

    def _note_failure(self, request: _Request, reason: str) -> None:
        self._failures += 1
        if self._failures >= _IN_A_ROW:
            self._off_until = self._now() + _OFF_FOR
        self._note(request, reason)

    def _note(self, request: _Request, reason: str) -> None:
        since = self._now() if self._trouble is None else self._trouble.since
        host = URL(request.url).host or ""
        if self._trouble is None or self._trouble.reason != reason:
            _log.info("the language model at %s is no help to digests: %s", host, reason)
        self._trouble = ModelSigns(host, since, reason)

    # --- HTTP ----------------------------------------------------------------------------------------------------

    def _session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=None),
            headers={"User-Agent": USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity"},
        )

    async def _ask(self, session: aiohttp.ClientSession, request: _Request, left: float) -> str:
        """Post a question; the words of the answer.

        Raises:
            FetchError: there are none; in words of ours alone.
        """
        wait = min(self._spec.timeout.total_seconds(), left)
        try:
            async with (
                asyncio.timeout(wait),
                session.post(request.url, json=request.body, headers=request.headers, allow_redirects=False) as answer,
            ):
                if answer.status != 200:
                    raise _refusal(answer.status)
                return _words(await _read(answer), request.words_of)
        except TimeoutError as error:
            raise FetchError(f"it did not answer within {wait:.3g} s") from error
        except (aiohttp.ClientError, OSError) as error:
            raise failure_error(error, URL(request.url).host or "") from None  # its own words may hold a header
        except ValueError:
            raise FetchError("the address or the key cannot be sent") from None

    def _chat(self, question: Prompt) -> _Request:
        """A question to an OpenAI-compatible server."""
        messages = [{"role": "system", "content": question.rules}, {"role": "user", "content": question.data}]
        body: dict[str, Any] = {"messages": messages, "temperature": 0, "max_tokens": _MOST_TOKENS, "stream": False}
        if self._spec.name:
            body["model"] = self._spec.name
        headers = {"Authorization": f"Bearer {self._spec.key}"} if self._spec.key else {}
        return _Request(
            f"{self._spec.endpoint}/chat/completions",
            body,
            headers,
            lambda document: document["choices"][0]["message"]["content"],
        )

    def _translation(self, headline: str) -> _Request:
        """A headline for LibreTranslate where the config names it, else for the endpoint; the key is for that alone."""
        question = translation_prompt(headline, self._spec.translate)
        if not self._spec.libretranslate:
            return self._chat(question)
        body = {"q": question.data, "source": "auto", "target": self._spec.translate, "format": "text"}
        return _Request(f"{self._spec.libretranslate}/translate", body, {}, lambda document: document["translatedText"])


def _one(said: str, headline: str) -> tuple[str, ...] | None:
    """A translation as an answer is kept."""
    translation = read_translation(said, headline)
    return None if translation is None else (translation,)


def _refusal(status: int) -> FetchError:
    """The error for a status other than 200."""
    if 300 <= status < 400:
        return FetchError(f"{status}: it redirects, which is not followed", status=status)
    return status_error(status, None)


async def _read(answer: aiohttp.ClientResponse) -> bytes:
    """The body, within the cap."""
    if answer.headers.get("Content-Encoding", "identity").strip().lower() not in {"", "identity"}:
        raise FetchError("it packs its answers, which was not asked for")
    body = bytearray()
    async for chunk in answer.content.iter_any():
        body += chunk
        if len(body) > _MOST_BYTES:
            raise FetchError(f"its answer is larger than {_MOST_BYTES // 1024} KB")
    return bytes(body)


def _words(body: bytes, words_of: Callable[[Any], object]) -> str:
    """The words of an answer; raises ``FetchError`` where it has another shape."""
    try:
        words = words_of(json.loads(body))
    except (ValueError, LookupError, TypeError, RecursionError):
        words = None
    if not isinstance(words, str):
        raise FetchError("its answer has another shape than OpenAI's or LibreTranslate's")
    return words
