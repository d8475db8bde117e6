"""``digest deploy``: files for who runs Digest as a service."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from digest.cli.group import config_option
from digest.cli.output import say
from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILES: Final = Path(__file__).parents[1] / "deploy"
_LISTED: Final = re.compile(r"^- \[([\w.@-]+)\]\(\1\): (.+)$", re.MULTILINE)


@click.command(
    short_help="Print a file to run Digest as a service: systemd, Docker, Prometheus, Grafana.",
    epilog="\b\nExamples:\n  digest deploy\n"
    "  digest deploy digest.service | sudo tee /etc/systemd/system/digest.service\n"
    "  digest deploy alerts.yml > /etc/prometheus/alerts.yml",
)
@click.argument("name", required=False)
@config_option
def deploy(name: str | None) -> None:
    """Print the file NAME, to run Digest as a service; without NAME, which there are.

    What to do with each: `digest help growing`.
    """
    files = deployed()
    if name is None:
        longest = max(map(len, files))
        for each, words in files.items():
            say(f"{each:{longest}}  {words}")
    elif name in files:
        click.echo((FILES / name).read_text(encoding="utf-8"), nl=False)
    else:
        raise UsageError(f"there is no file “{name}”; there are: {', '.join(files)}")


def deployed() -> Mapping[str, str]:
    """The files there are, and what each is for."""
    return dict(_LISTED.findall((FILES / "README.md").read_text(encoding="utf-8")))
