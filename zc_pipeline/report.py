"""What the command line says of a run: plain lines from the published tables."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import pandas as pd

from zc_pipeline.model import SET_ASIDE, RawFile, Standing, Verdict
from zc_pipeline.pipeline.cleaning import Needless, find_needless
from zc_pipeline.pipeline.planning import YearPlan, plan_year, stale_documents
from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES, TABLES
from zc_pipeline.settings import read_limits
from zc_pipeline.storage.parquet import read_facts, read_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.raw import files_by_year, scan_raw
from zc_pipeline.tables.frames import join_frames, records_of

_WAN: Final = Decimal(10_000)
_MOST_MESSAGES: Final = 3
_MOST_NAMES: Final = 20


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
    rows, aside = _parted(records_of(documents))
    accepted = [row for row in rows if row["verdict"] == Verdict.ACCEPTED.value]
    doubtful = [row for row in rows if row["verdict"] != Verdict.ACCEPTED.value]
    lines = ["", *_reason_lines(doubtful, records_of(problems))]
    verdicts = Counter(row["verdict"] for row in rows)
    printed = [row["printed_total_cny"] for row in accepted if row["printed_total_cny"] is not None]
    readded = [row["readded_total_cny"] for row in accepted if row["readded_total_cny"] is not None]
    lines += [
        "Documents   " + ", ".join(f"{verdicts[verdict.value]} {verdict.value}" for verdict in Verdict),
        *([f"Set aside   {_standings(aside)}"] if aside else []),
        f"Projects    {sum(row['project_count'] for row in accepted):,}",
        f"Indicators  {sum(row['indicator_count'] for row in accepted):,}",
        f"Total       printed {_wan(printed)}, re-added {_wan(readded)} 万元"
        + _without_total(len(accepted) - len(printed)),
    ]
    return lines, bool(doubtful)


def _parted(documents: Iterable[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The documents, and those that no longer count: superseded versions, and files that are gone."""
    rows = list(documents)
    aside = [row for row in rows if row["standing"] in SET_ASIDE]
    return [row for row in rows if row["standing"] not in SET_ASIDE], aside


