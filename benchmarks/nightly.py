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
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from zc_pipeline.linking import link_year
from zc_pipeline.parse.document import hash_file
from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline.storage.files import replace_file, text_writer
from zc_pipeline.storage.parquet import StoredTable, read_table, write_table
from zc_pipeline.storage.paths import DataPaths

from .commands import Spent, python, run
from .drawn import PROJECTS_A_UNIT, YEAR, draw, file_name, place
from .findings import Finding, falls_short, markdown_table

_DRAWN: Final = 40  # documents of the store that are drawn and read
_MOST_UNCHANGED_S: Final = 10.0
_MOST_RATIO: Final = 1.5
_MOST_LOADING_S: Final = 2.0


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
            findings += measure_batch(options.gates, Path(scratch)).findings
    rows = "\n".join(markdown_table(findings))
    print(rows)
    if options.write:
        replace_file(options.write, text_writer(_page(rows, options)))
        print(f"written: {options.write}")
    return int(falls_short(findings))


def _page(rows: str, options: argparse.Namespace) -> str:
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
            rows,
            "",
        ]
    )


# --- a night --------------------------------------------------------------------------------------


def measure_night(count: int, new: int, scratch: Path) -> list[Finding]:
    """A store of so many documents, unchanged, and with so many new ones."""
    store = DataPaths(scratch / "store")
    # In another process: this one stays small.
    spent = python("-c", _MAKE, str(store.data_dir), str(count)).seconds
    size = sum(path.stat().st_size for path in store.parquet_dir.rglob("*.parquet"))
    print(f"store of {count:,} documents, {size / 1e6:,.0f} MB of tables: {spent:,.0f} s", flush=True)
    return measure_store(store, count, new, DataPaths(scratch / "alone"), draw)


