"""Table rows to `stitched_rows` and back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import pandas as pd

from zc_pipeline.model import Join, RowKind, RowPart, TableRow
from zc_pipeline.parse.forms.base import COLUMNS
from zc_pipeline.tables.frames import frame_of, records_of

_PART: Final = re.compile(r"p(\d+)g(\d+)r(\d+)")


def stitched_rows_frame(document_id: str, fiscal_year: int | None, rows: Iterable[TableRow]) -> pd.DataFrame:
    """One row per joined row of one file."""
    return frame_of(
        "stitched_rows",
        [
            {
                "document_id": document_id,
                "fiscal_year": fiscal_year,
                "table_number": row.table_number,
                "row_order": row.row_order,
                "kind": row.kind.value,
                "page_first": row.page_first,
                "page_last": row.page_last,
                **{_text_column(column): row.cells.get(column) for column in COLUMNS},
                "join_rule": row.join.value,
                "parts_text": " ".join(map(str, row.parts)),
                "indent_pt": row.indent,
                "is_repeated_header": row.is_repeated_header,
                "is_possible_repeat": row.repeats_previous,
            }
            for row in rows
        ],
    )


def table_rows(frame: pd.DataFrame) -> list[TableRow]:
    """The rows of one file's `stitched_rows`, in printed order."""
    return [
        TableRow(
            table_number=row["table_number"],
            row_order=row["row_order"],
            kind=RowKind(row["kind"]),
            cells={
                column: row[_text_column(column)]
                for column in COLUMNS
                if row[_text_column(column)] is not None
            },
            parts=parse_parts(row["parts_text"]),
            join=Join(row["join_rule"]),
            indent=row["indent_pt"],
            is_repeated_header=row["is_repeated_header"],
            repeats_previous=row["is_possible_repeat"],
        )
        for row in records_of(frame)
    ]


def parse_parts(text: str) -> tuple[RowPart, ...]:
    """`p1g1r7 p2g1r2` → the parts of a row."""
    return tuple(RowPart(*map(int, match.groups())) for match in _PART.finditer(text))


def _text_column(column: str) -> str:
    return f"{column}_text"
