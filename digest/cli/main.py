"""The command ``digest``: which commands there are, and what becomes of everything that can go wrong in one.

Exit codes: 0 done; 1 something is wrong, or was named and is not there; 2 wrong usage or an unreadable config;
130 interrupted; 141 nobody reads the output any more.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NoReturn

import click

from digest import __version__
from digest.cli.group import LazyGroup, config_option
from digest.cli.output import complain
from digest.errors import ConfigError, DigestError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_PIPE_CLOSED = 141
"""As a shell says it of whom SIGPIPE has ended; not 0, for what was not said may have been that something is wrong."""

_NEW_OBJECTS = 10_000
"""After so many the newest are searched for garbage: while a hundred thousand that stay are made, as the libraries are
imported, Python's own 700 make a tenth of what a command costs."""

_COMMANDS = {
    "init": "digest.cli.setup:init",
    "check": "digest.cli.check:check",
    "watch": "digest.cli.engine:watch",
    "serve": "digest.cli.serve:serve",
    "mcp": "digest.cli.mcp:mcp",
    "run": "digest.cli.engine:run",
    "stop": "digest.cli.engine:stop",
    "status": "digest.cli.engine:status",
    "feeds": "digest.cli.feeds:feeds",
    "rules": "digest.cli.rules:rules",
    "alias": "digest.cli.alias:alias",
    "match": "digest.cli.match:match",
    "cluster": "digest.cli.cluster:cluster",
    "summarize": "digest.cli.summarize:summarize",
    "search": "digest.cli.search:search",
    "why": "digest.cli.why:why",
    "evidence": "digest.cli.evidence:evidence",
    "mark": "digest.cli.mark:mark",
    "star": "digest.cli.brief:star",
    "ack": "digest.cli.mute:ack",
    "mute": "digest.cli.mute:mute",
    "unmute": "digest.cli.mute:unmute",
    "follow": "digest.cli.mute:follow",
    "alerts": "digest.cli.alerts:alerts",
    "events": "digest.cli.events:events",
    "story": "digest.cli.story:story",
    "compose": "digest.cli.compose:compose",
    "brief": "digest.cli.brief:brief",
    "catchup": "digest.cli.compose:catchup",
    "telegram": "digest.cli.telegram:telegram",
    "outbox": "digest.cli.outbox:outbox",
    "db": "digest.cli.db:db",
    "deploy": "digest.cli.deploy:deploy",
    "demo": "digest.cli.demo:demo",
    "help": "digest.cli.help:help_",
    "paths": "digest.cli.setup:paths",
}


@click.group(
    cls=LazyGroup,
    commands_at=_COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="\b\nExamples:\n  digest init desk && cd desk\n  digest check --online\n  digest watch\n"
    "  digest alerts --since 24h --json",
)
@config_option
@click.version_option(__version__, prog_name="digest", message="%(prog)s %(version)s")
@click.pass_context
def digest(context: click.Context) -> None:
    """A news digest and alert bot: feeds in, rules in plain files, alerts on a dashboard and in Telegram.

    Without a command it does what `digest watch` does.
    """
    if os.environ.get("NO_COLOR"):
        context.color = False
    if context.invoked_subcommand is None:
        from digest.cli.engine import watch

        context.invoke(watch)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(_NEW_OBJECTS)
    _open_standard_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that lacks a letter shows "?"
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    """Run a command; every foreseen failure becomes its message and its exit code."""
    try:
        code = digest.main(arguments, prog_name="digest", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else 0
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return _complain(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return 130
    except SystemExit:
        if sys.stdout is sys.__stdout__:
            raise
        return _complain(_PIPE_CLOSED)  # what click makes of it, having wrapped the streams
    except BrokenPipeError:
        return _complain(_PIPE_CLOSED)
    except (DigestError, OSError) as error:
        return _complain(2 if isinstance(error, ConfigError) else 1, *_words(error))


def _complain(code: int, *lines: str) -> int:
    """Say what went wrong, to whoever still listens; returns the exit code."""
    with suppress(OSError):
        for line in lines:
            complain(line)
    for stream in (sys.__stdout__, sys.__stderr__):
        assert stream is not None
        try:
            stream.flush()
        except OSError:  # Python's own flush at the end would complain of it
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code


def _open_standard_streams() -> None:
    """Open what was closed for us, as by ``>&-``: to nowhere, lest a file of ours gets the number and what we print."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            stream = os.fdopen(os.open(os.devnull, os.O_RDWR), "w" if number else "r")
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)


def _words(error: DigestError | OSError) -> Iterator[str]:
    """What to say of a failure, line by line."""
    if isinstance(error, ConfigError):
        yield from map(str, error.problems)
    elif isinstance(error, OSError):
        named = f"{error.filename}: " if error.filename else ""
        yield f"{named}{error.strerror or error}"
    else:
        yield str(error)
