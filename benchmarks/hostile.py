"""What do files that mean harm cost? Reads each under the default limits and says how it ended.

    python -m benchmarks.hostile                     # every hostile file, the overhead, an honest long file
    python -m benchmarks.hostile --only "page tree"  # those with these words in their name
    python -m benchmarks.hostile --pages 2000        # of the honest long file
    python -m benchmarks.hostile --write docs/hostile.md

Ends with status 1 if a file is accepted, takes longer or more memory than its limit, or meets a fault of the
program, or if the honest file hits a limit.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2

from zc_pipeline.isolation.limits import BUSY_SLOWDOWN, Limits
from zc_pipeline.isolation.reading import (
    Readers,
    Usage,
    default_readers,
    is_network_off,
    measure_page_text,
    render_page_isolated,
)
from zc_pipeline.model import Verdict
from zc_pipeline.parse.document import StitchResult, hash_file, stitch_items
from zc_pipeline.parse.judge import build_disclosure
from zc_pipeline.parse.reading import read_page_text
from zc_pipeline.storage.files import replace_file
from zc_pipeline_tests.isolation.hostile import MAKERS

_SAMPLE = Path(__file__).parent.parent / "data" / "raw" / "2024" / "zengcheng_keshang_2024.pdf"
_LONG_NAME = "honest: the sample's pages, again and again"
_ROUNDS = 5
_MB = 1 << 20
# What the end of a reader and the rest of its own program may add to a limit.
_GRACE_SECONDS = 0.5
_GRACE_MB = 100


@dataclass(frozen=True)
class Result:
    """How one file ended. ``limit`` is the time that it had."""

    name: str
    size_kb: float
    verdict: Verdict
    codes: tuple[str, ...]
    message: str
    usage: Usage
    limit: float


@dataclass(frozen=True)
class Overhead:
    """Seconds for the sample in this process and in one of its own, and for starting what forks those."""

    here: float
    apart: float
    start: float

    @property
    def ratio(self) -> float:
        """How many times longer it takes apart."""
        return self.apart / self.here


@dataclass(frozen=True)
class Report:
    """Everything that one run found."""

    results: tuple[Result, ...]
    honest: Result | None
    overhead: Overhead
    picture_seconds: float
    limits: Limits
    is_network_off: bool
    load: float

    @property
    def faults(self) -> list[str]:
        """What must not be."""
        most_mb = self.limits.memory_bytes / _MB + _GRACE_MB
        found = []
        for one in [*self.results, *([self.honest] if self.honest else [])]:
            if one.usage.cpu_seconds > BUSY_SLOWDOWN * one.limit + _GRACE_SECONDS:
                found.append(f"{one.name}: {one.usage.cpu_seconds:.1f} s; the limit is {one.limit:.1f} s")
            if one.usage.peak_mb > most_mb:
                found.append(f"{one.name}: {one.usage.peak_mb:.0f} MB; the limit is {most_mb:.0f} MB")
            if "internal_error" in one.codes:
                found.append(f"{one.name}: {one.message}")
        found += [f"{one.name}: accepted" for one in self.results if one.verdict is Verdict.ACCEPTED]
        if self.honest and set(self.honest.codes) & {"time_limit", "memory_limit", "reader_crashed"}:
            found.append(f"{self.honest.name}: {self.honest.message}")
        return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile", description=__doc__)
    parser.add_argument("--only", default="", metavar="WORDS", help="files with these words in their name")
    parser.add_argument("--pages", type=int, default=220, help="of the honest file (default 220; 0: none)")
    parser.add_argument("--write", metavar="FILE.md", help="Markdown file for the tables")
    options = parser.parse_args(arguments)
    report = run(options.only, options.pages)
    print(render_text(report))
    if options.write:
        replace_file(Path(options.write), lambda beside: _write(beside, render_markdown(report)))
        print(f"written: {options.write}")
    return 1 if report.faults else 0


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def run(only: str = "", pages: int = 0) -> Report:
    """Makes and reads the files with these words in their name, and an honest one of so many pages."""
    limits = Limits()
    load = os.getloadavg()[0]
    overhead = measure_overhead()
    results = []
    with tempfile.TemporaryDirectory(prefix="hostile-") as scratch:
        path = Path(scratch) / "file.pdf"
        for name, make in MAKERS.items():
            if only in name:
                results.append(read(name, make(path), limits))
                print(_line(results[-1]), flush=True)
        honest = read(_LONG_NAME, honest_file(path, pages), limits) if pages else None
    started = time.perf_counter()
    render_page_isolated(_SAMPLE, 1, 2.0)
    picture_seconds = time.perf_counter() - started
    return Report(tuple(results), honest, overhead, picture_seconds, limits, is_network_off(), load)


def read(name: str, path: Path, limits: Limits) -> Result:
    """One file through reading, stitching and judging."""
    default_readers().start()
    text, usage = measure_page_text(path, limits, default_readers())
    stitched = stitch_items(text.items) if text.items else StitchResult((), (), ())
    disclosure = build_disclosure(
        document_id=hash_file(path),
        source_file=path.name,
        fiscal_year=2024,
        page_count=len(text.pages),
        tables=stitched.tables,
        rows=stitched.rows,
        problems=[*text.problems, *stitched.problems],
    )
    codes = disclosure.tables[0].reason_codes
    return Result(
        name,
        path.stat().st_size / 1024,
        disclosure.verdict,
        codes,
        next((one.message for one in disclosure.problems if one.code in codes), ""),
        usage,
        limits.seconds_for(usage.pages),
    )


def honest_file(path: Path, pages: int) -> Path:
    """The sample's pages one after the other until there are so many."""
    sample = pypdfium2.PdfDocument(_SAMPLE)
    whole = pypdfium2.PdfDocument.new()
    while len(whole) < pages:
        left = pages - len(whole)
        whole.import_pages(sample, list(range(min(left, len(sample)))))
    whole.save(str(path))
    whole.close()
    sample.close()
    return path


