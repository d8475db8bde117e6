"""What users changed through the bot or from the shell: who, when, what in words, and what undoing it takes; and mutes.

::

    mute ────▶ a rule or story is muted, whatever held for it before is kept in the change
    unmute ──▶ it is not, and the mute that it had is kept
    follow ──▶ a story is followed from now on; unfollow: it is not, and since when it was is kept
    take ────▶ somebody has an event in hand; release: nobody has, and who had it is kept
    unwanted ▶ an example stands among the marks; that file itself is the caller's to write

    undo ─▶ there? undone already? over by now? changed again since? ─▶ as it was before, and it says who undid it
"""

from __future__ import annotations

import enum
import getpass
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from digest.store.duty import alerts_of, put_taken
from digest.store.schema import changes, mutes, stories
from digest.store.taken import called, taken_of
from digest.text import clean_line
from digest.values.messages import Taken
from digest.values.stories import story_name, story_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection, Row

    from digest.store.database import Database


@dataclass(frozen=True, slots=True)
class Colleague:
    """Who takes events in hand."""

    name: str
    """As others are told: ``Ann``."""
    person: str
    """Tells them from all others of that name: ``telegram 42``, ``login ann``."""
    by: str
    """Who, in words: ``Ann (42) by Telegram``."""

    @classmethod
    def here(cls, face: str) -> Colleague:
        """Who sits at this machine, by the login name, or by ``LOGNAME`` where that is set.

        Args:
            face: with which, as changes keep it: ``the dashboard``.
        """
        try:
            name = clean_line(getpass.getuser())
        except (ImportError, KeyError, OSError):  # a container's user may have no name
            name = ""
        return cls(name or "someone", f"login {name}", f"{name or 'someone'} by {face}")


@dataclass(frozen=True, slots=True)
class Mute:
    """What is muted, until when, and by whose wish."""

    rule: str
    """The id of a rule, or what a story goes by (`digest.values.stories.story_name`)."""
    until: datetime
    by: str
    """Who, in words: "Ann (123456789) by Telegram"."""
    since: datetime


class Mutes:
    """The rules and stories of the store whose alerts are held for a while; `Changes` notes who muted them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def in_force(self, now: datetime) -> Sequence[Mute]:
        """Those that are not over, the first to end first."""
        query = select(mutes).where(mutes.c.until > now).order_by(mutes.c.until, mutes.c.rule)
        with self._database.read() as connection:
            return [_mute(row) for row in connection.execute(query)]

    def of(self, rule: str, now: datetime) -> Mute | None:
        """The mute of a rule or story that is in force, if there is one."""
        with self._database.read() as connection:
            return _read_mute(connection, rule, now)


class ChangeKind(enum.StrEnum):
    """What was done."""

    MUTE = "mute"
    UNMUTE = "unmute"
    UNWANTED = "unwanted"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    TAKE = "take"
    RELEASE = "release"


class Undoing(enum.StrEnum):
    """What came of undoing a change."""

    DONE = "done"
    GONE = "gone"
    """There is no such change."""
    ALREADY = "already"
    """It was undone before."""
    OVER = "over"
    """What it did has ended by itself."""
    CHANGED_SINCE = "changed-since"
    """Something else was done to the rule or story after it."""

    @property
    def sentence(self) -> str:
        """What is said of it."""
        return _UNDONE[self]


_UNDONE = {
    Undoing.DONE: "it is undone",
    Undoing.GONE: "this change is no longer stored: there is nothing to undo",
    Undoing.ALREADY: "this was undone already",
    Undoing.OVER: "this is over by itself: there is nothing left to undo",
    Undoing.CHANGED_SINCE: "it was changed again since: there is nothing to undo",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change."""

    id: int
    at: datetime
    by: str
    what: str
    kind: ChangeKind
    args: Mapping[str, Any] = field(default_factory=dict)
    undone: datetime | None = None
    undone_by: str = ""

    @property
    def rule(self) -> str:
        """The rule that it is about, or what the story goes by."""
        return str(self.args.get("rule", ""))

    @property
    def is_shared(self) -> bool:
        """Whether it is of all desks: who has an event in hand, and who follows a story."""
        return self.kind not in {ChangeKind.MUTE, ChangeKind.UNMUTE, ChangeKind.UNWANTED}


