"""Run every benchmark and print its figures: ``python -m tests.bench [NAME ...]``."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path


def main(wanted: list[str]) -> int:
    """Run the benchmark modules beside this one whose names contain a wanted word (all without one)."""
    names = sorted(module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)]))
    chosen = [name for name in names if name.startswith("bench_") and (not wanted or any(w in name for w in wanted))]
    if not chosen:
        print(f"no benchmark is called like that; there are: {', '.join(names)}", file=sys.stderr)
        return 2
    for name in chosen:
        print(f"\n== {name.removeprefix('bench_')}", flush=True)
        importlib.import_module(f"tests.bench.{name}").main()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
