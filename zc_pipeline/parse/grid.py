"""Ruled lines of a page to grids of cells: rules → edges → elementary rectangles → cells.

Knows nothing of text or budgets. Merged cells come out as one cell with its spans.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from zc_pipeline.model import Box, Rule

# Rules nearer than this are one line: office suites draw both cells' borders, 0.5 to 1.5 pt apart, and a
# header's lower rule beside the upper rule of a row that a clip cut (specimen, pages 2 and 11).
SNAP_PT: Final = 2.5
# How much of an elementary edge a rule may leave open and still close it.
GAP_PT: Final = 3.0


class Cell(NamedTuple):
    """A cell of a grid; rows and columns count from 1."""

    box: Box
    row: int
    column: int
    row_span: int
    column_span: int


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table on one page.

    ``box`` is what its rules span, open sides included; ``broken`` lists boxes whose borders do not form a
    rectangle.
    """

    box: Box
    row_count: int
    column_count: int
    column_edges: tuple[float, ...]
    cells: tuple[Cell, ...]
    broken: tuple[Box, ...]


def find_grids(rules: Iterable[Rule], *, snap_pt: float = SNAP_PT) -> list[Grid]:
    """Find the ruled tables of a page, top to bottom.

    Args:
        rules: straight lines on the displayed page, in points.
        snap_pt: largest distance between two parallel rules that are one line.

    Returns:
        One grid per connected set of rules that encloses at least one cell.
    """
    rules = list(rules)
    horizontal = _merge_rules([(r.top, r.x0, r.x1) for r in rules if r.is_horizontal], snap_pt)
    vertical = _merge_rules([(r.x0, r.top, r.bottom) for r in rules if not r.is_horizontal], snap_pt)
    grids = [
        grid
        for h_edges, v_edges in _connected_edges(horizontal, vertical, snap_pt)
        if (grid := _grid_of(h_edges, v_edges, snap_pt)) is not None
    ]
    framed = [grid for grid in grids if not _is_frame(grid, grids)]
    return sorted(framed, key=lambda grid: (grid.box.top, grid.box.x0))


def _is_frame(grid: Grid, others: Iterable[Grid]) -> bool:
    """Whether a grid is a single box drawn around another grid: a page border, no table."""
    return len(grid.cells) == 1 and any(
        other is not grid and grid.box.contains(*other.box.center) and len(other.cells) > 1
        for other in others
    )


class _Edge(NamedTuple):
    """A merged line: at ``at`` on its axis, from ``start`` to ``end`` on the other."""

    at: float
    start: float
    end: float


def _merge_rules(lines: list[tuple[float, float, float]], snap_pt: float) -> list[_Edge]:
    """Snap parallel lines to common positions and join those that touch or overlap."""
    edges: list[_Edge] = []
    for cluster in _clusters(sorted(lines), snap_pt):
        at = sum(line[0] for line in cluster) / len(cluster)
        start, end = None, 0.0
        for _, low, high in sorted(cluster, key=lambda line: line[1]):
            if start is None:
                start, end = low, high
            elif low <= end + snap_pt:
                end = max(end, high)
            else:
                edges.append(_Edge(at, start, end))
                start, end = low, high
        if start is not None:
            edges.append(_Edge(at, start, end))
    return edges


def _clusters(
    lines: Sequence[tuple[float, float, float]], snap_pt: float
) -> Iterable[list[tuple[float, float, float]]]:
    """Group sorted lines whose positions lie within ``snap_pt`` of the group's first one."""
    group: list[tuple[float, float, float]] = []
    for line in lines:
        if group and line[0] - group[0][0] > snap_pt:
            yield group
            group = []
        group.append(line)
    if group:
        yield group


