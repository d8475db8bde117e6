"""The dashboard: a face that reads the store, in a process of its own; it never meets feeds or Telegram."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from digest.errors import Problem
    from digest.tui.doing import EngineHands
    from digest.tui.hangup import Hangup
    from digest.values.settings import Alarms, ViewSpec


def run_dashboard(  # noqa: PLR0913 - each is a thing of its own, and named where it is given
    database_url: str,
    *,
    timezone: str,
    rules_folder: Path,
    config_path: Path,
    notice: str = "",
    delivery: int | None = None,
    state: Path | None = None,
    hangup: Hangup | None = None,
    doubts: Sequence[Problem] = (),
    views: Sequence[ViewSpec] = (),
    keys: Mapping[str, Sequence[str]] | None = None,
    hands: EngineHands | None = None,
    alarms: Alarms | None = None,
    read_only: bool = False,
    told: Callable[[], Sequence[str]] | None = None,
    desks: Mapping[str, Path] | None = None,
    desk: str | None = None,
) -> int:
    """Show the dashboard until the user quits, or the terminal is gone.

    Args:
        database_url: the store, as SQLAlchemy writes it; it may still be without tables while an engine starts.
        timezone: the IANA name of the zone that times are shown in.
        rules_folder: where the rule files are, for the first-run screen.
        config_path: where the config is, for the first-run screen.
        notice: a line shown for the first seconds ("started an engine").
        delivery: the message of the outbox whose entries are shown first; ``None``: all entries.
        state: the engine's state folder, where it gives a sign of life that needs no store.
        hangup: watches the terminal already.
        doubts: warnings about the config.
        views: the saved filters of the config.
        keys: the user's own, by the action's name.
        hands: what only the command line can do.
        alarms: what an urgent entry does.
        read_only: whether it is a view, that writes nothing.
        told: asked once a second for the lines to show above the keys, as long as there are any.
        desks: the rules folders of the desks with a name, by it.
        desk: whose matches are shown; ``None``: all.

    Returns:
        The exit code: 0.
    """
    import contextlib
    import gc
    import os
    from zoneinfo import ZoneInfo

    from digest.tui.hangup import Hangup

    gc.disable()  # looking for garbage is a tenth of the time to the first paint; the app switches it on again
    os.environ.setdefault("TEXTUAL_FPS", "120")  # the longest wait between a key and its frame: 8 ms instead of 17

    with contextlib.nullcontext(hangup) if hangup else Hangup() as watched:
        from digest.tui.app import DashboardApp
        from digest.tui.doing import NO_HANDS
        from digest.tui.welcome import Places

        places = Places(rules_folder, config_path, state, desks or {}, desk)
        app = DashboardApp(
            database_url,
            zone=ZoneInfo(timezone),
            places=places,
            notice=notice,
            delivery=delivery,
            doubts=doubts,
            views=views,
            keys=keys,
            hands=hands or NO_HANDS,
            alarms=alarms,
            read_only=read_only,
            told=told,
        )
        return app.run_in_terminal(watched)
