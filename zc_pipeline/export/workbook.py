"""Excel workbooks: a sheet a table, with headings in words, and a sheet that says what all of it is.

A text is always written as text, whatever it begins with, so that no cell becomes a formula or a link. A
number is written as a number where Excel shows exactly what the table has, and as text where it has more
digits than Excel's numbers keep.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from zc_pipeline import __version__
from zc_pipeline.dictionary import Language, description_of, title_of
from zc_pipeline.errors import UsageError
from zc_pipeline.export.published import Published
from zc_pipeline.model import SET_ASIDE, Verdict
from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.fields import Field
from zc_pipeline.storage.files import Writer
from zc_pipeline.storage.parquet import to_arrow

if TYPE_CHECKING:
    import xlsxwriter
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

# Of the file format.
MOST_ROWS: Final = 1_048_576
MOST_CHARACTERS: Final = 32_767  # of a cell, as UTF-16 units
MOST_DIGITS: Final = 15  # of a number
_BATCH_ROWS: Final = 2_000

_LINE_POINTS: Final = 15.5
_MOST_LINES: Final = 12
_NARROWEST, _NAME_WIDTH, _TEXT_WIDTH = 9, 28, 46
_LONG_TEXT: Final = 120  # wider than a name over three lines
# Whole cells that other sheets or columns have in parts: rows are not made higher for them.
_NOT_IN_HEIGHT: Final = frozenset({"indicators_text", "indicator_text"})
_SHORT_HEADING: Final = 17
_ROWS_MEASURED: Final = 500
_WIDE_FONT: Final = 1.05  # a Chinese character is a little wider than two digits
_A3, _A4 = 8, 9  # paper sizes by the file format's numbers


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One table's sheet: ``leading`` columns stand first and stay in view, ``last`` ones say where from."""

    table: str
    name: Mapping[Language, str]
    leading: tuple[str, ...]


