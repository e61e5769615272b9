"""`raw_disclosures`: the files found below `raw/`."""

from __future__ import annotations

from typing import Final

from zc_pipeline.schemas.fields import (
    DOCUMENT_ID,
    FISCAL_YEAR,
    FLAG,
    INTEGER,
    SHA256,
    SOURCE_FILE,
    TEXT,
    TIME,
    WITHDRAWN_AT,
    Field,
    TableSpec,
)

TABLE: Final = TableSpec(
    name="raw_disclosures",
    row_meaning="one PDF file in a fiscal year's folder, or one that was there and is gone",
    layer="raw",
    source=(),
    key=("source_file", "document_id"),
    fields=(
        SOURCE_FILE.but(
            description="Path of the PDF below `raw/`.",
            description_zh="PDF 文件在 `raw/` 目录下的路径。",
            pattern=r"(?s:.+\.[Pp][Dd][Ff])",
        ),
        DOCUMENT_ID,
        FISCAL_YEAR,
        Field(
            "size_bytes",
            INTEGER,
            "Size of the file.",
            unit="byte",
            minimum=0,
            title_zh="文件大小（字节）",
            description_zh="文件大小。",
            example="161578",
        ),
        Field(
            "is_copy",
            FLAG,
            "The same content lies in the folder under an earlier name too; it counts once.",
            title_zh="重复文件",
            description_zh="同一内容在该文件夹中另有文件（按文件名排序在前），只计一次。",
            example="false",
        ),
        Field(
            "first_seen_at",
            TIME,
            "When a run first met this content in this year.",
            is_volatile=True,
            title_zh="首次读取时间",
            description_zh="程序在该年度首次读到这一内容的时间。",
        ),
        Field(
            "modified_at",
            TIME,
            "When the file was last written, as the disk says.",
            is_volatile=True,
            title_zh="文件修改时间",
            description_zh="磁盘记录的文件最后写入时间。",
        ),
        WITHDRAWN_AT,
        Field(
            "replaced_by",
            TEXT,
            "Of a content that is gone: the `document_id` of what lies under its name now. Null: nothing "
            "does, or it is not gone.",
            nullable=True,
            pattern=SHA256,
            title_zh="同名替换文件标识",
            description_zh="原内容已不在、同一文件名下现有内容的文件标识。空值：该文件名下已无文件，或原内容仍在。",
        ),
    ),
    warnings=("It lists what was found, whatever became of it: see `documents`.",),
    title_zh="原始文件",
    row_meaning_zh="某一预算年度文件夹中的一个 PDF 文件，或曾在其中、现已不在的一个文件",
    warnings_zh=("本表只列出找到的文件，处理结果见 `documents`。",),
)
