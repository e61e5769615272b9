"""`indicators`: the performance indicators of accepted documents."""

from __future__ import annotations

from typing import Final

from zc_pipeline.schemas.fields import (
    DEPARTMENT_NAME,
    DOCUMENT_ID,
    FISCAL_YEAR,
    FLAG,
    INTEGER,
    PAGE_FIRST,
    PAGE_LAST,
    PROJECT_ID,
    PROJECT_ID_FIELD,
    PROJECT_NAME,
    SOURCE_FILE,
    TABLE_NUMBER,
    TEXT,
    UNIT_NAME,
    Field,
    TableSpec,
)

_LINE = r"[^\n]*"
_TARGET = "as printed: wraps and the one closing 。 removed. Empty where none is printed"

_FROM_CELL: Final = (
    "indicator_number",
    "level1_code",
    "level1_name",
    "level2_code",
    "level2_name",
    "indicator_name",
    "cycle_target",
    "annual_target",
    "indicator_text",
)

TABLE: Final = TableSpec(
    name="indicators",
    row_meaning="one performance indicator of a project",
    layer="out",
    source=("projects",),
    key=("indicator_id",),
    sort_by=("source_file", "table_number", "project_id", "indicator_number"),
    fields=(
        DOCUMENT_ID,
        TABLE_NUMBER.but(minimum=1),
        SOURCE_FILE,
        FISCAL_YEAR,
        DEPARTMENT_NAME,
        UNIT_NAME,
        PROJECT_ID_FIELD,
        PROJECT_NAME,
        PAGE_FIRST,
        PAGE_LAST,
        Field("is_released", FLAG, "A person released a check that its document fails: see `documents`."),
        Field(
            "indicator_id",
            TEXT,
            "Identity of the indicator: its project and printed number.",
            pattern=PROJECT_ID + r"-i\d{3,}",
        ),
        Field("indicator_number", INTEGER, "Number printed before the indicator, from 1.", minimum=1),
        Field(
            "level1_code",
            TEXT,
            "Code of the first level, e.g. 1.",
            printed_as=("1-产出指标",),
            pattern=r"\d{1,2}",
        ),
        Field(
            "level1_name", TEXT, "Name of the first level.", printed_as=("产出指标", "效益指标", "满意度指标")
        ),
        Field(
            "level2_code",
            TEXT,
            "Code of the second level, e.g. 11.",
            printed_as=("11-数量指标",),
            pattern=r"\d{2,3}",
        ),
        Field(
            "level2_name", TEXT, "Name of the second level.", printed_as=("数量指标", "质量指标", "时效指标")
        ),
        Field("indicator_name", TEXT, "What is measured.", pattern=r"[^\n]+"),
        Field(
            "cycle_target",
            TEXT,
            f"Target over the project's whole cycle, {_TARGET}.",
            printed_as=("实施周期指标值",),
            pattern=_LINE,
        ),
        Field(
            "annual_target",
            TEXT,
            f"Target of the year, {_TARGET}.",
            printed_as=("年度指标值",),
            pattern=_LINE,
        ),
        Field(
            "indicator_text",
            TEXT,
            "The whole indicator as printed, wraps removed. The texts of a project "
            "put together are its packed cell.",
            pattern=r"[^\n]+",
        ),
    ),
    warnings=(
        "Targets are text: a figure in them may count something else than the indicator's name says.",
        "Codes that are not in the known list are kept as printed; `problems` names them.",
    ),
    lineage=dict.fromkeys(_FROM_CELL, (("projects", "indicators_text"),)),
)
