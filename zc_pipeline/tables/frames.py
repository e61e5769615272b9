"""Building frames that have exactly a table's columns and types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from zc_pipeline.schemas import TABLES


def frame_of(table: str, rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """A table's frame from row mappings, taken one by one, sorted by the table's sort columns.

    Raises:
        KeyError: a row lacks a column or has one that the table does not have.
        pyarrow.ArrowInvalid, pyarrow.ArrowTypeError: a value is not of its column's type.
    """
    columns: dict[str, list[Any]] = {name: [] for name in TABLES[table].column_names}
    for row in rows:
        if row.keys() != columns.keys():
            raise KeyError(f"{table}: columns differ by {sorted(row.keys() ^ columns.keys())}")
        for name, values in columns.items():
            values.append(row[name])
    return frame_of_values(table, columns)


def frame_of_values(table: str, columns: Mapping[str, list[Any]]) -> pd.DataFrame:
    """A table's frame from the plain values of each column, sorted by the table's sort columns.

    Args:
        table: which.
        columns: column → its values, one for each row; None for null.

    Raises:
        KeyError: a column is missing, or is none of the table's.
        pyarrow.ArrowInvalid, pyarrow.ArrowTypeError: a value is not of its column's type.
    """
    spec = TABLES[table]
    if columns.keys() != set(spec.column_names):
        raise KeyError(f"{table}: columns differ by {sorted(columns.keys() ^ set(spec.column_names))}")
    arrow = pa.Table.from_pydict(dict(columns), schema=spec.arrow_schema)
    for name, values in columns.items():
        # Arrow makes 1 of 1.5 in an integer column without a word.
        if not _are_plain(arrow.schema.field(name).type, values) and arrow.column(name).to_pylist() != values:
            raise pa.ArrowInvalid(f"{table}.{name}: a value does not fit the column's type unchanged")
    frame: pd.DataFrame = _in_order(table, arrow).to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
    return frame


def _in_order(table: str, rows: pa.Table) -> pa.Table:
    """Rows sorted by the table's sort columns; rows that are in order already are not copied."""
    order = _order_of(table, rows)
    return rows if order is None else rows.take(order)


def _order_of(table: str, rows: pa.Table) -> pa.Array | None:
    """Where each row of a table comes from when sorted by its sort columns; None if they are in order."""
    keys = [(column, "ascending") for column in TABLES[table].sort_columns]
    order = pc.sort_indices(rows, sort_keys=keys)
    return None if np.array_equal(order.to_numpy(), np.arange(rows.num_rows)) else order


def _are_plain(kind: pa.DataType, values: Iterable[Any]) -> bool:
    """Whether values are texts, truth values or whole numbers for a column of these, which keeps them."""
    types = set(map(type, values)) - {type(None)}
    if pa.types.is_string(kind):
        return types <= {str}
    if pa.types.is_boolean(kind):
        return types <= {bool}
    return pa.types.is_integer(kind) and types <= {int}


def join_frames(table: str, frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Frames of one table as one, in the given order; an empty frame of the table where there are none."""
    present = [frame for frame in frames if len(frame)]
    if not present:
        return frame_of(table, [])
    return pd.concat(present, ignore_index=True)


def frame_of_columns(table: str, columns: Mapping[str, Any], rows: int) -> pd.DataFrame:
    """A table's frame from whole columns, sorted by the table's sort columns.

    Args:
        table: which.
        columns: column → a series of its type, or one plain value that stands in every row.
        rows: how many rows there are.

    Raises:
        KeyError: a column is missing, or is none of the table's.
        pyarrow.ArrowInvalid, pyarrow.ArrowTypeError: a value is not of its column's type.
    """
    spec = TABLES[table]
    if set(columns) != set(spec.column_names):
        raise KeyError(f"{table}: columns differ by {sorted(set(columns) ^ set(spec.column_names))}")
    arrays = [
        pa.chunked_array([pa.Array.from_pandas(columns[field.name], type=field.type)])
        if isinstance(columns[field.name], pd.Series)
        else pa.chunked_array([pa.repeat(pa.scalar(columns[field.name], field.type), rows)])
        for field in spec.fields
    ]
    whole = pa.table(arrays, schema=spec.arrow_schema)
    frame: pd.DataFrame = _in_order(table, whole).to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
    return frame


def merge_frames(table: str, frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Frames of one table as one, sorted by the table's sort columns, as if made at once.

    Columns are put together one after another, and what nobody else holds of the parts goes meanwhile: all
    together, parts and whole would take twice the memory.
    """
    spec = TABLES[table]
    found = [
        pa.Table.from_pandas(frame, schema=spec.arrow_schema, preserve_index=False)
        for frame in frames
        if len(frame)
    ]
    del frames
    if not found:
        return frame_of(table, [])
    if len(found) == 1:
        columns = found[0].columns
    else:
        keys = pa.concat_tables([one.select(spec.sort_columns) for one in found])
        order = _order_of(table, keys)
        moves = None if order is None else _Moves(order)
        del keys, order
        columns = []
        for name in spec.column_names:
            column = pa.chunked_array([chunk for one in found for chunk in one.column(name).chunks])
            columns.append(column if moves is None else moves.apply(column))
            found = [one.drop_columns([name]) for one in found]
            del column
    whole = pa.table([column.combine_chunks() for column in columns], schema=spec.arrow_schema)
    frame: pd.DataFrame = whole.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
    return frame


class _Moves:
    """A new order of rows, carried out on one column after another.

    Parts that are sorted make long runs of rows that stay together: these are copied as they are, in a
    fraction of the time that looking up row by row takes.
    """

    def __init__(self, order: pa.Array) -> None:
        self._order = order
        places = order.to_numpy()
        begins = np.flatnonzero(np.diff(places) != 1) + 1
        lengths = np.diff(np.concatenate(([0], begins, [len(places)])))
        self._runs: list[tuple[int, int]] | None = None
        if len(places) >= _SHORTEST_RUN * len(lengths):
            firsts = places[np.concatenate(([0], begins))]
            self._runs = list(zip(firsts.tolist(), lengths.tolist(), strict=True))

    def apply(self, column: pa.ChunkedArray) -> pa.ChunkedArray:
        """A column in the new order."""
        if self._runs is None:
            return column.take(self._order)
        pieces = [chunk for first, length in self._runs for chunk in column.slice(first, length).chunks]
        return pa.chunked_array(pieces, type=column.type)


_SHORTEST_RUN: Final = 16  # rows on average


def columns_of(rows: pd.DataFrame | pa.Table) -> dict[str, list[Any]]:
    """The values of each column as plain Python values, null as None."""
    arrow = rows if isinstance(rows, pa.Table) else pa.Table.from_pandas(rows, preserve_index=False)
    return {name: arrow.column(name).to_pylist() for name in arrow.column_names}


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows as mappings of plain Python values, null as None."""
    rows: list[dict[str, Any]] = pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
    return rows
