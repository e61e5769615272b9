"""Reading a year's published tables: one department's projects with their indicators, out of thousands.

    python -m benchmarks.output --documents 100
    python -m benchmarks.output --write docs/output.md            # 5,000 documents

The rows are the sample's (11 pages, 51 projects, 171 indicators), once for each document, with identifiers, a
department, units and a wording of its own: no two documents share a sentence, so that real tables, which
do, compress better. Asked is what an analyst asks: every column of the projects of one department, joined to
its indicators, the department named once. Files are in the page cache, libraries loaded; of the rounds the
quickest counts. Ends with status 1 where the goal is missed by the way that the program writes.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from zc_pipeline.pipeline import extract
from zc_pipeline.schemas import TABLES as TABLE_SPECS
from zc_pipeline.storage.files import replace_file, text_writer
from zc_pipeline.storage.parquet import parquet_writer, to_arrow

from .findings import FALLS_SHORT, MET, Finding, machine

_ROOT = Path(__file__).parent.parent
SAMPLE = _ROOT / "data" / "raw" / "2024" / "zengcheng_keshang_2024.pdf"
TABLES: Final = ("projects", "indicators")
YEAR: Final = 2024
MOST_SECONDS: Final = 1.0
_IDENTIFIERS: Final = frozenset({"document_id", "project_id", "indicator_id"})
_NAMED: Final = ("department_name", "unit_name")
_WORDED: Final = frozenset(
    {"project_name", "performance_goal", "indicators_text", "indicator_name", "cycle_target"}
    | {"annual_target", "indicator_text"}
)
_FIRST_IDEOGRAPH, _IDEOGRAPHS = 0x4E00, 20_902
_ID_DIGITS: Final = 20  # of document_id, in project_id and indicator_id


@dataclass(frozen=True)
class Variant:
    """A way to write the tables.

    Attributes:
        name: in words.
        options: of ``pyarrow.parquet.write_table``; None writes as the program does.
        sort_by: columns; those of the table if empty.
    """

    name: str
    options: Mapping[str, Any] | None
    sort_by: tuple[str, ...] = ()


_BY_FILE: Final = ("source_file", "table_number", "project_id")
VARIANTS: Final = (
    Variant("as the program writes: by department, row groups of 10,000, zstd 3", None),
    Variant("by department, row groups of 1,000", {"row_group_size": 1_000, "compression_level": 3}),
    Variant("by department, row groups of 100,000", {"row_group_size": 100_000, "compression_level": 3}),
    Variant("by department, one row group", {"row_group_size": 1 << 20, "compression_level": 3}),
    Variant("zstd 1", {"row_group_size": 10_000, "compression_level": 1}),
    Variant("zstd 9", {"row_group_size": 10_000, "compression_level": 9}),
    Variant(
        "no dictionaries for identifiers and prose",
        {"row_group_size": 10_000, "compression_level": 3, "use_dictionary": "repeated"},
    ),
    Variant("by file", {"row_group_size": 10_000, "compression_level": 3}, _BY_FILE),
    Variant("by file, one row group, zstd 1", {"row_group_size": 1 << 20, "compression_level": 1}, _BY_FILE),
)


@dataclass
class Written:
    """What one variant costs: bytes a table, seconds to write both, seconds an answer by each engine."""

    variant: Variant
    sizes: dict[str, int] = field(default_factory=dict)
    writing: float = 0.0
    duckdb: float = 0.0
    pandas: float = 0.0

    @property
    def is_met(self) -> bool:
        """Whether both engines answer in time."""
        return max(self.duckdb, self.pandas) < MOST_SECONDS


def main(words: Sequence[str] | None = None) -> int:
    """Print the table; with ``--write`` put it into a page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--documents", type=int, default=5000, metavar="N", help="in the year")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="of which the quickest counts")
    parser.add_argument("--only-own", action="store_true", help="only as the program writes")
    parser.add_argument("--write", type=Path, metavar="FILE", help="Markdown page to be written")
    options = parser.parse_args(words)
    variants = VARIANTS[:1] if options.only_own else VARIANTS
    with tempfile.TemporaryDirectory() as scratch:
        measured = measure(options.documents, Path(scratch), variants, options.rounds)
    text = section(options.documents, measured)
    print(text)
    if options.write:
        replace_file(options.write, text_writer(f"# Reading the output\n\n{text}\n"))
        print(f"written: {options.write}")
    return int(not measured[0].is_met)