_SHEETS: Final = (
    _Sheet(
        "projects", {Language.CHINESE: "项目", Language.ENGLISH: "Projects"}, ("row_number", "project_name")
    ),
    _Sheet(
        "indicators",
        {Language.CHINESE: "指标", Language.ENGLISH: "Indicators"},
        ("project_name", "indicator_number", "indicator_name"),
    ),
    _Sheet(
        "reconciliation",
        {Language.CHINESE: "核对", Language.ENGLISH: "Reconciliation"},
        ("row_name", "scope", "column_name"),
    ),
    _Sheet("problems", {Language.CHINESE: "问题", Language.ENGLISH: "Problems"}, ("severity", "code")),
    _Sheet(
        "documents", {Language.CHINESE: "文件", Language.ENGLISH: "Documents"}, ("verdict", "source_file")
    ),
)
# Columns of sentences in one language: a workbook in the other has those in its own.
_SENTENCES_IN: Final[Mapping[str, Language]] = {"message": Language.ENGLISH, "message_zh": Language.CHINESE}
# By these a row is found again; they stand behind what people read.
_PROVENANCE: Final = (
    "source_file",
    "table_number",
    "row_order",
    "page_first",
    "page_last",
    "document_id",
    "project_id",
    "indicator_id",
)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of a workbook in one language."""

    file_name: str
    no_department: str
    about: str
    title: str
    part: str
    source_label: str
    source: str
    publication: str
    versions: str
    verdicts: str
    verdict_names: Mapping[Verdict, str]
    counts: str
    counts_text: str
    totals: str
    totals_text: str
    notes: str
    own_notes: tuple[str, ...]
    long_numbers: str
    continued: str
    column_heads: tuple[str, ...]


_WORDS: Final = {
    Language.CHINESE: _Words(
        file_name="项目绩效目标_{year}",
        no_department="未印部门名称",
        about="说明",
        title="{year} 年项目支出绩效目标",
        part="部门",
        source_label="数据来源",
        source="由各部门公开的《项目支出绩效目标表》（PDF）逐字读取，文件见工作表“文件”。"
        "表中的值与所印完全一致；有疑问的不收录，原因见工作表“问题”。",
        publication="发布标识",
        versions="版本",
        verdicts="判定结果",
        verdict_names={Verdict.ACCEPTED: "通过", Verdict.HELD: "待核", Verdict.REFUSED: "拒收"},
        counts="收录",
        counts_text="{projects} 个项目，{indicators} 条指标",
        totals="金额",
        totals_text="通过的文件：表列合计 {printed} 元，重新加总 {readded} 元",
        notes="注意事项",
        own_notes=(
            "金额以元为单位，由所印金额换算，精确到分；“原文”各列为表中所印的文字，单位同原表。",
            "空白单元格：未印或不适用，具体见各列含义。",
            "行高最多显示 12 行文字，且不随指标原文增高；更长的文字完整保存在单元格中。",
            "以 =、+、-、@ 开头的文字按文本保存，不是公式。",
        ),
        long_numbers="有 {count} 个数值超过 15 位有效数字，Excel 的数值无法精确表示，因此以文本保存。",
        continued="数据超过一张工作表的行数上限，续表：{sheets}。",
        column_heads=("工作表", "列", "列名（数据文件）", "含义", "示例"),
    ),
    Language.ENGLISH: _Words(
        file_name="performance_targets_{year}",
        no_department="no department printed",
        about="About",
        title="Project performance targets {year}",
        part="Department",
        source_label="Source",
        source="Read from the performance-target tables (项目支出绩效目标表, PDF) that departments publish; "
        "the files stand in the sheet Documents. A value is exactly what is printed; what is in doubt is "
        "left out, and the sheet Problems says why.",
        publication="Publication",
        versions="Versions",
        verdicts="Verdicts",
        verdict_names={verdict: verdict.value for verdict in Verdict},
        counts="Contents",
        counts_text="{projects} projects, {indicators} indicators",
        totals="Amounts",
        totals_text="accepted documents: printed {printed} CNY, re-added {readded} CNY",
        notes="Mind",
        own_notes=(
            "Amounts are in yuan (CNY), converted from the printed ones, exact to the fen; columns named "
            "text hold the printed text, in the table's own unit.",
            "Blank cells: not printed or not applicable; each column's meaning says which.",
            "A row shows 12 lines of text at most, and is not made higher for the packed indicators; longer "
            "text is whole in its cell.",
            "Text that begins with = + - or @ is stored as text, not as a formula.",
        ),
        long_numbers="{count} numbers have more than 15 digits, which Excel's numbers cannot keep: they are "
        "stored as text.",
        continued="There are more rows than a sheet takes; they go on in: {sheets}.",
        column_heads=("Sheet", "Column", "Name in the data files", "Meaning", "Example"),
    ),
}


def workbook_stem(published: Published, language: Language) -> str:
    """What a year's, or a department's, workbook is called; not yet safe as a file name."""
    words = _WORDS[language]
    stem = words.file_name.format(year=published.label)
    return f"{stem}_{published.department or words.no_department}" if published.is_part else stem


def count_long_numbers(frames: Mapping[str, pd.DataFrame]) -> int:
    """Numbers with more digits than Excel's keep exactly: they are written as text."""
    return sum(
        isinstance(value, Decimal | int) and not isinstance(value, bool) and not _is_exact(value)
        for sheet in _SHEETS
        for row in _rows(sheet.table, frames)
        for value in row.values()
    )


def workbook_writer(published: Published, language: Language, *, most_rows: int = MOST_ROWS) -> Writer:
    """A function that writes one workbook.

    Args:
        published: a year's tables, or a department's part.
        language: of headings, sheet names and descriptions; values stay as they are.
        most_rows: rows of a sheet, its heading included; more go on in numbered sheets.

    Raises:
        UsageError: XlsxWriter is not installed, or a text is longer than a cell takes.
    """
    try:
        import xlsxwriter
    except ImportError as error:
        raise UsageError(
            "Writing Excel workbooks needs XlsxWriter. Install it with: pip install 'zc_pipeline[export]'"
        ) from error

    _refuse_long_texts(published)
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }

    def write(path: Path) -> None:
        with xlsxwriter.Workbook(str(path), options) as workbook:
            workbook.set_properties(
                {"title": _title(published, language), "comments": published.publication_id}
            )
            _Writing(workbook, published, language, most_rows).write()

    return write


def _title(published: Published, language: Language) -> str:
    return _WORDS[language].title.format(year=published.label)


def _refuse_long_texts(published: Published) -> None:
    for sheet in _SHEETS:
        for number, row in enumerate(_rows(sheet.table, published.frames), start=1):
            for name, value in row.items():
                if isinstance(value, str) and _utf16_length(value) > MOST_CHARACTERS:
                    raise UsageError(
                        f"{name} in row {number} of {sheet.table} ({published.label}, {row['source_file']}) "
                        f"has {_utf16_length(value):,} characters; a cell of Excel takes "
                        f"{MOST_CHARACTERS:,}. Nothing was cut: export these tables with --csv or "
                        "--duckdb instead."
                    )


