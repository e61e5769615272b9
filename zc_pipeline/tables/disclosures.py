"""Judged disclosures to the published tables: `projects`, `indicators`, `documents`, `problems`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from functools import cache
from operator import attrgetter
from typing import Any, Final

import pandas as pd

from zc_pipeline.errors import CATALOGUE, Stage
from zc_pipeline.model import Disclosure, Indicator, Problem, Project, TargetTable
from zc_pipeline.parse.document import PARSER_VERSION
from zc_pipeline.parse.quantities import Quantity, read_quantity
from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.quantities import QUANTITY_COLUMNS
from zc_pipeline.tables.frames import frame_of

# The stages that number rows within a page's ruled table; later ones count through the whole table.
_COUNT_BY_PAGE: Final = frozenset({Stage.RAW_DISCLOSURES, Stage.PAGE_TEXT, Stage.STITCHED_ROWS})


@dataclass(frozen=True, slots=True)
class SeenDisclosure:
    """A disclosure with what only the run knows of it."""

    disclosure: Disclosure
    first_seen_at: datetime
    run_id: str


def projects_frame(seen: Sequence[SeenDisclosure]) -> pd.DataFrame:
    """The projects of accepted tables that no later version took the place of."""
    return frame_of(
        "projects",
        (
            {
                **_place(item.disclosure),
                **_own(project, "projects"),
                "indicator_count": project.indicator_count,
                "is_released": bool(table.releases),
            }
            for item in seen
            for table in _counting(item.disclosure)
            for project in table.projects
        ),
    )


def indicators_frame(seen: Sequence[SeenDisclosure]) -> pd.DataFrame:
    """The indicators of the same tables, one row each, with their project's names and pages."""
    return frame_of(
        "indicators",
        (
            {
                **_place(item.disclosure),
                **_of_project(project),
                **_own(indicator, "indicators"),
                **quantity_values("cycle_", indicator.cycle_target, indicator.indicator_name),
                **quantity_values("annual_", indicator.annual_target, indicator.indicator_name),
                "is_released": bool(table.releases),
            }
            for item in seen
            for table in _counting(item.disclosure)
            for project in table.projects
            for indicator in project.indicators
        ),
    )


def quantity_values(prefix: str, target: str, indicator_name: str) -> dict[str, Any]:
    """What a target means as a quantity, by column (``schemas/quantities.py``)."""
    values = _quantity_values(read_quantity(target, indicator_name))
    return dict(zip(_quantity_columns(prefix), values, strict=True))


_values_of_quantity: Final = attrgetter(*QUANTITY_COLUMNS)


@cache
def _quantity_columns(prefix: str) -> tuple[str, ...]:
    return tuple(prefix + name for name in QUANTITY_COLUMNS)


def _quantity_values(quantity: Quantity) -> list[Any]:
    """In the order of the columns; enumerations as the plain texts that the columns hold."""
    return [one.value if isinstance(one, StrEnum) else one for one in _values_of_quantity(quantity)]


def documents_frame(seen: Sequence[SeenDisclosure]) -> pd.DataFrame:
    """One row per target table; a file without one has one row."""
    return frame_of(
        "documents", [_document_row(item, table) for item in seen for table in item.disclosure.tables]
    )


def reconciliation_frame(seen: Sequence[SeenDisclosure]) -> pd.DataFrame:
    """One row per printed sum, of every table read, whatever its verdict, that was not set aside."""
    return frame_of(
        "reconciliation",
        [
            {
                **_place(item.disclosure),
                "table_number": table.table_number,
                "scope": one.scope.value,
                "column_name": one.column,
                "row_order": one.row_order,
                "row_name": one.row_name,
                "page_first": one.page,
                "printed_cny": one.printed_cny,
                "readded_cny": one.readded_cny,
                "difference_cny": one.difference_cny,
                "tolerance_cny": one.tolerance_cny,
                "addend_count": one.addend_count,
                "is_explained": one.is_explained,
            }
            for item in seen
            for table in item.disclosure.tables
            if not table.is_set_aside
            for one in table.sums
        ],
    )


