"""Which story each entry belongs to: compared with the newest reports in the transaction that stores it.

What is compared with is the table ``story_window`` and nothing else: a process that begins reads it, one that goes on
reads what others added, so two engines on one store agree, and a restart changes nothing. What a user said of what
belongs together counts as if it had been found.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, delete, exists, func, insert, or_, select, update

from digest.errors import UsageError
from digest.store.alerts import MEMORY, tell, tell_grown
from digest.store.duty import move_taken, share_taken
from digest.store.edits import OfStories, make_stale
from digest.store.rows import source_name, texts_of
from digest.store.schema import (
    deliveries,
    delivery_alerts,
    entries,
    entry_texts,
    feeds,
    matches,
    meta,
    mutes,
    stars,
    stories,
    story_window,
)
from digest.store.stories import suppressed_in
from digest.values.desks import desk_of, of_desk, own_name
from digest.values.news import Outcome, entry_time
from digest.values.states import outlet
from digest.values.stories import story_name
from digest.words import count

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row, Select

    from digest.delivery.decide import Decide
    from digest.store.database import Database
    from digest.stories.cluster import Clue, Placing, Window

_LARGEST: Final = 20_000
"""Reports that are remembered."""
_BASELINES_UP_TO: Final = 15_000
"""With so many young reports remembered, those of a feed's first poll join none: they would push out what alerted."""
_TEXT_COMPARED: Final = 400
_REGROUPED: Final = "regrouped"
"""The fact in ``meta`` that counts how often stories changed otherwise than by growing."""
_AT_ONCE: Final = 5_000


# Made once: making a statement costs more than SQLite takes for it, and these are asked every second.
_NEXT: Final = select(entries.c.id).where(entries.c.story_id.is_(None)).order_by(entries.c.id).limit(bindparam("most"))
_NEXT_ALERTED: Final = _NEXT.where(
    exists().where(matches.c.entry_id == entries.c.id, matches.c.outcome == Outcome.ALERT)
)


