"""Nothing lost, nothing doubled between the year's tables: frames in, gate results out."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final

import pandas as pd

from zc_pipeline.model import Disclosure, Standing, Verdict
from zc_pipeline.schemas.gates import GateFailure, GateResult
from zc_pipeline.tables.frames import columns_of, records_of

_AT_A_TIME: Final = 10_000  # projects


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


# (``document_id``, table number) → how many projects are to be in `projects`, and the sum of their amounts.
ProjectCounts = Mapping[tuple[str, int], tuple[int, Decimal | None]]


def count_projects(disclosure: Disclosure) -> ProjectCounts:
    """What :func:`check_projects_kept` expects of a disclosure: nothing of tables that do not count."""
    return {
        (disclosure.document_id, table.table_number): (len(table.projects), table.readded_total_cny)
        for table in disclosure.tables
        if table.counts and table.projects
    }


def check_projects_kept(projects: pd.DataFrame, expected: ProjectCounts) -> GateResult:
    """Every project of a table that counts is in `projects` once, and amounts re-add to the same total."""
    found = {
        key: (len(group), group["total_cny"].dropna().sum())
        for key, group in projects[["document_id", "table_number", "total_cny"]].groupby(
            ["document_id", "table_number"]
        )
    }
    return GateResult(
        "projects",
        "conservation",
        len(projects),
        tuple(_differences("projects and their sum", expected, found)),
    )


def check_indicators_kept(projects: pd.DataFrame, indicators: pd.DataFrame) -> GateResult:
    """Each project's indicators are all there, numbered 1 to n, and carry all characters of its cell.

    Projects are taken some thousand at a time: as plain texts, all of a large year would fill the memory.
    """
    said = projects[["project_id", "indicator_count", "indicators_text"]]
    parts = indicators[["project_id", "indicator_number", "indicator_text"]]
    failures: list[GateFailure] = []
    rows = 0
    for first in range(0, max(len(said), 1), _AT_A_TIME):
        some = said.iloc[first : first + _AT_A_TIME]
        own = parts[parts["project_id"].isin(some["project_id"])]
        rows += len(own)
        failures += _differences(
            "number and characters of indicators", _said_of_indicators(some), _found_of_indicators(own)
        )
    if rows != len(parts):
        orphans = parts[~parts["project_id"].isin(said["project_id"])]
        failures += _differences("number and characters of indicators", {}, _found_of_indicators(orphans))
    return GateResult("indicators", "conservation", len(indicators), tuple(failures))


def _said_of_indicators(projects: pd.DataFrame) -> dict[str, tuple[int, str]]:
    """``project_id`` → how many indicators its cell has, and all its characters."""
    return {
        project_id: (count, "".join(text.split()))
        for project_id, count, text in zip(*columns_of(projects).values(), strict=True)
        if count or text
    }


def _found_of_indicators(indicators: pd.DataFrame) -> dict[str, tuple[int, str]]:
    """The same by the indicators; -1 of them where they are not numbered 1 to n."""
    parts: dict[str, list[tuple[int, str]]] = {}
    for project_id, number, text in zip(*columns_of(indicators).values(), strict=True):
        parts.setdefault(project_id, []).append((number, text))
    found = {}
    for project_id, group in parts.items():
        group.sort(key=itemgetter(0))
        is_numbered = [number for number, _ in group] == list(range(1, len(group) + 1))
        joined = "".join("".join(text for _, text in group).split())
        found[project_id] = (len(group) if is_numbered else -1, joined)
    return found


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
    for row in records_of(problems[["document_id", "code"]]):
        codes.setdefault(row["document_id"], set()).add(row["code"])
    failures = [
        GateFailure(
            "reason stands in problems", None, f"document_id={row['document_id']}", row["reason_codes"]
        )
        for row in records_of(documents[["document_id", "verdict", "reason_codes"]])
        if row["verdict"] != Verdict.ACCEPTED.value
        and (
            not row["reason_codes"]
            or not set(row["reason_codes"].split()) <= codes.get(row["document_id"], set())
        )
    ]
    return GateResult("problems", "conservation", len(problems), tuple(failures))


def _differences(check: str, expected: Mapping[Any, Any], found: Mapping[Any, Any]) -> list[GateFailure]:
    return [
        GateFailure(check, None, str(key), f"expected {expected.get(key)}, found {found.get(key)}"[:300])
        for key in sorted(expected.keys() | found.keys(), key=str)
        if expected.get(key) != found.get(key)
    ]
