"""The stages in order, without Dagster: what `zc-pipeline extract` and the Dagster assets both call.

    find_raw → read_pages → stitch_pages → judge_year → publish_year

Each stage works on one fiscal year, reads what the stage before left on disk and says what it did. What a
document did before is not done again: working tables are kept per document and made anew only when the
file, the parser or the schema is another.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

import pandas as pd

from zc_pipeline.errors import PublicationStopped, Severity, Stage, UsageError, ZcPipelineError
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.reading import read_page_text_isolated
from zc_pipeline.model import Disclosure, Problem, RawFile
from zc_pipeline.parse.accounts import check_pages
from zc_pipeline.parse.document import (
    PageTextResult,
    StitchResult,
    choose_year,
    hash_file,
    stitch_items,
)
from zc_pipeline.parse.judge import build_disclosure, rejudge
from zc_pipeline.schemas import WORKING_TABLES
from zc_pipeline.schemas.gates import GateFailure, GateResult
from zc_pipeline.schemas.shape import check_shape
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.settings import read_limits
from zc_pipeline.storage.files import replacing, write_json
from zc_pipeline.storage.parquet import StoredTable, parquet_writer, read_table, write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.raw import FIRST_YEAR, files_by_year, fingerprint, last_year, scan_raw
from zc_pipeline.storage.releases import read_releases
from zc_pipeline.tables import conservation
from zc_pipeline.tables.disclosures import (
    SeenDisclosure,
    documents_frame,
    indicators_frame,
    problems_frame,
    projects_frame,
    reconciliation_frame,
)
from zc_pipeline.tables.frames import join_frames, records_of
from zc_pipeline.tables.notes import (
    pages_from_json,
    pages_to_json,
    problems_from_json,
    problems_to_json,
    tables_from_json,
    tables_to_json,
)
from zc_pipeline.tables.page_text import page_items, page_text_frame
from zc_pipeline.tables.raw_disclosures import raw_disclosures_frame
from zc_pipeline.tables.stitched_rows import stitched_rows_frame, table_rows

log = logging.getLogger("zc_pipeline")

# Documents whose working tables pass the gates together: enough to spread the cost of the suites' set-up,
# few enough to stay small in memory.
_BATCH: Final = 50
_SUM_CODES: Final = frozenset({"sources_do_not_add_up", "unit_does_not_add_up", "total_does_not_add_up"})
# Gate → the problem that a document's failing rows become.
_GATE_CODES: Final = {"shape": "shape_gate", "content": "content_gate", "conservation": "conservation_gate"}


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a run brings along: where the data is, its name, its time (UTC), and what a document may take."""

    paths: DataPaths
    run_id: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    limits: Limits = field(default_factory=read_limits)


class GateStopped(PublicationStopped):
    """A gate failed on what belongs to no document; ``gates`` are what was checked, failures included."""

    def __init__(self, message: str, gates: Iterable[GateResult]) -> None:
        super().__init__(message)
        self.gates = tuple(gates)


@dataclass(frozen=True, slots=True)
class StageReport:
    """What a stage did.

    Attributes:
        documents: contents in the year.
        made: those of them that this run made anew (for `raw_disclosures`: had not met before).
        rows: of the year's table, whenever made.
        gates: over the rows made in this run, and what stood against the others when they were made.
        preview: the first rows.
        path: the table's file of the year, or its folder.
    """

    table: str
    year: int
    documents: int
    made: int
    rows: int
    gates: tuple[GateResult, ...]
    preview: pd.DataFrame
    path: Path


# --- raw_disclosures ------------------------------------------------------------------------------


def pending_years(paths: DataPaths) -> list[int | None]:
    """The years whose files differ from those of the last completed run; None for files in no year's folder.

    A year whose published tables are there but whose files are gone is pending too: its run will say so.

    Raises:
        UsageError: there is no raw folder.
    """
    grouped = files_by_year(scan_raw(paths))
    done = {
        year: marker.get("fingerprint")
        for year in [None, *range(FIRST_YEAR, last_year() + 1)]
        if (marker := _read_marker(paths, year)) is not None
    }
    years = grouped.keys() | done.keys()
    releases = read_releases(paths.releases)
    pending = [year for year in years if fingerprint(grouped.get(year, []), releases) != done.get(year)]
    return sorted(pending, key=lambda year: (year is None, year))


