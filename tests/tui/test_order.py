"""The list's order: newest first, and what arrives waits until it is let in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from digest.tui.widgets.lines import EntryOrder
from digest.values.listing import Places

if TYPE_CHECKING:
    from collections.abc import Iterable

PLACES = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 200)), unique_by=lambda place: place[1])

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def order_of(places: Iterable[tuple[int, int]]) -> EntryOrder:
    """The order of these (time, id), however they are given."""
    return EntryOrder(Places(sorted(places, reverse=True)))


def held(order: EntryOrder) -> list[tuple[int, int]]:
    """Every (time, id) in the list, from its first line."""
    return [((order.time(line) - _EPOCH) // timedelta(milliseconds=1), order[line]) for line in range(len(order))]


@given(PLACES, PLACES, st.lists(st.integers(1, 200)))
def test_it_is_a_sorted_list_that_lets_in_on_demand(
    first: list[tuple[int, int]], then: list[tuple[int, int]], gone: list[int]
) -> None:
    """Whatever comes and goes: sorted, each entry once, nothing moves before it is admitted."""
    order = order_of(first)
    before = held(order)
    assert before == sorted(first, reverse=True)
    known = {entry for _, entry in first}
    new = [place for place in then if place[1] not in known]
    assert order.arrive(then) == len(new) == order.waiting
    assert held(order) == before
    order.admit()
    assert order.waiting == 0
    assert held(order) == sorted([*first, *new], reverse=True)
    order.drop(gone)
    assert held(order) == [place for place in sorted([*first, *new], reverse=True) if place[1] not in gone]


@given(st.integers(0, 50), st.integers(60, 300))
def test_many_are_let_in_as_few_are(times: int, many: int) -> None:
    """All at once or one by one; the list is the same."""
    places = [(entry * 7 % (times + 1), entry) for entry in range(1, many + 1)]
    at_once, singly = order_of(places[::3]), order_of(places[::3])
    at_once.arrive(places)
    at_once.admit()
    for place in places:
        singly.arrive([place])
        singly.admit()
    assert held(at_once) == held(singly) == sorted(places, reverse=True)
    assert at_once.waiting == 0


def test_lines_and_entries() -> None:
    """A line has an entry, an entry has a line; stretches may reach beyond the ends."""
    order = order_of([(10, 1), (30, 3), (20, 2)])
    assert [order[line] for line in range(len(order))] == [3, 2, 1]
    assert order.line_of(2) == 1
    assert order.line_of(9) is None
    assert order.ids(-5, 2) == [3, 2]
    assert order.ids(2, 99) == [1]