def measure_store(
    store: DataPaths,
    count: int,
    new: int,
    alone: DataPaths,
    put: Callable[[DataPaths, Iterable[int]], None],
    settings: Mapping[str, str] | None = None,
) -> list[Finding]:
    """A store as the last run left it, asked again, and with new documents.

    Args:
        store: of one year's documents.
        count: how many.
        new: how many come.
        alone: an empty data folder for these.
        put: puts documents of these numbers into a data folder.
        settings: environment variables of the runs, those that the store was made with.
    """
    unchanged = run("run", store, settings)
    if "nothing new" not in unchanged.output:
        raise RuntimeError(f"something was new in an unchanged store:\n{unchanged.output[-2000:]}")
    status = run("status", store, settings)
    for paths in (store, alone):
        put(paths, range(count, count + new))
    plan = run("run --dry-run", store, settings)
    by_themselves = run("run", alone, settings)
    night = run("run", store, settings)
    for paths, expected in ((alone, new), (store, count + new)):
        found = read_table(paths.published("documents", YEAR), "documents")
        if found is None or len(found.frame) != expected:
            raise RuntimeError(f"not {expected} documents:\n{night.output[-2000:]}")
    ratio = night.seconds / by_themselves.seconds
    core_ratio = night.core_seconds / by_themselves.core_seconds
    return [
        Finding(f"store of {count:,} documents unchanged: `run`", unchanged.in_words, "under 10 s",
                unchanged.seconds < _MOST_UNCHANGED_S),
        Finding("its largest memory", _memory(unchanged)),
        Finding("`status`", status.in_words),
        Finding(f"`run --dry-run` with {new} new", plan.in_words),
        Finding(f"{new} new alone: `run`", by_themselves.in_words),
        Finding("its largest memory", _memory(by_themselves)),
        Finding(f"the same {new} among {count:,}: `run`", night.in_words),
        Finding("its largest memory", _memory(night)),
        Finding("against the same alone", f"{ratio:.2f} ×", f"within {_MOST_RATIO} ×", ratio <= _MOST_RATIO),
        Finding("against the same alone, seconds of a core", f"{core_ratio:.2f} ×"),
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


def _working_tables(paths: DataPaths, document_id: str) -> dict[str, StoredTable]:
    found = {}
    for table in ("page_text", "stitched_rows"):
        stored = read_table(paths.working(table, YEAR, document_id), table)
        assert stored is not None
        found[table] = stored
    return found


def _copy(paths: DataPaths, original: Path, stored: dict[str, StoredTable], number: int) -> None:
    """One more document, as if it had been read: other bytes, another department, other units."""
    pdf = original.with_name(file_name(number))
    pdf.write_bytes(original.read_bytes() + f"%{number}\n".encode())
    document_id = hash_file(pdf)
    pages, rows = stored["page_text"], stored["stitched_rows"]
    source = paths.working("page_text", YEAR, document_id)
    write_table(source, "page_text", pages.frame.assign(document_id=document_id), pages.notes)
    frame = rows.frame.assign(document_id=document_id)
    is_unit = frame["kind"] == "unit"
    frame.loc[is_unit, "project_name_text"] = place(number) + frame.loc[is_unit, "project_name_text"]
    tables = [
        {**table, "department_name": place(number) + table["department_name"]}
        for table in rows.notes["tables"]
    ]
    notes = {**rows.notes, "tables": tables, "page_text_sha256": hash_file(source)}
    write_table(paths.working("stitched_rows", YEAR, document_id), "stitched_rows", frame, notes)


# --- the gates' share -----------------------------------------------------------------------------

# Run in a process of its own: seconds of the stages, and of the gates within them. Gates are wrapped wherever
# a module holds them; a gate that another calls counts once.
_STAGES: Final = """
import importlib, json, pkgutil, sys, threading, time
began = time.perf_counter()
from pathlib import Path
from zc_pipeline import linking, pipeline
from zc_pipeline.schemas import shape, suites
from zc_pipeline.storage.paths import DataPaths
for module in pkgutil.iter_modules(pipeline.__path__):
    importlib.import_module(f"zc_pipeline.pipeline.{module.name}")
imported = time.perf_counter() - began
gates, calls, here = [0.0], [0], threading.local()
def timed(call):
    def wrapped(*args, **kwargs):
        if getattr(here, "is_timed", False):
            return call(*args, **kwargs)
        here.is_timed, start = True, time.perf_counter()
        try:
            return call(*args, **kwargs)
        finally:
            here.is_timed = False
            gates[0] += time.perf_counter() - start
            calls[0] += 1
    return wrapped
for home in (shape, suites):
    for name in [one for one in vars(home) if one.startswith("check_")]:
        gate = getattr(home, name)
        if not callable(gate) or gate.__module__ != home.__name__:
            continue
        measured = timed(gate)
        for module in [one for known, one in sys.modules.items() if known.startswith("zc_pipeline")]:
            for held in [held for held, value in vars(module).items() if value is gate]:
                setattr(module, held, measured)
context = pipeline.RunContext(DataPaths(Path(sys.argv[1])), "measured")
year = int(sys.argv[2])
took = {}
def lap(name, call):
    start, before = time.perf_counter(), gates[0]
    found = call()
    took[name] = time.perf_counter() - start - (gates[0] - before)
    return found
lap("listing", lambda: pipeline.find_raw(context, year))
lap("reading", lambda: pipeline.read_pages(context, year))
lap("joining", lambda: pipeline.stitch_pages(context, year))
candidate = lap("judging", lambda: pipeline.judge_year(context, year))
lap("publishing", lambda: pipeline.publish_year(context, year, candidate))
lap("linking", lambda: linking.link_year(context, year))
print(json.dumps({"imports": imported, "gates": gates[0], "calls": calls[0], "took": took}))
"""
_LOADED: Final = "import sys, zc_pipeline.definitions; print('great_expectations' in sys.modules)"


@dataclass(frozen=True)
class Batch:
    """What was found of a batch, and the seconds in which its documents were read by two readers."""

    findings: list[Finding]
    reading_s: float


def measure_batch(count: int, scratch: Path, projects_per_unit: int = PROJECTS_A_UNIT) -> Batch:
    """What gates and Dagster cost beside the reading of so many documents, and loading the code location."""
    stages, command = _both_ways(scratch / "all", count, projects_per_unit)
    found: dict[str, Any] = json.loads(stages.output.splitlines()[-1])
    if not found["calls"]:
        raise RuntimeError("no gate was called: what is timed is not what judges")
    took: dict[str, float] = found["took"]
    # Dagster costs a run, not a document: over one document, less noise is in the difference.
    fewest, few = _both_ways(scratch / "one", 1, projects_per_unit)
    dagster = max(command.seconds - stages.seconds, few.seconds - fewest.seconds, 0.0)
    both = found["gates"] + dagster
    loads = [python("-c", _LOADED) for _ in range(3)]
    loading = min(one.seconds for one in loads)
    floor = min(python("-c", "import dagster, pandas").seconds for _ in range(3))
    loads_expectations = loads[0].output.split()[-1] == "True"
    rows = [
        Finding(f"{count} documents cold, second reading `every`: `run`", command.in_words),
        Finding("of it imports, before the first stage", f"{found['imports']:.1f} s"),
        *(Finding(f"of it {name}, gates apart", f"{seconds:.1f} s") for name, seconds in took.items()),
        Finding("of it gates (pandera, Great Expectations, with its import)", f"{found['gates']:.1f} s"),
        Finding("Dagster and the command line: what the same stages without them do not take, of these or "
                "of one document, whichever is more", f"{dagster:.1f} s"),
        Finding("gates and Dagster against reading", f"{both / took['reading']:.2f} ×", "under 1 ×",
                both < took["reading"]),
        Finding("code location loads in", f"{loading:.1f} s", f"under {_MOST_LOADING_S:.0f} s",
                loading < _MOST_LOADING_S),
        Finding("of it dagster and pandas alone", f"{floor:.1f} s"),
        Finding("Great Expectations imported on loading it", "yes" if loads_expectations else "no", "no",
                not loads_expectations),
    ]  # fmt: skip
    return Batch(rows, took["reading"])


def _both_ways(folder: Path, count: int, projects_per_unit: int) -> tuple[Spent, Spent]:
    """What so many documents take without Dagster and by the command, each over a data folder of its own."""
    plain, whole = DataPaths(folder / "plain"), DataPaths(folder / "whole")
    for paths in (plain, whole):
        draw(paths, range(count), projects_per_unit)
    return python("-c", _STAGES, str(plain.data_dir), str(YEAR)), run("run", whole)


def _memory(spent: Spent) -> str:
    return f"{spent.peak_mb:,.0f} MB"


if __name__ == "__main__":
    sys.exit(main())
