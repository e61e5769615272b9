"""Where every row of a table lies: pages are planned here, and only drawn in `draw`.

Lengths are points from the top left corner of the shown page, downwards. Nothing here touches a PDF.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from .fonts import FontName, text_width
from .layout import Layout, Orientation
from .truth import AMOUNTS, Disclosure, Project, Unit

PADDING = 3.0
TITLE_SIZE = 15.0
CONTINUED = "（续）"

RowKind = Literal["total", "unit", "project"]
Lines = tuple[str, ...]

_WEIGHTS = {"name": 128.0, "goal": 189.0, "indicators": 249.0}
_EXTRA_WEIGHT = 60.0
_LEAST_SHOWN = 5.0
_SLACK = 0.01


@dataclass(frozen=True)
class Row:
    """A row before it has a place: its cells are wrapped to the columns of its table."""

    kind: RowKind
    cells: tuple[Lines, ...]
    project_index: int | None = None


@dataclass(frozen=True)
class Part:
    """What one page has of one row.

    Attributes:
        row: What is drawn here: the whole row, or, in a row split by lines, a row with the lines of this
            page.
        top: Upper edge of what is visible.
        bottom: Lower edge of what is visible.
        drawn_top: Upper edge of what is drawn; differs from `top` in a clipped row only.
        drawn_bottom: Lower edge of what is drawn.
        continues: The row began before this part.
    """

    row: Row
    top: float
    bottom: float
    drawn_top: float
    drawn_bottom: float
    continues: bool = False

    @property
    def clipped(self) -> bool:
        """Whether something drawn is hidden."""
        return self.bottom - self.top < self.drawn_bottom - self.drawn_top - _SLACK


@dataclass
class Block:
    """What one page has of one table.

    Attributes:
        table: Index of the table in the file.
        title_top: Upper edge of title and department line, None where this page has none.
        header_top: Upper edge of the header row, None where this page has none.
        parts: Rows from top to bottom.
    """

    table: int
    title_top: float | None = None
    header_top: float | None = None
    parts: list[Part] = field(default_factory=list)


@dataclass
class Page:
    """One page: prose, or blocks of tables. `layout` is that of the table that began the page."""

    layout: Layout
    orientation: Orientation
    prose: Lines = ()
    blocks: list[Block] = field(default_factory=list)


class Table:
    """A disclosure fitted to a layout: column edges, wrapped header and rows."""

    def __init__(self, disclosure: Disclosure, layout: Layout) -> None:
        """Fits columns to the page and wraps every cell."""
        self.disclosure = disclosure
        self.layout = layout
        self.columns = layout.printed_columns
        self.line_height = line_height(layout.font_size)
        texts = list(_row_texts(disclosure, layout))
        width = layout.shown_size()[0] - layout.margins[0] - layout.margins[2]
        self.edges = _column_edges(layout, width, [cells for _, _, cells in texts])
        self.header = self._wrapped([layout.heading(column) for column in self.columns])
        self.rows = [Row(kind, self._wrapped(cells), project) for kind, project, cells in texts]

    @property
    def header_height(self) -> float:
        """Height of the header row."""
        return self.height(self.header)

    @property
    def title_height(self) -> float:
        """Height of title and department line, 0 where the layout shows none of it."""
        lines = self.layout.show_department or self.layout.show_unit_line
        return self.layout.show_title * TITLE_SIZE * 1.6 + lines * self.line_height * 1.2

    def height(self, cells: Sequence[Lines]) -> float:
        """Height of a row with these cells."""
        return max(len(lines) for lines in cells) * self.line_height + 2 * PADDING

    def _wrapped(self, cells: Sequence[str]) -> tuple[Lines, ...]:
        widths = [right - left - 2 * PADDING for left, right in zip(self.edges, self.edges[1:], strict=False)]
        return tuple(
            wrap(text, width, self.layout.font_size, self.layout.font)
            for text, width in zip(cells, widths, strict=True)
        )


def line_height(font_size: float) -> float:
    """Distance of two lines of text."""
    return round(font_size * 1.3, 2)


def wrap(text: str, width: float, font_size: float, font: FontName) -> Lines:
    """Breaks text at the width as Chinese cells do: between any two characters, numbers and codes too.

    A line feed forces a break. A break never lies beside a space, so that the space stays readable within its
    line.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        start = 0
        while start < len(paragraph):
            end = start + 1
            used = text_width(paragraph[start], font_size, font)
            while (
                end < len(paragraph) and (used := used + text_width(paragraph[end], font_size, font)) <= width
            ):
                end += 1
            broken = end
            while start + 1 < broken < len(paragraph) and " " in paragraph[broken - 1 : broken + 1]:
                broken -= 1
            end = broken if broken > start + 1 else end
            lines.append(paragraph[start:end])
            start = end
    return tuple(lines)


