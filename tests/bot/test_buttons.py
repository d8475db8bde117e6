"""Every button: under an alert, under a choice of rules, under a rule, under a confirmation."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, update

from digest.delivery.media.buttons import (
    MOST_BYTES,
    Button,
    Press,
    alert_buttons,
    marked,
    press_data,
    read_press,
    rule_number,
)
from digest.match import MARKS
from digest.store.schema import deliveries, entries, matches
from digest.words import local_time
from tests.bot.desk import ANN, BOB, BOBS, NEWS, PRIVATE, RULES, TEAM, Desk
from tests.fakes.bot_faults import bad_request, close_before, forbidden, server_error, too_many_requests
from tests.fakes.newsroom import put_in_story

if TYPE_CHECKING:
    from collections.abc import Callable

    from digest.demo.bot_values import AcceptedMessage
    from tests.fakes.bot_faults import Fault

CLOSED = "North Korea closes its embassy in Syria"
_DAY = timedelta(days=1)


def muted(desk: Desk) -> dict[str, timedelta]:
    """The rules that are muted, each for how long."""
    return {mute.rule: mute.until - mute.since for mute in desk.store.mutes.in_force(datetime.now(UTC))}


# --- what comes back -------------------------------------------------------------------------------------------------


@given(st.sampled_from(Press), st.integers(0, 10**18 - 1), st.sampled_from(["", "0", "c0ffee"]))
def test_what_a_button_hands_back_fits_and_is_read_again(press: Press, number: int, mark: str) -> None:
    """Within Telegram's 64 bytes, whatever it is about; and by nobody but the store that gave its mark."""
    ((button,),) = marked(((Button("Do", press_data(press, number)),),), mark)
    assert 1 <= len(button.data.encode()) <= MOST_BYTES
    assert read_press(button.data, mark) == (press, number)
    assert read_press(button.data, "c0ffe") is None


@given(st.text())
def test_a_rule_has_a_number_that_a_button_holds(rule: str) -> None:
    """However long its id, and in whatever script."""
    data = press_data(Press.MUTE_NAMED_HOUR, rule_number(rule.encode("utf-8", "replace").decode()))
    assert len(data.encode()) <= MOST_BYTES
    assert read_press(data) is not None


@given(st.text())
def test_what_no_button_hands_back_is_read_as_nothing(data: str) -> None:
    """Bytes that a client made up do no harm."""
    found = read_press(data)
    assert found is None or press_data(*found) == data or int(data.split(":")[1]) == found[1]


# --- under an alert --------------------------------------------------------------------------------------------------


async def test_an_alert_has_its_buttons(desk: Desk) -> None:
    """Under the message, two rows; above them, for it is high, that somebody deals with it."""
    message = await desk.alert(CLOSED)
    assert message.labels == ("I have it", "Mute rule 1h", "Mute 1d", "Not relevant", "Why", "More")
    sent = alert_buttons(desk.store.outbox.get(1))
    assert [[button.data for button in row] for row in marked(sent, desk.store.mark())] == [
        [data for _, data in row] for row in message.buttons
    ]


@pytest.mark.parametrize(("label", "span"), [("Mute rule 1h", timedelta(hours=1)), ("Mute 1d", _DAY)])
async def test_mute_the_one_rule_of_an_alert(desk: Desk, label: str, span: timedelta) -> None:
    """At once: the toast says what is being done, the answer hangs on the alert and can be undone."""
    message = await desk.alert("The embassy opens")
    answer = await desk.press(message, label)
    assert muted(desk) == {"embassies": span}
    assert answer.reply_to == message.id
    assert answer.labels == ("Undo",)
    assert desk.api.answers[-1].text.startswith("Muting embassies for 1")
    undone = await desk.press_in_place(answer, "Undo")
    assert not muted(desk)
    assert undone.text.startswith("Undone: Ann (42) by Telegram muted embassies until")
    assert not undone.buttons
    [change] = desk.store.changes.last(5)
    assert change.undone is not None
    assert change.undone_by == "Ann (42) by Telegram"


