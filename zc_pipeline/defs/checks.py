"""The gates as asset checks: one a gate and table, the failing rows as a table.

A failure of one document is a warning: the document was held, the others go on. A failure that belongs to
no document is an error, and the asset is not materialized: see ``assets``.
"""

from collections.abc import Iterable, Iterator, Sequence
from types import MappingProxyType
from typing import Final

import dagster as dg

from zc_pipeline.schemas.gates import GateFailure, GateResult
from zc_pipeline.watching.quiet import Quiet

_MEANING: Final = MappingProxyType(
    {
        "shape": "Columns, types, allowed values and unique keys are as the table's schema says.",
        "content": "The expectations of the table's content suite hold.",
        "conservation": "Nothing was lost or doubled on the way into the table.",
        "reconciliation": "Projects add up to their unit, units to the grand total, and each total to its "
        "sources, within what rounding of the printed amounts explains.",
        "verdicts": "Every document was accepted. A failing row is a reason why one was held or refused.",
        "filed": "Every PDF below raw/ lies in a fiscal year's folder.",
        "new_disclosures": "A new disclosure came within the days that the setting quiet_days names. Looked "
        "at with every run and, by the sensor `watch`, every day.",
    }
)
# Table → its gates. The pipeline makes a result of each in every run.
GATES: Final = MappingProxyType(
    {
        "raw_disclosures": ("shape", "content", "filed", "new_disclosures"),
        "page_text": ("shape", "content"),
        "stitched_rows": ("shape", "content"),
        "projects": ("shape", "content", "conservation", "reconciliation"),
        "indicators": ("shape", "content", "conservation"),
        "reconciliation": ("shape", "content"),
        "documents": ("shape", "content", "conservation", "verdicts"),
        "problems": ("shape", "content", "conservation"),
        "revisions": ("shape", "content", "conservation"),
        "project_links": ("shape", "content", "conservation"),
        "project_changes": ("shape", "content", "conservation"),
    }
)
_MOST_ROWS: Final = 100
_COLUMNS: Final = dg.TableSchema(
    [
        dg.TableColumn("check", description="What the row fails."),
        dg.TableColumn("place", description="Which row, by its key."),
        dg.TableColumn("value", description="The value or message concerned."),
        dg.TableColumn("document_id", description="The document held for it. Empty: it belongs to none."),
    ]
)


def check_specs(*tables: str) -> list[dg.AssetCheckSpec]:
    """The checks of some tables; those that fail as errors block what comes after."""
    return [
        dg.AssetCheckSpec(gate, asset=table, description=_MEANING[gate], blocking=True)
        for table in tables
        for gate in GATES[table]
    ]


def check_results(gates: Iterable[GateResult], year: int) -> Iterator[dg.AssetCheckResult]:
    """One result a table and gate; several runs of one gate over a table are put together.

    The UI shows the latest result of a check, of whichever year; so each names its year.
    """
    found: dict[tuple[str, str], list[GateResult]] = {}
    for one in gates:
        found.setdefault((one.table, one.gate), []).append(one)
    for (table, gate), results in found.items():
        failures = [failure for result in results for failure in result.failures]
        rows = max(result.checked_rows for result in results)
        yield _result(table, gate, year, rows, failures)


def quiet_result(quiet: Quiet) -> dg.AssetCheckResult:
    """The check that new disclosures come, as a run evaluates it."""
    return dg.AssetCheckResult(
        asset_key="raw_disclosures",
        check_name="new_disclosures",
        passed=not quiet.is_too_long,
        severity=dg.AssetCheckSeverity.WARN,
        description=quiet.words,
        metadata=_quiet_metadata(quiet),
    )


def quiet_evaluation(quiet: Quiet) -> dg.AssetCheckEvaluation:
    """The same, as it is evaluated without a run."""
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("raw_disclosures"),
        check_name="new_disclosures",
        passed=not quiet.is_too_long,
        severity=dg.AssetCheckSeverity.WARN,
        description=quiet.words,
        metadata=_quiet_metadata(quiet),
    )


def _quiet_metadata(quiet: Quiet) -> dict[str, dg.MetadataValue]:
    last = quiet.last_new_at
    return {
        "days": dg.MetadataValue.int(quiet.days),
        "quiet_days": dg.MetadataValue.int(quiet.limit_days),
        **({"last_new_at": dg.MetadataValue.timestamp(last)} if last else {}),
    }


def _result(
    table: str, gate: str, year: int, rows: int, failures: Sequence[GateFailure]
) -> dg.AssetCheckResult:
    stopping = sum(failure.document_id is None for failure in failures)
    documents = len({failure.document_id for failure in failures} - {None})
    metadata: dict[str, dg.MetadataValue] = {
        "fiscal_year": dg.MetadataValue.text(str(year)),
        "checked_rows": dg.MetadataValue.int(rows),
    }
    if failures:
        # What stops publication comes first, so that the cap cannot hide it.
        shown = sorted(failures, key=lambda failure: failure.document_id is not None)[:_MOST_ROWS]
        metadata["failing_rows"] = dg.MetadataValue.table([_record(one) for one in shown], _COLUMNS)
        metadata["failures"] = dg.MetadataValue.int(len(failures))
    if len(failures) > _MOST_ROWS:
        metadata["not_shown"] = dg.MetadataValue.text(
            f"{len(failures) - _MOST_ROWS} more failures are not in the table."
        )
    return dg.AssetCheckResult(
        asset_key=table,
        check_name=gate,
        passed=not failures,
        severity=dg.AssetCheckSeverity.ERROR if stopping else dg.AssetCheckSeverity.WARN,
        description=_sentence(year, len(failures), stopping, documents),
        metadata=metadata,
    )


def _sentence(year: int, failures: int, stopping: int, documents: int) -> str | None:
    if not failures:
        return None
    if stopping:
        return f"{year}: {stopping} of {failures} failures belong to no single document. Publication stopped."
    return f"{year}: documents left out: {documents}, for {failures} failures. The others go on."


def _record(failure: GateFailure) -> dg.TableRecord:
    return dg.TableRecord(
        {
            "check": failure.check,
            "place": failure.place,
            "value": failure.value,
            "document_id": failure.document_id or "",
        }
    )
