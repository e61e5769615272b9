"""Which pages get a whole second look: every page, a sample and those in doubt, or only those in doubt.

Whatever the choice, the characters of each page, their blanks and their order are held against those of
another library, and each page is drawn, to see whether all that is read is to be seen on it. A whole second
look is pdfplumber's reading. On the other pages a quick one takes its place: the same characters by the same
library's fonts and text state, without pdfplumber's records (``readers.strings``). Where that finds anything
amiss, or does not understand the page, the page gets a whole look after all. What the choice is made by is
the document's content and nothing else: the same file is read the same way every time and everywhere.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from zc_pipeline.errors import DocumentError, Severity
from zc_pipeline.model import PageContent, Problem, SecondReading
from zc_pipeline.parse.alignment import RuleInference
from zc_pipeline.parse.compare import check_order, compare_pages, take_over_blanks
from zc_pipeline.parse.drawn import check_drawn
from zc_pipeline.parse.ligatures import part_ligatures
from zc_pipeline.parse.pages import PageReading, read_page_items
from zc_pipeline.parse.readers import plumber, strings
from zc_pipeline.parse.readers.grey import LARGER, GreyPages
from zc_pipeline.parse.shapes import check_shapes

SAMPLED_EACH: Final = 10  # one page in so many


def is_sampled(document_id: str, page_count: int, number: int) -> bool:
    """Whether a page is in the sample of a document.

    Args:
        document_id: sha256 of the file, in hex.
        page_count: of the document.
        number: of the page, from 1.
    """
    digest = hashlib.sha256(f"second reading {document_id}".encode()).hexdigest()
    first = int(digest[:15], 16) % max(min(page_count, SAMPLED_EACH), 1)
    return (number - 1) % SAMPLED_EACH == first


@dataclass(frozen=True, slots=True)
class PageRead:
    """One page as read. ``problems`` are all that it raised; ``is_read_twice``: in full by both readers."""

    reading: PageReading
    problems: tuple[Problem, ...]
    is_read_twice: bool


class PageByPage:
    """Reads the pages of one document one after the other, with a second look where it is due.

    To be closed: it keeps the file open.

    Args:
        path: the PDF file.
        mode: which pages the second reader reads in full.
        document_id: sha256 of the file; needed for a sample only.
        page_count: of the document; needed for a sample only.
    """

    def __init__(self, path: Path, mode: SecondReading, document_id: str = "", page_count: int = 0) -> None:
        self._mode, self._document_id, self._page_count = mode, document_id, page_count
        self._second = _SecondReader(path, reads_all=mode is SecondReading.EVERY)
        self._quick = _QuickReader(path)
        self._pictures = GreyPages(path)
        self._inference = RuleInference()
        self._last = 0

    def close(self) -> None:
        """Close the file."""
        self._quick.close()
        self._pictures.close()

    def read(self, first: PageContent) -> PageRead:
        """One page, given as the first reader has it.

        Raises:
            DocumentError: ``readers_disagree``: the second reader finds no such page; ``damaged_pdf``: the
                page cannot be drawn.
        """
        self._last = first.number
        picture = _Picture(self._pictures, first)
        if not self._is_due(first) and (quick := self._quick.page(first.number)) is not None:
            inference = copy.copy(self._inference)
            read = _read(first, quick, inference)
            if not _is_in_doubt(first, read) and not picture.unseen():
                self._inference = inference
                return replace(read, is_read_twice=False)
        read = _read(first, self._second.page(first.number), self._inference)
        return replace(read, problems=(*read.problems, *picture.unseen()))

    def check_end(self) -> DocumentError | None:
        """To be called after the last page: why the second reader gave up, if it did.

        Raises:
            DocumentError: ``readers_disagree``: the second reader finds more pages.
        """
        if self._quick.has_page(self._last + 1):
            raise _other_pages()
        return self._second.check_end(self._last)

    def _is_due(self, page: PageContent) -> bool:
        if self._mode is SecondReading.SAMPLED:
            return is_sampled(self._document_id, self._page_count, page.number)
        return self._mode is SecondReading.EVERY


def _read(first: PageContent, second: PageContent | None, inference: RuleInference) -> PageRead:
    first = first if second is None else part_ligatures(first, second)
    content = first if second is None else take_over_blanks(first, second)
    content, inferred = inference.page(content)
    reading = read_page_items(content)
    problems = [*inferred, *reading.problems, *check_shapes(first)]
    if second is not None:
        is_held = any(problem.severity is Severity.HELD for problem in problems)
        problems += compare_pages(first, second)
        if not is_held:
            problems += check_order(reading.items, second, first)
    return PageRead(reading, tuple(problems), second is not None)


def _is_in_doubt(first: PageContent, read: PageRead) -> bool:
    weighs = any(problem.severity is not Severity.NOTICE for problem in read.problems)
    return weighs or any(char.is_unmapped for char in first.chars)


class _Picture:
    """One page as it is drawn, held against its characters once."""

    def __init__(self, pictures: GreyPages, content: PageContent) -> None:
        self._pictures, self._content = pictures, content
        self._unseen: list[Problem] | None = None

    def unseen(self) -> list[Problem]:
        """What is read and not to be seen."""
        if self._unseen is None:
            number = self._content.number
            picture = self._pictures.page(number)
            self._unseen = check_drawn(self._content, picture, lambda: self._pictures.page(number, LARGER))
        return self._unseen


class _QuickReader:
    """The quick reader's pages, as far as they are asked for; the file is opened with the first of them.

    None of the pages has a quick reading once the file cannot be gone through any further.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._wanted: set[int] = set()
        self._pages: Generator[PageContent | None] | None = None
        self._number = 0
        self._is_open = True

    def page(self, number: int) -> PageContent | None:
        """A page (from 1; later than the one asked for before); None where it has no quick reading."""
        self._wanted.add(number)
        return self._up_to(number)

    def has_page(self, number: int) -> bool:
        """Whether there is a page of this number, later than the one asked for before.

        Of a file that was not opened, or could not be gone through, nothing is known: there is none.
        """
        if self._pages is not None:
            self._up_to(number)
        return self._pages is not None and self._is_open

    def close(self) -> None:
        """Close the file."""
        if self._pages is not None:
            self._pages.close()

    def _up_to(self, number: int) -> PageContent | None:
        if self._pages is None:
            self._pages = strings.read_pages(self._path, self._wanted)
        content = None
        while self._is_open and self._number < number:
            try:
                content = next(self._pages)
            except StopIteration:
                self._is_open, content = False, None
            self._number += 1
        return content