def measure_overhead() -> Overhead:
    """The sample here and apart by turns; the middle of each."""
    readers = Readers()
    started = time.perf_counter()
    readers.start()
    start = time.perf_counter() - started
    here, apart = [], []
    read_page_text(_SAMPLE)
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        read_page_text(_SAMPLE)
        here.append(time.perf_counter() - started)
        started = time.perf_counter()
        measure_page_text(_SAMPLE, Limits(), readers)
        apart.append(time.perf_counter() - started)
    readers.close()
    return Overhead(statistics.median(here), statistics.median(apart), start)


# --- rendering ------------------------------------------------------------------------------------


def _line(one: Result) -> str:
    return (
        f"{one.name:<52}{one.size_kb:>9,.1f} kB  {one.verdict.value:<9}{', '.join(one.codes):<36}"
        f"{one.usage.seconds:>6.1f} s{one.usage.peak_mb:>7,.0f} MB"
    )


def render_text(report: Report) -> str:
    """What is printed at the end."""
    lines = []
    if report.honest:
        lines.append(_line(report.honest))
    lines.append(_overhead_words(report.overhead))
    return "\n".join([*lines, *(f"FAULT  {fault}" for fault in report.faults)])


def _overhead_words(overhead: Overhead) -> str:
    return (
        f"The sample takes {overhead.here:.2f} s in the caller's process and {overhead.apart:.2f} s in one "
        f"of its own (medians of {_ROUNDS}, by turns): {overhead.ratio:.2f} times as long. Once a run, "
        f"{overhead.start:.2f} s go into starting the process that forks the readers."
    )


