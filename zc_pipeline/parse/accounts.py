"""Nothing lost and nothing invented between the drawn page and the joined row: every character has its place.

Counts and texts are added up once more from what the rooms hand on, by other means than they were made. What
does not close is a fault of this program, and holds the document.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from zc_pipeline.errors import Stage
from zc_pipeline.model import ItemKind, Join, PageFacts, PageItem, Problem, RowKind, RowPart, TableRow
from zc_pipeline.parse.forms.base import AMOUNT_COLUMNS
from zc_pipeline.parse.text import without_blanks


def check_pages(pages: Iterable[PageFacts], items: Iterable[PageItem]) -> list[Problem]:
    """Each page's drawn characters are in its cells and free lines, or counted as not visible.

    Args:
        pages: the counts, as the pages were laid out.
        items: the file's ``page_text``.

    Returns:
        ``characters_unaccounted`` for each page whose sums do not close.
    """
    found: Counter[tuple[int, ItemKind]] = Counter()
    for item in items:
        found[item.page, item.kind] += len(without_blanks(item.drawn_text))
    problems = []
    for page in pages:
        accounted = page.chars_in_cells + page.chars_in_lines + page.chars_not_shown
        in_cells, in_lines = found[page.number, ItemKind.CELL], found[page.number, ItemKind.LINE]
        if accounted != page.chars_drawn:
            words = f"{page.chars_drawn} characters are drawn, {accounted} are accounted for"
        elif (in_cells, in_lines) != (page.chars_in_cells, page.chars_in_lines):
            words = (
                f"{page.chars_in_cells} characters were found in cells and {page.chars_in_lines} in free "
                f"lines, but {in_cells} and {in_lines} are in its texts"
            )
        else:
            continue
        message = f"Page {page.number}: {words}."
        problems.append(Problem(Stage.PAGE_TEXT, "characters_unaccounted", message, page=page.number))
    return problems


def check_rows(printed: Mapping[RowPart, Mapping[str, PageItem]], rows: Iterable[TableRow]) -> list[Problem]:
    """Each joined row holds, column by column, all that its parts show and nothing that none of them draws.

    Args:
        printed: the cells of every printed row of one table, by column.
        rows: the table's rows, joined over page breaks.

    Returns:
        ``characters_unaccounted`` for each row that does not.
    """
    problems = []
    for row in rows:
        if row.kind is RowKind.HEADER:
            continue
        for column in _unaccounted(row, [printed[part] for part in row.parts if part in printed]):
            problems.append(
                Problem(
                    Stage.STITCHED_ROWS,
                    "characters_unaccounted",
                    f"Page {row.page_first}: the row's text in column {column} is not what its "
                    f"{len(row.parts)} printed parts show.",
                    table_number=row.table_number,
                    page=row.page_first,
                    row=row.parts[0].grid_row if row.parts else None,
                    raw=row.cells.get(column),
                )
            )
    return problems


def _unaccounted(row: TableRow, parts: Sequence[Mapping[str, PageItem]]) -> Iterator[str]:
    for column, text in row.cells.items():
        read = without_blanks(text)
        cells = [part[column] for part in parts if column in part]
        drawn = [without_blanks(cell.drawn_text) for cell in cells]
        shown = [without_blanks(cell.text) for cell in cells]
        if row.join is Join.REPEATED_NAME and column in ("project_name", *AMOUNT_COLUMNS):
            shown = [one for one in shown if one in read]  # the name again, with its mark
        all_drawn = "".join(drawn)
        is_invented = read != all_drawn and Counter(read) - Counter(all_drawn)
        is_lost = any(one not in read for one in shown)
        # Where no part is cut, nothing can be doubled: the parts follow each other.
        is_divided = row.join in (Join.NONE, Join.CONTINUATION, Join.PROVED_BY_SUM)
        is_whole = not any(cell.is_clipped for cell in cells)
        if is_invented or is_lost or (is_divided and is_whole and read != "".join(shown)):
            yield column
