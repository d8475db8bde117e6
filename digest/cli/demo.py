"""``digest demo``: a simulated news day."""

from __future__ import annotations

import click

from digest.cli.group import config_option


@click.command(
    short_help="Play a simulated news day: no network, no token, no config.",
    epilog="\b\nExamples:\n  digest demo\n  digest demo --headless",
)
@click.option("--headless", is_flag=True, help="Print what is sent instead of showing the dashboard.")
@config_option
@click.pass_context
def demo(context: click.Context, *, headless: bool) -> None:
    """Play a simulated news day in a few minutes: invented outlets, the real engine, a pretend Telegram.

    Everything stays on this machine, and nothing of it is left when it ends. It has a config of its own: yours is
    neither read nor changed.
    """
    from digest.demo.runner import run_demo

    context.exit(run_demo(headless=headless))
