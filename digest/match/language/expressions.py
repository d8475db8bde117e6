"""Regular expressions of queries: read by RE2, and refused where they match everything, or nothing that a text holds.

Texts are cleaned before anything reads them (`digest.text.clean_block`): white space is one space or a line break, and
what controls or takes no room is gone. So what an expression demands is asked of that very cleaning.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from digest.match.language.query import QueryError, Regex
from digest.text import clean_block

if TYPE_CHECKING:
    from collections.abc import Sequence

    import re2

_TOKEN = re.compile(
    r"\\Q(?P<quoted>.*?)(?:\\E|\Z)"
    r"|\\x\{(?P<long>[0-9A-Fa-f]{1,6})\}|\\x(?P<short>[0-9A-Fa-f]{2})|\\(?P<octal>[0-7]{3}|0)"
    r"|\\(?P<control>[aftnrv])"
    r"|(?P<free>\\[pP](?:\{[^}]*\}|.)|\\[dDsSwWC]|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]|\.)"
    r"|(?P<nothing>\\[AzbB]|[$^]|\(\?[imsU-]+\))"
    r"|(?P<open>\((?:\?(?:P?<\w+>|[imsU-]*:))?)|(?P<close>\))|(?P<or>\|)"
    r"|(?P<many>(?:[*+?]|\{(?:[0-9]+)(?:,[0-9]*)?\})\??)"
    r"|\\?(?P<literal>.)",
    re.DOTALL,
)
_CONTROLS = {"a": "\a", "f": "\f", "t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_MAYBE_NONE = re.compile(r"[*?]|\{0")
_EDGES = ("-", "\U0001f469")  # what may stand around: a joiner stays between two emoji only
_FREE = "", False
_BEYOND_RE2 = re.compile(r"\(\?<?[=!]|\\[1-9]")


def read_regex(text: str, offset: int) -> Regex:
    """The expression that stands at an offset of a query; raises QueryError if it can find nothing, or everything."""
    pattern = unicodedata.normalize("NFC", text)  # as the text is that it reads
    try:
        compiled = compile_regex(pattern)
    except ValueError as error:
        beyond = "RE2 has no look-around and no back-references"
        instead = beyond if _BEYOND_RE2.search(pattern) else r"write \ before a sign that stands for itself, as in \("
        raise QueryError(f"this regular expression cannot be read ({error}): {instead}", offset) from None
    if compiled.search("") is not None:
        raise QueryError(
            "this regular expression matches nothing at all, so it matches everywhere: make one part of it certain",
            offset,
        )
    if never := never_found(pattern):
        raise QueryError(
            f"this regular expression can never match, for no text holds {never}: words are parted by one space or a "
            r"line break (\s finds either)",
            offset,
        )
    if contradiction := _contradiction(pattern):
        raise QueryError(f"this regular expression can never match: {contradiction}", offset)
    return Regex(pattern, offset)


def regex_options() -> re2.Options:
    """How every expression is compiled: without regard to case, silent on errors, with room for many in one set."""
    import re2

    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = 1 << 27  # a set of thousands needs more than the 8 MB it has by default
    return options


@functools.lru_cache(maxsize=4096)
def compile_regex(pattern: str) -> re2._Regexp:
    """The compiled RE2 expression; raises ValueError with RE2's own words if it is none."""
    import re2

    try:
        return re2.compile(pattern, regex_options())
    except re2.error as error:
        reason = error.args[0]
        raise ValueError(reason.decode() if isinstance(reason, bytes) else str(reason)) from error


# --- what no text holds --------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Group:
    """A group that is open: what its branches before demand, and the pieces of the one being read."""

    demands: list[str] = field(default_factory=list)
    """For each branch what it demands and no text holds; empty for one that can match."""
    pieces: list[tuple[str, bool]] = field(default_factory=list)
    """Literal text, or (marked) what no text holds; empty where much may stand."""

    def end_branch(self) -> None:
        runs = [""]
        for text, is_never in self.pieces:
            if is_never:
                self.demands.append(text)
                break
            if text:
                runs[-1] += text
            else:
                runs.append("")
        else:
            self.demands.append(next((run for run in runs if not _stands_in_text(run)), ""))
        self.pieces = []

    def never(self) -> str:
        """What no text holds, if every branch demands such."""
        self.end_branch()
        return "" if "" in self.demands else self.demands[0]