class Grouping:
    """The stories of a store, as new entries join them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._window: Window | None = None
        self._last = 0
        """The last row of the table that the window knows."""
        self._regrouped = ""

    @contextmanager
    def write(self) -> Iterator[tuple[Connection, int]]:
        """As ``Database.write``; where nothing of the block lands, nothing of it is remembered, either."""
        try:
            with self._database.write() as opened:
                yield opened
        except BaseException:
            self.forget()
            raise

    def forget(self) -> None:
        """Read the table anew at the next time: it was changed behind our back."""
        self._window = None

    def join(self, connection: Connection, chosen: Sequence[int], now: datetime, seq: int) -> list[int]:
        """Let entries that are in no story yet join one, or begin one, in this order; inside a transaction.

        Those that are too old for that, and those of a feed's first poll where it is crowded, are in none from now on.

        Returns the stories that have more reports than before and had some.
        """
        if not chosen:
            return []
        from digest.stories.cluster import checked

        window = self._up_to_date(connection)
        clues: dict[int, Clue] = {}
        rows = _joining(connection, chosen, now)
        old = sorted({*chosen} - {row.id for row in rows})
        grown: dict[int, datetime] = {}
        begun: dict[int, datetime] = {}
        places: dict[int, Placing] = {}
        joined, remembered = [], []
        for row in rows:
            clue = clues[row.id] = _clue(row)
            placed = places[row.id] = window.place(clue)
            story = row.id if placed.story is None else placed.story
            (begun if placed.story is None else grown)[story] = row.first_seen
            window.add(row.id, story, clue.at, placed.lang, placed.vector)
            joined.append({"its_id": row.id, "story": story, "voice": _voice(row)})
            remembered.append({"entry_id": row.id, "at": clue.at, "lang": placed.lang, "vector": placed.vector})
        nearest = _nearest(connection, places.values(), clues)
        for joining in joined:
            placed = places[joining["its_id"]]
            placed = checked(placed, nearest.get(placed.nearest or 0), clues[joining["its_id"]])
            joining |= {"repeats": placed.repeat, "doubted": placed.doubtful}
        self._write(connection, joined, remembered, old, seq)
        _write_stories(connection, begun, grown, seq)
        return sorted(grown.keys() - begun.keys())

    def _write(
        self,
        connection: Connection,
        joined: list[dict[str, Any]],
        remembered: list[dict[str, Any]],
        old: list[int],
        seq: int,
    ) -> None:
        if old:
            connection.execute(
                update(entries).where(entries.c.id.in_(old), entries.c.story_id.is_(None)), {"story_id": 0}
            )
        if not joined:
            return
        connection.execute(_JOIN, [row | {"number": seq} for row in joined])
        self._last = list(connection.scalars(_REMEMBER, remembered))[-1]
        connection.execute(_FORGET, {"up_to": self._last - _LARGEST})

    def _up_to_date(self, connection: Connection) -> Window:
        """The window, as the table is now."""
        from digest.stories.cluster import Window  # numpy, which only who groups needs

        last, regrouped = connection.execute(_STATE).one()
        if self._window is None or regrouped != self._regrouped:
            self._window, self._last, self._regrouped = Window(), 0, regrouped
        if last is not None and last > self._last:
            for row in connection.execute(_REMEMBERED, {"after": self._last}).yield_per(1_000):
                self._window.add(row.entry_id, row.story_id, row.at, row.lang, row.vector)
            self._last = last
        return self._window

    def unjoined(self, connection: Connection, limit: int, *, alerted: bool = False) -> list[int]:
        """Entries that were compared with none yet, in the order in which they came, at most so many.

        With ``alerted`` only such as alerted: the next report of these would alert again.
        """
        return list(connection.execute(_NEXT_ALERTED if alerted else _NEXT, {"most": limit}).scalars())

    # --- a user's word -----------------------------------------------------------------------------------------------

    def merge(self, story: int, other: int, now: datetime, decide: Decide) -> None:
        """Let two stories be one, which goes by the first one's id; what waited for more publishers is decided anew.

        Raises:
            UsageError: there is no such story, or it is one already.
        """
        with self.write() as (connection, seq):
            _check(connection, story)
            _check(connection, other)
            if story == other:
                raise UsageError(f"story {story} cannot be joined to itself")
            moved = list(connection.execute(select(entries.c.id).where(entries.c.story_id == other)).scalars())
            _move(connection, select(entries.c.id).where(entries.c.story_id == other), story, seq)
            move_taken(connection, story, [other, *moved], seq)
            connection.execute(update(deliveries).where(deliveries.c.story_id == other).values(story_id=story, seq=seq))
            starred = select(stars.c.id).where(stars.c.story_id == story)
            if connection.execute(starred).scalar_one_or_none() is None:
                connection.execute(update(stars).where(stars.c.story_id == other).values(story_id=story, seq=seq))
            connection.execute(delete(stars).where(stars.c.story_id == other))
            _merge_mutes(connection, story, other)
            both = stories.c.id.in_((story, other))
            followed = connection.execute(select(func.min(stories.c.followed)).where(both)).scalar_one()
            connection.execute(delete(stories).where(stories.c.id == other))
            change = {"updated": now, "followed": followed, "seq": seq}
            connection.execute(update(stories).where(stories.c.id == story).values(change))
            tell_grown(connection, [], [story], decide, now, seq)
            note_regrouped(connection)

    def part(self, story: int, parted: Sequence[int], now: datetime, decide: Decide) -> int:
        """Let some reports of a story be a story of their own; its id. It is neither muted nor followed.

        Who has the story in hand has both.

        What was suppressed for a report that is in another story now is decided anew.

        Raises:
            UsageError: they are not in that story, or they are all of it.
        """
        with self.write() as (connection, seq):
            created = _check(connection, story)
            found = set(connection.execute(select(entries.c.id).where(entries.c.story_id == story)).scalars())
            if strangers := set(parted) - found:
                raise UsageError(f"entry {min(strangers)} is not in story {story}: see digest story {story}")
            left = found - set(parted)
            if not left or not parted:
                raise UsageError(f"some of the {count(len(found), 'report')} of story {story} must stay in it")
            new = _free_id(connection, sorted(parted))
            if new is None:  # the story goes by one of those that leave it: the others take another name
                raise UsageError(f"part the other reports instead: story {story} goes by entry {story}")
            connection.execute(insert(stories).values(id=new, created=created, updated=now, seq=seq))
            _move(connection, select(entries.c.id).where(entries.c.id.in_(parted)), new, seq, repeat=False)
            connection.execute(update(stories).where(stories.c.id == story).values(updated=now, seq=seq))
            _move_messages(connection, story, new, seq)
            move_taken(connection, new, sorted(parted), seq)
            share_taken(connection, story, new, seq)
            make_stale(connection, OfStories([story, new]), now, seq)
            tell(connection, suppressed_in(connection, [story, new]), decide, now, seq)
            note_regrouped(connection)
            return new


def _free_id(connection: Connection, parted: Sequence[int]) -> int | None:
    """The first of these entries that no story goes by."""
    taken = set(connection.execute(select(stories.c.id).where(stories.c.id.in_(parted))).scalars())
    return next((each for each in parted if each not in taken), None)


def _check(connection: Connection, story: int) -> datetime:
    """When a story began; raises ``UsageError`` where there is none of this id."""
    found: datetime | None = connection.execute(
        select(stories.c.created).where(stories.c.id == story)
    ).scalar_one_or_none()
    if found is None:
        raise UsageError(f"there is no story {story}")
    return found


def _move(connection: Connection, chosen: Any, story: int, seq: int, **more: Any) -> None:
    change = {"story_id": story, "doubtful": False, "seq": seq} | more
    connection.execute(update(entries).where(entries.c.id.in_(chosen)).values(change))


def _move_messages(connection: Connection, story: int, new: int, seq: int) -> None:
    """Let messages of a story that tell only of reports that left it for a new one be of that."""
    told = (
        select(delivery_alerts.c.delivery_id)
        .join(matches, matches.c.id == delivery_alerts.c.match_id)
        .join(entries, entries.c.id == matches.c.entry_id)
    )
    of_new, of_others = told.where(entries.c.story_id == new), told.where(entries.c.story_id != new)
    left = deliveries.c.id.in_(of_new), deliveries.c.id.not_in(of_others)
    connection.execute(update(deliveries).where(deliveries.c.story_id == story, *left).values(story_id=new, seq=seq))


def _merge_mutes(connection: Connection, story: int, other: int) -> None:
    """Let the mute of the two stories that ends last be the first one's, at each desk."""
    own = [story_name(story), story_name(other)]
    found = connection.scalars(select(mutes.c.rule).where(or_(*(mutes.c.rule.endswith(name) for name in own)))).all()
    for desk in {desk_of(name) for name in found if own_name(name) in own}:
        _merge_mutes_of(connection, of_desk(desk, own[0]), of_desk(desk, own[1]))


