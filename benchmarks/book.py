"""How large is a book, and how long does it take? Draws so many documents, reads them, writes their book.

    python -m benchmarks.book                                     # 1 and 50 documents
    python -m benchmarks.book --documents 1 50 1000 --write docs/book.md

Half the documents are of 2023 and half of 2024, each a table of 10 projects on a few pages. The first 50 are
drawn and read; what is more are copies of these with content, names and ids of their own, for it is the book
that is measured. Needs Chromium only for the seconds until a search has its answer; without it those columns
say so.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zc_pipeline.book.write import BookReport, write_book
from zc_pipeline.parse.document import hash_file
from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline.schemas import WORKING_TABLES
from zc_pipeline.storage.parquet import read_table, write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.frames import frame_of, records_of
from zc_pipeline_tests.book import browser
from zc_pipeline_tests.drawing import Layout, draw_disclosure, make_disclosure

_YEARS = (2023, 2024)
_READ = 50  # documents that are drawn and read
_TABLES = ("documents", "projects", "indicators", "reconciliation", "problems")
_WORD = "培训"
_COUNT = "document.getElementById('count').textContent"


@dataclass(frozen=True)
class Figures:
    """One book: seconds of its making and reading, sizes in bytes."""

    documents: int
    report: BookReport
    reading_s: float
    first_s: float
    again_s: float
    without_pictures_bytes: int
    largest_bytes: int
    opening_s: float | None
    search_s: float | None

    @property
    def row(self) -> str:
        """The row of the table in docs/book.md."""
        report = self.report
        cells = (
            f"{self.documents:,}",
            f"{report.projects:,}",
            f"{report.indicators:,}",
            f"{report.pictures:,}",
            f"{self.first_s:,.1f} s",
            f"{self.again_s:,.1f} s",
            f"{report.size_bytes / 1e6:,.1f} MB",
            f"{self.without_pictures_bytes / 1e6:,.1f} MB",
            f"{self.largest_bytes / 1e3:,.0f} kB",
            *("no browser" if one is None else f"{one:.2f} s" for one in (self.opening_s, self.search_s)),
        )
        return f"| {' | '.join(cells)} |"


def main(words: Sequence[str] | None = None) -> int:
    """Print the figures; with ``--write`` put the table into the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--documents", type=int, nargs="+", default=[1, 50], metavar="N")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="Markdown page with the table to be replaced"
    )
    options = parser.parse_args(words)
    found = []
    for count in options.documents:
        with tempfile.TemporaryDirectory() as scratch:
            figures = measure(count, Path(scratch))
        found.append(figures)
        print(
            f"{count:,} documents read in {figures.reading_s:,.0f} s; book {figures.first_s:.1f} s, again "
            f"{figures.again_s:.1f} s, {figures.report.size_bytes / 1e6:.1f} MB",
            flush=True,
        )
    table = "\n".join([*_HEAD, *(one.row for one in found)])
    print(table)
    if options.write:
        replace_table(options.write, table)
        print(f"written: {options.write}")
    return 0


_HEAD = (
    "| documents | projects | indicators | pictures | written in | again | size | of it without pictures | "
    "largest file | opened in | search in |",
    "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
)


def measure(count: int, scratch: Path) -> Figures:
    """Draw, read and write so many documents; nothing of that is left."""
    paths = DataPaths(scratch / "data")
    start = time.perf_counter()
    for seed in range(min(count, _READ)):
        year = _YEARS[seed % 2]
        target = paths.raw_dir / str(year) / f"{seed:05d}.pdf"
        target.parent.mkdir(parents=True, exist_ok=True)
        draw_disclosure(make_disclosure(seed, year=year), target, Layout(page_break="split_by_lines"))
    for year in _YEARS[:count]:
        run_year(RunContext(paths, uuid.uuid4().hex), year)
    if count > _READ:
        for year in _YEARS:
            multiply(paths, year, count // len(_YEARS))
    reading = time.perf_counter() - start
    book = scratch / "book"
    start = time.perf_counter()
    report = write_book(paths, book)
    first = time.perf_counter() - start
    start = time.perf_counter()
    write_book(paths, book)
    again = time.perf_counter() - start
    files = [path for path in book.rglob("*") if path.is_file()]
    texts = [path.stat().st_size for path in files if path.suffix != ".webp"]
    opening, search = _in_browser(book, scratch / "profile")
    return Figures(
        count,
        report,
        reading,
        first,
        again,
        sum(texts),
        max(path.stat().st_size for path in files),
        opening,
        search,
    )


def multiply(paths: DataPaths, year: int, count: int) -> None:
    """Make more documents of those that a year has, until there are so many: as if they had been read."""
    stored = {table: read_table(paths.published(table, year), table) for table in _TABLES}
    found = {table: records_of(one.frame) for table, one in stored.items() if one is not None}
    rows = {table: list(own) for table, own in found.items()}
    originals = [(row["document_id"], row["source_file"]) for row in found["documents"]]
    for number in range(len(originals), count):
        old_id, old_file = originals[number % len(originals)]
        name = f"（{number // len(originals)}）"
        new_file = f"{year}/copy-{number:05d}.pdf"
        pdf = paths.raw_dir / new_file
        pdf.write_bytes((paths.raw_dir / old_file).read_bytes() + f"%{number}\n".encode())
        new_id = hash_file(pdf)
        for table in WORKING_TABLES:
            working = read_table(paths.working(table, year, old_id), table)
            assert working is not None
            frame = working.frame.assign(document_id=new_id)
            write_table(paths.working(table, year, new_id), table, frame, working.notes)
        for table, own in found.items():
            rows[table] += [
                _renamed(row, new_id, new_file, name) for row in own if row["document_id"] == old_id
            ]
    for table, some in rows.items():
        one = stored[table]
        assert one is not None
        write_table(paths.published(table, year), table, frame_of(table, some), one.notes)


def _renamed(row: dict[str, Any], document_id: str, source_file: str, name: str) -> dict[str, Any]:
    changed = {**row, "document_id": document_id, "source_file": source_file}
    for column in ("project_id", "indicator_id"):
        if column in row:
            changed[column] = f"{document_id[:20]}-{row[column].split('-', 1)[1]}"
    for column in ("department_name", "unit_name"):
        if row.get(column) is not None:
            changed[column] = row[column] + name
    return changed


def _in_browser(book: Path, profile: Path) -> tuple[float | None, float | None]:
    """Seconds until the index shows its projects, and until a word is searched in names, units and goals."""
    if browser.program() is None:
        return None, None
    with browser.browser(profile) as page:
        start = time.perf_counter()
        page.open(book / "index.html")
        page.wait("document.querySelector('#projects tbody tr')")
        opening = time.perf_counter() - start
        before = page.run(_COUNT)
        start = time.perf_counter()
        page.type("#q", _WORD)
        page.wait(f"{_COUNT} !== {before!r}")
        return opening, time.perf_counter() - start


def replace_table(page: Path, table: str) -> None:
    """Put a table in the place of the last one of a Markdown page.

    Raises:
        ValueError: the page has none.
    """
    lines = page.read_text(encoding="utf-8").splitlines()
    places = [place for place, line in enumerate(lines) if line.startswith("|")]
    if not places:
        raise ValueError(f"{page} has no table")
    first = last = places[-1]
    while first - 1 in places:
        first -= 1
    lines[first : last + 1] = table.splitlines()
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
