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

TABLE: Final = TableSpec(
    name="reconciliation",
    row_meaning="one printed sum of a table: a row's total over its sources, a unit's or the grand total",
    layer="out",
    source=("stitched_rows",),
    key=("source_file", "table_number", "row_order", "scope", "column_name"),
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
        ),
        Field("column_name", TEXT, "The amount column that is summed.", allowed=AMOUNT_COLUMNS),
        Field("row_order", INTEGER, "The printed row, as in `stitched_rows`.", minimum=1),
        Field("row_name", TEXT, "Name printed in that row.", printed_as=("合计",)),
        Field("page_first", INTEGER, "First page of that row, from 1.", minimum=1),
        Field(
            "printed_cny", MONEY, f"The sum as printed. Null: blank. {_NO_UNIT}", nullable=True, unit="CNY"
        ),
        Field("readded_cny", MONEY, f"The same sum re-added. {_NO_UNIT}", nullable=True, unit="CNY"),
        Field("difference_cny", MONEY, f"Printed less re-added. {_NO_UNIT}", nullable=True, unit="CNY"),
        Field(
            "tolerance_cny",
            MONEY,
            f"The most that rounding of the printed amounts explains. {_NO_UNIT}",
            nullable=True,
            unit="CNY",
        ),
        Field("addend_count", INTEGER, "Amounts added up; blanks do not count.", minimum=0),
        Field("is_explained", FLAG, "Rounding explains the difference."),
    ),
    warnings=("It has the sums of held documents too: see `documents.verdict`.",),
    lineage={
        "printed_cny": (("stitched_rows", "total_text"),),
        "readded_cny": (("stitched_rows", "total_text"),),
        "row_name": (("stitched_rows", "project_name_text"),),
    },
)
