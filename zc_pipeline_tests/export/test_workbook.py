from __future__ import annotations

import csv
import re
import shutil
import subprocess
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from zc_pipeline.dictionary import Language, title_of
from zc_pipeline.errors import UsageError
from zc_pipeline.export.published import Published, read_published
from zc_pipeline.export.run import Targets, export_published
from zc_pipeline.export.workbook import MOST_CHARACTERS, count_long_numbers, workbook_writer
from zc_pipeline.schemas import PUBLISHED_TABLES, TABLES
from zc_pipeline.schemas.fields import Field
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.frames import frame_of, records_of
from zc_pipeline_tests.export.conftest import FORMULA_NAME, FORMULA_TARGET
from zc_pipeline_tests.tables.samples import indicator_row, project_row

SHEETS = {
    "projects": "项目",
    "indicators": "指标",
    "reconciliation": "核对",
    "problems": "问题",
    "documents": "文件",
}
needs_soffice = pytest.mark.skipif(
    shutil.which("soffice") is None, reason="LibreOffice (soffice) is not installed"
)


@pytest.fixture(scope="module")
def folder(published: DataPaths, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook a year."""
    target = tmp_path_factory.mktemp("xlsx")
    export_published(published, Targets(xlsx=target))
    return target


def write_rows(path: Path, most_rows: int = 1_048_576, **rows: list[dict[str, Any]]) -> openpyxl.Workbook:
    """A workbook of the given rows, read back; tables not given are empty."""
    frames = {table: frame_of(table, rows.get(table, [])) for table in PUBLISHED_TABLES}
    workbook_writer(Published(2024, "an id", frames), Language.CHINESE, most_rows=most_rows)(path)
    return openpyxl.load_workbook(path)


def records(sheet: Worksheet, table: str, language: Language = Language.CHINESE) -> list[dict[str, Any]]:
    """A sheet's rows by column name, found by their headings."""
    names = {title_of(field, language): field.name for field in TABLES[table].fields}
    head, *rows = sheet.iter_rows(values_only=True)
    return [{names[title]: value for title, value in zip(head, row, strict=True)} for row in rows]


def columns_of(table: str, language: Language = Language.CHINESE) -> list[Field]:
    """The columns that a workbook has: of the two messages of a problem, the one in its language."""
    other = {Language.CHINESE: "message", Language.ENGLISH: "message_zh"}[language]
    return [field for field in TABLES[table].fields if field.name != other]


def column_of(sheet: Worksheet, title: str) -> int:
    return next(cell.column for cell in sheet[1] if cell.value == title)


def test_a_year_has_one_workbook_with_every_table(published: DataPaths, folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [
        "项目绩效目标_2023.xlsx",
        "项目绩效目标_2024.xlsx",
    ]
    book = openpyxl.load_workbook(folder / "项目绩效目标_2024.xlsx")
    assert book.sheetnames == [*SHEETS.values(), "说明"]
    for table, name in SHEETS.items():
        assert {cell.value for cell in book[name][1]} == {field.title_zh for field in columns_of(table)}
    assert book["项目"].max_row == 1 + 51
    assert book["指标"].max_row == 1 + 171


@pytest.mark.parametrize("year", [2023, 2024])
def test_every_value_comes_back_as_the_table_has_it(published: DataPaths, folder: Path, year: int) -> None:
    book = openpyxl.load_workbook(folder / f"项目绩效目标_{year}.xlsx")
    frames = read_published(published, [year])[0].frames
    for table, name in SHEETS.items():
        stored = records_of(frames[table])
        written = records(book[name], table)
        assert len(written) == len(stored)
        for row, expected in zip(written, stored, strict=True):
            assert set(row) == {field.name for field in columns_of(table)}
            for column in row:
                value = expected[column]
                if isinstance(value, Decimal):
                    assert Decimal(repr(row[column])) == value
                elif column == "first_seen_at":
                    assert row[column] == value.isoformat()
                else:
                    assert (row[column] or None) == (value or None) or row[column] is value
                    assert type(row[column]) is type(value) or not value


def test_sheets_can_be_read_and_filtered(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "项目绩效目标_2024.xlsx")
    assert {name: book[name].freeze_panes for name in SHEETS.values()} == {
        "项目": "C2",
        "指标": "D2",
        "核对": "D2",
        "问题": "C2",
        "文件": "C2",
    }
    for table, name in SHEETS.items():
        sheet = book[name]
        last = openpyxl.utils.get_column_letter(len(columns_of(table)))
        assert sheet.auto_filter.ref == f"A1:{last}{sheet.max_row}"
        assert all(cell.font.bold for cell in sheet[1])
        widths = [one.width for one in sheet.column_dimensions.values()]
        assert min(widths) > 8
        assert max(widths) < 60
    projects = book["项目"]
    assert [cell.value for cell in projects[1]][:2] == ["项目序号", "项目名称"]
    total = projects.cell(2, column_of(projects, "总计（元）"))
    assert (total.value, total.number_format) == (1187000, "#,##0.00")
    goal = projects.cell(2, column_of(projects, "绩效目标"))
    assert goal.alignment.wrap_text
    assert projects.row_dimensions[2].height >= 30, "a goal of 61 characters takes several lines"


def test_no_text_becomes_a_formula_or_a_link(folder: Path) -> None:
    path = folder / "项目绩效目标_2023.xlsx"
    book = openpyxl.load_workbook(path)
    names = {row["project_name"] for row in records(book["项目"], "projects")}
    assert FORMULA_NAME in names, "as printed, without an apostrophe"
    assert FORMULA_TARGET in {row["annual_target"] for row in records(book["指标"], "indicators")}
    for sheet in book:
        assert not any(cell.data_type == "f" or cell.hyperlink for row in sheet.iter_rows() for cell in row)
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/"):
                assert not re.search(rb"<f[ >]|<hyperlink", archive.read(name)), name


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86",
        "-5%",
        "@SUM(A1)",
        "\t=1",
        "http://example.org",
        "mailto:a@example.org",
        "<r><t>prepared</t></r>",
        "<r>a&b</r>",
        "0012",
        "1e5",
        "TRUE",
        "2024-01-02",
        " 前后有空格 ",
        "_x0041_",
        "第一行\n第二行",
        "&lt;",
        "𠘨",
    ],
)
def test_any_text_is_kept_as_text(text: str, tmp_path: Path) -> None:
    book = write_rows(tmp_path / "x.xlsx", projects=[project_row(1, unit_name=text)])
    sheet = book["项目"]
    cell = sheet.cell(2, column_of(sheet, "资金使用单位"))
    assert cell.value.replace("_x005F_", "_") == text
    assert cell.data_type in ("s", "inlineStr")
    assert cell.hyperlink is None