def section(documents: int, measured: Sequence[Written]) -> str:
    """What was measured as Markdown, the goal beside each."""
    rows = [
        "| written | `projects` | `indicators` | writing both | DuckDB | pandas | goal: both under "
        f"{MOST_SECONDS:.0f} s |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for one in measured:
        sizes = " | ".join(f"{one.sizes[table] / 1e6:,.1f} MB" for table in TABLES)
        verdict = MET if one.is_met else FALLS_SHORT
        rows.append(
            f"| {one.variant.name} | {sizes} | {one.writing:.1f} s | {one.duckdb:.3f} s | {one.pandas:.3f} s "
            f"| {verdict} |"
        )
    return "\n".join(
        [
            f"One department's projects joined to their indicators, all columns, out of {documents:,} "
            f"documents of one year ({documents * 51:,} projects, {documents * 171:,} indicators). Each "
            "document is worded on its own, so sizes are an upper bound. Writing includes sorting. "
            f"{machine()}; DuckDB {duckdb.__version__}, pandas {pd.__version__}, pyarrow {pa.__version__}.",
            "",
            *rows,
        ]
    )


def findings(documents: int, own: Written) -> list[Finding]:
    """The goal beside what is reached by the way that the program writes."""
    goal = f"under {MOST_SECONDS:.0f} s"
    rows = [
        Finding(f"one department's projects joined to indicators, of {documents:,} documents: {name}",
                f"{seconds:.3f} s", goal, seconds < MOST_SECONDS)
        for name, seconds in (("DuckDB", own.duckdb), ("pandas", own.pandas))
    ]  # fmt: skip
    sizes = ", ".join(f"`{table}` {own.sizes[table] / 1e6:,.1f} MB" for table in TABLES)
    return [*rows, Finding("file sizes", sizes)]


# --- measuring ------------------------------------------------------------------------------------


def measure(
    documents: int, scratch: Path, variants: Iterable[Variant] = VARIANTS, rounds: int = 3
) -> list[Written]:
    """Write the tables of so many documents in each way, and ask for one department of them."""
    tables = make_tables(documents)
    department = department_of(documents // 2)
    measured = []
    for number, variant in enumerate(variants):
        folder = scratch / str(number)
        folder.mkdir()
        start = time.perf_counter()
        paths = {table: write(tables[table], table, variant, folder) for table in TABLES}
        found = Written(variant, {table: path.stat().st_size for table, path in paths.items()})
        found.writing = time.perf_counter() - start
        found.duckdb = _quickest(ask_duckdb, paths, department, rounds)
        found.pandas = _quickest(ask_pandas, paths, department, rounds)
        measured.append(found)
        print(f"{variant.name}: DuckDB {found.duckdb:.3f} s, pandas {found.pandas:.3f} s", file=sys.stderr)
        for path in paths.values():
            path.unlink()
    return measured


_Ask = Callable[[Mapping[str, Path], str], int]


def _quickest(ask: _Ask, paths: Mapping[str, Path], department: str, rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        rows = ask(paths, department)
        times.append(time.perf_counter() - start)
        if rows != 171:
            raise RuntimeError(f"{rows} rows in place of the 171 indicators of {department}")
    return min(times)


def ask_duckdb(paths: Mapping[str, Path], department: str) -> int:
    """The question in SQL, on the files; returns how many rows it gave."""
    with duckdb.connect() as connection:
        answer = connection.sql(
            "SELECT * FROM read_parquet($projects) AS projects "
            "JOIN read_parquet($indicators) AS indicators USING (project_id) "
            "WHERE projects.department_name = $department",
            params={**{table: str(paths[table]) for table in TABLES}, "department": department},
        ).to_arrow_table()
    return answer.num_rows


def ask_pandas(paths: Mapping[str, Path], department: str) -> int:
    """The question in pandas, its filter pushed down into the files; returns how many rows it gave."""
    filters = [("department_name", "==", department)]
    projects, indicators = (
        pd.read_parquet(paths[table], filters=filters, dtype_backend="pyarrow") for table in TABLES
    )
    return len(projects.merge(indicators, on="project_id", suffixes=("", "_of_indicator")))


# --- tables ---------------------------------------------------------------------------------------


def make_tables(documents: int) -> dict[str, pa.Table]:
    """The tables of a year of so many documents, each in its table's Arrow schema, document by document."""
    made = extract([SAMPLE], year=YEAR, run_id="measured").frames
    return {table: pa.concat_tables(_copies(to_arrow(table, made[table]), documents)) for table in TABLES}


def department_of(number: int) -> str:
    """The department of a document. In the order of the files, departments have no order."""
    digest = hashlib.sha256(str(number).encode()).digest()
    place = "".join(chr(_FIRST_IDEOGRAPH + 211 * byte // 3) for byte in digest[:3])
    return f"{place}区{number}局"


def _copies(sample: pa.Table, documents: int) -> Iterator[pa.Table]:
    texts = {name: sample.column(name).to_pylist() for name in sample.column_names if name in _WORDED}
    letters = {letter for values in texts.values() for text in values for letter in text or ""}
    last = _FIRST_IDEOGRAPH + _IDEOGRAPHS
    ideographs = [letter for letter in letters if _FIRST_IDEOGRAPH <= ord(letter) < last]
    own_id = sample.column("document_id")[0].as_py()
    rows = sample.num_rows
    for number in range(documents):
        document_id = hashlib.sha256(f"document {number}".encode()).hexdigest()
        other = {
            ord(one): _FIRST_IDEOGRAPH + (ord(one) - _FIRST_IDEOGRAPH + 37 * number) % _IDEOGRAPHS
            for one in ideographs
        }
        columns = []
        for part in sample.schema:
            column = sample.column(part.name)
            if part.name == "document_id":
                column = pa.repeat(pa.scalar(document_id), rows)
            elif part.name in _IDENTIFIERS:
                column = pc.replace_substring(column, own_id[:_ID_DIGITS], document_id[:_ID_DIGITS])
            elif part.name == "source_file":
                column = pa.repeat(pa.scalar(f"{YEAR}/{number:06d}.pdf"), rows)
            elif part.name in _NAMED:
                column = pa.repeat(pa.scalar(department_of(number)), rows)
            elif part.name in texts:
                column = pa.array([text and text.translate(other) for text in texts[part.name]])
            columns.append(column)
        yield pa.table(columns, schema=sample.schema)


def write(table: pa.Table, name: str, variant: Variant, folder: Path) -> Path:
    """Write a table in one way; returns the file."""
    path = folder / f"{name}.parquet"
    order = variant.sort_by or TABLE_SPECS[name].sort_columns
    table = table.sort_by([(column, "ascending") for column in order])
    if variant.options is None:
        frame = table.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
        parquet_writer(name, frame)(path)
        return path
    options = dict(variant.options)
    if options.get("use_dictionary") == "repeated":
        unlike = _IDENTIFIERS - {"document_id"} | _WORDED
        options["use_dictionary"] = [one for one in table.column_names if one not in unlike]
    pq.write_table(table, path, compression="zstd", **options)
    return path


if __name__ == "__main__":
    sys.exit(main())
