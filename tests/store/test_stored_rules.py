"""Rule files as the engine loaded them: what survives a broken edit and a restart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from digest.match import load_rules
from digest.store import open_store
from digest.store.schema import rule_files, rule_versions, rules
from digest.values.news import Severity
from tests.store.conftest import MINUTE, NOW

if TYPE_CHECKING:
    from collections.abc import Mapping

    from digest.store import Store

GOOD = """
[[rule]]
id = "korea"
title = "Korea"
severity = "high"
channels = ["desk"]
any = ["Pyongyang"]

[[rule]]
id = "ties"
enabled = false
any = ["diplomatic ties"]
"""
BETTER = GOOD.replace("Pyongyang", "Kim Jong Un")
BROKEN = GOOD.replace("any = [", "any = ")
SYRIA = '[[rule]]\nid = "syria"\nany = ["Damascus"]\n'


def load(store: Store, files: Mapping[str, str], minute: int = 0) -> None:
    """Load these files as the engine does."""
    store.rules.save_loaded(load_rules(files, store.rules.last_good()), NOW + minute * MINUTE)


def versions(store: Store) -> list[str]:
    """Every version ever kept, oldest first."""
    with store.database.read() as connection:
        return list(connection.scalars(select(rule_versions.c.text).order_by(rule_versions.c.id)))


def test_live_rules_are_shown_in_order(store: Store) -> None:
    """All that faces show of the rules, disabled ones included, in the order of files and places."""
    load(store, {"korea.toml": GOOD, "a/syria.toml": SYRIA})
    syria, korea, ties = store.rules.live()
    assert (syria.id, syria.path, syria.channels, syria.severity) == ("syria", "a/syria.toml", None, Severity.NORMAL)
    assert (korea.id, korea.title, korea.severity, korea.channels) == ("korea", "Korea", Severity.HIGH, ("desk",))
    assert (korea.path, korea.line > 0, korea.enabled, ties.enabled) == ("korea.toml", True, True, False)


def test_the_last_good_version_survives_a_restart(store: Store, url: str) -> None:
    """A broken edit leaves the good text live, also for a later engine; the error is kept with its place."""
    load(store, {"korea.toml": GOOD})
    load(store, {"korea.toml": BROKEN}, minute=1)
    with open_store(url) as later:
        assert later.rules.last_good() == {"korea.toml": GOOD}
        assert [rule.id for rule in later.rules.live()] == ["korea", "ties"]
        (file,) = later.rules.files()
        assert (file.path, file.version, file.since) == ("korea.toml", 1, NOW)
        assert (file.problems[0].path, file.problems[0].line > 1) == ("korea.toml", True)
        load(later, {"korea.toml": BETTER}, minute=2)
        (file,) = later.rules.files()
        assert (file.problems, file.since) == ((), NOW + 2 * MINUTE)


def test_versions_are_kept_when_the_text_changed(store: Store) -> None:
    """Loading the same text again keeps nothing new; going back to an older one does."""
    for text in (GOOD, GOOD, BROKEN, BETTER, BETTER, GOOD):
        load(store, {"korea.toml": text})
    assert versions(store) == [GOOD, BETTER, GOOD]


def test_a_file_that_never_was_good(store: Store) -> None:
    """It is shown with its problems, and nothing of it is live."""
    load(store, {"korea.toml": BROKEN})
    (file,) = store.rules.files()
    assert (file.version, file.since, len(file.problems) > 0) == (None, None, True)
    assert (store.rules.live(), store.rules.last_good()) == ([], {})
    load(store, {"korea.toml": GOOD}, minute=1)
    (file,) = store.rules.files()
    assert (file.version, file.since, file.problems) == (1, NOW + MINUTE, ())


def test_a_file_that_was_deleted_is_gone(store: Store) -> None:
    """Its rules are no longer live, and a broken file of its name does not bring the old text back."""
    load(store, {"korea.toml": GOOD, "syria.toml": SYRIA})
    load(store, {"syria.toml": SYRIA})
    assert [file.path for file in store.rules.files()] == ["syria.toml"]
    for _ in range(2):  # a second load must not take what the first one stored for a sign of life
        load(store, {"korea.toml": BROKEN, "syria.toml": SYRIA})
        assert [rule.id for rule in store.rules.live()] == ["syria"]
        assert store.rules.last_good() == {"syria.toml": SYRIA}
    load(store, {"korea.toml": GOOD, "syria.toml": SYRIA})
    load(store, {"korea.toml": BROKEN, "syria.toml": SYRIA})
    assert [rule.id for rule in store.rules.live()] == ["korea", "ties", "syria"]


def test_a_file_that_never_was_good_leaves_no_trace(store: Store) -> None:
    """Deleting it is no version of it."""
    load(store, {"korea.toml": BROKEN})
    load(store, {})
    assert (store.rules.files(), versions(store)) == ([], [])


def test_a_version_is_live_since_its_text_is(store: Store, url: str) -> None:
    """Loading it again, a broken edit, mending that by the same text, and a restart leave the time as it was."""
    for minute, text in enumerate((GOOD, GOOD, BROKEN, BROKEN, GOOD)):
        load(store, {"korea.toml": text}, minute)
    with open_store(url) as later:
        load(later, {"korea.toml": GOOD}, minute=9)
        (file,) = later.rules.files()
        assert (file.since, file.problems) == (NOW, ())
    load(store, {"north.toml": GOOD}, minute=10)  # a renamed file is live under its new name since then
    (file,) = store.rules.files()
    assert (file.path, file.since) == ("north.toml", NOW + 10 * MINUTE)


def test_what_did_not_change_is_not_written(store: Store) -> None:
    """Of thousands of rules an edit writes the few that it changed, and nothing where nothing did."""
    load(store, {"korea.toml": GOOD, "syria.toml": SYRIA})
    before = _sequences(store)
    load(store, {"korea.toml": GOOD, "syria.toml": SYRIA}, minute=1)
    assert _sequences(store) == before
    load(store, {"korea.toml": BETTER, "syria.toml": SYRIA.replace("syria", "damascus")}, minute=2)
    after = _sequences(store)
    assert {name for name in before | after if before.get(name) != after.get(name)} == {
        "korea.toml",
        "syria.toml",
        "syria",
        "damascus",
    }
    assert [rule.id for rule in store.rules.live()] == ["korea", "ties", "damascus"]


def _sequences(store: Store) -> dict[str, int]:
    """When each rule and each file was last written, by its name."""
    with store.database.read() as connection:
        files = connection.execute(select(rule_files.c.path, rule_files.c.seq)).all()
        return dict([*map(tuple, files), *map(tuple, connection.execute(select(rules.c.id, rules.c.seq)).all())])


def test_a_good_text_waits_for_what_it_needs(store: Store) -> None:
    """A text that cannot stay live because another file broke is live again when that one is right."""
    alias, user = '[alias]\ndprk = ["Pyongyang"]\n', '[[rule]]\nid = "korea"\nany = ["@dprk"]\n'
    load(store, {"alias.toml": alias, "user.toml": user})
    load(store, {"alias.toml": alias.replace("dprk", "north"), "user.toml": user + "# edited\nnonsense"})
    assert store.rules.live() == []
    load(store, {"alias.toml": alias, "user.toml": user + "# edited\nnonsense"})
    assert [rule.id for rule in store.rules.live()] == ["korea"]


def test_pushed_rules_are_live_whatever_the_folder_says_until_they_are_withdrawn(store: Store) -> None:
    """Who owns the rules is said once, and not by who happens to write last."""
    load(store, {"a.toml": GOOD})
    before = store.rules.live_mark()
    assert store.rules.pushed() is None
    store.rules.push(load_rules({"a.toml": BETTER, "b.toml": SYRIA}), "ann on ci", NOW)
    pushed = store.rules.pushed()
    assert pushed is not None
    assert (pushed.by, pushed.at) == ("ann on ci", NOW)
    assert store.rules.live_texts() == {"a.toml": BETTER, "b.toml": SYRIA}
    assert store.rules.live_mark() != before
    assert not store.rules.save_loaded(load_rules({"a.toml": GOOD}), NOW)
    assert store.rules.live_texts() == {"a.toml": BETTER, "b.toml": SYRIA}
    assert (store.rules.withdraw(), store.rules.withdraw()) == (True, False)
    load(store, {"a.toml": GOOD})
    assert (store.rules.live_texts(), store.rules.pushed()) == ({"a.toml": GOOD}, None)
    assert store.rules.live_mark() == before
