"""What a district, a province and the country cost, worked out from what a page costs on this machine.

    python -m benchmarks.scale                                    # 30 documents are measured
    python -m benchmarks.scale --documents 200 --write docs/scale.md

Costs are counted in core-hours and gigabytes, which have a price wherever somebody runs it. Measured are
seconds of a core, not of the clock, so that other programs disturb little. What a run costs whatever its size
(imports, setting up the gates) is measured by a run of a quarter of the documents, and taken off.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeVar

from zc_pipeline import linking, pipeline
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.reading import default_readers, measure_page_text
from zc_pipeline.model import SecondReading
from zc_pipeline.storage.files import replace_file
from zc_pipeline.storage.paths import DataPaths

from .drawn import PAGES_A_DOCUMENT, PROJECTS_A_UNIT, YEAR, draw
from .findings import machine

_Result = TypeVar("_Result")

_GB: Final = 1e9


@dataclass(frozen=True)
class Measured:
    """What one page costs: seconds of a core, bytes.

    Attributes:
        documents: measured.
        pages: of them together.
        reading_s: a page, in the reader's process, both readers.
        reading_sampled_s: the same with sampled second reading.
        handing_over_s: a page, in the run's process, while documents are read: to take what readers hand
            over, check it and store it.
        rest_s: a page, in the run's process: joining rows, judging, gates, publishing, links.
        once_s: a run, whatever its size.
        reader_mb: largest memory of a reader.
        run_mb: largest memory of the run's process.
        pdf_bytes: a page.
        table_bytes: a page, of all tables.
        machine: in words.
    """

    documents: int
    pages: int
    reading_s: float
    reading_sampled_s: float
    handing_over_s: float
    rest_s: float
    once_s: float
    reader_mb: float
    run_mb: float
    pdf_bytes: float
    table_bytes: float
    machine: str

    @property
    def most_useful_cores(self) -> float:
        """Cores of readers that one run's process keeps busy, both readers reading each page."""
        return self.reading_s / self.handing_over_s


@dataclass(frozen=True)
class Place:
    """Who publishes how many disclosures a year, in so many data folders."""

    name: str
    disclosures: int
    folders: int = 1


PLACES: Final = (
    Place("one district", 60),
    Place("one province", 5_500),
    Place("the country, a data folder for each of 31 provinces", 170_000, 31),
)


@dataclass(frozen=True)
class Plan:
    """What a year of a place costs when all of it is read at once, from nothing.

    Attributes:
        cores: that read, in all.
        core_hours: of all processes together.
        hours: by the clock.
        stored_gb: files and tables.
    """

    place: Place
    cores: int
    core_hours: float
    hours: float
    stored_gb: float


def plan(measured: Measured, place: Place, cores: int, *, is_sampled: bool = False) -> Plan:
    """Work out what a place costs.

    Args:
        measured: what a page costs.
        place: who publishes how much.
        cores: that read at the same time, over all data folders.
        is_sampled: with sampled second reading.
    """
    pages = place.disclosures * PAGES_A_DOCUMENT
    reading = pages * (measured.reading_sampled_s if is_sampled else measured.reading_s)
    handing_over, rest = pages * measured.handing_over_s, pages * measured.rest_s
    # Each folder has a run of its own; its process takes what its readers hand over while they read on.
    at_least = (reading + handing_over) / max(cores, place.folders)
    seconds = max(at_least, handing_over / place.folders) + rest / min(place.folders, cores)
    stored = pages * (measured.pdf_bytes + measured.table_bytes)
    return Plan(place, cores, (reading + handing_over + rest) / 3600, seconds / 3600, stored / _GB)


# --- measuring ------------------------------------------------------------------------------------


