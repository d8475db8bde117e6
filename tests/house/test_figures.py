"""The floors under the figures of the house, and that they count what they say they count."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.house.figures import Figures, complexity, figures, read_tree, room_circles

ROOT = Path(__file__).resolve().parents[2]
MOST_COMPLEX = 15
PICTURES = {"wishes", "footing", "vitals", "pulse", "wedge", "past", "sightings", "standing", "marks", "splices"}
"""What modules were once called that had to be opened to know what is in them."""

OF_USERS = {"digest.rulebook.marks"}
"""Here it is the user's own word: the file is called rules/marks.toml."""


@pytest.fixture(scope="module")
def house() -> Figures:
    """The figures of this checkout's package; nothing is asked here of its tests."""
    return Figures(read_tree(ROOT, "digest"), ())


def test_no_function_is_too_complex(house: Figures) -> None:
    """Nobody holds more than fifteen ways through a function in mind at once."""
    found = {
        f"{path.partition(':')[0]} {name}": function.complexity
        for function in house.functions
        for path, _, name in [function.place.partition(" ")]
        if function.complexity > MOST_COMPLEX
    }
    assert found == {}


def test_nine_in_ten_functions_are_short(house: Figures) -> None:
    """They can be seen at a glance."""
    assert house.short_share >= 0.9


def test_every_public_thing_is_explained(house: Figures) -> None:
    """Each public module, class and function has a docstring."""
    assert [place for module in house.modules for place in module.unexplained] == []


def test_no_module_is_named_by_a_picture(house: Figures) -> None:
    """A module's name says in the words of the field what it holds."""
    named = {module.name for module in house.modules if module.name.rpartition(".")[2] in PICTURES}
    assert named <= OF_USERS


def test_no_room_imports_itself_in_a_circle(house: Figures) -> None:
    """Whoever changes a room knows which others may notice."""
    assert room_circles(house.modules) == []


@pytest.mark.parametrize(
    ("body", "ways"),
    [
        ("return 1", 1),
        ("if a:\n  pass\n elif b:\n  pass\n else:\n  pass", 3),
        ("return a and b and c or d", 4),
        ("return [x for x in a if x if b]", 4),
        ("return a if b else c", 2),
        ("for x in a:\n  while b:\n   assert c", 4),
        ("try:\n  pass\n except a:\n  pass\n except b:\n  pass", 3),
        ("match a:\n  case 1:\n   pass\n  case _:\n   pass", 3),
        ("def inner():\n  if a:\n   pass", 1),
        ("return lambda: a if b else c", 2),
    ],
)
def test_complexity_is_counted(body: str, ways: int) -> None:
    """One, and one for each decision that a reader meets."""
    (function,) = ast.parse(f"def f(a, b, c, d):\n {body}").body
    assert isinstance(function, ast.FunctionDef)
    assert complexity(function) == ways


def test_a_tree_is_counted(tmp_path: Path) -> None:
    """Lines, code, what is public, what it imports, and where it sleeps."""
    files = {
        "digest/__init__.py": '"""The package."""\n',
        "digest/one/__init__.py": '"""A room."""\n\nimport digest.two.b\n',
        "digest/two/__init__.py": "",
        "digest/two/b.py": (
            '"""A module."""\n\n# why\nfrom digest import one\n\n\nclass A:\n    """A class."""\n\n'
            '    def bare(self):\n        return """text\n        in two lines"""\n\n\nclass _B:\n    def bare(self):\n'
            "        pass\n"
        ),
        "tests/test_c.py": (
            "import time\ntime.sleep(0.5)\ntime.sleep(0)\nwhile True:\n    time.sleep(1)\nlater(time.sleep, 9)\n"
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (b,) = [module for module in read_tree(tmp_path, "digest") if module.name == "digest.two.b"]
    assert (b.lines, b.code, b.classes, b.room) == (17, 8, ("A",), "two")
    assert [function.lines for function in b.functions] == [3, 2]
    found = figures(tmp_path)
    assert room_circles(found.modules) == [["digest.one", "digest.two"]]
    assert [place for module in found.modules for place in module.unexplained] == [
        "digest/two/__init__.py:1 module",
        "digest/two/b.py:10 bare",
    ]
    assert found.sleeps() == ["tests/test_c.py:2"]
