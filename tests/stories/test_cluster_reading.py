"""What is compared of a report: its headline without the outlet, and the language it is compared in."""

from __future__ import annotations

import subprocess
import sys

import pytest

from digest.stories.cluster.languages import language_of
from digest.stories.cluster.titles import parted
from tests.stories.labelled import SETS, measure, read_set


@pytest.mark.parametrize(
    ("title", "source", "headline", "outlet"),
    [
        ("Quake hits northern Chile - Reuters", "", "Quake hits northern Chile", "reuters"),
        ("Quake hits northern Chile | World | BBC News", "", "Quake hits northern Chile", "bbc news"),
        ("Quake hits Chile — The Sydney Morning Herald", "x", "Quake hits Chile", "the sydney morning herald"),
        ("Nordkorea testet Rakete | tagesschau.de", "", "Nordkorea testet Rakete", "tagesschau de"),
        ("北朝鮮が弾道ミサイルを発射｜NHK", "", "北朝鮮が弾道ミサイルを発射", "nhk"),
        ("Quake - Wire", "Wire", "Quake", "wire"),
        ("WIRE: Quake hits Chile", "Wire", "Quake hits Chile", "wire"),
        ("Quake hits Chile", "Wire", "Quake hits Chile", "wire"),
        ("Fed sees no cut this year - traders", "", "Fed sees no cut this year - traders", ""),
        ("Quake in northern Chile - 12 dead", "", "Quake in northern Chile - 12 dead", ""),
        ("Weather - Seoul", "", "Weather - Seoul", ""),
        ("Breaking news: Reuters", "", "Breaking news: Reuters", ""),
        ("Two-thirds of Al-Jazeera viewers agree", "", "Two-thirds of Al-Jazeera viewers agree", ""),
        (" - ", "", " - ", ""),
        ("", "", "", ""),
    ],
)
def test_an_outlets_name_is_cut_from_a_headline(title: str, source: str, headline: str, outlet: str) -> None:
    """Where a mark parts off a short name and leaves a headline; what else a mark parts off stays."""
    assert parted(title, source) == (headline, outlet)


@pytest.mark.parametrize(
    ("tag", "text", "lang"),
    [
        ("en-GB", "Quake hits Chile", "en"),
        ("PT_br", "Copom mantém Selic", "pt"),
        ("nb-NO", "Oslo", "no"),
        ("", "Earthquake hits the coast of Chile", "en"),
        ("", "Der Bundestag stimmt über das Gesetz ab", "de"),
        ("", "Un terremoto sacude el norte de Chile", "es"),
        ("", "Землетрясение произошло у берегов Камчатки", "ru"),
        ("", "Землетрус стався біля узбережжя", "uk"),
        ("uk", "Президент прибув до Києва", "uk"),
        ("", "북한, 동해상으로 탄도미사일 발사", "ko"),
        ("", "北朝鮮がミサイルを発射", "ja"),
        ("", "朝鲜发射弹道导弹", "zh"),
        ("ja", "東京株式市場", "ja"),
        ("", "زلزال قوي يضرب تركيا", "ar"),
        ("", "زمین‌لرزه در ترکیه؛ چند نفر کشته شدند پس از", "fa"),
        ("", "भूकंप से दहला नेपाल", "hi"),
        ("", "Σεισμός στην Κρήτη", "el"),
        ("en", "북한, 미사일 발사", "ko"),
        ("ru", "Quake hits the coast of Chile and Peru", "en"),
        ("en-US", "Der Bundestag stimmt über das Gesetz und die Reform ab", "de"),
        ("en-US", "Bundestag billigt Reform", "en"),
        ("nonsense tag", "The end of the war", "en"),
        ("", "12:30", "en"),
    ],
)
def test_the_language_is_what_the_feed_says_unless_the_text_plainly_says_otherwise(
    tag: str, text: str, lang: str
) -> None:
    """A script that the language is never written in tells, and so do three small words of another language."""
    if lang == "en" and text == "12:30":
        assert language_of(tag, text)
    else:
        assert language_of(tag, text) == lang


def test_the_language_of_headlines_is_told_nearly_always() -> None:
    """Of ours, in seven languages, at least 97 in a hundred."""
    told = [language_of("", each.clue.title) == path.stem for path in SETS.glob("??.csv") for each in read_set(path)]
    assert len(told) > 700
    assert sum(told) / len(told) >= 0.97


def test_the_model_is_loaded_only_for_a_text_that_needs_it() -> None:
    """A feed that names its language, or writes plainly, costs no half a second and no memory."""
    code = (
        "import sys\n"
        "from digest.stories.cluster.languages import language_of\n"
        "for tag, text in ('de', 'Bundestag billigt Reform'), ('', 'The end of the war'), ('', '북한'):\n"
        "    language_of(tag, text)\n"
        "print('py3langid' in sys.modules)\n"
        "language_of('', 'Bundestag billigt Reform')\n"
        "print('py3langid' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.split() == ["False", "True"]


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("en", 0.84),
        ("de", 0.84),
        ("ru", 0.8),
        ("es", 0.86),
        ("pt", 0.87),
        ("fr", 0.83),
        ("ko", 0.85),
        ("en_summaries", 0.86),
    ],
)
def test_stories_of_ours_are_told_apart(name: str, least: float) -> None:
    """B³ F1 on our labelled sets does not fall by more than .04 of what it was; hardly a repeat is a wrong one."""
    found = measure(read_set(SETS / f"{name}.csv", name[:2]))
    assert found.f1 >= least
    assert found.repeats - found.right <= 1
