"""Groups whose commands are imported only when they are called, and the options that commands share."""

from __future__ import annotations

import importlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import click

from digest.words import read_since, read_span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

F = TypeVar("F", bound="Callable[..., Any]")

_CONFIG = "digest.config"


class LazyGroup(click.Group):
    """A group that knows where its commands are, and imports one when it is wanted.

    Args:
        commands_at: name → ``module:attribute``, in the order of the help page.
        **settings: as for any group.
    """

    def __init__(self, *, commands_at: Mapping[str, str], **settings: Any) -> None:
        super().__init__(**settings)
        self._commands_at = commands_at

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands."""
        del ctx
        return list(self._commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, imported now."""
        del ctx
        if cmd_name not in self._commands_at:
            return None
        module, _, attribute = self._commands_at[cmd_name].partition(":")
        command = getattr(importlib.import_module(module), attribute)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name; an unknown one is answered with the nearest."""
        if args and not args[0].startswith("-") and args[0] not in self._commands_at:
            from difflib import get_close_matches

            close = get_close_matches(args[0], self._commands_at, n=1)
            hint = f"Did you mean “{close[0]}”?" if close else f"Commands: {', '.join(self._commands_at)}."
            ctx.fail(f"There is no command “{args[0]}”. {hint}")
        return super().resolve_command(ctx, args)


def config_option(function: F) -> F:
    """Add ``--config PATH``; given before and after a subcommand, the last one counts."""
    return click.option(
        "--config",
        metavar="PATH",
        expose_value=False,
        callback=_remember,
        help="The config file. Without it: $DIGEST_CONFIG, ./config.toml, then the user's config folder.",
    )(function)


def json_option(function: F) -> F:
    """Add ``--json``, passed on as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")(function)


def _remember(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    del parameter
    if value is not None:
        context.meta[_CONFIG] = value


def config_named(context: click.Context) -> str | None:
    """What ``--config`` named, wherever it stood; ``None`` without it."""
    value = context.meta.get(_CONFIG)
    return value if isinstance(value, str) else None


class SpanType(click.ParamType[str]):
    """A length of time as the config takes it: ``5m``."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The same text, checked."""
        try:
            read_span(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)


class SinceType(click.ParamType[datetime]):
    """A time in the past: a span before now (``24h``), a date, or a time with or without its zone (UTC without)."""

    name = "since"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The time in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            return read_since(value, datetime.now(UTC))
        except ValueError as error:
            self.fail(str(error), param, ctx)
