"""Typed records that travel between the rooms, and nothing else: no parsing, no pandas, no files.

Coordinates are points (1/72 inch) in the page as it is displayed (after /Rotate and the crop box), with
the origin at the top left; a box is ``(x0, top, x1, bottom)``. Pages are numbered from 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from zc_pipeline.errors import CATALOGUE, Severity, Stage


class Box(NamedTuple):
    """An axis-aligned rectangle on the displayed page, in points."""

    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def width(self) -> float:
        """From left to right; negative in a box that is none."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """From top to bottom; negative in a box that is none."""
        return self.bottom - self.top

    @property
    def center(self) -> tuple[float, float]:
        """The point in the middle."""
        return (self.x0 + self.x1) / 2, (self.top + self.bottom) / 2

    def intersect(self, other: Box) -> Box:
        """The common part; of negative width or height where the two do not meet."""
        return Box(
            max(self.x0, other.x0),
            max(self.top, other.top),
            min(self.x1, other.x1),
            min(self.bottom, other.bottom),
        )

    def contains(self, x: float, y: float) -> bool:
        """Whether a point lies in the box or on its edge."""
        return self.x0 <= x <= self.x1 and self.top <= y <= self.bottom


# --- the raw folder -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RawFile:
    """One PDF below ``raw/``. ``year`` is None where it lies in no fiscal year's folder."""

    source_file: str  # path below raw/, with forward slashes
    path: Path
    year: int | None
    size_bytes: int
    modified_ns: int

    @property
    def modified_at(self) -> datetime:
        """When the file was changed last, to the second."""
        return datetime.fromtimestamp(self.modified_ns / 1e9, tz=UTC).replace(microsecond=0)


# --- what a reader hands over ---------------------------------------------------------------------


class Char(NamedTuple):
    """One drawn character.

    ``box`` is the character's advance by the font's ascent and descent, ``ink`` the smaller box that its
    strokes fill (a comma's lies at the bottom). ``clip`` is the rectangle that the drawing program let it
    show in, already cut to the page, or None where the reader cannot tell.
    """

    text: str
    box: Box
    ink: Box
    clip: Box | None = None
    is_invisible: bool = False  # text render mode 3, no opacity, or white on white
    is_upright: bool = True
    is_unmapped: bool = False  # the font has no Unicode value for the glyph
    is_quarter_turned: bool = False  # stands sideways or upside down, unlike a slanted watermark


class Rule(NamedTuple):
    """A visible straight line (or thin rectangle), horizontal or vertical, already clipped."""

    x0: float
    top: float
    x1: float
    bottom: float

    @property
    def is_horizontal(self) -> bool:
        """Whether it runs from left to right."""
        return self.x1 - self.x0 >= self.bottom - self.top


@dataclass(frozen=True, slots=True)
class PageContent:
    """Everything one reader sees on one page. ``image_count`` tells scans from empty pages.

    ``blanks_added`` counts the blanks that the reader put in lines itself; they are not among ``chars``.
    ``notes`` are the boxes of what was put on the page afterwards and may be read (annotations: stamps,
    comments, form fields).
    """

    number: int
    width: float
    height: float
    rotation: int
    chars: tuple[Char, ...]
    rules: tuple[Rule, ...]
    image_count: int
    reader: str
    blanks_added: int = 0
    notes: tuple[Box, ...] = ()
    half_covered: tuple[Box, ...] = ()  # characters of which something hides a part


# --- page_text ------------------------------------------------------------------------------------


class SecondReading(StrEnum):
    """Which pages the second reader reads in full, from the strictest to the quickest.

    The others have a quick second reading: the same library's fonts and text state, without the records of
    the second reader. The characters of every page are compared, and looked for in a picture of the page.

    A page is in doubt where its reading has a problem that is more than a notice (readers that disagree,
    lines drawn in another order than they stand in, text that is not to be seen, text over a rule, a broken
    grid …), characters without a meaning, or anything that the quick reading does not understand.
    """

    EVERY = "every"  # all
    SAMPLED = "sampled"  # those in doubt, and one in ten by the document's hash: at least one of a document
    WHEN_IN_DOUBT = "when_in_doubt"  # those in doubt

    def covers(self, other: SecondReading) -> bool:
        """Whether what was read so was read by both readers wherever ``other`` asks for it."""
        order = tuple(SecondReading)
        return order.index(self) <= order.index(other)


class ItemKind(StrEnum):
    """What an item of page_text is."""

    CELL = "cell"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class PageItem:
    """A table cell or a free line of a page: one row of ``page_text``.

    ``text`` is what the page shows, lines joined by line feeds. ``drawn_text`` is what the file draws there
    including lines that a clip hides; ``line_shown_pct`` has for each line of ``drawn_text`` how much of
    its height is visible (0 to 100), joined by commas. Grid positions count from 1; None on free lines.
    """

    page: int
    item_number: int
    kind: ItemKind
    text: str
    drawn_text: str
    line_shown_pct: str
    is_clipped: bool
    box: Box
    reader: str
    grid_number: int | None = None
    grid_row: int | None = None
    grid_column: int | None = None
    row_span: int | None = None
    column_span: int | None = None
    indent: float | None = None  # points from the cell's left edge to its first visible character

    @property
    def drawn_lines(self) -> list[DrawnLine]:
        """The drawn lines with how much of each is visible, top to bottom."""
        if not self.drawn_text:
            return []
        shown = [int(pct) for pct in self.line_shown_pct.split(",")]
        return [DrawnLine(text, pct) for text, pct in zip(self.drawn_text.split("\n"), shown, strict=True)]