class Changes:
    """The changes of the store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- making them -------------------------------------------------------------------------------------------------

    def mute(self, rule: str, until: datetime, by: str, what: str, now: datetime) -> Change:
        """Mute a rule or story, or let its mute end at another time."""
        with self._database.write() as (connection, _):
            before = _read_mute(connection, rule, now)
            _put_mute(connection, rule, Mute(rule, until, by, now))
            args = {"rule": rule, "until": _ms(until), "before": _as_json(before)}
            return _note(connection, ChangeKind.MUTE, args, by, what, now)

    def unmute(self, rule: str, by: str, what: str, now: datetime) -> Change | None:
        """Lift the mute of a rule or story; ``None`` if none is in force."""
        with self._database.write() as (connection, _):
            before = _read_mute(connection, rule, now)
            if before is None:
                return None
            _put_mute(connection, rule, None)
            return _note(connection, ChangeKind.UNMUTE, {"rule": rule, "before": _as_json(before)}, by, what, now)

    def note_unwanted(self, rule: str, args: Mapping[str, Any], by: str, what: str, now: datetime) -> Change:
        """An entry was marked as unwanted for a rule."""
        with self._database.write() as (connection, _):
            return _note(connection, ChangeKind.UNWANTED, {"rule": rule, **args}, by, what, now)

    def follow(self, story: int, by: str, what: str, now: datetime) -> Change | None:
        """Follow a story, every report of which is told that is no repeat; ``None``: so it is, or there is none."""
        with self._database.write() as (connection, seq):
            set_so = update(stories).where(stories.c.id == story, stories.c.followed.is_(None))
            if not connection.execute(set_so.values(followed=now, seq=seq)).rowcount:
                return None
            return _note(connection, ChangeKind.FOLLOW, {"rule": story_name(story)}, by, what, now)

    def unfollow(self, story: int, by: str, what: str, now: datetime) -> Change | None:
        """Tell of a story as of any other again; ``None``: it is not followed, or there is no such story."""
        with self._database.write() as (connection, seq):
            before = _followed(connection, story)
            if before is None:
                return None
            connection.execute(update(stories).where(stories.c.id == story).values(followed=None, seq=seq))
            args = {"rule": story_name(story), "before": _ms(before)}
            return _note(connection, ChangeKind.UNFOLLOW, args, by, what, now)

    def take(self, event: int, who: Colleague, now: datetime, *, over: bool = False) -> Change | Taken | None:
        """Have an event in hand from now on; its messages say so.

        Args:
            event: see `digest.values.news.StoredEntry.event`.
            who: has it from now on.
            now: the time.
            over: also where somebody else has it, who has it no more.

        Returns:
            The change; who has it already, who may be the same; ``None``: there is no alert of it.
        """
        with self._database.write() as (connection, seq):
            before = taken_of(connection, [event]).get(event)
            if not alerts_of(connection, event):
                return None
            if before is not None and (before.person == who.person or not over):
                return before
            put_taken(connection, event, Taken(who.name, now, who.person), now, seq)
            what = f"took {called(connection, event)}{'' if before is None else f' over from {before.who}'}"
            args = {"rule": story_name(event), "person": who.person, "before": _taken_as_json(before)}
            return _note(connection, ChangeKind.TAKE, args, who.by, what, now)

    def release(self, event: int, who: Colleague, now: datetime) -> Change | Taken | None:
        """Let go of an event, which nobody has then; who else has it; or ``None``: nobody has it already."""
        with self._database.write() as (connection, seq):
            before = taken_of(connection, [event]).get(event)
            if before is None or before.person != who.person:
                return before
            put_taken(connection, event, None, now, seq)
            args = {"rule": story_name(event), "before": _taken_as_json(before)}
            return _note(connection, ChangeKind.RELEASE, args, who.by, f"let go of {called(connection, event)}", now)

    # --- undoing them ------------------------------------------------------------------------------------------------

    def undo(self, change_id: int, by: str, now: datetime) -> Undoing:
        """Make things as they were before a change; of a mark only note that this was done."""
        with self._database.write() as (connection, seq):
            change = _read(connection, change_id)
            if change is None:
                return Undoing.GONE
            if change.undone is not None:
                return Undoing.ALREADY
            came_of_it = Undoing.DONE
            if change.kind in {ChangeKind.MUTE, ChangeKind.UNMUTE}:
                came_of_it = _undo_mute(connection, change, now)
            elif change.kind in {ChangeKind.FOLLOW, ChangeKind.UNFOLLOW}:
                came_of_it = _undo_follow(connection, change, seq)
            elif change.kind in {ChangeKind.TAKE, ChangeKind.RELEASE}:
                came_of_it = _undo_take(connection, change, now, seq)
            if came_of_it is not Undoing.DONE:
                return came_of_it
            noted = update(changes).where(changes.c.id == change_id)
            connection.execute(noted.values(undone=now, undone_by=by))
            return Undoing.DONE

    # --- looking -----------------------------------------------------------------------------------------------------

    def get(self, change_id: int) -> Change | None:
        """One change."""
        with self._database.read() as connection:
            return _read(connection, change_id)

    def last(self, limit: int) -> Sequence[Change]:
        """The last changes, latest first."""
        with self._database.read() as connection:
            rows = connection.execute(select(changes).order_by(changes.c.id.desc()).limit(limit)).all()
            return [_change(row) for row in rows]


def _undo_mute(connection: Connection, change: Change, now: datetime) -> Undoing:
    """Make a rule's mute what it was before, if it still is what the change made it."""
    current = _read_mute(connection, change.rule, now)
    before = _mute_of(change.rule, change.args.get("before"))
    if change.kind is ChangeKind.MUTE:
        if _time(change.args["until"]) <= now:
            return Undoing.OVER
        if current is None or current.since != change.at:
            return Undoing.CHANGED_SINCE
    elif before is None or before.until <= now:
        return Undoing.OVER
    elif current is not None:
        return Undoing.CHANGED_SINCE
    _put_mute(connection, change.rule, before if before is not None and before.until > now else None)
    return Undoing.DONE


