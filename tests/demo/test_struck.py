"""What is struck through in a message is seen in plain text, too."""

from __future__ import annotations

import pytest

from digest.demo.telegram_html import read_html, with_strikes


@pytest.mark.parametrize(
    ("html", "seen"),
    [
        ("<b>Four</b> dead", "Four dead"),
        ("<s>Four</s> Six dead", "~~Four~~ Six dead"),
        ("\U0001f30f <s>북 한</s><s>발사</s> \U0001f30f", "\U0001f30f ~~북 한~~~~발사~~ \U0001f30f"),
        ('<a href="https://a.example/">one <s>old</s> new</a>', "one ~~old~~ new"),
    ],
)
def test_struck_words_stand_between_tildes(html: str, seen: str) -> None:
    """Whatever else is marked, in whatever script: places count UTF-16 units."""
    rendered = read_html(html)
    assert with_strikes(rendered.text, rendered.marks) == seen
