"""Calls to the reader are told from news that is about the same things."""

from __future__ import annotations

import pytest

from digest.stories.boilerplate import is_boilerplate

CALLS = [
    "Subscribe to our weekly newsletter.",
    "Sign up for the free morning briefing",
    "» Read more: the harbour plan",
    "Click here to see all pictures.",
    "The post Envoys meet appeared first on Harbor Times.",
    "© 2025 Pacific Wire. All rights reserved.",
    "We use cookies to improve this site.",
    "Lesen Sie auch: Der Hafen schließt",
    "Lire aussi : le port ferme",
    "Читайте также: порт закрыт",
    "Подписывайтесь на наш телеграм-канал",
    "اقرأ أيضا: الميناء مغلق",
    "무단 전재 및 재배포 금지",
    "홍길동 기자 hong@example.org",
    "点击阅读全文",
    "責任編輯：王小明",
    "続きを読む",
]
NEWS = [
    "Subscribers to the network rose to four million.",
    "Share prices fell in Seoul on Monday.",
    "The regulator fined the firm over cookies that it set without asking.",
    "Readers will see a shorter paper from May.",
    "구독자 100만 명을 넘어섰다.",
    "اشترك الوفد في المحادثات.",
    "点击率上升了两成。",
    "Most popular tourist sites stay closed.",
    "The ministry clicked into gear, an official said.",
]


@pytest.mark.parametrize("sentence", CALLS)
def test_a_call_is_boilerplate(sentence: str) -> None:
    """What asks something of the reader, or states rights, is about the outlet."""
    assert is_boilerplate(sentence)


@pytest.mark.parametrize("sentence", NEWS)
def test_news_about_such_things_is_none(sentence: str) -> None:
    """The same words in a report are news."""
    assert not is_boilerplate(sentence)