def _undo_follow(connection: Connection, change: Change, seq: int) -> Undoing:
    """Follow a story as before, if nobody else followed it or let it go since."""
    story = story_number(change.rule)
    if story is None or connection.execute(select(stories.c.id).where(stories.c.id == story)).one_or_none() is None:
        return Undoing.GONE
    made_it = change.at if change.kind is ChangeKind.FOLLOW else None
    if _followed(connection, story) != made_it:
        return Undoing.CHANGED_SINCE
    before = None if change.kind is ChangeKind.FOLLOW else _time(change.args["before"])
    connection.execute(update(stories).where(stories.c.id == story).values(followed=before, seq=seq))
    return Undoing.DONE


def _undo_take(connection: Connection, change: Change, now: datetime, seq: int) -> Undoing:
    """Let an event be in whose hands it was before, if it still is where the change put it."""
    event = story_number(change.rule)
    if event is None or not alerts_of(connection, event):
        return Undoing.GONE
    current = taken_of(connection, [event]).get(event)
    made_it = None if change.kind is ChangeKind.RELEASE else (change.args["person"], change.at)
    if (None if current is None else (current.person, current.since)) != made_it:
        return Undoing.CHANGED_SINCE
    put_taken(connection, event, _taken_before(change.args["before"]), now, seq)
    return Undoing.DONE


def _followed(connection: Connection, story: int) -> datetime | None:
    since: datetime | None = connection.execute(
        select(stories.c.followed).where(stories.c.id == story)
    ).scalar_one_or_none()
    return since


def _note(  # noqa: PLR0913, PLR0917 - the row
    connection: Connection, kind: ChangeKind, args: Mapping[str, Any], by: str, what: str, now: datetime
) -> Change:
    row = {"at": now, "by": by, "what": what, "kind": kind, "args": dict(args), "undone_by": ""}
    number = connection.execute(insert(changes).returning(changes.c.id), row).scalar_one()
    return Change(number, now, by, what, kind, args)


def _read(connection: Connection, change_id: int) -> Change | None:
    row = connection.execute(select(changes).where(changes.c.id == change_id)).one_or_none()
    return None if row is None else _change(row)


def _change(row: Row[Any]) -> Change:
    return Change(row.id, row.at, row.by, row.what, ChangeKind(row.kind), row.args, row.undone, row.undone_by)


# --- mutes -----------------------------------------------------------------------------------------------


def _read_mute(connection: Connection, rule: str, now: datetime) -> Mute | None:
    """As `Mutes.of`, inside a transaction."""
    row = connection.execute(select(mutes).where(mutes.c.rule == rule, mutes.c.until > now)).one_or_none()
    return None if row is None else _mute(row)


def _put_mute(connection: Connection, rule: str, mute: Mute | None) -> None:
    """Let this be the mute of a rule from now on, or none; inside a transaction."""
    connection.execute(delete(mutes).where(mutes.c.rule == rule))
    if mute is not None:
        row = {"rule": rule, "until": mute.until, "by": mute.by, "since": mute.since}
        connection.execute(insert(mutes).values(row))


def _mute(row: Row[Any]) -> Mute:
    return Mute(row.rule, row.until, row.by, row.since)


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def _taken_as_json(taken: Taken | None) -> dict[str, Any] | None:
    return None if taken is None else {"who": taken.who, "person": taken.person, "since": _ms(taken.since)}


def _taken_before(stored: Mapping[str, Any] | None) -> Taken | None:
    return None if stored is None else Taken(stored["who"], _time(stored["since"]), stored["person"])


def _as_json(mute: Mute | None) -> dict[str, Any] | None:
    return None if mute is None else {"until": _ms(mute.until), "by": mute.by, "since": _ms(mute.since)}


def _mute_of(rule: str, stored: Mapping[str, Any] | None) -> Mute | None:
    return None if stored is None else Mute(rule, _time(stored["until"]), stored["by"], _time(stored["since"]))