def test_control_characters_do_not_break_the_file(tmp_path: Path) -> None:
    book = write_rows(tmp_path / "x.xlsx", projects=[project_row(1, unit_name="甲\x0b乙\r丙\uffff")])
    sheet = book["项目"]
    value = sheet.cell(2, column_of(sheet, "资金使用单位")).value
    # Excel's own way to write them, which it reads back as the characters.
    assert value in ("甲_x000B_乙_x000D_丙_xFFFF_", "甲\x0b乙\r丙\uffff")


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.decimals(min_value=-(10**16) + 1, max_value=10**16 - 1, places=2, allow_nan=False),
        min_size=20,
        max_size=60,
    )
)
def test_an_amount_is_exact_as_number_or_stands_as_text(
    tmp_path_factory: pytest.TempPathFactory, amounts: list[Decimal]
) -> None:
    rows = [project_row(number, total_cny=amount) for number, amount in enumerate(amounts, start=1)]
    book = write_rows(tmp_path_factory.mktemp("amounts") / "x.xlsx", projects=rows)
    for row, amount in zip(records(book["项目"], "projects"), amounts, strict=True):
        written = row["total_cny"]
        digits = len(str(abs(amount)).replace(".", "").strip("0"))
        if isinstance(written, str):
            assert Decimal(written.replace(",", "")) == amount
            assert digits > 15
        else:
            assert Decimal(repr(written)) == amount
            assert Decimal(f"{written:.15g}") == amount, "Excel shows 15 digits"


