"""Second reader: pdfplumber (pdfminer). It ignores clips; it is here to contradict the first one.

The only module that imports pdfplumber.
"""

from __future__ import annotations

import logging
from collections.abc import Container, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import pdfplumber
from pdfminer.pdfdocument import PDFPasswordIncorrect
from pdfminer.pdfpage import PDFPage

from zc_pipeline.errors import DocumentError
from zc_pipeline.model import Box, Char, PageContent, Rule
from zc_pipeline.parse.readers.fonts import MappedFonts
from zc_pipeline.parse.readers.paths import path_rules
from zc_pipeline.parse.text import is_unmapped_character

NAME: Final = "pdfplumber"
MOST_SLANT: Final = 0.14  # of a line's length: as the first reader takes it
# pdfminer warns of every oddity of a font; what matters shows in the comparison of the readers.
logging.getLogger("pdfminer").setLevel(logging.ERROR)


def read_pages(path: Path) -> Iterator[PageContent]:
    """Yield the pages of a PDF in order.

    Raises:
        DocumentError: ``password_protected``, or ``reader_failed`` when pdfplumber gives up.
    """
    return (page for page in _read_pages(path, None) if page is not None)


def read_some_pages(path: Path, wanted: Container[int]) -> Iterator[PageContent | None]:
    """Yield the pages of a PDF in order, None in place of those that are not wanted and so not read.

    Args:
        path: the PDF file.
        wanted: numbers of pages, from 1; asked for each page when its turn comes.

    Raises:
        DocumentError: as :func:`read_pages`.
    """
    return _read_pages(path, wanted)


def _read_pages(path: Path, wanted: Container[int] | None) -> Iterator[PageContent | None]:
    try:
        document = pdfplumber.open(path, unicode_norm=None)
    except Exception as error:  # pdfminer raises whatever a damaged file leads it to
        if error.args and isinstance(error.args[0], PDFPasswordIncorrect):
            raise DocumentError("password_protected", "The PDF needs a password to open.") from error
        raise DocumentError("reader_failed", f"pdfplumber cannot open the PDF: {error!r}") from error
    document.rsrcmgr = MappedFonts()
    try:
        yield from _each_page(document, wanted)
    finally:
        with suppress(Exception):  # closing loads the pages anew, and fails where they are damaged
            document.close()


def _each_page(document: Any, wanted: Container[int] | None) -> Iterator[PageContent | None]:
    number = 0
    try:
        for number, page in enumerate(document.pages, start=1):
            if wanted is not None and number not in wanted:
                yield None
                continue
            content = _read_page(page, number)
            page.close()
            yield content
    except Exception as error:  # pdfminer raises whatever a damaged file leads it to
        where = f"on page {number}" if number else "on the list of pages"
        raise DocumentError(
            "reader_failed", f"pdfplumber failed {where}: {error!r}", page=number or None
        ) from error


def _read_page(page: Any, number: int) -> PageContent:
    shown = shown_box(page.page_obj, int(page.rotation or 0), float(page.width), float(page.height))
    frame = Box(0.0, 0.0, shown.width, shown.height)
    x_origin, top_origin = shown.x0 + float(page.bbox[0]), shown.top + float(page.bbox[1])

    def box_of(drawn: dict[str, Any]) -> Box:
        return Box(
            float(drawn["x0"]) - x_origin,
            float(drawn["top"]) - top_origin,
            float(drawn["x1"]) - x_origin,
            float(drawn["bottom"]) - top_origin,
        )

    chars = tuple(
        Char(
            text=char["text"],
            box=box_of(char),
            ink=box_of(char),
            is_upright=_is_upright(char["matrix"]),
            is_unmapped=is_unmapped_character(char["text"]),
        )
        for char in page.chars
    )
    rules: list[Rule] = []
    for drawn in [*page.lines, *page.rects]:
        box = box_of(drawn)
        corners = [(box.x0, box.top), (box.x1, box.top), (box.x1, box.bottom), (box.x0, box.bottom)]
        points = [corners[0], corners[2]] if drawn["object_type"] == "line" else [*corners, corners[0]]
        found, _ = path_rules(
            [points], is_filled=bool(drawn["fill"]), is_stroked=bool(drawn["stroke"]), clip=frame
        )
        rules.extend(found)
    return PageContent(
        number=number,
        width=frame.width,
        height=frame.height,
        rotation=int(page.rotation or 0),
        chars=chars,
        rules=tuple(rules),
        image_count=len(page.images),
        reader=NAME,
    )


def _is_upright(matrix: Sequence[float]) -> bool:
    """Whether a displayed character runs from left to right; pdfplumber's ``upright`` lets it slant."""
    along, across = matrix[0], matrix[1]
    return along > 0 and abs(across) <= MOST_SLANT * along


def shown_box(page: PDFPage, rotation: int, width: float, height: float) -> Box:
    """The crop box in the displayed media box; pdfplumber's own does not turn with the page.

    Args:
        page: as pdfminer has it.
        rotation: in degrees, clockwise.
        width: of the displayed media box, in points.
        height: of the same.
    """
    media = [float(value) for value in page.mediabox]
    crop = [float(value) for value in page.cropbox or media]
    left, right = max(crop[0] - media[0], 0.0), max(media[2] - crop[2], 0.0)
    below, above = max(crop[1] - media[1], 0.0), max(media[3] - crop[3], 0.0)
    # Cut away at the displayed page's left, top, right and bottom.
    cuts = {
        0: (left, above, right, below),
        90: (below, left, above, right),
        180: (right, below, left, above),
        270: (above, right, below, left),
    }[rotation % 360]
    return Box(cuts[0], cuts[1], width - cuts[2], height - cuts[3])
