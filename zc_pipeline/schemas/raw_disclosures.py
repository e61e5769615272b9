"""`raw_disclosures`: the files found below `raw/`."""

from __future__ import annotations

from typing import Final

from zc_pipeline.schemas.fields import (
    DOCUMENT_ID,
    FISCAL_YEAR,
    FLAG,
    INTEGER,
    SOURCE_FILE,
    TIME,
    Field,
    TableSpec,
)

TABLE: Final = TableSpec(
    name="raw_disclosures",
    row_meaning="one PDF file in a fiscal year's folder",
    layer="raw",
    source=(),
    key=("source_file",),
    fields=(
        SOURCE_FILE.but(description="Path of the PDF below `raw/`.", pattern=r"(?s:.+\.[Pp][Dd][Ff])"),
        DOCUMENT_ID,
        FISCAL_YEAR,
        Field("size_bytes", INTEGER, "Size of the file.", unit="byte", minimum=0),
        Field(
            "is_copy", FLAG, "The same content lies in the folder under an earlier name too; it counts once."
        ),
        Field("first_seen_at", TIME, "When a run first met this content in this year.", is_volatile=True),
        Field("modified_at", TIME, "When the file was last written, as the disk says.", is_volatile=True),
    ),
    warnings=("It lists what was found, whatever became of it: see `documents`.",),
)
