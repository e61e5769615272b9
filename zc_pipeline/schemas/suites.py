"""The content gate: a Great Expectations suite per table.

A schema says what a column may hold; these suites say what must be true between columns and of the texts.
Great Expectations takes seconds to import, so that happens only when a suite runs.
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
from collections.abc import Callable, Iterator
from functools import cache
from itertools import compress
from typing import TYPE_CHECKING, Any, Final

from zc_pipeline.errors import CATALOGUE
from zc_pipeline.model import Standing
from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.gates import GateFailure, GateResult

if TYPE_CHECKING:
    import pandas as pd

_UNWRAPPED: Final = r"^[^\r\n\t]*$"
_NO_FOOTER: Final = r"第\s*\d+\s*页\s*[,，]\s*共\s*\d+\s*页"
_NO_LABEL: Final = r"(?:实施周期指标值|年度指标值)\s*[:：]"
_QUANTITY_WORDS: Final = (
    "low",
    "low_base",
    "high",
    "high_base",
    "unit",
    "unit_base",
    "note",
    "period",
    "reason",
)
# Which columns of a quantity hold a value: both bounds or the one that the relation names, each with its
# base; a base unit only with a unit; only a reason where it is qualitative; nothing for an empty target.
_QUANTITY_FORM: Final = (
    r"^no target$|^target qualitative reason$|^target "
    r"(?:(?:=|range) low low_base high high_base|(?:>|>=) low low_base|(?:<|<=) high high_base)"
    r"(?: unit(?: unit_base)?)?(?: note)?(?: period)? is_measurable$"
)


def _raw_disclosures(gx: Any) -> list[Any]:
    return [
        gx.ExpectColumnValuesToBeBetween(column="size_bytes", min_value=0),
        gx.ExpectColumnValuesToMatchRegex(column="source_file", regex=r"^\d{4}/"),
    ]


def _page_text(gx: Any) -> list[Any]:
    return [
        gx.ExpectColumnPairValuesAToBeGreaterThanB(column_A="x1_pt", column_B="x0_pt", or_equal=True),
        gx.ExpectColumnPairValuesAToBeGreaterThanB(column_A="bottom_pt", column_B="top_pt", or_equal=True),
        gx.ExpectColumnValuesToNotMatchRegex(column="text", regex=r"[\ue000-\uf8ff\ufffd]|\(cid:\d+\)"),
        gx.ExpectColumnValuesToBeInSet(column="reader_name", value_set=["pypdfium2", "pdfplumber"]),
    ]


def _stitched_rows(gx: Any) -> list[Any]:
    return [
        gx.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="page_last", column_B="page_first", or_equal=True
        ),
        gx.ExpectColumnValuesToNotMatchRegex(column="indicators_text", regex=_NO_FOOTER),
        gx.ExpectColumnValuesToNotMatchRegex(column="goal_text", regex=_NO_FOOTER),
        gx.ExpectColumnValuesToNotBeNull(column="project_name_text"),
    ]


def _projects(gx: Any) -> list[Any]:
    return [
        gx.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="page_last", column_B="page_first", or_equal=True
        ),
        gx.ExpectColumnValuesToMatchRegex(column="project_name", regex=r"^\S(?:.*\S)?$"),
        gx.ExpectColumnValuesToNotMatchRegex(
            column="project_name", regex=r"^(?:合\s*计|总\s*计|小\s*计|项目名称)$"
        ),
        gx.ExpectColumnValuesToMatchRegex(column="performance_goal", regex=_UNWRAPPED),
        gx.ExpectColumnValuesToNotMatchRegex(column="performance_goal", regex=_NO_FOOTER),
        gx.ExpectColumnValuesToNotMatchRegex(column="performance_goal", regex=_NO_LABEL),
        gx.ExpectColumnValuesToNotMatchRegex(column="indicators_text", regex=_NO_FOOTER),
        gx.ExpectCompoundColumnsToBeUnique(column_list=["document_id", "table_number", "row_number"]),
    ]


def _indicators(gx: Any) -> list[Any]:
    return [
        gx.ExpectColumnValuesToNotMatchRegex(column="indicator_name", regex=_NO_LABEL),
        gx.ExpectColumnValuesToNotMatchRegex(column="cycle_target", regex=_NO_LABEL),
        gx.ExpectColumnValuesToNotMatchRegex(column="annual_target", regex=_NO_LABEL),
        gx.ExpectColumnValuesToMatchRegex(column="cycle_target", regex=_UNWRAPPED),
        gx.ExpectColumnValuesToMatchRegex(column="annual_target", regex=_UNWRAPPED),
        gx.ExpectColumnValuesToMatchRegex(column="indicator_text", regex=r"^[(（]?[0-9０-９]+[、.．)）]"),
        gx.ExpectCompoundColumnsToBeUnique(column_list=["project_id", "indicator_number"]),
        *_quantity(gx, "cycle_"),
        *_quantity(gx, "annual_"),
    ]


def _quantity(gx: Any, prefix: str) -> list[Any]:
    """What holds between the columns of a target's quantity: none says what another denies."""
    from great_expectations.expectations.row_conditions import Column

    return [
        gx.ExpectColumnValuesToMatchRegex(column=f"{prefix}quantity_form", regex=_QUANTITY_FORM),
        gx.ExpectColumnPairValuesToBeEqual(
            column_A=f"{prefix}low",
            column_B=f"{prefix}high",
            row_condition=Column(f"{prefix}relation") == "=",
            ignore_row_if="either_value_is_missing",
        ),
        gx.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A=f"{prefix}high_base",
            column_B=f"{prefix}low_base",
            or_equal=True,
            ignore_row_if="either_value_is_missing",
        ),
    ]


