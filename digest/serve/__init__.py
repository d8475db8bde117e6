"""The dashboard in a browser on this machine: a small web server on loopback, and a dashboard's process for each page.

::

    browser ─▶ doorkeeper: is it this address, our own page, somebody with the token? ─▶ page, assets, websocket
    programs ─▶ the same, by a key ─▶ api: feeds and JSON lines, read alone
    websocket ◀─▶ page.PageProcess: keys in, what to paint out ◀─▶ a process of its own with the dashboard

Nothing that is served comes from elsewhere. What the token is exchanged for stays in memory, and so does the token,
unless the user wants it kept in a file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence

    from digest.answers.pages import Answers
    from digest.serve.doorkeeper import Doorkeeper


def listen(port: int) -> socket.socket:
    """A socket that takes connections on a port of 127.0.0.1, and of no other address; 0 is any port that is free.

    Raises:
        UsageError: the port cannot be had; with what to do about it.
    """
    import errno
    import socket

    from digest.errors import UsageError

    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"port {port} is in use, perhaps by another digest serve"
        else:
            reason = f"port {port} cannot be had: {error.strerror}"
        raise UsageError(f"{reason}; name another with --port, or --port 0 for any that is free") from None


def serve(  # noqa: PLR0913 - each is a thing of its own
    listener: socket.socket,
    doorkeeper: Doorkeeper,
    command: Sequence[str],
    answers: Answers,
    *,
    ready: Callable[[], None],
    tell: Callable[[str], None],
) -> None:
    """Serve until Ctrl-C, SIGTERM or, unless it is ignored, SIGHUP; every dashboard has ended then.

    Args:
        listener: as ``listen`` makes it.
        doorkeeper: whom to let in.
        command: starts a dashboard that speaks with Textual's web driver over standard input and output.
        answers: what programs can ask.
        ready: called once requests are answered.
        tell: takes a sentence on what went wrong.
    """
    import asyncio

    from digest.serve.server import Server

    asyncio.run(Server(doorkeeper, command, answers, tell).run(listener, ready))
