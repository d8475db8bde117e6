"""Editing rules while the engine works: a draft is compared, put in place, and alerts on the past only when asked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.world import Feed, World
from tests.unlike import unlike

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("forked")


async def told(world: World, *words: str) -> tuple[int, list[dict[str, Any]]]:
    """The exit code of a command and what it printed as JSON lines."""
    before = len(world.output())
    code = await world.finished(world.command(*words))
    lines = world.output()[before:].splitlines()
    return code, [json.loads(line) for line in lines if line.startswith("{")]


FIRST, ARRIVES, LEAVES = map(unlike, ("Envoy, of the first poll", "Envoy arrives", "Envoy leaves"))


async def test_a_draft_goes_live_and_the_past_is_told_when_asked(tmp_path: Path) -> None:
    """Nothing of the past alerts by an edit; asked for, it does once, and not what was a baseline."""
    feed = Feed("News")
    feed.add(FIRST)
    async with World(tmp_path, feed=feed) as world:
        world.write_rule("ties", "embassy")
        await world.start()
        await world.until_polled()
        feed.add("Embassy opens")
        await world.until_sent("Embassy opens")
        feed.add(ARRIVES)
        feed.add("Rain")

        def stored() -> bool:
            with world.store() as store:
                return store.reads.count_entries() == 4

        await world.until(stored)
        draft = tmp_path / "draft" / "ties.toml"
        draft.parent.mkdir()
        draft.write_text("[[rule]]\nid = \"ties\"\nquery = 'embassy OR envoy'\n", encoding="utf-8")
        code, lines = await told(world, "rules", "diff", str(draft), "--json")
        changes = {(line["title"], line["change"]) for line in lines}
        assert (code, changes) == (0, {(FIRST, "added"), (ARRIVES, "added")})

        assert await world.finished(world.command("rules", "apply", str(draft))) == 0
        with world.store() as store:
            assert store.rules.live_texts() == {"ties.toml": draft.read_text()}
            assert [(file.version, file.problems) for file in store.rules.files()] == [(2, ())]
        feed.add(LEAVES)
        await world.until_sent(LEAVES)
        assert world.sent() == ["Embassy opens", LEAVES]

        for _ in range(2):
            assert await world.finished(world.command("rules", "apply", "--alert-past", "1h")) == 0
        await world.until_sent(ARRIVES)
        await world.until_settled()
        assert world.sent() == ["Embassy opens", LEAVES, ARRIVES]
        code, lines = await told(world, "why", "1", "--json")
        assert [(line["matched"], line["alerted"], line["reason"]) for line in lines] == [(True, False, "baseline")]
        assert await world.terminate() == 0


async def test_the_past_is_told_without_a_running_engine_too(tmp_path: Path) -> None:
    """Where no engine runs, the command does the work of one, sends what can go, and ends."""
    feed = Feed("News")
    async with World(tmp_path, feed=feed) as world:
        world.write_rule("ties", "embassy")
        assert await world.finished(world.command("run", "--once")) == 0
        feed.add(ARRIVES)
        assert await world.finished(world.command("run", "--once")) == 0
        world.write_rule("ties", "embassy OR envoy")
        code, _ = await told(world, "rules", "apply", "--alert-past", "1h")
        assert (code, world.sent()) == (0, [ARRIVES])
        assert "1 alert on entries that came before." in world.output()
        world.write_rule("all", "envoy OR embassy OR welcome")  # saved as any file: silent on the past
        (tmp_path / "arrivals.toml").write_text('[[rule]]\nid = "arrivals"\nany = ["arrives"]\n', encoding="utf-8")
        code, _ = await told(world, "rules", "apply", str(tmp_path / "arrivals.toml"), "--alert-past", "1h")
        assert code == 0
        alerts = await world.json("alerts")
        assert [alert["rule"] for alert in alerts] == ["ties", "arrivals"], "of the rules of that file, and no other"


async def test_a_draft_with_a_mistake_is_not_put_in_place(tmp_path: Path) -> None:
    """The live file stays as it is, also where only an example fails."""
    async with World(tmp_path, feed=Feed("News")) as world:
        world.write_rule("ties", "embassy")
        live = (tmp_path / "rules" / "ties.toml").read_text()
        draft = tmp_path / "ties.toml"
        for text in ("[[rule]]\nid = 'x'\nquery = 'a b'\n", "[[rule]]\nid = 'x'\nany = ['a']\nmatch = ['b']\n"):
            draft.write_text(text, encoding="utf-8")
            assert await world.finished(world.command("rules", "apply", str(draft))) == 1
        assert (tmp_path / "rules" / "ties.toml").read_text() == live
        assert [path.name for path in (tmp_path / "rules").iterdir()] == ["ties.toml"]
