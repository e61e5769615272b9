"""From what the gates find to problems of documents, or to the end of a run."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from zc_pipeline.errors import Severity, Stage
from zc_pipeline.model import Problem
from zc_pipeline.pipeline.context import GateStopped
from zc_pipeline.schemas.gates import GateFailure, GateResult

log = logging.getLogger("zc_pipeline")

_MOST_LINES: Final = 5
# Gate → the problem that a document's failing rows become.
GATE_CODES: Final = {"shape": "shape_gate", "content": "content_gate", "conservation": "conservation_gate"}


def worst_codes(problems: Iterable[Problem]) -> str:
    """The codes that keep a document from being accepted, for the log."""
    codes = sorted({p.code for p in problems if p.severity in (Severity.REFUSED, Severity.HELD)})
    return f" ({', '.join(codes)})" if codes else ""


def log_problems(source_file: str, problems: Iterable[Problem]) -> None:
    """One line for each of a document's first problems that keep it from being accepted."""
    worst = [one for one in problems if one.severity in (Severity.REFUSED, Severity.HELD)]
    for one in worst[:_MOST_LINES]:
        page = "" if one.page is None else f", page {one.page}"
        log.warning(
            "%s%s: %s: %s",
            source_file,
            page,
            one.code,
            one.message,
            extra={"document": source_file, "page": one.page, "row": one.row, "code": one.code},
        )


def merge_gates(table: str, gates: Iterable[GateResult]) -> list[GateResult]:
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


def put_together(batches: Sequence[Sequence[GateResult]]) -> list[GateResult]:
    """One result a table and gate from those of batches that share no row.

    Args:
        batches: of each its results; where it has several of one gate, they are over the same rows.
    """
    rows: Counter[tuple[str, str]] = Counter()
    failures: dict[tuple[str, str], list[GateFailure]] = {}
    for batch in batches:
        largest: dict[tuple[str, str], int] = {}
        for one in batch:
            key = one.table, one.gate
            largest[key] = max(largest.get(key, 0), one.checked_rows)
            failures.setdefault(key, []).extend(one.failures)
        rows.update(largest)
    return [GateResult(*key, rows[key], tuple(found)) for key, found in failures.items()]


def gate_problems(stage: Stage, gates: Iterable[GateResult]) -> dict[str, list[Problem]]:
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
                GATE_CODES[gate],
                f"{len(failures)} rows fail the check {check}, the first at {failures[0].place}.",
                raw=failures[0].value,
            )
            for (gate, check), failures in per_check.items()
        ]
        for document_id, per_check in found.items()
    }


def stop_on(gates: Sequence[GateResult]) -> None:
    """End the run where a gate failed on what belongs to no document.

    Raises:
        GateStopped: the first such failure.
    """
    for gate in gates:
        for failure in gate.failures:
            if failure.document_id is None:
                raise GateStopped(
                    f"Table {gate.table}, {gate.gate}: {failure.check} fails at {failure.place} "
                    f"{failure.value}.",
                    gates,
                )


def internal_problem(stage: Stage, error: Exception) -> Problem:
    """A fault of the program as a problem of the document that brought it out."""
    return Problem(stage, "internal_error", f"The program failed on this document: {error!r}.")


def of_no_document(gates: Iterable[GateResult]) -> list[GateResult]:
    """The gates with their failures taken for the table's own, which stop publication."""
    return [
        replace(gate, failures=tuple(replace(failure, document_id=None) for failure in gate.failures))
        for gate in gates
    ]
