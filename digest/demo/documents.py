"""Feed documents as real outlets write them: RSS 2.0, Atom and JSON Feed, markup and all."""

from __future__ import annotations

import html
import json
from email.utils import format_datetime
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from digest.demo.newsday import Dispatch, Outlet

    Dated = tuple[Dispatch, datetime]


def feed_document(outlet: Outlet, reports: Sequence[Dated], base: str) -> tuple[bytes, str]:
    """Write an outlet's feed.

    Args:
        outlet: who writes; its ``format`` decides how.
        reports: with their dates, newest first.
        base: the server's address, without a slash at its end.

    Returns:
        The document, and its content type.
    """
    write = {"rss": _rss, "atom": _atom, "json": _json_feed}[outlet.format]
    return write(outlet, reports, base)


def page(outlet: Outlet, report: Dispatch, published: datetime) -> str:
    """Write the web page of a report, where the feed's link leads."""
    return (
        f"<!doctype html><html lang={quoteattr(outlet.lang)}><head><meta charset='utf-8'>"
        f"<title>{html.escape(report.title)} - {html.escape(outlet.name)}</title></head>"
        f"<body><nav>{html.escape(outlet.name)}</nav><article><h1>{html.escape(report.title)}</h1>"
        f"<p><time>{published.isoformat()}</time></p><p>{html.escape(report.summary)}</p></article>"
        "<footer>Invented for the demo of Digest: nothing of this happened.</footer></body></html>"
    )


def page_address(base: str, report: Dispatch) -> str:
    """Give the address of a report's page."""
    return f"{base}/{report.outlet}/{report.id}.html"


def _rss(outlet: Outlet, reports: Sequence[Dated], base: str) -> tuple[bytes, str]:
    """RSS 2.0 with the summary as markup in CDATA, as most outlets have it."""
    entries = "".join(
        f"<item><title>{escape(report.title)}</title><link>{escape(page_address(base, report))}</link>"
        f'<guid isPermaLink="false">{outlet.id}:{report.id}</guid>'
        f"<pubDate>{format_datetime(date, usegmt=True)}</pubDate>"
        f"<description><![CDATA[<p>{html.escape(report.summary)}</p>]]></description></item>\n"
        for report, date in reports
    )
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel>'
        f"<title>{escape(outlet.name)}</title><link>{base}/{outlet.id}/</link>"
        f"<description>{escape(outlet.name)}</description><language>{outlet.lang}</language>\n{entries}</channel></rss>\n"
    )
    return text.encode(), "application/rss+xml; charset=utf-8"


def _atom(outlet: Outlet, reports: Sequence[Dated], base: str) -> tuple[bytes, str]:
    """Atom with the summary as escaped markup."""
    entries = "".join(
        f"<entry><title>{escape(report.title)}</title><link href={quoteattr(page_address(base, report))}/>"
        f"<id>tag:{outlet.id}.example,2026:{report.id}</id><updated>{date.isoformat()}</updated>"
        f"<published>{date.isoformat()}</published>"
        f'<summary type="html">{escape(f"<p>{html.escape(report.summary)}</p>")}</summary></entry>\n'
        for report, date in reports
    )
    updated = f"<updated>{reports[0][1].isoformat()}</updated>" if reports else ""
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.lang}">'
        f"<title>{escape(outlet.name)}</title><id>tag:{outlet.id}.example,2026:feed</id>{updated}\n{entries}</feed>\n"
    )
    return text.encode(), "application/atom+xml; charset=utf-8"


def _json_feed(outlet: Outlet, reports: Sequence[Dated], base: str) -> tuple[bytes, str]:
    """JSON Feed 1.1 with plain text."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{base}/{outlet.id}/",
        "language": outlet.lang,
        "items": [
            {
                "id": f"{outlet.id}:{report.id}",
                "url": page_address(base, report),
                "title": report.title,
                "content_text": report.summary,
                "date_published": date.isoformat(),
            }
            for report, date in reports
        ],
    }
    return json.dumps(document, ensure_ascii=False).encode(), "application/feed+json"
