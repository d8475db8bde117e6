"""What strangers wrote stands apart, whatever it is and however much there is of it."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from digest.agents.untrusted import ENTRY_WORDS, MOST_BYTES, fitting, line_of, marked

_JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["title", "id", "entry", "hits", "reports"]), inner, max_size=4)
    ),
    max_leaves=20,
)


def trusted(value: Any) -> list[str]:
    """The names of the fields that do not stand under ``untrusted``."""
    if isinstance(value, list):
        return [name for each in value for name in trusted(each)]
    if not isinstance(value, dict):
        return []
    inner = [name for key, each in value.items() if key != "untrusted" for name in trusted(each)]
    return [*(key for key in value if key != "untrusted"), *inner]


@given(_JSON)
def test_no_field_of_strangers_is_left_among_ours(value: Any) -> None:
    """At any depth, inside of any list."""
    assert not ENTRY_WORDS & set(trusted(marked(value, ENTRY_WORDS)))


def test_a_line_of_any_size_fits() -> None:
    """Texts are cut, lists are counted; a thousand reports are two with the number of the others."""
    report = {"title": "x" * 5_000, "entry": 1}
    line = line_of({"id": 1, "reports": [report] * 1_000}, ENTRY_WORDS)
    assert len(json.dumps(line).encode()) <= MOST_BYTES
    assert line["reports"][-1] == f"and {1_001 - len(line['reports'])} more"
    assert len(line["reports"][0]["untrusted"]["title"]) == 1_000


def test_lines_are_kept_as_they_fit() -> None:
    """The first of a page, the last where the newest are wanted; one is always kept."""
    lines = [{"id": number, "text": "x" * 20_000} for number in range(9)]
    assert [line["id"] for line in fitting(lines, newest=False)[0]] == [0, 1]
    assert [line["id"] for line in fitting(lines, newest=True)[0]] == [7, 8]
    assert fitting([{"id": 1, "text": "x" * 90_000}], newest=False)[1] == 0