def layout_breaking(disclosure: Disclosure, layout: Layout, project_index: int, share: float) -> Layout:
    """Moves the foot of the table so that the first page ends within a given project's row.

    Args:
        disclosure: What will be printed.
        layout: How, but for the lower margin.
        project_index: Place of the project in `Disclosure.projects`.
        share: How much of the row's height the first page shows, between 0 and 1: 0.5 cuts a centred name or
            amount in half in a clipped row, less shows it on the second page only, more on the first only.

    Returns:
        The layout with another lower margin.

    Raises:
        ValueError: The row is not on the first page, or the rest of the page is too short for it.
    """
    table = Table(disclosure, layout)
    y = layout.margins[1] + table.title_height + table.header_height
    for row in table.rows:
        height = table.height(row.cells)
        if row.project_index == project_index:
            foot = layout.shown_size()[1] - y - height * share
            if foot < 40:
                break
            left, top, right, _ = layout.margins
            return replace(layout, margins=(left, top, right, foot))
        y += height
    raise ValueError(f"the first page cannot end within project {project_index}")


def plan(tables: Sequence[Table], same_page: bool = False) -> list[Page]:
    """Plans the pages of a file with one or more tables.

    Args:
        tables: In printed order.
        same_page: A further table begins below the one before it, if there is room; otherwise on a new page.

    Raises:
        ValueError: A row is longer than a page, and the layout's page break cannot divide it.
    """
    pages: list[Page] = []
    bottom: float | None = None
    for index, table in enumerate(tables):
        cover = table.layout.shown_size(table.layout.cover_orientation)[0] - 144
        for text in table.layout.cover_pages:
            prose = wrap(text, cover, table.layout.font_size + 2, table.layout.font)
            pages.append(Page(table.layout, table.layout.cover_orientation, prose=prose))
        starts_at = bottom if same_page and not table.layout.cover_pages else None
        bottom = _Pager(index, table, pages, starts_at).place_all()
    return pages


