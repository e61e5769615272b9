"""Nothing lost, nothing doubled between the year's tables: frames in, gate results out."""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter

import pandas as pd

from zc_pipeline.model import Disclosure, Standing, Verdict
from zc_pipeline.schemas.gates import GateFailure, GateResult
from zc_pipeline.tables.frames import columns_of, records_of


def check_files_kept(raw: pd.DataFrame, documents: pd.DataFrame) -> GateResult:
    """Files in = accepted + held + refused: each content found has its rows in `documents`, and no other."""
    found = set(raw.loc[~raw["is_copy"], "document_id"])
    judged = set(documents["document_id"])
    failures = [
        *(
            GateFailure("file has a verdict", None, f"document_id={one}", "no row in documents")
            for one in sorted(found - judged)
        ),
        *(
            GateFailure("verdict has a file", None, f"document_id={one}", "no file in raw_disclosures")
            for one in sorted(judged - found)
        ),
    ]
    return GateResult("documents", "conservation", len(documents), tuple(failures))


def check_projects_kept(projects: pd.DataFrame, disclosures: Iterable[Disclosure]) -> GateResult:
    """Every project of a table that counts is in `projects` once, and amounts re-add to the same total."""
    expected = {
        (disclosure.document_id, table.table_number): (len(table.projects), table.readded_total_cny)
        for disclosure in disclosures
        for table in disclosure.tables
        if table.counts and table.projects
    }
    found = {
        key: (len(group), group["total_cny"].dropna().sum())
        for key, group in projects.groupby(["document_id", "table_number"])
    }
    return GateResult(
        "projects",
        "conservation",
        len(projects),
        tuple(_differences("projects and their sum", expected, found)),
    )


def check_indicators_kept(projects: pd.DataFrame, indicators: pd.DataFrame) -> GateResult:
    """Each project's indicators are all there, numbered 1 to n, and carry all characters of its cell."""
    expected = {
        row["project_id"]: (row["indicator_count"], "".join(row["indicators_text"].split()))
        for row in records_of(projects)
        if row["indicator_count"] or row["indicators_text"]
    }
    columns = columns_of(indicators[["project_id", "indicator_number", "indicator_text"]])
    parts: dict[str, list[tuple[int, str]]] = {}
    for project_id, number, text in zip(*columns.values(), strict=True):
        parts.setdefault(project_id, []).append((number, text))
    found = {}
    for project_id, group in parts.items():
        group.sort(key=itemgetter(0))
        is_numbered = [number for number, _ in group] == list(range(1, len(group) + 1))
        joined = "".join("".join(text for _, text in group).split())
        found[project_id] = (len(group) if is_numbered else -1, joined)
    return GateResult(
        "indicators",
        "conservation",
        len(indicators),
        tuple(_differences("number and characters of indicators", expected, found)),
    )


def check_counts_kept(
    documents: pd.DataFrame, projects: pd.DataFrame, indicators: pd.DataFrame
) -> GateResult:
    """Each table has as many projects and indicators as its row in `documents` says, or, left out, none.

    Left out is what is not accepted, or does not stand as the current version. A table that says it has some
    and has no row at all is told too.
    """
    by = ["document_id", "table_number"]
    is_accepted = documents["verdict"] == Verdict.ACCEPTED.value
    said = documents[is_accepted & (documents["standing"] == Standing.CURRENT.value)].set_index(by)
    failures = []
    for column, frame in (("project_count", projects), ("indicator_count", indicators)):
        expected = said[column].to_dict()
        found = frame.groupby(by).size().to_dict()
        failures += [
            GateFailure(
                column,
                None,
                f"document_id={document_id}, table_number={number}",
                f"expected {expected.get((document_id, number), 0)}, "
                f"found {found.get((document_id, number), 0)}",
            )
            for document_id, number in sorted(expected.keys() | found.keys())
            if expected.get((document_id, number), 0) != found.get((document_id, number), 0)
        ]
    return GateResult("projects", "conservation", len(projects), tuple(failures))


def check_problems_kept(documents: pd.DataFrame, problems: pd.DataFrame) -> GateResult:
    """Every document that is not accepted names a reason, and the reason stands in `problems`."""
    codes: dict[str, set[str]] = {}
    for row in records_of(problems):
        codes.setdefault(row["document_id"], set()).add(row["code"])
    failures = [
        GateFailure(
            "reason stands in problems", None, f"document_id={row['document_id']}", row["reason_codes"]
        )
        for row in records_of(documents)
        if row["verdict"] != Verdict.ACCEPTED.value
        and (
            not row["reason_codes"]
            or not set(row["reason_codes"].split()) <= codes.get(row["document_id"], set())
        )
    ]
    return GateResult("problems", "conservation", len(problems), tuple(failures))


def _differences(check: str, expected: dict, found: dict) -> list[GateFailure]:  # type: ignore[type-arg]
    return [
        GateFailure(check, None, str(key), f"expected {expected.get(key)}, found {found.get(key)}"[:300])
        for key in sorted(expected.keys() | found.keys(), key=str)
        if expected.get(key) != found.get(key)
    ]
