"""The config follows its file, however that is saved; a mistake changes nothing but what is shown."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from digest.config import load_config
from digest.engine.config import LiveConfig
from digest.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from digest.config import Config

_STATE_CHANGED = f"state changed: takes effect after a restart (first kill {os.getpid()}"
ONE = '[[feed]]\nurl = "https://one.example/rss"\n'
TWO = ONE.replace("one", "two")
BROKEN = '[[feed]]\nurl = "https://one.example/rss"\nevery = "soon"\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A config with one feed."""
    found = tmp_path / "config.toml"
    found.write_text(ONE)
    return found


class Follows:
    """A config that is followed, and what the engine was given of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.live = LiveConfig(load_config(path))
        self.taken: list[Config] = []
        self.live.taking = self._take

    async def _take(self, config: Config) -> None:
        self.taken.append(config)

    async def write(self, text: str) -> None:
        """Save this, and have it looked at."""
        self.path.write_text(text)
        await self.live.refresh()

    def urls(self) -> list[str]:
        """The feeds in force."""
        return [feed.url for feed in self.live.now().feeds]


def _in_place(path: Path) -> None:
    path.write_text(TWO)


def _renamed_over(path: Path) -> None:
    aside = path.with_name(".config.toml.swp")
    aside.write_text(TWO)
    aside.rename(path)


def _kept_as_a_backup(path: Path) -> None:
    path.rename(path.with_name("config.toml~"))
    path.write_text(TWO)


def _linked_elsewhere(path: Path) -> None:
    (path.parent / "second.toml").write_text(TWO)
    aside = path.with_name("aside")
    aside.symlink_to("second.toml")
    aside.rename(path)


@pytest.mark.parametrize("save", [_in_place, _renamed_over, _kept_as_a_backup, _linked_elsewhere])
async def test_an_edit_is_taken_however_it_is_saved(path: Path, save: Callable[[Path], None]) -> None:
    """Whole, and once."""
    follows = Follows(path)
    await follows.live.refresh()
    assert follows.taken == []
    save(path)
    assert await follows.live.refresh()
    assert follows.urls() == ["https://two.example/rss"]
    assert not await follows.live.refresh()
    assert len(follows.taken) == 1


async def test_a_link_below_the_name_that_is_turned_is_an_edit(tmp_path: Path) -> None:
    """As a folder of settings is swapped in at once."""
    for name, text in (("first", ONE), ("second", TWO)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.toml").write_text(f'state = "{tmp_path}"\nrules = "{tmp_path}"\n{text}')
    (tmp_path / "now").symlink_to("first")
    follows = Follows(tmp_path / "now" / "config.toml")
    await follows.live.refresh()
    (tmp_path / "next").symlink_to("second")
    (tmp_path / "next").rename(tmp_path / "now")
    await follows.live.refresh()
    assert follows.urls() == ["https://two.example/rss"]
    assert follows.live.problem() == ""


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        (BROKEN, ":3:9: “soon” is no duration"),
        ('[[feed]\nurl = "https://two.example/rss"\n', ":1:"),
        (TWO + "\n[poll]\nevry = 3\n", ":5:1: unknown key “evry”"),
        ("", ":1:1: the file is empty"),
    ],
)
async def test_a_mistake_keeps_what_was_last_good(path: Path, broken: str, place: str) -> None:
    """It is shown with its place, for as long as it is there."""
    follows = Follows(path)
    await follows.live.refresh()
    await follows.write(broken)
    assert follows.urls() == ["https://one.example/rss"]
    assert follows.taken == []
    assert follows.live.problem().startswith(f"config.toml{place}")
    assert follows.live.problem().endswith("what the file said before stays in force")
    found = follows.live.broken()
    assert found is not None
    assert (found.path, found.live, found.what) == (str(path), True, "config file")
    await follows.write(TWO)
    assert (follows.urls(), follows.live.problem(), follows.live.broken()) == (["https://two.example/rss"], "", None)


def _taken_away(path: Path) -> None:
    path.unlink()


async def test_a_file_that_is_gone_is_a_mistake(path: Path) -> None:
    """The engine goes on by what it said."""
    follows = Follows(path)
    await follows.live.refresh()
    _taken_away(path)
    await follows.live.refresh()
    assert "there is no such file" in follows.live.problem()
    assert follows.urls() == ["https://one.example/rss"]


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (
            'state = "elsewhere"\n',
            f"{_STATE_CHANGED}: digest stop finds only an engine of the new folder)",
        ),
        ('database = "postgresql://here/there"\n', "database changed: takes effect after a restart"),
        ('[telegram]\ntoken_env = "ANOTHER"\n', "telegram.token_env changed: takes effect after a restart"),
        (
            '[telegram]\ntoken_file = "token"\napi = "http://127.0.0.1:1"\n',
            "telegram.token_file, telegram.api changed: take effect after a restart",
        ),
    ],
)
async def test_what_needs_a_restart_is_told_by_its_name(path: Path, edit: str, said: str) -> None:
    """All else of the same edit is in force, and what needs one is as it was; taken back, nothing is told."""
    follows = Follows(path)
    await follows.live.refresh()
    before = follows.live.now()
    await follows.write(edit + TWO)
    now = follows.live.now()
    assert follows.live.problem() == f"config.toml: {said}"
    assert follows.urls() == ["https://two.example/rss"]
    assert (now.state, now.database, now.telegram) == (before.state, before.database, before.telegram)
    await follows.write(TWO)
    assert follows.live.problem() == ""


async def test_an_edit_that_the_store_fails_on_is_tried_again(path: Path) -> None:
    """Until then all is as it was."""
    follows = Follows(path)
    await follows.live.refresh()

    async def fail(config: Config) -> None:
        raise StoreError(f"the disk is full: {len(config.feeds)}")

    follows.live.taking, taking = fail, follows.live.taking
    with pytest.raises(StoreError):
        await follows.write(TWO)
    assert follows.urls() == ["https://one.example/rss"]
    follows.live.taking = taking
    assert await follows.live.refresh()
    assert follows.urls() == ["https://two.example/rss"]


async def test_a_new_feed_is_never_asked_without_its_proxy(path: Path) -> None:
    """The store has it before the config is in force as a whole, and it may be polled from then on."""
    follows = Follows(path)
    seen: list[str] = []

    async def take(config: Config) -> None:
        assert config != follows.live.now()
        seen.extend(follows.live.access(feed.url).proxy for feed in config.feeds)

    follows.live.taking = take
    await follows.write(ONE + TWO + 'proxy = "http://127.0.0.1:3128"\n')
    assert seen == ["", "http://127.0.0.1:3128"]
    await follows.write(ONE)
    assert follows.live.access("https://two.example/rss").proxy == ""
