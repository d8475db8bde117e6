"""Where the panes stand at which size of the terminal."""

from __future__ import annotations

from typing import Final

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
.paged #main, .paged #tabs { display: none; }

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
