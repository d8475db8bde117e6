r"""Feed text made plain and harmless: cleaned once at ingest, never taken as markup afterwards.

Feeds are hostile. What comes out of here holds no escape sequence, no control character but ``\n`` (a block
boundary), nothing that turns the direction of the line or takes no room, and is NFC. Everything runs in time linear
in its input, whatever that holds.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# --- characters --------------------------------------------------------------------------------------------------

_ESCAPE_SEQUENCE: Final = re.compile(
    # OSC, DCS, SOS, PM and APC carry a string up to BEL or ST. An open one hides nothing: its introducer alone goes.
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d\x9e\x9f])(?:[^\x07\x1b\x9c\n<]*(?:\x07|\x1b\\|\x9c))?"
    # CSI; its one-character form also turns up as a mangled quotation mark, so alone it takes nothing with it.
    r"|\x1b\[[0-?]*[ -/]*[@-~]|\x9b[0-?]+[ -/]*[@-~]"
    # Character sets, then the two-character sequences.
    r"|\x1b[#%()*+\-./][0-~]|\x1b[0-~]"
)

_ESCAPES: Final = re.compile("[\x1b\x90\x98\x9b\x9d-\x9f]")
"""What every such sequence begins with: to look for one character is ten times quicker than to look for them."""

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_REMOVED: Final = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"  # C0 and C1, those that count as white space aside
    "\u00ad\u034f\u061c\u180e\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"  # no width, or turns it
    "\U000e0000-\U000e0fff"  # tags and variants, invisible
    "\ufdd0-\ufdef\ufffe\uffff"  # not characters
)
_UNWANTED: Final = re.compile(f"[{_REMOVED}\u200b\ud800-\udfff]")
_REPLACEMENT: Final = {0x200B: " ", **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}

_EMOJI: Final = "\u00a9\u00ae\u203c\u2049\u2122\u2139\u2190-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_STRAY_JOINER: Final = re.compile(f"(?<![{_EMOJI}\ufe0f])\u200d|\u200d(?![{_EMOJI}])")

_MOST_MARKS: Final = 30
"""On one letter; as in Unicode's stream-safe text (UAX #15). No language comes near it."""
_MAYBE_MARKS: Final = re.compile(rf"[^\w\x00-\x7f]{{{_MOST_MARKS + 1},}}")

_NOT_SHOWN: Final = re.compile("[\ufe0e\ufe0f\u20e3\u200d\u3164\U0001f3fb-\U0001f3ff]")


def clean_line(raw: str) -> str:
    """One line of ``raw``: escape sequences, controls and invisible characters gone, white space collapsed, NFC.

    A zero-width space becomes a space; a joiner stays between two emoji only; half a surrogate pair becomes U+FFFD.
    Cleaning twice changes nothing. Markup of any kind is text to it and stays.
    """
    if not (raw.isascii() and raw.isprintable()):
        raw = _clean_characters(raw)
    return " ".join(raw.split())


def clean_block(raw: str) -> str:
    """``raw`` cleaned as by `clean_line`, its line breaks kept as block boundaries; no empty lines."""
    if not (raw.isascii() and raw.replace("\n", "").isprintable()):
        raw = _clean_characters(raw.replace("\r\n", "\n").replace("\r", "\n"))
    if "\n" not in raw:
        return " ".join(raw.split())
    return "\n".join([" ".join(words) for line in raw.split("\n") if (words := line.split())])


# What moves the cursor, hides text or turns its direction; line feeds are ours.
_UNSAFE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)


def plain(text: str) -> str:
    """Text of ours with strangers' words in it, without characters that a terminal or a reader would obey."""
    return _UNSAFE.sub("", text)


def without_controls(document: str) -> str:
    """A whole document without terminal sequences and without the control characters that XML and JSON forbid.

    Its markup and its line breaks stay as they are: this comes before parsing, not instead of cleaning.
    """
    return _FORBIDDEN.sub("", _without_escapes(document))