class DrawnLine(NamedTuple):
    """One line of a cell and how much of its height the page shows, in percent."""

    text: str
    shown_pct: int


@dataclass(frozen=True, slots=True)
class PageFacts:
    """One page's size and where its characters went. The counts leave out blanks.

    ``chars_drawn`` = in cells + in free lines + clipped away + off the page + invisible + turned + printed
    over themselves.
    """

    number: int
    width: float
    height: float
    rotation: int
    chars_drawn: int
    chars_in_cells: int
    chars_in_lines: int
    chars_clipped: int
    chars_off_page: int
    chars_invisible: int
    chars_turned: int
    chars_overprinted: int
    image_count: int

    @property
    def chars_not_shown(self) -> int:
        """Characters that are drawn, but are in no cell and no line, and why is counted."""
        return (
            self.chars_clipped
            + self.chars_off_page
            + self.chars_invisible
            + self.chars_turned
            + self.chars_overprinted
        )


# --- problems -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """Something refused, held or doubted. ``row`` is the place in the table the message speaks of."""

    stage: Stage
    code: str
    message: str
    table_number: int | None = None
    page: int | None = None
    row: int | None = None
    raw: str | None = None

    @property
    def severity(self) -> Severity:
        """Of its code, by the catalogue."""
        return CATALOGUE[self.code].severity


# --- stitched rows --------------------------------------------------------------------------------


class RowKind(StrEnum):
    """What a printed row is."""

    HEADER = "header"
    TOTAL = "total"
    UNIT = "unit"
    PROJECT = "project"


class Join(StrEnum):
    """By what rule the parts of a row on two pages were made one."""

    NONE = "none"
    CLIPPED_DUPLICATE = "clipped_duplicate"  # drawn on both pages, each hiding a part
    CONTINUATION = "continuation"  # lines divided between the pages
    REPEATED_NAME = "repeated_name"  # continuation that prints the name again, marked （续）
    PROVED_BY_SUM = "proved_by_sum"  # the page leaves two readings, and the printed sums hold with this one


@dataclass(frozen=True, slots=True)
class RowPart:
    """The printed piece of a row: a grid row of a page."""

    page: int
    grid_number: int
    grid_row: int

    def __str__(self) -> str:
        return f"p{self.page}g{self.grid_number}r{self.grid_row}"


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row of the printed table, joined over page breaks: one row of ``stitched_rows``.

    ``cells`` maps a column's meaning (``forms.base.COLUMNS``) to its text, wraps still as line feeds; a
    meaning that the form does not print is absent. ``repeats_previous`` marks an equal neighbour beyond a
    page break that no clip explains: it may be the same row printed twice.
    """

    table_number: int
    row_order: int
    kind: RowKind
    cells: dict[str, str]
    parts: tuple[RowPart, ...]
    join: Join = Join.NONE
    indent: float | None = None
    is_repeated_header: bool = False
    repeats_previous: bool = False

    @property
    def page_first(self) -> int:
        """The page on which the row begins."""
        return self.parts[0].page

    @property
    def page_last(self) -> int:
        """The page on which the row ends."""
        return self.parts[-1].page


@dataclass(frozen=True, slots=True)
class TableFacts:
    """What is printed around one target table. ``money_unit`` is 元 or 万元, None where not surely known."""

    table_number: int
    form: str
    title: str | None
    department_name: str | None
    money_unit: str | None
    printed_year: int | None
    page_first: int
    page_last: int
    columns: tuple[str, ...] = ()
    printed_rows: tuple[RowPart, ...] = ()  # every row read, headings included; blank rows are left out


# --- results --------------------------------------------------------------------------------------


class Verdict(StrEnum):
    """What became of a disclosure."""

    ACCEPTED = "accepted"
    HELD = "held"
    REFUSED = "refused"


class Standing(StrEnum):
    """Whether a disclosure counts among the versions of it that were seen; apart from its verdict."""

    CURRENT = "current"  # no other version takes its place
    WAITING = "waiting"  # a later version that is not accepted: the earlier one still counts
    SUPERSEDED = "superseded"  # a later version counts
    WITHDRAWN = "withdrawn"  # its file is gone


# Of these nobody need do anything: another version took their place, or their file is gone.
SET_ASIDE: Final = frozenset({Standing.SUPERSEDED, Standing.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator of a project. Targets are text as printed; see ``schemas/indicators.py``."""

    indicator_id: str
    project_id: str
    indicator_number: int
    level1_code: str
    level1_name: str
    level2_code: str
    level2_name: str
    indicator_name: str
    cycle_target: str
    annual_target: str
    indicator_text: str


