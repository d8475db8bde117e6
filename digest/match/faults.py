"""Files on which Digest itself fails: which one it is, and loading all the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from digest.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FAULT_LENGTH = 200

Loaded = TypeVar("Loaded")


def own_fault(subject: str, fault: Exception) -> str:
    """What to tell where Digest fails on something of the user's that is no mistake."""
    words = clean_line(f"{type(fault).__name__}: {fault}")[:_FAULT_LENGTH]
    return f"Digest itself failed on {subject} ({words}): please report it; engine.log has the details"


def load_all_but_faulty(
    files: Mapping[str, str], last_good: Mapping[str, str], load: Callable[[Mapping[str, str]], Loaded]
) -> tuple[Loaded, dict[str, Exception]]:
    """Load all files; one with which that raises an error is replaced by its last good text, or left out.

    Args:
        files: the text of each, by its path.
        last_good: the texts that were last live, by path.
        load: loads some texts.

    Returns:
        What was loaded, and for each file that was at fault what was raised.

    Raises:
        Exception: what loading no file at all raises; and a MemoryError in any case.
    """
    texts = dict(files)
    faults: dict[str, Exception] = {}
    while True:
        try:
            return load(texts), faults
        except Exception as error:
            if not texts or isinstance(error, MemoryError):
                raise
            path, fault = _culprit(texts, last_good, load, error)
            faults.setdefault(path, fault)
            if last_good.get(path, texts[path]) != texts[path]:
                texts[path] = last_good[path]
            else:
                del texts[path]


def _culprit(
    texts: Mapping[str, str],
    last_good: Mapping[str, str],
    load: Callable[[Mapping[str, str]], object],
    fault: Exception,
) -> tuple[str, Exception]:
    """The first file, of those in order, with which a load fails, and what it raises; found by halving."""
    order = in_order_of_trust(texts, last_good)
    sound, failing = 0, len(order)
    while failing - sound > 1:
        middle = (sound + failing) // 2
        try:
            load(dict(order[:middle]))
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            failing, fault = middle, error
        else:
            sound = middle
    return order[failing - 1][0], fault


def in_order_of_trust(texts: Mapping[str, str], last_good: Mapping[str, str]) -> list[tuple[str, str]]:
    """Files that were live as they are come first, so that of two that clash the new one is to blame."""
    return sorted(texts.items(), key=lambda item: (last_good.get(item[0]) != item[1], item[0]))
