"""How a column and a table are described, and the columns that several tables share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import pyarrow as pa

# Raised whenever a table's columns change: files of another version are made anew.
SCHEMA_VERSION: Final = "3"

TEXT: Final = pa.string()
INTEGER: Final = pa.int64()
NUMBER: Final = pa.float64()
FLAG: Final = pa.bool_()
MONEY: Final = pa.decimal128(18, 2)
TIME: Final = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True)
class Field:
    """One column.

    Attributes:
        nullable: whether a row may have no value, and ``description`` says what that means.
        unit: what a number counts, e.g. ``CNY``, ``pt``.
        printed_as: headings under which the forms print it.
        minimum, pattern, allowed: what a value must be: at least that, matching wholly, one of these.
        is_volatile: differs between runs over the same input.
        title_zh, description_zh: heading and description in Chinese; the heading names the unit: 总计（元）.
        example: a value as the sample has it, as text.
    """

    name: str
    type: pa.DataType
    description: str
    nullable: bool = False
    unit: str | None = None
    printed_as: tuple[str, ...] = ()
    minimum: int | None = None
    pattern: str | None = None
    allowed: tuple[str, ...] | None = None
    is_volatile: bool = False
    title_zh: str = ""
    description_zh: str = ""
    example: str | None = None

    @property
    def arrow(self) -> pa.Field:
        """The Arrow field with both descriptions, unit, printed names and example as metadata."""
        metadata = {"description": self.description}
        if self.title_zh:
            metadata["title_zh"] = self.title_zh
        if self.description_zh:
            metadata["description_zh"] = self.description_zh
        if self.example is not None:
            metadata["example"] = self.example
        if self.unit:
            metadata["unit"] = self.unit
        if self.printed_as:
            metadata["printed_as"] = "、".join(self.printed_as)
        if self.is_volatile:
            metadata["volatile"] = "true"
        return pa.field(self.name, self.type, nullable=self.nullable, metadata=metadata)

    def but(self, **changes: object) -> Field:
        """The same column with some of its description changed."""
        return replace(self, **changes)  # type: ignore[arg-type]


@dataclass(frozen=True)
class TableSpec:
    """One table.

    Attributes:
        row_meaning: what one row is, completing "one row is …".
        layer: ``raw``, ``core`` or ``out``: the asset group.
        source: the tables it is made from, by name.
        key: columns that no two rows share; rows are sorted by ``sort_by``.
        warnings: what users must know.
        lineage: column → (table, column) pairs it comes from, where that is not the column of the same name
            in the first source.
        title_zh, row_meaning_zh, warnings_zh: the same in Chinese; the row's meaning completes "一行是……".
    """

    name: str
    row_meaning: str
    layer: str
    source: tuple[str, ...]
    key: tuple[str, ...]
    fields: tuple[Field, ...]
    sort_by: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    lineage: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    title_zh: str = ""
    row_meaning_zh: str = ""
    warnings_zh: tuple[str, ...] = ()

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """The table's exact Arrow schema, field metadata included."""
        return pa.schema([column.arrow for column in self.fields])

    @property
    def column_names(self) -> list[str]:
        """The columns in order."""
        return [column.name for column in self.fields]

    @property
    def sort_columns(self) -> list[str]:
        """The columns that rows are sorted by."""
        return list(self.sort_by or self.key)


SHA256: Final = r"[0-9a-f]{64}"
PROJECT_ID: Final = r"[0-9a-f]{20}-t\d+-p\d{4,}"

