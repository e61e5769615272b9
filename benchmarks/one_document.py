"""What does one document cost, from its bytes to checked projects, beside the usual table readers?

    python -m benchmarks.one_document                      # every shipped small document and the sample
    python -m benchmarks.one_document --each 1 --rounds 1  # one of each printing program, read once
    python -m benchmarks.one_document --write docs/one_document.md

All readers read the same files in the same run, in turns, on one core; of several rounds the quickest counts.
The floor is PDFium handing over every character, box, clip and rule in the fewest calls we know, with nothing
done to them. Ends with status 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import gc
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from pathlib import Path
from unittest import mock

import pypdfium2
import pypdfium2.raw as pdfium_c

from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.server import GARBAGE_EVERY
from zc_pipeline.model import Disclosure, PageContent, PageItem, Problem, SecondReading, Verdict
from zc_pipeline.parse import reading as one_document
from zc_pipeline.parse.alignment import RuleInference
from zc_pipeline.parse.document import PageTextResult, stitch_items
from zc_pipeline.parse.judge import build_disclosure
from zc_pipeline.parse.pages import read_page_items
from zc_pipeline.parse.readers import calls, pdfium
from zc_pipeline.parse.reading import read_page_text
from zc_pipeline.storage.files import replace_file, text_writer

from . import baselines
from .comparing import LineEnds, judge_reading
from .corpus import Document, make_document
from .findings import Finding, falls_short, machine, markdown_table, versions

_ROOT = Path(__file__).parent.parent
SAMPLE = _ROOT / "data" / "raw" / "2024" / "zengcheng_keshang_2024.pdf"
PRINTED = _ROOT / "zc_pipeline_tests" / "fixtures" / "printed"
MOST_MS_A_PAGE = 10.0
LEAST_TIMES_FASTER = 8.0
MOST_TIMES_FLOOR = 2.0
_FIRST, _FLOOR, _PLUMBER = "ours, first reader only", "floor: fewest calls", "pdfplumber"
_SECOND = "ours, second reading {}"
_EVERY = _SECOND.format(SecondReading.EVERY.value)


@dataclass(frozen=True)
class File:
    """A file to read; ``truth`` is None where only its time counts."""

    path: Path
    pages: int
    truth: Document | None


@dataclass(frozen=True)
class Cost:
    """What a reader took for all files, and how many documents it read exactly and wrongly.

    Of ``asked``, the others were held or refused, or the reader failed; 0 asked: not its task.
    """

    name: str
    seconds: float
    exact: int = 0
    wrong: int = 0
    asked: int = 0
    note: str = ""


@dataclass(frozen=True)
class Found:
    """Of faults planted in the first reader's pages, how many a mode noticed; ``missed`` were accepted."""

    mode: SecondReading
    planted: int
    noticed: int
    pages_read_twice: int
    pages: int


