"""The process that looks what an edit of a rule would do, so that no key ever waits for it.

Started by the rule editor: ``python -m digest.tui.preview_child URL FOLDER NAME ZONE BRIEFEST``, the last
the seconds for which alerts are bundled at least, which a demo makes few. Lines of JSON come and go::

    {"number": 3, "text": "…", "rule": "launch"}  ─▶  {"number": 3, "problems": [], "matching": 37, …}

What is asked while it still looks replaces what it looks for. It ends with its input.
"""

from __future__ import annotations

import json
import queue
import sys
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from digest.errors import DigestError
from digest.match.rules import telling
from digest.rulebook.folders import RuleFolders
from digest.rulebook.preview import KeptEntries, Preview, StoppedError, as_json
from digest.store import open_store
from digest.values.desks import desk_of

MOST: Final = 20_000
"""The newest entries are looked at, so many at most."""


def main(url: str, folder: str, name: str, zone: str, briefest: str) -> None:
    """Read questions until there are no more."""
    telling.BRIEFEST_EVERY = timedelta(seconds=float(briefest))
    asked: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(asked,), daemon=True).start()
    try:
        with open_store(url) as store:
            entries = store.archive().newest(MOST)
            live = store.rules.live_texts()
    except DigestError as error:
        entries, live = [], {}
        _say({"number": 0, "trouble": str(error)})
    live = dict(live) or dict(RuleFolders({desk_of(name): Path(folder)}).read().texts)
    preview = Preview(live, name, KeptEntries(entries, lambda: not asked.empty()), ZoneInfo(zone))
    while (question := asked.get()) is not None:
        while not asked.empty():
            newer = asked.get()
            if newer is None:
                return
            question = newer
        try:
            _say({"number": question["number"], **as_json(preview.of(question["text"], question["rule"]))})
        except StoppedError:
            continue
        except Exception as error:  # noqa: BLE001 - whatever is typed, the next is answered
            _say({"number": question["number"], "trouble": f"{type(error).__name__}: {error}"})


def _read(asked: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    for line in sys.stdin:
        asked.put(json.loads(line))
    asked.put(None)


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
