"""Short ways to write the records that tests of single steps begin with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from zc_pipeline.errors import DocumentError
from zc_pipeline.model import (
    Box,
    Char,
    ItemKind,
    PageContent,
    PageItem,
    RowKind,
    RowPart,
    Rule,
    TableFacts,
    TableRow,
)
from zc_pipeline.parse.forms import form_by_name
from zc_pipeline.parse.target_tables import PrintedRow, PrintedTable

HEADINGS = (
    "项目名称（资金使用单位）",
    "总计",
    "财政拨款",
    "财政专户\n拨款",
    "其他资金",
    "绩效目标",
    "绩效指标",
)
COLUMNS = ("project_name", "total", "fiscal", "special_account", "other", "goal", "indicators")
COLUMN_WIDTH = 100.0

Lines = str | Sequence[tuple[str, int]]
"""A cell's text, or its lines each with the percentage of it that shows."""


def cell(
    text: Lines,
    *,
    page: int = 1,
    number: int = 0,
    grid: int = 1,
    row: int = 1,
    column: int = 1,
    columns: int = 1,
    rows: int = 1,
    left: float | None = None,
    right: float | None = None,
    indent: float | None = 3.0,
) -> PageItem:
    """A cell of a grid whose columns are 100 pt wide."""
    lines = [(line, 100) for line in text.split("\n")] if isinstance(text, str) else list(text)
    lines = [line for line in lines if line[0]]
    return PageItem(
        page=page,
        item_number=number or row * 100 + column,
        kind=ItemKind.CELL,
        text="\n".join(line for line, shown in lines if shown >= 10),
        drawn_text="\n".join(line for line, _ in lines),
        line_shown_pct=",".join(str(shown) for _, shown in lines),
        is_clipped=any(shown < 92 for _, shown in lines),
        box=Box(
            (column - 1) * COLUMN_WIDTH if left is None else left,
            100.0 + 20 * row,
            (column - 1 + columns) * COLUMN_WIDTH if right is None else right,
            120.0 + 20 * row,
        ),
        reader="test",
        grid_number=grid,
        grid_row=row,
        grid_column=column,
        row_span=rows,
        column_span=columns,
        indent=indent if lines else None,
    )


def line(text: str, *, page: int = 1, number: int = 1, top: float = 50.0) -> PageItem:
    """A free line."""
    return PageItem(
        page=page,
        item_number=number,
        kind=ItemKind.LINE,
        text=text,
        drawn_text=text,
        line_shown_pct="100",
        is_clipped=False,
        box=Box(0.0, top, 100.0, top + 10),
        reader="test",
    )


def grid_row(texts: Sequence[Lines], row: int, *, page: int = 1, grid: int = 1) -> list[PageItem]:
    """One row of a grid, a cell a column."""
    return [cell(text, page=page, grid=grid, row=row, column=c) for c, text in enumerate(texts, start=1)]


def page_items(
    rows: Sequence[Sequence[Lines]], *, page: int = 1, above: Sequence[str] = (), below: Sequence[str] = ()
) -> list[PageItem]:
    """A page with lines, a grid and more lines."""
    items = [line(text, page=page, number=n) for n, text in enumerate(above, start=1)]
    for number, texts in enumerate(rows, start=1):
        items += grid_row(texts, number, page=page)
    return items + [line(text, page=page, number=90_000 + n) for n, text in enumerate(below)]


def printed_row(
    page: int, row: int, cells: Mapping[str, Lines] | None = None, *, is_header: bool = False
) -> PrintedRow:
    """A printed row; columns not given are blank."""
    given = dict(zip(COLUMNS, HEADINGS, strict=True)) if is_header else dict(cells or {})
    items = {
        column: cell(given.get(column, ""), page=page, row=row, column=number)
        for number, column in enumerate(COLUMNS, start=1)
    }
    return PrintedRow(RowPart(page, 1, row), items, is_header)


def printed_table(rows: Sequence[PrintedRow]) -> PrintedTable:
    """A target table as its pages print it."""
    return PrintedTable(facts([row.part for row in rows]), form_by_name("packed_list"), list(rows))


def facts(parts: Sequence[RowPart] = (), *, money_unit: str | None = "万元", number: int = 1) -> TableFacts:
    """What is printed around a table."""
    return TableFacts(
        table_number=number,
        form="packed_list",
        title="项目支出绩效目标表",
        department_name="云岭市图书馆",
        money_unit=money_unit,
        printed_year=None,
        page_first=1,
        page_last=max((part.page for part in parts), default=1),
        columns=COLUMNS,
        printed_rows=tuple(parts),
    )


def table_row(
    order: int,
    kind: RowKind,
    name: str = "",
    total: str = "",
    *,
    goal: str = "",
    indicators: str = "",
    page: int = 1,
    indent: float | None = 3.0,
    repeats_previous: bool = False,
    **amounts: str,
) -> TableRow:
    """A stitched row; all money is 财政拨款 where ``amounts`` does not say otherwise."""
    cells = dict.fromkeys(COLUMNS, "")
    cells |= {"project_name": name, "total": total, "goal": goal, "indicators": indicators}
    cells |= amounts or {"fiscal": total}
    return TableRow(
        1, order, kind, cells, (RowPart(page, 1, order),), indent=indent, repeats_previous=repeats_previous
    )


def packed(*numbers: int, value: str = "5次") -> str:
    """A packed indicator cell."""
    return "".join(
        f"{n}、1-产出指标；11-数量指标；检查次数；实施周期指标值:{value}；年度指标值:{value}。"
        for n in numbers
    )


def char(
    text: str,
    x: float,
    top: float,
    *,
    clip: Box | None = None,
    width: float = 10.0,
    height: float = 10.0,
    **how: bool,
) -> Char:
    """A character whose ink fills its box but for one point on each side."""
    box = Box(x, top, x + width, top + height)
    return Char(text, box, Box(x + 1, top + 1, x + width - 1, top + height - 1), clip, **how)


def string(text: str, x: float, top: float, *, clip: Box | None = None, **how: bool) -> list[Char]:
    """Characters of 10 pt side by side."""
    return [char(one, x + 10 * n, top, clip=clip, **how) for n, one in enumerate(text)]


def grid_rules(xs: Sequence[float], ys: Sequence[float]) -> list[Rule]:
    """The rules of a full grid."""
    return [Rule(xs[0], y, xs[-1], y) for y in ys] + [Rule(x, ys[0], x, ys[-1]) for x in xs]


def page_content(chars: Sequence[Char], rules: Sequence[Rule] = (), **how: object) -> PageContent:
    """A page of 600 by 400 points."""
    values: dict[str, object] = {
        "number": 1,
        "width": 600.0,
        "height": 400.0,
        "rotation": 0,
        "image_count": 0,
        "reader": "first",
    } | how
    return PageContent(chars=tuple(chars), rules=tuple(rules), **values)  # type: ignore[arg-type]


@contextmanager
def suppress_ours(*codes: str) -> Iterator[None]:
    """Lets our own errors with these codes pass, and no other."""
    try:
        yield
    except DocumentError as error:
        if error.code not in codes:
            raise