async def test_of_several_rules_the_one_that_is_meant(desk: Desk) -> None:
    """One button for each; the answer takes the place of the question."""
    message = await desk.alert(CLOSED)
    question = await desk.press(message, "Mute 1d")
    assert question.text == "Mute which rule for 1d?"
    assert question.labels == ("dprk-syria", "embassies")
    answer = await desk.press_in_place(question, "embassies")
    assert muted(desk) == {"embassies": _DAY}
    assert answer.labels == ("Undo",)


async def test_undo_twice_says_so(desk: Desk) -> None:
    """Nothing is done a second time."""
    answer = await desk.press(await desk.alert("The embassy opens"), "Mute 1d")
    await desk.press_in_place(answer, "Undo")
    await desk.say("/mute embassies 2h")
    before = desk.api.messages[desk.api.messages.index(desk.api.messages[-1])]
    data = next(data for row in answer.buttons for _, data in row)
    await desk.api.press_data(before, data, BOB)
    await desk.until(lambda: "undone already" in desk.api.messages[-1].text)
    assert muted(desk) == {"embassies": timedelta(hours=2)}


async def test_an_undo_that_cannot_be_done_keeps_its_button(desk: Desk) -> None:
    """Once the file is mended it is pressed again."""
    noted = await desk.press(await desk.alert("The embassy opens"), "Not relevant")
    path = desk.folder / "rules" / MARKS
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "[[", encoding="utf-8")
    refused = await desk.press_in_place(noted, "Undo")
    assert "It was not undone: correct the file first: marks.toml:" in refused.text
    path.write_text(text, encoding="utf-8")
    assert "taken out" in (await desk.press_in_place(refused, "Undo")).text


async def test_a_change_of_a_message_is_made_once_more_where_the_answer_is_lost(desk: Desk) -> None:
    """Telegram says then that nothing changes, and that is as it should be."""
    muting = await desk.press(await desk.alert("The embassy opens"), "Mute 1d")
    desk.api.fail_call("editMessageText", server_error(), bad_request("message is not modified: all is as it was"))
    before = len(desk.api.messages)
    await desk.api.press(muting, "Undo", ANN)
    await desk.until(lambda: not muted(desk))
    await desk.silence()
    assert [name for name, _ in desk.api.calls].count("editMessageText") == 2
    assert len(desk.api.messages) == before


async def test_undoing_what_was_changed_since_leaves_it(desk: Desk) -> None:
    """The later word counts."""
    first = await desk.say("/mute embassies 1h")
    await desk.say("/mute embassies 3h")
    answer = await desk.press_in_place(first, "Undo")
    assert "again since" in answer.text
    assert muted(desk) == {"embassies": timedelta(hours=3)}


async def test_undoing_a_longer_mute_brings_back_the_shorter(desk: Desk) -> None:
    """It is as it was before, with who had muted it then."""
    await desk.say("/mute embassies 1h", BOBS, BOB)
    second = await desk.say("/mute embassies 3h")
    answer = await desk.press_in_place(second, "Undo")
    assert "muted until" in answer.text
    [mute] = desk.store.mutes.in_force(datetime.now(UTC))
    assert (mute.by, mute.until - mute.since) == ("Bob (43) by Telegram", timedelta(hours=1))


async def test_undoing_an_unmute_mutes_for_what_was_left(desk: Desk) -> None:
    """Until the same time as before."""
    await desk.say("/mute embassies 1h")
    [before] = desk.store.mutes.in_force(datetime.now(UTC))
    answer = await desk.say("/unmute embassies")
    await desk.press_in_place(answer, "Undo")
    assert desk.store.mutes.in_force(datetime.now(UTC)) == [before]


# --- stories ---------------------------------------------------------------------------------------------------------


