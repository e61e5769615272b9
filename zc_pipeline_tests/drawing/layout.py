"""How a disclosure is laid out: every choice that changes the paper and not the truth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from reportlab.lib.pagesizes import A4

from .fonts import FontName

PageBreak = Literal["moved_whole", "clipped_duplicate", "split_by_lines", "printed_twice", "repeated_name"]
Headers = Literal["every", "first", "some"]
Rules = Literal["lines", "thin_rects", "per_cell_strokes", "one_path"]
Orientation = Literal["landscape", "portrait"]

HEADINGS: Mapping[str, str] = {
    "name": "项目名称（资金使用单位）",
    "total": "总计",
    "fiscal": "财政拨款",
    "special_account": "财政专户\n拨款",
    "other": "其他资金",
    "goal": "绩效目标",
    "indicators": "绩效指标",
}
"""Columns known to the drawing, in the usual order, with their usual headings."""


@dataclass(frozen=True)
class Layout:
    """A way of printing. The default looks like the specimen, but for the page break.

    Lengths are in points. "Shown" means as a viewer shows the page: turned by its /Rotate and cut to its crop
    box.

    Attributes:
        page_size: Shorter and longer side, in any order.
        orientation: Of the shown page.
        font: `boxes` reads the same on every machine, `STSong-Light` is for looking at; see `fonts`.
        font_size: Of everything but the title.
        margins: Left, top, right, bottom distance of the table from the edge of the shown page.
        page_break: What happens to a project row that does not fit on its page. Rows of units and sums move
            whole.
            moved_whole: It moves to the next page.
            clipped_duplicate: It is drawn whole on both pages, each time under a clip rectangle showing one
                part.
            split_by_lines: Its lines are divided; the continuation has blank name and amount cells.
            repeated_name: As before, but the continuation repeats the name with （续）.
            printed_twice: It moves to the next page, and the last project row of the full page is printed
                once more, whole and unclipped, above it.
        headers: On every table page, on the first, or on the first, third, fifth…
        rules: `lines` strokes long lines, `thin_rects` fills thin rectangles, `per_cell_strokes` strokes each
            edge of each cell, `one_path` strokes one path with all segments.
        footer: Print 第 N 页，共 M 页 at the foot of each page.
        show_title: Print the title above the table.
        show_department: Print 部门名称： below the title.
        show_unit_line: Print 单位： below the title.
        unit_spelling: How it is printed; `{}` stands for the money unit.
        show_unit_rows: Print a subtotal row above each unit's projects.
        show_total_row: Print the 合计 row.
        total_last: The 合计 row comes last, not first.
        rotate: /Rotate of the page; content is turned against it, so that it is shown upright.
        cropbox: How far the media box exceeds the shown page: left, top, right, bottom as shown. None: no
            crop box.
        outside_text: Printed outside the crop box, above the shown page, where nobody sees it. Needs
            `cropbox`.
        columns: Known columns and headings of `extra_columns`, in printed order.
        extra_columns: Heading and text (the same in each project row) of columns beyond the known. One that
            `columns` does not place comes last.
        header_spellings: Other headings for known columns; a line feed forces a line break.
        amount_unit: Printed in brackets behind the headings of amounts, for example "万元".
        indent_projects: Print four spaces before a project's name.
        cover_pages: Texts of prose pages before the table, one page each.
        cover_orientation: Of these pages.
    """

    page_size: tuple[float, float] = A4
    orientation: Orientation = "landscape"
    font: FontName = "boxes"
    font_size: float = 9.0
    margins: tuple[float, float, float, float] = (34.0, 34.0, 34.0, 78.0)
    page_break: PageBreak = "moved_whole"
    headers: Headers = "every"
    rules: Rules = "lines"
    footer: bool = True
    show_title: bool = True
    show_department: bool = True
    show_unit_line: bool = True
    unit_spelling: str = "单位：{}"
    show_unit_rows: bool = True
    show_total_row: bool = True
    total_last: bool = False
    rotate: Literal[0, 90, 180, 270] = 0
    cropbox: tuple[float, float, float, float] | None = None
    outside_text: str = ""
    columns: tuple[str, ...] = tuple(HEADINGS)
    extra_columns: tuple[tuple[str, str], ...] = ()
    header_spellings: Mapping[str, str] = field(default_factory=dict)
    amount_unit: str | None = None
    indent_projects: bool = True
    cover_pages: tuple[str, ...] = ()
    cover_orientation: Orientation = "portrait"

    def __post_init__(self) -> None:
        """Refuses choices that cannot be drawn."""
        unknown = [column for column in self.columns if column not in HEADINGS and column not in self.extras]
        if unknown:
            raise ValueError(f"no such column: {', '.join(unknown)}")
        if self.outside_text and not (self.cropbox and self.cropbox[1] >= self.font_size):
            raise ValueError("outside_text needs a cropbox with room above the page")

    @property
    def extras(self) -> dict[str, str]:
        """Heading and cell text of the columns beyond the known."""
        return dict(self.extra_columns)

    @property
    def printed_columns(self) -> tuple[str, ...]:
        """All columns in printed order."""
        return self.columns + tuple(heading for heading in self.extras if heading not in self.columns)

    def heading(self, column: str) -> str:
        """Returns the printed heading of a column."""
        text = self.header_spellings.get(column, HEADINGS.get(column, column))
        is_amount = column in ("total", "fiscal", "special_account", "other")
        return f"{text}（{self.amount_unit}）" if self.amount_unit and is_amount else text

    def shown_size(self, orientation: Orientation | None = None) -> tuple[float, float]:
        """Returns width and height of a page as shown."""
        short, long = sorted(self.page_size)
        return (long, short) if (orientation or self.orientation) == "landscape" else (short, long)
