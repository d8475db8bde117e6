"""Whom the bot obeys, and where; what the others hear, once; and that nothing hostile gets through its answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from digest.bot.authority import authority_of
from digest.bot.replies import Reply, button
from digest.channels.telegram import ChatInfo
from digest.delivery.media.buttons import Press
from digest.delivery.media.markup import Span
from digest.demo.bot_values import Chat, User, message_json
from tests.bot.desk import ANN, BOT_NAME, ELSEWHERE, MALLORY, NEWS, PRIVATE, TEAM, THEIRS, Desk

OBEYED, REFUSED, TOLD_WHERE, NOTHING = "obeyed", "refused", "told where", "nothing"


@pytest.mark.parametrize(
    ("user", "chat", "text", "outcome"),
    [
        (ANN, PRIVATE, "/rules", OBEYED),
        (ANN, TEAM, "/rules", OBEYED),
        (ANN, TEAM, f"/rules@{BOT_NAME}", OBEYED),
        (ANN, TEAM, "/rules@other_bot", NOTHING),
        (ANN, TEAM, "/weather", NOTHING),
        (ANN, TEAM, "good morning", NOTHING),
        (ANN, ELSEWHERE, "/rules", NOTHING),
        (ANN, ELSEWHERE, f"/rules@{BOT_NAME}", TOLD_WHERE),
        (ANN, NEWS, "/rules", NOTHING),  # a post in a channel: nobody knows whose
        (MALLORY, THEIRS, "/rules", REFUSED),
        (MALLORY, THEIRS, "hello", REFUSED),
        (MALLORY, TEAM, "/mute embassies", REFUSED),
        (MALLORY, TEAM, "good morning", NOTHING),
        (MALLORY, ELSEWHERE, "/rules", NOTHING),
        (MALLORY, ELSEWHERE, f"/rules@{BOT_NAME}", REFUSED),
    ],
)
async def test_who_is_obeyed_where(desk: Desk, user: User, chat: Chat, text: str, outcome: str) -> None:
    """Admins in private and in the config's chats; nobody else, nowhere else."""
    await desk.api.write_to_bot(chat, text, user)
    await desk.silence()
    words = {OBEYED: "2 rules", REFUSED: "Sorry, I work for", TOLD_WHERE: "Here I do not answer"}
    texts = desk.api.texts()
    assert len(texts) == (outcome != NOTHING)
    assert all(words[outcome] in each for each in texts)
    assert [each.user_id for each in desk.store.strangers.all()] == [MALLORY.id] * (outcome == REFUSED)
    assert not desk.store.changes.last(5)


@pytest.mark.parametrize(
    ("sender", "stand_in", "answers"),
    [
        (TEAM, 1087968824, 1),  # an anonymous administrator of the group
        (Chat(-100999, "Foreign", "channel"), 136817688, 0),
        (NEWS, 777000, 0),  # a post of the channel that the group belongs to
    ],
)
async def test_who_writes_in_the_name_of_a_chat_is_nobody(
    desk: Desk, sender: Chat, stand_in: int, answers: int
) -> None:
    """The one who stands in for all of them is no stranger to make an admin, and no admin."""
    message = message_json(TEAM, 7, datetime.now(UTC), "/mute embassies") | {
        "from": User(stand_in, "Group").as_json() | {"is_bot": True},
        "sender_chat": {"id": sender.id, "type": sender.type, "title": sender.title},
    }
    await desk.api.push_update("message", message)
    await desk.silence()
    assert ["does not tell me who writes" in text for text in desk.api.texts()] == [True] * answers
    assert not desk.store.strangers.all()
    assert not desk.store.changes.last(5)


async def test_a_stranger_is_refused_once_and_counted(desk: Desk) -> None:
    """One polite sentence with the id that the config takes; after it silence; presses are counted, too."""
    message = await desk.alert("The embassy opens", "team")
    refusal = await desk.say("/status", THEIRS, MALLORY)
    assert "Sorry" in refusal.text
    assert "99" in refusal.text
    for text in ("/status", "please", "/mute embassies"):
        await desk.api.write_to_bot(THEIRS, text, MALLORY)
    await desk.api.press(message, "Mute 1d", MALLORY)
    await desk.api.wait_until(lambda api: bool(api.answers))
    await desk.silence()
    assert len(desk.api.messages) == 2
    assert "owners of this bot only" in desk.api.answers[0].text
    assert not desk.store.mutes.in_force(datetime.now(UTC))
    [stranger] = desk.store.strangers.all()
    assert (stranger.name, stranger.count) == ("Mallory", 5)
    assert "refused 1 stranger; the last: Mallory (99)" in (await desk.say("/status")).text