async def test_an_alert_of_a_story_has_buttons_for_it(desk: Desk) -> None:
    """A row more, in the order in which one reads."""
    _, *labels = (await desk.alert_of_story(CLOSED)).labels
    assert labels == [
        "Mute rule 1h",
        "Mute 1d",
        "Not relevant",
        "Mute story",
        "Follow story",
        "Why",
        "More",
    ]


async def test_mute_a_story(desk: Desk) -> None:
    """For as long as reports join one; it can be undone, and its rules are as loud as before."""
    message = await desk.alert_of_story(CLOSED)
    answer = await desk.press(message, "Mute story")
    assert muted(desk) == {"story 1": timedelta(days=3)}
    assert f"Muted story 1 “{CLOSED}” until" in answer.text
    assert answer.text.endswith("/unmute story 1")
    assert desk.api.answers[-1].text == "Muting story 1 for 3d … /unmute story 1 ends it"
    undone = await desk.press_in_place(answer, "Undo")
    assert "Ann (42) by Telegram muted story 1 until" in undone.text
    assert not muted(desk)


async def test_follow_a_story_and_let_it_go(desk: Desk) -> None:
    """The button does both; each can be undone, as long as nobody changed it since."""
    message = await desk.alert_of_story(CLOSED)

    def followed() -> bool:
        story = desk.store.reads.story(1)
        return story is not None and story.followed is not None

    first = await desk.press(message, "Follow story")
    assert first.text.startswith(f"Following story 1 “{CLOSED}”: each report")
    assert followed()
    second = await desk.press(message, "Follow story", BOB)
    assert second.text.startswith("No longer following story 1")
    assert not followed()
    assert "it is followed again." in (await desk.press_in_place(second, "Undo")).text
    assert followed()
    assert "it is not followed." in (await desk.press_in_place(first, "Undo")).text
    assert not followed()
    third = await desk.press(message, "Follow story")
    await desk.press(message, "Follow story", BOB)
    assert "again since" in (await desk.press_in_place(third, "Undo")).text


async def test_a_story_is_muted_by_its_number_too(desk: Desk) -> None:
    """As the answers name it; one that is not there is said so, and a rule may be called “story”."""
    await desk.alert_of_story(CLOSED)
    assert "for 2h 30m" in (await desk.say("/mute story 1 2h 30m")).text
    assert muted(desk) == {"story 1": timedelta(hours=2, minutes=30)}
    assert "story 1 until" in (await desk.say("/unmute")).text
    assert "story 1 until" in (await desk.say("/status")).text
    assert "Unmuted story 1" in (await desk.say("/unmute Story 01")).text
    assert "is not muted" in (await desk.say("/unmute story 1")).text
    assert "There is no story 99" in (await desk.say("/mute story 99")).text
    assert "There is no rule “story”" in (await desk.say("/mute story 1h")).text
    assert not muted(desk)


async def test_the_buttons_of_a_story_under_an_alert_without_one_do_nothing(desk: Desk) -> None:
    """Such a press is no button of ours, but may come all the same."""
    message = await desk.alert("The embassy opens")
    with desk.store.database.write() as (connection, _):
        connection.execute(update(entries).values(story_id=None))
    for press in (Press.MUTE_STORY, Press.FOLLOW_STORY):
        await desk.api.press_data(message, f"{press_data(press, 1)}:{desk.store.mark()}", ANN)
    await desk.api.wait_until(lambda api: len(api.messages) == 3)
    assert all("no longer stored" in answer.text for answer in desk.api.messages[1:])
    assert not muted(desk)


# --- who has it ------------------------------------------------------------------------------------------------------


