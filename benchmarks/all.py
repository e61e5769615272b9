"""Every goal of speed and scale beside what is measured, in one run on one machine: `make bench`.

    python -m benchmarks.all --quick                      # a try of every part, in a few minutes
    python -m benchmarks.all --write docs/benchmarks.md   # the whole form: about an hour on 2 cores

What the parts take on an idle machine of 2 cores: one document 8 minutes, gates 3, reading the output 5,
growth 30 to 45 (its 5,000 documents are drawn before, once, in 4 to 10 minutes, unless `--corpus` has them),
more machines 2. With `--minutes`, the largest step of the growth is cut to what the time allows, and the
table says so.

The page is written anew after each part. What falls short is marked in its row. A part that fails leaves a
row that says why, and the others go on; the program then ends with status 1.
"""

from __future__ import annotations

import argparse
import math
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from zc_pipeline.storage.files import replace_file, text_writer

from .findings import Finding, machine_in_full, markdown_table, not_measured, versions

_ROOT: Final = Path(__file__).parents[1]
_LIBRARIES: Final = (
    *("dagster", "pandas", "pyarrow", "pandera", "great-expectations", "pypdfium2", "pdfplumber"),
    *("pdfminer.six", "duckdb", "distributed"),
)
_NIGHT_S: Final = 8 * 3600


@dataclass(frozen=True)
class Form:
    """How much is measured.

    Attributes:
        name: in words.
        each: documents of each printing program, read by all readers.
        rounds: of which the quickest counts.
        faults: planted in the first reader's pages.
        gated: documents of the gates' batch.
        published: documents whose tables are asked.
        is_every_way: whether their tables are written in every way, not only in the program's.
        steps: documents of the growth.
        pair: documents read by one worker and by two.
        new: documents that come to the largest step's.
        pages: of the one long document.
    """

    name: str
    each: int = 5
    rounds: int = 2
    faults: int = 20
    gated: int = 100
    published: int = 5_000
    is_every_way: bool = True
    steps: tuple[int, ...] = (10, 100, 1_000, 5_000)
    pair: int = 200
    new: int = 20
    pages: int = 2_000


WHOLE: Final = Form("whole")
QUICK: Final = Form("quick", 1, 1, 2, 3, 20, False, (2, 4, 6), 3, 2, 22)


@dataclass
class Part:
    """One part of the page.

    Attributes:
        title: of its section.
        findings: figures beside their goals.
        text: Markdown below them: tables in full.
        seconds: that measuring took; None before.
    """

    title: str
    findings: list[Finding] = field(default_factory=list)
    text: str = ""
    seconds: float | None = None
    has_failed: bool = False


Measure = Callable[[Part], None]