def _merge_mutes_of(connection: Connection, name: str, other: str) -> None:
    names = mutes.c.rule.in_((name, other))
    rows = connection.execute(select(mutes).where(names).order_by(mutes.c.until, mutes.c.rule)).mappings().all()
    if rows:
        connection.execute(delete(mutes).where(names))
        connection.execute(insert(mutes).values(dict(rows[-1]) | {"rule": name}))


def note_regrouped(connection: Connection) -> None:
    """Every process that groups reads anew what belongs together; inside a transaction."""
    value = connection.execute(select(meta.c.value).where(meta.c.key == _REGROUPED)).scalar_one_or_none()
    connection.execute(delete(meta).where(meta.c.key == _REGROUPED))
    connection.execute(insert(meta).values(key=_REGROUPED, value=str(int(value or 0) + 1)))


# --- rows ----------------------------------------------------------------------------------------------------------

_STATE: Final = select(
    func.max(story_window.c.id),
    func.coalesce(select(meta.c.value).where(meta.c.key == _REGROUPED).scalar_subquery(), ""),
)
_REMEMBERED: Final = (
    select(story_window.c.entry_id, entries.c.story_id, story_window.c.at, story_window.c.lang, story_window.c.vector)
    .join(entries, entries.c.id == story_window.c.entry_id)
    .where(story_window.c.id > bindparam("after"), entries.c.story_id > 0)
    .order_by(story_window.c.id)
)
_OWN_TEXT: Final = func.coalesce(func.nullif(entry_texts.c.summary, ""), entry_texts.c.content, "")
_AS_COMPARED: Final = (
    select(
        entries.c.id,
        entries.c.title,
        entries.c.url,
        entries.c.lang,
        entries.c.published,
        entries.c.first_seen,
        entries.c.baseline,
        func.substr(_OWN_TEXT, 1, _TEXT_COMPARED).label("beginning"),
        source_name.label("source"),
        feeds.c.lang.label("feed_lang"),
        feeds.c.publisher.label("said_publisher"),
        feeds.c.url.label("feed_url"),
    )
    .join(feeds, feeds.c.id == entries.c.feed_id)
    .outerjoin(entry_texts, entry_texts.c.entry_id == entries.c.id)
)
_UNJOINED: Final = _AS_COMPARED.where(
    entries.c.id.in_(bindparam("ids", expanding=True)), entries.c.story_id.is_(None)
).order_by(entries.c.id)
_SOME: Final = _AS_COMPARED.where(entries.c.id.in_(bindparam("ids", expanding=True)))
_JOIN: Final = (
    update(entries)
    .where(entries.c.id == bindparam("its_id"))
    .values(
        story_id=bindparam("story"),
        repeat=bindparam("repeats"),
        doubtful=bindparam("doubted"),
        publisher=bindparam("voice"),
        seq=bindparam("number"),
    )
)
_REMEMBER: Final = insert(story_window).returning(story_window.c.id, sort_by_parameter_order=True)
_COUNT_YOUNG: Final = select(func.count()).where(story_window.c.at > bindparam("since"))
_FORGET: Final = delete(story_window).where(story_window.c.id <= bindparam("up_to"))
_BEGIN: Final = insert(stories)
_GROW: Final = (
    update(stories).where(stories.c.id == bindparam("its_id")).values(updated=bindparam("at"), seq=bindparam("number"))
)


