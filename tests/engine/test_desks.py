"""Several desks in one engine: feeds are shared, and rules, channels, messages and digests are each desk's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from digest.demo.bot_values import Chat
from digest.engine.sending.digests import owe_digest_now
from digest.store.schema import channels, deliveries, entries, matches, rule_files, rule_versions, rules
from digest.values.messages import DeliveryKind
from tests.e2e.world import DESK, Feed
from tests.engine.test_config_live import Desk
from tests.fakes.bot_api import BotApi
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SEOUL = Chat(-1002, "Seoul")
MAIN = f'[[channel]]\nname = "desk"\ntelegram = "{DESK.id}"\n'
_KOREAS = {"korea/launch", "korea/space.toml", "seoul"}
KOREA = f'[[desk]]\nname = "korea"\n[[channel]]\nname = "seoul"\ntelegram = "{SEOUL.id}"\ndesk = "korea"\n'


class Desks(Desk):
    """An engine in this process with rules for two desks."""

    def write_korea(self, query: str, more: str = "") -> None:
        """Write the rule of the desk korea, which is called as the other desk's is."""
        folder = self.folder / "rules-korea"
        folder.mkdir(exist_ok=True)
        aside = folder / ".new"
        aside.write_text(f'[[rule]]\nid = "launch"\ntitle = "Korea\'s launches"\nquery = \'{query}\'\n{more}')
        aside.rename(folder / "space.toml")

    def told(self, chat: Chat) -> list[str]:
        """What stands in a chat, its severity aside."""
        return [each.text.partition(" · ")[2] for each in self.bot.messages if each.chat.id == chat.id]

    def titles(self, chat: Chat) -> list[str]:
        """The first lines of it."""
        return [text.partition("\n")[0] for text in self.told(chat)]

    def rules_live(self) -> list[str]:
        """The ids of the live rules."""
        return [rule.id for rule in self.here.rules.live()]

    def rows(self) -> dict[str, list[dict[str, Any]]]:
        """All that is stored of the first desk and of what both share."""
        with self.here.database.read() as connection:
            found = {}
            for table in (rules, rule_files, rule_versions, channels, matches, deliveries, entries):
                some = connection.execute(select(*[column for column in table.c if column.name != "seq"])).mappings()
                found[table.name] = [dict(row) for row in some if not _KOREAS.intersection(map(str, row.values()))]
            return found


@pytest.fixture
async def desks(tmp_path: Path) -> AsyncIterator[Desks]:
    """One feed; each desk has a rule ``launch``, for other words, and a chat."""
    async with Desks(tmp_path, BotApi((DESK, SEOUL)), news=Feed("News")) as made:
        made.write_rule("launch", "rocket", "Launches")
        made.write_korea("satellite")
        made.write(channel=MAIN + KOREA)
        yield made


async def test_a_feed_is_fetched_once_and_matched_for_each_desk(desks: Desks) -> None:
    """Rules of the same id look for their own words and tell their own channels."""
    await desks.begin()
    await until(lambda: desks.polled("news"))
    assert desks.rules_live() == ["launch", "korea/launch"]
    assert len(desks.here.polls.all_feeds()) == 1
    asked = desks.feeds["news"].asked
    for title in ("A rocket flies over Paris", "A satellite appears above Busan", "Football results of Madrid"):
        desks.feeds["news"].add(title)
    await until(lambda: len(desks.bot.messages) == 2)
    assert desks.titles(DESK) == ["A rocket flies over Paris"]
    assert desks.titles(SEOUL) == ["A satellite appears above Busan"]
    polls = desks.feeds["news"].asked - asked
    assert desks.here.reads.count_entries() == 4  # the welcome, and each entry once
    await until(lambda: desks.feeds["news"].asked > asked + polls)


async def test_a_story_that_one_desk_was_told_is_a_first_message_at_the_other(desks: Desks) -> None:
    """No UPDATE, and no rule of the other desk is named; each desk's own later reports join its own message."""
    await desks.begin()
    await until(lambda: desks.polled("news"))
    desks.feeds["news"].add("North Korea fires a rocket towards the sea of Japan on Friday morning")
    await until(lambda: len(desks.bot.messages) == 1)
    desks.feeds["news"].add("North Korea fires a rocket with a satellite towards the sea of Japan on Friday morning")
    await until(lambda: desks.told(SEOUL))
    stories = {entry.story for entry in desks.here.reads.entries() if "North" in entry.text.title}
    assert len(stories) == 1
    assert desks.titles(SEOUL) == [desks.feeds["news"].entries[1][0]]
    assert "UPDATE" not in desks.bot.messages[-1].text
    assert "Korea's launches" in desks.told(SEOUL)[0].replace("\u2019", "'")
    assert not any("Launches" in text for text in desks.told(SEOUL))
    assert not any("Korea's" in text for text in desks.told(DESK))
    assert [alert.news for alert in desks.here.reads.alerts(desks={"korea"})] == [None]


