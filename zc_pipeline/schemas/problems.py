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
    title_zh="问题",
    row_meaning_zh="任一环节拒收、待核或存疑的一件事",
    layer="out",
    source=("raw_disclosures", "page_text", "stitched_rows", "projects", "indicators"),
    key=("source_file", "document_id", "problem_number"),
    fields=(
        DOCUMENT_ID,
        TABLE_NUMBER.but(
            nullable=True,
            description="Table concerned, from 1. Null: the whole file.",
            description_zh="所涉及的表，从 1 起。空值：涉及整个文件。",
        ),
        SOURCE_FILE,
        FISCAL_YEAR_OR_NONE,
        Field(
            "problem_number",
            INTEGER,
            "Place among the file's problems, from 1.",
            minimum=1,
            title_zh="问题序号",
            description_zh="在该文件各问题中的序号，从 1 起。",
        ),
        Field(
            "stage",
            TEXT,
            "The stage that found it.",
            allowed=tuple(stage.value for stage in Stage),
            title_zh="发现环节",
            description_zh="发现问题的处理环节，以该环节产生的表命名。",
        ),
        Field(
            "code",
            TEXT,
            "Stable code: what it means and what to do stands in docs/problems.md.",
            allowed=tuple(CATALOGUE),
            title_zh="问题代码",
            description_zh="固定代码，含义和处理办法见 docs/problems.zh-CN.md。",
        ),
        Field(
            "severity",
            TEXT,
            "`refused`, `held`, `warning` or `notice`.",
            allowed=tuple(severity.value for severity in Severity),
            title_zh="严重程度",
            description_zh="`refused` 拒收：文件无法读取；`held` 待核：已读取，但数值可能有误；"
            "`warning` 提醒：已采用，宜人工查看；`notice` 提示：已采用，记录一处修复或异常。",
        ),
        Field(
            "page",
            INTEGER,
            "Page concerned, from 1. Null: no one page.",
            nullable=True,
            minimum=1,
            title_zh="页码",
            description_zh="所涉及的页，从 1 起。空值：不涉及某一页。",
        ),
        Field(
            "row_order",
            INTEGER,
            "Row concerned: in the page's ruled table (stages up to stitched_rows), or "
            "`stitched_rows.row_order`. Null: no one row.",
            nullable=True,
            minimum=1,
            title_zh="表内行次",
            description_zh="所涉及的行：stitched_rows 及之前的环节为页面表格中的行次，之后的环节为 "
            "`stitched_rows.row_order`。空值：不涉及某一行。",
        ),
        Field(
            "message",
            TEXT,
            "What, where and why, in plain words.",
            title_zh="问题说明（英文）",
            description_zh="用通俗的英文说明是什么问题、在哪里、为什么，含所涉及的数值和名称。",
        ),
        Field(
            "message_zh",
            TEXT,
            "Where, what and what to do, in Chinese: the place, and the words of docs/problems.zh-CN.md.",
            title_zh="问题说明",
            description_zh="在哪里、是什么问题、怎么办。更具体的数值和名称见数据文件的 `message` 列。",
        ),
        Field(
            "raw_text",
            TEXT,
            "The text concerned, as printed. Null: none.",
            nullable=True,
            title_zh="相关原文",
            description_zh="所涉及的原文。空值：无。",
        ),
    ),
)
