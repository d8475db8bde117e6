"""What is kept at a match can be checked by anybody, and what changed since is told shortly, whatever the texts are."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digest.stories.evidence import change_of, changes, fingerprint, kept_text
from digest.values.news import EntryText

FIRST = EntryText("Talks begin in Geneva", "Envoys met.", "The envoys met today. They will go on.\nNo date was named.")
SAID = {"title": FIRST.title, "summary": FIRST.summary, "content": FIRST.content}


def test_the_layout_and_the_hash_are_for_good() -> None:
    """The hash is that of the text as it is kept, byte for byte."""
    text = kept_text(FIRST)
    assert text == (
        "title\nTalks begin in Geneva\n\nsummary\nEnvoys met.\n\n"
        "content\nThe envoys met today. They will go on.\nNo date was named.\n"
    )
    assert fingerprint(text) == hashlib.sha256(text.encode()).hexdigest()


def test_what_is_the_same_is_no_change() -> None:
    """Nor is what differs in nothing that is kept."""
    assert changes(SAID, {}, EntryText(FIRST.title, FIRST.summary, FIRST.content, author="Ann", tags=("x",))) == ()


def test_a_headline_changes_as_a_whole() -> None:
    """Both are told whole: messages show them."""
    (found,) = changes(SAID, {}, EntryText("Talks end in Geneva", FIRST.summary, FIRST.content))
    assert (found.field, found.before, found.after) == ("title", "Talks begin in Geneva", "Talks end in Geneva")
    assert found.difference == "-Talks begin in Geneva\n+Talks end in Geneva"


def test_a_text_changes_by_sentences() -> None:
    """Only the sentences that are gone or new are told, with those beside them."""
    now = "The envoys met today. They will not go on.\nNo date was named."
    (found,) = changes(SAID, {}, EntryText(FIRST.title, FIRST.summary, now))
    assert (found.field, found.before, found.after) == ("content", "They will go on.", "They will not go on.")
    assert found.difference.split("\n")[1:] == [
        " The envoys met today.",
        "-They will go on.",
        "+They will not go on.",
        " No date was named.",
    ]


def test_what_was_seen_to_change_already_is_not_told_again() -> None:
    """Until it changes once more; that it says again what it said at first is a change, too."""
    (first,) = changes(SAID, {}, EntryText(FIRST.title, "Envoys met twice.", FIRST.content))
    known = {first.field: first.sha256}
    assert changes(SAID, known, EntryText(FIRST.title, "Envoys met twice.", FIRST.content)) == ()
    (back,) = changes(SAID, known, FIRST)
    assert (back.before, back.after, back.difference) == ("", "", "")
    assert back.sha256 == fingerprint(FIRST.summary)


@pytest.mark.parametrize("text", ["Ha! " * 50_000, "x" * 500_000, "One. Two. " * 30_000, "\n".join("ab" * 9_000)])
def test_a_monstrous_text_makes_no_monstrous_change(text: str) -> None:
    """Length and cost are bounded, however often it repeats itself."""
    found = change_of("content", "A short text.", text)
    assert found is not None
    assert max(len(found.before), len(found.after)) <= 2_000
    assert len(found.difference) <= 6_000


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_change_is_told_exactly_where_texts_differ(before: str, after: str) -> None:
    """And carries the fingerprint of what it is now."""
    found = change_of("content", before, after)
    assert (found is None) == (fingerprint(before) == fingerprint(after))
    assert found is None or found.sha256 == fingerprint(after)