def _standings(aside: Iterable[dict[str, Any]]) -> str:
    counts = Counter(row["standing"] for row in aside)
    return ", ".join(f"{counts[one]} {one.value}" for one in Standing if counts[one])


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
    by_document: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for problem in problems:
        by_document[problem["document_id"]].append(problem)
    for document in documents:
        table = f", table {document['table_number']}" if document["table_number"] > 1 else ""
        lines.append(f"{document['verdict']}: {document['source_file']}{table}")
        reasons = [
            problem
            for problem in by_document[document["document_id"]]
            if problem["table_number"] in (None, document["table_number"])
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
        documents, aside = _parted(records_of(stored.frame) if stored else [])
        new = _count_new(paths, year, grouped.get(year, []), [*documents, *aside])
        verdicts = Counter(row["verdict"] for row in documents)
        lines.append(
            f"{'no year' if year is None else year:>9} {len(grouped.get(year, [])):>6} {new:>5} "
            f"{verdicts['accepted']:>9} {verdicts['held']:>5} {verdicts['refused']:>8}"
            + (f"   set aside: {_standings(aside)}" if aside else "")
        )
        doubtful += [row for row in documents if row["verdict"] != Verdict.ACCEPTED.value]
        found = read_table(paths.published("problems", year), "problems")
        problems += records_of(found.frame) if found else []
    reasons = _reason_lines(doubtful, problems)
    years = sorted({year for year in grouped.keys() | listed if year is not None})
    return [
        *lines,
        *(["", *reasons[:-1]] if reasons else []),
        *_outdated_lines(paths, years),
        "",
        *size_lines(paths),
    ]


# --- the store ------------------------------------------------------------------------------------


def _outdated_lines(paths: DataPaths, years: Iterable[int]) -> list[str]:
    """Tables of another version of the program and documents to be made anew, with the command for that."""
    lines = []
    for year in years:
        tables: dict[str, list[str]] = defaultdict(list)
        for table in ("raw_disclosures", *PUBLISHED_TABLES, *LINK_TABLES):
            facts = read_facts(paths.published(table, year), table)
            if facts is not None and facts.why_not_current:
                tables[facts.why_not_current].append(table)
        lines += [
            f"{year}: {', '.join(found)}: {why}; `zc-pipeline run --year {year}` makes them anew"
            for why, found in tables.items()
        ]
        read, joined = stale_documents(paths, year, read_limits())
        lines += [
            *(f"{year}: {count:,} documents are to be read again: {why}" for why, count in read.items()),
            *(f"{year}: {count:,} documents are to be joined again: {why}" for why, count in joined.items()),
        ]
    return ["", *lines] if lines else []


def size_lines(paths: DataPaths) -> list[str]:
    """How many files each table has and how large they are, and what no document needs."""
    lines = [f"{'table':>18} {'files':>8} {'MB':>9}"]
    total = Counter[str]()
    for table in TABLES:
        sizes = [path.stat().st_size for path in paths.table_dir(table).rglob("*.parquet")]
        total.update(files=len(sizes), bytes=sum(sizes))
        lines.append(f"{table:>18} {len(sizes):>8,} {_mb(sum(sizes)):>9}")
    lines.append(f"{'together':>18} {total['files']:>8,} {_mb(total['bytes']):>9}")
    needless = find_needless(paths)
    if needless:
        size = _mb(sum(one.size_bytes for one in needless))
        lines += ["", f"{len(needless):,} files ({size} MB) are needed by no document: `zc-pipeline clean`"]
    return lines


def needless_lines(found: Sequence[Needless], *, is_removed: bool) -> list[str]:
    """What `clean` removed, or would remove, by kind."""
    if not found:
        return ["There is nothing to remove."]
    files: dict[str, list[Needless]] = defaultdict(list)
    for one in found:
        files[one.why].append(one)
    word = "removed" if is_removed else "would be removed"
    return [
        *(
            f"{len(own):>8,} files {_mb(sum(one.size_bytes for one in own)):>9} MB  {why}"
            for why, own in files.items()
        ),
        f"{len(found):>8,} files {_mb(sum(one.size_bytes for one in found)):>9} MB  {word}",
    ]


def plan_lines(
    paths: DataPaths, years: Sequence[int | None], accept_removals: Collection[int] = ()
) -> list[str]:
    """What a run of some years would do, in words; nothing is changed.

    Args:
        paths: the data folder.
        years: the years that need a run; None for files in no year's folder.
        accept_removals: years whose missing files were removed on purpose.
    """
    lines: list[str] = []
    for year in years:
        if year is None:
            lines += _unfiled_plan(paths)
        else:
            plan = plan_year(paths, year, read_limits())
            lines += _year_plan(replace(plan, stopped_by="") if year in accept_removals else plan)
    return [*lines, "Nothing was changed."]


def _unfiled_plan(paths: DataPaths) -> list[str]:
    files = [file.source_file for file in files_by_year(scan_raw(paths)).get(None, [])]
    return ["no year", *_named_lines("in no fiscal year's folder", files), ""]


def _year_plan(plan: YearPlan) -> list[str]:
    if plan.stopped_by:
        return [str(plan.year), f"    would stop: {plan.stopped_by}", ""]
    lines = [
        *_named_lines("new", plan.new),
        *_named_lines("changed, read as new", plan.changed),
        *_named_lines("under another name, not read", plan.moved),
        *_named_lines("gone, would be withdrawn or superseded", plan.withdrawn),
        *(f"{count:>8,} to be read again: {why}" for why, count in sorted(plan.read_again.items())),
        *(
            f"{count:>8,} to be joined again, not read: {why}"
            for why, count in sorted(plan.joined_again.items())
        ),
    ]
    if not lines:
        lines = [
            "         no file is new: releases.yaml, revisions.yaml, a table or a file's time is another"
        ]
    return [
        str(plan.year),
        *lines,
        f"{plan.read_count:>8,} files would be opened",
        f"         tables written, where anything in them changes: {', '.join(plan.rewritten)}",
        "",
    ]


def _named_lines(what: str, names: Sequence[str]) -> list[str]:
    if not names:
        return []
    shown = [f"             {name}" for name in names[:_MOST_NAMES]]
    more = [f"             and {len(names) - _MOST_NAMES:,} more"] if len(names) > _MOST_NAMES else []
    return [f"{len(names):>8,} {what}", *shown, *more]


def _mb(size: int) -> str:
    return f"{size / 1e6:,.1f}"


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
        if row["document_id"] in judged and row["withdrawn_at"] is None
    }
    return sum((file.source_file, file.size_bytes, file.modified_at) not in known for file in files)


def _year_in(stem: str) -> int | None:
    text = stem.removeprefix("documents_")
    return int(text) if text.isdigit() else None