def find_raw(context: RunContext, year: int) -> StageReport:
    """List and hash the year's files: `raw_disclosures`.

    Hashes are taken over from the last list for files of the same name, size and time.

    Raises:
        PublicationStopped: the year has published documents, but no file any more.
        UsageError: there is no raw folder.
    """
    paths = context.paths
    grouped = files_by_year(scan_raw(paths))
    files = grouped.get(year, [])
    target = paths.published("raw_disclosures", year)
    stored = read_table(target, "raw_disclosures")
    before = records_of(stored.frame) if stored else []
    if before and not files:
        raise PublicationStopped(
            f"{paths.raw_dir / str(year)} holds no PDF any more, but {len(before)} were read from it before. "
            f"Put them back, or delete {target} and {paths.parquet_dir}/*/*_{year}.parquet to give the year "
            "up."
        )
    known = {
        (row["source_file"], row["size_bytes"], row["modified_at"]): row["document_id"] for row in before
    }
    problems: dict[str, list[Problem]] = {}
    hashed: list[tuple[RawFile, str]] = []
    for file in files:
        document_id = known.get((file.source_file, file.size_bytes, file.modified_at)) or _hash(file)
        hashed.append((file, document_id))
    for document_id, message in _in_other_years(hashed, year, grouped):
        problems.setdefault(document_id, []).append(
            Problem(Stage.RAW_DISCLOSURES, "same_file_in_two_years", message)
        )
    first_seen = {row["document_id"]: row["first_seen_at"] for row in reversed(before)}
    frame = raw_disclosures_frame(hashed, first_seen, context.now)
    for row in records_of(frame):
        if row["is_copy"]:
            problems.setdefault(row["document_id"], []).append(
                Problem(Stage.RAW_DISCLOSURES, "copied_file", f"{row['source_file']} has the same content.")
            )
    gates = (check_shape("raw_disclosures", frame), check_content("raw_disclosures", frame))
    _stop_on(gates)
    notes = {
        "fingerprint": fingerprint(files, read_releases(paths.releases)),
        "problems": {one: problems_to_json(found) for one, found in sorted(problems.items())},
    }
    if stored is None or notes != stored.notes or not frame.equals(stored.frame):
        write_table(target, "raw_disclosures", frame, notes)
    new = sum(row["document_id"] not in first_seen for row in records_of(frame) if not row["is_copy"])
    return StageReport(
        "raw_disclosures",
        year,
        int((~frame["is_copy"]).sum()),
        new,
        len(frame),
        gates,
        frame.head(20),
        target,
    )


def _hash(file: RawFile) -> str:
    try:
        return hash_file(file.path)
    except OSError:
        # It cannot be known; the reading stage will say so. The path stands in for the content.
        return hashlib.sha256(f"unreadable:{file.source_file}".encode()).hexdigest()


def _in_other_years(
    hashed: Sequence[tuple[RawFile, str]], year: int, grouped: Mapping[int | None, Sequence[RawFile]]
) -> Iterator[tuple[str, str]]:
    """The documents of a year whose content lies in another year's folder too."""
    by_size: dict[int, list[tuple[RawFile, str]]] = {}
    for file, document_id in hashed:
        by_size.setdefault(file.size_bytes, []).append((file, document_id))
    for other_year, files in grouped.items():
        if other_year in (year, None):
            continue
        for other in files:
            same_size = by_size.get(other.size_bytes)
            if not same_size:
                continue
            other_id = _hash(other)
            twins = [pair for pair in same_size if pair[1] == other_id]
            for file, document_id in twins[:1]:
                yield document_id, f"{file.source_file} and {other.source_file} have the same content."


@dataclass(frozen=True, slots=True)
class _Document:
    """One content of a year with its first file."""

    document_id: str
    source_file: str
    path: Path
    first_seen_at: datetime
    problems: tuple[Problem, ...]


