"""What changed between the versions of a disclosure: judged disclosures and frames in, `revisions` out.

Projects of the two versions are paired as those of two years are (``tables/links``), but with every date
taken as it stands; two versions are of one department by what was decided of them, so that its name does not
count. A version that was not accepted was never in the tables and is compared with nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

import pandas as pd

from zc_pipeline.model import Disclosure, Standing, TargetTable, Verdict
from zc_pipeline.schemas.gates import GateFailure, GateResult
from zc_pipeline.schemas.project_links import LinkState
from zc_pipeline.schemas.revisions import TABLE, RevisionKind
from zc_pipeline.tables.changes import changes_between
from zc_pipeline.tables.disclosures import SeenDisclosure, indicators_frame, projects_frame
from zc_pipeline.tables.frames import frame_of, join_frames, records_of
from zc_pipeline.tables.links import PublishedYear, comparable, project_links_frame

Row = Mapping[str, Any]
_EMPTY: Final[Row] = dict.fromkeys(TABLE.column_names)
_KINDS: Final = frozenset(RevisionKind)
# Stands for the department of either version; and for their years, of which no date is near.
_ONE_DEPARTMENT: Final = "-"
_BEFORE, _AFTER = 0, 1


@dataclass(frozen=True, slots=True)
class _Version:
    """The rows of one version of a disclosure."""

    projects: pd.DataFrame
    indicators: pd.DataFrame

    def part(self, document_id: str, tables: Iterable[int]) -> _Version:
        """The rows of some tables of one document."""
        chosen = _where(_where(self.projects, "document_id", {document_id}), "table_number", set(tables))
        return _Version(chosen, _where(self.indicators, "project_id", set(chosen["project_id"])))

    def as_year(self, year: int) -> PublishedYear:
        """The rows as those of a year, for pairing."""
        projects = self.projects.copy()
        projects["department_name"] = pd.array(
            [_ONE_DEPARTMENT] * len(projects), dtype=projects["department_name"].dtype
        )
        return PublishedYear(year, projects, self.indicators, frame_of("documents", []))


def _where(frame: pd.DataFrame, column: str, values: Container[object]) -> pd.DataFrame:
    """The rows with one of these values."""
    return frame[pd.Series([one in values for one in frame[column]], index=frame.index, dtype=bool)]


@dataclass(frozen=True, slots=True)
class _Step:
    """From tables of one document to those of another that took their place."""

    previous: Disclosure
    previous_tables: tuple[int, ...]
    document_id: str
    tables: tuple[int, ...]


def revisions_frame(
    superseded: Sequence[SeenDisclosure],
    projects: pd.DataFrame,
    indicators: pd.DataFrame,
    documents: pd.DataFrame,
    before: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """What each superseded version differs in from the version that took its place.

    Args:
        superseded: disclosures with a table of which ``superseded_by`` is set, whole.
        projects: `projects` of the publication.
        indicators: `indicators` of the publication.
        documents: `documents` of the publication.
        before: `revisions` of the last publication, for superseded versions that cannot be compared any
            more: their file is gone, and what was read of it is lost or of another version of the program.

    Returns:
        `revisions`; no row for two versions that print the same.
    """
    whole = _all_rows(superseded, projects, indicators)
    about = {row["document_id"]: row for row in records_of(documents)}
    titles = {(row["document_id"], row["table_number"]): row for row in records_of(documents)}
    rows: list[dict[str, Any]] = []
    numbers: dict[tuple[str, str], int] = defaultdict(int)
    for step in _steps(superseded):
        known = about[step.document_id]
        for change in _changes(step, whole):
            pair = step.previous.document_id, step.document_id
            numbers[pair] += 1
            heading = titles.get((step.document_id, change["table_number"]), known)
            rows.append(
                {
                    **_EMPTY,
                    "fiscal_year": known["fiscal_year"],
                    "document_id": step.document_id,
                    "source_file": known["source_file"],
                    "superseded_document_id": step.previous.document_id,
                    "superseded_source_file": step.previous.source_file,
                    "department_name": heading["department_name"],
                    "title": heading["title"],
                    "seen_at": known["first_seen_at"],
                    **change,
                    "change_number": numbers[pair],
                }
            )
    compared = {
        item.disclosure.document_id
        for item in superseded
        if any(_is_compared(table) for table in item.disclosure.tables)
    }
    pairs = {(row["document_id"], row["superseded_by"]) for row in records_of(documents)}
    rows += [
        dict(row)
        for row in (records_of(before) if before is not None else [])
        if row["superseded_document_id"] not in compared
        and (row["superseded_document_id"], row["document_id"]) in pairs
    ]
    return frame_of("revisions", rows)


def _all_rows(
    superseded: Sequence[SeenDisclosure], projects: pd.DataFrame, indicators: pd.DataFrame
) -> _Version:
    """The rows that are published and those of the superseded versions."""
    as_if_current = [
        replace(
            item,
            disclosure=replace(
                item.disclosure,
                tables=tuple(
                    replace(table, standing=Standing.CURRENT)
                    for table in item.disclosure.tables
                    if _is_compared(table)
                ),
            ),
        )
        for item in superseded
    ]
    if not as_if_current:
        return _Version(projects, indicators)
    wanted = {table.superseded_by for item in superseded for table in item.disclosure.tables}
    return _Version(
        join_frames("projects", [_where(projects, "document_id", wanted), projects_frame(as_if_current)]),
        join_frames(
            "indicators", [_where(indicators, "document_id", wanted), indicators_frame(as_if_current)]
        ),
    )


def _is_compared(table: TargetTable) -> bool:
    return table.superseded_by is not None and table.verdict is Verdict.ACCEPTED


def _steps(superseded: Iterable[SeenDisclosure]) -> Iterator[_Step]:
    """The steps from version to version; tables that have successors in common make one."""
    for item in superseded:
        groups: dict[str, list[tuple[set[int], set[int]]]] = defaultdict(list)
        for table in item.disclosure.tables:
            if not _is_compared(table) or table.superseded_by is None:
                continue
            own, after = {table.table_number}, set(table.superseding_tables)
            kept = []
            for numbers, successors in groups[table.superseded_by]:
                if successors & after:
                    own, after = own | numbers, after | successors
                else:
                    kept.append((numbers, successors))
            groups[table.superseded_by] = [*kept, (own, after)]
        for document_id, found in groups.items():
            for numbers, successors in found:
                yield _Step(item.disclosure, tuple(sorted(numbers)), document_id, tuple(sorted(successors)))


def _changes(step: _Step, whole: _Version) -> Iterator[dict[str, Any]]:
    """The changes of one step: projects of the later version as printed, then those that it lacks."""
    before = whole.part(step.previous.document_id, step.previous_tables)
    after = whole.part(step.document_id, step.tables)
    links = records_of(project_links_frame(_AFTER, before.as_year(_BEFORE), after.as_year(_AFTER)))
    partners = {
        link["next_project_id"]: link["previous_project_id"]
        for link in links
        if link["link_state"] == LinkState.LINKED.value
    }
    unclear = {
        link["next_project_id"] or link["previous_project_id"]
        for link in links
        if link["link_state"] == LinkState.AMBIGUOUS.value
    }
    olds, news = _printed(before.projects), _printed(after.projects)
    of_old, of_new = _by_project(before.indicators), _by_project(after.indicators)
    for project_id, new in news.items():
        old = olds.get(partners.get(project_id, ""))
        if old is None:
            kind = RevisionKind.PROJECT_UNCLEAR if project_id in unclear else RevisionKind.PROJECT_ADDED
            yield _whole_project(kind, None, new, new["table_number"])
            continue
        changes = [
            *_unit_changes(old, new),
            *changes_between(old, new, of_old[old["project_id"]], of_new[project_id], year=_BEFORE),
        ]
        for change in changes:
            if change["kind"] in _KINDS:
                yield {**_of_projects(old, new, new["table_number"]), **_renamed(change)}
    kept = set(partners.values())
    for project_id, old in olds.items():
        if project_id not in kept:
            kind = RevisionKind.PROJECT_UNCLEAR if project_id in unclear else RevisionKind.PROJECT_REMOVED
            yield _whole_project(kind, old, None, step.tables[0])


def _printed(projects: pd.DataFrame) -> dict[str, Row]:
    """Rows by ``project_id``, in printed order."""
    rows = sorted(records_of(projects), key=lambda row: (row["table_number"], row["row_number"]))
    return {row["project_id"]: row for row in rows}


def _by_project(indicators: pd.DataFrame) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(records_of(indicators), key=lambda row: int(row["indicator_number"])):
        found[row["project_id"]].append(row)
    return found


def _of_projects(old: Row | None, new: Row | None, table_number: int) -> dict[str, Any]:
    named = new or old or {}
    return {
        "table_number": table_number,
        "unit_name": named["unit_name"],
        "project_name": named["project_name"],
        "superseded_project_id": old["project_id"] if old else None,
        "project_id": new["project_id"] if new else None,
    }


def _whole_project(kind: RevisionKind, old: Row | None, new: Row | None, table_number: int) -> dict[str, Any]:
    return {
        **_of_projects(old, new, table_number),
        "kind": kind.value,
        "column_name": "total_cny",
        "from_text": old["total_text"] if old else None,
        "to_text": new["total_text"] if new else None,
        "from_cny": old["total_cny"] if old else None,
        "to_cny": new["total_cny"] if new else None,
    }


def _unit_changes(old: Row, new: Row) -> Iterator[dict[str, Any]]:
    if comparable(old["unit_name"]) != comparable(new["unit_name"]):
        yield {
            "kind": RevisionKind.UNIT_CHANGED.value,
            "column_name": "unit_name",
            "from_text": old["unit_name"],
            "to_text": new["unit_name"],
        }


def _renamed(change: Row) -> dict[str, Any]:
    """A change as `project_changes` tells of it, in the columns of `revisions`."""
    found = {name: value for name, value in change.items() if name in _EMPTY}
    if "next_indicator_id" in change:
        found["superseded_indicator_id"] = change["previous_indicator_id"]
        found["indicator_id"] = change["next_indicator_id"]
    return found


# --- conservation -----------------------------------------------------------------------------------


def check_revisions_kept(
    revisions: pd.DataFrame,
    documents: pd.DataFrame,
    superseded: Sequence[SeenDisclosure],
    projects: pd.DataFrame,
) -> GateResult:
    """Changes belong to two versions, and from the one they lead to the other: in number and in money.

    What took a table's place is in `documents`; of each step, the projects of the earlier version less those
    removed plus those added are as many as the later one has, and its sum with all changes of totals added
    is the later one's.
    """
    known = set(documents["document_id"])
    pairs = {(row["document_id"], row["superseded_by"]) for row in records_of(documents)}
    rows = records_of(revisions)
    failures = [
        GateFailure("what took the place is in documents", None, f"document_id={one}", str(other))
        for one, other in sorted(pairs, key=str)
        if other is not None and other not in known
    ]
    failures += [
        GateFailure("changes belong to a superseded version", None, _place(row), row["kind"])
        for row in rows
        if (row["superseded_document_id"], row["document_id"]) not in pairs
    ]
    whole = _all_rows(superseded, projects, frame_of("indicators", []))
    expected: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for step in _steps(superseded):
        sides = (
            whole.part(step.previous.document_id, step.previous_tables),
            whole.part(step.document_id, step.tables),
        )
        counts = [Decimal(len(side.projects)) for side in sides]
        sums = [Decimal(side.projects["total_cny"].dropna().sum()) for side in sides]
        pair = expected[step.previous.document_id, step.document_id]
        pair[0] += counts[1] - counts[0]
        pair[1] += sums[1] - sums[0]
    told: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in rows:
        pair = told[row["superseded_document_id"], row["document_id"]]
        pair[0] += (row["superseded_project_id"] is None) - (row["project_id"] is None)
        if row["column_name"] == "total_cny":
            pair[1] += (row["to_cny"] or 0) - (row["from_cny"] or 0)
    failures += [
        GateFailure(
            "changes lead from one version to the other",
            None,
            f"superseded_document_id={key[0]}, document_id={key[1]}",
            f"expected {difference[0]} projects and {difference[1]} yuan more, told {told[key]}",
        )
        for key, difference in expected.items()
        if told[key] != difference
    ]
    return GateResult("revisions", "conservation", len(revisions), tuple(failures))


def _place(row: Row) -> str:
    return ", ".join(f"{column}={row[column]}" for column in TABLE.key)
