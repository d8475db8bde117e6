"""The rules: /rules, /rule, and what to say of one that is not there."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from digest.bot.replies import Reply, bold, button, said
from digest.delivery.media.buttons import Press, rule_number
from digest.delivery.media.markup import Span
from digest.match import print_query
from digest.store.reads import RuleHits
from digest.values.desks import called, desk_of, own_name
from digest.words import count, typed_span

if TYPE_CHECKING:
    from collections.abc import Iterator

    from digest.bot.replies import View
    from digest.delivery.media.buttons import Keyboard
    from digest.engine.rules import ActiveRules
    from digest.match import Rule
    from digest.store.people import Mute

_SHOWN_RULES: Final = 80
_SHOWN_QUERY: Final = 1_500


def find_rule(rules: ActiveRules, name: str) -> Rule | None:
    """The rule with this id, its desk's name included or not; capitals count only where ids differ by nothing else."""
    if name in rules.by_id:
        return rules.by_id[name]
    for short in (str, own_name):
        alike = [rule for ident, rule in rules.by_id.items() if short(ident).casefold() == name.casefold()]
        if alike:
            return alike[0] if len(alike) == 1 else None
    return None


def no_such_rule(view: View, name: str) -> Reply:
    """That there is no such rule, with the nearest that are; or that it is another desk's."""
    short = name if len(name) <= 60 else name[:59] + "…"
    if name in view.every_rule and not view.sees(name):
        return of_another_desk(view, name)
    close = get_close_matches(name[:100], view.rules.by_id, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else "/rules lists them."
    return said(f"There is no rule “{short}”: {hint}")


def of_another_desk(view: View, name: str) -> Reply:
    """That a rule or a muted story, by its name, is of a desk for which nobody acts here."""
    mine = " and ".join(sorted(map(called, view.desks or ())))
    return said(f"“{name}” is for the desk {called(desk_of(name))}, and here you act for {mine}.")


def rules(view: View, argument: str) -> Reply:
    """The rules in a line each: severity, id, hits of the last 24 hours, until when it is muted."""
    wanted = argument.casefold()
    chosen = [rule for rule in view.rules.by_id.values() if wanted in f"{rule.id}\n{rule.title}".casefold()]
    if not chosen:
        return said(f"No rule has “{argument}” in its id or title." if argument else "There are no rules.")
    hits = view.store.reads.rule_hits(view.now)
    muted = {mute.rule: mute for mute in view.store.mutes.in_force(view.now)}
    spans = [bold(count(len(chosen), "rule"))]
    for rule in chosen[:_SHOWN_RULES]:
        parts = [rule.severity.word, f"{hits.get(rule.id, RuleHits()).day:,} in 24 h"]
        if not rule.enabled:
            parts.append("switched off")
        if rule.id in muted:
            parts.append(f"muted until {view.time(muted[rule.id].until)}")
        spans += [Span(f"\n{rule.severity.glyph} "), bold(rule.id), Span(f" {' · '.join(parts)}")]
    if len(chosen) > _SHOWN_RULES:
        spans.append(Span(f"\n… and {len(chosen) - _SHOWN_RULES} more: write a part of their names behind /rules"))
    return Reply(tuple(spans), more="write a part of their names behind /rules")


def rule(view: View, argument: str) -> Reply:
    """One rule: what it looks for, where it goes, when it last hit; with buttons to mute it."""
    if not argument:
        return said("Which rule? For example /rule dprk-syria; /rules lists them.")
    found = find_rule(view.rules, argument)
    if found is None:
        return no_such_rule(view, argument)
    mute = view.store.mutes.of(found.id, view.now)
    return Reply(tuple(_card(found, mute, view)), rule_keyboard(found.id, muted=mute is not None))


def _card(rule: Rule, mute: Mute | None, view: View) -> Iterator[Span]:
    hits = view.store.reads.rule_hits(view.now).get(rule.id, RuleHits())
    query = print_query(rule.query)
    last = f"{view.time(hits.last)}, {typed_span(view.now - hits.last)} ago" if hits.last else "never"
    every = "every channel of its desk" if desk_of(rule.id) else "every channel"
    channels = every if rule.channels is None else ", ".join(rule.channels) or "no channel"
    yield Span(f"{rule.severity.glyph} ")
    yield bold(rule.id)
    yield Span(f" · {rule.severity.word}" + ("" if rule.enabled else " · switched off"))
    if rule.title != rule.id:
        yield Span(f"\n{rule.title}")
    yield Span(f"\n\n{query if len(query) <= _SHOWN_QUERY else query[: _SHOWN_QUERY - 1] + '…'}")
    yield Span(f"\n\nto {channels}\nlast hit {last}; {hits.day:,} in 24 h\n{rule.path}:{rule.line}")
    if mute is not None:
        yield Span(f"\nmuted until {view.time(mute.until)}, by {mute.by}")


def rule_keyboard(rule: str, *, muted: bool) -> Keyboard:
    """What stands under a rule."""
    number = rule_number(rule)
    if muted:
        return ((button("Unmute", Press.UNMUTE_NAMED, number),),)
    return ((button("Mute 1h", Press.MUTE_NAMED_HOUR, number), button("Mute 1d", Press.MUTE_NAMED_DAY, number)),)