def _documents_of(context: RunContext, year: int) -> list[_Document]:
    """The year's contents as `raw_disclosures` lists them, sorted by path; copies left out."""
    stored = read_table(context.paths.published("raw_disclosures", year), "raw_disclosures")
    if stored is None:
        raise PublicationStopped(
            f"The list of {year}'s files is not there. Make raw_disclosures of {year} first."
        )
    noted = stored.notes.get("problems", {})
    return [
        _Document(
            row["document_id"],
            row["source_file"],
            context.paths.raw_dir / row["source_file"],
            row["first_seen_at"],
            tuple(problems_from_json(noted.get(row["document_id"], ()))),
        )
        for row in records_of(stored.frame)
        if not row["is_copy"]
    ]


# --- page_text ------------------------------------------------------------------------------------


def read_pages(context: RunContext, year: int) -> StageReport:
    """Read the pages of each document that has no current `page_text` yet."""

    def make(document: _Document) -> tuple[pd.DataFrame, dict[str, Any], list[Problem]]:
        result = _guarded_read(document.path, context.limits)
        frame = page_text_frame(document.document_id, year, result.items)
        return frame, {"pages": pages_to_json(result.pages)}, list(result.problems)

    def current(document: _Document) -> StoredTable | None:
        return read_table(context.paths.working("page_text", year, document.document_id), "page_text")

    return _make_working_tables(context, year, "page_text", current, make)


def _guarded_read(path: Path, limits: Limits) -> PageTextResult:
    """Read a file in a process of its own; what our own code fails on becomes a problem of that file.

    Raises:
        PublicationStopped: no such process can be started.
    """
    try:
        return read_page_text_isolated(path, limits)
    except ZcPipelineError:
        raise
    except Exception as error:
        log.exception("%s: the program failed while reading it", path.name)
        return PageTextResult((), (), (_internal(Stage.PAGE_TEXT, error),))


def _internal(stage: Stage, error: Exception) -> Problem:
    return Problem(stage, "internal_error", f"The program failed on this document: {error!r}.")


# --- stitched_rows --------------------------------------------------------------------------------


def stitch_pages(context: RunContext, year: int) -> StageReport:
    """Join the rows of each document whose `page_text` changed since its `stitched_rows` were made."""

    def source(document: _Document) -> Path:
        return context.paths.working("page_text", year, document.document_id)

    def make(document: _Document) -> tuple[pd.DataFrame, dict[str, Any], list[Problem]]:
        stored = read_table(source(document), "page_text")
        if stored is None:
            raise PublicationStopped(
                f"The page text of {document.source_file} is not there: make page_text of {year} first."
            )
        items = page_items(stored.frame)
        # What went to disk and came back is what the pages show, or a problem says so.
        lost = check_pages(pages_from_json(stored.notes["pages"]), items) if items else []
        result = _guarded_stitch(items) if items else StitchResult((), (), ())
        frame = stitched_rows_frame(document.document_id, year, result.rows)
        notes = {
            "tables": tables_to_json(result.tables),
            "page_count": len(stored.notes["pages"]),
            "page_text_sha256": hash_file(source(document)),
        }
        known = problems_from_json(stored.notes["problems"])
        return frame, notes, [*known, *(one for one in lost if one not in known), *result.problems]

    def current(document: _Document) -> StoredTable | None:
        target = context.paths.working("stitched_rows", year, document.document_id)
        stored = read_table(target, "stitched_rows")
        is_current = (
            stored is not None
            and source(document).is_file()
            and stored.notes.get("page_text_sha256") == hash_file(source(document))
        )
        return stored if is_current else None

    return _make_working_tables(context, year, "stitched_rows", current, make)


def _guarded_stitch(items: Sequence[Any]) -> StitchResult:
    try:
        return stitch_items(items)
    except Exception as error:
        log.exception("the program failed while stitching")
        return StitchResult((), (), (_internal(Stage.STITCHED_ROWS, error),))


_Make = Callable[[_Document], tuple[pd.DataFrame, dict[str, Any], list[Problem]]]


