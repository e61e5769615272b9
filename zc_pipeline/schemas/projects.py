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


def _money(name: str, what: str, *printed_as: str) -> Field:
    return Field(name, MONEY, f"{what}. {_BLANK}", nullable=True, unit="CNY", printed_as=printed_as)


def _printed(name: str, what: str, *printed_as: str) -> Field:
    return Field(
        name,
        TEXT,
        f"{what} as printed, in the table's money unit. Null: nothing is printed.",
        nullable=True,
        printed_as=printed_as,
    )


TABLE: Final = TableSpec(
    name="projects",
    row_meaning="one budget project of an accepted disclosure",
    layer="out",
    source=("stitched_rows",),
    key=("project_id",),
    sort_by=("source_file", "table_number", "row_number"),
    fields=(
        DOCUMENT_ID,
        TABLE_NUMBER.but(minimum=1),
        SOURCE_FILE,
        FISCAL_YEAR,
        DEPARTMENT_NAME,
        UNIT_NAME,
        PROJECT_ID_FIELD,
        PROJECT_NAME,
        Field("row_number", INTEGER, "Place among the project rows of the table, from 1.", minimum=1),
        Field(
            "row_order",
            INTEGER,
            "Its row in `stitched_rows`, whose `parts_text` tells where on the pages it is printed.",
            minimum=1,
        ),
        PAGE_FIRST,
        PAGE_LAST,
        _money("total_cny", "Budget of the project, all sources", "总计"),
        _money(
            "fiscal_cny",
            "Part from fiscal appropriation, as printed or the sum of its parts (`fiscal_is_derived`)",
            "财政拨款",
            "财政拨款/小计",
        ),
        _money("general_budget_cny", "Fiscal part from the general public budget", "一般公共预算"),
        _money("government_fund_cny", "Fiscal part from government-managed funds", "政府性基金"),
        _money("state_capital_cny", "Fiscal part from the state capital budget", "国有资本经营预算"),
        _money("special_account_cny", "Part from the special fiscal account", "财政专户拨款"),
        _money("other_cny", "Part from other funds", "其他资金"),
        _printed("total_text", "Total", "总计"),
        _printed("fiscal_text", "Fiscal appropriation", "财政拨款", "财政拨款/小计"),
        _printed("general_budget_text", "General public budget", "一般公共预算"),
        _printed("government_fund_text", "Government-managed funds", "政府性基金"),
        _printed("state_capital_text", "State capital budget", "国有资本经营预算"),
        _printed("special_account_text", "Special fiscal account", "财政专户拨款"),
        _printed("other_text", "Other funds", "其他资金"),
        Field(
            "fiscal_is_derived",
            FLAG,
            "The table has no column 财政拨款, and `fiscal_cny` is the sum of the parts printed instead.",
        ),
        Field("is_released", FLAG, "A person released a check that its document fails: see `documents`."),
        Field("is_amount_checked", FLAG, "A printed sum (unit or grand total) covers the project's amounts."),
        Field(
            "performance_goal",
            TEXT,
            "Goal of the project, line wraps removed. Empty where none is printed.",
            printed_as=("绩效目标",),
            pattern=r"[^\n]*",
        ),
        Field("indicator_count", INTEGER, "Number of its rows in `indicators`.", minimum=0),
        Field(
            "indicators_text",
            TEXT,
            "The packed indicator cell as printed, line wraps removed.",
            printed_as=("绩效指标",),
            pattern=r"[^\n]*",
        ),
    ),
    warnings=(
        "Accepted documents only: what was held or refused is in `documents` and `problems`.",
        "Two projects may share a name: under another unit, with other amounts or another goal they differ.",
        "Sums over projects may differ from printed totals by rounding: see `documents`.",
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
