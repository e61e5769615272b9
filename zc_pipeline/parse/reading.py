"""One PDF through the parse rooms: bytes → page items → stitched rows → disclosure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from zc_pipeline.errors import DocumentError, Severity, Stage
from zc_pipeline.model import Disclosure, ItemKind, PageFacts, PageItem, Problem, SecondReading
from zc_pipeline.parse.accounts import check_pages
from zc_pipeline.parse.document import (
    PageTextResult,
    StitchResult,
    choose_year,
    hash_file,
    internal_error,
    problem_of,
    stitch_items,
)
from zc_pipeline.parse.judge import build_disclosure
from zc_pipeline.parse.looks import check_looks
from zc_pipeline.parse.readers import pdfium
from zc_pipeline.parse.readers.render import count_pages
from zc_pipeline.parse.readers.streams import check_streams
from zc_pipeline.parse.second_reading import PageByPage

_PDF_HEADER: Final = b"%PDF-"
_HEADER_WITHIN: Final = 1024  # the specification lets that many bytes precede the header


def read_page_text(path: Path, second_reading: SecondReading = SecondReading.EVERY) -> PageTextResult:
    """Read every page of a PDF with the first reader, and with the second one those of ``second_reading``.

    The others have a quick second reading. Every page is drawn, and the file's streams are looked through.

    Never raises for what a file may contain: a file that cannot be read has no items and problems that say
    why.
    """
    pages: list[PageFacts] = []
    items: list[PageItem] = []
    problems: list[Problem] = []
    read_twice: list[int] = []
    try:
        _check_is_pdf(path)
        unmapped: list[tuple[int, str]] = []
        with closing(_page_by_page(path, second_reading)) as each_page:
            for first in pdfium.read_pages(path):
                unmapped += [(first.number, char.text) for char in first.chars if char.is_unmapped]
                page = each_page.read(first)
                pages.append(page.reading.facts)
                items += page.reading.items
                problems += page.problems
                if page.is_read_twice:
                    read_twice.append(first.number)
            second_failed = each_page.check_end()
            problems += [problem_of(second_failed)] if second_failed else []
        _check_text_layer(pages, unmapped)
        problems += _unreadable_pages(pages, items)
        problems += check_pages(pages, items)
        streams = check_streams(path)
        problems += [*streams.problems, *check_looks(path, streams.doubled)]
    except DocumentError as error:
        problems.append(problem_of(error))
    except OSError as error:
        problems.append(
            Problem(Stage.PAGE_TEXT, "file_unreadable", f"The file cannot be read: {error.strerror}.")
        )
    except Exception as error:  # whatever a file holds, the others are still to be read
        problems.append(internal_error(error, Stage.PAGE_TEXT))
        items = []
    if any(problem.severity is Severity.REFUSED for problem in problems):
        items = []
    return PageTextResult(tuple(pages), tuple(items), tuple(problems), tuple(read_twice))


def read_disclosure(path: str | Path, *, fiscal_year: int | None = None) -> Disclosure:
    """Read one disclosure PDF: its target tables, projects and indicators, with a verdict on each table.

    The file is opened in this process, without limits on time and memory: for files that you trust. The
    pipeline opens each file in a process of its own (``isolation``).

    Args:
        path: the PDF file.
        fiscal_year: the year it is for; None takes the folder's name where that is a year, else the one
            printed on its first table.

    Returns:
        The disclosure. What is wrong with the file is in ``problems``, not raised; rely on the projects of
        tables whose verdict is ``accepted`` only.

    Raises:
        FileNotFoundError: there is no such file.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}.")
    page_text = read_page_text(path)
    stitched = stitch_items(page_text.items) if page_text.items else StitchResult((), (), ())
    return build_disclosure(
        document_id=hash_file(path),
        source_file=path.name,
        fiscal_year=choose_year(path, stitched.tables, fiscal_year),
        page_count=len(page_text.pages),
        tables=stitched.tables,
        rows=stitched.rows,
        problems=[*page_text.problems, *stitched.problems],
    )


def _check_is_pdf(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(_HEADER_WITHIN)
    if not head:
        raise DocumentError("empty_file", "The file has no bytes.")
    if _PDF_HEADER not in head:
        raise DocumentError(
            "not_a_pdf", "The file does not begin with %PDF-; it is something else.", raw=repr(head[:40])
        )


def _page_by_page(path: Path, mode: SecondReading) -> PageByPage:
    if mode is not SecondReading.SAMPLED:
        return PageByPage(path, mode)
    return PageByPage(path, mode, hash_file(path), count_pages(path))


def _check_text_layer(pages: Sequence[PageFacts], unmapped: Sequence[tuple[int, str]]) -> None:
    if unmapped:
        page, text = unmapped[0]
        raise DocumentError(
            "unmapped_characters",
            f"{len(unmapped)} glyphs have no Unicode value, the first on page {page}: their fonts do not say "
            "which characters they are.",
            page=page,
            raw=repr(text),
        )
    if not any(_visible(page) for page in pages):
        pictures = sum(page.image_count for page in pages)
        turned = sum(page.chars_turned for page in pages)
        what = f"{pictures} pictures and no visible text" if pictures else "no visible text"
        if turned:
            what += f" that stands upright ({turned} characters are turned)"
        raise DocumentError("no_text_layer", f"The file's {len(pages)} pages have {what}.")


def _visible(page: PageFacts) -> int:
    return page.chars_in_cells + page.chars_in_lines


def _unreadable_pages(pages: Iterable[PageFacts], items: Iterable[PageItem]) -> list[Problem]:
    """Pages after the first table's beginning that could hold more of it, and cannot be read."""
    first_table = min((item.page for item in items if item.kind is ItemKind.CELL), default=None)
    pages = list(pages)
    watermarks = {page.chars_turned for page in pages if page.chars_turned <= _visible(page)}
    problems = []
    for page in pages:
        if first_table is None or page.number < first_table:
            continue
        if page.image_count and not _visible(page):
            what = "is a picture"
        elif page.chars_turned > _visible(page) and page.chars_turned not in watermarks:
            what = f"has {page.chars_turned} turned characters and {_visible(page)} upright ones"
        else:
            continue
        message = f"Page {page.number} {what}: rows of the table on it cannot be read."
        problems.append(Problem(Stage.PAGE_TEXT, "page_unreadable", message, page=page.number))
    return problems