DOCUMENT_ID: Final = Field(
    "document_id",
    TEXT,
    "sha256 of the PDF file, in hex: the file's identity wherever it lies.",
    pattern=SHA256,
    title_zh="文件标识",
    description_zh="PDF 文件的 sha256 校验值（十六进制）：文件无论放在哪里，内容相同则标识相同。",
    example="1e5630ddd1c79406d3ec0f0fb070a4bb668638ad85895f54777f73ced7896b8f",
)
TABLE_NUMBER: Final = Field(
    "table_number",
    INTEGER,
    "Number of the target table in its file, from 1; 0 for a file in which none was found.",
    minimum=0,
    title_zh="表序号",
    description_zh="绩效目标表在文件中的序号，从 1 起；文件中未找到该表时为 0。",
    example="1",
)
SOURCE_FILE: Final = Field(
    "source_file",
    TEXT,
    "Path of the PDF below `raw/`; in `extract` the file's name.",
    title_zh="来源文件",
    description_zh="PDF 文件在 `raw/` 目录下的路径；用 `extract` 读取时为文件名。",
    example="2024/zengcheng_keshang_2024.pdf",
)
FISCAL_YEAR: Final = Field(
    "fiscal_year",
    INTEGER,
    "Budget year: the name of the folder the PDF lies in.",
    minimum=1900,
    title_zh="预算年度",
    description_zh="预算年度，即 PDF 所在文件夹的名称。",
    example="2024",
)
FISCAL_YEAR_OR_NONE: Final = FISCAL_YEAR.but(
    nullable=True,
    description=FISCAL_YEAR.description + " Null: the file lies in no year's folder, and none is known.",
    description_zh=FISCAL_YEAR.description_zh + "空值：文件不在任何年度文件夹内，年度不明。",
)
DEPARTMENT_NAME: Final = Field(
    "department_name",
    TEXT,
    "Department that publishes the table. Null: the page names none.",
    nullable=True,
    printed_as=("部门名称",),
    title_zh="部门名称",
    description_zh="公开该表的部门。空值：页面上未印部门名称。",
    example="广州市增城区科技工业商务和信息化局（增城开发区工业商务和信息化局）",
)
UNIT_NAME: Final = Field(
    "unit_name",
    TEXT,
    "Unit of the department that spends the money: the unit row above the project. Null: the table prints "
    "no unit row above it.",
    nullable=True,
    printed_as=("项目名称（资金使用单位）",),
    title_zh="资金使用单位",
    description_zh="部门内使用该笔资金的单位，取自项目上方的单位行。空值：项目上方未印单位行。",
    example="广州市增城区科技工业商务和信息化局",
)
PROJECT_ID_FIELD: Final = Field(
    "project_id",
    TEXT,
    "Identity of the project: its document, table and row. The same on every machine.",
    pattern=PROJECT_ID,
    title_zh="项目标识",
    description_zh="项目的唯一标识，由文件、表和行次构成，在任何机器上都相同。",
    example="1e5630ddd1c79406d3ec-t1-p0001",
)
PROJECT_NAME: Final = Field(
    "project_name",
    TEXT,
    "Name of the project, line wraps and indent removed.",
    printed_as=("项目名称（资金使用单位）",),
    pattern=r"(?s:\S(.*\S)?)",
    title_zh="项目名称",
    description_zh="项目名称，已去除折行和缩进。",
    example="智慧增城信息化专项资金",
)
WITHDRAWN_AT: Final = Field(
    "withdrawn_at",
    TIME,
    "When a run first found that no file in the year's folder has this content any more. Null: one has.",
    nullable=True,
    is_volatile=True,
    title_zh="撤下时间",
    description_zh="程序首次发现该年度文件夹中已没有这一内容的时间。空值：文件仍在。",
)

PAGE_FIRST: Final = Field(
    "page_first",
    INTEGER,
    "First page of the printed project row, from 1.",
    minimum=1,
    title_zh="起始页",
    description_zh="该项目行所在的第一页，页码从 1 起。",
    example="1",
)
PAGE_LAST: Final = Field(
    "page_last",
    INTEGER,
    "Last page of the printed project row, from 1.",
    minimum=1,
    title_zh="结束页",
    description_zh="该项目行所在的最后一页，页码从 1 起。",
    example="2",
)
