"""From joined rows to a year's tables with the gates' findings, not yet published."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Final

import pandas as pd

from zc_pipeline.errors import PublicationStopped, Severity, Stage
from zc_pipeline.model import Disclosure, Problem, Standing
from zc_pipeline.parse.judge import build_disclosure, rejudge
from zc_pipeline.pipeline.context import RunContext
from zc_pipeline.pipeline.gating import (
    GATE_CODES,
    gate_problems,
    internal_problem,
    log_problems,
    of_no_document,
    put_together,
    worst_codes,
)
from zc_pipeline.pipeline.judged import (
    DocumentFacts,
    JudgedDocument,
    TableOfFacts,
    inputs_of,
    read_last_publication,
    tables_of_facts,
)
from zc_pipeline.pipeline.raw import RawDocument, documents_of, withdrawn_of
from zc_pipeline.pipeline.revising import Decision, apply_decision, decide
from zc_pipeline.pipeline.working_files import WorkingIndex
from zc_pipeline.schemas import PUBLISHED_TABLES
from zc_pipeline.schemas.gates import GateFailure, GateResult
from zc_pipeline.schemas.shape import check_shape, check_whole
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.storage.memory import give_back_memory
from zc_pipeline.storage.parquet import read_table
from zc_pipeline.storage.releases import read_releases
from zc_pipeline.storage.revisions import read_revision_words
from zc_pipeline.tables import conservation
from zc_pipeline.tables.disclosures import (
    SeenDisclosure,
    documents_frame,
    indicators_frame,
    problems_frame,
    projects_frame,
    reconciliation_frame,
)
from zc_pipeline.tables.frames import merge_frames, records_of
from zc_pipeline.tables.notes import problems_from_json, tables_from_json
from zc_pipeline.tables.revisions import check_revisions_kept, revisions_frame
from zc_pipeline.tables.stitched_rows import table_rows

log = logging.getLogger("zc_pipeline")

# Documents that are made into rows and pass the gates together: few enough to stay small in memory, enough
# to spread the cost of the suites' set-up.
_BATCH: Final = 100
# What is said of every document, whatever its verdict.
_REPORTS: Final = ("reconciliation", "documents", "problems")
_SUM_CODES: Final = frozenset({"sources_do_not_add_up", "unit_does_not_add_up", "total_does_not_add_up"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """A year's tables, not yet published, with what the gates say of them.

    Attributes:
        frames: table → all its rows of the year.
        gates: every failure: those of a document led to its verdict, the others stop publication.
        publication_id: what the tables share.
        fingerprint: what the year's files were.
        judged: what each document was judged from, to be noted when the tables are in place.
        is_published: whether these very tables lie there already.
    """

    frames: Mapping[str, pd.DataFrame]
    gates: tuple[GateResult, ...]
    publication_id: str = ""
    fingerprint: str = ""
    judged: Mapping[str, JudgedDocument] = field(default_factory=dict)
    is_published: bool = False

    @property
    def stoppers(self) -> list[tuple[GateResult, GateFailure]]:
        """The failures that belong to no single document."""
        return [
            (gate, failure) for gate in self.gates for failure in gate.failures if failure.document_id is None
        ]


def judge_year(context: RunContext, year: int) -> Candidate:
    """Judge the year's documents and put together its published tables, gates included.

    A document that rests on the same inputs as in the last publication, and of which the others decide the
    same, is not judged again: its rows are taken over. The tables are those that judging everything anew
    would give, but for ``run_id``, which stays that of the run that judged the row.

    Raises:
        PublicationStopped: the rows of a document are not there.
    """
    return _Year(context, year).candidate()


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is kept of a judged document once its rows stand in the tables.

    Attributes:
        facts: of its tables, with the verdicts that the gates left them.
        gate_problems: what the gates said of its rows.
    """

    facts: tuple[TableOfFacts, ...]
    gate_problems: tuple[Problem, ...]


