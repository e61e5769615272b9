"""Renders what describes the tables to others: pages of the docs, and the data package of a CSV folder.

The pages have their only source in the code (columns, problem codes): `python -m zc_pipeline.dictionary`
rewrites them; a test fails when they are stale. :func:`data_package` is the same description for programs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from zc_pipeline.errors import CATALOGUE, Condition, Severity
from zc_pipeline.schemas import PUBLISHED_TABLES, RUN_TABLES, TABLES, WORKING_TABLES
from zc_pipeline.schemas.fields import SCHEMA_VERSION, Field, TableSpec
from zc_pipeline.settings import render_settings

_DOCS: Final = Path(__file__).parent.parent / "docs"
_ORDER: Final = (
    "projects",
    "indicators",
    "project_links",
    "project_changes",
    "documents",
    "revisions",
    "reconciliation",
    "problems",
    "stitched_rows",
    "page_text",
    "raw_disclosures",
)


class Language(StrEnum):
    """The language of a description; columns keep their names in both."""

    ENGLISH = "en"
    CHINESE = "zh"


@dataclass(frozen=True, slots=True)
class _Words:
    """The fixed words of the dictionary page in one language."""

    title: str
    other_page: str
    introduction: str
    conventions: str
    one_row_is: str
    layer: str
    made_from: str
    files: str
    runs: str
    key: str
    sorted_by: str
    file: str
    one_a_document: str
    one_a_year: str
    one_a_run: str
    together: str
    columns: str
    yes: str
    one_of: str
    volatile: str
    empty: str
    comma: str
    full_stop: str
    colon: str


_WORDS: Final = {
    Language.ENGLISH: _Words(
        title="Data dictionary",
        other_page="The same in Chinese: [数据字典](data_dictionary.zh-CN.md).",
        introduction="Every column of every table; schema version {version}. This page is rendered from "
        "`zc_pipeline/schemas/`: change it there and run `make docs`.",
        conventions="Money is in yuan, exact to the fen, whatever unit the form prints. Pages and numbers "
        "count from 1. Coordinates are points (1/72 inch) on the page as it is displayed, from its upper "
        "left corner. Examples are values of the sample that ships in `data/raw/2024`, long ones cut.",
        one_row_is="One row is ",
        layer="Layer",
        made_from="Made from",
        files="the files in `raw/`",
        runs="what each run says of itself",
        key="Key",
        sorted_by="Sorted by",
        file="File",
        one_a_document="one a document",
        one_a_year="one a year",
        one_a_run="one a run",
        together=" Changes together with the other published tables.",
        columns="| column | type | null | unit | printed as | example | meaning |",
        yes="yes",
        one_of=" One of ",
        volatile=" *Volatile: differs between runs.*",
        empty="*empty text*",
        comma=", ",
        full_stop=".",
        colon=": ",
    ),
    Language.CHINESE: _Words(
        title="数据字典",
        other_page="英文版：[Data dictionary](data_dictionary.md)。",
        introduction="各表各列的说明；表结构版本 {version}。本页由 `zc_pipeline/schemas/` 生成："
        "请在该处修改，再运行 `make docs`。",
        conventions="金额一律以元为单位，精确到分，不论原表以元还是万元印刷。页码和序号从 1 起。"
        "坐标以磅（1/72 英寸）计，自显示页面的左上角算起。"
        "示例取自随附的样本（`data/raw/2024`），过长的只列开头。",
        one_row_is="一行是",
        layer="层次",
        made_from="来源",
        files="`raw/` 中的文件",
        runs="每次运行自己的记录",
        key="主键",
        sorted_by="排序",
        file="文件",
        one_a_document="每份文件一个",
        one_a_year="每年一个",
        one_a_run="每次运行一个",
        together="与其他发布表同时更新。",
        columns="| 列名 | 中文名 | 类型 | 可空 | 单位 | 表中印法 | 示例 | 含义 |",
        yes="是",
        one_of="取值：",
        volatile="*每次运行可能不同。*",
        empty="*空文本*",
        comma="、",
        full_stop="。",
        colon="：",
    ),
}
_UNITS_ZH: Final = {"CNY": "元", "pt": "磅", "percent": "%", "byte": "字节"}
_UNIT_SUFFIX: Final = {"CNY": "_cny", "pt": "_pt", "percent": "_pct", "byte": "_bytes"}
_LONGEST_EXAMPLE: Final = 40


def title_of(field: Field, language: Language) -> str:
    """A column's heading, with its unit: 总计（元） or Total (CNY)."""
    if language is Language.CHINESE:
        return field.title_zh
    suffix = _UNIT_SUFFIX.get(field.unit or "")
    name = field.name.removesuffix(suffix) if suffix else field.name
    words = name.replace("_", " ")
    return words[0].upper() + words[1:] + (f" ({field.unit})" if field.unit else "")


