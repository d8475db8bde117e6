"""One name means one thing in the whole house."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[2]

ALLOWED: Final[frozenset[str]] = frozenset()
"""Names that two public classes may have, with the reason."""


def public_classes() -> dict[str, list[str]]:
    """Where each public class is defined, by name."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "digest").rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(ROOT)))
    return found


def test_no_two_public_classes_share_a_name() -> None:
    """A newcomer who has met one knows them all."""
    shared = {name: paths for name, paths in public_classes().items() if len(paths) > 1}
    assert {name: paths for name, paths in shared.items() if name not in ALLOWED} == {}


def test_no_name_is_allowed_in_vain() -> None:
    """What is no longer shared is taken off the list."""
    found = public_classes()
    assert [name for name in sorted(ALLOWED) if len(found[name]) < 2] == []


def test_no_module_is_called_by_what_it_is_not() -> None:
    """A module says what it holds: not that it helps."""
    empty_words = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "base_utils"}
    assert [path for path in (ROOT / "digest").rglob("*.py") if path.stem in empty_words] == []
