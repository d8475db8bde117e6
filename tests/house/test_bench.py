"""What ``python -m tests.bench --against`` shows of two checkouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.bench.__main__ import compare, compared, note, printed

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

BEFORE = "100 feeds\nfirst  1.5 s, late by [1, 2] ms\nrow 10 of 2\nrow 20 of 2\ngone 3\n"
AFTER = "100 feeds\nfirst  3.0 s, late by [1, 2] ms\nrow 5 of 2\nrow 20 of 2\nnew 1,234.5\n"


def test_lines_are_paired_by_their_words() -> None:
    """Numbers that differ are shown with their ratio; a line that only one side has is marked."""
    before, after = {}, {}  # type: ignore[var-annotated]
    for _ in range(3):
        note(before, BEFORE)
    note(after, AFTER)
    assert list(compared(before, after)) == [
        "  100 feeds",
        "  first 1.5 → 3 (× 2.00) s, late by [1, 2] ms",
        "  row 10 → 5 (× 0.50) of 2",
        "  row 20 of 2",
        "- gone 3",
        "+ new 1,234.5",
    ]


def test_another_checkout_runs_its_own_benchmark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In its folder, with its own modules; one that it does not have is nothing to compare with."""
    bench = tmp_path / "tests" / "bench"
    bench.mkdir(parents=True)
    (bench / "bench_none.py").write_text("from pathlib import Path\nprint(Path.cwd().name, 7)\n")
    assert printed(tmp_path, "bench_none") == f"{tmp_path.name} 7\n"
    assert printed(tmp_path, "bench_other") == ""
    compare(["bench_none"], tmp_path, 1)
    assert "\n- " in capsys.readouterr().out
