# ruff: noqa: E501 - documents stand as they are
"""Small documents of every kind, for where there is no corpus."""

from __future__ import annotations

from typing import Final

_RSS: Final = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>News</title><link>https://feed.test/</link><language>en</language>
<item><title>Embassy &amp;amp; consulate reopen</title><link>/1?a=1&amp;b=2</link><guid isPermaLink="false">1</guid>
<pubDate>Wed, 25 Nov 2026 10:00:00 +0900</pubDate><description>&lt;p&gt;It &lt;b&gt;reopened&lt;/b&gt;.&lt;/p&gt;</description>
<content:encoded><![CDATA[<h1>Text</h1><ul><li>북한</li></ul><img src="x.png">]]></content:encoded>
<dc:creator>A. Writer</dc:creator><category>world</category><enclosure url="https://feed.test/a.mp3" type="audio/mpeg"/></item>
<item><title>Second</title><link>https://feed.test/2</link></item></channel></rss>"""
_ATOM: Final = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://feed.test/a/">
<title type="html">&lt;i&gt;News&lt;/i&gt;</title><id>urn:x</id><updated>2026-11-25T10:00:00Z</updated>
<entry><id>urn:1</id><title type="text">A &lt;b&gt; c</title><link rel="alternate" href="1.html"/><updated>2026-11-25T10:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Text</p></div></content></entry>
<entry><id>urn:2</id><title>B</title><summary type="html">&lt;p&gt;x</summary></entry></feed>"""
_RDF: Final = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">
<channel rdf:about="https://feed.test/"><title>News</title></channel>
<item rdf:about="https://feed.test/1"><title>One</title><link>https://feed.test/1</link></item></rdf:RDF>"""
_JSON: Final = """{"version": "https://jsonfeed.org/version/1.1", "title": "News", "items": [
{"id": 1, "url": "https://feed.test/1", "title": "One", "content_html": "<p>x</p>", "date_published": "2026-11-25T10:00:00Z"},
{"id": "2", "content_text": "Two\\nlines", "tags": ["a"], "authors": [{"name": "B"}]}]}"""

SEEDS: Final = (
    *(text.encode() for text in (_RSS, _ATOM, _RDF, _JSON)),
    _RSS.encode("utf-16"),
    _RSS.replace("utf-8", "euc-kr").encode("cp949"),
    b"<!DOCTYPE html><html><title>Page</title><body>Text</body></html>",
)
