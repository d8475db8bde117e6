"""Sites whose pages have a feed at an address that can be told from their own, without asking anybody.

Templates fill in what the patterns found; ``{origin}`` is the scheme and host of the page, ``{query}`` a parameter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Site(NamedTuple):
    """Pages of one kind."""

    host: re.Pattern[str]
    """Of the host, without ``www.``."""
    path: re.Pattern[str]
    feeds: tuple[str, ...]
    """Those whose names are meant alike come first."""
    query: str = ""
    """The parameter of the address that is ``{query}``; where it is missing the page is not of this kind."""


def _site(host: str, path: str, *feeds: str, query: str = "") -> _Site:
    return _Site(re.compile(host), re.compile(path), feeds, query)


_YOUTUBE: Final = r"(?:m\.|music\.)?youtube\.com|youtu\.be"
_REDDIT: Final = r"(?:old\.|new\.|m\.)?reddit\.com"
_REPOSITORY: Final = (
    r"/(?P<owner>(?!topics/|trending/|explore/|search/|features/|settings/|orgs/|marketplace/)[\w.-]+)"
    r"/(?P<name>[\w.-]+?)(?:\.git)?"
)
_GIT_LOG: Final = r"(?P<project>/.+)/-/(?:commits|tree)/(?P<branch>.+)"
_GITLAB_PROJECT: Final = r"(?P<project>/[\w.-]+/[\w./-]+)"
_CODEBERG: Final = "{origin}/{owner}/{name}"
_STACK: Final = r"(?:[\w-]+\.)*stackexchange\.com|stackoverflow\.com"
_GITHUB: Final = "https://github.com/{owner}/{name}"
_NO_MASTODON: Final = r"(?!.*(?:threads\.(?:net|com)|tiktok\.com|flipboard\.com|youtube\.com|medium\.com)$).+"

_SITES: Final = (
    _site(_YOUTUBE, r"/channel/(?P<id>UC[\w-]+).*", "https://www.youtube.com/feeds/videos.xml?channel_id={id}"),
    _site(_YOUTUBE, r"/user/(?P<id>[\w-]+).*", "https://www.youtube.com/feeds/videos.xml?user={id}"),
    _site(_YOUTUBE, r".*", "https://www.youtube.com/feeds/videos.xml?playlist_id={query}", query="list"),
    _site(_REDDIT, r"/r/(?P<name>\w+)(?P<order>/(?:new|hot|top|rising))?", "https://www.reddit.com/r/{name}{order}/.rss"),
    _site(_REDDIT, r"/r/(?P<name>\w+)/comments/(?P<id>\w+).*", "https://www.reddit.com/r/{name}/comments/{id}/.rss"),
    _site(_REDDIT, r"/u(?:ser)?/(?P<name>[\w-]+).*", "https://www.reddit.com/user/{name}/.rss"),
    _site(r"github\.com", _REPOSITORY, *(f"{_GITHUB}/{kind}.atom" for kind in ("releases", "commits", "tags"))),
    _site(r"github\.com", rf"{_REPOSITORY}/(?P<kind>releases|tags)(?:/.*)?", f"{_GITHUB}/{{kind}}.atom"),
    _site(r"github\.com", rf"{_REPOSITORY}/(?:commits|tree)/(?P<branch>[^?]+)", f"{_GITHUB}/commits/{{branch}}.atom"),
    _site(r"github\.com", rf"{_REPOSITORY}/commits", f"{_GITHUB}/commits.atom"),
    _site(r"github\.com", r"/(?P<owner>[\w-]+)", "https://github.com/{owner}.atom"),
    _site(r".+", _GIT_LOG, "{origin}{project}/-/commits/{branch}?format=atom"),
    _site(r".+", r"(?P<project>/.+)/-/releases", "{origin}{project}/-/releases.atom"),
    _site(r".+", r"(?P<project>/.+)/-/tags", "{origin}{project}/-/tags?format=atom"),
    _site(r"gitlab\.(?:com|[\w.-]+)", _GITLAB_PROJECT, "{origin}{project}.atom", "{origin}{project}/-/releases.atom"),
    _site(r"codeberg\.org", r"/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)", f"{_CODEBERG}/releases.rss", f"{_CODEBERG}.rss"),
    _site(r"bsky\.app", r"/profile/(?P<name>[\w.:-]+)(?:/.*)?", "https://bsky.app/profile/{name}/rss"),
    _site(r"(?P<name>[\w-]+)\.substack\.com", r".*", "{origin}/feed"),
    _site(r"substack\.com", r"/@(?P<name>[\w-]+).*", "https://{name}.substack.com/feed"),
    _site(r"medium\.com", r"/(?P<name>@?[\w.-]+)(?:/.*)?", "https://medium.com/feed/{name}"),
    _site(r"[\w-]+\.medium\.com", r".*", "{origin}/feed"),
    _site(r"[\w-]+\.wordpress\.com", r".*", "{origin}/feed/"),
    _site(r"[\w-]+\.blogspot\.(?:com|[\w.]+)", r".*", "{origin}/feeds/posts/default"),
    _site(r"tumblr\.com", r"/(?:blog/(?:view/)?)?(?P<name>[\w-]+).*", "https://{name}.tumblr.com/rss"),
    _site(r"[\w-]+\.tumblr\.com", r".*", "{origin}/rss"),
    _site(r"news\.ycombinator\.com", r"(?:/news|/newest)?", "https://news.ycombinator.com/rss"),
    _site(r"lobste\.rs", r"(?:/newest)?", "https://lobste.rs/rss"),
    _site(r"lobste\.rs", r"(?P<tag>/t/[\w,-]+)", "https://lobste.rs{tag}.rss"),
    _site(r"dev\.to", r"/(?P<name>\w+)", "https://dev.to/feed/{name}"),
    _site(r"pypi\.org", r"/project/(?P<name>[\w.-]+).*", "https://pypi.org/rss/project/{name}/releases.xml"),
    _site(r"arxiv\.org", r"/list/(?P<name>[\w.-]+)(?:/.*)?", "https://rss.arxiv.org/rss/{name}"),
    _site(r"vimeo\.com", r"(?P<user>/[A-Za-z]\w+)", "https://vimeo.com{user}/videos/rss"),
    _site(_STACK, r"/questions/tagged/(?P<tag>[^/]+)", "{origin}/feeds/tag/{tag}"),
    _site(r"news\.google\.com", r"(?P<what>/(?:topics|publications)/.+)", "https://news.google.com/rss{what}"),
    _site(r"news\.google\.com", r"/search", "https://news.google.com/rss/search?q={query}", query="q"),
    _site(_NO_MASTODON, r"/@(?P<name>\w+)@(?P<home>[\w.-]+\.\w+)", "https://{home}/@{name}.rss"),
    _site(_NO_MASTODON, r"/(?:@|users/)(?P<name>\w+)(?:/with_replies)?", "{origin}/@{name}.rss"),
)  # fmt: skip
"""In the order in which they are tried: the first whose patterns fit is it."""


def feeds_of_site(url: str) -> tuple[str, ...]:
    """The addresses at which a known site has the feeds of a page; empty for any other.

    Args:
        url: of the page, with its scheme.
    """
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ()
    path = parts.path.rstrip("/")
    for site in _SITES:
        found, fits = site.host.fullmatch(host), site.path.fullmatch(path)
        values = parse_qs(parts.query).get(site.query, []) if site.query else [""]
        if found and fits and values:
            fields = {name: value or "" for name, value in (found.groupdict() | fits.groupdict()).items()}
            fields |= {"origin": f"{parts.scheme}://{parts.netloc}", "query": quote(values[0], safe="")}
            return tuple(dict.fromkeys(_filled(site.feeds, fields)))
    return ()


def _filled(templates: tuple[str, ...], fields: dict[str, str]) -> Iterator[str]:
    for template in templates:
        yield template.format_map(fields)
