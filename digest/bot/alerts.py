"""What alerted: /alerts, /digest, and one alert in full."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from digest.bot.replies import Reply, bold, said
from digest.bot.rules import find_rule, no_such_rule
from digest.delivery.media.markup import Span, linked
from digest.delivery.messages.digest import DigestFormat, render_digest
from digest.store.period import read_period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from digest.bot.replies import View
    from digest.values.messages import Alert
    from digest.values.news import StoredEntry

_USUAL: Final = 10
_MOST: Final = 50
_DAY: Final = timedelta(hours=24)
_FULL: Final = 3_000
"""Letters of a text that is shown in full."""


def alerts(view: View, argument: str) -> Reply:
    """The latest alerts, the latest first; the argument is how many, or a rule, or both."""
    rule, limit = None, _USUAL
    for word in argument.split():
        if found := find_rule(view.rules, word):
            rule = found.id
        elif re.fullmatch(r"[+-]?[0-9]{1,6}", word):
            limit = min(int(word), _MOST)
            if limit < 1:
                return said(f"How many? Between 1 and {_MOST}: /alerts {_USUAL}")
        else:
            return no_such_rule(view, word)
    latest = view.store.reads.latest_alerts(limit, rule=rule, desks=view.desks)
    if not latest:
        return said(f"{rule} has not alerted yet." if rule else "Nothing has alerted yet.")
    spans = [bold(f"The latest alerts of {rule}" if rule else "The latest alerts")]
    for alert in latest:
        title = alert.entry.title or "(no title)"
        spans += [Span(f"\n{alert.severity.glyph} "), linked(title, alert.entry.url)]
        spans.append(Span(" · ".join(["", *_origin(alert, view, name_rule=rule is None)])))
    return Reply(tuple(spans), more="digest alerts")


def _origin(alert: Alert, view: View, *, name_rule: bool) -> list[str]:
    parts = [alert.entry.text.source, view.time(alert.created), alert.rule if name_rule else ""]
    return [part for part in parts if part]


def digest(view: View, _argument: str = "") -> Reply:
    """The digest of the last 24 hours, as ``digest compose`` makes it."""
    since = view.now - _DAY
    titles = {rule.id: rule.title for rule in view.rules.by_id.values()}
    document = read_period(view.store, since, view.now, view.desks).digest("digest", view.zone.key, titles)
    return Reply((), ready=render_digest(document, DigestFormat.TELEGRAM), more="digest compose shows all of it")


def in_full(told: Sequence[Alert], view: View) -> Reply:
    """All that is stored of the entry that a message told of, as far as it fits."""
    entry = told[0].entry
    text = max(entry.text.summary, entry.text.content, key=len)
    if len(text) > _FULL:
        text = text[:_FULL].rpartition(" ")[0] + " …"
    rules = ", ".join(alert.rule for alert in told)
    spans = [linked(entry.title or "(no title)", entry.url), Span(f"\n{_where(entry, view)}")]
    spans.append(Span(f"\n\n{text}" if text else "\n\nThe feed gives no more than this title."))
    spans.append(Span(f"\n\n{'Rule' if len(told) == 1 else 'Rules'}: {rules} · entry {entry.id}"))
    return Reply(tuple(spans))


def _where(entry: StoredEntry, view: View) -> str:
    dated = f"dated {view.time(entry.published)}" if entry.published else ""
    author = entry.text.author
    return " · ".join(
        part for part in (entry.text.source, author, dated, f"came {view.time(entry.first_seen)}") if part
    )
