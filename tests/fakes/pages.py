"""Web pages as outlets make them, and a store whose feeds want them read."""

from __future__ import annotations

from html import escape

HEADLINE = "Navy ship sails into the strait"
"""Of the article, as its feed and its page have it."""
ARTICLE = (
    "The government said on Monday that a navy ship had sailed into the strait for the first time in three years.",
    "Officials in the capital called the voyage routine, and said that no other vessel had come near the ship.",
    "Two fishing boats watched it pass from a distance, the harbour master told reporters later in the day.",
    "The ministry did not say when the destroyer would return to its base in the south of the country.",
)


def page(*paragraphs: str, title: str = HEADLINE) -> bytes:
    """An article between a menu and what else an outlet wants to be read."""
    text = "".join(f"<p>{escape(each)}</p>" for each in paragraphs or ARTICLE)
    return (
        f"<!doctype html><html><head><meta charset='utf-8'><title>{escape(title)} - Wire</title></head><body>"
        f"<nav><ul><li><a href='/'>Home</a></li><li><a href='/world'>World</a></li></ul></nav>"
        f"<main><article><h1>{escape(title)}</h1>{text}</article></main>"
        f"<footer><p>Subscribe to our newsletter</p></footer></body></html>"
    ).encode()


CHALLENGE = (
    b"<!doctype html><html><head><title>Just a moment...</title></head><body><div><h1>Checking your browser</h1>"
    b"<p>Enable JavaScript and cookies to continue</p></div></body></html>"
)
