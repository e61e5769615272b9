"""Page items to `page_text` and back."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from zc_pipeline.model import Box, ItemKind, PageItem
from zc_pipeline.tables.frames import frame_of, records_of


def page_text_frame(document_id: str, fiscal_year: int | None, items: Iterable[PageItem]) -> pd.DataFrame:
    """One row per item of one file."""
    return frame_of(
        "page_text",
        [
            {
                "document_id": document_id,
                "fiscal_year": fiscal_year,
                "page": item.page,
                "item_number": item.item_number,
                "kind": item.kind.value,
                "text": item.text,
                "drawn_text": item.drawn_text,
                "line_shown_pct": item.line_shown_pct,
                "is_clipped": item.is_clipped,
                "x0_pt": item.box.x0,
                "top_pt": item.box.top,
                "x1_pt": item.box.x1,
                "bottom_pt": item.box.bottom,
                "grid_number": item.grid_number,
                "grid_row": item.grid_row,
                "grid_column": item.grid_column,
                "row_span": item.row_span,
                "column_span": item.column_span,
                "indent_pt": item.indent,
                "reader_name": item.reader,
            }
            for item in items
        ],
    )


def page_items(frame: pd.DataFrame) -> list[PageItem]:
    """The items of one file's `page_text`, in reading order."""
    return [
        PageItem(
            page=row["page"],
            item_number=row["item_number"],
            kind=ItemKind(row["kind"]),
            text=row["text"],
            drawn_text=row["drawn_text"],
            line_shown_pct=row["line_shown_pct"],
            is_clipped=row["is_clipped"],
            box=Box(row["x0_pt"], row["top_pt"], row["x1_pt"], row["bottom_pt"]),
            reader=row["reader_name"],
            grid_number=row["grid_number"],
            grid_row=row["grid_row"],
            grid_column=row["grid_column"],
            row_span=row["row_span"],
            column_span=row["column_span"],
            indent=row["indent_pt"],
        )
        for row in records_of(frame)
    ]
