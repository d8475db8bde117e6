"""``digest help``: the pages of the manual as a terminal shows them best, and every command's own help."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from digest.cli.group import config_option
from digest.cli.output import say
from digest.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import Console, ConsoleOptions, RenderResult

MANUAL: Final = Path(__file__).parents[1] / "manual"
_LISTED: Final = re.compile(r"^- \[([\w-]+)\]\(\1\.md\): (.+)$", re.MULTILINE)
_PAGE_LINK: Final = re.compile(r"\[([^\]]+)\]\(([\w-]+)\.md\)")
_WIDEST: Final = 100
"""Cells of a line: longer ones are hard to read, and tables get no better."""


@click.command(
    "help",
    short_help="Show the manual: its topics, or one of them.",
    epilog="\b\nExamples:\n  digest help\n  digest help rules\n  digest help query | less\n  digest help feeds list",
)
@click.argument("topic", nargs=-1)
@config_option
@click.pass_context
def help_(context: click.Context, topic: tuple[str, ...]) -> None:
    """Show a page of the manual; without TOPIC, which there are. A command's name shows that command's help."""
    found = topics()
    if not topic:
        _say_topics(found)
    elif len(topic) == 1 and topic[0] in found:
        _show(topic[0], context)
    elif command := _command(context, topic):
        click.echo(command)
    else:
        raise UsageError(_unknown(" ".join(topic), [*found, *_commands(context)]))


def topics() -> Mapping[str, str]:
    """What there is a page about, in the order of the manual's first page, and what is in it."""
    return dict(_LISTED.findall((MANUAL / "README.md").read_text(encoding="utf-8")))


def _say_topics(found: Mapping[str, str]) -> None:
    say("The manual. digest help TOPIC shows one of its pages:")
    say()
    longest = max(map(len, found))
    for topic, words in found.items():
        say(f"  {topic:<{longest}}  {words}")
    say()
    say("digest --help lists the commands, digest help COMMAND shows what one takes.")


def _unknown(topic: str, names: Sequence[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(topic.lower(), names, n=1)
    hint = f"did you mean “digest help {close[0]}”?" if close else "digest help lists the topics"
    return f"the manual has no page “{topic}”: {hint}"


# --- commands ----------------------------------------------------------------------------------------------------


def _commands(context: click.Context) -> Sequence[str]:
    group = context.find_root().command
    assert isinstance(group, click.Group)
    return group.list_commands(context)


def _command(context: click.Context, path: Sequence[str]) -> str:
    """The help of the command that these words call; empty where none is called so."""
    at = context.find_root()
    for name in path:
        command = at.command.get_command(at, name) if isinstance(at.command, click.Group) else None
        if command is None:
            return ""
        at = click.Context(command, info_name=name, parent=at)
    return at.get_help()


# --- pages -------------------------------------------------------------------------------------------------------


def _show(topic: str, context: click.Context) -> None:
    page = (MANUAL / f"{topic}.md").read_text(encoding="utf-8")
    if topic in _commands(context):
        page += f"\n`digest {topic} --help` shows what the command of that name takes.\n"
    styled = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    text = rendered(page, min(shutil.get_terminal_size().columns, _WIDEST), styled=styled)
    if styled:
        click.echo_via_pager(text, color=context.color)
    else:
        click.echo(text, nl=False)


def rendered(page: str, cells: int, *, styled: bool) -> str:
    """A page in Markdown as text for lines of so many cells.

    Args:
        page: the page; a link to another one becomes the command that shows it.
        cells: of a line, at least 20.
        styled: whether headings may be bold and code dim, by terminal sequences; else it is plain text.
    """
    from rich.console import Console
    from rich.markdown import CodeBlock, Heading, Markdown
    from rich.text import Text

    class _PlainHeading(Heading):
        """At the left, as the rest is."""

        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            del console, options
            yield Text(self.text.plain, style="bold underline" if self.tag == "h1" else "bold")

    class _PlainCode(CodeBlock):
        """Indented, never cut or wrapped, so that it can be copied."""

        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            del console, options
            for line in str(self.text).rstrip().split("\n"):
                yield Text(f"    {line}", style="dim", no_wrap=True, overflow="ignore")

    class _Page(Markdown):
        """A page of ours."""

        elements = Markdown.elements | {"heading_open": _PlainHeading, "fence": _PlainCode, "code_block": _PlainCode}

    linked = _PAGE_LINK.sub(r"\1 (`digest help \2`)", page)
    console = Console(width=max(cells, 20), force_terminal=styled, color_system="standard" if styled else None)
    with console.capture() as capture:
        console.print(_Page(linked, hyperlinks=False), crop=False)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r" +$", "", capture.get(), flags=re.MULTILINE))