class _Year:
    """The documents of one year on their way to its tables.

    A document's projects and indicators take many times the memory of their rows: no more than a batch of
    them is there at a time, and what other documents decide of one is applied to it judged once more.
    """

    def __init__(self, context: RunContext, year: int) -> None:
        paths = context.paths
        self._context, self._year = context, year
        self._raw = read_table(paths.published("raw_disclosures", year), "raw_disclosures")
        listed = [*documents_of(context, year), *withdrawn_of(context, year)]
        self._documents = {one.document_id: one for one in listed}
        self._releases = read_releases(paths.releases)
        self._words = read_revision_words(paths.revisions)
        self._rows = WorkingIndex(paths, "stitched_rows", year)
        self._last = read_last_publication(paths, year, PUBLISHED_TABLES)
        self._known = self._last.documents if self._last else {}
        self._judged: dict[str, _Judged] = {}
        self._gates: list[GateResult] = []
        self._parts: list[dict[str, pd.DataFrame]] = []  # each document's rows in one of them
        self._expected: dict[str, conservation.ProjectCounts] = {}

    def candidate(self) -> Candidate:
        """The year's tables, with what the gates say of them."""
        inputs = {one.document_id: self._inputs(one) for one in self._documents.values()}
        self._judge([one for one in inputs if not self._is_known(one, inputs[one])])
        facts = [self._facts(one) for one in self._documents.values()]
        decisions = decide(facts, self._words)
        keys = {one: decisions[one].key if one in decisions else "" for one in inputs}
        same = {one for one in inputs if one not in self._judged and self._known[one].decision == keys[one]}
        # `revisions` compares the rows of what was superseded, and they stand in no table.
        to_compare = {one for one, decision in decisions.items() if decision.has_superseded}
        kept = {one for one in same if one not in to_compare or self._rows.look(one) is None}
        self._judge([one for one in inputs if one not in self._judged and one not in kept])
        compared = self._decide(decisions, self._run_ids(same - kept), to_compare)
        if kept:
            log.info("%d documents are as they were: their rows are taken over", len(kept))
        candidate = _assemble(
            self._whole(),
            self._gates,
            expected={key: one for counts in self._expected.values() for key, one in counts.items()},
            raw=self._raw.frame if self._raw else None,
            kept=Kept(self._last.frames, kept) if self._last and kept else None,
            digests={one: found.sha256 for one in inputs if (found := self._rows.look(one)) is not None},
        )
        self._rows.save()
        before = read_table(self._context.paths.published("revisions", self._year), "revisions")
        candidate = _with_revisions(
            candidate,
            [compared[one] for one in inputs if one in compared],
            before.frame if before else None,
        )
        return replace(
            candidate,
            fingerprint=self._raw.notes["fingerprint"] if self._raw else "",
            judged={
                one.document_id: JudgedDocument(inputs[one.document_id], one.tables, keys[one.document_id])
                for one in facts
            },
            is_published=self._last is not None
            and self._last.is_same(candidate.publication_id, candidate.frames),
        )

    def _is_known(self, document_id: str, inputs: str) -> bool:
        """Whether the document's facts are those of the last publication."""
        known = self._known.get(document_id)
        if known is None:
            return False
        # What is gone cannot be read again: what was known of it stays.
        is_gone = self._documents[document_id].withdrawn_at is not None
        return known.judged_from == inputs or (is_gone and self._rows.look(document_id) is None)

    def _inputs(self, document: RawDocument) -> str:
        rows = self._rows.look(document.document_id)
        return inputs_of(
            document_id=document.document_id,
            source_file=document.source_file,
            first_seen_at=document.first_seen_at,
            problems=document.problems,
            releases=self._releases,
            stitched_sha256=rows.sha256 if rows else "",
        )

    def _facts(self, document: RawDocument) -> DocumentFacts:
        judged = self._judged.get(document.document_id)
        return DocumentFacts(
            document.document_id,
            document.source_file,
            document.first_seen_at,
            judged.facts if judged else self._known[document.document_id].tables,
            document.withdrawn_at,
            document.replaced_by,
        )

    def _judge(self, document_ids: Sequence[str]) -> None:
        """Judge some documents by themselves; the gates over their rows hold those whose rows fail."""
        if not document_ids and self._gates:
            return
        gates: list[list[GateResult]] = []
        for batch in _batches(document_ids) or [()]:
            held, found, problems = _hold_failing([self._judge_one(self._documents[one]) for one in batch])
            self._judged |= {
                item.disclosure.document_id: _Judged(
                    tables_of_facts(item.disclosure), tuple(problems.get(item.disclosure.document_id, ()))
                )
                for item in held.seen
            }
            self._expect(held.seen)
            self._parts.append(held.frames)
            gates.append(found)
            del held
            give_back_memory()
        self._gates += put_together(gates)

    def _decide(
        self, decisions: Mapping[str, Decision], run_ids: Mapping[str, str], to_compare: Collection[str]
    ) -> dict[str, SeenDisclosure]:
        """Make anew the rows of judged documents that are not what they are by themselves.

        Args:
            decisions: what other documents decide, by ``document_id``.
            run_ids: the run to be named in the rows of documents that were judged for them alone.
            to_compare: documents that are handed back whole.

        Returns:
            Those of ``to_compare`` that were judged, by ``document_id``.
        """
        compared: dict[str, SeenDisclosure] = {}
        for batch in _batches([one for one in self._judged if one in decisions or one in run_ids]):
            seen = []
            for one in batch:
                item = self._built(self._documents[one])
                if self._judged[one].gate_problems:
                    item = replace(item, disclosure=rejudge(item.disclosure, self._judged[one].gate_problems))
                decided = apply_decision(item.disclosure, decisions.get(one))
                seen.append(replace(item, disclosure=decided, run_id=run_ids.get(one, item.run_id)))
            self._parts = [_without(part, batch) for part in self._parts]
            self._parts.append(_tables_of(seen))
            self._expect(seen)
            compared |= {
                item.disclosure.document_id: item
                for item in seen
                if item.disclosure.document_id in to_compare
            }
            give_back_memory()
        return compared

    def _expect(self, seen: Sequence[SeenDisclosure]) -> None:
        """Note which projects `projects` must have of some documents, in place of what was noted before."""
        self._expected |= {
            item.disclosure.document_id: conservation.count_projects(item.disclosure) for item in seen
        }

    def _whole(self) -> dict[str, pd.DataFrame]:
        """The rows of the judged documents."""
        parts, self._parts = self._parts, []  # they take as much memory as the whole
        if len(parts) == 1:
            return parts[0]
        whole = {table: merge_frames(table, (part.pop(table) for part in parts)) for table in [*parts[0]]}
        self._gates += [check_whole(table, whole[table]) for table in ("projects", "indicators")]
        return whole

    def _run_ids(self, document_ids: Collection[str]) -> dict[str, str]:
        """The runs that judged documents which were now judged once more for their rows alone."""
        if self._last is None or not document_ids:
            return {}
        documents = self._last.frames["documents"]
        run_ids = dict(zip(documents["document_id"], documents["run_id"], strict=True))
        return {one: run_ids[one] for one in document_ids}

    def _judge_one(self, document: RawDocument) -> SeenDisclosure:
        """Judge a document by itself, and say so."""
        item = self._built(document)
        log.info(
            "judged %s: %s%s",
            document.source_file,
            item.disclosure.verdict.value,
            worst_codes(item.disclosure.problems),
            extra={"document": document.source_file, "verdict": item.disclosure.verdict.value},
        )
        log_problems(document.source_file, item.disclosure.problems)
        return item

    def _built(self, document: RawDocument) -> SeenDisclosure:
        path = self._context.paths.working("stitched_rows", self._year, document.document_id)
        is_gone = document.withdrawn_at is not None
        stored = read_table(path, "stitched_rows", of_any_parser=is_gone)
        problems = [*document.problems]
        if stored is not None:
            problems += problems_from_json(stored.notes["problems"])
            rows = self._rows.look(document.document_id)
            if rows is None or rows.why_not_current:
                said = "Its file is gone, and what was read of it was read by another version of the program."
                problems.append(Problem(Stage.RAW_DISCLOSURES, "withdrawn_outdated", said))
        elif is_gone:
            said = "What was read of it is not there any more, and neither is its file."
            problems.append(Problem(Stage.RAW_DISCLOSURES, "withdrawn_unreadable", said))
        else:
            self._rows.forget(document.document_id)
            self._rows.save()
            raise PublicationStopped(
                f"The rows of {document.source_file} are not there, or are damaged. Run `zc-pipeline run "
                f"--year {self._year}` again: it makes them anew."
            )
        disclosure = guarded_build(
            document_id=document.document_id,
            source_file=document.source_file,
            fiscal_year=self._year,
            page_count=stored.notes["page_count"] if stored else 0,
            tables=tables_from_json(stored.notes["tables"]) if stored else (),
            rows=table_rows(stored.arrow) if stored else (),
            problems=problems,
            releases=self._releases,
        )
        return SeenDisclosure(disclosure, document.first_seen_at, self._context.run_id)


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
    held, gates, _ = _hold_failing(seen)
    counts = [conservation.count_projects(item.disclosure) for item in held.seen]
    expected = {key: one for counted in counts for key, one in counted.items()}
    return _assemble(held.frames, gates, expected=expected, raw=raw)