async def test_a_report_that_both_find_is_a_message_in_each(desks: Desks) -> None:
    """Each names its own rule alone; a digest tells the alerts of its desk alone."""
    digest = '[[digest]]\nname = "seoul"\nat = "07:00"\nchannels = ["seoul"]\ndesk = "korea"\n'
    desks.write(channel=MAIN + KOREA, more=digest)
    await desks.begin()
    await until(lambda: desks.polled("news"))
    since = desks.here.reads.entry("1").first_seen  # type: ignore[union-attr]
    desks.feeds["news"].add("A rocket flies over Paris")
    desks.feeds["news"].add("A rocket carries a satellite")
    await until(lambda: len(desks.bot.messages) == 3)
    assert sorted(desks.titles(DESK)) == ["A rocket carries a satellite", "A rocket flies over Paris"]
    assert desks.titles(SEOUL) == ["A rocket carries a satellite"]
    owed = {each.channel: each.rules for each in _alerts(desks) if each.title == "A rocket carries a satellite"}
    assert owed == {"desk": ("launch",), "seoul": ("korea/launch",)}
    (spec,) = desks.engine._config.now().digests
    now = max(entry.first_seen for entry in desks.here.reads.entries())
    whole = owe_digest_now(desks.here, spec, desks.engine._config.now().channels, since, now.replace(year=now.year + 1))
    assert whole == 1
    desks.engine.drain.ring()
    await until(lambda: len(desks.told(SEOUL)) == 2)
    assert "Paris" not in desks.told(SEOUL)[1]
    assert len(desks.told(DESK)) == 2


def _alerts(desks: Desks) -> list[Any]:
    """The messages of alerts, each with the rules that it names."""
    found = [each for each in desks.here.outbox.list() if each.kind is DeliveryKind.ALERT]
    told = {each.id: tuple(alert.rule for alert in desks.here.reads.alerts_told(each.id)) for each in found}
    return [_Told(each.title, each.channel, told[each.id]) for each in found]


class _Told:
    def __init__(self, title: str, channel: str, named: tuple[str, ...]) -> None:
        self.title, self.channel, self.rules = title, channel, named


async def test_a_second_desk_changes_nothing_of_the_first(desks: Desks) -> None:
    """Not a row of it, and nothing is sent again; a new desk alerts on nothing older than itself."""
    desks.write(channel=MAIN)
    await desks.begin()
    await until(lambda: desks.polled("news"))
    desks.feeds["news"].add("A rocket carries a satellite")
    await until(lambda: len(desks.bot.messages) == 1)
    await until(lambda: [each.state.value for each in desks.here.outbox.list()] == ["sent"])
    before, messages = desks.rows(), [(each.chat.id, each.text) for each in desks.bot.messages]
    desks.write(channel=MAIN + KOREA)
    await until(lambda: desks.rules_live() == ["launch", "korea/launch"])
    await until(lambda: desks.here.channels.state("seoul").in_service)
    asked = desks.feeds["news"].asked
    await until(lambda: desks.feeds["news"].asked > asked + 1)
    assert desks.rows() == before
    assert [(each.chat.id, each.text) for each in desks.bot.messages] == messages
    desks.feeds["news"].add("A rocket flies over Paris")
    desks.feeds["news"].add("A satellite appears above Busan")
    await until(lambda: len(desks.bot.messages) == 3)
    assert (desks.titles(DESK)[1:], desks.titles(SEOUL)) == (
        ["A rocket flies over Paris"],
        ["A satellite appears above Busan"],
    )
    desks.write(channel=MAIN)
    await until(lambda: desks.rules_live() == ["launch"])


async def test_each_desk_follows_its_own_folder(desks: Desks) -> None:
    """An edit is live; what is broken stays the last good version and is told by its file; the other desk is well."""
    await desks.begin()
    await until(lambda: desks.polled("news"))
    desks.write_korea("satellite OR probe")
    await until(lambda: "probe" in desks.here.rules.live_texts()["korea/space.toml"])
    desks.write_korea("satellite AND", more="")
    await until(lambda: any(file.problems for file in desks.here.rules.files()))
    broken = {file.path: [(each.path, each.line) for each in file.problems] for file in desks.here.rules.files()}
    assert broken == {"korea/space.toml": [("korea/space.toml", 4)], "launch.toml": []}
    desks.feeds["news"].add("A probe lands")
    await until(lambda: desks.titles(SEOUL) == ["A probe lands"])
    (desks.folder / "rules-korea").rename(desks.folder / "aside")
    await until(lambda: any(file.is_folder for file in desks.here.rules.files()))
    assert desks.rules_live() == ["launch", "korea/launch"]
    desks.write_korea("satellite", more='channels = ["desk"]\n')
    await until(lambda: "“desk”" in str(desks.here.rules.files()))
    problem = next(each for file in desks.here.rules.files() for each in file.problems)
    assert str(problem) == (
        "korea/space.toml:5:13: rule “korea/launch”: the channel “desk” is of the desk main, and this is of korea: "
        "name one of its own"
    )
    desks.feeds["news"].add("Another satellite")
    await until(lambda: any(alert.entry.title == "Another satellite" for alert in desks.here.reads.alerts()))
    assert desks.told(DESK) == []