def _make_working_tables(
    context: RunContext,
    year: int,
    table: str,
    current: Callable[[_Document], StoredTable | None],
    make: _Make,
) -> StageReport:
    """Make the working table of every document that has no current one, gates first, batch by batch.

    A document with rows that a gate refuses gets a problem that holds it. Rows that the content gate refuses
    are kept for a person to look at; rows that do not have the table's shape cannot be stored in it.
    """
    documents = _documents_of(context, year)
    todo: list[_Document] = []
    gates: list[GateResult] = []
    row_count, done = 0, 0
    preview: list[pd.DataFrame] = []
    for document in documents:
        stored = current(document)
        if stored is None:
            todo.append(document)
            continue
        gates += _standing_gates(table, document, stored)
        row_count += len(stored.frame)
        preview = preview or [stored.frame.head(20)]
    for batch in _batches(todo, _BATCH):
        made = []
        for document in batch:
            done += 1
            made.append((document, *make(document)))
            frame, problems = made[-1][1], made[-1][3]
            log.info(
                "%s %d/%d  %s: %d rows%s",
                table,
                done,
                len(todo),
                document.source_file,
                len(frame),
                _worst(problems),
            )
        whole = join_frames(table, [frame for _, frame, _, _ in made])
        results = [check_shape(table, whole), check_content(table, whole)]
        gates += results
        _stop_on(results)
        found = _gate_problems(Stage(table), results)
        misshapen = {failure.document_id for gate in results[:1] for failure in gate.failures}
        for document, frame, notes, problems in made:
            notes["problems"] = problems_to_json([*problems, *found.get(document.document_id, ())])
            kept = frame.iloc[:0] if document.document_id in misshapen else frame
            write_table(context.paths.working(table, year, document.document_id), table, kept, notes)
        row_count += len(whole)
        preview = preview or [whole.head(20)]
    return StageReport(
        table,
        year,
        len(documents),
        len(todo),
        row_count,
        tuple(_merge_gates(table, gates)),
        join_frames(table, preview),
        context.paths.table_dir(table) / str(year),
    )


def _standing_gates(table: str, document: _Document, stored: StoredTable) -> Iterator[GateResult]:
    """What the gates said of a working table that was made in an earlier run."""
    problems = problems_from_json(stored.notes.get("problems", ()))
    for gate in ("shape", "content"):
        failures = [
            GateFailure(problem.code, document.document_id, document.source_file, problem.message)
            for problem in problems
            if problem.stage == Stage(table) and problem.code == _GATE_CODES[gate]
        ]
        yield GateResult(table, gate, len(stored.frame), tuple(failures))


def _worst(problems: Iterable[Problem]) -> str:
    """The codes that keep a document from being accepted, for the log."""
    codes = sorted({p.code for p in problems if p.severity in (Severity.REFUSED, Severity.HELD)})
    return f" ({', '.join(codes)})" if codes else ""


def _batches(items: Sequence[_Document], size: int) -> Iterator[list[_Document]]:
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch


def _merge_gates(table: str, gates: Iterable[GateResult]) -> list[GateResult]:
    """One result a gate from those of the batches."""
    merged = {gate: GateResult(table, gate, 0, ()) for gate in ("shape", "content")}
    for one in gates:
        before = merged[one.gate]
        merged[one.gate] = replace(
            before,
            checked_rows=before.checked_rows + one.checked_rows,
            failures=(*before.failures, *one.failures),
        )
    return list(merged.values())


def _gate_problems(stage: Stage, gates: Iterable[GateResult]) -> dict[str, list[Problem]]:
    """Failures that belong to a document, as its problems: one per gate and check."""
    found: dict[str, dict[tuple[str, str], list[GateFailure]]] = {}
    for gate in gates:
        for failure in gate.failures:
            if failure.document_id is not None:
                per_check = found.setdefault(failure.document_id, {})
                per_check.setdefault((gate.gate, failure.check), []).append(failure)
    return {
        document_id: [
            Problem(
                stage,
                _GATE_CODES[gate],
                f"{len(failures)} rows fail the check {check}, the first at {failures[0].place}.",
                raw=failures[0].value,
            )
            for (gate, check), failures in per_check.items()
        ]
        for document_id, per_check in found.items()
    }