_PAGE = """# Hostile files

PDFs come from strangers. Each is read in a process of its own that is thrown away, under limits. This
page is written by a program that makes files meant to do harm and reads them under the default limits.

```sh
python -m benchmarks.hostile --pages {pages} --write docs/hostile.md
```

**{count} files, all with a verdict; {faults} beyond a limit.** The command ends with status 1 if one is
accepted, goes beyond a limit, or meets a fault of the program.

| file | kB | pages | verdict | code | seconds | of a core | peak MB |
| --- | ---: | ---: | --- | --- | ---: | ---: | ---: |
{rows}

Seconds are plain time from the request to the end of the reader, and those of a core; they differ where
others had the cores. Peak is resident memory, 30 MB of which any reader has. Processors: {processors};
load before the run: {load:.1f}; network of the readers: {network}.

## The limits

| limit | default | variable |
| --- | --- | --- |
| pages of a file | {limits.pages:,} | `ZC_MAX_PAGES` |
| seconds once | {limits.seconds:g} | `ZC_MAX_SECONDS` |
| seconds for each page | {limits.seconds_per_page:g} | `ZC_MAX_SECONDS_PER_PAGE` |
| plain time on a busy machine, as a multiple of these | {limits.wait_factor:g} | `ZC_MAX_WAIT_FACTOR` |
| address space beyond the reader's own, MB | {memory_mb:,} | `ZC_MAX_MEMORY_MB` |
| size of a file, MB | {file_mb:,} | `ZC_MAX_FILE_MB` |
| size of what was read of it, MB | {result_mb:,} | `ZC_MAX_RESULT_MB` |
| open files | {limits.open_files} | `ZC_MAX_OPEN_FILES` |

A second counts when the reader ran, or could have run: what it stood in the kernel's queue because others
had the cores is not counted. On an idle machine that is plain time; on a busy one, an honest document is
not refused for its neighbours; and as cores are slower then, a second counts half. The kernel limits the
reader's CPU seconds besides.

A document that hits a limit is refused under the code of that limit. The verdict is kept like any other:
the next run does not try again; `zc-pipeline run --redo NAME` does, for example with a larger limit.

## What it costs honest files

{costs}

## What holds where

- **Linux:** everything above. A reader writes no file, hands over checked values only (no code, no
  pickles), and ends with its caller, even if that is killed. Its network is off for root with
  `CAP_SYS_ADMIN`, and for others where user namespaces are allowed.
- **macOS:** time, pages, sizes and open files; not memory and not the network. Waiting counts as time.
- **Windows:** no reader can be started; use WSL.
- **Nowhere:** system calls are not filtered. A reader that is taken over by a file can read what its user
  can read, hand over a wrong text of that one file and, as root, start processes that outlive it.
- `zc_pipeline.read_disclosure` opens the file in the caller's process, without limits: it is for files
  that are trusted.
"""


def render_markdown(report: Report) -> str:
    """The page of the docs."""
    limits = report.limits
    return _PAGE.format(
        pages=report.honest.usage.pages if report.honest else 0,
        count=len(report.results),
        faults=len(report.faults),
        rows="\n".join(map(_row, report.results)),
        processors=os.cpu_count(),
        load=report.load,
        network="off" if report.is_network_off else "in reach, this machine does not let them leave it",
        limits=limits,
        memory_mb=limits.memory_bytes // _MB,
        file_mb=limits.file_bytes // _MB,
        result_mb=limits.result_bytes // _MB,
        costs="\n\n".join(_costs(report)),
    )


def _costs(report: Report) -> Iterator[str]:
    yield f"{_overhead_words(report.overhead)} A picture of a page takes {report.picture_seconds:.2f} s."
    if report.honest is not None:
        usage, limits = report.honest.usage, report.limits
        each = usage.cpu_seconds / max(usage.pages, 1)
        yield (
            f"The sample's pages, each a full table, again and again to {usage.pages:,} pages: "
            f"{usage.cpu_seconds:,.0f} s of a core, which is {each:.3f} s a page where "
            f"{limits.seconds_per_page:g} s, and {limits.seconds:g} s once, are allowed; "
            f"{usage.peak_mb:,.0f} MB."
        )


def _row(one: Result) -> str:
    codes = ", ".join(f"`{code}`" for code in one.codes)
    pages = f"{one.usage.pages:,}" if one.usage.pages else ""
    return (
        f"| {one.name} | {one.size_kb:,.1f} | {pages} | {one.verdict.value} | {codes} "
        f"| {one.usage.seconds:.1f} | {one.usage.cpu_seconds:.1f} | {one.usage.peak_mb:,.0f} |"
    )


if __name__ == "__main__":
    raise SystemExit(main())
