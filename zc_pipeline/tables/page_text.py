"""Page items to `page_text` and back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from zc_pipeline.model import Box, ItemKind, PageItem
from zc_pipeline.tables.frames import columns_of, frame_of_values

_BOX: Final = ("x0_pt", "top_pt", "x1_pt", "bottom_pt")
_PLACE: Final = ("grid_number", "grid_row", "grid_column", "row_span", "column_span", "indent_pt")


def page_text_frame(document_id: str, fiscal_year: int | None, items: Iterable[PageItem]) -> pd.DataFrame:
    """One row per item of one file."""
    items = list(items)
    boxes = [item.box for item in items]
    columns: dict[str, list[Any]] = {
        "document_id": [document_id] * len(items),
        "fiscal_year": [fiscal_year] * len(items),
        "page": [item.page for item in items],
        "item_number": [item.item_number for item in items],
        "kind": [item.kind.value for item in items],
        "text": [item.text for item in items],
        "drawn_text": [item.drawn_text for item in items],
        "line_shown_pct": [item.line_shown_pct for item in items],
        "is_clipped": [item.is_clipped for item in items],
        "x0_pt": [box.x0 for box in boxes],
        "top_pt": [box.top for box in boxes],
        "x1_pt": [box.x1 for box in boxes],
        "bottom_pt": [box.bottom for box in boxes],
        "grid_number": [item.grid_number for item in items],
        "grid_row": [item.grid_row for item in items],
        "grid_column": [item.grid_column for item in items],
        "row_span": [item.row_span for item in items],
        "column_span": [item.column_span for item in items],
        "indent_pt": [item.indent for item in items],
        "reader_name": [item.reader for item in items],
    }
    return frame_of_values("page_text", columns)


def page_items(rows: pd.DataFrame | pa.Table) -> list[PageItem]:
    """The items of one file's `page_text`, in reading order."""
    columns = columns_of(rows)
    kinds = {kind.value: kind for kind in ItemKind}
    return [
        PageItem(page, number, kinds[kind], text, drawn, shown, clipped, Box(*box), reader, *place)
        for page, number, kind, text, drawn, shown, clipped, box, reader, place in zip(
            columns["page"],
            columns["item_number"],
            columns["kind"],
            columns["text"],
            columns["drawn_text"],
            columns["line_shown_pct"],
            columns["is_clipped"],
            zip(*(columns[name] for name in _BOX), strict=True),
            columns["reader_name"],
            zip(*(columns[name] for name in _PLACE), strict=True),
            strict=True,
        )
    ]
