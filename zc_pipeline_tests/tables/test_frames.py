from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from zc_pipeline.schemas import TABLES
from zc_pipeline.tables.frames import frame_of, frame_of_columns, join_frames, merge_frames, records_of
from zc_pipeline_tests.tables.samples import project_row


def test_rows_come_back_as_plain_values() -> None:
    rows = [project_row(1), project_row(2, total_cny=None)]
    assert records_of(frame_of("projects", rows)) == rows


def test_columns_have_exactly_the_described_types_even_when_empty() -> None:
    for name, spec in TABLES.items():
        frame = frame_of(name, [])
        assert list(frame.columns) == spec.column_names
        assert [dtype.pyarrow_dtype for dtype in frame.dtypes] == [field.type for field in spec.fields]


def test_rows_are_sorted_whatever_their_order() -> None:
    rows = [project_row(number) for number in (3, 1, 2)]
    assert frame_of("projects", rows)["row_number"].tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    "change",
    [{"total_cny": Decimal("0.001")}, {"total_cny": "40"}, {"row_number": "1"}, {"page_first": 1.5}],
)
def test_a_value_of_another_type_is_not_bent(change: dict[str, object]) -> None:
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        frame_of("projects", [project_row(1, **change)])


def test_a_row_with_other_columns_is_named() -> None:
    row = project_row(1)
    del row["unit_name"]
    with pytest.raises(KeyError, match="unit_name"):
        frame_of("projects", [row])


def test_joining_no_frames_gives_an_empty_table() -> None:
    joined = join_frames("projects", [])
    pd.testing.assert_frame_equal(joined, frame_of("projects", []))


@pytest.mark.parametrize("length", [1, 3, 40])
def test_rows_of_parts_that_take_turns_are_put_in_order(length: int) -> None:
    """Two parts whose rows alternate, so many at a time: copied row by row, or in runs."""
    rows = [
        project_row(number, general_budget_text=None if number % 7 == 0 else f"{number}.00")
        for number in range(1, 241)
    ]
    parts: list[list[dict[str, Any]]] = [[], []]
    for number, row in enumerate(rows):
        parts[number // length % 2].append(row)
    merged = merge_frames("projects", [frame_of("projects", part) for part in reversed(parts)])
    pd.testing.assert_frame_equal(merged, frame_of("projects", rows))


def test_parts_are_put_together_as_if_made_at_once() -> None:
    rows = [project_row(number) for number in (1, 2, 3, 4)]
    parts = [
        frame_of("projects", [rows[3], rows[1]]),
        frame_of("projects", []),
        frame_of("projects", rows[::2]),
    ]
    pd.testing.assert_frame_equal(merge_frames("projects", parts), frame_of("projects", rows))
    assert merge_frames("projects", []).empty


def test_whole_columns_give_the_same_frame_as_rows() -> None:
    rows = [project_row(number) for number in (1, 2, 3)]
    frame = frame_of("projects", rows)
    one_value = {name: rows[0][name] for name in ("document_id", "source_file", "fiscal_year", "total_cny")}
    columns = {name: frame[name] for name in frame.columns} | one_value
    pd.testing.assert_frame_equal(frame_of_columns("projects", columns, len(rows)), frame)
    with pytest.raises(KeyError):
        frame_of_columns("projects", one_value, len(rows))
