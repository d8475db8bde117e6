"""Whether the engine lives is judged by the dashboard's own steady clock, and by what the engine says of itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from digest.presence import Presence
from digest.tui.life import Bearing, Life
from digest.tui.widgets.status import engine_spans
from digest.values.states import EngineState
from tests.tui.newsdesk import NOW

SECOND = timedelta(seconds=1)


class Heard:
    """A life that is followed second by second."""

    def __init__(self) -> None:
        self.time = 0.0
        self.life = Life(lambda: self.time)

    def hear(self, beat: int, *, after: float = 0, wall: timedelta = timedelta(0)) -> Bearing:
        """The store's heartbeat of that number, after so many seconds, under a wall clock that is wrong by so much."""
        self.time += after
        self.engine = EngineState(pid=1, heartbeat=NOW + beat * SECOND)
        self.life.hear(self.engine, NOW + self.time * SECOND + wall)
        return self.life.bearing(self.engine)

    def see(self, beat: int, problem: str = "", *, after: float = 0, pid: int = 1) -> Bearing:
        """The sign in its file of that number, after so many seconds."""
        self.time += after
        self.life.see(Presence(pid, beat, problem))
        return self.life.bearing(self.engine)


@pytest.mark.parametrize("wall", [timedelta(0), timedelta(days=1), timedelta(days=-1), timedelta(days=-400)])
def test_a_wall_clock_that_jumps_neither_hides_nor_invents_an_end(wall: timedelta) -> None:
    """Only how long ago the heartbeat changed counts."""
    heard = Heard()
    assert heard.hear(0).lives
    assert heard.hear(2, after=2, wall=wall).lives
    assert heard.hear(2, after=5, wall=wall).lives
    gone = heard.hear(2, after=2, wall=wall)
    assert gone == Bearing(lives=False, silent=7 * SECOND)


def test_a_heartbeat_that_was_there_before_is_judged_by_the_wall_clock() -> None:
    """An engine that died last week is down at first sight; one that lives shows it two seconds later."""
    assert not Heard().hear(0, wall=timedelta(days=7)).lives
    heard = Heard()
    assert heard.hear(0, wall=timedelta(days=-7)).lives  # from the future: it gets its six seconds
    assert not heard.hear(0, after=7, wall=timedelta(days=-7)).lives
    heard = Heard()
    assert not heard.hear(0, wall=timedelta(days=7)).lives
    assert heard.hear(2, after=2, wall=timedelta(days=7)).lives


def test_an_engine_that_cannot_write_says_why() -> None:
    """Its file tells on, so it is not down; when that ceases as well it is."""
    heard = Heard()
    heard.hear(0)
    heard.see(1)
    assert heard.see(2, "no room is left", after=4) == Bearing(lives=True)
    assert heard.see(3, "no room is left", after=4) == Bearing(lives=True, waits="no room is left")
    assert heard.see(3, "no room is left", after=7) == Bearing(lives=False, silent=15 * SECOND)
    spans = engine_spans(Bearing(lives=True, waits="no room is left\x1b[2J"), narrow=False)
    assert "".join(span.text for span in spans) == "▲ ENGINE WAITS: no room is left[2J"


def test_a_file_that_was_left_behind_is_no_sign_of_life() -> None:
    """Neither the first that is seen, nor another engine's."""
    heard = Heard()
    heard.hear(0, wall=timedelta(days=7))
    assert not heard.see(8, "old words").lives
    assert not heard.see(9, "another's", pid=2).lives
    assert heard.see(10).lives


def test_an_engine_that_ended_in_good_order_is_down_at_once() -> None:
    """Nothing is waited for."""
    heard = Heard()
    heard.hear(0)
    assert heard.life.bearing(EngineState(pid=None, heartbeat=NOW)) == Bearing(lives=False)
