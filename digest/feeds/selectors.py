"""Whether a text is a CSS selector, and where it is not: all that the config needs to know of selectors."""

from __future__ import annotations

import re
from typing import Final

_AT: Final = re.compile(r"<(\w+)(?: '(.*)')? at (\d+)>")


def check_selector(text: str) -> tuple[int, str] | None:
    """Where a selector is wrong (the code point, counted from 0) and what to do about it; ``None``: it is right."""
    from cssselect import ExpressionError, HTMLTranslator, SelectorSyntaxError

    try:
        HTMLTranslator().css_to_xpath(text)
    except SelectorSyntaxError as error:
        return _syntax(text, str(error))
    except (ExpressionError, RecursionError) as error:
        return _unknown(text, str(error))
    return None


def _syntax(text: str, error: str) -> tuple[int, str]:
    found = _AT.search(error)
    if not text.strip():
        return 0, 'this selector is empty: write one such as "h2 a", or leave the key out'
    if found is None or found[1] == "EOF":
        return len(text.rstrip()) - 1, "something is missing at the end of this CSS selector"
    at = int(found[3])
    return at, f"“{text[at : at + 1]}” cannot stand here in a CSS selector"


def _unknown(text: str, error: str) -> tuple[int, str]:
    """What is a selector, but of a kind that Digest cannot find by."""
    if pseudo := re.search(r"::[\w-]+", text):
        return pseudo.start(), f"take “{pseudo[0]}” out: Digest takes the text, the link or the date by itself"
    named = re.search(r":[\w-]+", error)
    if named and named[0] in text:
        return text.index(named[0]), f"“{named[0]}” is not known here: write a selector without it"
    return 0, "Digest cannot find anything by this CSS selector: write a plainer one"
