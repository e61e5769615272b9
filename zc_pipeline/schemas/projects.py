"""`projects`: the budget projects of accepted documents."""

from __future__ import annotations

from typing import Final

from zc_pipeline.schemas.fields import (
    DEPARTMENT_NAME,
    DOCUMENT_ID,
    FISCAL_YEAR,
    FLAG,
    INTEGER,
    MONEY,
    PAGE_FIRST,
    PAGE_LAST,
    PROJECT_ID_FIELD,
    PROJECT_NAME,
    SOURCE_FILE,
    TABLE_NUMBER,
    TEXT,
    UNIT_NAME,
    Field,
    TableSpec,
)

_BLANK = (
    "Null: the cell is blank or holds only a dash, or the table has no such column; 0 where 0 is printed."
)


_BLANK_ZH = "空值：该格空白或只有短横，或表中无此栏；印为 0 的记作 0。"


def _money(
    name: str, what: str, *printed_as: str, title_zh: str, what_zh: str, example: str | None = None
) -> Field:
    return Field(
        name,
        MONEY,
        f"{what}. {_BLANK}",
        nullable=True,
        unit="CNY",
        printed_as=printed_as,
        title_zh=f"{title_zh}（元）",
        description_zh=f"{what_zh}。{_BLANK_ZH}",
        example=example,
    )


def _printed(name: str, what: str, *printed_as: str, title_zh: str, example: str | None = None) -> Field:
    return Field(
        name,
        TEXT,
        f"{what} as printed, in the table's money unit. Null: nothing is printed.",
        nullable=True,
        printed_as=printed_as,
        title_zh=f"{title_zh}（原文）",
        description_zh=f"表中所印的{title_zh}，单位同原表。空值：未印任何内容。",
        example=example,
    )