def problems_frame(seen: Sequence[SeenDisclosure]) -> pd.DataFrame:
    """One row per problem, numbered within its file in the order the stages found them."""
    return frame_of(
        "problems",
        [
            {
                **_place(item.disclosure),
                "table_number": problem.table_number,
                "problem_number": number,
                "stage": problem.stage.value,
                "code": problem.code,
                "severity": problem.severity.value,
                "page": problem.page,
                "row_order": problem.row,
                "message": problem.message,
                "message_zh": message_zh(problem, names_table=len(item.disclosure.tables) > 1),
                "raw_text": problem.raw,
            }
            for item in seen
            for number, problem in enumerate(item.disclosure.problems, start=1)
        ],
    )


def message_zh(problem: Problem, *, names_table: bool = False) -> str:
    """A problem in Chinese: where, what was seen, what to do.

    Args:
        problem: of any stage; what is not known of its place is left out.
        names_table: say which target table it is, for files that hold several.

    Returns:
        The place, 第3页第5行： for the fifth row of a ruled table on page 3, 第3页（全表第57行）： for a row
        of `stitched_rows`; then the sentences of the catalogue, without marks of Markdown.
    """
    page = f"第{problem.page}页" if problem.page is not None else ""
    row = f"第{problem.row}行" if problem.row is not None else ""
    if row and problem.stage not in _COUNT_BY_PAGE:
        row = f"（全表{row}）" if page else f"全表{row}"
    table = f"第{problem.table_number}张表" if names_table and problem.table_number is not None else ""
    place = "，".join(part for part in (table, page + row) if part)
    condition = CATALOGUE[problem.code]
    text = (condition.meaning_zh + condition.remedy_zh).replace("`", "")
    return f"{place}：{text}" if place else text


def _place(disclosure: Disclosure) -> dict[str, Any]:
    return {
        "document_id": disclosure.document_id,
        "source_file": disclosure.source_file,
        "fiscal_year": disclosure.fiscal_year,
    }


def _own(record: Project | Indicator, table: str) -> dict[str, Any]:
    """The record's values for the table's columns of the same name."""
    kind: type = type(record)
    names, values_of = _shared(kind, table)
    return dict(zip(names, values_of(record), strict=True))


@cache
def _shared(kind: type, table: str) -> tuple[tuple[str, ...], Callable[[Any], Any]]:
    """The columns of a table that a record's attributes name, and what takes their values from it."""
    columns = set(TABLES[table].column_names)
    names = tuple(field.name for field in fields(kind) if field.name in columns)
    return names, attrgetter(*names)


def _of_project(project: Project) -> dict[str, Any]:
    """What stands of a project in the rows of its indicators."""
    return {
        "table_number": project.table_number,
        "department_name": project.department_name,
        "unit_name": project.unit_name,
        "project_name": project.project_name,
        "page_first": project.page_first,
        "page_last": project.page_last,
    }


def _counting(disclosure: Disclosure) -> list[TargetTable]:
    """The tables whose rows belong into the published tables."""
    return [table for table in disclosure.tables if table.counts]


def _document_row(item: SeenDisclosure, table: TargetTable) -> dict[str, Any]:
    disclosure, facts = item.disclosure, table.facts
    return {
        **_place(disclosure),
        "table_number": table.table_number,
        "department_name": facts.department_name if facts else None,
        "title": facts.title if facts else None,
        "form_name": facts.form if facts else None,
        "verdict": table.verdict.value,
        "reason_codes": " ".join(table.reason_codes),
        "standing": table.standing.value,
        "superseded_by": table.superseded_by,
        "withdrawn_at": table.withdrawn_at,
        "money_unit": facts.money_unit if facts else None,
        "printed_year": facts.printed_year if facts else None,
        "page_count": disclosure.page_count,
        "page_first": facts.page_first if facts else None,
        "page_last": facts.page_last if facts else None,
        "unit_count": table.unit_count,
        "project_count": len(table.projects),
        "indicator_count": sum(project.indicator_count for project in table.projects),
        "printed_row_count": table.rows_printed,
        "joined_row_count": table.rows_joined,
        "header_row_count": table.header_count,
        "printed_total_cny": table.printed_total_cny,
        "readded_total_cny": table.readded_total_cny,
        "release_text": "; ".join(map(str, table.releases)) or None,
        "problem_count": sum(
            problem.table_number in (None, table.table_number) for problem in disclosure.problems
        ),
        "parser_version": PARSER_VERSION,
        "first_seen_at": item.first_seen_at,
        "run_id": item.run_id,
    }
