"""`reconciliation`: every printed sum beside the same sum re-added."""

from __future__ import annotations

from typing import Final

from zc_pipeline.model import SumScope
from zc_pipeline.parse.forms.base import AMOUNT_COLUMNS
from zc_pipeline.schemas.fields import (
    DOCUMENT_ID,
    FISCAL_YEAR,
    FLAG,
    INTEGER,
    MONEY,
    SOURCE_FILE,
    TABLE_NUMBER,
    TEXT,
    Field,
    TableSpec,
)

_NO_UNIT = "Null: the table's money unit is not known."
_NO_UNIT_ZH = "空值：该表金额单位不明。"

TABLE: Final = TableSpec(
    name="reconciliation",
    row_meaning="one printed sum of a table: a row's total over its sources, a unit's or the grand total",
    layer="out",
    source=("stitched_rows",),
    key=("source_file", "document_id", "table_number", "row_order", "scope", "column_name"),
    fields=(
        DOCUMENT_ID,
        TABLE_NUMBER.but(minimum=1),
        SOURCE_FILE,
        FISCAL_YEAR,
        Field(
            "scope",
            TEXT,
            "`sources`: a row's total over its sources, or its fiscal amount over its parts; `unit`: a "
            "unit's row over its projects; `total`: the grand total over the units.",
            allowed=tuple(scope.value for scope in SumScope),
            title_zh="核对范围",
            description_zh="`sources`：一行的总计与各资金来源之和，或财政拨款与其分项之和；"
            "`unit`：单位行与其各项目之和；`total`：合计行与各单位之和。",
            example="total",
        ),
        Field(
            "column_name",
            TEXT,
            "The amount column that is summed.",
            allowed=AMOUNT_COLUMNS,
            title_zh="金额栏目",
            description_zh="被加总的金额栏：`total` 总计、`fiscal` 财政拨款、`general_budget` 一般公共预算、"
            "`government_fund` 政府性基金、`state_capital` 国有资本经营预算、`special_account` 财政专户拨款、"
            "`other` 其他资金。",
            example="total",
        ),
        Field(
            "row_order",
            INTEGER,
            "The printed row, as in `stitched_rows`.",
            minimum=1,
            title_zh="表内行次",
            description_zh="该行在 `stitched_rows` 中的行次。",
            example="2",
        ),
        Field(
            "row_name",
            TEXT,
            "Name printed in that row.",
            printed_as=("合计",),
            title_zh="行名称",
            description_zh="该行所印的名称：合计、单位或项目。",
            example="合计",
        ),
        Field(
            "page_first",
            INTEGER,
            "First page of that row, from 1.",
            minimum=1,
            title_zh="起始页",
            description_zh="该行所在的第一页，页码从 1 起。",
            example="1",
        ),
        Field(
            "printed_cny",
            MONEY,
            f"The sum as printed. Null: blank. {_NO_UNIT}",
            nullable=True,
            unit="CNY",
            title_zh="表列金额（元）",
            description_zh="表中所印的合计数，折算为元。空值：该格空白，或该表金额单位不明。",
            example="415618100.00",
        ),
        Field(
            "readded_cny",
            MONEY,
            f"The same sum re-added. {_NO_UNIT}",
            nullable=True,
            unit="CNY",
            title_zh="重新加总（元）",
            description_zh=f"按各行重新相加的合计数。{_NO_UNIT_ZH}",
            example="415002200.00",
        ),
        Field(
            "difference_cny",
            MONEY,
            f"Printed less re-added. {_NO_UNIT}",
            nullable=True,
            unit="CNY",
            title_zh="差额（元）",
            description_zh=f"表列金额减去重新加总的金额。{_NO_UNIT_ZH}",
            example="-100.00",
        ),
        Field(
            "tolerance_cny",
            MONEY,
            f"The most that rounding of the printed amounts explains. {_NO_UNIT}",
            nullable=True,
            unit="CNY",
            title_zh="舍入允许差额（元）",
            description_zh=f"所印金额四舍五入所能解释的最大差额。{_NO_UNIT_ZH}",
            example="2400.00",
        ),
        Field(
            "addend_count",
            INTEGER,
            "Amounts added up; blanks do not count.",
            minimum=0,
            title_zh="加数个数",
            description_zh="相加的金额个数，空白不计。",
            example="47",
        ),
        Field(
            "is_explained",
            FLAG,
            "Rounding explains the difference.",
            title_zh="差额可由舍入解释",
            description_zh="差额不超过四舍五入所能解释的范围。",
            example="true",
        ),
    ),
    warnings=("It has the sums of held documents too: see `documents.verdict`.",),
    title_zh="核对",
    row_meaning_zh="表中所印的一个合计数：一行的总计对其资金来源、单位小计或全表合计",
    warnings_zh=("待核文件的合计数也在其中，见 `documents.verdict`。",),
    lineage={
        "printed_cny": (("stitched_rows", "total_text"),),
        "readded_cny": (("stitched_rows", "total_text"),),
        "row_name": (("stitched_rows", "project_name_text"),),
    },
)
