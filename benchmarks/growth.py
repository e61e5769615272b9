"""What grows with the number of documents: true runs over generated documents, every page truly read.

    python -m benchmarks.growth --steps 3,6,12 --pair 4 --new 2 --pages 30      # a try
    python -m benchmarks.growth --corpus FOLDER      # 10, 100, 1,000, 5,000: most of an hour

Every run is the command `zc-pipeline run` in a process of its own over an empty data folder, its start and
imports included. Documents have about 11 pages (`benchmarks.drawn`); drawing them is no part of any figure.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Final

from zc_pipeline.model import SecondReading, Verdict
from zc_pipeline.storage.parquet import read_table
from zc_pipeline.storage.paths import DataPaths

from .commands import Spent, run
from .drawn import YEAR, draw_corpus, draw_long, file_name
from .findings import Finding, falls_short, machine, markdown_table, not_measured
from .nightly import measure_store

STEPS: Final = (10, 100, 1_000, 5_000)
PAIR: Final = 200  # documents, read by one worker and by two
NEW: Final = 20
LONG_PAGES: Final = 2_000
_MOST_GROWTH: Final = 1.3
_LEAST_TIMES_OF_TWO: Final = 1.7
_MOST_COLD_MINUTES: Final = 20.0
_MOST_COLD_DOCUMENTS: Final = 5_000
_MOST_LONG_MB: Final = 500.0
_ABOUT: Final = (
    "Each row is one `zc-pipeline run` over an empty data folder, its start and imports included, with two "
    "workers and second reading `sampled`; every page was read. Memory is the largest of one process."
)
_AFTER_COLD_S: Final = 150.0  # for a night over what was read


@dataclass(frozen=True)
class Cold:
    """One run over an empty data folder."""

    documents: int
    pages: int
    accepted: int
    spent: Spent

    @property
    def each(self) -> float:
        """Seconds a document, the start included."""
        return self.spent.seconds / self.documents


@dataclass
class Growth:
    """All that was measured; what was not is said in ``remarks``."""

    steps: list[Cold] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def steps_section(self) -> str:
        """The table of the steps, and what is to be said of them."""
        rows = [
            "| documents | pages | accepted | cold run | a document | each further document "
            "| of a core, a page | memory of the run's process | of a reader |",
            "| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        for number, one in enumerate(self.steps):
            further = f"{_further(self.steps[number - 1], one):.3f} s" if number else ""
            core_ms = 1000 * one.spent.core_seconds / max(one.pages, 1)
            rows.append(
                f"| {one.documents:,} | {one.pages:,} | {one.accepted:,} | {one.spent.seconds:,.1f} s "
                f"| {one.each:.3f} s | {further} | {core_ms:.0f} ms "
                f"| {one.spent.peak_mb:,.0f} MB | {one.spent.others_mb:,.0f} MB |"
            )
        remarks = [line for remark in self.remarks for line in ("", remark)]
        return "\n".join([_ABOUT, "", *rows, *remarks])


def main(words: Sequence[str] | None = None) -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--steps", type=_numbers, default=STEPS, metavar="N,N,…", help="documents, growing")
    parser.add_argument("--pair", type=int, default=PAIR, metavar="N", help="documents by one worker and two")
    parser.add_argument("--new", type=int, default=NEW, metavar="N", help="that come to the largest step's")
    parser.add_argument("--pages", type=int, default=LONG_PAGES, metavar="N", help="of the one long document")
    parser.add_argument("--corpus", type=Path, metavar="FOLDER", help="drawn documents, kept and used again")
    parser.add_argument("--minutes", type=float, default=math.inf, help="for all: the largest step is cut")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as scratch:
        growth = measure(
            Path(scratch),
            options.corpus,
            steps=options.steps,
            pair=options.pair,
            new=options.new,
            pages=options.pages,
            until=time.monotonic() + 60 * options.minutes,
        )
    print("\n".join([machine(), "", *markdown_table(growth.findings), "", growth.steps_section]))
    return int(falls_short(growth.findings))


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted({int(one) for one in text.split(",")}))


def measure(
    scratch: Path,
    corpus: Path | None = None,
    *,
    steps: Sequence[int] = STEPS,
    pair: int = PAIR,
    new: int = NEW,
    pages: int = LONG_PAGES,
    until: float = math.inf,
) -> Growth:
    """Measure everything. What fails leaves a finding that says so, and the rest goes on.

    Args:
        scratch: an empty folder.
        corpus: folder of drawn documents; what is missing in it is drawn. None draws below ``scratch``.
        steps: numbers of documents, growing.
        pair: documents that one worker reads, and two.
        new: documents that come to the largest step's store.
        pages: of the one long document.
        until: of ``time.monotonic``: a largest step that would take longer is made smaller, and it is said.
    """
    growth = Growth()
    _say(f"drawing {max(*steps, pair) + new:,} documents")
    files = draw_corpus(corpus or scratch / "corpus", max(*steps, pair) + new)
    _guarded(growth, "a long document", lambda: growth.findings.extend(_long(scratch, pages)))
    _guarded(growth, "one worker and two", lambda: growth.findings.extend(_two_workers(files, scratch, pair)))
    for wanted in steps:
        count = _what_fits(growth, wanted, until) if wanted == steps[-1] and len(steps) > 1 else wanted
        folder = scratch / f"cold-{count}"
        _guarded(growth, f"{count:,} documents", partial(_step, growth, files, folder, count))
        if wanted != steps[-1]:
            shutil.rmtree(folder, ignore_errors=True)
    growth.findings += _flatness(growth.steps)
    growth.findings += _largest(growth.steps, steps[-1])
    if growth.steps:
        last = growth.steps[-1].documents
        _guarded(growth, "a night", lambda: growth.findings.extend(_night(files, scratch, last, new)))
    return growth


def _step(growth: Growth, files: Sequence[Path], folder: Path, count: int) -> None:
    growth.steps.append(_cold(files, folder, count))


def _guarded(growth: Growth, what: str, call: Callable[[], None]) -> None:
    _say(what)
    start = time.perf_counter()
    try:
        call()
    except Exception as error:  # one part's fault is no reason to lose the others
        growth.findings.append(not_measured(what, error))
    _say(f"{what}: {time.perf_counter() - start:,.0f} s")


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} growth: {text}", file=sys.stderr, flush=True)


# --- the runs -------------------------------------------------------------------------------------


def settings_of(workers: int = 2, mode: SecondReading = SecondReading.SAMPLED) -> Mapping[str, str]:
    """Environment variables of a run."""
    return {"ZC_WORKERS": str(workers), "ZC_SECOND_READING": mode.value}


def _put(files: Sequence[Path], paths: DataPaths, numbers: Iterable[int]) -> None:
    """Put drawn documents into a data folder: links, which take neither time nor room."""
    folder = paths.raw_dir / str(YEAR)
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        try:
            os.link(files[number], folder / file_name(number))
        except OSError:  # another file system
            shutil.copyfile(files[number], folder / file_name(number))


def _cold(files: Sequence[Path], folder: Path, count: int, settings: Mapping[str, str] | None = None) -> Cold:
    paths = DataPaths(folder)
    _put(files, paths, range(count))
    return _run(paths, count, settings or settings_of())


def _run(paths: DataPaths, count: int, settings: Mapping[str, str]) -> Cold:
    spent = run("run", paths, settings)
    found = read_table(paths.published("documents", YEAR), "documents")
    if found is None or len(found.frame) != count:
        raise RuntimeError(f"not {count} documents were published:\n{spent.output[-2000:]}")
    accepted = int((found.frame["verdict"].astype(str) == Verdict.ACCEPTED.value).sum())
    return Cold(count, int(found.frame["page_count"].sum()), accepted, spent)


def _further(before: Cold, after: Cold) -> float:
    """Seconds of each document that a step has more than the one before it."""
    return (after.spent.seconds - before.spent.seconds) / (after.documents - before.documents)


def _what_fits(growth: Growth, wanted: int, until: float) -> int:
    """How many documents of the largest step can be read in the time that is left."""
    if not growth.steps or math.isinf(until):
        return wanted
    each = growth.steps[-1].each
    left = until - time.monotonic() - _AFTER_COLD_S
    if wanted * each <= left:
        return wanted
    least = growth.steps[-1].documents + 1
    rounded = int(left / each) // 500 * 500
    fitting = min(max(rounded, least), wanted)
    growth.remarks.append(
        f"{wanted:,} documents would have taken about {wanted * each / 60:,.0f} minutes here, more than was "
        f"left: {fitting:,} were read in their place."
    )
    return fitting


# --- what is found ---------------------------------------------------------------------------------


def _flatness(steps: Sequence[Cold]) -> list[Finding]:
    if len(steps) < 2:
        return []
    first, last = steps[0], steps[-1]
    goal = f"within {_MOST_GROWTH} ×"
    each = last.each / first.each
    findings = [
        Finding(f"seconds a document, {last.documents:,} against {first.documents:,}", f"{each:.2f} ×", goal,
                each <= _MOST_GROWTH)
    ]  # fmt: skip
    further = [_further(*two) for two in pairwise(steps)]
    if len(further) > 1:
        ratio = further[-1] / further[0] if further[0] > 0 else math.inf
        findings.append(
            Finding(f"seconds of each further document, from {steps[-2].documents:,} on against from "
                    f"{first.documents:,} on", f"{ratio:.2f} ×", goal, ratio <= _MOST_GROWTH)
        )  # fmt: skip
    for name, of_first, of_last in (
        ("largest memory of the run's process", first.spent.peak_mb, last.spent.peak_mb),
        ("largest memory of a reader", first.spent.others_mb, last.spent.others_mb),
    ):
        ratio = of_last / of_first if of_first else math.inf
        findings.append(
            Finding(f"{name}, {last.documents:,} against {first.documents:,}",
                    f"{ratio:.2f} × ({of_last:,.0f} MB)", goal, ratio <= _MOST_GROWTH)
        )  # fmt: skip
    return findings


def _largest(steps: Sequence[Cold], wanted: int) -> list[Finding]:
    """How long the largest step took, and that nothing of it was lost."""
    if not steps:
        return []
    last = steps[-1]
    minutes = last.spent.seconds / 60
    goal = f"{_MOST_COLD_DOCUMENTS:,} under {_MOST_COLD_MINUTES:.0f} minutes"
    projected = minutes * _MOST_COLD_DOCUMENTS / last.documents
    is_whole = last.documents >= _MOST_COLD_DOCUMENTS
    figure = f"{minutes:.1f} minutes"
    if not is_whole:
        figure += f"; at that pace {projected:.0f} for {_MOST_COLD_DOCUMENTS:,}"
    is_met = minutes < _MOST_COLD_MINUTES if is_whole else None if last.documents == wanted else False
    what = f"{last.documents:,} documents ({last.pages:,} pages) cold, `sampled`, 2 workers"
    is_all = last.accepted == last.documents
    return [
        Finding(what, figure, goal, is_met),
        Finding("of them accepted", f"{last.accepted:,}", f"{last.documents:,}", is_all),
    ]


def _two_workers(files: Sequence[Path], scratch: Path, count: int) -> list[Finding]:
    one, two = (
        _cold(files, scratch / f"by-{workers}", count, settings_of(workers)).spent for workers in (1, 2)
    )
    for workers in (1, 2):
        shutil.rmtree(scratch / f"by-{workers}")
    times = one.seconds / two.seconds
    cores = os.cpu_count() or 1
    return [
        Finding(f"{count} documents cold, `sampled`, by one worker", one.in_words),
        Finding("by two workers", two.in_words),
        Finding("two workers against one", f"{times:.2f} ×", f"≥ {_LEAST_TIMES_OF_TWO} ×",
                times >= _LEAST_TIMES_OF_TWO if cores > 1 else None),
    ]  # fmt: skip


def _night(files: Sequence[Path], scratch: Path, count: int, new: int) -> list[Finding]:
    store, alone = DataPaths(scratch / f"cold-{count}"), DataPaths(scratch / "alone")
    findings = measure_store(
        store, count, new, alone, lambda paths, numbers: _put(files, paths, numbers), settings_of()
    )
    sizes = {
        table: sum(path.stat().st_size for path in store.parquet_dir.joinpath(table).rglob("*.parquet"))
        for table in ("documents", "projects", "indicators", "stitched_rows", "page_text")
    }
    words = ", ".join(f"`{table}` {size / 1e6:,.1f} MB" for table, size in sizes.items())
    return [*findings, Finding("tables on the disk", words)]


def _long(scratch: Path, pages: int) -> list[Finding]:
    paths = DataPaths(scratch / "long")
    count = draw_long(paths.raw_dir / str(YEAR) / file_name(0), pages)
    found = _run(paths, 1, settings_of(mode=SecondReading.EVERY))
    spent = found.spent
    goal = f"under {_MOST_LONG_MB:.0f} MB"
    if found.pages != count:
        raise RuntimeError(f"{found.pages:,} of {count:,} pages were read:\n{spent.output[-2000:]}")
    shutil.rmtree(scratch / "long")
    return [
        Finding(f"a single PDF of {count:,} pages, second reading `every`: `run`", spent.in_words),
        Finding("accepted", "yes" if found.accepted else "no", "yes", bool(found.accepted)),
        Finding("largest memory of its reader", f"{spent.others_mb:,.0f} MB", goal,
                spent.others_mb < _MOST_LONG_MB),
        Finding("largest memory of the run's process", f"{spent.peak_mb:,.0f} MB", goal,
                spent.peak_mb < _MOST_LONG_MB),
    ]  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