def _with_quantity_forms(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a column more for each target: its relation, and which columns of it hold a value.

    One text for an expectation to judge instead of one expectation for each pair of columns: for each of
    them Great Expectations takes as long as for a thousand rows.
    """
    forms = {}
    for prefix in ("cycle_", "annual_"):
        names = [f"{prefix}{name}" for name in ("target", "relation", *_QUANTITY_WORDS, "is_measurable")]
        if not set(names) <= set(frame.columns):
            continue  # what is missing is refused by the shape, and here by the missing form
        is_there = [frame[f"{prefix}{name}"].notna().tolist() for name in _QUANTITY_WORDS]
        forms[f"{prefix}quantity_form"] = [
            " ".join(
                [
                    "target" if str(target).strip() else "no target",
                    *([str(relation)] if has_relation else []),
                    *compress(_QUANTITY_WORDS, held),
                    *(["is_measurable"] if is_measurable is True else []),
                ]
            )
            for target, relation, has_relation, is_measurable, held in zip(
                frame[f"{prefix}target"].tolist(),
                frame[f"{prefix}relation"].tolist(),
                frame[f"{prefix}relation"].notna().tolist(),
                frame[f"{prefix}is_measurable"].tolist(),
                zip(*is_there, strict=True),
                strict=True,
            )
        ]
    return frame.assign(**forms)


def _documents(gx: Any) -> list[Any]:
    return [
        gx.ExpectColumnValuesToBeInSet(column="verdict", value_set=["accepted", "held", "refused"]),
        gx.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="printed_row_count", column_B="joined_row_count", or_equal=True
        ),
        gx.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="printed_row_count", column_B="project_count", or_equal=True
        ),
        gx.ExpectColumnValuesToBeInSet(column="standing", value_set=[one.value for one in Standing]),
    ]


def _reconciliation(gx: Any) -> list[Any]:
    return [
        gx.ExpectColumnValuesToMatchRegex(column="row_name", regex=r"\S"),
        gx.ExpectCompoundColumnsToBeUnique(
            column_list=["document_id", "table_number", "row_order", "scope", "column_name"]
        ),
    ]


def _problems(gx: Any) -> list[Any]:
    return [
        gx.ExpectColumnValuesToBeInSet(column="code", value_set=sorted(CATALOGUE)),
        gx.ExpectColumnValuesToMatchRegex(column="message", regex=r"\S"),
    ]


def _revisions(gx: Any) -> list[Any]:
    return [
        gx.ExpectCompoundColumnsToBeUnique(
            column_list=["superseded_document_id", "document_id", "change_number"]
        ),
        gx.ExpectColumnValuesToMatchRegex(column="from_text", regex=r"\S"),
        gx.ExpectColumnValuesToMatchRegex(column="to_text", regex=r"\S"),
        gx.ExpectColumnValuesToMatchRegex(column="project_name", regex=r"^\S(?:.*\S)?$"),
    ]


def _project_links(gx: Any) -> list[Any]:
    return [
        gx.ExpectColumnValuesToMatchRegex(column="why", regex=r"\S"),
        gx.ExpectColumnValuesToMatchRegex(column="next_project_name", regex=r"^\S(?:.*\S)?$"),
        gx.ExpectColumnValuesToMatchRegex(column="previous_project_name", regex=r"^\S(?:.*\S)?$"),
        gx.ExpectColumnValuesToBeBetween(column="candidate_count", min_value=0),
    ]


def _project_changes(gx: Any) -> list[Any]:
    return [
        gx.ExpectCompoundColumnsToBeUnique(column_list=["previous_project_id", "change_number"]),
        gx.ExpectColumnValuesToMatchRegex(column="from_text", regex=r"\S"),
        gx.ExpectColumnValuesToMatchRegex(column="to_text", regex=r"\S"),
    ]


_EXPECTATIONS: Final[dict[str, Callable[[Any], list[Any]]]] = {
    "raw_disclosures": _raw_disclosures,
    "page_text": _page_text,
    "stitched_rows": _stitched_rows,
    "projects": _projects,
    "indicators": _indicators,
    "documents": _documents,
    "reconciliation": _reconciliation,
    "problems": _problems,
    "revisions": _revisions,
    "project_links": _project_links,
    "project_changes": _project_changes,
}


_source_numbers: Final = itertools.count()


@cache
def _context() -> Any:
    """One in-memory Great Expectations context a process, quiet and without telemetry."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations
    from great_expectations.data_context.types.base import ProgressBarsConfig

    for name in ("great_expectations", "great_expectations.data_context.types.base"):
        logging.getLogger(name).setLevel(logging.WARNING)
    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context


@contextlib.contextmanager
def _pandas_source() -> Iterator[Any]:
    """A source of frames for one suite: as long as a source is there, it keeps every frame it was given."""
    sources = _context().data_sources
    source = sources.add_pandas(f"frames_{next(_source_numbers)}")
    try:
        yield source
    finally:
        sources.delete(source.name)


def _prepared(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with the columns that only its suite has."""
    return _with_quantity_forms(frame) if table == "indicators" else frame


def check_content(table: str, frame: pd.DataFrame) -> GateResult:
    """Run a table's suite over a frame.

    Returns:
        One failure per row and expectation; without ``document_id`` where Great Expectations names no row.
    """
    if frame.empty:
        return GateResult(table, "content", 0, ())
    # Tables that join documents have no such column: what fails there belongs to no single one.
    of_document = ["document_id"] if "document_id" in TABLES[table].column_names else []
    index_columns = list(dict.fromkeys([*of_document, *TABLES[table].key]))
    with _pandas_source() as source:
        import great_expectations
        import great_expectations.expectations as gx

        asset = source.add_dataframe_asset(table)
        batch = asset.add_batch_definition_whole_dataframe("whole").get_batch(
            {"dataframe": _prepared(table, frame.reset_index(drop=True))}
        )
        suite = great_expectations.ExpectationSuite(name=table, expectations=_EXPECTATIONS[table](gx))
        result = batch.validate(
            suite,
            result_format={
                "result_format": "COMPLETE",
                "unexpected_index_column_names": index_columns,
            },
        )
    failures = [
        failure
        for outcome in result.results
        if not outcome.success
        for failure in _failures(outcome, index_columns)
    ]
    return GateResult(table, "content", len(frame), tuple(failures))


def _failures(outcome: Any, index_columns: list[str]) -> list[GateFailure]:
    config = outcome.expectation_config
    columns = [
        str(value)
        for name, value in config.kwargs.items()
        if name in ("column", "column_A", "column_B", "column_list")
    ]
    check = f"{config.type} ({', '.join(columns)})"
    rows = (outcome.result or {}).get("unexpected_index_list") or []
    if not rows:
        message = str((outcome.exception_info or {}).get("exception_message") or outcome.result or "")
        return [GateFailure(check, None, "", message[:200])]
    return [
        GateFailure(
            check=check,
            document_id=str(row["document_id"]) if "document_id" in row else None,
            place=", ".join(
                f"{column}={row.get(column)}" for column in index_columns if column != "document_id"
            ),
            value=", ".join(f"{name}={value}" for name, value in row.items() if name not in index_columns)[
                :200
            ],
        )
        for row in rows
    ]
