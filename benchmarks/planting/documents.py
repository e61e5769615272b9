"""The true documents: the specimen and a dozen drawn ones, each with its faultless reading."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from zc_pipeline.model import Disclosure as Reading
from zc_pipeline.model import PageItem, Problem, TableRow
from zc_pipeline.parse.document import PageTextResult, StitchResult, stitch_items
from zc_pipeline.parse.judge import build_disclosure
from zc_pipeline.parse.reading import read_page_text
from zc_pipeline_tests.drawing import (
    Disclosure,
    Drawn,
    Layout,
    draw_disclosure,
    layout_breaking,
    make_disclosure,
)
from zc_pipeline_tests.drawing.layout import PageBreak

SPECIMEN = Path(__file__).parents[2] / "data" / "raw" / "2024" / "zengcheng_keshang_2024.pdf"
YEAR = 2024
_DRAWN = 12
_SHARES = (0.5, 0.3, 0.7)  # of the cut row that the first page shows
_PAGE_BREAKS: tuple[PageBreak, ...] = get_args(PageBreak)


@dataclass(frozen=True, eq=False)
class TrueDocument:
    """A document without fault. ``drawn`` is None for the specimen, whose truth is its reading."""

    name: str
    path: Path
    drawn: Drawn | None
    page_text: PageTextResult
    stitched: StitchResult
    reading: Reading

    @property
    def page_count(self) -> int:
        """Pages of the file."""
        return len(self.page_text.pages)

    @property
    def items(self) -> tuple[PageItem, ...]:
        """Its page text."""
        return self.page_text.items

    @property
    def rows(self) -> tuple[TableRow, ...]:
        """Its stitched rows."""
        return self.stitched.rows


def read_file(name: str, path: Path, drawn: Drawn | None = None) -> TrueDocument:
    """Reads a file with all that lies between the stages."""
    page_text = read_page_text(path)
    stitched = stitch_items(page_text.items) if page_text.items else StitchResult((), (), ())
    return TrueDocument(name, path, drawn, page_text, stitched, judge(name, page_text, stitched))


def document_id(name: str) -> str:
    """An id for a document, whatever is planted in it: files drawn anew would have ids of their own."""
    return hashlib.sha256(name.encode()).hexdigest()


def judge(name: str, page_text: PageTextResult, stitched: StitchResult) -> Reading:
    """What the parser says of stitched rows."""
    problems: list[Problem] = [*page_text.problems, *stitched.problems]
    return build_disclosure(
        document_id=document_id(name),
        source_file="planted.pdf",
        fiscal_year=YEAR,
        page_count=len(page_text.pages),
        tables=stitched.tables,
        rows=stitched.rows,
        problems=problems,
    )


def true_documents(folder: Path, seed: int) -> Iterator[TrueDocument]:
    """Draws and reads the documents that faults are planted in; the specimen comes last."""
    for number in range(_DRAWN):
        yield _draw(folder, f"drawn-{number + 1:02d}", _truth(seed, number), _layout(number))
    yield read_file("specimen", SPECIMEN)


def controls(folder: Path, seed: int, count: int) -> Iterator[TrueDocument]:
    """Further documents without fault, drawn like the true ones with other contents."""
    for number in range(count):
        truth = _truth(seed + 1 + number // _DRAWN, number)
        yield _draw(folder, f"control-{number + 1:02d}", truth, _layout(number % _DRAWN))


def _draw(folder: Path, name: str, truth: Disclosure, layout: Layout) -> TrueDocument:
    path = folder / f"{name}.pdf"
    drawn = draw_disclosure(truth, path, _cutting_a_row(truth, layout))
    return read_file(name, path, drawn)


def _cutting_a_row(truth: Disclosure, layout: Layout) -> Layout:
    """The layout with the foot of its pages where the first one ends within a row, if it cuts rows at all."""
    if layout.page_break in ("moved_whole", "printed_twice"):
        return layout
    for index in (4, 3, 2):
        try:
            return layout_breaking(truth, layout, index, _SHARES[len(truth.projects) % len(_SHARES)])
        except ValueError:
            continue
    return layout


def _truth(seed: int, number: int) -> Disclosure:
    chance = random.Random(f"{seed}/{number}")
    return make_disclosure(
        chance.randrange(1_000_000),
        units=2 + number % 2,
        projects_per_unit=3 + (number // 2) % 2,
        indicators=(2, 4),
        quirks=number % 2 == 0,
        money_unit="元" if number % 4 == 3 else "万元",
        thousands=number % 3 != 1,
        year=YEAR,
    )


def _layout(number: int) -> Layout:
    """A layout of its own for each document: every page break with and without footers."""
    return Layout(
        page_break=_PAGE_BREAKS[number % len(_PAGE_BREAKS)],
        margins=(34.0, 34.0, 34.0, (190.0, 230.0, 270.0)[number % 3]),
        footer=number < 5 or number == 10,
        headers=("every", "every", "first", "some")[number % 4],
        rules=("lines", "thin_rects", "per_cell_strokes", "one_path")[number % 4],
        indent_projects=number != 6,
        total_last=number == 7,
        show_total_row=number != 9,
        show_unit_rows=number != 11,
    )