def _rows(table: str, frames: Mapping[str, pd.DataFrame]) -> Iterator[dict[str, Any]]:
    """The rows as plain values, a batch at a time; none for a table that is not there."""
    if table in frames:
        for batch in to_arrow(table, frames[table]).to_batches(max_chunksize=_BATCH_ROWS):
            yield from batch.to_pylist()


def _utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _is_exact(number: Decimal | int) -> bool:
    """Whether Excel, which keeps 15 digits of a number, shows exactly this one."""
    # Not by normalize(), which rounds to the precision of the decimal context.
    digits = "".join(map(str, Decimal(number).as_tuple().digits))
    return len(digits.strip("0")) <= MOST_DIGITS


def _width(text: str) -> float:
    """About how wide a line is: two for a Chinese character, one for a Latin one."""
    return (len(text) + len(text.encode())) / 2 * _WIDE_FONT


def _line_count(text: str, column_width: float) -> int:
    return sum(max(1, math.ceil(_width(line) / (column_width - 1))) for line in text.split("\n"))


class _Writing:
    """One workbook while it is written, sheet after sheet and row after row."""

    def __init__(
        self, workbook: xlsxwriter.Workbook, published: Published, language: Language, most_rows: int
    ) -> None:
        self._workbook = workbook
        self._published = published
        self._language = language
        self._words = _WORDS[language]
        self._most_rows = most_rows
        self._formats: dict[str, Format] = {}
        self._long_numbers = 0
        self._sheet_names: dict[str, list[str]] = {}

    def write(self) -> None:
        for sheet in _SHEETS:
            self._write_table(sheet)
        self._write_about()

    # --- tables ---

    def _write_table(self, sheet: _Sheet) -> None:
        fields = _in_reading_order(sheet, self._language)
        widths = self._widths(sheet.table, fields)
        names = self._sheet_names[sheet.table] = []
        worksheet = self._new_sheet(sheet, fields, widths, names)
        row_number = 0
        for row in _rows(sheet.table, self._published.frames):
            if row_number == self._most_rows - 1:
                worksheet.autofilter(0, 0, row_number, len(fields) - 1)
                worksheet = self._new_sheet(sheet, fields, widths, names)
                row_number = 0
            row_number += 1
            worksheet.set_row(row_number, self._height(row, fields, widths))
            for column, field in enumerate(fields):
                self._write_value(worksheet, row_number, column, row[field.name], field)
        worksheet.autofilter(0, 0, row_number, len(fields) - 1)

    def _new_sheet(
        self, sheet: _Sheet, fields: Sequence[Field], widths: Sequence[float], names: list[str]
    ) -> Worksheet:
        name = sheet.name[self._language] + (f" ({len(names) + 1})" if names else "")
        names.append(name)
        worksheet = self._workbook.add_worksheet(name)
        worksheet.freeze_panes(1, len(sheet.leading))
        worksheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        worksheet.set_landscape()
        worksheet.set_paper(_A3)
        worksheet.fit_to_pages(2, 0)
        worksheet.repeat_rows(0)
        titles = [title_of(field, self._language) for field in fields]
        for column, width in enumerate(widths):
            worksheet.set_column(column, column, width)
        lines = max(_line_count(title, width) for title, width in zip(titles, widths, strict=True))
        worksheet.set_row(0, _LINE_POINTS * lines + 6)
        for column, title in enumerate(titles):
            worksheet.write_string(0, column, title, self._format("heading"))
        return worksheet

    def _widths(self, table: str, fields: Sequence[Field]) -> list[float]:
        """Column widths by heading and the first rows: a long heading takes two lines, a text several."""
        rows = _rows(table, self._published.frames)
        measured = [row for row, _ in zip(rows, range(_ROWS_MEASURED), strict=False)]
        widths = []
        for field in fields:
            title = _width(title_of(field, self._language))
            heading = title + 3 if title <= _SHORT_HEADING else title / 2 + 4  # room for the filter's button
            texts = [_shown(row[field.name], field) for row in measured]
            widest = max((_width(line) for text in texts for line in text.split("\n")), default=0) + 2
            most = _TEXT_WIDTH if widest > _LONG_TEXT else _NAME_WIDTH
            widths.append(max(_NARROWEST, heading, min(most, widest)))
        return widths

    def _height(self, row: Mapping[str, Any], fields: Sequence[Field], widths: Sequence[float]) -> float:
        lines = max(
            _line_count(value, width)
            for field, width in zip(fields, widths, strict=True)
            for value in [row[field.name]]
            if isinstance(value, str) and field.name not in _NOT_IN_HEIGHT
        )
        return _LINE_POINTS * min(lines, _MOST_LINES)

    def _write_value(self, worksheet: Worksheet, row: int, column: int, value: Any, field: Field) -> None:
        if value is None:
            return
        if isinstance(value, bool):
            worksheet.write_boolean(row, column, value, self._format("flag"))
        elif isinstance(value, Decimal | int):
            if _is_exact(value):
                worksheet.write_number(row, column, value, self._number_format(value, field))
            else:
                self._long_numbers += 1
                self._write_text(worksheet, row, column, _shown(value, field), self._format("long_number"))
        elif isinstance(value, float):
            worksheet.write_number(row, column, value, self._format("top"))
        else:
            self._write_text(worksheet, row, column, _shown(value, field), self._format("text"))

    @staticmethod
    def _write_text(worksheet: Worksheet, row: int, column: int, text: str, cell_format: Format) -> None:
        # The library takes such a string for prepared XML; in pieces it is text again.
        if text.startswith("<r>") and text.endswith("</r>"):
            worksheet.write_rich_string(row, column, text[:1], text[1:2], text[2:], cell_format)
        else:
            worksheet.write_string(row, column, text, cell_format)

    # --- formats ---

    def _format(self, name: str) -> Format:
        return self._add_format(name, _FORMATS[name])

    def _number_format(self, value: Decimal | int, field: Field) -> Format:
        """Money with thousands and two places; another decimal with as many places as it has."""
        if isinstance(value, int):
            return self._format("integer")
        places = 2 if field.unit == "CNY" else max(0, -int(value.normalize().as_tuple().exponent))
        pattern = "#,##0" + ("." + "0" * places if places else "")
        return self._add_format(pattern, {"valign": "top", "num_format": pattern})

    def _add_format(self, name: str, properties: Mapping[str, Any]) -> Format:
        if name not in self._formats:
            self._formats[name] = self._workbook.add_format(dict(properties))
        return self._formats[name]

    # --- the sheet about the others ---

    def _write_about(self) -> None:
        worksheet = self._workbook.add_worksheet(self._words.about)
        widths = (18, 24, 24, 80, 34)
        for column, width in enumerate(widths):
            worksheet.set_column(column, column, width)
        worksheet.hide_gridlines(2)
        worksheet.set_landscape()
        worksheet.set_paper(_A4)
        worksheet.fit_to_pages(1, 0)
        worksheet.set_row(0, 28)
        worksheet.write_string(0, 0, _title(self._published, self._language), self._format("title"))
        row = 1
        span = sum(widths[1:])
        for label, text in self._facts():
            row += 1
            worksheet.set_row(row, _LINE_POINTS * _line_count(text, span))
            worksheet.write_string(row, 0, label, self._format("label"))
            worksheet.merge_range(row, 1, row, len(widths) - 1, "", self._format("text"))
            self._write_text(worksheet, row, 1, text, self._format("text"))
        row += 2
        for column, head in enumerate(self._words.column_heads):
            worksheet.write_string(row, column, head, self._format("heading"))
        first = row
        for cells in self._column_lines():
            row += 1
            lines = [_line_count(cell, width) for cell, width in zip(cells, widths, strict=True)]
            worksheet.set_row(row, _LINE_POINTS * min(max(lines), _MOST_LINES))
            for column, cell in enumerate(cells):
                self._write_text(worksheet, row, column, cell, self._format("text"))
        worksheet.autofilter(first, 0, row, len(widths) - 1)

    def _facts(self) -> Iterator[tuple[str, str]]:
        """Label and text of what is to be known of the whole workbook; a repeated label is left blank."""
        words, published = self._words, self._published
        documents = [row for row in _rows("documents", published.frames) if row["standing"] not in SET_ASIDE]
        if published.is_part:
            yield words.part, published.department or words.no_department
        yield words.source_label, words.source
        yield words.publication, published.publication_id
        parsers = sorted({row["parser_version"] for row in documents})
        yield words.versions, f"zc_pipeline {__version__}, parser {', '.join(parsers)}"
        verdicts = Counter(row["verdict"] for row in documents)
        comma = "，" if self._language is Language.CHINESE else ", "
        yield (
            words.verdicts,
            comma.join(f"{words.verdict_names[verdict]} {verdicts[verdict.value]}" for verdict in Verdict),
        )
        count = {table: len(published.frames.get(table, ())) for table in ("projects", "indicators")}
        yield words.counts, words.counts_text.format(**count)
        accepted = [row for row in documents if row["verdict"] == Verdict.ACCEPTED.value]
        yield (
            words.totals,
            words.totals_text.format(
                printed=_sum(row["printed_total_cny"] for row in accepted),
                readded=_sum(row["readded_total_cny"] for row in accepted),
            ),
        )
        label = words.notes
        for note in self._notes():
            yield label, note
            label = ""

    def _notes(self) -> Iterator[str]:
        yield from self._words.own_notes
        if self._long_numbers:
            yield self._words.long_numbers.format(count=self._long_numbers)
        for names in self._sheet_names.values():
            if len(names) > 1:
                yield self._words.continued.format(sheets=", ".join(names))
        for sheet in _SHEETS:
            spec = TABLES[sheet.table]
            is_chinese = self._language is Language.CHINESE
            mark = "：" if is_chinese else ": "
            for warning in spec.warnings_zh if is_chinese else spec.warnings:
                yield f"{sheet.name[self._language]}{mark}{_in_words(warning, sheet.table, self._language)}"

    def _column_lines(self) -> Iterator[tuple[str, str, str, str, str]]:
        for sheet in _SHEETS:
            for field in _in_reading_order(sheet, self._language):
                yield (
                    sheet.name[self._language],
                    title_of(field, self._language),
                    field.name,
                    _in_words(description_of(field, self._language), sheet.table, self._language),
                    field.example or "",
                )


