"""Damaged files on the road that a run takes: which verdicts, which limits, and is any verdict wrong?"""

from __future__ import annotations

import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import pypdfium2

from zc_pipeline.isolation.limits import BUSY_SLOWDOWN, Limits
from zc_pipeline.isolation.reading import default_readers, measure_page_text
from zc_pipeline.model import Verdict

from .judge import Judge, Judged, Judgement, Read, build
from .mutators import MUTATORS
from .objects import Parts
from .pictures import poppler_missing
from .seeds import Seed, load_seeds

_ROOT = Path(__file__).parent.parent.parent
_SAMPLE = _ROOT / "data" / "raw" / "2024" / "zengcheng_keshang_2024.pdf"
_PRINTED = _ROOT / "zc_pipeline_tests" / "fixtures" / "printed"
_RARE = 0.04  # share of mutants made of larger documents, read for their survival above all
_LIMIT_CODES = frozenset({"time_limit", "memory_limit", "page_limit", "file_too_large"})
_BATCH = 50
_OURS_SECONDS = 30.0  # for what runs outside the reader's process
_GRACE_SECONDS = 1.0


@dataclass
class Counts:
    """What became of the mutants of one mutator."""

    mutants: int = 0
    verdicts: Counter[str] = field(default_factory=Counter)
    limits: int = 0
    crashed_readers: int = 0
    hangs: int = 0
    faults: int = 0
    judgements: Counter[str] = field(default_factory=Counter)

    def add(self, other: Counts) -> None:
        """Count another's too."""
        self.mutants += other.mutants
        self.verdicts += other.verdicts
        self.limits += other.limits
        self.crashed_readers += other.crashed_readers
        self.hangs += other.hangs
        self.faults += other.faults
        self.judgements += other.judgements


@dataclass(frozen=True)
class Case:
    """A mutant that somebody must look at."""

    name: str
    what: str
    words: tuple[str, ...]
    file: str | None


@dataclass
class MutantReport:
    """All that a run over mutants found. ``cases`` are those that must not be; ``disputed`` may."""

    counts: dict[str, Counts] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    disputed: list[Case] = field(default_factory=list)
    slowest: float = 0.0
    seconds: float = 0.0
    renderers: tuple[str, ...] = ()

    @property
    def total(self) -> Counts:
        """Of all mutators."""
        whole = Counts()
        for one in self.counts.values():
            whole.add(one)
        return whole


def run_mutants(
    count: int,
    seed: int,
    *,
    workers: int = 1,
    only: Sequence[str] = (),
    keep: Path | None = None,
    progress: bool = False,
) -> MutantReport:
    """Make, read and judge so many mutants; equal arguments make equal mutants.

    Args:
        count: how many.
        seed: of the only source of chance; mutant n of it is the same whatever ``count`` is.
        workers: processes.
        only: names of mutators; all where none is given.
        keep: folder for the files that somebody must look at.
        progress: print a line now and then.
    """
    started = time.perf_counter()
    renderers = ("pdfium",) if poppler_missing() else ("poppler", "pdfium")
    report = MutantReport(renderers=renderers)
    names = tuple(only) or tuple(MUTATORS)
    report.counts = {name: Counts() for name in names}
    jobs = [
        (seed, first, min(first + _BATCH, count), names, keep, renderers) for first in range(0, count, _BATCH)
    ]
    for done, part in enumerate(_results(jobs, workers), start=1):
        for name, counts in part.counts.items():
            report.counts[name].add(counts)
        report.cases += part.cases
        report.disputed += part.disputed
        report.slowest = max(report.slowest, part.slowest)
        if progress and done % 20 == 0:
            seconds = time.perf_counter() - started
            print(
                f"  {min(done * _BATCH, count):,} mutants, {seconds:.0f} s, {len(report.cases)} to look at",
                flush=True,
            )
    report.cases.sort(key=lambda case: case.name)
    report.disputed.sort(key=lambda case: case.name)
    report.seconds = time.perf_counter() - started
    return report


_Job = tuple[int, int, int, Sequence[str], Path | None, tuple[str, ...]]


def _results(jobs: Sequence[_Job], workers: int) -> Iterator[MutantReport]:
    if workers <= 1:
        yield from map(_run_batch, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(_run_batch, job) for job in jobs]):
            yield future.result()


def _run_batch(job: _Job) -> MutantReport:
    seed, first, last, names, keep, renderers = job
    bench = _bench(renderers)
    report = MutantReport()
    for index in range(first, last):
        bench.run(f"{seed}-{index}", names, keep, report)
    return report


_benches: dict[tuple[str, ...], Bench] = {}


def _bench(renderers: tuple[str, ...]) -> Bench:
    if renderers not in _benches:
        _benches[renderers] = Bench(renderers)
    return _benches[renderers]


@dataclass
class _Start:
    """A document to be damaged, with its judge where it is accepted as it is."""

    parts: Parts
    judge: Judge | None


class _TookTooLong(Exception):
    """What runs outside the reader's process did not end."""