@dataclass(frozen=True, slots=True)
class Project:
    """One budget project. Amounts are yuan; None where the cell is blank, a dash, or not in the form.

    ``fiscal_is_derived``: the form prints only its parts, and ``fiscal_cny`` is their sum.
    """

    project_id: str
    table_number: int
    row_number: int
    row_order: int  # of its row in ``stitched_rows``
    department_name: str | None
    unit_name: str | None
    project_name: str
    total_cny: Decimal | None
    fiscal_cny: Decimal | None
    general_budget_cny: Decimal | None
    government_fund_cny: Decimal | None
    state_capital_cny: Decimal | None
    special_account_cny: Decimal | None
    other_cny: Decimal | None
    total_text: str | None
    fiscal_text: str | None
    general_budget_text: str | None
    government_fund_text: str | None
    state_capital_text: str | None
    special_account_text: str | None
    other_text: str | None
    fiscal_is_derived: bool
    performance_goal: str
    indicators_text: str
    page_first: int
    page_last: int
    is_amount_checked: bool
    indicators: tuple[Indicator, ...] = ()

    @property
    def indicator_count(self) -> int:
        """How many indicators were read."""
        return len(self.indicators)


class SumScope(StrEnum):
    """What a printed sum sums up."""

    SOURCES = "sources"  # a row's total against its sources, its fiscal appropriation against its parts
    UNIT = "unit"  # a unit's row against its projects
    TOTAL = "total"  # the grand total against units, or projects where no unit is printed


@dataclass(frozen=True, slots=True)
class PrintedSum:
    """One printed sum beside the same sum re-added, in yuan.

    ``printed_cny`` is None where the cell is blank; all amounts are None where the money unit is not known.
    """

    scope: SumScope
    column: str
    row_order: int
    row_name: str
    page: int
    printed_cny: Decimal | None
    readded_cny: Decimal | None
    difference_cny: Decimal | None
    tolerance_cny: Decimal | None
    addend_count: int
    is_explained: bool


@dataclass(frozen=True, slots=True)
class Release:
    """A person's word that a check which a source fails itself does not hold it: ``releases.yaml``."""

    document_id: str
    check: str
    reason: str
    name: str
    date: str

    def __str__(self) -> str:
        return f"{self.check}: {self.reason} ({self.name}, {self.date})"


class Relation(StrEnum):
    """What a person says of several documents that print the same disclosure in part."""

    DIFFERENT = "different"  # distinct disclosures: all count
    REVISED = "revised"  # versions of one disclosure, the oldest first: the last counts


@dataclass(frozen=True, slots=True)
class RevisionWord:
    """A person's word on which documents are versions of one another: an entry of ``revisions.yaml``."""

    documents: tuple[str, ...]
    relation: Relation
    reason: str
    name: str
    date: str

    def __str__(self) -> str:
        return f"{self.relation.value}: {self.reason} ({self.name}, {self.date})"


@dataclass(frozen=True, slots=True)
class TargetTable:
    """One disclosure: one target table of one department, with its verdict.

    ``projects`` is what could be read, whatever the verdict: only an accepted table's may be relied on.
    ``printed_total_cny`` is the grand total as printed, ``readded_total_cny`` the sum of the projects.
    ``superseded_by`` is the ``document_id`` of the version that took its place and ``superseding_tables`` the
    numbers of its tables there, ``withdrawn_at`` the time at which its file was first found gone.
    """

    table_number: int
    verdict: Verdict
    reason_codes: tuple[str, ...]
    facts: TableFacts | None
    projects: tuple[Project, ...]
    printed_total_cny: Decimal | None
    readded_total_cny: Decimal | None
    rows_printed: int
    rows_joined: int
    header_count: int
    unit_count: int
    sums: tuple[PrintedSum, ...] = ()
    releases: tuple[Release, ...] = ()
    standing: Standing = Standing.CURRENT
    superseded_by: str | None = None
    superseding_tables: tuple[int, ...] = ()
    withdrawn_at: datetime | None = None

    @property
    def counts(self) -> bool:
        """Whether its projects and indicators belong into the tables."""
        return self.verdict is Verdict.ACCEPTED and self.standing is Standing.CURRENT

    @property
    def is_set_aside(self) -> bool:
        """Whether another version took its place, or its file is gone: nobody need look at it."""
        return self.standing in SET_ASIDE


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Everything read from one PDF: its target tables and its problems. ``document_id`` is its sha256."""

    document_id: str
    source_file: str
    fiscal_year: int | None
    page_count: int
    tables: tuple[TargetTable, ...]
    problems: tuple[Problem, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of its tables."""
        order = (Verdict.REFUSED, Verdict.HELD, Verdict.ACCEPTED)
        return min((table.verdict for table in self.tables), key=order.index)