_FORMATS: Final[Mapping[str, Mapping[str, Any]]] = {
    "heading": {
        "bold": True,
        "text_wrap": True,
        "valign": "vcenter",
        "bg_color": "#DCE6F1",
        "bottom": 1,
    },
    "title": {"bold": True, "font_size": 16, "valign": "vcenter"},
    "label": {"bold": True, "valign": "top"},
    "text": {"text_wrap": True, "valign": "top"},
    "long_number": {"align": "right", "valign": "top"},
    "flag": {"align": "center", "valign": "top"},
    "integer": {"align": "center", "valign": "top"},
    "top": {"valign": "top"},
}


def _in_reading_order(sheet: _Sheet, language: Language) -> list[Field]:
    """The table's columns: leading ones, what people read, printed text and flags, where it comes from."""
    fields = {
        field.name: field
        for field in TABLES[sheet.table].fields
        if _SENTENCES_IN.get(field.name, language) is language
    }
    first = [fields.pop(name) for name in sheet.leading]
    last = [fields.pop(name) for name in _PROVENANCE if name in fields]
    behind = [field for field in fields.values() if field.name.endswith("_text") or str(field.type) == "bool"]
    return [*first, *(field for field in fields.values() if field not in behind), *behind, *last]


def _shown(value: Any, field: Field) -> str:
    """A value as a cell shows it."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if field.unit == "CNY" else f"{value:,f}"
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _sum(amounts: Iterable[Decimal | None]) -> str:
    return f"{sum((amount for amount in amounts if amount is not None), Decimal(0)):,.2f}"


def _in_words(text: str, table: str, language: Language) -> str:
    """A description with names of tables and columns as the workbook has them: “文件” for `documents`."""
    sheets = {sheet.table: sheet.name[language] for sheet in _SHEETS}
    quote = "“{}”" if language is Language.CHINESE else '"{}"'

    def named(match: re.Match[str]) -> str:
        *tables, name = match[1].split(".")
        if not tables and name in sheets:
            return quote.format(sheets[name])
        of = tables[0] if tables else table
        titles = (
            {field.name: title_of(field, language) for field in TABLES[of].fields} if of in sheets else {}
        )
        if name not in titles:
            return match[1]
        return (quote.format(sheets[of]) if tables else "") + quote.format(titles[name])

    found = re.sub(r"`([a-z_0-9.]+)`", named, text).replace("`", "")
    return re.sub(r" ?([“”]) ?", r"\1", found) if language is Language.CHINESE else found
