"""What ``digest status`` says of the bot: mutes in force, who changed what, whom it refused, whether it hears."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from digest.cli.output import count, iso, say
from digest.cli.when import local

if TYPE_CHECKING:
    from datetime import datetime

    from digest.store.mutes import Mute
    from digest.store.people import Change
    from digest.store.store import Store
    from digest.store.strangers import Stranger

_SHOWN = 5
"""Of the last changes."""


def bot_shape(store: Store | None, now: datetime) -> dict[str, Any]:
    """The keys of ``status --json`` that tell of the bot."""
    if store is None:
        nobody = {"count": 0, "last": None}
        return {"mutes": [], "changes": [], "strangers": nobody, "bot": {"polling": False, "problem": None}}
    strangers, problem = store.strangers.all(), store.leases.problem()
    held = store.leases.any_held("bot:", now)
    return {
        "mutes": [_mute_shape(mute) for mute in store.mutes.in_force(now)],
        "changes": [_change_shape(change) for change in store.changes.last(_SHOWN)],
        "strangers": {"count": len(strangers), "last": _stranger_shape(strangers[0]) if strangers else None},
        "bot": {"polling": held and not problem, "problem": problem or None},
    }


def _mute_shape(mute: Mute) -> dict[str, Any]:
    return {"rule": mute.rule, "until": iso(mute.until), "by": mute.by, "since": iso(mute.since)}


def _change_shape(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "at": iso(change.at),
        "by": change.by,
        "what": change.what,
        "kind": change.kind.value,
        "undone": iso(change.undone),
        "undone_by": change.undone_by or None,
    }


def _stranger_shape(stranger: Stranger) -> dict[str, Any]:
    return {
        "user_id": stranger.user_id,
        "name": stranger.name,
        "count": stranger.count,
        "last_seen": iso(stranger.last_seen),
    }


def say_changes(store: Store, zone: str, now: datetime) -> None:
    """Print who muted what until when, the last changes, and how many strangers were refused."""
    for mute in store.mutes.in_force(now):
        say(f"muted     {mute.rule} until {local(mute.until, zone)}, by {mute.by}", fg="yellow")
    for change in store.changes.last(_SHOWN):
        undone = f"; undone {local(change.undone, zone)} by {change.undone_by}" if change.undone else ""
        say(f"change    {local(change.at, zone)}  {change.by} {change.what}{undone}", dim=bool(undone))
    if strangers := store.strangers.all():
        last = strangers[0]
        who = f"{last.name or 'without a name'} ({last.user_id})"
        say(f"refused   {count(len(strangers), 'stranger')}; the last: {who}, {local(last.last_seen, zone)}")
    if problem := store.leases.problem():
        say(f"bot       {problem}", fg="yellow")
    elif store.leases.any_held("bot:", now):
        say("bot       hears its admins")
