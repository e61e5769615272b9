"""`documents`: every disclosure with its verdict."""

from __future__ import annotations

from typing import Final

from zc_pipeline.model import Verdict
from zc_pipeline.schemas.fields import (
    DEPARTMENT_NAME,
    DOCUMENT_ID,
    FISCAL_YEAR_OR_NONE,
    INTEGER,
    MONEY,
    SOURCE_FILE,
    TABLE_NUMBER,
    TEXT,
    TIME,
    Field,
    TableSpec,
)

_NOT_READ = "Null: no table was found."

TABLE: Final = TableSpec(
    name="documents",
    row_meaning="one disclosure: a department's target table in a file (a file without one has one row)",
    layer="out",
    source=("raw_disclosures", "page_text", "stitched_rows"),
    key=("source_file", "table_number"),
    fields=(
        DOCUMENT_ID,
        TABLE_NUMBER,
        SOURCE_FILE,
        FISCAL_YEAR_OR_NONE,
        DEPARTMENT_NAME,
        Field(
            "title",
            TEXT,
            "Title above the table. Null: none is printed.",
            nullable=True,
            printed_as=("项目支出绩效目标表",),
        ),
        Field("form_name", TEXT, f"The form it was recognised as. {_NOT_READ}", nullable=True),
        Field(
            "verdict",
            TEXT,
            "`accepted`, `held` (read, but something may be wrong) or `refused`.",
            allowed=tuple(verdict.value for verdict in Verdict),
        ),
        Field(
            "reason_codes",
            TEXT,
            "Problem codes that led to the verdict, parted by spaces. Empty if accepted.",
            pattern=r"([a-z_0-9]+( [a-z_0-9]+)*)?",
        ),
        Field(
            "money_unit",
            TEXT,
            "Unit of the printed amounts. Null: not printed or contradictory.",
            nullable=True,
            printed_as=("单位",),
            allowed=("元", "万元"),
        ),
        Field(
            "printed_year", INTEGER, "Year printed above the table. Null: none, or several.", nullable=True
        ),
        Field("page_count", INTEGER, "Pages of the file; 0 where it could not be opened.", minimum=0),
        Field("page_first", INTEGER, f"First page of the table, from 1. {_NOT_READ}", nullable=True),
        Field("page_last", INTEGER, f"Last page of the table, from 1. {_NOT_READ}", nullable=True),
        Field("unit_count", INTEGER, "Unit rows read, whatever the verdict.", minimum=0),
        Field("project_count", INTEGER, "Projects read, whatever the verdict.", minimum=0),
        Field("indicator_count", INTEGER, "Indicators read, whatever the verdict.", minimum=0),
        Field(
            "printed_row_count", INTEGER, "Rows on the pages, headings and second halves included.", minimum=0
        ),
        Field("joined_row_count", INTEGER, "Printed rows that are parts or copies of another.", minimum=0),
        Field("header_row_count", INTEGER, "Printed headings.", minimum=0),
        Field(
            "printed_total_cny",
            MONEY,
            "Grand total as printed (合计). Null: none is printed.",
            nullable=True,
            unit="CNY",
            printed_as=("合计",),
        ),
        Field(
            "readded_total_cny",
            MONEY,
            "Sum of the projects read. Differs from the printed one by rounding at most, if accepted. "
            f"{_NOT_READ}",
            nullable=True,
            unit="CNY",
        ),
        Field(
            "release_text",
            TEXT,
            "Checks that the source itself fails and a person released: check, reason, name, date. "
            "Null: none.",
            nullable=True,
        ),
        Field("problem_count", INTEGER, "Its rows in `problems`.", minimum=0),
        Field("parser_version", TEXT, "Version of the rules that read it."),
        Field("first_seen_at", TIME, "When a run first met this content in this year.", is_volatile=True),
        Field("run_id", TEXT, "The run that published this row.", is_volatile=True),
    ),
    warnings=("Only rows with `verdict` accepted have projects and indicators.",),
    lineage={
        "department_name": (("page_text", "text"),),
        "title": (("page_text", "text"),),
        "money_unit": (("page_text", "text"),),
        "printed_total_cny": (("stitched_rows", "total_text"),),
        "readded_total_cny": (("stitched_rows", "total_text"),),
        "printed_row_count": (("page_text", "grid_row"),),
        "joined_row_count": (("stitched_rows", "parts_text"),),
    },
)
