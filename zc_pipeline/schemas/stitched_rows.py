"""`stitched_rows`: the rows of the printed tables, joined over page breaks."""

from __future__ import annotations

from typing import Final

from zc_pipeline.model import Join, RowKind
from zc_pipeline.schemas.fields import (
    DOCUMENT_ID,
    FISCAL_YEAR_OR_NONE,
    FLAG,
    INTEGER,
    NUMBER,
    PAGE_FIRST,
    PAGE_LAST,
    TABLE_NUMBER,
    TEXT,
    Field,
    TableSpec,
)

_MISSING = "Null: the table has no such column."


def _cell(name: str, what: str, *printed_as: str) -> Field:
    return Field(
        name, TEXT, f"{what}, wraps as line breaks. {_MISSING}", nullable=True, printed_as=printed_as
    )


TABLE: Final = TableSpec(
    name="stitched_rows",
    row_meaning="one row of a printed target table, put together where a page break cut it",
    layer="core",
    source=("page_text",),
    key=("document_id", "table_number", "row_order"),
    fields=(
        DOCUMENT_ID,
        FISCAL_YEAR_OR_NONE,
        TABLE_NUMBER.but(minimum=1),
        Field("row_order", INTEGER, "Place among the table's rows, headings included, from 1.", minimum=1),
        Field(
            "kind",
            TEXT,
            "What the row is: `header`, `total` (合计), `unit` or `project`.",
            allowed=tuple(kind.value for kind in RowKind),
        ),
        PAGE_FIRST.but(description="First page of the row, from 1."),
        PAGE_LAST.but(description="Last page of the row, from 1."),
        _cell("project_name_text", "Project, unit or 合计 as printed", "项目名称（资金使用单位）"),
        _cell("total_text", "Total as printed", "总计"),
        _cell("fiscal_text", "Fiscal appropriation as printed", "财政拨款"),
        _cell("general_budget_text", "General public budget as printed", "一般公共预算"),
        _cell("government_fund_text", "Government-managed funds as printed", "政府性基金"),
        _cell("state_capital_text", "State capital budget as printed", "国有资本经营预算"),
        _cell("special_account_text", "Special fiscal account as printed", "财政专户拨款"),
        _cell("other_text", "Other funds as printed", "其他资金"),
        _cell("goal_text", "Goal as printed", "绩效目标"),
        _cell("indicators_text", "Indicators as printed", "绩效指标"),
        Field(
            "join_rule",
            TEXT,
            "By what rule its parts on several pages are one row; `none` for a row on one.",
            allowed=tuple(join.value for join in Join),
        ),
        Field(
            "parts_text",
            TEXT,
            "Its parts on the pages: page, ruled table and row, e.g. `p1g1r7 p2g1r2`. Proof of every join.",
            pattern=r"p\d+g\d+r\d+( p\d+g\d+r\d+)*",
        ),
        Field(
            "indent_pt",
            NUMBER,
            "How far the name is set in. Null where no name shows.",
            unit="pt",
            nullable=True,
        ),
        Field("is_repeated_header", FLAG, "A heading that an earlier page of the table printed already."),
        Field(
            "is_possible_repeat",
            FLAG,
            "Equal to the row before the page break, with no clip to explain it: the sums decide.",
        ),
    ),
    lineage={
        "project_name_text": (("page_text", "drawn_text"),),
        "total_text": (("page_text", "drawn_text"),),
        "fiscal_text": (("page_text", "drawn_text"),),
        "general_budget_text": (("page_text", "drawn_text"),),
        "government_fund_text": (("page_text", "drawn_text"),),
        "state_capital_text": (("page_text", "drawn_text"),),
        "special_account_text": (("page_text", "drawn_text"),),
        "other_text": (("page_text", "drawn_text"),),
        "goal_text": (("page_text", "drawn_text"),),
        "indicators_text": (("page_text", "drawn_text"),),
        "indent_pt": (("page_text", "indent_pt"),),
        "page_first": (("page_text", "page"),),
        "page_last": (("page_text", "page"),),
        "parts_text": (("page_text", "page"), ("page_text", "grid_number"), ("page_text", "grid_row")),
        "join_rule": (("page_text", "line_shown_pct"), ("page_text", "drawn_text")),
    },
)