async def test_everybody_sees_who_has_it(desk: Desk) -> None:
    """Its messages in every chat are edited, words and button; undone, they read as before."""
    ours = await desk.alert_of_story(CLOSED)
    theirs = await desk.alert(CLOSED, "team")
    put_in_story(desk.store, 2, datetime.now(UTC))
    with desk.store.database.write() as (connection, _):
        connection.execute(update(entries).values(story_id=1))
        connection.execute(update(deliveries).values(story_id=1, tells={}, stale=None))
    answer = await desk.press(ours, "I have it", ANN)
    assert desk.api.answers[-1].text == "Taking it …"
    assert answer.text == f"Ann has it now: “{CLOSED}”. All its messages say so. Undo: the button"
    assert answer.reply_to == ours.id
    known = [(each.chat, each.id) for each in desk.api.messages]  # what they say may have changed since
    places = [known.index((each.chat, each.id)) for each in (ours, theirs)]
    await desk.api.wait_until(lambda api: all(api.messages[at].labels[0] == "Ann has it" for at in places))
    since = desk.store.duty.taken([1])[1].since
    for at, zone in zip(places, ("Asia/Seoul", "Europe/Paris"), strict=True):
        assert desk.api.messages[at].text.endswith(f"Ann has it since {local_time(since, ZoneInfo(zone), now=since)}")
        assert desk.api.messages[at].labels[1:] == ours.labels[1:] or desk.api.messages[at].labels[1] == "Mute rule 1h"
    undone = await desk.press_in_place(answer, "Undo")
    assert undone.text == f"Undone: Ann (42) by Telegram took “{CLOSED}”. story 1: nobody has it."
    assert not desk.store.duty.taken([1])


async def test_the_second_hears_who_has_it_and_takes_it_over(desk: Desk) -> None:
    """Whether or not the message says so by then; who has it lets it go; each answer takes the place of its button."""
    message = await desk.alert_of_story(CLOSED)
    await desk.press(message, "I have it", ANN)
    heard = await desk.press(message, "I have it", BOB)
    assert heard.text.startswith("Ann has it since ")
    assert heard.text.endswith(f": “{CLOSED}”")
    assert heard.labels == ("Take it over",)
    assert desk.store.duty.taken([1])[1].who == "Ann"
    over = await desk.press_in_place(heard, "Take it over", BOB)
    assert over.text.startswith("Bob has it now")
    mine = await desk.press(message, "I have it", BOB)
    assert mine.text.startswith("You have it since ")
    assert mine.labels == ("Let it go",)
    gone = await desk.press_in_place(mine, "Let it go", BOB)
    assert gone.text.startswith(f"Nobody has it now: “{CLOSED}”")
    assert not desk.store.duty.taken([1])
    undone = await desk.press_in_place(gone, "Undo", ANN)
    assert f"Undone: Bob (43) by Telegram let go of “{CLOSED}”. story 1: Bob has it since " in undone.text


async def test_a_button_to_take_what_is_gone_says_so(desk: Desk) -> None:
    """Nothing is done."""
    message = await desk.alert(CLOSED)
    with desk.store.database.write() as (connection, _):
        connection.execute(delete(matches))
    answer = await desk.press(message, "I have it")
    assert "no longer stored" in answer.text
    assert not desk.store.changes.last(1)


async def test_status_tells_who_has_what(desk: Desk) -> None:
    """For whoever takes over."""
    await desk.press(await desk.alert_of_story(CLOSED), "I have it")
    assert f"on duty Ann has “{CLOSED}” (story 1), high, since " in (await desk.say("/status")).text


# --- not relevant ----------------------------------------------------------------------------------------------------


def marks(desk: Desk) -> list[dict[str, Any]]:
    """What stands among the marks."""
    return list(tomllib.loads((desk.folder / "rules" / MARKS).read_text(encoding="utf-8")).get("example", []))


TOYS = "The embassy of toys opens"