class _SecondReader:
    """The second reader's pages, as far as they are asked for; the file is opened with the first of them."""

    def __init__(self, path: Path, *, reads_all: bool) -> None:
        self._path, self._reads_all = path, reads_all
        self._wanted: set[int] = set()
        self._pages: Iterator[PageContent | None] | None = None
        self._number = 0
        self._error: DocumentError | None = None

    def page(self, number: int) -> PageContent | None:
        """A page (from 1; later than the one asked for before); None where the reader gave up."""
        self._wanted.add(number)
        content = None
        try:
            while self._error is None and self._number < number:
                content = next(self._opened())
                self._number += 1
        except StopIteration:
            raise _other_pages() from None
        except DocumentError as error:
            self._error = error
        return None if self._error else content

    def check_end(self, last: int) -> DocumentError | None:
        """Why the reader gave up, if it did; ``last`` is the number of the first reader's last page."""
        try:
            while self._pages is not None and self._error is None and self._number <= last:
                next(self._pages)
                self._number += 1
        except StopIteration:
            if self._number < last:
                raise _other_pages() from None
            return None
        except DocumentError as error:
            self._error = error
        if self._pages is not None and self._error is None:
            raise _other_pages()
        return self._error

    def _opened(self) -> Iterator[PageContent | None]:
        if self._pages is None:
            all_or_some = plumber.read_pages(self._path) if self._reads_all else self._some()
            self._pages = iter(all_or_some)
        return self._pages

    def _some(self) -> Iterator[PageContent | None]:
        return plumber.read_some_pages(self._path, self._wanted)


def _other_pages() -> DocumentError:
    return DocumentError("readers_disagree", "The two PDF libraries do not find the same number of pages.")