def bounded(text: str, most: int) -> str:
    """Cleaned text of at most so many characters; what goes on beyond them is cut off, and ends in an ellipsis."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip(_LOOSE_ENDS)}…"


def quoted(words: str, most: int = 80) -> str:
    """A stranger's words as they stand in a sentence of ours: one clean line between “ and ”, cut where it is long.

    They hold neither of these marks themselves, so whatever they say is seen to be theirs.
    """
    return f"“{bounded(clean_line(words).translate(_QUOTATION_MARKS), most)}”"


_LOOSE_ENDS: Final = " \n\u200d"
_QUOTATION_MARKS: Final = dict.fromkeys(map(ord, "“”"), '"')


def for_display(text: str) -> str:
    """Cleaned text without what terminals disagree on the width of: emoji variants, key caps, skin tones, fillers."""
    return text if text.isascii() else _NOT_SHOWN.sub("", text)


def _clean_characters(raw: str) -> str:
    text = _composed(_UNWANTED.sub(_replacement, _without_escapes(raw)))
    if "\u200d" in text:
        text = _composed(_STRAY_JOINER.sub("", text))  # one may have stood between a letter and its accent
    return text


def _without_escapes(text: str) -> str:
    return _ESCAPE_SEQUENCE.sub("", text) if _ESCAPES.search(text) else text


def _composed(text: str) -> str:
    """``text`` as NFC. Towers of marks are cut first: putting them in order costs the square of their height."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _MAYBE_MARKS.sub(_without_tower, text))


def _without_tower(match: re.Match[str]) -> str:
    kept = []
    height = 0
    for character in match[0]:
        height = height + 1 if unicodedata.combining(character) else 0
        if height <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def _replacement(match: re.Match[str]) -> str:
    return _REPLACEMENT.get(ord(match[0]), "")


# --- markup ------------------------------------------------------------------------------------------------------

_BLOCK_TAG: Final = re.compile(
    "address|article|aside|blockquote|body|br|button|caption|center|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption"
    "|figure|footer|form|frameset|h[1-6]|head|header|hgroup|hr|html|legend|li|listing|main|menu|nav|noframes|ol"
    "|optgroup|option|p|plaintext|pre|search|section|select|summary|table|tbody|td|textarea|tfoot|th|thead|title|tr"
    "|ul|xmp"
)
_REPLACED_TAG: Final = re.compile("audio|canvas|embed|iframe|img|input|object|picture|svg|video")  # stand between words
_HIDDEN_TAGS: Final = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in ("script", "style")}

# What may be markup: "a < b", "x <3 y", "<속보>" and "<AAPL.O>" are text.
_OPENING: Final = re.compile(
    r"<(?:(?P<comment>!--)|(?P<cdata>!\[CDATA\[)|(?P<closing>/?)(?P<name>[a-zA-Z][\w:-]*)(?=[\s/>])|[!?](?=[a-zA-Z\[]))"
)
_ELEMENTS: Final = frozenset(
    """\
a abbr acronym address applet area article aside audio b base basefont bdi bdo bgsound big blink blockquote body br
button canvas caption center cite code col colgroup data datalist dd del details dfn dialog dir div dl dt em embed
fieldset figcaption figure font footer form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html i iframe img
input ins isindex kbd keygen label legend li link listing main map mark marquee math menu menuitem meta meter nav
nobr noembed noframes noscript object ol optgroup option output p param picture plaintext pre progress q rb rp rt
rtc ruby s samp script search section select slot small source spacer span strike strong style sub summary sup svg
table tbody td template textarea tfoot th thead time title tr track tt u ul var video wbr xmp
""".strip().split()
)
"""Of HTML, those of its past too. Nothing else in angle brackets is a tag."""
_DRAWN_ELEMENTS: Final = frozenset(
    """\
animate annotation circle clippath defs desc ellipse filter foreignobject g image line lineargradient marker mask
metadata mfrac mi mn mo mover mpadded mroot mrow ms mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr
munder munderover path pattern polygon polyline radialgradient rect semantics stop switch symbol text tspan use view
""".strip().split()
)
"""Of SVG and MathML, where a text holds any of that."""
_OWN_CLOSING: Final = re.compile(r"</([a-zA-Z]\w*[:-][\w:-]*)\s*>")
_WITHOUT_FLAGS: Final = frozenset("abipqsu")
# Up to the end of a tag; a ">" in a quoted value is none. Possessive throughout, so it never goes back.
_REST_OF_TAG: Final = re.compile(r"""[^<>=]*+(?:=\s*+(?:"[^"]*+"|'[^']*+')?+[^<>=]*+)*+>""")
_REST_OF_PLAIN_TAG: Final = re.compile(r"[^<>]*+>")
_PATIENCE: Final = 20
"""How many tags with no end are looked at with their quotes; each may cost a walk to the end of the document."""
# A tag that a feed cut off inside an attribute.
_CUT_TAG: Final = re.compile(r"<[a-zA-Z][\w:-]*\s[^<>=]*=[^<>]*\Z")