async def test_not_relevant_is_noted_apart_and_leaves_the_users_file(desk: Desk) -> None:
    """A mark in a file of Digest's own, live at once; the rule's file is not touched; undone, the mark is gone."""
    message = await desk.alert(TOYS, summary="It is a shop.")
    before = desk.rules_file.stat()
    answer = await desk.press(message, "Not relevant")
    assert marks(desk) == [{"rule": "embassies", "unwanted": TOYS}]
    assert (desk.rules_file.read_text(), desk.rules_file.stat()) == (RULES, before)
    assert TOYS in desk.store.rules.live_texts()[MARKS]
    assert "Noted as unwanted for embassies in marks.toml: “The embassy of toys opens”" in answer.text
    [change] = desk.store.changes.last(5)
    assert change.what == "noted “The embassy of toys opens” as unwanted for embassies"
    again = await desk.press(message, "Not relevant")
    assert "already" in again.text
    assert desk.store.changes.last(5) == [change], "what was not done is not noted"
    undone = await desk.press_in_place(answer, "Undo")
    assert (marks(desk), desk.rules_file.read_text()) == ([], RULES)
    assert "Undone: Ann (42) by Telegram noted" in undone.text
    assert "the mark is taken out again" in undone.text


async def test_undoing_what_was_taken_out_by_hand(desk: Desk) -> None:
    """The marks are as they were to be: nothing is in the way, and the change counts as undone."""
    answer = await desk.press(await desk.alert(TOYS), "Not relevant")
    (desk.folder / "rules" / MARKS).unlink()
    undone = await desk.press_in_place(answer, "Undo")
    assert "Undone" in undone.text
    assert desk.store.changes.last(1)[0].undone is not None


async def test_not_relevant_to_one_of_several_rules(desk: Desk) -> None:
    """Only that one gets a mark."""
    question = await desk.press(await desk.alert(CLOSED), "Not relevant")
    answer = await desk.press_in_place(question, "dprk-syria")
    assert marks(desk) == [{"rule": "dprk-syria", "unwanted": CLOSED}]
    assert "Nothing was noted" not in answer.text


async def test_not_relevant_by_its_summary(desk: Desk) -> None:
    """Where the title alone does not make the rule match, the example says what does."""
    message = await desk.alert("Toys", summary="The embassy of toys.")
    await desk.press(message, "Not relevant")
    assert marks(desk) == [{"rule": "embassies", "unwanted": {"title": "Toys", "summary": "The embassy of toys."}}]


async def test_not_relevant_by_what_stands_deep_in_a_long_text(desk: Desk) -> None:
    """A long text is no example, but the words around what the rule found are."""
    message = await desk.alert("Morning news", summary="Lorem ipsum dolor. " * 150 + f"{TOYS}.")
    answer = await desk.press(message, "Not relevant")
    assert "Noted as unwanted" in answer.text
    example = marks(desk)[0]["unwanted"]
    assert example["title"] == "Morning news"
    assert example["summary"].endswith(f"Lorem ipsum dolor. {TOYS}.")
    assert len(example["summary"]) < 200


async def test_a_list_within_the_rule_holds_as_it_did(desk: Desk) -> None:
    """What stands among the unwanted examples of the rule needs no mark."""
    message = await desk.alert(TOYS)
    desk.rules_file.write_text(RULES.replace("# The end.", f'unwanted = ["{TOYS}"]'))
    await desk.rules.refresh()
    answer = await desk.press(message, "Not relevant")
    assert "Nothing was noted: it stands among the unwanted examples of “embassies” already." in answer.text
    assert not (desk.folder / "rules" / MARKS).exists()


