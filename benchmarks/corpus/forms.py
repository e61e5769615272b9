"""A table as it is to be printed: texts cell by cell, with the values a careful reader takes from the page.

Every engine draws the same `Document`. Nothing here knows of a PDF.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from typing import Literal

from zc_pipeline_tests.drawing.layout import PageBreak
from zc_pipeline_tests.drawing.layout import Rules as KitRules

RowKind = Literal["total", "unit", "project"]
Align = Literal["left", "center", "right"]
Rules = Literal["thin", "thick", "double", "hair", "none", "horizontal"]
Repeat = Literal["every", "first", "some"]
Footer = Literal["official", "dashes", "slash", "latin", "none"]
Spot = Literal["white", "invisible", "off_page"]

AMOUNT_KEYS = ("total", "fiscal", "general_budget", "government_fund", "special_account", "other")
WIDE_KEYS = ("name", "goal", "indicators")
WAN = 10_000

_RADICAL_OF = {
    unicodedata.normalize("NFKC", chr(code)): chr(code)
    for code in range(0x2F00, 0x2FD6)
    if chr(code) not in "⼾⾯"  # some fonts show the traditional character for these
}


@dataclass(frozen=True)
class PrintedIndicator:
    """One indicator as its cell prints it, and the parts that are to be read from it."""

    number: int
    level1_code: str
    level1_name: str
    level2_code: str
    level2_name: str
    name: str
    cycle_target: str
    annual_target: str
    text: str


@dataclass(frozen=True)
class Row:
    """A printed row below the heading.

    Attributes:
        kind: total, unit or project.
        name: Printed in the first column; without indent.
        amounts: Printed text by column key; a key without text is a blank cell.
        goal: Printed goal; a line feed forces a line break.
        indicators: In printed order.
        extras: Texts of unknown columns by key.
    """

    kind: RowKind
    name: str
    amounts: dict[str, str]
    goal: str = ""
    indicators: tuple[PrintedIndicator, ...] = ()
    extras: dict[str, str] = field(default_factory=dict)

    def cell(self, key: str) -> str:
        """Returns the printed text of a column."""
        if key == "name":
            return self.name
        if key == "goal":
            return self.goal
        if key == "indicators":
            return "".join(indicator.text for indicator in self.indicators)
        return self.amounts.get(key, "") or self.extras.get(key, "")


@dataclass(frozen=True)
class Column:
    """A column: its key, its heading (a line feed forces a break) and the heading it shares, if any."""

    key: str
    heading: str
    weight: float
    group: str | None = None

    @property
    def align(self) -> Align:
        """How its cells stand."""
        return "right" if self.key in AMOUNT_KEYS else "left"


@dataclass(frozen=True)
class HeadCell:
    """A cell of the heading, on a grid of rows and columns from 0."""

    text: str
    row: int
    column: int
    row_span: int
    column_span: int


@dataclass(frozen=True)
class Form:
    """One table of one department, as printed.

    Attributes:
        title: Above the table.
        department: Behind 部门名称：, None prints no such line.
        money_unit: The one that holds: 元 or 万元.
        unit_line: The whole text naming it above the table, "" for none.
        columns: In printed order.
        rows: In printed order.
    """

    title: str
    department: str | None
    money_unit: str
    unit_line: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    @property
    def department_line(self) -> str:
        """What is printed at the left below the title."""
        return f"部门名称：{self.department}" if self.department else ""

    @property
    def head_height(self) -> int:
        """Rows of the heading."""
        return 2 if any(column.group for column in self.columns) else 1

    def heading(self) -> list[HeadCell]:
        """Returns the heading's cells, row by row."""
        if self.head_height == 1:
            return [HeadCell(column.heading, 0, place, 1, 1) for place, column in enumerate(self.columns)]
        upper: list[HeadCell] = []
        lower: list[HeadCell] = []
        numbered = list(enumerate(self.columns))
        for group, run in groupby(numbered, key=lambda pair: pair[1].group):
            members = list(run)
            if group is None:
                upper += [HeadCell(column.heading, 0, place, 2, 1) for place, column in members]
                continue
            upper.append(HeadCell(group, 0, members[0][0], 1, len(members)))
            lower += [HeadCell(column.heading, 1, place, 1, 1) for place, column in members]
        return upper + lower

    def cells(self, row: Row) -> list[str]:
        """Returns a row's texts in the order of the columns."""
        return [row.cell(column.key) for column in self.columns]


