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
from zc_pipeline.schemas.quantities import QUANTITY_COLUMNS, quantity_fields

_LINE = r"[^\n]*"
_TARGET = "as printed: wraps and the one closing 。 removed. Empty where none is printed"
_TARGET_ZH = "与所印一致，仅去除折行和结尾的一个“。”。未印的为空文本"

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
    *(f"{prefix}_{name}" for prefix in ("cycle", "annual") for name in QUANTITY_COLUMNS),
)
_EXAMPLES: Final = {
    "relation": "=",
    "low": "100.000000",
    "high": "100.000000",
    "unit": "%",
    "low_base": "100.000000",
    "high_base": "100.000000",
    "unit_base": "%",
    "is_measurable": "true",
    "period": "每月",
    "reason": "no_number",
}

TABLE: Final = TableSpec(
    name="indicators",
    row_meaning="one performance indicator of a project",
    layer="out",
    source=("projects",),
    key=("indicator_id",),
    sort_by=("department_name", "source_file", "table_number", "project_id", "indicator_number"),
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
        Field(
            "is_released",
            FLAG,
            "A person released a check that its document fails: see `documents`.",
            title_zh="经人工放行",
            description_zh="所在文件有未通过的核对，由人工放行，见 `documents`。",
            example="false",
        ),
        Field(
            "indicator_id",
            TEXT,
            "Identity of the indicator: its project and printed number.",
            pattern=PROJECT_ID + r"-i\d{3,}",
            title_zh="指标标识",
            description_zh="指标的唯一标识，由项目标识和所印序号构成。",
            example="1e5630ddd1c79406d3ec-t1-p0001-i001",
        ),
        Field(
            "indicator_number",
            INTEGER,
            "Number printed before the indicator, from 1.",
            minimum=1,
            title_zh="指标序号",
            description_zh="指标前所印的序号，从 1 起。",
            example="1",
        ),
        Field(
            "level1_code",
            TEXT,
            "Code of the first level, e.g. 1.",
            printed_as=("1-产出指标",),
            pattern=r"\d{1,2}",
            title_zh="一级指标代码",
            description_zh="一级指标的代码，如 1。",
            example="1",
        ),
        Field(
            "level1_name",
            TEXT,
            "Name of the first level.",
            printed_as=("产出指标", "效益指标", "满意度指标"),
            title_zh="一级指标",
            description_zh="一级指标的名称。",
            example="产出指标",
        ),
        Field(
            "level2_code",
            TEXT,
            "Code of the second level, e.g. 11.",
            printed_as=("11-数量指标",),
            pattern=r"\d{2,3}",
            title_zh="二级指标代码",
            description_zh="二级指标的代码，如 11。",
            example="11",
        ),
        Field(
            "level2_name",
            TEXT,
            "Name of the second level.",
            printed_as=("数量指标", "质量指标", "时效指标"),
            title_zh="二级指标",
            description_zh="二级指标的名称。",
            example="数量指标",
        ),
        Field(
            "indicator_name",
            TEXT,
            "What is measured.",
            pattern=r"[^\n]+",
            title_zh="指标名称",
            description_zh="具体指标（三级指标）的名称，即衡量的内容。",
            example="硬件配置完成率",
        ),
        Field(
            "cycle_target",
            TEXT,
            f"Target over the project's whole cycle, {_TARGET}.",
            printed_as=("实施周期指标值",),
            pattern=_LINE,
            title_zh="实施周期指标值",
            description_zh=f"项目整个实施周期的指标值，{_TARGET_ZH}。",
            example="100%",
        ),
        Field(
            "annual_target",
            TEXT,
            f"Target of the year, {_TARGET}.",
            printed_as=("年度指标值",),
            pattern=_LINE,
            title_zh="年度指标值",
            description_zh=f"本年度的指标值，{_TARGET_ZH}。",
            example="100%",
        ),
        *quantity_fields("cycle_", "cycle_target", title_zh="实施周期指标值", examples=_EXAMPLES),
        *quantity_fields(
            "annual_",
            "annual_target",
            title_zh="年度指标值",
            examples={**_EXAMPLES, "note": "根据年度预算情况"},
        ),
        Field(
            "indicator_text",
            TEXT,
            "The whole indicator as printed, wraps removed. The texts of a project "
            "put together are its packed cell.",
            pattern=r"[^\n]+",
            title_zh="指标原文",
            description_zh="整条指标的原文，已去除折行；同一项目各条连起来即为“绩效指标”一格的原文。",
            example="1、1-产出指标；11-数量指标；硬件配置完成率；实施周期指标值:100%；年度指标值:100%。",
        ),
    ),
    warnings=(
        "Targets are text: a figure in them may count something else than the indicator's name says.",
        "The columns behind `annual_target` say what the two targets mean as quantities. One that is not "
        "surely one quantity is `qualitative`, and a column says why: no number is taken out of it. "
        "Units are not converted into each other.",
        "Codes that are not in the known list are kept as printed; `problems` names them.",
    ),
    title_zh="指标",
    row_meaning_zh="一个项目的一条绩效指标",
    warnings_zh=(
        "指标值为文本：其中的数字所计量的可能与指标名称不同。",
        "`annual_target` 之后的各列说明两个指标值作为数量的含义。不能确认为单一数量的记作 `qualitative`，"
        "并在原因列说明，不从中摘取数字。单位之间不作换算。",
        "不在已知清单内的代码按所印保留，并在 `problems` 中列明。",
    ),
    lineage=dict.fromkeys(_FROM_CELL, (("projects", "indicators_text"),)),
)
