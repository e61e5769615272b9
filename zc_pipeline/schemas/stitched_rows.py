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


def _cell(name: str, what: str, *printed_as: str, title_zh: str, example: str | None = None) -> Field:
    return Field(
        name,
        TEXT,
        f"{what}, wraps as line breaks. {_MISSING}",
        nullable=True,
        printed_as=printed_as,
        title_zh=f"{title_zh}（原文）",
        description_zh=f"表中所印的{title_zh}，折行保留为换行符。空值：表中无此栏。",
        example=example,
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
        Field(
            "row_order",
            INTEGER,
            "Place among the table's rows, headings included, from 1.",
            minimum=1,
            title_zh="表内行次",
            description_zh="在该表各行（含表头）中的次序，从 1 起。",
            example="1",
        ),
        Field(
            "kind",
            TEXT,
            "What the row is: `header`, `total` (合计), `unit` or `project`.",
            allowed=tuple(kind.value for kind in RowKind),
            title_zh="行类别",
            description_zh="`header` 表头、`total` 合计、`unit` 单位、`project` 项目。",
            example="project",
        ),
        PAGE_FIRST.but(
            description="First page of the row, from 1.", description_zh="该行所在的第一页，页码从 1 起。"
        ),
        PAGE_LAST.but(
            description="Last page of the row, from 1.", description_zh="该行所在的最后一页，页码从 1 起。"
        ),
        _cell(
            "project_name_text",
            "Project, unit or 合计 as printed",
            "项目名称（资金使用单位）",
            title_zh="项目、单位名称或“合计”",
            example="合计",
        ),
        _cell("total_text", "Total as printed", "总计", title_zh="总计", example="41,561.81"),
        _cell(
            "fiscal_text",
            "Fiscal appropriation as printed",
            "财政拨款",
            title_zh="财政拨款",
            example="41,561.81",
        ),
        _cell(
            "general_budget_text", "General public budget as printed", "一般公共预算", title_zh="一般公共预算"
        ),
        _cell(
            "government_fund_text", "Government-managed funds as printed", "政府性基金", title_zh="政府性基金"
        ),
        _cell(
            "state_capital_text",
            "State capital budget as printed",
            "国有资本经营预算",
            title_zh="国有资本经营预算",
        ),
        _cell(
            "special_account_text",
            "Special fiscal account as printed",
            "财政专户拨款",
            title_zh="财政专户拨款",
            example="财政专户\n拨款",
        ),
        _cell("other_text", "Other funds as printed", "其他资金", title_zh="其他资金", example="其他资金"),
        _cell(
            "goal_text",
            "Goal as printed",
            "绩效目标",
            title_zh="绩效目标",
            example="分管行业企业安全生产管理水平得到有效提\n高，安全生产工作持续稳定。",
        ),
        _cell(
            "indicators_text",
            "Indicators as printed",
            "绩效指标",
            title_zh="绩效指标",
            example="1、1-产出指标；11-数量指标；支付完成率；实施周期指标\n值:完成；年度指标值:完成。",
        ),
        Field(
            "join_rule",
            TEXT,
            "By what rule its parts on several pages are one row; `none` for a row on one.",
            allowed=tuple(join.value for join in Join),
            title_zh="拼接规则",
            description_zh="按什么规则把它在各页上的部分拼为一行：`none` 只在一页；`clipped_duplicate` 两页"
            "各绘制全行、各遮住一部分；`continuation` 文字行分在两页；"
            "`repeated_name` 续行重印名称并标“（续）”。",
            example="clipped_duplicate",
        ),
        Field(
            "parts_text",
            TEXT,
            "Its parts on the pages: page, ruled table and row, e.g. `p1g1r7 p2g1r2`. Proof of every join.",
            pattern=r"p\d+g\d+r\d+( p\d+g\d+r\d+)*",
            title_zh="各部分位置",
            description_zh="它在页面上的各部分：页、表格和行，如 `p1g1r7 p2g1r2`，是每次拼接的依据。",
            example="p1g1r7 p2g1r2",
        ),
        Field(
            "indent_pt",
            NUMBER,
            "How far the name is set in. Null where no name shows.",
            unit="pt",
            nullable=True,
            title_zh="缩进（磅）",
            description_zh="名称的缩进距离。空值：无可见名称。",
            example="3.0",
        ),
        Field(
            "is_repeated_header",
            FLAG,
            "A heading that an earlier page of the table printed already.",
            title_zh="重复表头",
            description_zh="该表前面的页上已经印过的表头。",
            example="false",
        ),
        Field(
            "is_possible_repeat",
            FLAG,
            "Equal to the row before the page break, with no clip to explain it: the sums decide.",
            title_zh="可能重印",
            description_zh="与换页前的一行相同，又无裁剪可以解释：由合计数判定是否为同一行。",
            example="false",
        ),
    ),
    title_zh="拼接行",
    row_meaning_zh="绩效目标表的一行，被换页切断的已拼接完整",
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
