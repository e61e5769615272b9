"""How a column and a table are described, and the columns that several tables share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import pyarrow as pa

# Raised whenever a table's columns change: files of another version are made anew.
SCHEMA_VERSION: Final = "1"

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
        """The Arrow field with description, unit and printed names as metadata."""
        metadata = {"description": self.description}
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
)
TABLE_NUMBER: Final = Field(
    "table_number",
    INTEGER,
    "Number of the target table in its file, from 1; 0 for a file in which none was found.",
    minimum=0,
)
SOURCE_FILE: Final = Field(
    "source_file",
    TEXT,
    "Path of the PDF below `raw/`; in `extract` the file's name.",
)
FISCAL_YEAR: Final = Field(
    "fiscal_year", INTEGER, "Budget year: the name of the folder the PDF lies in.", minimum=1900
)
FISCAL_YEAR_OR_NONE: Final = FISCAL_YEAR.but(
    nullable=True,
    description=FISCAL_YEAR.description + " Null: the file lies in no year's folder, and none is known.",
)
DEPARTMENT_NAME: Final = Field(
    "department_name",
    TEXT,
    "Department that publishes the table. Null: the page names none.",
    nullable=True,
    printed_as=("部门名称",),
)
UNIT_NAME: Final = Field(
    "unit_name",
    TEXT,
    "Unit of the department that spends the money: the unit row above the project. Null: the table prints "
    "no unit row above it.",
    nullable=True,
    printed_as=("项目名称（资金使用单位）",),
)
PROJECT_ID_FIELD: Final = Field(
    "project_id",
    TEXT,
    "Identity of the project: its document, table and row. The same on every machine.",
    pattern=PROJECT_ID,
)
PROJECT_NAME: Final = Field(
    "project_name",
    TEXT,
    "Name of the project, line wraps and indent removed.",
    printed_as=("项目名称（资金使用单位）",),
    pattern=r"(?s:\S(.*\S)?)",
)
PAGE_FIRST: Final = Field("page_first", INTEGER, "First page of the printed project row, from 1.", minimum=1)
PAGE_LAST: Final = Field("page_last", INTEGER, "Last page of the printed project row, from 1.", minimum=1)
