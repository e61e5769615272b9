"""Draws disclosures as PDFs and tells where everything is on paper.

    drawn = draw_disclosure(make_disclosure(1), path, Layout(page_break="clipped_duplicate"))

No font file is needed: see `fonts` for the two fonts and what each is good for.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

from .fonts import FontName, register, text_width
from .layout import Layout, Rules
from .paging import (
    CONTINUED,
    PADDING,
    TITLE_SIZE,
    Block,
    Lines,
    Page,
    Part,
    RowKind,
    Table,
    line_height,
    plan,
    wrap,
)
from .truth import AMOUNTS, Disclosure

__all__ = [
    "CONTINUED",
    "Drawn",
    "DrawnRow",
    "Layout",
    "draw_disclosure",
    "draw_disclosures",
    "turn_page",
    "wrap",
]

Box = tuple[float, float, float, float]
"""Left, top, right, bottom in points from the top left corner of the shown page, downwards."""

_RULE_WIDTH = 0.6
_ASCENT = 0.88


@dataclass(frozen=True)
class DrawnRow:
    """What one page shows of one row.

    Attributes:
        page: Page number from 1.
        box: The visible part.
        kind: total, unit or project.
        project_index: Place in `Disclosure.projects`, None for other rows.
        clipped: More is drawn than the box shows.
        continues: The row began on an earlier page (or was printed there already).
        hidden_box: What is drawn in all; equals `box` unless clipped, and may reach beyond the page.
    """

    page: int
    box: Box
    kind: RowKind
    project_index: int | None
    clipped: bool
    continues: bool
    hidden_box: Box


@dataclass(frozen=True)
class Drawn:
    """Where a disclosure is in its file.

    Attributes:
        path: The file.
        disclosure: What is printed there.
        layout: How it is printed.
        page_count: Pages of the whole file, covers and other tables included.
        rows: Every visible part of every row in printed order.
        header_pages: Numbers of the pages with a header row of this table.
        column_edges: Positions of the vertical rules.
        columns: Names of the columns between them.
    """

    path: Path
    disclosure: Disclosure
    layout: Layout
    page_count: int
    rows: tuple[DrawnRow, ...]
    header_pages: tuple[int, ...]
    column_edges: tuple[float, ...]
    columns: tuple[str, ...]

    @property
    def pages(self) -> tuple[int, int]:
        """First and last page of the table."""
        return self.rows[0].page, self.rows[-1].page

    @property
    def project_pages(self) -> tuple[tuple[int, int], ...]:
        """First and last page of every project, by its place in `Disclosure.projects`."""
        found: dict[int, tuple[int, int]] = {}
        for row in self.rows:
            if row.project_index is not None:
                found[row.project_index] = (found.get(row.project_index, (row.page, 0))[0], row.page)
        return tuple(found[index] for index in sorted(found))

    def rows_of(self, project_index: int) -> tuple[DrawnRow, ...]:
        """Returns the visible parts of one project's row."""
        return tuple(row for row in self.rows if row.project_index == project_index)

    @property
    def crossing(self) -> tuple[int, ...]:
        """Indices of the projects that are on more than one page."""
        return tuple(index for index, (first, last) in enumerate(self.project_pages) if first != last)


def draw_disclosure(disclosure: Disclosure, path: Path, layout: Layout | None = None) -> Drawn:
    """Draws one disclosure as a PDF.

    Args:
        disclosure: What to print.
        path: Where to write it.
        layout: How to print it; the default layout if None.

    Returns:
        Where everything is.

    Raises:
        ValueError: A row is longer than a page, and the layout's page break cannot divide it.
    """
    return draw_disclosures([(disclosure, layout or Layout())], path)[0]


def draw_disclosures(
    disclosures: Sequence[tuple[Disclosure, Layout]],
    path: Path,
    *,
    same_page: bool = False,
    password: str | None = None,
) -> tuple[Drawn, ...]:
    """Draws several disclosures into one PDF.

    Args:
        disclosures: Each with its layout, in printed order.
        path: Where to write the file.
        same_page: A table begins below the one before it, if there is room, not on a new page.
        password: Needed to open the file, if given.

    Returns:
        Where everything is, for each disclosure.
    """
    path = Path(path)
    tables = [Table(disclosure, layout) for disclosure, layout in disclosures]
    pages = plan(tables, same_page)
    lock = StandardEncryption(password, ownerPassword=f"{password}-owner", strength=128) if password else None
    canvas = Canvas(str(path), invariant=1, encrypt=lock)
    for number, page in enumerate(pages, 1):
        _draw_page(canvas, page, number, len(pages), tables)
    canvas.save()
    return tuple(_report(index, table, pages, path) for index, table in enumerate(tables))


