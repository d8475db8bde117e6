"""Run benchmarks and print their figures: ``python -m tests.bench [NAME ...] [--against CHECKOUT]``.

Against another checkout each benchmark is run there and here by turns, so that what else the machine does meets both
alike. Every line of figures is then shown once: where the two differ, with the medians of both and their ratio.
"""

from __future__ import annotations

import argparse
import importlib
import os
import pkgutil
import re
import statistics
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HERE: Final = Path(__file__).resolve().parents[2]
_QUALITY: Final = "quality"
"""What is told right, beside what it costs."""
_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:,\d{3})*(?:\.\d+)?")


def names(wanted: Sequence[str]) -> list[str]:
    """The benchmark modules beside this one whose names contain a wanted word (all without one)."""
    found = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    benches = [name for name in found if name.startswith("bench_") or name == _QUALITY]
    return [name for name in benches if not wanted or any(w in name for w in wanted)]


# --- two checkouts -------------------------------------------------------------------------------------------------


def printed(checkout: Path, name: str) -> str:
    """What a benchmark of a checkout prints; empty where it has none of this name."""
    if not (checkout / "tests" / "bench" / f"{name}.py").is_file():
        return ""
    own = checkout / ".venv" / "bin" / "python"
    command = [str(own if own.exists() else sys.executable), "-m", f"tests.bench.{name}"]
    done = subprocess.run(
        command,
        cwd=checkout,
        env=os.environ | {"PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{name} of {checkout} ended with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


Lines = dict[tuple[str, int], list[list[float]]]
"""By a line's words with # for each number, and how many lines of these words stand before it: of each run, the
numbers."""


def note(lines: Lines, text: str) -> None:
    """Add the numbers of one run."""
    seen: defaultdict[str, int] = defaultdict(int)
    for line in text.splitlines():
        words = re.sub(r"\s+", " ", _NUMBER.sub("#", line)).strip()
        numbers = [float(number.replace(",", "")) for number in _NUMBER.findall(line)]
        lines.setdefault((words, seen[words]), []).append(numbers)
        seen[words] += 1


def compared(before: Lines, after: Lines) -> Iterator[str]:
    """Each line of figures, with what stood there before where that was another."""
    for key in dict.fromkeys([*before, *after]):
        if key not in before or key not in after:
            yield f"{'-' if key in before else '+'} {_filled(key[0], _medians(before.get(key) or after[key]))}"
            continue
        pairs = zip(_medians(before[key]), _medians(after[key]), strict=True)
        yield f"  {_filled(key[0], [_change(old, new) for old, new in pairs])}"


def _medians(runs: list[list[float]]) -> list[float]:
    return [statistics.median(numbers) for numbers in zip(*runs, strict=True)]


def _change(old: float, new: float) -> object:
    return new if old == new else f"{old:,.6g} → {new:,.6g} ({f'× {new / old:.2f}' if old else 'from nothing'})"


def _filled(words: str, values: Sequence[object]) -> str:
    left = iter(values)
    return re.sub("#", lambda _: f"{each:,.6g}" if isinstance(each := next(left), float) else str(each), words)


def compare(chosen: Sequence[str], other: Path, rounds: int) -> None:
    """Run benchmarks there and here by turns, and print both."""
    for name in chosen:
        before: Lines = {}
        after: Lines = {}
        for _ in range(rounds):
            note(before, printed(other, name))
            note(after, printed(_HERE, name))
        print(f"\n== {name.removeprefix('bench_')}: {other} → {_HERE}, medians of {rounds} runs by turns", flush=True)
        for line in compared(before, after):
            print(line, flush=True)


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Run benchmarks, print their figures.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a part of a benchmark's name; all without one")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="a folder with another version, run by turns")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is run, of the two (3)")
    given = parser.parse_args()
    chosen = names(given.names)
    if not chosen:
        parser.error(f"no benchmark is called like that; there are: {', '.join(names(()))}")
    if given.against is not None:
        compare(chosen, given.against.resolve(), given.rounds)
        return 0
    for name in chosen:
        print(f"\n== {name.removeprefix('bench_')}", flush=True)
        importlib.import_module(f"tests.bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main())