def never_found(pattern: str) -> str:
    """What an RE2 expression demands although no text holds it, in words; empty if there is no such thing."""
    run = _never(pattern)
    odd = next((char for char in run if not _stands_in_text(char)), "")
    if odd:
        return f"the character U+{ord(odd):04X}"
    return "two spaces in a row" if "  " in run else "such white space" if run else ""


def _never(pattern: str) -> str:
    groups = [_Group()]
    for token in _TOKEN.finditer(pattern):
        top = groups[-1]
        match token.lastgroup:
            case "open":
                groups.append(_Group())
            case "close" if len(groups) > 1:
                inner = groups.pop().never()
                groups[-1].pieces.append((inner, True) if inner else _FREE)
            case "or":
                top.end_branch()
            case "many" if top.pieces:
                if _MAYBE_NONE.match(token[0]):
                    top.pieces[-1] = _FREE
            case "nothing":
                pass
            case "free":
                top.pieces.append(_FREE)
            case _:
                top.pieces += [(char, False) for char in _characters(token)]
    return groups[0].never()


def _contradiction(pattern: str) -> str:
    """What an expression asks for at a place where it cannot be, and what to write instead; empty for most."""
    if re.search(r"\(\?[isU]*m", pattern):  # each line has its own beginning and end
        return ""
    return next(filter(None, map(_contradiction_of, _branches(pattern))), "")


def _branches(pattern: str) -> list[list[str]]:
    """Of each branch its letters, its assertions behind a bracket, and _ANYTHING for all else, groups too."""
    branches: list[list[str]] = [[]]
    depth = 0
    for token in _TOKEN.finditer(pattern):
        kind, steps = token.lastgroup, branches[-1]
        if kind in {"open", "close"}:
            depth += 1 if kind == "open" else -1
            steps += [_ANYTHING] * (kind == "open")
        elif depth <= 0:
            if kind == "or":
                branches.append([])
            elif kind == "many":
                steps[-1:] = [_ANYTHING] if _MAYBE_NONE.match(token[0]) else steps[-1:]
            else:
                steps += {"free": [_ANYTHING], "nothing": [f"({token[0]}"]}.get(kind or "", list(_characters(token)))
    return branches


_ANYTHING = "\\C"
_ENDS_OF_TEXT = {"($": "the end", "(\\z": "the end", "(^": "the beginning", "(\\A": "the beginning"}


def _contradiction_of(steps: Sequence[str]) -> str:
    """The same for one branch: its letters, its assertions behind a bracket, and _ANYTHING for all else."""
    for place, step in enumerate(steps):
        before, after = steps[:place], steps[place + 1 :]
        beyond = before if step in {"(^", "(\\A"} else after
        letter = next((each for each in beyond if len(each) == 1), "")
        if step in _ENDS_OF_TEXT and letter:
            return f"“{letter}” stands beyond {_ENDS_OF_TEXT[step]} of the text {step}): write \\ before a sign itself"
        if step == "(\\b" and (found := _no_boundary((before or [""])[-1], (after or [""])[0])):
            return found
    return ""


def _no_boundary(before: str, after: str) -> str:
    """Why there is no word boundary between two steps; empty where there may be one."""
    if _is_latin(before) and _is_latin(after):
        return f"there is no word boundary within “{before}{after}”: take \\b out"
    alone = "" if before and after else before or after
    if alone.isalpha() and not alone.isascii():
        return "\\b knows the letters a to z only: write the word as a term, without slashes, or leave \\b out"
    return ""


def _is_latin(letter: str) -> bool:
    return len(letter) == 1 and letter.isascii() and (letter.isalnum() or letter == "_")


def _characters(token: re.Match[str]) -> str:
    """The literal text of a token."""
    kind = token.lastgroup or ""
    match kind:
        case "long" | "short":
            return chr(min(int(token[kind], 16), 0x10FFFF))
        case "octal":
            return chr(int(token[kind], 8))
        case "control":
            return _CONTROLS[token[kind]]
        case _:
            return token[kind] if kind else ""


def _stands_in_text(run: str) -> bool:
    return any(run in clean_block(f"{edge}{run}{edge}") for edge in _EDGES)
