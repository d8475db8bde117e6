"""The engine in the background: ``python -m digest.engine CONFIG``, as the dashboard starts it."""

from __future__ import annotations

import sys
from pathlib import Path

from digest.config import load_config
from digest.engine.supervise import run_engine
from digest.errors import DigestError


def main(config_path: str) -> int:
    """Run the engine until it is stopped; the reason why it cannot goes to standard error."""
    try:
        return run_engine(load_config(Path(config_path)), foreground=False)
    except DigestError as error:
        print(error, file=sys.stderr)  # noqa: T201 - whoever started us reads it
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