async def test_a_message_that_was_passed_on_obeys_nobody_elsewhere(desk: Desk) -> None:
    """The buttons of an alert work where the config says, not in whatever chat they turn up."""
    message = await desk.alert("The embassy opens")
    elsewhere = type(message)(
        id=1, chat=ELSEWHERE, html="", text="x", marks=(), silent=False, thread=None, at=datetime.now(UTC)
    )
    await desk.api.press_data(elsewhere, message.buttons[0][0][1], ANN)
    await desk.api.wait_until(lambda api: bool(api.answers))
    assert desk.api.answers[0].alert
    assert not desk.store.mutes.in_force(datetime.now(UTC))


async def test_chats_are_kept_for_who_asks_for_their_ids(desk: Desk) -> None:
    """Every chat that was heard from, whoever wrote, the latest first; names without control characters."""
    await desk.api.write_to_bot(NEWS, "a post")
    await desk.silence()
    await desk.api.write_to_bot(THEIRS, "hello", User(99, "Mal\x1b[31m\u202elory"))
    await desk.silence()
    assert [(chat.id, chat.type) for chat in desk.store.bot_chats.all()] == [(99, "private"), (-1001, "channel")]
    assert desk.store.strangers.all()[0].name == "Mallory"


async def test_an_answer_stays_in_its_topic(desk: Desk) -> None:
    """In a forum it goes where it was asked."""
    chat = TEAM.as_json() | {"is_forum": True}
    message = {"message_id": 9, "date": int(datetime.now(UTC).timestamp()), "chat": chat, "text": "/rules"}
    topic = {"message_thread_id": 7, "is_topic_message": True, "from": ANN.as_json()}
    await desk.api.push_update("message", message | topic)
    await desk.api.wait_until(lambda api: bool(api.messages))
    assert desk.api.messages[0].thread == 7


async def test_a_chat_goes_by_one_name_for_the_pace(desk: Desk) -> None:
    """As the config writes it: what the bot and the outbox write there counts together."""
    authority = authority_of(desk.config, desk.store.channels.all())
    news = ChatInfo(-1001, "channel", "News", "news_desk")
    assert authority.pace_key(news) == "@News_Desk"
    assert authority.zone_of(ChatInfo(-1002, "supergroup", "Team")).key == "Europe/Paris"
    assert authority.pace_key(ChatInfo(-1003, "supergroup", "Elsewhere", "other")) == "-1003"
    assert not authority.is_channel(ChatInfo(-1003, "supergroup", "Elsewhere", "other"))


# --- hostile words ---------------------------------------------------------------------------------------------------

HOSTILE = '<b>x</b> <a href="tg://user?id=1">y</a> &amp; [/] \x1b]0;z\x07 \u202e'


async def test_titles_and_queries_are_text_and_nothing_else(desk: Desk) -> None:
    """Markup of a feed or of a file is shown, never obeyed; what turns or hides text is gone."""
    desk.store_entry(f"Embassy {HOSTILE}", HOSTILE)
    number = desk.store.archive().newest(1)[0].id
    for asked in ("/alerts", "/digest", "/search embassy", f"/why {number}", f"/rule {HOSTILE}", f"/mute {HOSTILE}"):
        answer = await desk.say(asked)
        assert all(mark.url.startswith("https://one.example/") for mark in answer.marks if mark.type == "text_link")
        assert not {"\x1b", "\u202e", "\x07"} & set(answer.text)
        assert "<b>x</b>" in answer.text or "<b>x" in answer.text


def test_a_reply_is_clean_whatever_it_says() -> None:
    """Once, for every answer; and for the labels of buttons, which are short, too."""
    reply = Reply((Span(HOSTILE, bold=True),))
    [part] = reply.parts()
    assert not {"\x1b", "\u202e", "\x07"} & set(part)
    assert "&lt;b&gt;" in part
    label = button("x" * 500 + HOSTILE, Press.UNDO, 1).label
    assert len(label) == 48
    assert button(HOSTILE, Press.UNDO, 1).label.isprintable()


def test_a_reply_is_a_few_messages_at_most() -> None:
    """Where the rest stands is said."""
    parts = Reply(tuple(Span(f"{number} " * 900) for number in range(20)), more="digest alerts").parts()
    assert len(parts) == 4
    assert parts[-1] == "… and more: digest alerts"


async def test_a_late_stranger_is_counted_all_the_same(desk: Desk) -> None:
    """Whenever it was written."""
    await desk.say("/status", THEIRS, MALLORY, datetime.now(UTC) - timedelta(hours=3))
    assert [each.count for each in desk.store.strangers.all()] == [1]