@dataclass(frozen=True)
class Report:
    """All that one run measured."""

    costs: tuple[Cost, ...]
    parts: tuple[tuple[str, float], ...]
    found: tuple[Found, ...]
    skipped: tuple[str, ...]
    documents: int
    pages: int
    rounds: int

    def seconds(self, name: str) -> float:
        """What a reader took; raises StopIteration where it did not run."""
        return next(cost.seconds for cost in self.costs if cost.name == name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.one_document", description=__doc__)
    parser.add_argument("--each", type=int, default=5, help="documents of each printing program (default 5)")
    parser.add_argument("--rounds", type=int, default=3, help="readings of each file (default 3)")
    parser.add_argument("--faults", type=int, default=20, help="planted in the first reader (default 20)")
    parser.add_argument("--write", metavar="FILE.md", help="Markdown file for the tables")
    options = parser.parse_args(arguments)
    report = run(options.each, options.rounds, options.faults)
    text = markdown(report)
    print(text)
    if options.write:
        replace_file(Path(options.write), text_writer(text))
        print(f"written: {options.write}")
    return int(falls_short([*findings(report), *mode_findings(report)]))


def run(each: int = 5, rounds: int = 3, faults: int = 20) -> Report:
    """Measures everything.

    Args:
        each: documents of each printing program.
        rounds: how often each file is read; the quickest counts.
        faults: how many are planted in the first reader's pages.
    """
    files = [File(SAMPLE, _pages(SAMPLE), None), *_printed(each)]
    readers: list[tuple[str, Callable[[Path], object]]] = [
        (_FLOOR, hand_over),
        ("floor: as pypdfium2 declares the calls", hand_over_plainly),
        (_FIRST, read_first_only),
        *((_SECOND.format(mode.value), partial(read_whole, mode=mode)) for mode in SecondReading),
    ]
    skipped = []
    for baseline in baselines.BASELINES:
        if reason := baseline.missing():
            skipped.append(f"{baseline.name}: {reason}")
        else:
            readers.append((baseline.name, baseline.read))
    with _one_core(), _garbage_as_readers():
        seconds, failures = _times(files, readers, rounds)
        parts = _parts(files, rounds)
    costs = []
    for name, _ in readers:
        _say(f"exactness of {name}")
        exact, wrong, asked = _exactness(name, files)
        note = f"failed on {failures[name]}" if failures[name] else ""
        costs.append(Cost(name, seconds[name], exact, wrong, asked, note))
    _say("planted faults")
    return Report(
        tuple(costs),
        parts,
        tuple(_plant(files, mode, faults) for mode in SecondReading),
        tuple(skipped),
        len(files),
        sum(file.pages for file in files),
        rounds,
    )


def findings(report: Report) -> list[Finding]:
    """The figures beside their goals."""
    first, floor = report.seconds(_FIRST), report.seconds(_FLOOR)
    ms = 1000 * first / report.pages
    faster = report.seconds(_PLUMBER) / first
    found = [
        Finding("milliseconds a page, first reader, one core", f"{ms:.1f}", f"≤ {MOST_MS_A_PAGE:g}",
                ms <= MOST_MS_A_PAGE),
        Finding("times faster than pdfplumber's `extract_tables`", f"{faster:.1f}",
                f"≥ {LEAST_TIMES_FASTER:g}", faster >= LEAST_TIMES_FASTER),
        Finding("times the floor, which is PDFium handing all over with nothing done to it",
                f"{first / floor:.1f}", f"≤ {MOST_TIMES_FLOOR:g}", first / floor <= MOST_TIMES_FLOOR),
    ]  # fmt: skip
    for cost in report.costs:
        if cost.name in (_FIRST, _EVERY):
            figure, is_default = f"{cost.wrong} of {cost.asked}", cost.name == _EVERY
            what = f"documents handed out with a wrong value, {cost.name}"
            goal, is_met = ("0", cost.wrong == 0) if is_default else ("", None)
            found.append(Finding(what, figure, goal, is_met))
    return found


def mode_findings(report: Report) -> list[Finding]:
    """What each second reading costs beside `every`, and that the default notices what is planted."""
    every = report.seconds(_EVERY)
    found = []
    for one in report.found:
        spared = 1 - report.seconds(_SECOND.format(one.mode.value)) / every
        if one.mode is not SecondReading.EVERY:
            found.append(
                Finding(f"`{one.mode.value}` spares, of the time of `every`", f"{100 * spared:.0f} %")
            )
        is_default = one.mode is Limits().second_reading
        what = f"planted faults noticed, `{one.mode.value}`" + (", the default" if is_default else "")
        figure = f"{one.noticed} of {one.planted}"
        is_met = one.noticed == one.planted if is_default else None
        found.append(Finding(what, figure, "all" if is_default else "", is_met))
    return found


def markdown(report: Report) -> str:
    """The page of a report."""
    return "\n".join(
        [
            "# One document",
            "",
            "Written by `python -m benchmarks.one_document`. Times are of one run on one core and noisy: the "
            "ratios count.",
            "",
            f"{machine()}.",
            "",
            *markdown_table([*findings(report), *mode_findings(report)]),
            "",
            costs_section(report),
            "",
            modes_section(report),
            "",
        ]
    )


def costs_section(report: Report) -> str:
    """All readers side by side, exactness beside the seconds, and where the time of ours goes."""
    first = report.seconds(_FIRST)
    lines = [
        f"{report.documents} documents, {report.pages} pages, all readers on the same files in turns, on one "
        f"core; of {report.rounds} rounds the quickest counts. Python looks for garbage as seldom as in the "
        "pipeline's processes of readers, whoever reads. "
        f"{versions(('pypdfium2', 'pdfplumber', 'camelot-py', 'tabula-py', 'PyMuPDF'))}.",
        "",
        "| reader | ms a page | against ours, first reader | exact documents | wrong, handed out as good |",
        "| --- | ---: | ---: | ---: | --- |",
        *(
            f"| {cost.name} | {1000 * cost.seconds / report.pages:.1f} | × {cost.seconds / first:.2f} | "
            + (f"{cost.exact} of {cost.asked} | {cost.wrong}" if cost.asked else "| no tables")
            + (f"; {cost.note}" if cost.note else "")
            + " |"
            for cost in report.costs
        ),
        *("" for _ in report.skipped[:1]),
        *(f"Skipped: {reason}." for reason in report.skipped),
        "",
        "The other readers are followed by the joining that a user would write (`benchmarks/baselines.py`), "
        "which is not in their time; blanks and widths of characters do not count against them.",
        "",
        "Where the time of the first reader's way goes:",
        "",
        "| part | ms a page | share |",
        "| --- | ---: | ---: |",
        *(
            f"| {name} | {1000 * seconds / report.pages:.2f} | {100 * seconds / first:.0f} % |"
            for name, seconds in report.parts
        ),
    ]
    return "\n".join(lines)


def modes_section(report: Report) -> str:
    """What each second reading costs and finds."""
    every = report.seconds(_EVERY)
    lines = [
        "What each second reading costs, and how many faults planted in the first reader's pages (a digit "
        "read as another, a character lost or read twice) it notices:",
        "",
        "| second reading | pages read twice | ms a page | time against `every` | planted | noticed |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in report.found:
        seconds = report.seconds(_SECOND.format(one.mode.value))
        lines.append(
            f"| `{one.mode.value}` | {one.pages_read_twice} of {one.pages} "
            f"| {1000 * seconds / report.pages:.1f} | {100 * seconds / every:.0f} % "
            f"| {one.planted} | {one.noticed} |"
        )
    return "\n".join(lines)


# --- the readers ----------------------------------------------------------------------------------


def hand_over(path: Path) -> int:
    """The floor: every character, box, clip and rule of a file out of PDFium; how many characters."""
    count = 0
    with _opened(path) as document:
        for index in range(len(document)):
            page = document[index]
            text_page = page.get_textpage()
            address = calls.address_of(text_page.raw)
            drawn = calls.drawn_characters(address)
            count += len(drawn.codes)
            _hand_over_objects(
                calls.PageObjects(), calls.PageObjects().of_page(calls.address_of(page.raw)), 0
            )
            text_page.close()
            page.close()
    return count


def _hand_over_objects(objects: calls.PageObjects, handles: Sequence[int | None], depth: int) -> None:
    for handle in handles:
        if handle is None:
            continue
        objects.clip_paths(handle)
        kind = calls.object_type(handle)
        if kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
            objects.matrix(handle)
            objects.fill_color(handle)
            objects.font_size(handle)
            calls.render_mode(handle)
        elif kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            objects.draw_mode(handle)
            objects.fill_color(handle)
            objects.stroke_color(handle)
            objects.matrix(handle)
            objects.segments(handle)
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < 15:
            _hand_over_objects(objects, objects.of_form(handle), depth + 1)


def hand_over_plainly(path: Path) -> int:
    """Characters and boxes by pypdfium2's own declarations, one call after another; how many characters."""
    rect = pdfium_c.FS_RECTF()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    count = 0
    with _opened(path) as document:
        for index in range(len(document)):
            page = document[index]
            text_page = page.get_textpage()
            for place in range(text_page.count_chars()):
                if pdfium_c.FPDFText_IsGenerated(text_page, place) == 1:
                    continue
                pdfium_c.FPDFText_GetUnicode(text_page, place)
                pdfium_c.FPDFText_GetLooseCharBox(text_page, place, rect)
                pdfium_c.FPDFText_GetCharBox(text_page, place, left, right, bottom, top)
                pdfium_c.FPDFText_GetTextObject(text_page, place)
                pdfium_c.FPDFText_HasUnicodeMapError(text_page, place)
                count += 1
            _hand_over_objects(
                calls.PageObjects(), calls.PageObjects().of_page(calls.address_of(page.raw)), 0
            )
            text_page.close()
            page.close()
    return count


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[pypdfium2.PdfDocument]:
    document = pypdfium2.PdfDocument(path)
    try:
        yield document
    finally:
        document.close()


def read_first_only(path: Path) -> Disclosure:
    """A document as the pipeline reads it, without the second reader: for its time, not for its values."""
    return _judge(path, _first_text(pdfium.read_pages(path)))


def read_whole(path: Path, mode: SecondReading) -> Disclosure:
    """A document as the pipeline reads it."""
    return _judge(path, read_page_text(path, mode))


def _first_text(contents: Iterator[PageContent] | Sequence[PageContent]) -> PageTextResult:
    inference = RuleInference()
    pages, items, problems = [], list[PageItem](), list[Problem]()
    for content in contents:
        content, inferred = inference.page(content)
        reading = read_page_items(content)
        pages.append(reading.facts)
        items += reading.items
        problems += [*inferred, *reading.problems]
    return PageTextResult(tuple(pages), tuple(items), tuple(problems))


def _judge(path: Path, text: PageTextResult) -> Disclosure:
    stitched = stitch_items(text.items)
    return build_disclosure(
        document_id="0" * 64,
        source_file=path.name,
        fiscal_year=2024,
        page_count=len(text.pages),
        tables=stitched.tables,
        rows=stitched.rows,
        problems=[*text.problems, *stitched.problems],
    )


# --- what is measured -----------------------------------------------------------------------------


def _times(
    files: Sequence[File], readers: Sequence[tuple[str, Callable[[Path], object]]], rounds: int
) -> tuple[dict[str, float], dict[str, int]]:
    """Seconds of each reader for all files, and on how many of them it failed."""
    seconds = dict.fromkeys((name for name, _ in readers), 0.0)
    failures = dict.fromkeys(seconds, 0)
    smallest = min(files, key=lambda file: file.pages)
    for _, read in readers:  # what a library loads when it is first used is no document's cost
        with contextlib.suppress(Exception):
            read(smallest.path)
    for number, file in enumerate(files, 1):
        _say(f"file {number} of {len(files)}, {file.pages} pages")
        for name, read in readers:
            try:
                seconds[name] += min(_time(read, file.path) for _ in range(rounds))
            except Exception:  # a reader of others may raise anything
                failures[name] += 1
    return seconds, failures


@contextlib.contextmanager
def _one_core() -> Iterator[None]:
    """Let this process, and what it starts, use one core only, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    usual = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(usual)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, usual)


@contextlib.contextmanager
def _garbage_as_readers() -> Iterator[None]:
    """Look for garbage as seldom as the pipeline's processes of readers do, whoever reads."""
    usual = gc.get_threshold()
    gc.set_threshold(GARBAGE_EVERY)
    try:
        yield
    finally:
        gc.set_threshold(*usual)


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} one document: {text}", file=sys.stderr, flush=True)


def _pages(path: Path) -> int:
    with _opened(path) as document:
        return len(document)


def _printed(each: int) -> list[File]:
    """The documents that ship with the tests; their truth comes from the generator by their seed."""
    files = []
    for folder in sorted(one for one in PRINTED.iterdir() if one.is_dir()):
        for path in sorted(folder.glob("*.pdf"))[:each]:
            variation, seed = path.stem.rsplit("-", 1)
            files.append(File(path, _pages(path), make_document(variation, int(seed))))
    return files


def _time(read: Callable[[Path], object], path: Path) -> float:
    started = time.perf_counter()
    read(path)
    return time.perf_counter() - started


def _exactness(name: str, files: Sequence[File]) -> tuple[int, int, int]:
    """How many documents a reader reads exactly, how many wrongly, and how many it was asked for."""
    known = [(file, file.truth) for file in files if file.truth is not None]
    baseline = next((one for one in baselines.BASELINES if one.name == name), None)
    if baseline is not None:
        results = [baselines.measure(baseline, "", truth, file.path) for file, truth in known]
    elif name.startswith("ours"):
        mode = next((one for one in SecondReading if name.endswith(f" {one.value}")), None)
        read = read_first_only if mode is None else partial(read_whole, mode=mode)
        results = [judge_reading("", truth, read(file.path), LineEnds(file.path)) for file, truth in known]
    else:
        return 0, 0, 0
    exact, wrong = (sum(result.outcome == outcome for result in results) for outcome in ("exact", "wrong"))
    return exact, wrong, len(known)


def _parts(files: Sequence[File], rounds: int) -> tuple[tuple[str, float], ...]:
    """Where the time of the first reader's way goes, in seconds for all files."""
    names = (
        "PDFium: opening pages and laying out their text",
        "PDFium: handing over (the rest of the floor)",
        "first reader: records of characters and rules",
        "alignment, grid, pages: cells and lines",
        "target tables, stitch, settle: joined rows",
        "judge: projects, indicators, sums, verdict",
    )
    totals = [0.0] * len(names)
    for file in files:
        best = [min(times) for times in zip(*(_part_times(file.path) for _ in range(rounds)), strict=True)]
        loading, floor, reading, laying, stitching, judging = best
        shares = (loading, floor - loading, reading - floor, laying, stitching, judging)
        totals = [total + share for total, share in zip(totals, shares, strict=True)]
    return tuple(zip(names, totals, strict=True))


def _part_times(path: Path) -> list[float]:
    marks = [time.perf_counter()]
    with _opened(path) as document:
        for index in range(len(document)):
            page = document[index]
            page.get_textpage().close()
            page.close()
    marks.append(time.perf_counter())
    hand_over(path)
    marks.append(time.perf_counter())
    contents = list(pdfium.read_pages(path))
    marks.append(time.perf_counter())
    text = _first_text(contents)
    marks.append(time.perf_counter())
    stitched = stitch_items(text.items)
    marks.append(time.perf_counter())
    build_disclosure(
        document_id="0" * 64,
        source_file=path.name,
        fiscal_year=2024,
        page_count=len(text.pages),
        tables=stitched.tables,
        rows=stitched.rows,
        problems=[*text.problems, *stitched.problems],
    )
    marks.append(time.perf_counter())
    return [after - before for before, after in pairwise(marks)]


def _plant(files: Sequence[File], mode: SecondReading, count: int) -> Found:
    """Plant a fault a document in the first reader's pages, and see which are noticed."""
    noticed = pages = twice = 0
    for number in range(count):
        file = files[number % len(files)]
        fault = _Fault(random.Random(f"{number} {file.path.name}"), file.pages)
        with mock.patch.object(one_document.pdfium, "read_pages", fault.read_pages):
            noticed += _judge(file.path, read_page_text(file.path, mode)).verdict is not Verdict.ACCEPTED
    for file in files:
        text = read_page_text(file.path, mode)
        pages += len(text.pages)
        twice += len(text.read_twice)
    return Found(mode, count, noticed, twice, pages)


class _Fault:
    """One character of one page read wrongly by the first reader."""

    _true_pages = staticmethod(pdfium.read_pages)

    def __init__(self, chance: random.Random, pages: int) -> None:
        self._chance = chance
        self._page = chance.randrange(pages) + 1
        self._kind = chance.choice(("another digit", "lost", "twice"))

    def read_pages(self, path: Path) -> Iterator[PageContent]:
        """The first reader's pages, one of them with the fault."""
        for page in self._true_pages(path):
            yield self._spoilt(page) if page.number == self._page else page

    def _spoilt(self, page: PageContent) -> PageContent:
        chars = list(page.chars)
        digits = [at for at, char in enumerate(chars) if char.text.isdecimal() and char.is_upright]
        inked = [at for at, char in enumerate(chars) if not char.text.isspace() and char.is_upright]
        if self._kind == "another digit" and digits:
            at = self._chance.choice(digits)
            chars[at] = chars[at]._replace(text=str((int(chars[at].text) + 1) % 10))
        elif self._kind == "lost" or not inked:
            del chars[self._chance.choice(inked or [0])]
        else:
            at = self._chance.choice(inked)
            box = chars[at].box
            moved = box._replace(x0=box.x0 + 0.5 * box.width, x1=box.x1 + 0.5 * box.width)
            chars.insert(at + 1, chars[at]._replace(box=moved, ink=moved))
        return replace(page, chars=tuple(chars))


if __name__ == "__main__":
    sys.exit(main())
