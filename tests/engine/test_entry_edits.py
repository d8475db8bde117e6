"""Entries that a feed edits: what it says otherwise is noted beside what was kept, and nobody is alerted again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from digest.store import schema as tables
from digest.stories.evidence import fingerprint
from digest.values.messages import DeliveryState
from tests.fakes.raw_server import answer, serving

if TYPE_CHECKING:
    from digest.store.evidence import StoredEvidence
    from tests.engine.conftest import Polls

WELCOME = ("0", "Welcome", "Nothing yet.")
FIRST = ("1", "A rocket rises", "It rose at noon. Two people watched.")


def feed(*items: tuple[str, str, str], repeats: bool = False) -> bytes:
    """A feed of (guid, title, description), the newest first; ``repeats``: one whose entries cannot be told apart."""
    made = "".join(
        f"<item><guid>{guid}</guid><title>{title}</title><link>https://a.example/{guid}</link>"
        f"<description>{text}</description></item>"
        for guid, title, text in reversed(items)
    )
    twice = "<item><guid>w</guid><title>W</title></item>" * 2 if repeats else ""
    return answer(200, f"<rss version='2.0'><channel><title>F</title>{made}{twice}</channel></rss>".encode())


def kept(polls: Polls) -> StoredEvidence:
    """What is kept of the one entry that matched."""
    (entry,) = (each.id for each in polls.tools.store.reads.entries() if polls.tools.store.evidence.of(each.id))
    found = polls.tools.store.evidence.of(entry)
    assert found is not None
    return found


def noted(polls: Polls) -> list[tuple[str, str, str, bool]]:
    """What it was seen to say otherwise."""
    return [(each["field"], each["before"], each["after"], each["matches"]) for each in kept(polls).changes]


async def shown(polls: Polls, *documents: bytes) -> None:
    """Poll a feed that shows one document after the other, the first of them as its baseline."""
    async with serving({}) as server:
        polls.feed(server.url("/feed"))
        for document in documents:
            server.answers["/feed"] = document
            await polls.poll(server.url("/feed"))


async def test_what_matched_is_kept_word_for_word(polls: Polls) -> None:
    """In the transaction that stored it; of what no rule matched nothing is."""
    await shown(polls, feed(WELCOME), feed(WELCOME, FIRST))
    found = kept(polls)
    assert found.text == "title\nA rocket rises\n\nsummary\nIt rose at noon. Two people watched.\n\ncontent\n\n"
    assert found.sha256 == fingerprint(found.text)
    assert found.changes == ()


@pytest.mark.parametrize("repeats", [False, True])
async def test_edits_are_noted_once_and_alert_nobody(polls: Polls, *, repeats: bool) -> None:
    """Each as it comes, whatever way its feed is read; what is kept stays as it was."""
    documents = [
        (WELCOME,),
        (WELCOME, FIRST),
        (WELCOME, ("1", "A rocket falls", FIRST[2])),
        (WELCOME, ("1", "A rocket falls", "It rose at noon. Nobody watched."), ("2", "Other news", "")),
        (WELCOME, ("1", "A rocket falls", "It rose at noon. Nobody watched."), ("3", "More news", "")),
        (WELCOME, ("1", "A kite falls", "It rose at noon. Nobody watched.")),
    ]
    await shown(polls, *(feed(*items, repeats=repeats) for items in documents))
    assert noted(polls) == [
        ("title", "A rocket rises", "A rocket falls", True),
        ("summary", "Two people watched.", "Nobody watched.", True),
        ("title", "A rocket falls", "A kite falls", False),
    ]
    assert "A rocket rises" in kept(polls).text
    assert len(polls.owed()) == 1


async def test_an_entry_that_leaves_its_feed_is_no_change(polls: Polls) -> None:
    """Feeds show only the newest; and what comes back as it was is none either."""
    await shown(polls, feed(WELCOME), feed(WELCOME, FIRST), feed(WELCOME), feed(WELCOME, FIRST))
    assert noted(polls) == []


async def test_an_edit_of_what_never_matched_is_nothing(polls: Polls) -> None:
    """Though it would match now: an edit alerts nobody."""
    await shown(polls, feed(WELCOME), feed(WELCOME, ("1", "A kite rises", "")), feed(WELCOME, FIRST))
    assert polls.owed() == []
    assert [each for each in polls.tools.store.reads.entries() if polls.tools.store.evidence.of(each.id)] == []


@pytest.mark.parametrize(
    ("edited", "stale"), [(("1", "A rocket falls", FIRST[2]), True), ((*FIRST[:2], "It fell."), False)]
)
async def test_a_new_headline_has_what_was_sent_edited(
    polls: Polls, edited: tuple[str, str, str], *, stale: bool
) -> None:
    """A message shows the headline; what else the entry says does not change it."""
    await shown(polls, feed(WELCOME), feed(WELCOME, FIRST))
    with polls.tools.store.database.write() as (connection, _):
        connection.execute(update(tables.deliveries).values(state=DeliveryState.SENT))
        connection.execute(update(tables.feeds).values(url="http://127.0.0.1:1/"))
    async with serving({"/feed": feed(WELCOME, edited)}) as server:
        with polls.tools.store.database.write() as (connection, _):
            connection.execute(update(tables.feeds).values(url=server.url("/feed")))
        await polls.poll(server.url("/feed"))
    with polls.tools.store.database.read() as connection:
        assert (connection.execute(select(tables.deliveries.c.stale)).scalar_one() is not None) is stale


async def test_a_rule_that_is_gone_flags_nothing(polls: Polls) -> None:
    """Nobody can say whether it would still match."""
    await shown(polls, feed(WELCOME), feed(WELCOME, FIRST))
    polls.write_rule("kite")
    (polls.rules / "space.toml").unlink()
    await polls.tools.rules.refresh()
    url = polls.tools.store.polls.all_feeds()[0].spec.url
    async with serving({"/feed": feed(WELCOME, ("1", "A stone falls", FIRST[2]))}) as server:
        with polls.tools.store.database.write() as (connection, _):
            connection.execute(update(tables.feeds).where(tables.feeds.c.url == url).values(url=server.url("/feed")))
        await polls.poll(server.url("/feed"))
    assert noted(polls) == [("title", "A rocket rises", "A stone falls", True)]


async def test_a_feed_that_edits_for_ever_fills_no_disk(polls: Polls) -> None:
    """The first edits are kept, and the last."""
    edits = [feed(WELCOME, ("1", f"A rocket at {number} km", "")) for number in range(60)]
    await shown(polls, feed(WELCOME), feed(WELCOME, FIRST), *edits)
    titles = [after for field, _, after, _ in noted(polls) if field == "title"]
    assert len(kept(polls).changes) == 50
    assert (titles[0], titles[-1]) == ("A rocket at 0 km", "A rocket at 59 km")
