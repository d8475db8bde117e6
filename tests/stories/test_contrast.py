"""Headlines that are much alike and tell of different events are never taken for one; those of one event mostly are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from digest.stories.cluster import Clue, Window, checked
from digest.stories.cluster.contrast import contrasts

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def clue(title: str, summary: str = "", source: str = "", lang: str = "en") -> Clue:
    """A report of these words."""
    return Clue(title, summary, source, lang, NOW)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        (
            "Airstrike on market in Syria's Idlib kills 12, rescuers say",
            "Airstrike on market in Syria's Aleppo kills 12",
        ),
        ("Israel strikes weapons depot near Damascus", "Israel strikes weapons depot near Homs"),
        ("Kim Jong Un meets Assad in Pyongyang", "Kim Jong Un meets Putin in Pyongyang"),
        ("UN lifts sanctions on Syria", "US lifts sanctions on Syria"),
        ("N. Korea fires missile toward East Sea: JCS", "N. Korea fires another missile toward East Sea: JCS"),
        ("North Korea conducts sixth nuclear test", "North Korea conducts seventh nuclear test"),
        ("North Korea conducts missile test", "North Korea conducts nuclear test"),
        ("UN Security Council votes to lift sanctions", "UN Security Council votes to extend sanctions"),
        ("North Korean ambassador to Syria leaves Damascus", "North Korean ambassador to Syria returns to Damascus"),
        ("Syria ceasefire holds in Sweida", "Syria ceasefire collapses in Sweida"),
        ("North Korea executes former envoy to Syria", "North Korea did not execute former envoy to Syria"),
        ("Kim meets Russian defence minister", "Kim meets Russian foreign minister"),
        ("시리아 이들리브 공습으로 12명 사망", "시리아 알레포 공습으로 12명 사망"),
        ("북한, 동해상으로 탄도미사일 발사", "북한, 동해상으로 탄도미사일 추가 발사"),
        ("КНДР запустила баллистическую ракету", "КНДР запустила вторую баллистическую ракету"),
        ("غارة إسرائيلية على دمشق", "غارة إسرائيلية على حمص"),
        ("北朝鮮が弾道ミサイル発射", "北朝鮮が再び弾道ミサイル発射"),
        ("Police Arrest Man Over Stabbing In Leeds", "Police Arrest Man Over Stabbing In Bristol"),
        ("Magnitude 6.1 Quake Hits Peru", "Magnitude 6.1 Quake Hits Chile"),
        ("New York Mayor Resigns Over Scandal", "Los Angeles Mayor Resigns Over Scandal"),
        ("France recognises state of Palestine", "Spain recognises state of Palestine"),
        ("Iran launches satellite into orbit", "India launches satellite into orbit"),
        ("Niger recalls envoy from Paris", "Nigeria recalls envoy from Paris"),
        ("Austria recalls envoy from Paris", "Australia recalls envoy from Paris"),
        ("Apple sues Samsung over patents", "Samsung sues Apple over patents"),
        ("俄罗斯空袭哈尔科夫致5人死亡", "俄罗斯空袭敖德萨致5人死亡"),
        ("ロシア、ハリコフを空爆 5人死亡", "ロシア、オデッサを空爆 5人死亡"),
        ("รัสเซียโจมตีคาร์คีฟ ตาย 5 ราย", "รัสเซียโจมตีโอเดสซา ตาย 5 ราย"),
    ],
)
def test_another_event_in_much_the_same_words(earlier: str, later: str) -> None:
    """Another place, person or kind; again; the opposite; a denial."""
    assert contrasts(clue(earlier), clue(later))


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("North Korea fires ballistic missile", "North Korea launches ballistic missile"),
        ("North Korea launches missile toward the sea", "North Korea launches missile toward sea, Seoul says"),
        ("N. Korea fires ballistic missile: JCS", "N. Korea fires ballistic missile, Tokyo reports"),
        ("North Korea closes its embassy in Syria", "North Korea shuts its embassy in Syria"),
        ("Syria reopens Aleppo airport - Reuters", "Syria reopens Aleppo airport | BBC News"),
        ("북한, 시리아 대사관 폐쇄", "북한, 시리아 대사관 폐쇄"),
        ("Quake kills 12 in western Iran", "Quake kills 12 in western Iran, hundreds flee"),
        ("Quake kills 12 in western Iran", "Earthquake kills 12 in western Iran"),
        ("Israeli jets strike port of Hodeidah", "Israel jets strike port of Hodeidah"),
        ("Five Shot At Mall In Leeds Centre", "Five Shot In Mall In Leeds Centre"),
        ("Israel and Hamas agree to ceasefire in Gaza", "Hamas and Israel agree to ceasefire in Gaza"),
        ("北朝鮮が弾道ミサイルを発射", "北朝鮮、弾道ミサイルを発射"),
        ("俄罗斯空袭哈尔科夫致5人死亡", "俄罗斯空袭哈尔科夫致7人死亡"),
    ],
)
def test_one_event_in_other_words(earlier: str, later: str) -> None:
    """Other verbs, who says so, what else is added."""
    assert not contrasts(clue(earlier), clue(later))


def test_a_name_that_the_other_report_has_too_is_none_that_parts_them() -> None:
    """Its summary counts: headlines leave out what texts say."""
    one = clue("Strike near Damascus kills six", "The depot lies between Damascus and Homs.")
    assert not contrasts(one, clue("Strike near Homs kills six", "Rescuers came from Damascus."))


def test_what_is_placed_by_likeness_alone_is_sure_of_nothing_then() -> None:
    """It stays with the story, as doubtful and no repeat."""
    window = Window()
    first, second = clue("Israel strikes weapons depot near Damascus"), clue("Israel strikes weapons depot near Homs")
    placed = window.place(first)
    window.add(1, 1, NOW, placed.lang, placed.vector)
    by_words = window.place(second)
    assert (by_words.story, by_words.repeat) == (1, True)
    found = checked(by_words, first, second)
    assert (found.story, found.repeat, found.doubtful) == (1, False, True)
    assert checked(by_words, None, second) == by_words
