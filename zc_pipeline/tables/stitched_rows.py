"""Table rows to `stitched_rows` and back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import pandas as pd
import pyarrow as pa

from zc_pipeline.model import Join, RowKind, RowPart, TableRow
from zc_pipeline.parse.forms.base import COLUMNS
from zc_pipeline.tables.frames import columns_of, frame_of_values

_PART: Final = re.compile(r"p(\d+)g(\d+)r(\d+)")
_OF_ROW: Final = (
    *("table_number", "row_order", "kind", "parts_text", "join_rule", "indent_pt"),
    *("is_repeated_header", "is_possible_repeat"),
)


def stitched_rows_frame(document_id: str, fiscal_year: int | None, rows: Iterable[TableRow]) -> pd.DataFrame:
    """One row per joined row of one file."""
    rows = list(rows)
    columns: dict[str, list[Any]] = {
        "document_id": [document_id] * len(rows),
        "fiscal_year": [fiscal_year] * len(rows),
        "table_number": [row.table_number for row in rows],
        "row_order": [row.row_order for row in rows],
        "kind": [row.kind.value for row in rows],
        "page_first": [row.page_first for row in rows],
        "page_last": [row.page_last for row in rows],
        **{_text_column(column): [row.cells.get(column) for row in rows] for column in COLUMNS},
        "join_rule": [row.join.value for row in rows],
        "parts_text": [" ".join(map(str, row.parts)) for row in rows],
        "indent_pt": [row.indent for row in rows],
        "is_repeated_header": [row.is_repeated_header for row in rows],
        "is_possible_repeat": [row.repeats_previous for row in rows],
    }
    return frame_of_values("stitched_rows", columns)


def table_rows(stored: pd.DataFrame | pa.Table) -> list[TableRow]:
    """The rows of one file's `stitched_rows`, in printed order."""
    columns = columns_of(stored)
    texts = zip(*(columns[_text_column(column)] for column in COLUMNS), strict=True)
    of_rows = zip(*(columns[name] for name in _OF_ROW), strict=True)
    return [
        TableRow(
            table_number=table_number,
            row_order=row_order,
            kind=RowKind(kind),
            cells={column: text for column, text in zip(COLUMNS, cells, strict=True) if text is not None},
            parts=parse_parts(parts),
            join=Join(join),
            indent=indent,
            is_repeated_header=is_header,
            repeats_previous=is_repeat,
        )
        for cells, (table_number, row_order, kind, parts, join, indent, is_header, is_repeat) in zip(
            texts, of_rows, strict=True
        )
    ]


def parse_parts(text: str) -> tuple[RowPart, ...]:
    """`p1g1r7 p2g1r2` → the parts of a row."""
    return tuple(RowPart(*map(int, match.groups())) for match in _PART.finditer(text))


def _text_column(column: str) -> str:
    return f"{column}_text"