def test_long_numbers_are_text_counted_and_named(tmp_path: Path) -> None:
    amounts = [Decimal("9999999999999.99"), Decimal("99999999999999.99"), Decimal("90000000000000000") / 10]
    rows = [project_row(number, total_cny=amount) for number, amount in enumerate(amounts, start=1)]
    book = write_rows(tmp_path / "x.xlsx", projects=rows)
    written = [row["total_cny"] for row in records(book["项目"], "projects")]
    assert written == [9999999999999.99, "99,999,999,999,999.99", 9000000000000000]
    assert count_long_numbers({"projects": frame_of("projects", rows)}) == 1
    said = [str(cell) for row in book["说明"].iter_rows(values_only=True) for cell in row if cell]
    assert any("有 1 个数值超过 15 位有效数字" in text for text in said)


def test_other_decimals_show_as_many_places_as_they_have(tmp_path: Path) -> None:
    amounts = [Decimal("1800000"), Decimal("0.500000"), Decimal("-2.125"), Decimal("9" * 32 + ".999999")]
    rows = [indicator_row(number, cycle_low=amount) for number, amount in enumerate(amounts, start=1)]
    sheet = write_rows(tmp_path / "x.xlsx", projects=[project_row(1)], indicators=rows)["指标"]
    column = next(cell.column for cell in sheet[1] if cell.value == "实施周期指标值下限")
    cells = [sheet.cell(row, column) for row in range(2, 6)]
    assert [cell.value for cell in cells[:3]] == [1800000, 0.5, -2.125]
    assert [cell.number_format for cell in cells[:3]] == ["#,##0", "#,##0.0", "#,##0.000"]
    assert Decimal(cells[3].value.replace(",", "")) == amounts[3], "not rounded to a power of ten"


def test_more_rows_than_a_sheet_takes_go_on_in_numbered_sheets(tmp_path: Path) -> None:
    rows = [indicator_row(number) for number in range(1, 8)]
    book = write_rows(tmp_path / "x.xlsx", most_rows=4, projects=[project_row(1)], indicators=rows)
    parts = ["指标", "指标 (2)", "指标 (3)"]
    assert [name for name in book.sheetnames if name.startswith("指标")] == parts
    assert [book[name].max_row for name in parts] == [4, 4, 2]
    assert [book[name].auto_filter.ref[-1] for name in parts] == ["4", "4", "2"]
    assert all(book[name].freeze_panes == "D2" for name in parts)
    numbers = [row["indicator_number"] for name in parts for row in records(book[name], "indicators")]
    assert numbers == [1, 2, 3, 4, 5, 6, 7]
    said = "".join(str(cell) for row in book["说明"].iter_rows(values_only=True) for cell in row if cell)
    assert "指标, 指标 (2), 指标 (3)" in said


def test_a_text_longer_than_a_cell_is_refused_not_cut(tmp_path: Path) -> None:
    fits = "字" * (MOST_CHARACTERS - 2) + "𠘨"  # two UTF-16 units
    book = write_rows(tmp_path / "x.xlsx", projects=[project_row(1, performance_goal=fits)])
    assert records(book["项目"], "projects")[0]["performance_goal"] == fits
    with pytest.raises(UsageError, match=r"performance_goal in row 1 of projects .*32,768.*--csv"):
        write_rows(tmp_path / "y.xlsx", projects=[project_row(1, performance_goal="字" + fits)])
    assert not (tmp_path / "y.xlsx").exists()


def test_the_last_sheet_says_what_all_of_it_is(published: DataPaths, folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "项目绩效目标_2023.xlsx")
    cells = [cell for row in book["说明"].iter_rows(values_only=True) for cell in row if cell is not None]
    text = "\n".join(map(str, cells))
    assert "2023 年项目支出绩效目标" in text
    assert read_published(published, [2023])[0].publication_id in text
    assert "通过 2，待核 1，拒收 1" in text
    assert "12 个项目" in text
    assert "不同项目可以同名" in text
    assert "`" not in text
    for table in SHEETS:
        for field in columns_of(table):
            assert field.name in cells
            assert field.title_zh in cells
    assert "待核文件的合计数也在其中，见“文件”“判定结果”。" in text, "sheets and columns by their headings"