_REFERENCE: Final = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_LONG_REFERENCE: Final = re.compile(r"&#[0-9]{9,};?")  # no character has one, and Python refuses such numbers
_ESCAPED_MARKUP: Final = re.compile(
    r"</(?:a|b|div|em|h[1-6]|i|li|p|span|strong|td|ul)>|<br ?/?>|<(?:img|p|a) ", re.IGNORECASE
)
_ESCAPED_BLOCKS: Final = re.compile(
    r"\s*(?=<(?:!--|[a-z])).*?(?:</(?:blockquote|div|h[1-6]|li|ol|p|table|td|ul)>|<br ?/?>|<(?:img|a) [^<>]*=)",
    re.IGNORECASE | re.DOTALL,
)
_BLOCK_END: Final = re.compile(r"</(?:div|li|p|td)>", re.IGNORECASE)
_ABOUT_TAGS: Final = re.compile(r"(?<![\w./])(?:html\d?|tags?|elements?)\b", re.IGNORECASE)
_VERBATIM: Final = frozenset({"code", "kbd", "listing", "plaintext", "pre", "samp", "textarea", "tt", "xmp"})


def html_to_text(markup: str) -> str:
    """The text of a piece of HTML, cleaned, one line for each block.

    Tags, comments and the content of ``script`` and ``style`` go, entities are decoded (also those escaped twice or
    thrice), and a block-level tag or ``<br>`` makes a line break; line breaks in the markup are spaces, but in ``pre``.
    Only HTML's elements are tags, and what is closed by a tag of its own (``<o:p>``, ``<my-tag>``): everything else in
    angle brackets is text. What is opened and never closed hides nothing but its own mark. Text that was escaped once
    too often, tags and all, is read again where it plainly is markup; what is said about tags stays.
    """
    if "<" not in markup and "&" not in markup:  # as nearly all titles, and there are many
        return clean_block(_on_one_line(markup).replace("]]>", ""))
    return clean_block("".join([run + separator(name) for run, name, _, _ in markup_pieces(markup)]))


def markup_pieces(markup: str) -> Iterator[tuple[str, str, bool, str]]:
    """The runs of text of a piece of HTML, decoded and not cleaned, each with the tag that follows it.

    `html_to_text` is these runs, each followed by the `separator` of its tag, cleaned.

    Yields:
        The run; of the tag its name in small letters, or "" for a comment and at the end; whether it is a closing one;
        and its attributes as they are written.
    """
    if "<pre" in markup:
        markup = _with_lines_of_pre(markup)
    markup = _on_one_line(markup).replace("]]>", "")
    if "<" in markup:
        return _pieces(markup, again="&" in markup)
    text = _decoded(markup)
    return _pieces(text) if "<" in text and is_plainly_markup(text) else iter([(text, "", False, "")])


def is_element(name: str) -> bool:
    """Whether HTML has an element of this name, in small letters."""
    return name in _ELEMENTS


def is_plainly_markup(text: str) -> bool:
    """Whether a text that should hold no tag plainly is markup all the same; what is said about tags is not."""
    if not _ESCAPED_MARKUP.search(text):
        return False
    return bool(_ESCAPED_BLOCKS.match(text)) or not _ABOUT_TAGS.search(text)


def _is_block_markup(run: str) -> bool:
    """Whether a run of text between tags, decoded, plainly is markup of its own."""
    if "<" not in run:
        return False
    begins, ends = bool(_ESCAPED_BLOCKS.match(run)), len(_BLOCK_END.findall(run)) > 1
    return (begins and ends) or ((begins or ends) and not _ABOUT_TAGS.search(run))


def _with_lines_of_pre(markup: str) -> str:
    pieces = []
    position = 0
    while (start := markup.find("<pre", position)) >= 0 and (end := markup.find("</pre", start)) >= 0:
        opened = markup.find(">", start, end) + 1 or end
        lines = markup[opened:end].strip("\r\n").replace("\r\n", "\n").replace("\n", "<br>")
        pieces += [markup[position:opened], lines]
        position = end
    pieces.append(markup[position:])
    return "".join(pieces)


