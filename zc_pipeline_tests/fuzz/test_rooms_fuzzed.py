"""A share of the damaged inputs of the parse rooms with a fixed seed; `benchmarks.fuzz` is the long form."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from benchmarks.fuzzing.guided import run_by_chance
from benchmarks.fuzzing.judge import build
from benchmarks.fuzzing.rooms import Broken, Script, check_accepted, run_script, seed_scripts
from zc_pipeline.model import PageItem, TargetTable
from zc_pipeline.parse.reading import read_page_text

from . import SEEDS


@pytest.fixture(scope="module")
def accepted() -> tuple[TargetTable, tuple[PageItem, ...]]:
    path = next(path for path in SEEDS if path.stem == "calc")
    text = read_page_text(path)
    (table,) = build(path.name, text).tables
    return table, text.items


def test_the_rooms_keep_their_promises() -> None:
    report = run_by_chance(200, seed=5)
    assert report.inputs == 200
    assert report.broken == {}
    kinds = {outcome.split(":")[0] for outcome in report.outcomes}
    assert kinds == {"pages", "items", "text"}
    assert any(outcome.endswith("accepted") for outcome in report.outcomes)


def test_a_true_table_keeps_them(accepted: tuple[TargetTable, tuple[PageItem, ...]]) -> None:
    check_accepted(*accepted)


@pytest.mark.parametrize("what", ["total", "amount", "row", "character", "indicator", "number", "all rows"])
def test_a_broken_promise_is_found(accepted: tuple[TargetTable, tuple[PageItem, ...]], what: str) -> None:
    table, items = accepted
    first, *rest = table.projects
    assert table.printed_total_cny is not None
    assert first.total_cny is not None
    indicators = first.indicators
    one = {
        "amount": replace(first, total_cny=first.total_cny + 1),
        "character": replace(first, performance_goal=first.performance_goal + "鑫"),
        "indicator": replace(first, indicators=indicators[:-1]),
        "number": replace(first, indicators=(replace(indicators[0], indicator_number=2), *indicators[1:])),
    }.get(what, first)
    projects = {"row": tuple(rest), "all rows": ()}.get(what, (one, *rest))
    total = table.printed_total_cny + (Decimal(100_000) if what == "total" else 0)
    with pytest.raises(Broken):
        check_accepted(replace(table, projects=projects, printed_total_cny=total), items)


def test_equal_scripts_make_equal_inputs_and_none_reads_beyond_its_end(tmp_path: Path) -> None:
    seed_scripts(tmp_path)
    for path in sorted(tmp_path.iterdir())[::16]:
        assert run_script(path.read_bytes()) == run_script(path.read_bytes())
    script = Script(b"\x07")
    assert [script.below(5), script.below(5), script.is_over] == [2, 0, True]