class Bench:
    """Makes, reads and judges mutants, one after the other, in this process and its readers."""

    def __init__(self, renderers: Sequence[str]) -> None:
        self._renderers = tuple(renderers)
        self._scratch = tempfile.TemporaryDirectory(prefix="fuzz-")
        self._folder = Path(self._scratch.name)
        self._starts: dict[str, _Start] = {}
        self._seeds = load_seeds()
        self._rare = sorted(_PRINTED.glob("*/*.pdf"))
        default_readers().start()

    def run(self, name: str, names: Sequence[str], keep: Path | None, report: MutantReport) -> None:
        """Make mutant ``name``, read it, and add what became of it to the report."""
        chance = Random(f"mutant/{name}")
        mutator = names[chance.randrange(len(names))]
        start = self._start(chance)
        data = MUTATORS[mutator](chance, start.parts)
        name = f"{name}-{mutator.replace(' ', '_')}-{start.parts.name}"
        counts = report.counts.setdefault(mutator, Counts())
        counts.mutants += 1
        path = self._folder / "mutant.pdf"
        path.write_bytes(data)

        def note(what: str, words: Sequence[str], cases: list[Case]) -> None:
            kept = None
            if keep is not None:
                keep.mkdir(parents=True, exist_ok=True)
                kept = str(keep / f"{name}.pdf")
                Path(kept).write_bytes(data)
            cases.append(Case(name, what, tuple(words)[:8], kept))

        try:
            with _within(_OURS_SECONDS):
                self._read(path, start, counts, report, note)
        except _TookTooLong:
            counts.hangs += 1
            note("hangs outside the reader", (), report.cases)
        except Exception as error:  # the very thing that is looked for
            counts.faults += 1
            note("an error left the batch", (repr(error)[:500],), report.cases)

    def _read(self, path: Path, start: _Start, counts: Counts, report: MutantReport, note: Any) -> None:
        limits = Limits()
        text, usage = measure_page_text(path, limits, default_readers())
        disclosure = build(path.name, text)
        codes = {problem.code for problem in disclosure.problems}
        report.slowest = max(report.slowest, usage.cpu_seconds)
        counts.verdicts[disclosure.verdict.value] += 1
        counts.limits += bool(codes & _LIMIT_CODES)
        counts.crashed_readers += "reader_crashed" in codes
        if usage.cpu_seconds > BUSY_SLOWDOWN * limits.seconds_for(usage.pages) + _GRACE_SECONDS:
            counts.hangs += 1
            note("beyond its time", (f"{usage.cpu_seconds:.1f} s",), report.cases)
        if "internal_error" in codes:
            counts.faults += 1
            words = [one.message for one in disclosure.problems if one.code == "internal_error"]
            note("a fault of the program", words, report.cases)
        if disclosure.verdict is not Verdict.ACCEPTED or start.judge is None:
            return
        judged = start.judge.judge(Read(path, disclosure, text.items, len(text.pages)))
        counts.judgements[judged.judgement.value] += 1
        if judged.judgement is Judgement.WRONG:
            note(judged.judgement.value, judged.findings, report.cases)
        elif judged.judgement in (Judgement.DISPUTED, Judgement.FONT):
            note(judged.judgement.value, judged.findings, report.disputed)

    def judge_file(self, seed: str, path: Path) -> Judged | None:
        """Read and judge a file as a copy of a seed; None where it is not accepted."""
        start = self.start_of(next(one for one in self._seeds if one.name == seed))
        text, _ = measure_page_text(path, Limits(), default_readers())
        disclosure = build(path.name, text)
        if disclosure.verdict is not Verdict.ACCEPTED or start.judge is None:
            return None
        return start.judge.judge(Read(path, disclosure, text.items, len(text.pages)))

    def _start(self, chance: Random) -> _Start:
        if chance.random() >= _RARE:
            return self.start_of(chance.choice(self._seeds))
        path = chance.choice((*self._rare, _SAMPLE))
        if path == _SAMPLE:
            return self.start_of(Seed("sample", _some_pages(_SAMPLE, (9, 10))))
        return self.start_of(Seed(f"{path.parent.name}_{path.stem}", path.read_bytes()))

    def start_of(self, seed: Seed) -> _Start:
        """A seed taken apart, with its judge."""
        if seed.name not in self._starts:
            path = self._folder / f"{seed.name}.pdf"
            path.write_bytes(seed.data)
            text, _ = measure_page_text(path, Limits(), default_readers())
            disclosure = build(path.name, text)
            judge = None
            if disclosure.verdict is Verdict.ACCEPTED:
                judge = Judge(Read(path, disclosure, text.items, len(text.pages)), self._renderers)
            self._starts[seed.name] = _Start(Parts(seed), judge)
        return self._starts[seed.name]


def _some_pages(path: Path, indices: Sequence[int]) -> bytes:
    """A file of some pages of another, counted from 0."""
    import io

    whole, part = pypdfium2.PdfDocument(path), pypdfium2.PdfDocument.new()
    part.import_pages(whole, list(indices))
    out = io.BytesIO()
    part.save(out)
    part.close()
    whole.close()
    return out.getvalue()


@contextmanager
def _within(seconds: float) -> Iterator[None]:
    """Raises where the block does not end in time; for the main thread of a process."""

    def end(*_: object) -> None:
        raise _TookTooLong

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds * 4)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