def place_of(raw: str, start: int, end: int, line: str) -> tuple[int, int] | None:
    """Where a part of a raw line stands in that line cleaned; ``None`` where nothing is left of it."""
    if raw.strip() == line:  # as it is nearly always
        words = raw[start:end].strip()
        at = raw.find(words, start) - raw.find(line)
        return (at, at + len(words)) if words else None
    words = clean_line(raw[start:end])
    before = len(clean_line(raw[:start]))
    at = line.find(words, before, before + len(words) + 1) if words else -1
    return (at, at + len(words)) if at >= 0 else None


def _on_one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")


def _decoded(run: str) -> str:
    """A run of text between two tags, its entities decoded; a line break that was one is a space."""
    if "&" not in run:
        return run
    run = html.unescape(_LONG_REFERENCE.sub("\ufffd", run))
    for _ in range(2):
        if not _REFERENCE.search(run):
            break
        run = html.unescape(run)
    return _on_one_line(run)


def _pieces(markup: str, *, again: bool = False) -> Iterator[tuple[str, str, bool, str]]:
    """The pieces of markup; with ``again`` runs that plainly are markup, escaped once too often, are read again."""
    reader = _TagReader(markup)
    run_start = search_from = verbatim = 0
    while opening := _OPENING.search(markup, search_from):
        search_from = opening.end()
        name = (opening["name"] or "").lower()
        end = reader.end_of(opening, name)
        if end is None:  # no tag after all
            continue
        closing = bool(opening["closing"])
        attributes = markup[opening.end() : end - 1] if name and name not in _HIDDEN_TAGS else ""
        run = _decoded(markup[run_start : opening.start()])
        if again and not verbatim and _is_block_markup(run):
            *before, (run, _, _, _) = _pieces(run)
            yield from before
        yield run, name, closing, attributes
        if name in _VERBATIM:
            verbatim = max(0, verbatim + (-1 if closing else 1))
        run_start = search_from = end
    run = _decoded(_CUT_TAG.sub("", markup[run_start:]))
    if again and not verbatim and _is_block_markup(run):
        yield from _pieces(run)
    else:
        yield run, "", False, ""


@lru_cache(maxsize=256)
def separator(name: str) -> str:
    """What the tag of an element puts between the words around it: a line feed, a space or nothing."""
    if _BLOCK_TAG.fullmatch(name):
        return "\n"
    return " " if _REPLACED_TAG.fullmatch(name) else ""


class _TagReader:
    """Finds where tags and comments end; remembers what has no end, so that a flood of it costs one search."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._patience = _PATIENCE
        self._endless: set[str] = set()
        self._elements: frozenset[str] | None = None

    def end_of(self, opening: re.Match[str], name: str) -> int | None:
        """Where the text goes on after what ``opening`` begins, a tag of this name or none; None if it is text."""
        if opening["cdata"]:
            return opening.end()
        if opening["comment"]:
            return self._end_of_comment(opening)
        if name and name not in _ELEMENTS and not self._is_own(name):
            return None
        end = self._end_of_tag(opening.end())
        if end is not None and name in _WITHOUT_FLAGS and not self._has_values(opening.end(), end):
            return None
        if end is None or name not in _HIDDEN_TAGS or opening["closing"] or self._markup.endswith("/>", 0, end):
            return end
        return self._end_of_hidden(name, end)

    def _is_own(self, name: str) -> bool:
        """Whether an element that is none of HTML's is one all the same: a drawing's, or closed somewhere."""
        if self._elements is None:
            found = {name.lower() for name in _OWN_CLOSING.findall(self._markup)}
            drawn = "<svg" in self._markup or "<math" in self._markup
            self._elements = _DRAWN_ELEMENTS | found if drawn else frozenset(found)
        return name in self._elements

    def _has_values(self, start: int, end: int) -> bool:
        """Whether what follows a tag's name is nothing, or attributes with values."""
        rest = self._markup[start : end - 1]
        return not rest.strip(" /") or "=" in rest

    def _end_of_comment(self, opening: re.Match[str]) -> int:
        if "--" not in self._endless:
            found = self._markup.find("-->", opening.start() + 2)  # "<!-->" is a whole one
            if found >= 0:
                return found + 3
            self._endless.add("--")
        return opening.end()

    def _end_of_tag(self, start: int) -> int | None:
        if self._markup.startswith(">", start):  # as most do
            return start + 1
        if self._patience:
            end = _REST_OF_TAG.match(self._markup, start)
            if end is None:
                self._patience -= 1
        else:
            end = _REST_OF_PLAIN_TAG.match(self._markup, start)
        return None if end is None else end.end()

    def _end_of_hidden(self, name: str, start: int) -> int:
        if name not in self._endless:
            closing = _HIDDEN_TAGS[name].search(self._markup, start)
            if closing is not None:
                return closing.start()
            self._endless.add(name)
        return start


