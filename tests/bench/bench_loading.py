"""What loading 3,000 rules of ten terms costs: the whole of ``digest match`` with one entry, against tomllib alone.

Both are whole processes that read the same file, by turns; a figure is the least CPU time of the rounds, the ratio the
median of those within a round.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.invented import Newsroom

RULES, TERMS = 3_000, 10
ROUNDS = 5
MOST = 1.2  # seconds
ENTRY = '{"id": 1, "title": "An envoy returns"}\n'
READ = "import sys, tomllib; tomllib.loads(open(sys.argv[1], encoding='utf-8').read())"


def _write(home: Path) -> Path:
    """A rules folder with one file of all rules, and its config."""
    terms = Newsroom().terms(RULES * TERMS)
    rules = [f'[[rule]]\nid = "rule-{at}"\nany = {terms[at * TERMS : (at + 1) * TERMS]}\n' for at in range(RULES)]
    (home / "rules").mkdir()
    (home / "config.toml").write_text('rules = "rules"\nstate = "state"\n')
    (home / "one.jsonl").write_text(ENTRY)
    file = home / "rules" / "all.toml"
    file.write_text("\n".join(rules))
    return file


def _cpu(command: list[str | Path], home: Path) -> float:
    """Seconds of CPU that a command takes."""
    before = os.times()
    environment = os.environ | {"DIGEST_CONFIG": str(home / "config.toml")}
    subprocess.run(command, cwd=home, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as temporary:
        home = Path(temporary)
        file = _write(home)
        commands: dict[str, list[str | Path]] = {
            "digest match, one entry": [Path(sys.executable).with_name("digest"), "match", "one.jsonl"],
            "tomllib alone": [sys.executable, "-c", READ, file],
            "python -c pass": [sys.executable, "-c", "pass"],
        }
        took: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                took[name].append(_cpu(command, home))
    match, toml, _ = took.values()
    ratio = statistics.median(one / other for one, other in zip(match, toml, strict=True))
    print(f"{RULES:,} rules of {TERMS} terms: {min(match):.2f} s of CPU (to hold: {MOST} s), × {ratio:.1f} of tomllib")
    for name, each in took.items():
        print(f"  {name:24} {min(each):.2f} s")


if __name__ == "__main__":
    main()