class _Pager:
    """Places the rows of one table, page by page."""

    def __init__(self, index: int, table: Table, pages: list[Page], starts_at: float | None) -> None:
        self.index = index
        self.table = table
        self.layout = table.layout
        self.pages = pages
        self.body_bottom = self.layout.shown_size()[1] - self.layout.margins[3]
        self.blocks: list[Block] = []
        self.y = 0.0
        least = table.title_height + table.header_height + 4 * table.line_height
        if starts_at is not None and starts_at + 24 + least < self.body_bottom:
            self._begin_block(starts_at + 24)
        else:
            self._new_page()

    def place_all(self) -> float:
        """Places every row and returns where the last one ends."""
        for row in self.table.rows:
            if self.layout.page_break == "clipped_duplicate" and row.kind == "project":
                self._place_clipped(row)
            elif self.layout.page_break in ("split_by_lines", "repeated_name") and row.kind == "project":
                self._place_split(row)
            else:
                self._place_whole(row)
        return self.y

    @property
    def _room(self) -> float:
        return self.body_bottom - self.y

    def _new_page(self) -> None:
        self.pages.append(Page(self.layout, self.layout.orientation))
        self._begin_block(self.layout.margins[1])

    def _begin_block(self, top: float) -> None:
        number = len(self.blocks)
        block = Block(self.index)
        if number == 0 and self.table.title_height:
            block.title_top = top
            top += self.table.title_height
        policy = self.layout.headers
        if policy == "every" or number == 0 or (policy == "some" and number % 2 == 0):
            block.header_top = top
            top += self.table.header_height
        self.blocks.append(block)
        self.pages[-1].blocks.append(block)
        self.y = top

    def _put(self, row: Row, visible: float, hidden_above: float = 0.0, continues: bool = False) -> None:
        """Adds a part of the given visible height; a row's hidden rest lies above and below it."""
        drawn_top = self.y - hidden_above
        drawn_bottom = drawn_top + max(self.table.height(row.cells), visible)
        self.blocks[-1].parts.append(Part(row, self.y, self.y + visible, drawn_top, drawn_bottom, continues))
        self.y += visible

    def _place_whole(self, row: Row) -> None:
        height = self.table.height(row.cells)
        if height > self._room + _SLACK:
            last = self.blocks[-1].parts[-1] if self.blocks[-1].parts else None
            self._new_page()
            if self.layout.page_break == "printed_twice" and last is not None:
                self._repeat(last.row)
        if height > self._room + _SLACK:
            self._new_page()
        if height > self._room + _SLACK:
            raise ValueError(
                f"row longer than a page: {''.join(row.cells[0])!r} cannot be {self.layout.page_break}"
            )
        self._put(row, height)

    def _repeat(self, row: Row) -> None:
        """Prints a project row again, unless it was printed twice already."""
        printed = sum(part.row is row for block in self.blocks for part in block.parts)
        if row.kind == "project" and printed < 2:
            self._put(row, self.table.height(row.cells), continues=True)

    def _place_clipped(self, row: Row) -> None:
        height = self.table.height(row.cells)
        if self._room < min(_LEAST_SHOWN, height):
            self._new_page()
        shown = 0.0
        while True:
            visible = min(self._room, height - shown)
            self._put(row, visible, hidden_above=shown, continues=shown > 0)
            shown += visible
            if shown >= height - _SLACK:
                return
            self._new_page()

    def _place_split(self, row: Row) -> None:
        """Divides the lines of the long cells; name and amounts stay together on the first page."""
        if self.table.height(row.cells) <= self._room + _SLACK:
            self._put(row, self.table.height(row.cells))
            return
        short = [
            lines
            for column, lines in zip(self.table.columns, row.cells, strict=True)
            if column in ("name", *AMOUNTS)
        ]
        if self._lines_left() < max([2, *map(len, short)]):
            self._new_page()
        taken = 0
        while taken < max(map(len, row.cells)):
            if taken:
                self._new_page()
            count = self._lines_left()
            if count < 1 or (not taken and count < max(map(len, short), default=1)):
                raise ValueError("a page has no room for the name of a project")
            piece = self._piece(row, taken, count)
            self._put(piece, self.table.height(piece.cells), continues=taken > 0)
            taken += count

    def _lines_left(self) -> int:
        return int((self._room - 2 * PADDING + _SLACK) // self.table.line_height)

    def _piece(self, row: Row, taken: int, count: int) -> Row:
        cells = []
        for place, (column, lines) in enumerate(zip(self.table.columns, row.cells, strict=True)):
            if column not in ("name", *AMOUNTS):
                cells.append(lines[taken : taken + count])
            elif taken == 0:
                cells.append(lines)
            elif column == "name" and self.layout.page_break == "repeated_name":
                width = self.table.edges[place + 1] - self.table.edges[place] - 2 * PADDING
                cells.append(wrap("".join(lines) + CONTINUED, width, self.layout.font_size, self.layout.font))
            else:
                cells.append(())
        return Row(row.kind, tuple(cells), row.project_index)


def _row_texts(disclosure: Disclosure, layout: Layout) -> Iterator[tuple[RowKind, int | None, list[str]]]:
    """Yields kind, project index and cell texts of every row in printed order."""

    def cells(row: Disclosure | Unit | Project, name: str) -> list[str]:
        known = {"name": name} | {kind: getattr(row, kind) for kind in AMOUNTS}
        if isinstance(row, Project):
            known |= layout.extras | {"goal": row.goal, "indicators": row.packed_indicators()}
        return [known.get(column, "") for column in layout.printed_columns]

    if layout.show_total_row and not layout.total_last:
        yield "total", None, cells(disclosure, "合计")
    index = 0
    for unit in disclosure.units:
        if layout.show_unit_rows:
            yield "unit", None, cells(unit, unit.name)
        for project in unit.projects:
            yield "project", index, cells(project, " " * 4 * layout.indent_projects + project.name)
            index += 1
    if layout.show_total_row and layout.total_last:
        yield "total", None, cells(disclosure, "合计")


def _column_edges(layout: Layout, width: float, rows: Sequence[Sequence[str]]) -> tuple[float, ...]:
    """Fits columns into the width: amounts as wide as their widest text, the rest by weight."""
    size = layout.font_size
    widths: list[float | None] = []
    for place, column in enumerate(layout.printed_columns):
        if column not in AMOUNTS:
            widths.append(None)
            continue
        headings = [text_width(line, size, layout.font) for line in layout.heading(column).split("\n")]
        heading = max(headings) if max(headings) <= 5 * size else 4 * size
        amounts = max((text_width(row[place], size, layout.font) for row in rows), default=0.0)
        widths.append(max(heading, amounts) + 2 * PADDING + 1)
    left = width - sum(fixed for fixed in widths if fixed is not None)
    weights = [_WEIGHTS.get(column, _EXTRA_WEIGHT) for column in layout.printed_columns]
    shared = sum(weight for weight, fixed in zip(weights, widths, strict=True) if fixed is None)
    if shared and left < shared / 4:
        raise ValueError("the amounts leave no room for the other columns")
    edges = [layout.margins[0]]
    for weight, fixed in zip(weights, widths, strict=True):
        edges.append(edges[-1] + (left * weight / shared if fixed is None else fixed))
    return tuple(edges)
