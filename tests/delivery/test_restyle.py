"""What was written for one kind of place says the same at another."""

from __future__ import annotations

import pytest

from digest.delivery.media.formats import parts_for
from digest.delivery.media.markup import Span, plain_text
from digest.delivery.restyle import kind_of, restyled
from digest.store.channels import target_of
from digest.values.settings import ChannelSpec

PLACES = {
    "telegram": ChannelSpec("desk", telegram="42"),
    "apprise": ChannelSpec("desk", apprise="ntfy://x"),
    "markdown": ChannelSpec("desk", file="/srv/news"),
    "jsonl": ChannelSpec("desk", file="/srv/news", format="jsonl"),
}
SPANS = [
    Span("▲ high", bold=True),
    Span("\nline\n\n1. A <b> & [c](d) *e* \\f_g · "),
    Span("Title <1>", link="https://x.example/?a=1&b=2"),
]


@pytest.mark.parametrize("now", PLACES)
@pytest.mark.parametrize("was", PLACES)
def test_words_and_addresses_stay(was: str, now: str) -> None:
    """And are valid where they go: as they would have been, written for it, but for links and bold."""
    parts = parts_for(PLACES[was], SPANS, {"kind": "alert"})
    found = restyled(parts, was, PLACES[now])
    assert found == parts_for(PLACES[now], [Span(plain_text(SPANS))], {})


def test_what_is_too_long_is_cut_anew() -> None:
    """A page of a file is several messages."""
    parts = parts_for(PLACES["markdown"], [Span("word " * 2000)], {})
    assert len(restyled(parts, "markdown", PLACES["telegram"])) == 3


@pytest.mark.parametrize("kind", PLACES)
def test_what_a_target_leads_to(kind: str) -> None:
    """As channels are stored: a folder's format is told, too, for what is owed is written in it."""
    assert kind_of(target_of(PLACES[kind])) == kind


@pytest.mark.parametrize(("target", "kind"), [("-1001", "telegram"), ("@desk", "telegram"), ("ntfy:0123", "apprise")])
def test_what_other_targets_lead_to(target: str, kind: str) -> None:
    """However a chat is called."""
    assert kind_of(target) == kind
