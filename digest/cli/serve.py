"""``digest serve``: the dashboard in a browser."""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from digest.cli.engine import ensure_engine
from digest.cli.group import config_option
from digest.cli.output import complain, say
from digest.cli.session import open_database_if_any, read_config
from digest.errors import UsageError

if TYPE_CHECKING:
    from digest.config import Config

_PORT = 8420


@click.command(
    short_help="Show the dashboard in a browser on this machine.",
    epilog="\b\nExamples:\n  digest serve\n  digest serve --open\n  digest serve --allow-edit --port 0\n"
    "  digest serve --token-file serve-token    # feed readers keep their addresses\n"
    "  digest serve --token-file serve-token --no-engine    # beside an engine that systemd runs",
)
@click.option("--port", type=click.IntRange(0, 65535), default=_PORT, show_default=True, help="0: any that is free.")
@click.option("--allow-edit", is_flag=True, help="Let the browser change things, too: marks, stars, mutes, rules.")
@click.option(
    "--token-file", type=click.Path(path_type=Path), metavar="PATH", help="Keep the token there: addresses stay valid."
)
@click.option("--no-engine", is_flag=True, help="Start no engine where none runs: something else sees to that.")
@click.option("--open", "open_", is_flag=True, help="Open it in $BROWSER, or the browser of the desktop.")
@click.option("--page", is_flag=True, hidden=True, help="As the server starts it: the dashboard behind one page.")
@config_option
@click.pass_context
def serve(  # noqa: PLR0913 - one for each option
    context: click.Context,
    *,
    port: int,
    allow_edit: bool,
    token_file: Path | None,
    no_engine: bool,
    open_: bool,
    page: bool,
) -> None:
    """Show the dashboard in a browser on this machine, until Ctrl-C. If no engine runs, one is started, as by watch.

    Only who has the printed address gets in, only from this machine, and nothing comes from elsewhere. The browser
    can look, but change nothing, unless --allow-edit is given. It stands on 127.0.0.1 alone; from another machine
    it is reached through `ssh -L 8420:127.0.0.1:8420 HOST`.

    Alerts and searches are there as Atom and JSON Feed, and the reading commands as JSON lines, behind a key of their
    own that opens nothing else; monitors find /metrics, /healthz and /readyz: `digest help api`.
    """
    config = read_config()
    if page:
        context.exit(_show_page(config, read_only=not allow_edit))
    token = _token_in(token_file) if token_file is not None else ""
    from digest.answers.pages import Answers
    from digest.serve import listen
    from digest.serve import serve as serve_until_stopped
    from digest.serve.doorkeeper import Doorkeeper

    with listen(port) as listener:
        if not no_engine:
            ensure_engine(config)
        doorkeeper = Doorkeeper(listener.getsockname()[1], token)

        def ready() -> None:
            say(doorkeeper.address)
            complain("Open this address in a browser on this machine; whoever has it can look at the dashboard.")
            edits = "The browser can change things" if allow_edit else "The browser can look, and change nothing"
            complain(f"Feeds, and answers for programs, which can only read: {doorkeeper.reading_address}")
            complain(f"{edits}. Ctrl-C ends it.")
            if open_:
                _open(doorkeeper.address_once())

        command = _page_command(config, allow_edit=allow_edit)
        answers = Answers(config.path, open_database_if_any)
        serve_until_stopped(listener, doorkeeper, command, answers, ready=ready, tell=complain)


def _token_in(path: Path) -> str:
    """The token of a file, which is made where there is none.

    Raises:
        UsageError: it cannot be read or made, others can read it, or it holds no token; with what to do.
    """
    from digest.serve.doorkeeper import new_token

    try:
        with suppress(FileExistsError):
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(made, "w") as file:
                file.write(f"{new_token()}\n")
        others, token = path.stat().st_mode & 0o077, path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(f"the token file {path} cannot be used: {reason}") from None
    if others and os.name == "posix":
        raise UsageError(f"other users of this machine can read the token: run chmod 600 {path}")
    if re.fullmatch(r"[\w-]{32,200}", token, re.ASCII) is None:
        raise UsageError(f"what stands in {path} is no token: delete the file, and a new one is made")
    return token


def _page_command(config: Config, *, allow_edit: bool) -> list[str]:
    command = [sys.executable, "-P", "-m", "digest", "serve", "--page", "--config", os.fspath(config.path)]
    return [*command, "--allow-edit"] if allow_edit else command


def _show_page(config: Config, *, read_only: bool) -> int:
    from digest.tui import run_dashboard
    from digest.tui.configured import key_doubts

    return run_dashboard(
        config.database,
        timezone=config.timezone,
        rules_folder=config.rules,
        desks={each.name: each.rules for each in config.desks},
        config_path=config.path,
        state=config.state,
        doubts=[*config.warnings, *key_doubts(config)],
        views=config.views,
        keys=config.keys,
        notice="a view only: nothing can be changed here" if read_only else "",
        read_only=read_only,
    )


def _open(address: str) -> None:
    """Open it beside this, in a browser that has a window."""
    import threading

    from digest.tui.browser import opener, start

    def try_it() -> None:
        try:
            found = opener(address)
            opened = not found.takes_terminal and bool(start(found))
        except UsageError:
            opened = False
        if not opened:
            complain("No browser was found: open the address yourself.")

    threading.Thread(target=try_it, name="browser", daemon=True).start()