def test_problems_are_told_in_the_workbooks_language(published: DataPaths, tmp_path: Path) -> None:
    told = {}
    for language, sheet in ((Language.CHINESE, "问题"), (Language.ENGLISH, "Problems")):
        target = tmp_path / language.value
        export_published(published, Targets(xlsx=target), years=[2023], language=language)
        book = openpyxl.load_workbook(next(target.iterdir()))
        told[language] = records(book[sheet], "problems", language)
    chinese = {row["code"]: row["message_zh"] for row in told[Language.CHINESE]}
    english = {row["code"]: row["message"] for row in told[Language.ENGLISH]}
    assert chinese["amount_unreadable"].endswith("行）：有一处金额所印的不是数字。请对照原页核对相关原文。")
    assert chinese["not_a_pdf"].startswith("文件开头不是 PDF 格式。")
    assert english["not_a_pdf"].startswith("The file does not begin with %PDF-")
    assert not any("message" in row for row in told[Language.CHINESE])
    assert not any("message_zh" in row for row in told[Language.ENGLISH])


def test_the_same_in_english(published: DataPaths, tmp_path: Path) -> None:
    export_published(published, Targets(xlsx=tmp_path), years=[2024], language=Language.ENGLISH)
    book = openpyxl.load_workbook(tmp_path / "performance_targets_2024.xlsx")
    assert book.sheetnames == ["Projects", "Indicators", "Reconciliation", "Problems", "Documents", "About"]
    first = records(book["Projects"], "projects", Language.ENGLISH)[0]
    assert first["project_name"] == "智慧增城信息化专项资金"
    assert first["total_cny"] == 1187000
    assert "Total (CNY)" in [cell.value for cell in book["Projects"][1]]


def test_a_department_has_its_own_workbook(published: DataPaths, tmp_path: Path) -> None:
    export_published(published, Targets(xlsx=tmp_path, is_by_department=True), years=[2023])
    assert {path.name for path in tmp_path.iterdir()} == {
        "项目绩效目标_2023_甲区财政局.xlsx",
        "项目绩效目标_2023_乙区_文化局.xlsx",
        "项目绩效目标_2023_未印部门名称.xlsx",
    }
    book = openpyxl.load_workbook(tmp_path / "项目绩效目标_2023_甲区财政局.xlsx")
    assert {row["department_name"] for row in records(book["项目"], "projects")} == {"甲区财政局"}
    assert {row["verdict"] for row in records(book["文件"], "documents")} == {"accepted", "held"}
    assert "通过 1，待核 1，拒收 0" in [cell.value for cell in book["说明"]["B"]]
    empty = openpyxl.load_workbook(tmp_path / "项目绩效目标_2023_未印部门名称.xlsx")
    assert empty["项目"].max_row == 1
    assert [row["code"] for row in records(empty["问题"], "problems")] == ["not_a_pdf"]


@needs_soffice
def test_libreoffice_shows_the_values(folder: Path, tmp_path: Path) -> None:
    subprocess.run(
        [
            "soffice",
            f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}",
            "--headless",
            "--convert-to",
            "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true,false,false,false,-1",
            "--outdir",
            str(tmp_path / "out"),
            str(folder / "项目绩效目标_2023.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    with (tmp_path / "out" / "项目绩效目标_2023-项目.csv").open(encoding="utf-8", newline="") as stream:
        head, *rows = csv.reader(stream)
    written = records(openpyxl.load_workbook(folder / "项目绩效目标_2023.xlsx")["项目"], "projects")
    assert len(rows) == len(written) == 12
    names, totals = head.index("项目名称"), head.index("总计（元）")
    assert [row[names] for row in rows] == [row["project_name"] for row in written]
    assert FORMULA_NAME in [row[names] for row in rows], "shown as text, not worked out"
    shown = [Decimal(row[totals].replace(",", "")) for row in rows]
    assert shown == [Decimal(repr(row["total_cny"])) for row in written]
