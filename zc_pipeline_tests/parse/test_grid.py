from __future__ import annotations

import pytest

from zc_pipeline.model import Box, Rule
from zc_pipeline.parse.grid import Grid, find_grids

from .records import grid_rules

XS, YS = (10.0, 110.0, 210.0, 310.0), (20.0, 60.0, 100.0)


def shape(grid: Grid) -> list[tuple[int, int, int, int]]:
    """Row, column and spans of each cell."""
    return [(cell.row, cell.column, cell.row_span, cell.column_span) for cell in grid.cells]


FULL = [(row, column, 1, 1) for row in (1, 2) for column in (1, 2, 3)]


def per_cell(gap: float) -> list[Rule]:
    """Four strokes for each cell, ``gap`` points inside its edges."""
    rules = []
    for top, bottom in ((20.0, 60.0), (60.0, 100.0)):
        for left, right in ((10.0, 110.0), (110.0, 210.0), (210.0, 310.0)):
            x0, y0, x1, y1 = left + gap, top + gap, right - gap, bottom - gap
            rules += [Rule(x0, y0, x1, y0), Rule(x0, y1, x1, y1), Rule(x0, y0, x0, y1), Rule(x1, y0, x1, y1)]
    return rules


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(grid_rules(XS, YS), id="long rules"),
        pytest.param(per_cell(0.0), id="strokes of each cell"),
        pytest.param(per_cell(0.5), id="strokes a point apart"),
        pytest.param(list(reversed(grid_rules(XS, YS))), id="any order"),
        pytest.param(grid_rules(XS, YS) * 2, id="drawn twice"),
    ],
)
def test_a_full_grid_has_its_cells(rules: list[Rule]) -> None:
    (grid,) = find_grids(rules)
    assert shape(grid) == FULL
    assert grid.broken == ()
    assert (grid.row_count, grid.column_count) == (2, 3)


def test_a_merged_cell_is_one_cell_with_its_spans() -> None:
    rules = [rule for rule in grid_rules(XS, YS) if rule != Rule(110, 20, 110, 100)]
    (grid,) = find_grids([*rules, Rule(110, 60, 110, 100)])
    assert shape(grid) == [(1, 1, 1, 2), (1, 3, 1, 1), (2, 1, 1, 1), (2, 2, 1, 1), (2, 3, 1, 1)]


def test_cells_merged_downwards_are_one_cell() -> None:
    rules = [rule for rule in grid_rules(XS, YS) if rule != Rule(10, 60, 310, 60)]
    (grid,) = find_grids([*rules, Rule(110, 60, 310, 60)])
    assert (1, 1, 2, 1) in shape(grid)


def test_a_region_that_is_no_rectangle_is_reported_and_no_cell() -> None:
    rules = [Rule(10, y, 310, y) for y in (20.0, 100.0)] + [Rule(x, 20, x, 100) for x in (10.0, 310.0)]
    (grid,) = find_grids([*rules, Rule(110, 20, 110, 60), Rule(10, 60, 110, 60), Rule(210, 60, 210, 100),
                          Rule(210, 60, 310, 60)])  # fmt: skip
    assert len(grid.broken) == 1


def test_a_missing_inner_rule_leaves_no_wrong_cell() -> None:
    (grid,) = find_grids([rule for rule in grid_rules(XS, YS) if rule != Rule(310, 20, 310, 100)])
    assert all(cell.column < 3 for cell in grid.cells)


@pytest.mark.parametrize("missing", [pytest.param(100.0, id="bottom"), pytest.param(20.0, id="top")])
def test_a_row_left_open_at_a_page_break_is_closed_where_its_sides_end(missing: float) -> None:
    (grid,) = find_grids(
        [rule for rule in grid_rules(XS, YS) if rule.top != missing or not rule.is_horizontal]
    )
    assert shape(grid) == FULL
    assert grid.box == Box(10, 20, 310, 100)


def test_an_open_row_is_closed_below_a_merged_title_too() -> None:
    title = [Rule(10, 0, 310, 0), Rule(10, 0, 10, 100), Rule(310, 0, 310, 100)]
    inner = [Rule(x, 20, x, 100) for x in (110.0, 210.0)]
    (grid,) = find_grids([*title, *inner, Rule(10, 20, 310, 20), Rule(10, 60, 310, 60)])
    assert shape(grid) == [(1, 1, 1, 3), *((row + 1, column, a, b) for row, column, a, b in FULL)]


def test_an_open_row_is_closed_below_a_merged_row_too() -> None:
    rows = [Rule(10, y, 310, y) for y in (20.0, 60.0, 100.0)] + [Rule(x, 20, x, 140) for x in (10.0, 310.0)]
    inner = [Rule(x, top, x, top + 40) for x in (110.0, 210.0) for top in (20.0, 100.0)]
    (grid,) = find_grids([*rows, *inner])
    assert [cell[0] for cell in shape(grid)] == [1, 1, 1, 2, 3, 3, 3]


def test_a_frame_around_the_table_is_no_table() -> None:
    (grid,) = find_grids([*grid_rules((0.0, 400.0), (0.0, 300.0)), *grid_rules(XS, YS)])
    assert shape(grid) == FULL


def test_two_tables_on_a_page_are_two_grids_from_top_to_bottom() -> None:
    below = [Rule(r.x0, r.top + 200, r.x1, r.bottom + 200) for r in grid_rules(XS, YS)]
    grids = find_grids([*below, *grid_rules(XS, YS)])
    assert [grid.box.top for grid in grids] == [20.0, 220.0]


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([], id="none"),
        pytest.param([Rule(10, y, 310, y) for y in YS], id="horizontal only"),
        pytest.param([Rule(10, 20, 310, 20), Rule(10, 20, 10, 60)], id="a corner"),
        pytest.param([Rule(72, 700, 200, 700)], id="a footnote's rule"),
    ],
)
def test_rules_that_enclose_nothing_are_no_grid(rules: list[Rule]) -> None:
    assert find_grids(rules) == []


def test_the_distance_of_one_line_is_an_argument() -> None:
    rules = [*grid_rules(XS, YS), Rule(10, 64, 310, 64)]
    assert find_grids(rules)[0].row_count == 3
    assert find_grids(rules, snap_pt=5)[0].row_count == 2