async def test_an_undo_of_what_was_once_written_into_a_rule_file_says_where_it_stands(desk: Desk) -> None:
    """Older versions of Digest wrote there; this one leaves the file to its user."""
    args = {"path": "desk.toml", "example": TOYS, "made_list": True}
    now = datetime.now(UTC)
    old = desk.store.changes.note_unwanted("embassies", args, "Ann (42) by Telegram", "noted it, in desk.toml", now)
    edited = RULES.replace("# The end.", f'unwanted = ["{TOYS}"]')
    desk.rules_file.write_text(edited)
    message = await desk.alert("The embassy opens")
    ((undo,),) = marked(((Button("Undo", press_data(Press.UNDO, old.id)),),), desk.store.mark())
    await desk.api.press_data(message, undo.data, ANN)
    await desk.until(lambda: "It was not undone" in desk.api.messages[0].text)
    assert "It was not undone: it stands in desk.toml, which is yours: take it out there." in desk.api.messages[0].text
    assert desk.rules_file.read_text() == edited


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda text: text.replace('"embassies"\n', '"missions"\n'), "the rule “embassies” is gone since"),
        (lambda text: text.replace('any = ["embassy", "embassies"]', 'any = ["consulate"]'), "does not match this"),
    ],
)
async def test_what_cannot_be_noted_is_said(desk: Desk, edit: Callable[[str], str], words: str) -> None:
    """A rule that is gone, a rule that matches it no more."""
    message = await desk.alert(TOYS)
    desk.rules_file.write_text(edit(RULES))
    await desk.rules.refresh()
    answer = await desk.press(message, "Not relevant")
    assert words in answer.text
    assert not (desk.folder / "rules" / MARKS).exists()
    assert not desk.store.changes.last(5)


async def test_marks_that_have_a_mistake_are_left_as_they_are(desk: Desk) -> None:
    """Nothing is noted, and it is said what to mend; a rule file that has one is in nobody's way."""
    message = await desk.alert(TOYS)
    path = desk.folder / "rules" / MARKS
    path.write_text("[[")
    answer = await desk.press(message, "Not relevant")
    assert "Nothing was noted: correct the file first: marks.toml:1:" in answer.text
    assert (path.read_text(), desk.store.changes.last(5)) == ("[[", [])
    path.unlink()
    desk.rules_file.write_text(RULES.replace("AND Syria", "AND"))
    assert "Noted as unwanted" in (await desk.press(message, "Not relevant")).text


# --- why and more ----------------------------------------------------------------------------------------------------


async def test_why_and_more_hang_on_the_alert(desk: Desk) -> None:
    """Why names the words and the clause of the rules told of; More shows all the text there is."""
    message = await desk.alert("The embassy opens", summary="A long story.\nIt has two blocks.")
    why = await desk.press(message, "Why")
    assert "embassies: it alerted" in why.text
    assert "dprk-syria" not in why.text
    more = await desk.press(message, "More")
    assert "A long story.\nIt has two blocks." in more.text
    assert (why.reply_to, more.reply_to) == (message.id, message.id)


async def test_in_a_broadcast_channel_answers_go_to_who_asked(desk: Desk) -> None:
    """The readers of the channel see nothing of it; whoever the bot may not write to is told so."""
    message = await desk.alert("The embassy opens", "news")
    for label in ("Why", "More", "Mute rule 1h", "Not relevant"):
        answer = await desk.press(message, label)
        assert answer.chat == PRIVATE
    assert [each.chat for each in desk.api.messages].count(NEWS) == 1
    desk.api.fail(forbidden("bot can't initiate conversation with a user"), chat=BOBS.id)
    await desk.api.press(message, "Why", BOB)
    await desk.api.wait_until(lambda api: api.answers[-1].alert)
    assert "Write to me first, @digest_demo_bot" in desk.api.answers[-1].text
    mutes = muted(desk)
    desk.api.fail_call("sendChatAction", forbidden("bot can't initiate conversation with a user"))
    await desk.api.press(message, "Mute 1d", BOB)
    await desk.until(lambda: len(desk.api.answers) == 6)
    assert "Write to me first, @digest_demo_bot" in desk.api.answers[-1].text
    assert muted(desk) == mutes  # nothing is done whose outcome nobody would hear of


# --- under a rule ----------------------------------------------------------------------------------------------------


async def test_the_buttons_under_a_rule(desk: Desk) -> None:
    """A rule that never matched can be muted, too, and unmuted."""
    answer = await desk.press(await desk.say("/rule dprk-syria", TEAM), "Mute 1d")
    assert muted(desk) == {"dprk-syria": _DAY}
    assert answer.chat == TEAM
    await desk.press(await desk.say("/rule dprk-syria"), "Unmute")
    assert not muted(desk)