def description_of(field: Field, language: Language) -> str:
    """What a column means."""
    return field.description_zh if language is Language.CHINESE else field.description


def render_dictionary(language: Language = Language.ENGLISH) -> str:
    """The data dictionary as Markdown."""
    words = _WORDS[language]
    parts = [
        f"# {words.title}",
        "",
        words.introduction.format(version=SCHEMA_VERSION),
        words.other_page,
        "",
        words.conventions,
        "",
    ]
    for name in (*_ORDER, *(name for name in TABLES if name not in _ORDER)):
        parts += _render_table(TABLES[name], language)
    return "\n".join(parts).rstrip() + "\n"


def _render_table(spec: TableSpec, language: Language) -> Iterable[str]:
    words = _WORDS[language]
    is_chinese = language is Language.CHINESE
    stop, colon = words.full_stop, words.colon
    yield f"## {spec.name}" + (f" {spec.title_zh}" if is_chinese else "")
    yield ""
    yield f"{words.one_row_is}{spec.row_meaning_zh if is_chinese else spec.row_meaning}{stop}"
    yield ""
    source = _names(spec.source, words.comma) or (words.runs if spec.name in RUN_TABLES else words.files)
    gap = "" if is_chinese else " "
    yield f"- **{words.layer}{colon.strip()}**{gap}{spec.layer}{stop}{gap}" + (
        f"**{words.made_from}{colon.strip()}**{gap}{source}{stop}"
    )
    yield f"- **{words.key}{colon.strip()}**{gap}{_names(spec.key, words.comma)}{stop}{gap}" + (
        f"**{words.sorted_by}{colon.strip()}**{gap}{_names(spec.sort_columns, words.comma)}{stop}"
    )
    yield f"- **{words.file}{colon.strip()}**{gap}{_file_pattern(spec.name, words)}"
    for warning in spec.warnings_zh if is_chinese else spec.warnings:
        yield f"- {warning}"
    yield ""
    yield words.columns
    yield re.sub(r"[^|]+", " --- ", words.columns)
    for field in spec.fields:
        cells = [
            f"`{field.name}`",
            *([field.title_zh] if is_chinese else []),
            _type_name(field),
            words.yes if field.nullable else "",
            (_UNITS_ZH.get(field.unit or "", field.unit) if is_chinese else field.unit) or "",
            "、".join(field.printed_as),
            _example(field, words),
            _meaning(field, language),
        ]
        yield "| " + " | ".join(cells) + " |"
    yield ""


def _example(field: Field, words: _Words) -> str:
    if field.example is None:
        return ""
    if not field.example:
        return words.empty
    text = " ".join(field.example.split("\n"))
    text = text if len(text) <= _LONGEST_EXAMPLE else text[:_LONGEST_EXAMPLE] + "…"
    return _escaped(text)


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def _meaning(field: Field, language: Language) -> str:
    words = _WORDS[language]
    text = _escaped(description_of(field, language))
    if field.allowed and len(field.allowed) <= 8:
        text += words.one_of + _names(field.allowed, words.comma) + words.full_stop
    return text + (words.volatile if field.is_volatile else "")


def _type_name(field: Field) -> str:
    if pa.types.is_decimal(field.type):
        return f"decimal({field.type.precision}, {field.type.scale})"
    return str(field.type)


def _file_pattern(table: str, words: _Words) -> str:
    comma = "，" if words.comma == "、" else ", "
    if table in WORKING_TABLES:
        return f"`parquet/{table}/<year>/<document_id>.parquet`{comma}{words.one_a_document}{words.full_stop}"
    if table in RUN_TABLES:
        return f"`parquet/{table}/{table}_<start>_<run_id>.parquet`{comma}{words.one_a_run}{words.full_stop}"
    together = words.together if table in PUBLISHED_TABLES else ""
    return f"`parquet/{table}/{table}_<year>.parquet`{comma}{words.one_a_year}{words.full_stop}{together}"