TABLE: Final = TableSpec(
    name="projects",
    row_meaning="one budget project of an accepted disclosure",
    layer="out",
    source=("stitched_rows",),
    key=("project_id",),
    sort_by=("department_name", "source_file", "table_number", "row_number"),
    fields=(
        DOCUMENT_ID,
        TABLE_NUMBER.but(minimum=1),
        SOURCE_FILE,
        FISCAL_YEAR,
        DEPARTMENT_NAME,
        UNIT_NAME,
        PROJECT_ID_FIELD,
        PROJECT_NAME,
        Field(
            "row_number",
            INTEGER,
            "Place among the project rows of the table, from 1.",
            minimum=1,
            title_zh="项目序号",
            description_zh="在该表各项目行中的序号，从 1 起。",
            example="1",
        ),
        Field(
            "row_order",
            INTEGER,
            "Its row in `stitched_rows`, whose `parts_text` tells where on the pages it is printed.",
            minimum=1,
            title_zh="表内行次",
            description_zh="在 `stitched_rows` 中的行次；该表的 `parts_text` 说明它印在各页的什么位置。",
            example="4",
        ),
        PAGE_FIRST,
        PAGE_LAST,
        _money(
            "total_cny",
            "Budget of the project, all sources",
            "总计",
            title_zh="总计",
            what_zh="项目预算，各资金来源合计",
            example="1187000.00",
        ),
        _money(
            "fiscal_cny",
            "Part from fiscal appropriation, as printed or the sum of its parts (`fiscal_is_derived`)",
            "财政拨款",
            "财政拨款/小计",
            title_zh="财政拨款",
            what_zh="财政拨款部分，为表中所印，或其分项之和（见 `fiscal_is_derived`）",
            example="1187000.00",
        ),
        _money(
            "general_budget_cny",
            "Fiscal part from the general public budget",
            "一般公共预算",
            title_zh="一般公共预算",
            what_zh="财政拨款中的一般公共预算部分",
        ),
        _money(
            "government_fund_cny",
            "Fiscal part from government-managed funds",
            "政府性基金",
            title_zh="政府性基金",
            what_zh="财政拨款中的政府性基金预算部分",
        ),
        _money(
            "state_capital_cny",
            "Fiscal part from the state capital budget",
            "国有资本经营预算",
            title_zh="国有资本经营预算",
            what_zh="财政拨款中的国有资本经营预算部分",
        ),
        _money(
            "special_account_cny",
            "Part from the special fiscal account",
            "财政专户拨款",
            title_zh="财政专户拨款",
            what_zh="财政专户拨款部分",
        ),
        _money("other_cny", "Part from other funds", "其他资金", title_zh="其他资金", what_zh="其他资金部分"),
        _printed("total_text", "Total", "总计", title_zh="总计", example="118.70"),
        _printed(
            "fiscal_text",
            "Fiscal appropriation",
            "财政拨款",
            "财政拨款/小计",
            title_zh="财政拨款",
            example="118.70",
        ),
        _printed("general_budget_text", "General public budget", "一般公共预算", title_zh="一般公共预算"),
        _printed("government_fund_text", "Government-managed funds", "政府性基金", title_zh="政府性基金"),
        _printed(
            "state_capital_text", "State capital budget", "国有资本经营预算", title_zh="国有资本经营预算"
        ),
        _printed("special_account_text", "Special fiscal account", "财政专户拨款", title_zh="财政专户拨款"),
        _printed("other_text", "Other funds", "其他资金", title_zh="其他资金"),
        Field(
            "fiscal_is_derived",
            FLAG,
            "The table has no column 财政拨款, and `fiscal_cny` is the sum of the parts printed instead.",
            title_zh="财政拨款由分项相加",
            description_zh="表中无“财政拨款”栏，`fiscal_cny` 为所印各分项之和。",
            example="false",
        ),
        Field(
            "is_released",
            FLAG,
            "A person released a check that its document fails: see `documents`.",
            title_zh="经人工放行",
            description_zh="所在文件有未通过的核对，由人工放行，见 `documents`。",
            example="false",
        ),
        Field(
            "is_amount_checked",
            FLAG,
            "A printed sum (unit or grand total) covers the project's amounts.",
            title_zh="金额已核对",
            description_zh="项目金额包含在表中所印的某个合计（单位小计或全表合计）之内，已经核对。",
            example="true",
        ),
        Field(
            "performance_goal",
            TEXT,
            "Goal of the project, line wraps removed. Empty where none is printed.",
            printed_as=("绩效目标",),
            pattern=r"[^\n]*",
            title_zh="绩效目标",
            description_zh="项目的绩效目标，已去除折行。未印的为空文本。",
            example="主要用于推动信息基础设施建设工作，重点区域通信网络优化升级，实现5G网络连续覆盖，夯实好"
            "支撑数字经济、智慧城市的数据底座。",
        ),
        Field(
            "indicator_count",
            INTEGER,
            "Number of its rows in `indicators`.",
            minimum=0,
            title_zh="指标数",
            description_zh="该项目在 `indicators` 中的行数。",
            example="6",
        ),
        Field(
            "indicators_text",
            TEXT,
            "The packed indicator cell as printed, line wraps removed.",
            printed_as=("绩效指标",),
            pattern=r"[^\n]*",
            title_zh="绩效指标（原文）",
            description_zh="“绩效指标”一格的原文，各指标连写，已去除折行。",
            example="1、1-产出指标；11-数量指标；支付完成率；实施周期指标值:完成；年度指标值:完成。",
        ),
    ),
    warnings=(
        "Accepted documents only: what was held or refused is in `documents` and `problems`.",
        "Two projects may share a name: under another unit, with other amounts or another goal they differ.",
        "Sums over projects may differ from printed totals by rounding: see `documents`.",
    ),
    title_zh="项目",
    row_meaning_zh="通过的公开文件中的一个预算项目",
    warnings_zh=(
        "只含判定为通过的文件；待核和拒收的见 `documents` 和 `problems`。",
        "不同项目可以同名：单位、金额或绩效目标不同，即为不同项目。",
        "各项目相加与表列合计可能因四舍五入而略有差额，见 `documents`。",
    ),
    lineage={
        "source_file": (("raw_disclosures", "source_file"),),
        "project_name": (("stitched_rows", "project_name_text"),),
        "unit_name": (("stitched_rows", "project_name_text"),),
        "department_name": (("page_text", "text"),),
        "total_cny": (("stitched_rows", "total_text"),),
        "fiscal_cny": (
            ("stitched_rows", "fiscal_text"),
            ("stitched_rows", "general_budget_text"),
            ("stitched_rows", "government_fund_text"),
            ("stitched_rows", "state_capital_text"),
        ),
        "general_budget_cny": (("stitched_rows", "general_budget_text"),),
        "government_fund_cny": (("stitched_rows", "government_fund_text"),),
        "state_capital_cny": (("stitched_rows", "state_capital_text"),),
        "fiscal_is_derived": (("stitched_rows", "fiscal_text"),),
        "special_account_cny": (("stitched_rows", "special_account_text"),),
        "other_cny": (("stitched_rows", "other_text"),),
        "performance_goal": (("stitched_rows", "goal_text"),),
        "indicator_count": (("stitched_rows", "indicators_text"),),
        "row_number": (("stitched_rows", "row_order"),),
    },
)
