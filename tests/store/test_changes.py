"""What users changed while the clock was wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from digest.store.people import Undoing
from tests.store.conftest import MINUTE, NOW

if TYPE_CHECKING:
    from digest.store import Store

AHEAD = NOW + timedelta(days=365)


def test_a_mute_made_by_a_clock_ahead_lasts_as_long_as_was_asked(store: Store) -> None:
    """Muted for minutes a year ahead, a rule is muted for minutes, not for a year; other mutes end when they did."""
    store.changes.mute("mine", AHEAD + 5 * MINUTE, "Ann", "muted mine", AHEAD)
    store.changes.mute("other", NOW + 3 * MINUTE, "Ann", "muted other", NOW - MINUTE)
    for _ in range(2):
        store.set_right(NOW)
    assert {mute.rule: mute.until for mute in store.mutes.in_force(NOW)} == {
        "mine": NOW + 5 * MINUTE,
        "other": NOW + 3 * MINUTE,
    }


def test_such_a_mute_can_be_undone(store: Store) -> None:
    """The change that made it knows of its new time, and nothing was done to the rule since."""
    change = store.changes.mute("mine", AHEAD + 5 * MINUTE, "Ann", "muted mine", AHEAD)
    store.set_right(NOW)
    assert store.changes.undo(change.id, "Ann", NOW + MINUTE) is Undoing.DONE
    assert not store.mutes.in_force(NOW)
