"""A picture of the screen, as SVG that looks the same wherever it is opened and has the same bytes every time.

The exporter that comes with the terminal library fetches a font from the web and stretches whole runs, which pulls
wide and right-to-left letters out of their cells. Here every run starts at its cell, wide letters stand one by one,
and lines, bars and signs are drawn, so no font can get them wrong.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from rich.cells import cell_len

from digest.tui.cells import ISOLATE, ISOLATE_END, is_right_to_left
from tests.tui.stage import strips_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.style import Style
    from textual.app import App

_W, _H, _PAD = 10, 21, 8
"""Pixels of a cell, and around the screen."""
_FONTS = "'JetBrains Mono','Cascadia Mono','DejaVu Sans Mono',Menlo,Consolas,'Noto Sans Mono CJK KR',monospace"

_WIDE_FONTS = "'Noto Sans Mono CJK KR','Apple SD Gothic Neo','Malgun Gothic',sans-serif"

_SAID = "#9aa4b2"
_EIGHTHS = "▁▂▃▄▅▆▇█"


def picture(app: App[int]) -> str:
    """The screen of a running app."""
    width, height = app.size
    return "\n".join([*_frame(app, width, height), *(part for _, part in parts_of(app)), "</svg>", ""])


def parts_of(app: App[int]) -> list[tuple[bool, str]]:
    """All that is on the screen, in order; each with whether it is the ground behind something."""
    ground = app.theme_variables["background"].lower()
    parts: list[tuple[bool, str]] = []
    for y, strip in enumerate(strips_of(app)):
        x = 0
        for segment in strip:
            if segment.control:
                continue
            parts += _segment(segment.text, segment.style, x, y, ground)
            x += cell_len(segment.text)
    return parts


def animated(app: App[int], scenes: Sequence[tuple[str, Sequence[tuple[bool, str]]]], seconds: float) -> str:
    """Scenes that follow each other for ever, each with what is said below it.

    What is on several of them is drawn once. Where somebody wants no motion the first one stays.

    Args:
        app: gives size and colours.
        scenes: the words, and what `parts_of` gave.
        seconds: of each scene.
    """
    width, height = app.size
    seen: dict[tuple[bool, str], list[int]] = {}
    for number, (words, parts) in enumerate(scenes):
        said = f'<text x="{_px(1)}" y="{_py(height + 1) + 10}" fill="{_SAID}">{escape(words)}</text>'
        for each in dict.fromkeys([*parts, (False, said)]):
            seen.setdefault(each, []).append(number)
    layers: dict[tuple[bool, tuple[int, ...]], list[str]] = {}
    for (is_ground, part), numbers in seen.items():
        layers.setdefault((is_ground, tuple(numbers)), []).append(part)
    names = {numbers: f"s{''.join(map(str, numbers))}" for _, numbers in layers}
    style = [
        f".{name}{{opacity:{int(0 in numbers)};animation:{name} {seconds * len(scenes):g}s step-end infinite}}"
        f"@keyframes {name}{{{_turns(numbers, len(scenes))}}}"
        for numbers, name in sorted(names.items())
        if len(numbers) < len(scenes)
    ]
    calm = "@media (prefers-reduced-motion:reduce){g{animation:none!important}}"
    drawn = [
        f'<g class="{names[numbers]}">\n{chr(10).join(parts)}\n</g>'
        for (is_ground, numbers), parts in sorted(layers.items(), key=lambda layer: (not layer[0][0], layer[0][1]))
    ]
    head = _frame(app, width, height + 2)
    return "\n".join([*head, f"<style>{''.join(style)}{calm}</style>", *drawn, "</svg>", ""])


def _turns(numbers: Sequence[int], of: int) -> str:
    """When a layer is seen."""
    turns = [f"{100 * number / of:.4g}%{{opacity:{int(number in numbers)}}}" for number in range(of)]
    return "".join([*turns, f"to{{opacity:{int(of - 1 in numbers)}}}"])


def _frame(app: App[int], width: int, height: int) -> list[str]:
    box = f"0 0 {width * _W + 2 * _PAD} {height * _H + 2 * _PAD}"
    ground = app.theme_variables["background"].lower()
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}" font-family="{_FONTS}" font-size="16.5">',
        f'<rect width="100%" height="100%" rx="6" fill="{ground}"/>',
    ]


def _segment(text: str, style: Style | None, x: int, y: int, ground: str) -> Iterator[tuple[bool, str]]:
    """The ground behind a segment, then its runs."""
    ink = _colour(style.color if style else None, "#888888")
    behind = _colour(style.bgcolor if style else None, ground)
    if text in {ISOLATE, ISOLATE_END}:
        return
    if behind != ground:
        yield True, f'<rect x="{_px(x)}" y="{_py(y)}" width="{cell_len(text) * _W}" height="{_H}" fill="{behind}"/>'
    look = ' font-weight="bold"' if style and style.bold else ""
    look += ' text-decoration="underline"' if style and style.underline else ""
    look += ' text-decoration="line-through"' if style and style.strike else ""
    for start, run in _runs(text):
        left, base = _px(x + start), _py(y) + 16
        if shape := _shape(run, left, _py(y), ink):
            yield False, shape
            continue
        if is_right_to_left(run):
            yield False, f'<text x="{left}" y="{base}" fill="{ink}"{look}>{escape(run)}</text>'
            continue
        places = " ".join(str(left + place * _W) for place in _places(run))
        font = f' font-family="{_WIDE_FONTS}"' if cell_len(run) > len(run) else ""
        yield False, f'<text x="{places}" y="{base}" fill="{ink}"{look}{font}>{escape(run)}</text>'


def _px(x: int) -> int:
    return _PAD + x * _W


def _py(y: int) -> int:
    return _PAD + y * _H


def _colour(colour: object, default: str) -> str:
    triplet = getattr(colour, "triplet", None)
    return triplet.hex if triplet is not None else default


def _places(run: str) -> list[int]:
    """The cell at which each letter of a run stands."""
    return [cell_len(run[:place]) for place in range(len(run))]


def _runs(text: str) -> Iterator[tuple[int, str]]:
    """Words with the cell they begin at; what is drawn by hand stands alone, right-to-left text stays together."""
    pieces = [text] if is_right_to_left(text) else text.split(" ")
    x = 0
    for piece in pieces:
        word = ""
        for character in piece:
            if character in _DRAWN or character in _EIGHTHS:
                if word:
                    yield x, word
                    x += cell_len(word)
                    word = ""
                yield x, character
                x += 1
            else:
                word += character
        if word:
            yield x, word
            x += cell_len(word)
        x += 1


_DRAWN = {
    "─": "M0 10.5H10", "│": "M5 0V21", "╭": "M10 10.5H9Q5 10.5 5 14.5V21", "╮": "M0 10.5H1Q5 10.5 5 14.5V21",
    "╰": "M10 10.5H9Q5 10.5 5 6.5V0", "╯": "M0 10.5H1Q5 10.5 5 6.5V0",
    "━": "M0 10.5H10", "╸": "M0 10.5H5", "┃": "M5 0V21",
    "▌": "M0 0H5V21H0Z", "■": "M1 6H9V15H1Z", "▲": "M5 5.5L9.5 15.5H0.5Z", "◆": "M5 5.5L9.7 10.5L5 15.5L0.3 10.5Z",
    "●": "M0.5 10.5a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0Z", "○": "M1.2 10.5a3.8 3.8 0 1 0 7.6 0a3.8 3.8 0 1 0 -7.6 0Z",
}  # fmt: skip
_WIDTHS = {"━": 2.6, "╸": 2.6, "┃": 2.6, "○": 1.2}


def _shape(run: str, left: int, top: int, ink: str) -> str:
    """A sign drawn as a shape; nothing for what is written."""
    if run in _EIGHTHS:
        tall = (_EIGHTHS.index(run) + 1) * _H / 8
        return f'<rect x="{left}" y="{top + _H - tall:g}" width="{_W}" height="{tall:g}" fill="{ink}"/>'
    path = _DRAWN.get(run)
    if path is None:
        return ""
    filled = path.endswith("Z") and run != "○"
    paint = f'fill="{ink}"' if filled else f'fill="none" stroke="{ink}" stroke-width="{_WIDTHS.get(run, 1.2)}"'
    return f'<path transform="translate({left} {top})" d="{path}" {paint}/>'
