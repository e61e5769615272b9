"""Where on the pages a project's row and its cells are: records of the working tables in, boxes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zc_pipeline.model import Box, Join, PageItem, RowPart, TableFacts, TableRow
from zc_pipeline.parse.settle import deduplicate
from zc_pipeline.parse.target_tables import find_target_tables

RowKey = tuple[int, int]
"""``table_number`` and ``row_order``: a row of ``stitched_rows``."""


@dataclass(frozen=True, slots=True)
class PlacedPart:
    """What one page has of a row: the box around it, and its cells by meaning (``forms.base.COLUMNS``)."""

    part: RowPart
    box: Box
    cells: Mapping[str, Box]


@dataclass(frozen=True, slots=True)
class PlacedRow:
    """A row with its parts in printed order. ``is_twice``: the parts are copies of one another."""

    parts: tuple[PlacedPart, ...]
    join: Join
    is_twice: bool


def place_rows(
    items: Sequence[PageItem], rows: Sequence[TableRow], tables: Iterable[TableFacts]
) -> dict[RowKey, PlacedRow]:
    """Find the cells of every row of a file.

    Args:
        items: all items of the file, in reading order.
        rows: all its rows, as ``stitched_rows`` has them.
        tables: its target tables.

    Returns:
        Every row that is no heading; a row printed twice beyond a page break has the parts of both copies.
    """
    cells = {
        printed.part: {column: item.box for column, item in printed.cells.items()}
        for table in find_target_tables(items).tables
        for printed in table.rows
    }
    return dict(_placed(cells, rows, tables))


def _placed(
    cells: Mapping[RowPart, Mapping[str, Box]], rows: Sequence[TableRow], tables: Iterable[TableFacts]
) -> Iterator[tuple[RowKey, PlacedRow]]:
    for facts in tables:
        own = [row for row in rows if row.table_number == facts.table_number]
        for row in deduplicate(own, facts.money_unit).rows:
            parts = tuple(
                PlacedPart(part, surrounding(found.values()), found)
                for part in row.parts
                if (found := cells.get(part))
            )
            is_twice = row.page_first != row.page_last and row.join is Join.NONE
            yield (row.table_number, row.row_order), PlacedRow(parts, row.join, is_twice)


def surrounding(boxes: Iterable[Box]) -> Box:
    """The smallest box around some boxes.

    Raises:
        ValueError: there are none.
    """
    x0, top, x1, bottom = zip(*boxes, strict=True)
    return Box(min(x0), min(top), max(x1), max(bottom))
