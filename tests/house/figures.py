"""What can be counted about a tree of sources: how much there is of it, and how it keeps the rules of the house.

Only the syntax is read; nothing is imported, so any checkout and any revision can be counted.
"""

from __future__ import annotations

import ast
import io
import statistics
import tokenize
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

LONG_FUNCTION: Final = 30
LONG_MODULE: Final = 300
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_DECISIONS: Final = (
    ast.If, ast.IfExp, ast.For, ast.AsyncFor, ast.While, ast.ExceptHandler, ast.match_case, ast.Assert,
)  # fmt: skip
_NOT_CODE: Final = {
    tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING,
    tokenize.ENDMARKER,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Function:
    """One function or method; what is defined inside it is counted by itself."""

    place: str
    """``path:line name``."""
    lines: int
    """Without those of its docstring."""
    complexity: int


@dataclass(frozen=True, slots=True)
class Module:
    """One file."""

    name: str
    """Dotted, as it is imported."""
    lines: int
    code: int
    """Lines that hold neither a comment nor a docstring alone, and are not empty."""
    functions: tuple[Function, ...]
    classes: tuple[str, ...]
    """The public ones."""
    explained: int
    """Public modules, classes and functions with a docstring ..."""
    unexplained: tuple[str, ...]
    """... and those without, as ``path:line name``."""
    imports: frozenset[str]
    """Dotted names of what it imports, at its top or inside of a function."""
    sleeps: tuple[str, ...]
    """Where it sleeps for a fixed time, as ``path:line``."""

    is_package: bool

    @property
    def room(self) -> str:
        """The package that it stands in, below the top one; the top one's own name for a module there."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 2 or (self.is_package and len(parts) > 1) else parts[0]

    @property
    def floor(self) -> str:
        """The same, but a module of the top package stands for itself."""
        return ".".join(self.name.split(".")[:2])


def read_tree(root: Path, package: str) -> list[Module]:
    """Every module of a package that lies below a folder."""
    return [_module(path, path.relative_to(root)) for path in sorted((root / package).rglob("*.py"))]


def _module(path: Path, shown: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    nodes = list(ast.walk(tree))
    explained, unexplained = _explained(tree, shown)
    return Module(
        name=".".join(shown.with_suffix("").parts).removesuffix(".__init__"),
        lines=len(text.splitlines()),
        code=_code_lines(text, nodes),
        functions=tuple(_functions(nodes, shown)),
        classes=tuple(node.name for node in nodes if isinstance(node, ast.ClassDef) if _public(node.name)),
        explained=explained,
        unexplained=tuple(unexplained),
        imports=frozenset(_imports(nodes)),
        sleeps=tuple(f"{shown}:{line}" for line in sorted(_fixed_sleeps(tree))),
        is_package=path.name == "__init__.py",
    )


def _public(name: str) -> bool:
    return not name.startswith("_")


def _code_lines(text: str, nodes: Iterable[ast.AST]) -> int:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    lines = {
        line for token in tokens if token.type not in _NOT_CODE for line in range(token.start[0], token.end[0] + 1)
    }
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


# --- functions -----------------------------------------------------------------------------------------------------


def _functions(nodes: Iterable[ast.AST], shown: Path) -> Iterator[Function]:
    for node in nodes:
        if isinstance(node, _FUNCTIONS):
            said = _lines(node.body[0]) if ast.get_docstring(node) is not None else 0
            yield Function(f"{shown}:{node.lineno} {node.name}", _lines(node) - said, complexity(node))


def _lines(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def complexity(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """One, and one more for each place where a function may go two ways.

    Those are if, elif, a conditional expression, for, while, except, and, or, the for and the if of a comprehension,
    a case, and assert; without those of the functions that are defined in it.
    """
    return 1 + sum(_ways(node) for node in _of_its_own(function))


def _ways(node: ast.AST) -> int:
    if isinstance(node, ast.BoolOp):
        return len(node.values) - 1
    if isinstance(node, ast.comprehension):
        return 1 + len(node.ifs)
    return int(isinstance(node, _DECISIONS))


def _of_its_own(function: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(function):
        if not isinstance(child, (*_FUNCTIONS, ast.ClassDef)):
            yield child
            yield from _of_its_own(child)


# --- docstrings ----------------------------------------------------------------------------------------------------


def _explained(tree: ast.Module, shown: Path) -> tuple[int, list[str]]:
    """How many public things have a docstring, and which have none."""
    things = [(f"{shown}:1 module", tree), *((f"{shown}:{node.lineno} {node.name}", node) for node in _things(tree))]
    without = [place for place, node in things if ast.get_docstring(node) is None]
    return len(things) - len(without), without


def _things(parent: ast.Module | ast.ClassDef) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """The public classes, functions and methods; not what says whose it is by its decorator alone."""
    for node in parent.body:
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)) and _public(node.name) and not _is_overload(node):
            yield node
        if isinstance(node, ast.ClassDef) and _public(node.name):
            yield from _things(node)


def _is_overload(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any("overload" in ast.unparse(each) or ".setter" in ast.unparse(each) for each in node.decorator_list)


# --- imports -------------------------------------------------------------------------------------------------------


def _imports(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)


def room_circles(modules: Iterable[Module]) -> list[list[str]]:
    """Groups of rooms each of which imports, over however many others, every other of its group."""
    leads: defaultdict[str, set[str]] = defaultdict(set)
    known = {module.name: module.floor for module in modules}
    for module in modules:
        leads[module.floor] |= {known[name] for name in module.imports if name in known} - {module.floor}
    return _circles(leads)


def _circles(leads: Mapping[str, set[str]]) -> list[list[str]]:
    reached = {start: _reach(start, leads) for start in leads}
    groups = {
        tuple(sorted(other for other in reached[start] if start in reached.get(other, ())))
        for start in leads
        if start in reached[start]
    }
    return sorted(list(group) for group in groups)


def _reach(start: str, leads: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    ahead = [*leads.get(start, ())]
    while ahead:
        room = ahead.pop()
        if room not in found:
            found.add(room)
            ahead.extend(leads.get(room, ()))
    return found


# --- sleeps --------------------------------------------------------------------------------------------------------


def _fixed_sleeps(tree: ast.AST) -> Iterator[int]:
    """The lines that sleep for more than no time, but not between two looks at a condition."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.While):
            continue
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep"} and node.args:
            (length,) = node.args
            if isinstance(length, ast.Name) or (isinstance(length, ast.Constant) and length.value):
                yield node.lineno
        yield from _fixed_sleeps(node)


# --- all of it -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a package, and of the tests beside it."""

    modules: Sequence[Module]
    tests: Sequence[Module]

    @property
    def functions(self) -> list[Function]:
        """All of them, the most complex first."""
        every = [function for module in self.modules for function in module.functions]
        return sorted(every, key=lambda function: (-function.complexity, function.place))

    @property
    def short_share(self) -> float:
        """The share of functions of thirty lines at most."""
        every = self.functions
        return sum(function.lines <= LONG_FUNCTION for function in every) / len(every)

    def table(self) -> dict[str, str]:
        """Every figure by its name, as it is shown."""
        lengths = sorted(function.lines for function in self.functions)
        most = self.functions[0]
        explained = sum(module.explained for module in self.modules)
        public = explained + sum(len(module.unexplained) for module in self.modules)
        long = [module for module in self.modules if module.lines > LONG_MODULE]
        return {
            "files": f"{len(self.modules):,}",
            "lines": f"{sum(module.lines for module in self.modules):,}",
            "lines of code": f"{sum(module.code for module in self.modules):,}",
            "functions": f"{len(lengths):,}",
            "lines of a function, median": f"{statistics.median(lengths):.0f}",
            "lines of a function, p90": f"{lengths[int(0.9 * len(lengths))]}",
            "lines of a function, most": f"{lengths[-1]}",
            "functions of 30 lines at most": f"{self.short_share:.1%}",
            "highest complexity": f"{most.complexity}  {most.place.partition(' ')[2]}",
            "functions above complexity 15": f"{sum(each.complexity > 15 for each in self.functions)}",
            "public classes": f"{sum(len(module.classes) for module in self.modules)}",
            "public things with a docstring": f"{explained / public:.1%}",
            "modules over 300 lines": f"{len(long)}",
            "public class names used twice": f"{len(self.twice())}",
            "import circles between rooms": f"{len(room_circles(self.modules))}",
            "test files": f"{len(self.tests):,}",
            "lines of tests": f"{sum(module.lines for module in self.tests):,}",
            "fixed sleeps in tests": f"{len(self.sleeps())}",
        }

    def rooms(self) -> dict[str, str]:
        """Of each room: files, lines, public classes."""
        counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for module in self.modules:
            counted[module.room].update(files=1, lines=module.lines, classes=len(module.classes))
        return {
            room: f"{of['files']} files, {of['lines']:,} lines, {of['classes']} classes"
            for room, of in sorted(counted.items())
        }

    def twice(self) -> dict[str, list[str]]:
        """The names of public classes that more than one module defines, with these modules."""
        homes: defaultdict[str, list[str]] = defaultdict(list)
        for module in self.modules:
            for name in module.classes:
                homes[name].append(module.name)
        return {name: modules for name, modules in sorted(homes.items()) if len(modules) > 1}

    def sleeps(self) -> list[str]:
        """Where tests sleep for a fixed time."""
        return [place for module in self.tests for place in module.sleeps if "/test_" in place]


def figures(root: Path) -> Figures:
    """The figures of a checkout."""
    return Figures(read_tree(root, "digest"), read_tree(root, "tests"))