def _names(names: Iterable[str], comma: str = ", ") -> str:
    return comma.join(f"`{name}`" for name in names)


# --- data package ---------------------------------------------------------------------------------

# Tables whose key others carry: a column set that is one of these keys refers to that table.
_REFERRED: Final = ("documents", "projects")
_PACKAGE_TITLE: Final = {
    Language.ENGLISH: "Project performance targets of {years}",
    Language.CHINESE: "{years}年项目支出绩效目标",
}
_PACKAGE_NOTE: Final = {
    Language.ENGLISH: "Tables read from published performance-target PDFs (项目支出绩效目标表). A value is "
    "exactly what is printed, or it is not there and the table problems says why. The files hold every value "
    "unchanged, so a text may begin with = + - or @, which spreadsheet programs take for a formula: read "
    "them with a program that takes the columns' types from this description, and use the Excel workbook for "
    "looking at them. Publications: {publications}.",
    Language.CHINESE: "由公开的项目支出绩效目标表（PDF）读取的数据。表中的值与所印完全一致；不一致的不收录，"
    "原因见 problems 表。文件原样保存各值，文本可能以 = + - @ 开头，电子表格软件会误作公式："
    "请用能按本说明识别列类型的程序读取；需要直接查看时请用导出的 Excel 工作簿。发布标识：{publications}。",
}


@dataclass(frozen=True, slots=True)
class CsvFile:
    """A written CSV file of one table: its name in the folder, size and sha256."""

    table: str
    name: str
    size_bytes: int
    sha256: str


def data_package(
    files: Sequence[CsvFile], publications: Mapping[str, str], language: Language
) -> dict[str, Any]:
    """The Frictionless data package (datapackage.json) of a folder of CSV files.

    Args:
        files: one a table: comma-separated, UTF-8, with a heading of column names; null is empty, times are
            ISO 8601.
        publications: year → publication_id of the tables in them.
        language: of titles and descriptions.
    """
    names = {file.table for file in files}
    return {
        "name": "zc-pipeline-tables",
        "title": _PACKAGE_TITLE[language].format(years="、".join(publications)),
        "description": _PACKAGE_NOTE[language].format(
            publications=", ".join(f"{year} {one}" for year, one in publications.items())
        ),
        "profile": "tabular-data-package",
        "version": SCHEMA_VERSION,
        "resources": [_resource(file, names, language) for file in files],
    }


def _resource(file: CsvFile, tables: Iterable[str], language: Language) -> dict[str, Any]:
    spec = TABLES[file.table]
    # A key of which a part may be null is none to the format.
    always = {field.name for field in spec.fields if not field.nullable}
    is_chinese = language is Language.CHINESE
    words = _WORDS[language]
    sentence = words.one_row_is + (spec.row_meaning_zh if is_chinese else spec.row_meaning) + words.full_stop
    return {
        "name": spec.name,
        "path": file.name,
        "profile": "tabular-data-resource",
        "title": spec.title_zh if is_chinese else spec.name,
        "description": ("" if is_chinese else " ").join(
            [sentence, *(spec.warnings_zh if is_chinese else spec.warnings)]
        ),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": file.size_bytes,
        "hash": f"sha256:{file.sha256}",
        "schema": {
            "fields": [_package_field(field, spec, language) for field in spec.fields],
            **({"primaryKey": list(spec.key)} if set(spec.key) <= always else {}),
            "foreignKeys": _foreign_keys(spec, tables),
            "missingValues": [""],
        },
    }


def _package_field(field: Field, spec: TableSpec, language: Language) -> dict[str, Any]:
    kind = _package_type(field.type)
    # A blank in a column of text that has no null is the empty text, which the format cannot tell from null.
    may_be_empty = kind == "string" and (
        re.fullmatch(field.pattern, "") is not None
        if field.pattern is not None
        else field.allowed is None and field.name not in spec.key
    )
    constraints: dict[str, Any] = {}
    if not field.nullable and not may_be_empty:
        constraints["required"] = True
    if spec.key == (field.name,):
        constraints["unique"] = True
    if field.minimum is not None:
        constraints["minimum"] = field.minimum
    if field.pattern is not None:
        constraints["pattern"] = field.pattern
    if field.allowed is not None:
        constraints["enum"] = list(field.allowed)
    found: dict[str, Any] = {
        "name": field.name,
        "type": kind,
        "title": title_of(field, language),
        "description": description_of(field, language),
    }
    if field.example:
        found["example"] = field.example
    if field.unit:
        found["unit"] = field.unit
    return found | ({"constraints": constraints} if constraints else {})