# --- projects, indicators, documents, problems ----------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """A year's tables, not yet published, with what the gates say of them.

    ``gates`` has every failure: those of a document led to its verdict, the others stop publication.
    """

    frames: Mapping[str, pd.DataFrame]
    disclosures: tuple[Disclosure, ...]
    gates: tuple[GateResult, ...]
    publication_id: str = ""
    fingerprint: str = ""

    @property
    def stoppers(self) -> list[tuple[GateResult, GateFailure]]:
        """The failures that belong to no single document."""
        return [
            (gate, failure) for gate in self.gates for failure in gate.failures if failure.document_id is None
        ]


def judge_year(context: RunContext, year: int) -> Candidate:
    """Judge every document of the year and put together its published tables, gates included."""
    seen = []
    releases = read_releases(context.paths.releases)
    for document in _documents_of(context, year):
        stored = read_table(
            context.paths.working("stitched_rows", year, document.document_id), "stitched_rows"
        )
        if stored is None:
            raise PublicationStopped(
                f"The rows of {document.source_file} are not there: make stitched_rows of {year} first."
            )
        disclosure = _guarded_build(
            document_id=document.document_id,
            source_file=document.source_file,
            fiscal_year=year,
            page_count=stored.notes["page_count"],
            tables=tables_from_json(stored.notes["tables"]),
            rows=table_rows(stored.frame),
            problems=[*document.problems, *problems_from_json(stored.notes["problems"])],
            releases=releases,
        )
        log.info(
            "judged %s: %s%s", document.source_file, disclosure.verdict.value, _worst(disclosure.problems)
        )
        seen.append(SeenDisclosure(disclosure, document.first_seen_at, context.run_id))
    raw = read_table(context.paths.published("raw_disclosures", year), "raw_disclosures")
    candidate = build_candidate(seen, raw.frame if raw else None)
    return replace(candidate, fingerprint=raw.notes["fingerprint"] if raw else "")


def _guarded_build(**facts: Any) -> Disclosure:
    try:
        return build_disclosure(**facts)
    except Exception as error:
        log.exception("%s: the program failed while judging it", facts["source_file"])
        kept = {**facts, "tables": (), "rows": ()}
        kept["problems"] = [*facts["problems"], _internal(Stage.PROJECTS, error)]
        return build_disclosure(**kept)


def build_candidate(seen: Sequence[SeenDisclosure], raw: pd.DataFrame | None = None) -> Candidate:
    """The published tables of some disclosures and what the gates say of them.

    A document whose rows a gate refuses is held and its rows leave the tables; the tables are then checked
    again. What belongs to no document is left in the candidate's gates.

    Args:
        seen: judged disclosures.
        raw: `raw_disclosures` of the year, for the conservation of files; None leaves that check out.
    """
    out = _projects_and_indicators(seen)
    gates = _out_gates(out)
    found = _problems_by_document(gates)
    if found:
        seen = [
            replace(item, disclosure=rejudge(item.disclosure, found.get(item.disclosure.document_id, ())))
            for item in seen
        ]
        out = _projects_and_indicators(seen)
        # What still fails now cannot be helped by holding documents.
        gates += _of_no_document(_out_gates(out))
    disclosures = [item.disclosure for item in seen]
    frames = {
        **out,
        "reconciliation": reconciliation_frame(seen),
        "documents": documents_frame(seen),
        "problems": problems_frame(seen),
    }
    reports = {table: frames[table] for table in ("reconciliation", "documents", "problems")}
    gates += _of_no_document(_out_gates(reports))
    gates.append(conservation.check_projects_kept(frames["projects"], disclosures))
    gates.append(conservation.check_indicators_kept(frames["projects"], frames["indicators"]))
    gates.append(conservation.check_problems_kept(frames["documents"], frames["problems"]))
    if raw is not None:
        gates.append(conservation.check_files_kept(raw, frames["documents"]))
    gates += _document_gates(disclosures)
    return Candidate(frames, tuple(disclosures), tuple(gates), _publication_id(frames["documents"]))


def _projects_and_indicators(seen: Sequence[SeenDisclosure]) -> dict[str, pd.DataFrame]:
    return {"projects": projects_frame(seen), "indicators": indicators_frame(seen)}


def _out_gates(frames: Mapping[str, pd.DataFrame]) -> list[GateResult]:
    return [
        gate
        for table, frame in frames.items()
        for gate in (check_shape(table, frame), check_content(table, frame))
    ]


def _of_no_document(gates: Iterable[GateResult]) -> list[GateResult]:
    """The gates with their failures taken for the table's own, which stop publication."""
    return [
        replace(gate, failures=tuple(replace(failure, document_id=None) for failure in gate.failures))
        for gate in gates
    ]


