"""`problems`: everything refused, held or doubted."""

from __future__ import annotations

from typing import Final

from zc_pipeline.errors import CATALOGUE, Severity, Stage
from zc_pipeline.schemas.fields import (
    DOCUMENT_ID,
    FISCAL_YEAR_OR_NONE,
    INTEGER,
    SOURCE_FILE,
    TABLE_NUMBER,
    TEXT,
    Field,
    TableSpec,
)

TABLE: Final = TableSpec(
    name="problems",
    row_meaning="one thing refused, held or doubted, at any stage",
    layer="out",
    source=("raw_disclosures", "page_text", "stitched_rows", "projects", "indicators"),
    key=("source_file", "problem_number"),
    fields=(
        DOCUMENT_ID,
        TABLE_NUMBER.but(nullable=True, description="Table concerned, from 1. Null: the whole file."),
        SOURCE_FILE,
        FISCAL_YEAR_OR_NONE,
        Field("problem_number", INTEGER, "Place among the file's problems, from 1.", minimum=1),
        Field("stage", TEXT, "The stage that found it.", allowed=tuple(stage.value for stage in Stage)),
        Field(
            "code",
            TEXT,
            "Stable code: what it means and what to do stands in docs/problems.md.",
            allowed=tuple(CATALOGUE),
        ),
        Field(
            "severity",
            TEXT,
            "`refused`, `held`, `warning` or `notice`.",
            allowed=tuple(severity.value for severity in Severity),
        ),
        Field("page", INTEGER, "Page concerned, from 1. Null: no one page.", nullable=True, minimum=1),
        Field(
            "row_order",
            INTEGER,
            "Row concerned: in the page's ruled table (stages up to stitched_rows), or "
            "`stitched_rows.row_order`. Null: no one row.",
            nullable=True,
            minimum=1,
        ),
        Field("message", TEXT, "What, where and why, in plain words."),
        Field("raw_text", TEXT, "The text concerned, as printed. Null: none.", nullable=True),
    ),
)