@dataclass(frozen=True, slots=True)
class _Held:
    """Documents with the verdicts that the gates left them, and their rows of every table."""

    seen: Sequence[SeenDisclosure]
    frames: dict[str, pd.DataFrame]


def _hold_failing(
    seen: Sequence[SeenDisclosure],
) -> tuple[_Held, list[GateResult], dict[str, list[Problem]]]:
    """Hold the documents whose rows a gate refuses; what still fails then is no single document's.

    Returns:
        The documents with their verdicts and rows, what the gates said, and what of it by document.
    """
    out = _projects_and_indicators(seen)
    gates = _out_gates(out)
    found = _problems_by_document(gates)
    if not found:
        return _Held(seen, {**out, **_reports(seen)}), gates, found
    held = [
        replace(item, disclosure=rejudge(item.disclosure, problems))
        if (problems := found.get(item.disclosure.document_id))
        else item
        for item in seen
    ]
    frames = _tables_of(held)
    gates += of_no_document(_out_gates({table: frames[table] for table in out}))
    return _Held(held, frames), gates, found


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of some documents as they were published, of each table that has a document in its rows."""

    frames: Mapping[str, pd.DataFrame]
    document_ids: Collection[str]

    def rows(self, table: str) -> pd.DataFrame:
        """Those of one table."""
        frame = self.frames[table]
        is_kept = frame["document_id"].isin(list(self.document_ids))
        return frame if is_kept.all() else frame[is_kept]  # a year's rows are not copied for nothing


def _assemble(
    frames: Mapping[str, pd.DataFrame],
    gates: Sequence[GateResult],
    *,
    expected: conservation.ProjectCounts,
    raw: pd.DataFrame | None = None,
    kept: Kept | None = None,
    digests: Mapping[str, str] = MappingProxyType({}),
) -> Candidate:
    """The published tables of judged disclosures and of rows taken over, with what the gates say of them.

    Args:
        frames: the rows of judged disclosures, by table.
        gates: what the gates over their projects and indicators said.
        expected: which projects they have.
        raw: as in :func:`build_candidate`.
        kept: rows of other documents, as they were published.
        digests: ``document_id`` → what its rows were made from, for the publication's id.
    """
    reports = {table: frames[table] for table in _REPORTS}
    found = [*gates, *of_no_document(_out_gates(reports))]
    found.append(conservation.check_projects_kept(frames["projects"], expected))
    found.append(conservation.check_indicators_kept(frames["projects"], frames["indicators"]))
    is_sound = not any(failure.document_id is None for gate in found for failure in gate.failures)
    if kept is not None and is_sound:  # else nothing is published, and the parts may not fit together
        found += _standing_gates(kept.rows("problems"))
        frames = {table: merge_frames(table, (kept.rows(table), frame)) for table, frame in frames.items()}
        found += [check_whole(table, frame) for table, frame in frames.items()]
        found.append(
            conservation.check_counts_kept(frames["documents"], frames["projects"], frames["indicators"])
        )
        if raw is not None:
            found.append(conservation.check_files_kept(raw, frames["documents"]))
    elif raw is not None and kept is None:
        found.append(conservation.check_files_kept(raw, frames["documents"]))
    found.append(conservation.check_problems_kept(frames["documents"], frames["problems"]))
    found += _document_gates(frames["documents"], frames["problems"])
    publication_id = _publication_id(frames["documents"], digests)
    return Candidate(frames, tuple(found), publication_id)


def _with_revisions(
    candidate: Candidate, superseded: Sequence[SeenDisclosure], before: pd.DataFrame | None
) -> Candidate:
    """The candidate with `revisions`: what the versions that count changed in those that they superseded."""
    if candidate.stoppers:
        return candidate  # nothing of it is published, and its tables may not fit together
    projects, indicators, documents = (
        candidate.frames[table] for table in ("projects", "indicators", "documents")
    )
    frame = revisions_frame(superseded, projects, indicators, documents, before)
    gates = of_no_document(_out_gates({"revisions": frame}))
    if all(gate.passed for gate in gates):
        gates.append(check_revisions_kept(frame, documents, superseded, projects))
    return replace(
        candidate, frames={**candidate.frames, "revisions": frame}, gates=(*candidate.gates, *gates)
    )


def _standing_gates(problems: pd.DataFrame) -> list[GateResult]:
    """What the gates said of rows that are taken over, when they were made."""
    rows = records_of(problems[problems["code"].isin(list(GATE_CODES.values()))])
    return [
        GateResult(
            table,
            gate,
            0,
            tuple(
                GateFailure(row["code"], row["document_id"], row["source_file"], row["message"])
                for row in rows
                if row["stage"] == table and row["code"] == GATE_CODES[gate]
            ),
        )
        for table in ("projects", "indicators")
        for gate in ("shape", "content")
    ]


def _projects_and_indicators(seen: Sequence[SeenDisclosure]) -> dict[str, pd.DataFrame]:
    return {"projects": projects_frame(seen), "indicators": indicators_frame(seen)}


def _reports(seen: Sequence[SeenDisclosure]) -> dict[str, pd.DataFrame]:
    return {
        "reconciliation": reconciliation_frame(seen),
        "documents": documents_frame(seen),
        "problems": problems_frame(seen),
    }


def _tables_of(seen: Sequence[SeenDisclosure]) -> dict[str, pd.DataFrame]:
    """The rows of some documents, of each table that has a document in its rows."""
    return {**_projects_and_indicators(seen), **_reports(seen)}


def _without(frames: Mapping[str, pd.DataFrame], document_ids: Sequence[str]) -> dict[str, pd.DataFrame]:
    """The rows of all but some documents."""
    return {table: frame[~frame["document_id"].isin(list(document_ids))] for table, frame in frames.items()}


def _batches(document_ids: Sequence[str]) -> list[Sequence[str]]:
    return [document_ids[first : first + _BATCH] for first in range(0, len(document_ids), _BATCH)]


def _out_gates(frames: Mapping[str, pd.DataFrame]) -> list[GateResult]:
    return [
        gate
        for table, frame in frames.items()
        for gate in (check_shape(table, frame), check_content(table, frame))
    ]


def _problems_by_document(gates: Sequence[GateResult]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for table in ("projects", "indicators"):
        for one, problems in gate_problems(Stage(table), [g for g in gates if g.table == table]).items():
            found.setdefault(one, []).extend(problems)
    return found


def _document_gates(documents: pd.DataFrame, problems: pd.DataFrame) -> list[GateResult]:
    """What the gates of single documents found, for display: sums, and every other reason to hold one."""
    sums: list[GateFailure] = []
    verdicts: list[GateFailure] = []
    rows = int(documents["project_count"].sum())
    worst = problems["severity"].isin([Severity.HELD.value, Severity.REFUSED.value])
    set_aside = [Standing.SUPERSEDED.value, Standing.WITHDRAWN.value]
    concerning = documents.loc[~documents["standing"].isin(set_aside), "document_id"]
    for row in records_of(problems[worst & problems["document_id"].isin(concerning)]):
        place = ", ".join(
            [
                row["source_file"],
                *([f"page {row['page']}"] if row["page"] is not None else []),
                *([f"row {row['row_order']}"] if row["row_order"] is not None else []),
            ]
        )
        failure = GateFailure(row["code"], row["document_id"], place, row["message"])
        (sums if row["code"] in _SUM_CODES else verdicts).append(failure)
    return [
        GateResult("projects", "reconciliation", rows, tuple(sums)),
        GateResult("documents", "verdicts", rows, (*sums, *verdicts)),
    ]


def _publication_id(documents: pd.DataFrame, digests: Mapping[str, str]) -> str:
    """What tables of one publication share: a hash of the documents in them, with verdicts and contents."""
    columns = [
        *("document_id", "table_number", "source_file", "verdict", "reason_codes"),
        *("standing", "superseded_by", "parser_version"),
    ]
    lines = ["\t".join(map(str, row)) for row in documents[columns].itertuples(index=False)]
    lines += [f"{document_id}\t{digest}" for document_id, digest in sorted(digests.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]
