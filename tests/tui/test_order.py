"""The list's order: newest first, and what arrives waits until it is let in; all of it in a few bytes of each entry."""

from __future__ import annotations

import tracemalloc
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.tui.questions import AskOrder, Order, Scope
from digest.tui.watcher import Watcher
from digest.tui.widgets.lines import EntryOrder
from digest.values.listing import MATCHES, EntryIds, Listing, ListPlace, ListPlaces
from tests.bench.bench_dashboard import store_of
from tests.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


PLACES = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 200)), unique_by=lambda place: place[1])

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def order_of(places: Iterable[tuple[int, int]]) -> EntryOrder:
    """The order of these (time, id), however they are given."""
    return EntryOrder(ListPlaces(sorted(places, reverse=True)))


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


# --- the numbers behind it ---------------------------------------------------------------------------------------


@given(PLACES)
def test_places_are_those_that_were_given(given: list[tuple[int, int]]) -> None:
    """In the same order, by number, by stretch and one after another."""
    places = ListPlaces(given)
    assert list(places) == [ListPlace(*place) for place in given]
    assert [places[line] for line in range(len(places))] == given
    assert list(places[1:-1]) == given[1:-1]


@given(st.lists(st.lists(st.integers(1, 9_000), max_size=20)), st.lists(st.integers(1, 9_000)))
def test_ids_are_a_sorted_set(stretches: list[list[int]], gone: list[int]) -> None:
    """However they come and go: each once, the lowest first."""
    ids, known = EntryIds(), set[int]()
    for stretch in stretches:
        ids.update(stretch)
        known.update(stretch)
        assert list(ids) == sorted(known)
    for entry in gone:
        ids.discard(entry)
    assert list(ids) == sorted(known.difference(gone))
    assert [entry for entry in range(1, 9_001) if entry in ids] == list(ids)


@pytest.mark.parametrize("step", [1, 7, 9_999])
def test_many_ids_in_any_order_are_a_sorted_set(step: int) -> None:
    """Also where more of them come than are sorted at once."""
    assert list(EntryIds(entry * step % 20_011 for entry in range(20_011))) == list(range(20_011))


# --- memory ------------------------------------------------------------------------------------------------------

_MANY = 40_000
_ROOM = 500_000
"""Bytes beside those of each entry: what is in hand at once."""


@contextmanager
def at_most(bytes_each: int) -> Iterator[None]:
    """No more than so many bytes of each of many entries are taken meanwhile, even for a moment."""
    tracemalloc.start()
    try:
        yield
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most <= bytes_each * _MANY + _ROOM, f"{most / _MANY:.0f} bytes of each"


def coming(first: int, many: int = _MANY) -> Iterator[tuple[int, int]]:
    """So many places, the newest first."""
    return ((1_800_000_000_000 + entry, entry) for entry in range(first + many - 1, first - 1, -1))


def test_a_list_takes_few_bytes_of_each_entry() -> None:
    """No object for each: of many that are made for a moment Python gives back little, and a list is made often."""
    with at_most(16 + 27):
        order = EntryOrder(ListPlaces(coming(1)))
    with at_most(4):  # for a few more there is no second copy of all
        for entry in range(_MANY + 1, _MANY + 100):
            order.arrive([(1_800_000_000_000 + entry, entry)])
            order.admit()


def test_who_reads_for_long_needs_few_bytes_of_each_that_waits() -> None:
    """What waits costs no more than what is listed, and next to nothing more when it is let in."""
    order = EntryOrder(ListPlaces(coming(1)))
    with at_most(27 + 27):
        for first in range(_MANY + 1, 2 * _MANY, 100):
            order.arrive(coming(first, 100))
    assert order.waiting == _MANY
    with at_most(2 * 27 + 8):  # the list of all
        assert list(order.admit()[:2]) == [2 * _MANY, 2 * _MANY - 1]


_LISTS: dict[str, Callable[[], Scope]] = {
    "matches": lambda: Scope(MATCHES),
    "all": lambda: Scope(Listing(matched=False)),
}


@pytest.fixture(scope="module")
def long_list(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store of many entries."""
    return store_of(tmp_path_factory.mktemp("many") / "digest.db", _MANY)


@pytest.mark.sqlite
@pytest.mark.parametrize("name", _LISTS)
def test_a_list_comes_from_the_store_in_few_bytes_of_each_entry(long_list: str, name: str) -> None:
    """Not one step of the way has an object for each entry: reading, telling, taking over."""
    scope, told = _LISTS[name](), list[object]()
    watcher = Watcher(long_list, told.append, lambda: datetime.now(UTC), UTC, scope)
    watcher.start()

    def lists() -> list[Order]:
        return [one for one in told if isinstance(one, Order) and one.whole]

    wait_until(lambda: bool(lists()) and watcher.idle)  # what is made once is made
    told.clear()
    with at_most(16 + 27):
        watcher.ask(AskOrder(scope))
        wait_until(lambda: bool(lists()))
        assert len(EntryOrder(lists()[0].places)) == _MANY
    watcher.stop()