def measure(documents: int, scratch: Path) -> Measured:
    """Draw so many documents and take them through all stages, one at a time."""
    _run(scratch / "warm", 1)  # imports, and the process that forks readers
    few = _run(scratch / "few", max(documents // 4, 1))
    many = _run(scratch / "many", documents)
    files = sorted((scratch / "many").rglob("*.pdf"))
    every, sampled = (
        [measure_page_text(path, limits, default_readers())[1] for path in files]
        for limits in (Limits(), replace(Limits(), second_reading=SecondReading.SAMPLED))
    )
    pages = many.pages
    more = max(pages - few.pages, 1)
    rest_s = max(many.rest_s - few.rest_s, 0.0) / more
    return Measured(
        documents=documents,
        pages=pages,
        reading_s=sum(one.cpu_seconds for one in every) / pages,
        reading_sampled_s=sum(one.cpu_seconds for one in sampled) / pages,
        handing_over_s=many.handing_over_s / pages,
        rest_s=rest_s,
        once_s=max(many.rest_s - rest_s * pages, 0.0),
        reader_mb=max(one.peak_mb for one in every),
        run_mb=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        pdf_bytes=sum(path.stat().st_size for path in files) / pages,
        table_bytes=many.table_bytes / pages,
        machine=machine(),
    )


@dataclass(frozen=True)
class _Run:
    """What one run of all stages took in this process."""

    pages: int
    handing_over_s: float
    rest_s: float
    table_bytes: int


def _run(folder: Path, documents: int) -> _Run:
    context = pipeline.RunContext(DataPaths(folder), "measured")
    draw(context.paths, range(documents), PROJECTS_A_UNIT)
    pipeline.find_raw(context, YEAR)
    handing_over, report = _own_seconds(lambda: pipeline.read_pages(context, YEAR))
    joining, _ = _own_seconds(lambda: pipeline.stitch_pages(context, YEAR))
    judging, candidate = _own_seconds(lambda: pipeline.judge_year(context, YEAR))
    publishing, _ = _own_seconds(lambda: pipeline.publish_year(context, YEAR, candidate))
    links, _ = _own_seconds(lambda: linking.link_year(context, YEAR))
    tables = sum(path.stat().st_size for path in context.paths.parquet_dir.rglob("*.parquet"))
    return _Run(report.pages, handing_over, joining + judging + publishing + links, tables)


def _own_seconds(call: Callable[[], _Result]) -> tuple[float, _Result]:
    """Seconds of a core that this process, all its threads, spent in a call; and what it returned."""
    start = time.process_time()
    result = call()
    return time.process_time() - start, result


# --- in words -------------------------------------------------------------------------------------


def measured_section(measured: Measured) -> str:
    """What a page costs, as Markdown."""
    return "\n".join(
        [
            "| a page | |",
            "| --- | ---: |",
            f"| *r*: reading, both readers | {1000 * measured.reading_s:,.1f} ms |",
            f"| *r*: reading, second reading `sampled` | {1000 * measured.reading_sampled_s:,.1f} ms |",
            f"| *h*: handing over, in the run's process | {1000 * measured.handing_over_s:,.2f} ms |",
            f"| *s*: joining, judging, gates, publishing, links | {1000 * measured.rest_s:,.1f} ms |",
            f"| PDF | {measured.pdf_bytes / 1000:,.1f} kB |",
            f"| all tables | {measured.table_bytes / 1000:,.1f} kB |",
            "",
            f"Seconds of one core, over {measured.documents:,} drawn documents of {measured.pages:,} pages; "
            f"{measured.once_s:,.1f} s a run beside. A reader took {measured.reader_mb:,.0f} MB at most, the "
            f"run's process {measured.run_mb:,.0f} MB. {measured.machine}.",
        ]
    )


def plans_section(measured: Measured) -> str:
    """What places cost, as Markdown."""
    rows = [
        "| a year's disclosures, read from nothing | documents | second reading | cores | core-hours | hours "
        "| files and tables |",
        "| --- | ---: | --- | ---: | ---: | ---: | ---: |",
    ]
    for place, cores in zip(PLACES, ((2,), (2, 16), (31, 124)), strict=True):
        for number in cores:
            for is_sampled in (False, True):
                one = plan(measured, place, number, is_sampled=is_sampled)
                mode = "`sampled`" if is_sampled else "`every`"
                rows.append(
                    f"| {place.name} | {place.disclosures:,} | {mode} | {number} | {_amount(one.core_hours)} "
                    f"| {_amount(one.hours)} | {_amount(one.stored_gb)} GB |"
                )
    return "\n".join(rows)


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" if value >= 1 else f"{value:,.2f}"


def render(measured: Measured, call: str) -> str:
    """The page ``docs/scale.md``."""
    return _PAGE.format(
        measured=measured_section(measured),
        plans=plans_section(measured),
        most_cores=f"{measured.most_useful_cores:,.0f}",
        call=call,
        pages=PAGES_A_DOCUMENT,
    )


_PAGE: Final = """\
# Scale: more cores, more machines

The figures on this page are output of `{call}`: change `benchmarks/scale.py`, and run it again.

## What it costs

{measured}

With *d* documents of {pages} pages, *c* cores that read, and *f* data folders with a run of their own:

- core-hours = {pages} · *d* · (*r* + *h* + *s*) / 3600
- hours = {pages} · *d* · (max((*r* + *h*) / *c*, *h* / *f*) + *s* / min(*f*, *c*)) / 3600
- one run keeps *r* / *h* = {most_cores} cores busy; beyond that, its own process is what all wait for

{plans}

A district is 60 departments, which is the country's 170,000 disclosures over its 2,844 counties and
districts; a province is a 31st of them. What is not known from measuring: how many pages disclosures have
on average beyond the {pages} of the sample, and how much longer pages of other layouts take. A night later
only what is new is read: the first row is a district's whole year.

A year's tables are judged and published together, by one process that holds them in memory. A province's
year fits an ordinary server; the country's does not, and gains nothing by it: give each province a data
folder of its own, and ask all of them together, as DuckDB does with
`read_parquet('*/parquet/projects/*.parquet')`.

## More cores

`ZC_WORKERS` documents are read at the same time on this machine, each in a process of its own within its
own limits; without it, as many as there are cores, at most 4, so that a server keeps cores for its other
duties and readers at their limit of memory take 4 GB. One process of the run takes what they hand over, in
the order of the documents: the tables do not depend on the number.

## More machines

```bash
python -m pip install 'zc_pipeline[dask]'          # on every machine, the same release
dask scheduler                                     # on one of them
dask worker tcp://scheduler:8786 --nthreads 4      # on each that reads
ZC_EXECUTOR=dask ZC_DASK_SCHEDULER=tcp://scheduler:8786 zc-pipeline run
```

- Workers need no folder in common with the run: a document's bytes go to the worker and what its pages show
  comes back. The limits go along, and hold there as they do here.
- A worker of another release, or with other versions of the PDF libraries, reads nothing: the run stops and
  names the difference.
- A worker that dies costs time only: what it had is read by another. A document that several workers died
  with is read by the run itself, where its reader is confined as ever.
- Without any worker for a minute, the run stops. What was read is kept; the next run goes on from there.
- Whoever reaches a Dask scheduler can run programs on its workers: keep it in a network of its own, or use
  `tls://` and Dask's settings for it.

## On Kubernetes

`deploy/kubernetes/values.yaml` is for Dagster's official Helm chart, in the version of the locked Dagster.
Before:

1. Build the image from `deploy/Containerfile`, push it, and name it in the values.
2. Make the volume claim `zc-pipeline-data`, `ReadWriteMany`: the code location and the runs mount it,
   wherever they stand. The lock of the data folder is `flock`, which the file system must support between
   machines (NFS 4 does).
3. Make the Secret `dagster-postgresql-secret` with the key `postgresql-password`.

Then `helm lint` and `helm install` with these values; Helm checks them against the chart's schema. Tests
here check them against a schema of the parts that are used, written by hand (`values.schema.json` beside
them), and against Dagster's own check of the instance and of its launcher for Kubernetes jobs. They were
not installed on a cluster.

Runs are pods of 4 cores. Where that is too little, start a Dask cluster beside (Dask has a chart and an
operator for it) from the same image, and set `ZC_EXECUTOR` and `ZC_DASK_SCHEDULER` in the values. Readers
that start in a pod without the right to make a user namespace keep the pod's network: give the pods a
network policy.
"""


def main(words: Sequence[str] | None = None) -> int:
    """Print the figures; with ``--write`` write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--documents", type=int, default=30, metavar="N", help="that are measured")
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown page to be written")
    options = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as scratch:
        measured = measure(options.documents, Path(scratch))
    print(measured_section(measured), plans_section(measured), sep="\n\n")
    if options.write:
        text = render(measured, f"python -m benchmarks.scale --documents {options.documents}")
        replace_file(options.write, lambda beside: _write(beside, text))
        print(f"written: {options.write}")
    return 0


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
