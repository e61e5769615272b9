"""`page_text`: what the pages show, cell by cell and line by line."""

from __future__ import annotations

from typing import Final

from zc_pipeline.model import ItemKind
from zc_pipeline.schemas.fields import (
    DOCUMENT_ID,
    FISCAL_YEAR_OR_NONE,
    FLAG,
    INTEGER,
    NUMBER,
    TEXT,
    Field,
    TableSpec,
)

_NO_CELL = "Null on free lines."

TABLE: Final = TableSpec(
    name="page_text",
    row_meaning="one table cell or free line of one page",
    layer="core",
    source=("raw_disclosures",),
    key=("document_id", "page", "item_number"),
    fields=(
        DOCUMENT_ID,
        FISCAL_YEAR_OR_NONE,
        Field("page", INTEGER, "Page of the file, from 1.", minimum=1),
        Field("item_number", INTEGER, "Place in the page's reading order, from 1.", minimum=1),
        Field(
            "kind",
            TEXT,
            "`cell` of a ruled table, or free `line`.",
            allowed=tuple(kind.value for kind in ItemKind),
        ),
        Field(
            "text", TEXT, "What the page shows there; its lines parted by line breaks. Empty in a blank cell."
        ),
        Field(
            "drawn_text",
            TEXT,
            "What the file draws there, with the lines that a clip hides. Equals `text` where none is.",
        ),
        Field(
            "line_shown_pct",
            TEXT,
            "For each line of `drawn_text`, how much of its height the page shows, parted by commas.",
            unit="percent",
            pattern=r"(\d{1,3}(,\d{1,3})*)?",
        ),
        Field("is_clipped", FLAG, "A clip hides or cuts at least one line."),
        Field("x0_pt", NUMBER, "Left edge of the box on the displayed page.", unit="pt"),
        Field("top_pt", NUMBER, "Upper edge, counted from the top of the displayed page.", unit="pt"),
        Field("x1_pt", NUMBER, "Right edge.", unit="pt"),
        Field("bottom_pt", NUMBER, "Lower edge, counted from the top of the displayed page.", unit="pt"),
        Field(
            "grid_number",
            INTEGER,
            f"Number of the ruled table on the page, from 1. {_NO_CELL}",
            nullable=True,
            minimum=1,
        ),
        Field("grid_row", INTEGER, f"Row in the ruled table, from 1. {_NO_CELL}", nullable=True, minimum=1),
        Field(
            "grid_column", INTEGER, f"Column in the ruled table, from 1. {_NO_CELL}", nullable=True, minimum=1
        ),
        Field("row_span", INTEGER, f"Rows the cell covers. {_NO_CELL}", nullable=True, minimum=1),
        Field("column_span", INTEGER, f"Columns the cell covers. {_NO_CELL}", nullable=True, minimum=1),
        Field(
            "indent_pt",
            NUMBER,
            "From the cell's left edge to its first character. Null on free lines and where nothing shows.",
            unit="pt",
            nullable=True,
        ),
        Field("reader_name", TEXT, "PDF library that read it."),
    ),
    warnings=(
        "Refused files have no rows.",
        "A row drawn on two pages under a clip stands on both, with `is_clipped`.",
    ),
)