def turn_page(canvas: Canvas, layout: Layout, width: float, height: float) -> None:
    """Sets boxes and rotation of the current page, so that what is drawn next is shown upright.

    Args:
        canvas: At the start of a page.
        layout: Its `rotate`, `cropbox` and `outside_text` count.
        width: Of the page as shown.
        height: Of the page as shown.
    """
    left, top, right, bottom = layout.cropbox or (0.0, 0.0, 0.0, 0.0)
    full_width, full_height = left + width + right, bottom + height + top
    matrix = {
        0: (1, 0, 0, 1, 0, 0),
        90: (0, 1, -1, 0, full_height, 0),
        180: (-1, 0, 0, -1, full_width, full_height),
        270: (0, -1, 1, 0, 0, full_width),
    }[layout.rotate]
    canvas.setPageSize(
        (full_width, full_height)
    )  # reportlab exchanges the sides of a page turned by 90 or 270
    canvas.setPageRotation(layout.rotate)
    a, b, c, d, e, f = matrix
    if layout.cropbox:
        corners = [
            (a * x + c * y + e, b * x + d * y + f)
            for x, y in ((left, bottom), (left + width, bottom + height))
        ]
        (x0, x1), (y0, y1) = (sorted(axis) for axis in zip(*corners, strict=False))
        canvas.setCropBox((x0, y0, x1, y1))
    canvas.transform(a, b, c, d, e, f)
    canvas.translate(left, bottom)
    if layout.outside_text:
        register(layout.font)
        canvas.setFont(layout.font, layout.font_size)
        canvas.drawString(0, height + (top - layout.font_size) / 2, layout.outside_text)


def _report(index: int, table: Table, pages: Sequence[Page], path: Path) -> Drawn:
    rows, headers = [], []
    left, right = table.edges[0], table.edges[-1]
    for number, page in enumerate(pages, 1):
        for block in page.blocks:
            if block.table != index:
                continue
            headers += [number] if block.header_top is not None else []
            for part in block.parts:
                box = (left, part.top, right, part.bottom)
                drawn = (left, part.drawn_top, right, part.drawn_bottom)
                row = part.row
                rows.append(
                    DrawnRow(number, box, row.kind, row.project_index, part.clipped, part.continues, drawn)
                )
    return Drawn(
        path,
        table.disclosure,
        table.layout,
        len(pages),
        tuple(rows),
        tuple(headers),
        table.edges,
        table.columns,
    )


def _draw_page(canvas: Canvas, page: Page, number: int, count: int, tables: Sequence[Table]) -> None:
    width, height = page.layout.shown_size(page.orientation)
    turn_page(canvas, page.layout, width, height)
    pen = _Pen(canvas, height, page.layout.font)
    size = page.layout.font_size
    for place, line in enumerate(page.prose):
        pen.text(line, 72, 90 + place * line_height(size + 2) * 1.2, size + 2)
    for block in page.blocks:
        _draw_block(pen, block, tables[block.table])
    if page.layout.footer:
        footer = f"第 {number} 页，共 {count} 页"
        pen.text(footer, (width - pen.width(footer, size)) / 2, height - 30, size)
    canvas.showPage()


def _draw_block(pen: _Pen, block: Block, table: Table) -> None:
    if block.title_top is not None:
        _draw_title(pen, block.title_top, table)
    tops = []
    if block.header_top is not None:
        bottom = block.header_top + table.header_height
        _draw_cells(pen, table, table.header, block.header_top, bottom)
        tops.append(block.header_top)
    for part in block.parts:
        _draw_part(pen, part, table)
        tops.append(part.top)
    if tops:
        end = block.parts[-1].bottom if block.parts else tops[-1] + table.header_height
        pen.rules(table.layout.rules, table.edges, [*tops, end])


def _draw_title(pen: _Pen, top: float, table: Table) -> None:
    layout, disclosure = table.layout, table.disclosure
    left, right = table.edges[0], table.edges[-1]
    if layout.show_title:
        width = pen.width(disclosure.title, TITLE_SIZE)
        pen.text(disclosure.title, (left + right - width) / 2, top, TITLE_SIZE)
        top += TITLE_SIZE * 1.6
    if layout.show_department:
        pen.text(f"部门名称：{disclosure.department}", left, top, layout.font_size)
    if layout.show_unit_line:
        text = layout.unit_spelling.format(disclosure.money_unit)
        pen.text(text, right - pen.width(text, layout.font_size), top, layout.font_size)


