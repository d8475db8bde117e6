"""The starter rules find the simulated day's news, all of it, and nothing of its noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from digest.config import load_config, starter_files
from digest.demo.folder import CHANNEL, DIGEST, TOKEN_ENV, furnish
from digest.demo.newsday import Dispatch, load_newsday
from digest.match import RuleSet, load_rules
from digest.values.news import EntryText
from digest.values.settings import Deliver
from tests.fakes.bot_api import TOKEN

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

DAY = load_newsday()
OUTLETS = {outlet.id: outlet for outlet in DAY.outlets}


def loaded_from(folder: Path) -> RuleSet:
    """The rules of a folder, which must be without a fault."""
    found = load_rules({path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.toml"))})
    assert found.problems == ()
    return RuleSet(found.rules)


RULES = loaded_from(starter_files().rules)


def rules_hit(report: Dispatch) -> list[str]:
    """The starter rules that a report fires."""
    outlet = OUTLETS[report.outlet]
    text = EntryText(report.title, report.summary, source=outlet.name, lang=outlet.lang, tags=("demo",))
    return [match.rule for match in RULES.match_entry(text)]


def test_every_newsworthy_report_alerts_and_no_other_does() -> None:
    """No report is missed, no noise and no near miss fires a rule."""
    wrong = [
        (report.title, rules_hit(report)) for report in DAY.reports if bool(rules_hit(report)) != report.newsworthy
    ]
    assert wrong == []


def test_the_live_part_is_a_good_day() -> None:
    """Between sixty and ninety of the live reports are news, and every starter rule has its share of them."""
    live = [rules_hit(report) for report in DAY.reports[DAY.baseline :]]
    assert 60 <= sum(bool(hit) for hit in live) <= 90
    every = {rule.id for rule in RULES.rules}
    assert {rule for hit in live for rule in hit} == every


def test_the_folder_holds_a_config_without_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every outlet is a feed, all goes to one desk: at once, corroborated, as a spike, in bundles, in the digest."""
    monkeypatch.setenv(TOKEN_ENV, TOKEN)
    feeds = [(outlet, f"http://127.0.0.1:8/{outlet.id}/feed") for outlet in DAY.outlets]
    config = load_config(furnish(tmp_path, feeds, "http://127.0.0.1:9", hour=600.0))
    assert config.warnings == ()
    assert [spec.name for spec in config.feeds] == [outlet.name for outlet in DAY.outlets]
    assert [channel.name for channel in config.channels] == [CHANNEL]
    assert [(each.name, each.channels) for each in config.digests] == [(DIGEST, (CHANNEL,))]
    telling = {rule.id: rule.telling for rule in loaded_from(config.rules).rules}
    assert {each.deliver for each in telling.values()} == {Deliver.NOW, Deliver.EVERY, Deliver.DIGEST}
    assert any(each.sources == 2 for each in telling.values())
    assert [rule for rule, each in telling.items() if each.spike] == ["missile-news"]