def _package_type(type_: pa.DataType) -> str:
    if pa.types.is_boolean(type_):
        return "boolean"
    if pa.types.is_integer(type_):
        return "integer"
    if pa.types.is_decimal(type_) or pa.types.is_floating(type_):
        return "number"
    return "datetime" if pa.types.is_timestamp(type_) else "string"


def _foreign_keys(spec: TableSpec, tables: Iterable[str]) -> list[dict[str, Any]]:
    always = {field.name for field in spec.fields if not field.nullable}
    return [
        {"fields": list(key), "reference": {"resource": other, "fields": list(key)}}
        for other in _REFERRED
        if other in tables and other != spec.name and set(key := TABLES[other].key) <= always
    ]


# --- problems -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _ProblemWords:
    """The fixed words of the page of problem codes in one language."""

    title: str
    introduction: str
    other_page: str
    verdict: str
    severities: Mapping[Severity, str]
    columns: str


_PROBLEM_WORDS: Final = {
    Language.ENGLISH: _ProblemWords(
        title="Problems",
        introduction="Everything that can be said against a document, by its stable code: column `code` of "
        "`problems`, `reason_codes` of `documents`. This page is rendered from `zc_pipeline/errors.py`: "
        "change it there and run `make docs`.",
        other_page="The same in Chinese: [问题代码](problems.zh-CN.md).",
        verdict="The gravest problem of a disclosure decides its verdict. Only accepted disclosures have "
        "rows in `projects` and `indicators`.",
        severities={
            Severity.REFUSED: "Refused: nothing of the document can be read",
            Severity.HELD: "Held: it was read, but a value could be wrong",
            Severity.WARNING: "Warnings: published, but a person should look",
            Severity.NOTICE: "Notices: published; a repair or an oddity, counted",
        },
        columns="| code | what was seen | what to do |",
    ),
    Language.CHINESE: _ProblemWords(
        title="问题代码",
        introduction="对一份文件可能提出的全部问题，按固定代码列出：代码见 `problems` 表的 `code` 列和 "
        "`documents` 表的 `reason_codes` 列；“相关原文”指 `problems` 表的 `raw_text` 列。"
        "本页由 `zc_pipeline/errors.py` 生成：请在该处修改，再运行 `make docs`。",
        other_page="英文版：[Problems](problems.md)。",
        verdict="文件的判定结果取决于其中最严重的问题。"
        "只有通过的文件在 `projects` 和 `indicators` 中有数据行。",
        severities={
            Severity.REFUSED: "拒收：文件无法读取",
            Severity.HELD: "待核：已读取，但数值可能有误",
            Severity.WARNING: "提醒：已采用，宜人工查看",
            Severity.NOTICE: "提示：已采用，记录一处修复或异常",
        },
        columns="| 代码 | 问题 | 怎么办 |",
    ),
}


def render_problems(language: Language = Language.ENGLISH) -> str:
    """The page of problem codes as Markdown."""
    words = _PROBLEM_WORDS[language]
    parts = [f"# {words.title}", "", words.introduction, words.other_page, "", words.verdict, ""]
    for severity in Severity:
        parts += [f"## {words.severities[severity]}", "", words.columns, "| --- | --- | --- |"]
        parts += [_render_condition(one, language) for one in CATALOGUE.values() if one.severity is severity]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _render_condition(condition: Condition, language: Language) -> str:
    is_chinese = language is Language.CHINESE
    meaning = condition.meaning_zh if is_chinese else condition.meaning
    remedy = condition.remedy_zh if is_chinese else condition.remedy
    return f"| `{condition.code}` | {meaning} | {remedy} |"


PAGES: Final[dict[str, Callable[[], str]]] = {
    "data_dictionary.md": partial(render_dictionary, Language.ENGLISH),
    "data_dictionary.zh-CN.md": partial(render_dictionary, Language.CHINESE),
    "problems.md": partial(render_problems, Language.ENGLISH),
    "problems.zh-CN.md": partial(render_problems, Language.CHINESE),
    "settings.md": render_settings,
}


def main() -> None:
    """Rewrite the rendered pages in ``docs/``."""
    for name, render in PAGES.items():
        (_DOCS / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