def _connected_edges(
    horizontal: list[_Edge], vertical: list[_Edge], snap_pt: float
) -> Iterable[tuple[list[_Edge], list[_Edge]]]:
    """Group edges that cross or touch each other, directly or through others."""
    parent = list(range(len(horizontal) + len(vertical)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for i, h in enumerate(horizontal):
        for j, v in enumerate(vertical):
            if v.start - snap_pt <= h.at <= v.end + snap_pt and h.start - snap_pt <= v.at <= h.end + snap_pt:
                parent[root(i)] = root(len(horizontal) + j)
    groups: dict[int, tuple[list[_Edge], list[_Edge]]] = {}
    for i, h in enumerate(horizontal):
        groups.setdefault(root(i), ([], []))[0].append(h)
    for j, v in enumerate(vertical):
        groups.setdefault(root(len(horizontal) + j), ([], []))[1].append(v)
    return [group for group in groups.values() if group[0] and group[1]]


def _grid_of(horizontal: list[_Edge], vertical: list[_Edge], snap_pt: float) -> Grid | None:
    """Build the grid of one connected set of edges, or None where it encloses nothing."""
    horizontal = horizontal + _missing_end_rules(horizontal, vertical, snap_pt)
    xs = sorted({edge.at for edge in vertical})
    ys = sorted({edge.at for edge in horizontal})
    if len(xs) < 2 or len(ys) < 2:
        return None
    columns, rows = len(xs) - 1, len(ys) - 1

    def closed(edges: list[_Edge], at: float, low: float, high: float) -> bool:
        return any(
            edge.at == at and edge.start <= low + GAP_PT and edge.end >= high - GAP_PT for edge in edges
        )

    wall_above = [
        [closed(horizontal, ys[r], xs[c], xs[c + 1]) for c in range(columns)] for r in range(rows + 1)
    ]
    wall_left = [[closed(vertical, xs[c], ys[r], ys[r + 1]) for c in range(columns + 1)] for r in range(rows)]
    cells: list[Cell] = []
    broken: list[Box] = []
    seen: set[tuple[int, int]] = set()
    for row in range(rows):
        for column in range(columns):
            if (row, column) in seen:
                continue
            region, is_open = _flood(row, column, rows, columns, wall_above, wall_left)
            seen |= region
            if is_open:
                continue
            first_row, last_row = min(r for r, _ in region), max(r for r, _ in region)
            first_col, last_col = min(c for _, c in region), max(c for _, c in region)
            box = Box(xs[first_col], ys[first_row], xs[last_col + 1], ys[last_row + 1])
            row_span, column_span = last_row - first_row + 1, last_col - first_col + 1
            if len(region) != row_span * column_span:
                broken.append(box)
                continue
            cells.append(Cell(box, first_row + 1, first_col + 1, row_span, column_span))
    if not cells and not broken:
        return None
    return Grid(
        box=Box(
            min([xs[0], *(edge.start for edge in horizontal)]),
            min([ys[0], *(edge.start for edge in vertical)]),
            max([xs[-1], *(edge.end for edge in horizontal)]),
            max([ys[-1], *(edge.end for edge in vertical)]),
        ),
        row_count=rows,
        column_count=columns,
        column_edges=tuple(xs),
        cells=tuple(sorted(cells, key=lambda cell: (cell.row, cell.column))),
        broken=tuple(broken),
    )


def _missing_end_rules(horizontal: list[_Edge], vertical: list[_Edge], snap_pt: float) -> list[_Edge]:
    """Closing rules for a table whose columns run on past its last (or first) horizontal rule.

    A row that a page break cuts is often left open there: all verticals end at one height without a rule.
    """
    if len(vertical) < 2:
        return []
    left, right = min(edge.at for edge in vertical), max(edge.at for edge in vertical)
    lowest = {at: max(edge.end for edge in vertical if edge.at == at) for at in {e.at for e in vertical}}
    highest = {at: min(edge.start for edge in vertical if edge.at == at) for at in lowest}
    added = []
    for ends, limit, outermost in (
        (lowest.values(), max(lowest.values()), max(e.at for e in horizontal)),
        (highest.values(), min(highest.values()), min(e.at for e in horizontal)),
    ):
        if abs(limit - outermost) > snap_pt and all(abs(end - limit) <= snap_pt for end in ends):
            added.append(_Edge(limit, left, right))
    return added


def _flood(
    row: int,
    column: int,
    rows: int,
    columns: int,
    wall_above: list[list[bool]],
    wall_left: list[list[bool]],
) -> tuple[set[tuple[int, int]], bool]:
    """The elementary rectangles reachable without crossing a rule, and whether the outside is too."""
    region: set[tuple[int, int]] = set()
    is_open = False
    todo = [(row, column)]
    while todo:
        r, c = todo.pop()
        if (r, c) in region:
            continue
        region.add((r, c))
        for wall, (next_r, next_c) in (
            (wall_above[r][c], (r - 1, c)),
            (wall_above[r + 1][c], (r + 1, c)),
            (wall_left[r][c], (r, c - 1)),
            (wall_left[r][c + 1], (r, c + 1)),
        ):
            if wall:
                continue
            if 0 <= next_r < rows and 0 <= next_c < columns:
                todo.append((next_r, next_c))
            else:
                is_open = True
    return region, is_open