def _problems_by_document(gates: Sequence[GateResult]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for table in ("projects", "indicators"):
        for one, problems in _gate_problems(Stage(table), [g for g in gates if g.table == table]).items():
            found.setdefault(one, []).extend(problems)
    return found


def _document_gates(disclosures: Iterable[Disclosure]) -> list[GateResult]:
    """What the gates of single documents found, for display: sums, and every other reason to hold one."""
    sums: list[GateFailure] = []
    verdicts: list[GateFailure] = []
    rows = 0
    for disclosure in disclosures:
        rows += sum(len(table.projects) for table in disclosure.tables)
        for problem in disclosure.problems:
            if problem.severity not in (Severity.HELD, Severity.REFUSED):
                continue
            place = ", ".join(
                [
                    disclosure.source_file,
                    *([f"page {problem.page}"] if problem.page is not None else []),
                    *([f"row {problem.row}"] if problem.row is not None else []),
                ]
            )
            failure = GateFailure(problem.code, disclosure.document_id, place, problem.message)
            (sums if problem.code in _SUM_CODES else verdicts).append(failure)
    return [
        GateResult("projects", "reconciliation", rows, tuple(sums)),
        GateResult("documents", "verdicts", rows, (*sums, *verdicts)),
    ]


def _publication_id(documents: pd.DataFrame) -> str:
    """What tables of one publication share: a hash of which documents with which verdicts are in them."""
    columns = ["document_id", "table_number", "source_file", "verdict", "reason_codes", "parser_version"]
    lines = ["\t".join(map(str, row)) for row in documents[columns].itertuples(index=False)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def publish_year(context: RunContext, year: int | None, candidate: Candidate) -> dict[str, Path]:
    """Put a year's tables in place together, and note that the year is completed.

    Raises:
        PublicationStopped: a gate failed on what belongs to no document. Nothing is touched.
    """
    stoppers = candidate.stoppers
    if stoppers:
        gate, failure = stoppers[0]
        raise PublicationStopped(
            f"The tables of {year} were not published: {len(stoppers)} failures of gates that no single "
            f"document explains. The first: table {gate.table}, {gate.gate}, {failure.check}: "
            f"{failure.place} {failure.value}. The published tables stay as they were."
        )
    targets = {table: context.paths.published(table, year) for table in candidate.frames}
    notes = {"publication_id": candidate.publication_id}
    with replacing(
        {targets[table]: parquet_writer(table, frame, notes) for table, frame in candidate.frames.items()}
    ):
        pass
    write_json(
        context.paths.completed(year),
        {
            "fingerprint": candidate.fingerprint,
            "publication_id": candidate.publication_id,
            "run_id": context.run_id,
            "completed_at": context.now.isoformat(),
        },
    )
    return targets


def publish_unfiled(context: RunContext) -> Candidate:
    """Give the files that lie in no year's folder their verdict: `documents_unfiled`, `problems_unfiled`."""
    files = files_by_year(scan_raw(context.paths)).get(None, [])
    seen: dict[str, SeenDisclosure] = {}
    for file in files:
        problem = Problem(
            Stage.RAW_DISCLOSURES,
            "wrong_year_folder",
            f"{file.source_file} lies in no fiscal year's folder; move it to raw/<year>/ "
            f"({FIRST_YEAR} to {last_year()}).",
        )
        document_id = _hash(file)
        disclosure = build_disclosure(
            document_id=document_id,
            source_file=file.source_file,
            fiscal_year=None,
            page_count=0,
            tables=(),
            rows=(),
            problems=[problem],
        )
        seen.setdefault(document_id, SeenDisclosure(disclosure, file.modified_at, context.run_id))
    candidate = build_candidate(list(seen.values()))
    candidate = replace(
        candidate,
        frames={table: candidate.frames[table] for table in ("documents", "problems")},
        fingerprint=fingerprint(files, read_releases(context.paths.releases)),
    )
    if files or context.paths.published("documents", None).exists():
        publish_year(context, None, candidate)
    return candidate


# --- whole runs -----------------------------------------------------------------------------------


def run_year(context: RunContext, year: int) -> Candidate:
    """All stages of a year, without Dagster."""
    find_raw(context, year)
    read_pages(context, year)
    stitch_pages(context, year)
    candidate = judge_year(context, year)
    publish_year(context, year, candidate)
    return candidate


@dataclass(frozen=True, slots=True)
class Extraction:
    """What `extract` made of some files: every table's frame, ready to be written."""

    frames: Mapping[str, pd.DataFrame]
    candidate: Candidate


def extract(
    files: Sequence[Path], *, year: int | None, run_id: str, now: datetime | None = None
) -> Extraction:
    """The given files through the same stages and gates, in memory.

    Args:
        files: PDFs, in the order of the tables' rows.
        year: the fiscal year for files whose folder is no year and that print none.
        run_id: stands in `documents`.
        now: stands in `documents` as the time of first sight.

    Raises:
        UsageError: the year of a file that has a target table is not known, or a limit's variable is wrong.
        PublicationStopped: a gate failed on what belongs to no document.
    """
    limits = read_limits()
    now = now or datetime.now(UTC).replace(microsecond=0)
    seen: list[SeenDisclosure] = []
    working: dict[str, list[pd.DataFrame]] = {table: [] for table in WORKING_TABLES}
    known: dict[str, str] = {}
    for path in files:
        document_id = hash_file(path)
        if document_id in known:
            log.info("%s has the same content as %s: counted once", path.name, known[document_id])
            continue
        known[document_id] = path.name
        pages = _guarded_read(path, limits)
        stitched = _guarded_stitch(pages.items) if pages.items else StitchResult((), (), ())
        fiscal_year = choose_year(path, stitched.tables) or year
        if fiscal_year is None and stitched.tables:
            raise UsageError(
                f"The fiscal year of {path.name} is not known: its folder is not named after one and its "
                "table prints none. Say it with --year."
            )
        frames = {
            "page_text": page_text_frame(document_id, fiscal_year, pages.items),
            "stitched_rows": stitched_rows_frame(document_id, fiscal_year, stitched.rows),
        }
        problems = [*pages.problems, *stitched.problems]
        for table, frame in frames.items():
            working[table].append(frame)
            gates = [check_shape(table, frame), check_content(table, frame)]
            problems += _gate_problems(Stage(table), gates).get(document_id, [])
        disclosure = _guarded_build(
            document_id=document_id,
            source_file=path.name,
            fiscal_year=fiscal_year,
            page_count=len(pages.pages),
            tables=stitched.tables,
            rows=stitched.rows,
            problems=problems,
        )
        log.info("%s: %s%s", path.name, disclosure.verdict.value, _worst(disclosure.problems))
        seen.append(SeenDisclosure(disclosure, now, run_id))
    candidate = build_candidate(seen)
    _stop_on(candidate.gates)
    frames = {
        **{table: join_frames(table, found) for table, found in working.items()},
        **candidate.frames,
    }
    return Extraction(frames, candidate)


def _stop_on(gates: Sequence[GateResult]) -> None:
    for gate in gates:
        for failure in gate.failures:
            if failure.document_id is None:
                raise GateStopped(
                    f"Table {gate.table}, {gate.gate}: {failure.check} fails at {failure.place} "
                    f"{failure.value}.",
                    gates,
                )


def forget_document(paths: DataPaths, name: str) -> list[tuple[int, str]]:
    """Drop what was read of a document, so that the next run reads it again.

    Args:
        paths: the data folder.
        name: its file name, its path below ``raw/``, or the first 8 or more digits of its ``document_id``.

    Returns:
        (year, source_file) of each document forgotten; empty where none has that name.
    """
    found = []
    for file in sorted(paths.table_dir("raw_disclosures").glob("*.parquet")):
        stored = read_table(file, "raw_disclosures")
        for row in records_of(stored.frame) if stored else []:
            source = row["source_file"]
            if name in (source, Path(source).name) or (
                len(name) >= 8 and row["document_id"].startswith(name)
            ):
                for table in WORKING_TABLES:
                    paths.working(table, row["fiscal_year"], row["document_id"]).unlink(missing_ok=True)
                paths.completed(row["fiscal_year"]).unlink(missing_ok=True)
                found.append((row["fiscal_year"], source))
    return found


def _read_marker(paths: DataPaths, year: int | None) -> dict[str, Any] | None:

    try:
        marker = json.loads(paths.completed(year).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return marker if isinstance(marker, dict) else None