# --- sentences ---------------------------------------------------------------------------------------------------


def gap_after(sentence: str) -> str:
    """What parts a sentence from the next: nothing where Chinese or Japanese ended it, else a space."""
    return "" if _WIDE_ENDING.search(sentence) else " "


def join_sentences(sentences: Sequence[str]) -> str:
    """Sentences one after the other, each parted from the next as its script does it."""
    return "".join(sentence + gap_after(sentence) for sentence in sentences).rstrip(" ")


_WIDE_ENDING: Final = re.compile("[。！？．…][」』”’）》〉】]*$")


# --- titles and names --------------------------------------------------------------------------------------------

LONGEST_NAME: Final = 120
"""Characters of what a feed goes by, which stands in sentences, tables and messages."""
_HEADLINE: Final = 90
"""Characters of text that stand for a title at most."""


def headline(title: str, *texts: str) -> str:
    """What an entry goes by: its title, else the first words of the first text that is not empty, else ``""``.

    Args:
        title: cleaned, as the feed gives it.
        texts: its summary and its content, cleaned.
    """
    line = title or next((text.partition("\n")[0] for text in texts if text), "")
    if title or len(line) <= _HEADLINE:
        return line
    words, _, cut = line[:_HEADLINE].rpartition(" ")
    # Where no space is near, as in Chinese, it is cut between letters.
    kept = words if len(words) > _HEADLINE // 2 else words + cut
    return kept.rstrip(" ,;:—–-") + "…"


# --- links -------------------------------------------------------------------------------------------------------


def safe_link(url: str) -> str:
    """``url`` if it is an absolute http or https address of bearable length, else ``""``.

    Line breaks and tabs in it are dropped, as browsers do; what is not printable, spaces, quotes and brackets are
    percent-encoded. Letters of any script stay. One that is too long is not cut, for it would lead elsewhere.
    """
    if _is_too_long(url):
        return ""
    if _PLAIN_LINK.fullmatch(url):  # as nearly all are, and there is nothing to be done
        return url
    url = url.strip(_LINK_EDGES).translate(_LINK_BREAKS)
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 -- reading it checks it
    except ValueError:
        return ""
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host or _UNSAFE_IN_LINK.search(host):
        return ""
    link = _UNSAFE_IN_LINK.sub(_percent_encoded, urlunsplit(parts))
    return "" if _is_too_long(link) else link


def _is_too_long(link: str) -> bool:
    return len(link) > _LONGEST_LINK or not (link.isascii() or len(link.encode("utf-8", "replace")) <= _LONGEST_LINK)


def without_login(url: str) -> str:
    """An address as it may be shown: without user and password, and no longer than a sentence can bear."""
    return bounded(_LOGIN.sub(r"\1", url), LONGEST_NAME)


_PLAIN_LINK: Final = re.compile(
    r"https?://[a-z0-9][a-z0-9.-]*(?:/[\w/.~%!$&()*+,;=:@-]*(?:\?[\w/.~%!$&()*+,;=:@?-]*)?)?", re.ASCII
)
_LOGIN: Final = re.compile(r"^((?:[\w+.-]+:)?/{0,3})[^/?#]*@")
_LONGEST_LINK: Final = 2_048
"""Bytes; as sitemaps allow. Links that anybody follows are far shorter, and PostgreSQL's index takes 2,704."""
_LINK_EDGES: Final = "".join(map(chr, range(0x21)))
_LINK_BREAKS: Final = dict.fromkeys(map(ord, "\t\r\n"))
_UNSAFE_IN_LINK: Final = re.compile(f"[{_REMOVED}\u0085\u200b\u200d\ud800-\udfff\\s\"'<>\\\\^`{{|}}]")


def _percent_encoded(match: re.Match[str]) -> str:
    return quote(match[0].encode("utf-8", "replace"), safe="")


_TOKEN_LIKE: Final = re.compile(r"(?<!\d)\d{5,}:[\w-]{20,}", re.ASCII)


def without_tokens(text: str) -> str:
    """A text without what looks like a bot's token, wherever a user may have put one."""
    return _TOKEN_LIKE.sub("***", text)