# --- late, old, made up ----------------------------------------------------------------------------------------------


async def test_a_press_that_comes_late_changes_nothing(desk: Desk) -> None:
    """Telegram takes no answer to it any more: it waited while no engine ran. A question is answered all the same."""
    message = await desk.alert("The embassy opens")
    before = len(desk.api.messages)
    await desk.api.press(message, "Mute 1d", ANN, too_late=True)
    await desk.api.wait_until(lambda api: len(api.messages) > before)
    assert "nothing was done. Press again" in desk.api.messages[-1].text
    assert not muted(desk)
    await desk.api.press(message, "Why", ANN, too_late=True)
    await desk.api.wait_until(lambda api: "it alerted" in api.messages[-1].text)


@pytest.mark.parametrize("fault", [server_error(), server_error(502), too_many_requests(1), close_before()])
async def test_a_press_whose_answer_fails_is_answered_again(desk: Desk, fault: Fault) -> None:
    """Telegram hands a press on only once: it must not be lost with the answer."""
    message = await desk.alert("The embassy opens")
    desk.api.fail_call("answerCallbackQuery", fault)
    answer = await desk.press(message, "Mute 1d")
    assert answer.labels == ("Undo",)
    assert muted(desk) == {"embassies": _DAY}
    assert len(desk.api.answers) == 1


async def test_a_press_whose_answer_fails_for_long_does_nothing_and_says_so(desk: Desk) -> None:
    """Whoever pressed would take it for done."""
    message = await desk.alert("The embassy opens")
    desk.api.fail_call("answerCallbackQuery", too_many_requests(3600))
    answer = await desk.press(message, "Mute 1d")
    assert "Telegram was out of reach: nothing was done" in answer.text
    assert not muted(desk)


@pytest.mark.parametrize("data", ["mute-1h:999999", "rule-1d:999999", "why:0", "undo:12345", "named-1h:1"])
async def test_a_press_about_what_is_gone(desk: Desk, data: str) -> None:
    """Said in words, and nothing changes."""
    message = await desk.alert("The embassy opens")
    before = len(desk.api.messages)
    await desk.api.press_data(message, f"{data}:{desk.store.mark()}", ANN)
    await desk.until(lambda: len(desk.api.messages) > before or _words_of(desk, message) != message.text)
    said = desk.api.messages[-1].text if len(desk.api.messages) > before else _words_of(desk, message)
    assert "no longer stored" in said or "gone since" in said
    assert not desk.store.changes.last(5)


def _words_of(desk: Desk, message: AcceptedMessage) -> str:
    return next(each.text for each in desk.api.messages if each.id == message.id)


async def test_a_button_of_a_database_that_is_gone_does_nothing(desk: Desk) -> None:
    """Its number means another alert in the one that took its place."""
    message = await desk.alert("The embassy opens")
    data = message.buttons[0][0][1]
    await desk.api.press_data(message, data.replace(desk.store.mark(), "0ddba1"), ANN)
    await desk.api.wait_until(lambda api: bool(api.answers))
    assert "of a database that is gone" in desk.api.answers[-1].text
    assert not desk.store.changes.last(5)


@pytest.mark.parametrize(
    "data", ["boom", "mute-1h", "mute-1h:-1", "mute-1h:1e3", "x" * 64, "mute-1h:9999999999999999999"]
)
async def test_a_press_that_is_none_of_ours(desk: Desk, data: str) -> None:
    """Answered in a word over the chat; no message, no change."""
    message = await desk.alert("The embassy opens")
    await desk.api.press_data(message, data, ANN)
    await desk.api.wait_until(lambda api: bool(api.answers))
    assert "another version" in desk.api.answers[-1].text
    assert len(desk.api.messages) == 1