def _compared(connection: Connection, query: Select[Any], chosen: Collection[int]) -> Iterator[Row[Any]]:
    ids = sorted(chosen)
    for start in range(0, len(ids), _AT_ONCE):
        yield from connection.execute(query, {"ids": ids[start : start + _AT_ONCE]})


def _joining(connection: Connection, chosen: Sequence[int], now: datetime) -> list[Row[Any]]:
    """Those of some entries that join a story: young ones; of baselines no more than push nothing out."""
    young = [row for row in _compared(connection, _UNJOINED, chosen) if now - _came(row) <= MEMORY]
    if not any(row.baseline for row in young):
        return young
    room = _BASELINES_UP_TO - int(connection.execute(_COUNT_YOUNG, {"since": now - MEMORY}).scalar_one())
    first = {row.id for row in [each for each in young if each.baseline][: max(room, 0)]}
    return [row for row in young if not row.baseline or row.id in first]


def _write_stories(connection: Connection, begun: dict[int, datetime], grown: dict[int, datetime], seq: int) -> None:
    if begun:
        rows = [{"id": story, "created": at, "updated": at, "seq": seq} for story, at in begun.items()]
        connection.execute(_BEGIN, rows)
    if grown:
        connection.execute(_GROW, [{"its_id": story, "at": at, "number": seq} for story, at in grown.items()])


def _came(row: Row[Any]) -> datetime:
    at: datetime = entry_time(row.published, row.first_seen) if row.baseline else row.first_seen
    return at


def _nearest(connection: Connection, places: Iterable[Placing], clues: Mapping[int, Clue]) -> dict[int, Clue]:
    """The reports that placed ones are most like, by their ids, as far as they matter and are kept.

    Args:
        connection: of the transaction.
        places: of the others.
        clues: those that are at hand.
    """
    wanted = {each.nearest for each in places if each.story is not None and each.nearest is not None}
    far = {row.id: _clue(row) for row in _compared(connection, _SOME, wanted - clues.keys())}
    return far | {each: clues[each] for each in wanted & clues.keys()}


def _clue(row: Row[Any]) -> Clue:
    from digest.stories.cluster import Clue

    title, beginning, source, lang = texts_of((row.title, row.beginning, row.source, row.lang or row.feed_lang))
    return Clue(title, beginning, outlet(source), lang, _came(row))


def _voice(row: Row[Any]) -> str:
    from digest.stories.cluster import publisher_of

    publisher, url, feed_url = texts_of((row.said_publisher, row.url, row.feed_url))
    return publisher_of(publisher, url, feed_url)
