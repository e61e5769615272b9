"""The content gate: a Great Expectations suite per table.

A schema says what a column may hold; these suites say what must be true between columns and of the texts.
Great Expectations takes seconds to import, so that happens only when a suite runs.
"""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from zc_pipeline.errors import CATALOGUE
from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.gates import GateFailure, GateResult

if TYPE_CHECKING:
    import pandas as pd

_UNWRAPPED: Final = r"^[^\r\n\t]*$"
_NO_FOOTER: Final = r"第\s*\d+\s*页\s*[,，]\s*共\s*\d+\s*页"
_NO_LABEL: Final = r"(?:实施周期指标值|年度指标值)\s*[:：]"


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
    ]


def _documents(gx: Any) -> list[Any]:
    return [
        gx.ExpectColumnValuesToBeInSet(column="verdict", value_set=["accepted", "held", "refused"]),
        gx.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="printed_row_count", column_B="joined_row_count", or_equal=True
        ),
        gx.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="printed_row_count", column_B="project_count", or_equal=True
        ),
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


_EXPECTATIONS: Final[dict[str, Callable[[Any], list[Any]]]] = {
    "raw_disclosures": _raw_disclosures,
    "page_text": _page_text,
    "stitched_rows": _stitched_rows,
    "projects": _projects,
    "indicators": _indicators,
    "documents": _documents,
    "reconciliation": _reconciliation,
    "problems": _problems,
}


_asset_numbers: Final = itertools.count()


@cache
def _pandas_source() -> Any:
    """One in-memory Great Expectations context a process, quiet and without telemetry."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations
    from great_expectations.data_context.types.base import ProgressBarsConfig

    for name in ("great_expectations", "great_expectations.data_context.types.base"):
        logging.getLogger(name).setLevel(logging.WARNING)
    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context.data_sources.add_pandas("frames")


def check_content(table: str, frame: pd.DataFrame) -> GateResult:
    """Run a table's suite over a frame.

    Returns:
        One failure per row and expectation; without ``document_id`` where Great Expectations names no row.
    """
    if frame.empty:
        return GateResult(table, "content", 0, ())
    source = _pandas_source()
    import great_expectations
    import great_expectations.expectations as gx

    asset = source.add_dataframe_asset(f"{table}_{next(_asset_numbers)}")
    batch = asset.add_batch_definition_whole_dataframe("whole").get_batch(
        {"dataframe": frame.reset_index(drop=True)}
    )
    suite = great_expectations.ExpectationSuite(name=table, expectations=_EXPECTATIONS[table](gx))
    index_columns = list(dict.fromkeys(["document_id", *TABLES[table].key]))
    result = batch.validate(
        suite,
        result_format={
            "result_format": "COMPLETE",
            "unexpected_index_column_names": index_columns,
        },
    )
    source.delete_asset(asset.name)
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
            document_id=str(row["document_id"]),
            place=", ".join(f"{column}={row.get(column)}" for column in index_columns[1:]),
            value=", ".join(f"{name}={value}" for name, value in row.items() if name not in index_columns)[
                :200
            ],
        )
        for row in rows
    ]
