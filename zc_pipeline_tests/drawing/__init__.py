"""Draws budget performance-target tables (项目支出绩效目标表, packed form) as PDFs whose truth is known.

For tests only. What belongs here: truths and their builder (`truth`, `vocabulary`), ways of printing
(`layout`), planning and drawing of pages (`fonts`, `paging`, `draw`), inputs to be refused (`faulty`). What
does not: reading a PDF, judging a reading, anything of the package under test. Nothing here imports it, and
nothing in it may import this: a fault in one must not be repeated in the other. PDFs are made when a test
runs and never kept.
"""

from .draw import Drawn, DrawnRow, draw_disclosure, draw_disclosures
from .layout import HEADINGS, Layout
from .paging import layout_breaking
from .truth import (
    AMOUNTS,
    Disclosure,
    Indicator,
    Project,
    Unit,
    make_disclosure,
    print_amount,
    re_added,
    read_amount,
    with_indicator,
    with_project,
    with_unit,
    without_project,
)

__all__ = [
    "AMOUNTS",
    "HEADINGS",
    "Disclosure",
    "Drawn",
    "DrawnRow",
    "Indicator",
    "Layout",
    "Project",
    "Unit",
    "draw_disclosure",
    "draw_disclosures",
    "layout_breaking",
    "make_disclosure",
    "print_amount",
    "re_added",
    "read_amount",
    "with_indicator",
    "with_project",
    "with_unit",
    "without_project",
]