def main(words: Sequence[str] | None = None) -> int:
    """Measure, print and write; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.all",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="small counts, for trying: decides nothing")
    parser.add_argument("--only", metavar="N,N,…", help="sections to be measured, such as 1,4")
    parser.add_argument("--corpus", type=Path, metavar="FOLDER", help="drawn documents, kept and used again")
    parser.add_argument("--minutes", type=float, default=math.inf, help="for all: the largest step is cut")
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown page to be written")
    options = parser.parse_args(words)
    form = QUICK if options.quick else WHOLE
    only = {int(number) for number in options.only.split(",")} if options.only else None
    parts = measure_all(
        form,
        corpus=options.corpus,
        minutes=options.minutes,
        only=only,
        write=options.write,
        call=_call(options),
    )
    return int(any(part.has_failed for part in parts))


def _call(options: argparse.Namespace) -> str:
    """What was called, without what names a place of this machine."""
    parts = ["python -m benchmarks.all"]
    parts += ["--quick"] if options.quick else []
    parts += [f"--only {options.only}"] if options.only else []
    parts += [f"--minutes {options.minutes:g}"] if math.isfinite(options.minutes) else []
    return " ".join(parts) if len(parts) > 1 else "make bench"


def measure_all(
    form: Form,
    *,
    corpus: Path | None = None,
    minutes: float = math.inf,
    only: set[int] | None = None,
    write: Path | None = None,
    call: str = "make bench",
) -> list[Part]:
    """Measure every part, print each when it is done, and write the page anew after each.

    Args:
        form: how much.
        corpus: folder of drawn documents; None draws into a folder that goes away.
        minutes: for all.
        only: numbers of the sections wanted; None takes all.
        write: the page.
        call: by which the page says it was made.
    """
    until = time.monotonic() + 60 * minutes
    machine = machine_in_full()
    with tempfile.TemporaryDirectory(prefix="zc_bench_") as folder:
        scratch = Path(folder)
        parts, order = plan(form, scratch, corpus, until)
        for number in order:
            if only is not None and number not in only:
                continue
            part, measure = parts[number]
            _say(f"{number}. {part.title}")
            start = time.monotonic()
            try:
                measure(part)
            except Exception as error:  # the other parts' figures are not lost for it
                part.findings.append(not_measured(part.title, error))
            part.has_failed = any(one.is_missing for one in part.findings)
            part.seconds = time.monotonic() - start
            print(section(number, part), flush=True)
            if write is not None:
                page = render(form, {n: one for n, (one, _) in parts.items()}, machine, call)
                replace_file(write, text_writer(page))
    if write is not None:
        _say(f"written: {write}")
    return [part for part, _ in parts.values()]


def plan(
    form: Form, scratch: Path, corpus: Path | None, until: float
) -> tuple[dict[int, tuple[Part, Measure]], tuple[int, ...]]:
    """The sections by their numbers, and the order of measuring: what takes what time is left comes last."""
    shared: dict[str, Part] = {"modes": Part("Both readers, and what a setting saves")}
    parts: dict[int, tuple[Part, Measure]] = {
        1: (Part("One document"), partial(_one_document, form, shared["modes"])),
        2: (shared["modes"], _modes),
        3: (Part("Growth"), partial(_growth, form, scratch, corpus, until)),
        4: (Part("The gates' share"), partial(_gates, form, scratch, shared["modes"])),
        5: (Part("Reading the output"), partial(_output, form, scratch)),
        6: (Part("More than one machine"), partial(_machines, scratch)),
    }
    return parts, (1, 4, 2, 5, 6, 3)


# --- the parts ------------------------------------------------------------------------------------


def _one_document(form: Form, modes: Part, part: Part) -> None:
    from . import one_document

    report = one_document.run(form.each, form.rounds, form.faults)
    part.findings += one_document.findings(report)
    part.text = one_document.costs_section(report)
    modes.findings += one_document.mode_findings(report)
    modes.text = one_document.modes_section(report)


def _modes(part: Part) -> None:
    """What sections 1 and 4 left here is all."""
    if not part.text:
        raise RuntimeError("it is measured together with section 1, which was left out or failed")


def _gates(form: Form, scratch: Path, modes: Part, part: Part) -> None:
    from .nightly import measure_batch

    batch = measure_batch(form.gated, scratch / "gates")
    part.findings += batch.findings
    each = batch.reading_s / form.gated
    modes.findings.append(
        Finding(
            f"documents that `every`, the default, reads in a night of 8 hours, 2 cores ({each:.2f} s each)",
            f"{_NIGHT_S / each:,.0f}",
        )
    )


def _output(form: Form, scratch: Path, part: Part) -> None:
    from . import output

    folder = scratch / "output"
    folder.mkdir()
    variants = output.VARIANTS if form.is_every_way else output.VARIANTS[:1]
    measured = output.measure(form.published, folder, variants, form.rounds)
    part.findings += output.findings(form.published, measured[0])
    part.text = output.section(form.published, measured)


def _growth(form: Form, scratch: Path, corpus: Path | None, until: float, part: Part) -> None:
    from . import growth

    folder = scratch / "growth"
    folder.mkdir()
    found = growth.measure(
        folder,
        corpus,
        steps=form.steps,
        pair=form.pair,
        new=form.new,
        pages=form.pages,
        until=until,
    )
    part.findings += found.findings
    part.text = found.steps_section


# The tests that hold what has no figure: each with its goal.
_HELD_BY: Final = (
    (
        "two Dask workers on loopback, one killed in the middle",
        "same tables, nothing lost, nothing twice",
        "test_executors.py",
        "killed_in_the_middle",
    ),
    (
        "data folder on an S3 server on loopback",
        "published all-or-nothing",
        "remote",
        "s3 or breaks_anywhere or two_publications or two_machines",
    ),
    ("Dagster's chart on Kubernetes: the values", "checked by a schema", "deploy/test_kubernetes.py", ""),
)


def _machines(scratch: Path, part: Part) -> None:
    for number, (what, goal, place, words) in enumerate(_HELD_BY):
        part.findings.append(_tested(what, goal, place, words, scratch / f"tests-{number}.xml"))
    part.text = (
        "Tests hold these, and are run here. What a district, a province and the country cost is worked out "
        "in [scale](scale.md) by `python -m benchmarks.scale`."
    )


def _tested(what: str, goal: str, place: str, words: str, report: Path) -> Finding:
    """Run some tests, and say how many passed."""
    call = [sys.executable, "-m", "pytest", "-q", "-m", "", "-p", "no:cacheprovider", f"--junitxml={report}"]
    call += [*(["-k", words] if words else []), str(_ROOT / "zc_pipeline_tests" / place)]
    done = subprocess.run(call, cwd=_ROOT, capture_output=True, text=True, check=False)
    counts = re.search(
        r'errors="(\d+)" failures="(\d+)" skipped="(\d+)" tests="(\d+)"',
        report.read_text(encoding="utf-8") if report.exists() else "",
    )
    if counts is None:
        return not_measured(what, RuntimeError((done.stdout + done.stderr)[-300:]))
    errors, failures, skipped, tests = map(int, counts.groups())
    passed = tests - errors - failures - skipped
    figure = f"{passed} of {tests} tests passed" + (f", {skipped} skipped" if skipped else "")
    return Finding(what, figure if tests else "no such test", goal, passed == tests > 0)


# --- in words -------------------------------------------------------------------------------------


def section(number: int, part: Part) -> str:
    """A part as Markdown."""
    lines = [f"## {number}. {part.title}", ""]
    if not part.findings:
        return "\n".join([*lines, "Not measured." if part.seconds is None else "Nothing found.", ""])
    lines += markdown_table(part.findings)
    if part.text:
        lines += ["", part.text]
    return "\n".join([*lines, ""])


def render(form: Form, parts: dict[int, Part], machine: str, call: str) -> str:
    """The page."""
    missed = [
        f"{number}. {part.title}: {one.what}: {one.figure}" + (f" (goal: {one.goal})" if one.goal else "")
        for number, part in sorted(parts.items())
        for one in part.findings
        if one.is_met is False
    ]
    took = ", ".join(
        f"{number}: {part.seconds / 60:.0f} min" for number, part in sorted(parts.items()) if part.seconds
    )
    quick = [
        "",
        "**The quick form, for trying: counts are so small that nothing here decides anything.**",
    ]
    return "\n".join(
        [
            "# Benchmarks: speed and scale",
            "",
            f"Output of `{call}` in one run on one machine. Times are noisy: the ratios count.",
            *(quick if form is QUICK else []),
            "",
            f"{machine}. {versions(_LIBRARIES)}. Took {took or 'nothing yet'}.",
            "",
            *(f"- Falls short: {one}" for one in missed),
            *([] if missed else ["All goals that were measured are met."]),
            "",
            *(section(number, part) for number, part in sorted(parts.items())),
        ]
    )  # fmt: skip


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
