"""Where the panes stand at which size of the terminal, and which key does what."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding

NARROW: Final = 100
"""Cells below which the panes are tabs."""

CSS: Final = """
Screen { layout: vertical; background: $background; color: $foreground; overflow: hidden; }
#status, #keys { height: 1; }
#tabs { height: 2; display: none; }
#main { layout: horizontal; height: 1fr; }
#left { layout: vertical; width: 26; margin: 0 1 0 0; }
#right { layout: vertical; width: 1fr; }
#rules { height: 20fr; }
#feeds { height: 14fr; }
#matches { height: 18fr; }
#reader { height: 16fr; }
.opened #matches { display: none; }

.narrow #tabs { display: block; }
.narrow #left { width: 1fr; margin: 0; display: none; }
.narrow #left > * { display: none; height: 1fr; }
.narrow #right > * { display: none; height: 1fr; }
.tab-1 #matches { display: block; }
.tab-1.peek #reader { display: block; height: 5; }
.tab-2 #left, .tab-2 #rules { display: block; }
.tab-3 #left, .tab-3 #feeds { display: block; }
.tab-2 #right, .tab-3 #right { display: none; }
.tab-4 #reader { display: block; }
.low #tabs { height: 1; }
.tiny #tabs, .tiny #keys { display: none; }
"""

BINDINGS: Final = (
    Binding("down,j", "move(1)", "next entry or line", key_display="↓ j"),
    Binding("up,k", "move(-1)", "entry or line before", key_display="↑ k"),
    Binding("pagedown,ctrl+f", "page(1)", "a page down", key_display="PgDn ^f"),
    Binding("pageup,ctrl+b", "page(-1)", "a page up", key_display="PgUp ^b"),
    Binding("g,home", "end(False)", "to the top, and follow the news again", key_display="g Home"),
    Binding("G,end", "end(True)", "to the end", key_display="G End"),
    Binding("enter", "open", "open the entry, or show a rule's entries", key_display="Enter"),
    Binding("space", "read_next", "mark as read and go on", key_display="Space"),
    Binding("m", "toggle_read", "mark as read or unread", key_display="m"),
    Binding("n", "show_new", "show the entries that wait", key_display="n"),
    Binding("o", "browse", "open the page in the browser", key_display="o"),
    Binding("slash", "filter", "filter the list by a query of the rule language", key_display="/"),
    Binding("escape", "close", "back: close, or take the filter off", key_display="Esc"),
    Binding("tab", "focus_pane(1)", "next pane", key_display="Tab", priority=True),
    Binding("shift+tab", "focus_pane(-1)", "pane before", key_display="Shift-Tab", priority=True),
    Binding("1", "tab(1)", "matches", key_display="1"),
    Binding("2", "tab(2)", "rules", key_display="2"),
    Binding("3", "tab(3)", "feeds", key_display="3"),
    Binding("4", "tab(4)", "reader", key_display="4"),
    Binding("r", "poll", "poll every feed now", key_display="r"),
    Binding("t", "light", "dark or light", key_display="t"),
    Binding("question_mark", "help", "this help", key_display="?"),
    Binding("ctrl+z", "suspend_process", "back to the shell; fg shows it again", key_display="^z"),
    Binding("q,ctrl+c", "leave", "quit", key_display="q ^c", priority=False),
)
