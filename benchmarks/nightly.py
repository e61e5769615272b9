"""What does a night cost? Few new files among many old ones of one year, against the same few alone.

    python -m benchmarks.nightly                                   # 300 documents, 20 new
    python -m benchmarks.nightly --documents 5000 --new 20 --gates 100 --write docs/nightly.md

Some documents are drawn and read; what is more are copies of these, with content, departments and units of
their own, whose pages are taken as read: rows are judged, gated, published and linked for all of them by one
true run. Then each command is run as a person runs it, in a process of its own, without a Dagster home.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from zc_pipeline.linking import link_year
from zc_pipeline.parse.document import hash_file
from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline.storage.parquet import StoredTable, read_table, write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.drawing import Disclosure, Layout, draw_disclosure, make_disclosure

YEAR: Final = 2024
_DRAWN: Final = 40  # documents of the store that are drawn and read
_MOST_UNCHANGED_S: Final = 10.0
_MOST_RATIO: Final = 1.5
_MOST_LOADING_S: Final = 2.0


@dataclass(frozen=True)
class Finding:
    """One figure beside its goal; ``is_met`` is None where there is none."""

    what: str
    figure: str
    goal: str = ""
    is_met: bool | None = None

    @property
    def row(self) -> str:
        """The row of the table."""
        verdict = {None: "", True: "met", False: "**falls short**"}[self.is_met]
        return f"| {self.what} | {self.figure} | {self.goal} | {verdict} |"


@dataclass(frozen=True)
class Spent:
    """What a command took: seconds, those of a core, its largest memory in MB."""

    seconds: float
    core_seconds: float
    peak_mb: float
    output: str


def main(words: Sequence[str] | None = None) -> int:
    """Print the figures; with ``--write`` put them into a page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--documents", type=int, default=300, metavar="N", help="in the store")
    parser.add_argument("--new", type=int, default=20, metavar="N", help="files of the night")
    parser.add_argument(
        "--gates", type=int, default=0, metavar="N", help="and what gates cost over N documents"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown page to be written")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as scratch:
        findings = measure_night(options.documents, options.new, Path(scratch))
    if options.gates:
        with tempfile.TemporaryDirectory() as scratch:
            findings += measure_gates(options.gates, Path(scratch))
    table = "\n".join([*_HEAD, *(one.row for one in findings)])
    print(table)
    if options.write:
        options.write.write_text(_page(table, options), encoding="utf-8")
        print(f"written: {options.write}")
    return int(any(one.is_met is False for one in findings))


_HEAD: Final = ("| what | figure | goal | |", "| --- | ---: | ---: | --- |")


def _page(table: str, options: argparse.Namespace) -> str:
    call = f"python -m benchmarks.nightly --documents {options.documents} --new {options.new}"
    if options.gates:
        call += f" --gates {options.gates}"
    return "\n".join(
        [
            "# What a night costs",
            "",
            f"Output of `{call}` on {os.cpu_count()} cores, Python {platform.python_version()}. "
            "Each command in a process of its own, its start and imports included; in brackets what it "
            "and the processes it saw end took of a core, which other work on the machine changes less.",
            "",
            table,
            "",
        ]
    )


# --- a night --------------------------------------------------------------------------------------


def measure_night(count: int, new: int, scratch: Path) -> list[Finding]:
    """A store of so many documents, unchanged, and with so many new ones."""
    store, alone = DataPaths(scratch / "store"), DataPaths(scratch / "alone")
    # In another process: what this one takes would count as the least memory of all it starts.
    spent = _python("-c", _MAKE, str(store.data_dir), str(count)).seconds
    size = sum(path.stat().st_size for path in store.parquet_dir.rglob("*.parquet"))
    print(f"store of {count:,} documents, {size / 1e6:,.0f} MB of tables: {spent:,.0f} s", flush=True)
    unchanged = run("run", store)
    assert "nothing new" in unchanged.output, unchanged.output
    status = run("status", store)
    for paths in (store, alone):
        draw(paths, range(count, count + new))
    plan = run("run --dry-run", store)
    assert f"{new} new" in plan.output, plan.output
    by_themselves = run("run", alone)
    night = run("run", store)
    assert f"page_text {new}/{new}" in night.output, night.output[-2000:]
    found = read_table(store.published("documents", YEAR), "documents")
    assert found is not None
    assert len(found.frame) == count + new
    ratio = night.seconds / by_themselves.seconds
    return [
        Finding(f"store of {count:,} documents unchanged: `run`", _seconds(unchanged), "under 10 s",
                unchanged.seconds < _MOST_UNCHANGED_S),
        Finding("its largest memory", _memory(unchanged)),
        Finding("`status`", _seconds(status)),
        Finding(f"`run --dry-run` with {new} new", _seconds(plan)),
        Finding(f"{new} new alone: `run`", _seconds(by_themselves)),
        Finding("its largest memory", _memory(by_themselves)),
        Finding(f"the same {new} among {count:,}: `run`", _seconds(night)),
        Finding("its largest memory", _memory(night)),
        Finding("against the same alone", f"{ratio:.2f} ×", f"within {_MOST_RATIO} ×", ratio <= _MOST_RATIO),
    ]  # fmt: skip


_MAKE: Final = """
import sys
from pathlib import Path
from benchmarks.nightly import make_store
from zc_pipeline.storage.paths import DataPaths
make_store(DataPaths(Path(sys.argv[1])), int(sys.argv[2]))
"""


def make_store(paths: DataPaths, count: int) -> None:
    """Make a store of one year, judged, published and linked by one run."""
    drawn = min(count, _DRAWN)
    draw(paths, range(drawn))
    context = RunContext(paths, "first")
    run_year(context, YEAR)
    originals = sorted(paths.raw_dir.rglob("*.pdf"))
    loaded = {path: _working_tables(paths, hash_file(path)) for path in originals}
    for number in range(drawn, count):
        original = originals[number % drawn]
        _copy(paths, original, loaded[original], number)
    if count > drawn:
        run_year(RunContext(paths, "second"), YEAR)
    link_year(context, YEAR)


def draw(paths: DataPaths, numbers: Iterable[int]) -> None:
    """Draw documents, each of a department of its own."""
    for number in numbers:
        target = paths.raw_dir / str(YEAR) / f"{number:06d}.pdf"
        target.parent.mkdir(parents=True, exist_ok=True)
        draw_disclosure(_of_its_own(number), target, Layout(page_break="split_by_lines"))


def _of_its_own(number: int) -> Disclosure:
    made = make_disclosure(number, year=YEAR)
    units = tuple(replace(unit, name=f"{_place(number)}{unit.name}") for unit in made.units)
    return replace(made, department=f"{_place(number)}{made.department}", units=units)


def _place(number: int) -> str:
    """A district of its own for each document: departments of different ones are different bodies."""
    digits = "甲乙丙丁戊己庚辛壬癸"
    return "".join(digits[int(digit)] for digit in f"{number:06d}") + "区"


def _working_tables(paths: DataPaths, document_id: str) -> dict[str, StoredTable]:
    found = {}
    for table in ("page_text", "stitched_rows"):
        stored = read_table(paths.working(table, YEAR, document_id), table)
        assert stored is not None
        found[table] = stored
    return found


def _copy(paths: DataPaths, original: Path, stored: dict[str, StoredTable], number: int) -> None:
    """One more document, as if it had been read: other bytes, another department, other units."""
    pdf = original.with_name(f"{number:06d}.pdf")
    pdf.write_bytes(original.read_bytes() + f"%{number}\n".encode())
    document_id = hash_file(pdf)
    pages, rows = stored["page_text"], stored["stitched_rows"]
    source = paths.working("page_text", YEAR, document_id)
    write_table(source, "page_text", pages.frame.assign(document_id=document_id), pages.notes)
    frame = rows.frame.assign(document_id=document_id)
    is_unit = frame["kind"] == "unit"
    frame.loc[is_unit, "project_name_text"] = _place(number) + frame.loc[is_unit, "project_name_text"]
    tables = [
        {**table, "department_name": _place(number) + table["department_name"]}
        for table in rows.notes["tables"]
    ]
    notes = {**rows.notes, "tables": tables, "page_text_sha256": hash_file(source)}
    write_table(paths.working("stitched_rows", YEAR, document_id), "stitched_rows", frame, notes)


# --- the gates' share -----------------------------------------------------------------------------

# Run in a process of its own: seconds of the stages and of the gates within them.
_STAGES: Final = """
import json, sys, time
began = time.perf_counter()
from pathlib import Path
from zc_pipeline import linking, pipeline
from zc_pipeline.pipeline import judging, raw, working
from zc_pipeline.storage.paths import DataPaths
imported = time.perf_counter() - began
gates = [0.0]
def timed(call):
    def wrapped(*args):
        start = time.perf_counter()
        try:
            return call(*args)
        finally:
            gates[0] += time.perf_counter() - start
    return wrapped
for module in (raw, working, judging, linking):
    module.check_shape = timed(module.check_shape)
    module.check_content = timed(module.check_content)
context = pipeline.RunContext(DataPaths(Path(sys.argv[1])), "measured")
year = int(sys.argv[2])
took = {}
def lap(name, call):
    start, before = time.perf_counter(), gates[0]
    call()
    took[name] = time.perf_counter() - start - (gates[0] - before)
lap("listing", lambda: pipeline.find_raw(context, year))
lap("reading", lambda: pipeline.read_pages(context, year))
lap("joining", lambda: pipeline.stitch_pages(context, year))
lap("judging and publishing",
    lambda: pipeline.publish_year(context, year, pipeline.judge_year(context, year)))
lap("linking", lambda: linking.link_year(context, year))
print(json.dumps({"imports": imported, "gates": gates[0], "took": took}))
"""


def measure_gates(count: int, scratch: Path) -> list[Finding]:
    """What gates and Dagster cost beside the reading of so many documents, and loading the code location."""
    plain, whole = DataPaths(scratch / "plain"), DataPaths(scratch / "whole")
    for paths in (plain, whole):
        draw(paths, range(count))
    stages = _python("-c", _STAGES, str(plain.data_dir), str(YEAR))
    command = run("run", whole)
    found: dict[str, Any] = json.loads(stages.output.splitlines()[-1])
    took: dict[str, float] = found["took"]
    reading = took["reading"] + took["joining"]
    dagster = max(command.seconds - stages.seconds, 0.0)
    both = found["gates"] + dagster
    loading = min(_python("-c", "import zc_pipeline.definitions").seconds for _ in range(3))
    floor = min(_python("-c", "import dagster, pandas").seconds for _ in range(3))
    return [
        Finding(f"{count} documents cold, `run`", _seconds(command)),
        *(Finding(f"of it {name}, gates apart", f"{seconds:.1f} s") for name, seconds in took.items()),
        Finding("of it gates (pandera, Great Expectations, with imports)", f"{found['gates']:.1f} s"),
        Finding("of it Dagster and the command line", f"{dagster:.1f} s"),
        Finding("gates and Dagster against reading", f"{both / reading:.2f} ×", "under 1 ×", both < reading),
        Finding("code location loads in", f"{loading:.1f} s", f"under {_MOST_LOADING_S:.0f} s",
                loading < _MOST_LOADING_S),
        Finding("of it dagster and pandas alone", f"{floor:.1f} s"),
    ]  # fmt: skip


# --- commands -------------------------------------------------------------------------------------


def run(words: str, paths: DataPaths) -> Spent:
    """One command of the program over a data folder."""
    return _python("-m", "zc_pipeline.cli", *words.split(), "--data-dir", str(paths.data_dir))


def _python(*words: str) -> Spent:
    """One Python process; its output is kept."""
    environment = {key: value for key, value in os.environ.items() if key != "DAGSTER_HOME"}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parents[1]), *sys.path[1:]])
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as output:
        start = time.perf_counter()
        process = subprocess.Popen(
            [sys.executable, *words], cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    if process.returncode not in (0, 3):
        raise RuntimeError(f"{' '.join(words)} ended with {process.returncode}:\n{text[-3000:]}")
    return Spent(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, text)


def _seconds(spent: Spent) -> str:
    return f"{spent.seconds:.1f} s ({spent.core_seconds:.1f} s of a core)"


def _memory(spent: Spent) -> str:
    return f"{spent.peak_mb:,.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
