"""From joined rows to a year's tables with the gates' findings, not yet published."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pandas as pd

from zc_pipeline.errors import PublicationStopped, Severity, Stage
from zc_pipeline.model import Disclosure, Problem
from zc_pipeline.parse.judge import build_disclosure, rejudge
from zc_pipeline.pipeline.context import RunContext
from zc_pipeline.pipeline.gating import gate_problems, internal_problem, worst_codes
from zc_pipeline.pipeline.raw import documents_of
from zc_pipeline.schemas.gates import GateFailure, GateResult
from zc_pipeline.schemas.shape import check_shape
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.storage.parquet import read_table
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
from zc_pipeline.tables.notes import problems_from_json, tables_from_json
from zc_pipeline.tables.stitched_rows import table_rows

log = logging.getLogger("zc_pipeline")

_SUM_CODES: Final = frozenset({"sources_do_not_add_up", "unit_does_not_add_up", "total_does_not_add_up"})


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
    for document in documents_of(context, year):
        stored = read_table(
            context.paths.working("stitched_rows", year, document.document_id), "stitched_rows"
        )
        if stored is None:
            raise PublicationStopped(
                f"The rows of {document.source_file} are not there: make stitched_rows of {year} first."
            )
        disclosure = guarded_build(
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
            "judged %s: %s%s",
            document.source_file,
            disclosure.verdict.value,
            worst_codes(disclosure.problems),
        )
        seen.append(SeenDisclosure(disclosure, document.first_seen_at, context.run_id))
    raw = read_table(context.paths.published("raw_disclosures", year), "raw_disclosures")
    candidate = build_candidate(seen, raw.frame if raw else None)
    return replace(candidate, fingerprint=raw.notes["fingerprint"] if raw else "")


def guarded_build(**facts: Any) -> Disclosure:
    """Judge a document; what our own code fails on becomes a problem of it, and its rows stay out."""
    try:
        return build_disclosure(**facts)
    except Exception as error:
        log.exception("%s: the program failed while judging it", facts["source_file"])
        kept = {**facts, "tables": (), "rows": ()}
        kept["problems"] = [*facts["problems"], internal_problem(Stage.PROJECTS, error)]
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
        for one, problems in gate_problems(Stage(table), [g for g in gates if g.table == table]).items():
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
