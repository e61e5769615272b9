"""What the command line says of a run: plain lines from the published tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final

import pandas as pd

from zc_pipeline.model import RawFile, Verdict
from zc_pipeline.storage.parquet import read_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.raw import files_by_year, scan_raw
from zc_pipeline.tables.frames import join_frames, records_of

_WAN: Final = Decimal(10_000)
_MOST_MESSAGES: Final = 3


def summary_lines(paths: DataPaths, years: Sequence[int | None]) -> tuple[list[str], bool]:
    """The summary of a run over some years, and whether any document was not accepted.

    A year without published tables is left out.
    """
    tables = {
        table: join_frames(
            table,
            [
                stored.frame
                for year in years
                if (stored := read_table(paths.published(table, year), table)) is not None
            ],
        )
        for table in ("documents", "problems")
    }
    lines, has_doubts = verdict_lines(tables["documents"], tables["problems"])
    return [*lines, f"Tables      {paths.parquet_dir}"], has_doubts


def verdict_lines(documents: pd.DataFrame, problems: pd.DataFrame) -> tuple[list[str], bool]:
    """Documents by verdict with the reasons, and what the accepted ones hold."""
    rows = records_of(documents)
    accepted = [row for row in rows if row["verdict"] == Verdict.ACCEPTED.value]
    doubtful = [row for row in rows if row["verdict"] != Verdict.ACCEPTED.value]
    lines = ["", *_reason_lines(doubtful, records_of(problems))]
    verdicts = Counter(row["verdict"] for row in rows)
    printed = [row["printed_total_cny"] for row in accepted if row["printed_total_cny"] is not None]
    readded = [row["readded_total_cny"] for row in accepted if row["readded_total_cny"] is not None]
    lines += [
        "Documents   " + ", ".join(f"{verdicts[verdict.value]} {verdict.value}" for verdict in Verdict),
        f"Projects    {sum(row['project_count'] for row in accepted):,}",
        f"Indicators  {sum(row['indicator_count'] for row in accepted):,}",
        f"Total       printed {_wan(printed)}, re-added {_wan(readded)} 万元"
        + _without_total(len(accepted) - len(printed)),
    ]
    return lines, bool(doubtful)


def _wan(amounts: Iterable[Decimal]) -> str:
    """Yuan as 万元 with two decimals, more where the sum needs them."""
    total = sum(amounts, Decimal(0)) / _WAN
    exact = total.normalize()
    places = max(2, -int(exact.as_tuple().exponent))
    return f"{total:,.{places}f}"


def _without_total(count: int) -> str:
    return f" ({count} accepted documents print no total)" if count else ""


def _reason_lines(documents: Iterable[dict[str, Any]], problems: Sequence[dict[str, Any]]) -> list[str]:
    lines: list[str] = []
    for document in documents:
        table = f", table {document['table_number']}" if document["table_number"] > 1 else ""
        lines.append(f"{document['verdict']}: {document['source_file']}{table}")
        reasons = [
            problem
            for problem in problems
            if problem["source_file"] == document["source_file"]
            and problem["table_number"] in (None, document["table_number"])
            and problem["severity"] in (Verdict.HELD.value, Verdict.REFUSED.value)
        ]
        lines += [f"    {problem['code']}: {problem['message']}" for problem in reasons[:_MOST_MESSAGES]]
        if len(reasons) > _MOST_MESSAGES:
            lines.append(f"    and {len(reasons) - _MOST_MESSAGES} more, in the table `problems`")
    return [*lines, ""] if lines else lines


def status_lines(paths: DataPaths) -> list[str]:
    """What lies in the raw folder by year and verdict, and what is new."""
    grouped = files_by_year(scan_raw(paths))
    listed = {
        year
        for path in paths.table_dir("documents").glob("documents_*.parquet")
        for year in [_year_in(path.stem)]
    }
    lines = [
        f"{paths.raw_dir}",
        f"{'year':>9} {'files':>6} {'new':>5} {'accepted':>9} {'held':>5} {'refused':>8}",
    ]
    doubtful: list[dict[str, Any]] = []
    problems: list[dict[str, Any]] = []
    for year in sorted(grouped.keys() | listed, key=lambda one: (one is None, one)):
        stored = read_table(paths.published("documents", year), "documents")
        documents = records_of(stored.frame) if stored else []
        new = _count_new(paths, year, grouped.get(year, []), documents)
        verdicts = Counter(row["verdict"] for row in documents)
        lines.append(
            f"{'no year' if year is None else year:>9} {len(grouped.get(year, [])):>6} {new:>5} "
            f"{verdicts['accepted']:>9} {verdicts['held']:>5} {verdicts['refused']:>8}"
        )
        doubtful += [row for row in documents if row["verdict"] != Verdict.ACCEPTED.value]
        found = read_table(paths.published("problems", year), "problems")
        problems += records_of(found.frame) if found else []
    reasons = _reason_lines(doubtful, problems)
    return [*lines, *(["", *reasons[:-1]] if reasons else [])]


def _count_new(
    paths: DataPaths, year: int | None, files: Sequence[RawFile], documents: Sequence[dict[str, Any]]
) -> int:
    """Files that no published run has judged as they are now (by name, size and time)."""
    if year is None:
        judged_names = {row["source_file"] for row in documents}
        return sum(file.source_file not in judged_names for file in files)
    stored = read_table(paths.published("raw_disclosures", year), "raw_disclosures")
    judged = {row["document_id"] for row in documents}
    known = {
        (row["source_file"], row["size_bytes"], row["modified_at"])
        for row in (records_of(stored.frame) if stored else [])
        if row["document_id"] in judged
    }
    return sum((file.source_file, file.size_bytes, file.modified_at) not in known for file in files)


def _year_in(stem: str) -> int | None:
    text = stem.removeprefix("documents_")
    return int(text) if text.isdigit() else None