@dataclass(frozen=True)
class Look:
    """How a document is printed. Lengths are points.

    Attributes:
        rules: Kind of ruling.
        header_fill: Fill the heading's cells: no, light grey, or dark with white text.
        zebra: Fill every other row.
        frame: A decorative frame around table and captions on every page.
        watermark: Slanted text over every page.
        header_repeat: Heading on every page of a table, on its first, or on every other (the kit only).
        rows_split: A row may be divided between two pages.
        page_size: Short and long side.
        landscape: Long side across.
        margin: On all four sides.
        font: Family name.
        font_size: Of cells.
        justify: Stretch the lines of long cells to both edges.
        break_anywhere: Lines may end within numbers and words.
        middle: Short cells stand in the middle of the row's height, else at its top.
        bold: Headings, total and unit rows are bold.
        overprint: Names are printed twice, a little apart, to look bold.
        indent: Printed before a project's name.
        running_header: Line at the head of every page.
        footer: Wording of the page number.
        captions_repeat: Title and caption lines are repeated on every page (where an engine can).
        numbers: Amounts are numbers with a format, not texts (where an engine knows the difference).
        rotate: /Rotate of the pages, content turned against it.
        crop: Media box larger than the crop box by so much on each side.
        scale: Of the finished page.
        mixed_sizes: Every other page is printed at three quarters of its size.
        portrait_cover: An upright page of prose comes before the first.
        hidden: Text that nobody sees, on every page.
        radicals: Characters are written as the radical symbols that look the same, where there is one.
        page_break: How the drawing kit of the tests crosses a page break; other engines do it their own way.
        kit_rules: How that kit strokes its rules.
    """

    rules: Rules = "thin"
    header_fill: Literal["no", "light", "dark"] = "no"
    zebra: bool = False
    frame: bool = False
    watermark: str = ""
    header_repeat: Repeat = "every"
    rows_split: bool = True
    page_size: tuple[float, float] = (595.28, 841.89)
    landscape: bool = True
    margin: float = 40.0
    font: str = "WenQuanYi Zen Hei"
    font_size: float = 9.0
    justify: bool = False
    break_anywhere: bool = True
    middle: bool = True
    bold: bool = False
    overprint: bool = False
    indent: str = ""
    running_header: str = ""
    footer: Footer = "official"
    captions_repeat: bool = False
    numbers: bool = False
    rotate: Literal[0, 90, 180, 270] = 0
    crop: float = 0.0
    scale: float = 1.0
    mixed_sizes: bool = False
    portrait_cover: bool = False
    hidden: Spot | None = None
    radicals: bool = False
    page_break: PageBreak = "split_by_lines"
    kit_rules: KitRules = "lines"

    @property
    def shown_size(self) -> tuple[float, float]:
        """Width and height of a page."""
        short, long = sorted(self.page_size)
        return (long, short) if self.landscape else (short, long)

    def write(self, text: str) -> str:
        """Returns the characters a file holds for a printed text."""
        return "".join(_RADICAL_OF.get(character, character) for character in text) if self.radicals else text

    @property
    def frame_width(self) -> float:
        """Between the margins."""
        return self.shown_size[0] - 2 * self.margin


@dataclass(frozen=True)
class Document:
    """One file.

    Attributes:
        name: Stem of the file's name.
        seed: It was made from.
        variation: Name of what is particular about it.
        parts: All names of what was applied.
        forms: Its tables in printed order, each beginning on a new page.
        look: How it is printed.
        cover: Prose pages before the first table.
        closing: Prose pages after the last one.
        must_hold: Its pages do not tell the values; a reading must not be accepted.
    """

    name: str
    seed: int
    variation: str
    parts: tuple[str, ...]
    forms: tuple[Form, ...]
    look: Look
    cover: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    must_hold: bool = False

    @property
    def prose_pages(self) -> int:
        """Pages that hold no table."""
        return len(self.cover) + len(self.closing) + self.look.portrait_cover

    def page_breaks(self, pages: int) -> int:
        """Page breaks within tables, in a file of so many pages."""
        return pages - self.prose_pages - len(self.forms)


def column_widths(form: Form, look: Look) -> list[float]:
    """Divides the width between the margins: amounts as wide as their texts, the rest by weight."""
    fixed: dict[int, float] = {}
    for place, column in enumerate(form.columns):
        if column.key in AMOUNT_KEYS:
            longest = max((_ems(row.cell(column.key)) for row in form.rows), default=0.0)
            fixed[place] = max(longest * look.font_size * 1.08 + 9, 4.4 * look.font_size)
    left = look.frame_width - sum(fixed.values())
    weights = sum(column.weight for place, column in enumerate(form.columns) if place not in fixed)
    if left < 20 * look.font_size:
        raise ValueError("the amounts leave no room for the other columns")
    return [
        fixed.get(place, left * column.weight / weights if weights else 0.0)
        for place, column in enumerate(form.columns)
    ]


def _ems(text: str) -> float:
    return sum(0.6 if ord(character) < 0x2E80 else 1.0 for character in text)


# --- what is to be read ----------------------------------------------------------------------------


@dataclass(frozen=True)
class ExpectedProject:
    """What the page says of one project. Amounts in yuan; None where the cell is blank or a dash."""

    department_name: str | None
    unit_name: str | None
    project_name: str
    amounts: dict[str, Decimal | None]
    amount_texts: dict[str, str]
    goal: str
    indicators: tuple[PrintedIndicator, ...]


NO_AMOUNT = frozenset({"", "-", "—", "——", "－"})


def printed_number(text: str) -> Decimal | None:
    """Reads an amount of this corpus; None for a blank or a dash."""
    if text in NO_AMOUNT:
        return None
    plain = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)
    return Decimal(plain.replace(",", ""))


def expected_projects(form: Form) -> list[ExpectedProject]:
    """Returns the projects that a reading of the form must give, in order."""
    factor = WAN if form.money_unit == "万元" else 1
    keys = [column.key for column in form.columns if column.key in AMOUNT_KEYS]
    parts = ("general_budget", "government_fund")
    found: list[ExpectedProject] = []
    unit: str | None = None
    for row in form.rows:
        if row.kind == "unit":
            unit = row.name
        if row.kind != "project":
            continue
        amounts: dict[str, Decimal | None] = dict.fromkeys(AMOUNT_KEYS)
        for key in keys:
            value = printed_number(row.cell(key))
            amounts[key] = None if value is None else value * factor
        if "fiscal" not in keys and any(part in keys for part in parts):
            known = [value for part in parts if (value := amounts[part]) is not None]
            amounts["fiscal"] = sum(known, Decimal(0)) if known else None
        texts = {key: row.cell(key) for key in keys}
        found.append(
            ExpectedProject(
                form.department, unit, row.name, amounts, texts, row.goal.replace("\n", ""), row.indicators
            )
        )
    return found


def longest_rows(form: Form) -> Sequence[Row]:
    """Returns the project rows, the longest cell first."""
    projects = [row for row in form.rows if row.kind == "project"]
    return sorted(projects, key=lambda row: -max(map(len, form.cells(row))))
