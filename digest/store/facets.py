"""What a search asks of entries besides their texts, as conditions of SQL: the one place for dashboard and shell."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, exists, false, not_, or_, select, true

from digest.store.schema import entries, feeds, matches, stars
from digest.values.facets import AllOf, AnyOf, AtUrl, Facet, Is, OfDesk, OfFeed, OfRule, Severities, Since, Without
from digest.values.news import Outcome

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

UNREAD: Final = and_(entries.c.read_at.is_(None), entries.c.baseline.is_(False))

STARRED: Final = exists().where(
    or_(stars.c.entry_id == entries.c.id, and_(stars.c.story_id == entries.c.story_id, entries.c.story_id != 0))
)

_STATES: Final[dict[Is, ColumnElement[bool]]] = {
    Is.UNREAD: UNREAD,
    Is.READ: entries.c.read_at.is_not(None),
    Is.STARRED: STARRED,
    Is.ALERT: entries.c.id.in_(select(matches.c.entry_id).where(matches.c.outcome == Outcome.ALERT)),
    Is.BASELINE: entries.c.baseline.is_(True),
}


def having(facet: Facet, connection: Connection) -> ColumnElement[bool]:
    """The entries that a facet is true of; it is never null, so that NOT turns it round.

    Args:
        facet: with moments alone, as `digest.values.facets.dated` makes it.
        connection: tells which rules and feeds are meant.
    """
    found: ColumnElement[bool]
    match facet:
        case Is():
            found = _STATES[facet]
        case Severities(least, most):
            found = and_(entries.c.severity.is_not(None), entries.c.severity.between(least, most))
        case OfRule() | OfDesk():
            known = connection.execute(select(matches.c.rule).distinct()).scalars()
            named = [rule for rule in known if facet.names(rule)]
            found = entries.c.id.in_(select(matches.c.entry_id).where(matches.c.rule.in_(named)))
        case OfFeed(part):
            found = entries.c.feed_id.in_(_feeds_named(part, connection))
        case AtUrl(part):
            found = entries.c.url.icontains(part, autoescape=True)
        case Since(moment):
            assert isinstance(moment, datetime)
            found = entries.c.first_seen >= moment
        case AllOf(facets):
            found = and_(true(), *(having(each, connection) for each in dict.fromkeys(facets)))
        case AnyOf(facets):
            found = or_(false(), *(having(each, connection) for each in dict.fromkeys(facets)))
        case Without(inner):
            found = not_(having(inner, connection))
    return found


def _feeds_named(part: str, connection: Connection) -> list[int]:
    """The feeds whose name, title or address holds this; folded, as no database does it."""
    from digest.match import folded

    found = connection.execute(select(feeds.c.id, feeds.c.name, feeds.c.title, feeds.c.url))
    return [feed for feed, *names in found if any(part in folded(name) for name in names)]