def _draw_part(pen: _Pen, part: Part, table: Table) -> None:
    """Draws a row; a clipped one whole with its own rules, under a clip rectangle."""
    if not part.clipped:
        _draw_cells(pen, table, part.row.cells, part.drawn_top, part.drawn_bottom)
        return
    with pen.clip((table.edges[0], part.top, table.edges[-1], part.bottom)):
        _draw_cells(pen, table, part.row.cells, part.drawn_top, part.drawn_bottom)
        pen.rules(table.layout.rules, table.edges, [part.drawn_top, part.drawn_bottom])


def _draw_cells(pen: _Pen, table: Table, cells: Sequence[Lines], top: float, bottom: float) -> None:
    """Draws texts centred between top and bottom, amounts at the right edge of their cells."""
    size = table.layout.font_size
    for place, (column, lines) in enumerate(zip(table.columns, cells, strict=True)):
        start = (top + bottom - len(lines) * table.line_height) / 2
        for number, line in enumerate(lines):
            left = table.edges[place] + PADDING
            if column in AMOUNTS:
                left = table.edges[place + 1] - PADDING - pen.width(line, size)
            pen.text(line, left, start + number * table.line_height + (table.line_height - size) / 2, size)


class _Pen:
    """Draws on a canvas in points from the top left corner, downwards."""

    def __init__(self, canvas: Canvas, height: float, font: FontName) -> None:
        self._canvas = canvas
        self._height = height
        self._font = font

    def width(self, text: str, size: float) -> float:
        """Returns the width of a line of text."""
        return text_width(text, size, self._font)

    def text(self, text: str, left: float, top: float, size: float) -> None:
        """Draws one line of text as a text object of its own."""
        self._canvas.setFont(self._font, size)
        self._canvas.drawString(left, self._height - top - size * _ASCENT, text)

    def rules(self, style: Rules, xs: Sequence[float], ys: Sequence[float]) -> None:
        """Draws a full grid of vertical rules at xs and horizontal rules at ys."""
        canvas = self._canvas
        canvas.setLineWidth(_RULE_WIDTH)
        segments = _cell_edges(xs, ys) if style == "per_cell_strokes" else _long_rules(xs, ys)
        upright = [(x0, self._height - y0, x1, self._height - y1) for x0, y0, x1, y1 in segments]
        if style == "thin_rects":
            half = _RULE_WIDTH / 2
            for x0, y0, x1, y1 in upright:
                canvas.rect(x0 - half, y1 - half, x1 - x0 + 2 * half, y0 - y1 + 2 * half, stroke=0, fill=1)
        elif style == "one_path":
            path = canvas.beginPath()
            for x0, y0, x1, y1 in upright:
                path.moveTo(x0, y0)
                path.lineTo(x1, y1)
            canvas.drawPath(path)
        else:
            for segment in upright:
                canvas.line(*segment)

    def clip(self, box: Box) -> _Clip:
        """Hides what is drawn outside the box within a `with` statement."""
        left, top, right, bottom = box
        return _Clip(self._canvas, (left, self._height - bottom, right - left, bottom - top))


class _Clip:
    """A saved graphics state under a clip rectangle (`re W n`)."""

    def __init__(self, canvas: Canvas, rectangle: Box) -> None:
        self._canvas = canvas
        self._rectangle = rectangle

    def __enter__(self) -> None:
        self._canvas.saveState()
        path = self._canvas.beginPath()
        path.rect(*self._rectangle)
        self._canvas.clipPath(path, stroke=0, fill=0)

    def __exit__(self, *_: object) -> None:
        self._canvas.restoreState()


def _long_rules(xs: Sequence[float], ys: Sequence[float]) -> Iterator[Box]:
    for y in ys:
        yield xs[0], y, xs[-1], y
    for x in xs:
        yield x, ys[0], x, ys[-1]


def _cell_edges(xs: Sequence[float], ys: Sequence[float]) -> Iterator[Box]:
    """Yields the four edges of each cell: inner ones come twice, as report engines stroke them."""
    for top, bottom in itertools.pairwise(ys):
        for left, right in itertools.pairwise(xs):
            yield left, top, right, top
            yield left, bottom, right, bottom
            yield left, top, left, bottom
            yield right, top, right, bottom
