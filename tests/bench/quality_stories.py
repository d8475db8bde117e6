"""How well reports of one event are told from others: ``python -m tests.bench.quality_stories [CSV ...]``.

Without files it measures the sets of ours, with the language named and told. Of a file, the columns are label (or
STORY), at (or TIMESTAMP in milliseconds), publisher, title, and summary and lang where there are any; its language is
told from each text unless ``--lang`` names it. Labels that stand for broad topics say something of precision only.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.stories.labelled import SETS, measure, measure_related, read_set


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Measure how well reports of one event are told from others.")
    parser.add_argument("files", nargs="*", type=Path, metavar="CSV")
    parser.add_argument("--lang", default="", help="the language of all rows that name none")
    given = parser.parse_args()
    for path in given.files:
        print(f"{path.name:30} {measure(read_set(path, given.lang))}")
    if given.files:
        return
    for path in sorted(SETS.glob("*.csv")):
        print(f"{path.stem:30} {measure(read_set(path, path.stem.partition('_')[0]))}")
        print(f"{path.stem + ', language told':30} {measure(read_set(path))}")
    print(f"{'related, with aliases':30} {measure_related()}")
    print(f"{'related, names and numbers':30} {measure_related(aliases=False)}")


if __name__ == "__main__":
    main()
