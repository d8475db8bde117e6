"""``digest mcp``: what is stored, for agents."""

from __future__ import annotations

import signal

import click

from digest.cli.group import config_option
from digest.cli.session import open_database_if_any, read_config
from digest.errors import UsageError


@click.command(
    short_help="Let agents read what is stored, by the Model Context Protocol.",
    epilog="\b\nExamples:\n  digest mcp --config ~/news/config.toml    # as an agent starts it",
)
@config_option
def mcp() -> None:
    """Answer an agent on standard input and output, by the Model Context Protocol, until its input ends.

    Its tools are search, alerts, story, why, digest, rules, feeds and status. They read, and change nothing. What
    entries say is marked as written by strangers. It needs the extra mcp: pip install 'newsdigest[mcp]'. More:
    `digest help api`.
    """
    config = read_config()
    try:
        from digest.agents.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] == "digest":
            raise
        raise UsageError(
            f"this needs the extra mcp ({error.name} is not installed): pip install 'newsdigest[mcp]'"
        ) from None
    from digest.answers.pages import Answers

    # The library waits for its input in a thread that Ctrl-C does not reach; there is nothing to be finished.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    serve(Answers(config.path.resolve(), open_database_if_any))
