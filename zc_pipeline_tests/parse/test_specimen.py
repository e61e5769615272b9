"""The shipped sample, value by value against files that were checked by hand against the document."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from zc_pipeline.model import Disclosure, Join, RowKind, Verdict
from zc_pipeline.parse.document import PageTextResult, StitchResult, stitch_items
from zc_pipeline.parse.reading import read_disclosure, read_page_text

GOLDEN = Path(__file__).parent.parent / "golden" / "zengcheng_keshang_2024"


@pytest.fixture(scope="module")
def sample(request: pytest.FixtureRequest) -> Path:
    path: Path = request.getfixturevalue("specimen")
    return path


@pytest.fixture(scope="module")
def page_text(sample: Path) -> PageTextResult:
    return read_page_text(sample)


@pytest.fixture(scope="module")
def stitched(page_text: PageTextResult) -> StitchResult:
    return stitch_items(page_text.items)


@pytest.fixture(scope="module")
def disclosure(sample: Path) -> Disclosure:
    return read_disclosure(sample)


def golden(name: str) -> list[dict[str, str]]:
    with (GOLDEN / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def shown(value: object) -> str:
    return "" if value is None else str(value)


def test_every_project_is_as_checked(disclosure: Disclosure) -> None:
    expected = golden("projects")
    found = [
        {column: shown(getattr(project, column)) for column in expected[0]}
        for project in disclosure.tables[0].projects
    ]
    assert found == expected


def test_every_indicator_is_as_checked(disclosure: Disclosure) -> None:
    expected = golden("indicators")
    found = [
        {
            column: shown(project.row_number if column == "row_number" else getattr(indicator, column))
            for column in expected[0]
        }
        for project in disclosure.tables[0].projects
        for indicator in project.indicators
    ]
    assert found == expected


def test_the_counts_are_those_of_the_document(disclosure: Disclosure) -> None:
    (table,) = disclosure.tables
    assert (disclosure.verdict, disclosure.problems, disclosure.page_count) == (Verdict.ACCEPTED, (), 11)
    assert disclosure.fiscal_year == 2024
    assert (table.unit_count, len(table.projects)) == (2, 51)
    assert sum(project.indicator_count for project in table.projects) == 171
    # 54 printed project rows, 10 headings, 2 units, 1 total
    assert (table.rows_printed, table.rows_joined, table.header_count) == (67, 3, 10)
    assert all(project.is_amount_checked for project in table.projects)


def test_the_sums_are_those_of_the_document(disclosure: Disclosure) -> None:
    (table,) = disclosure.tables
    assert table.printed_total_cny == Decimal("415618100.00")
    assert table.readded_total_cny == Decimal("415618200.00")
    units: dict[str | None, Decimal] = {}
    for project in table.projects:
        units[project.unit_name] = units.get(project.unit_name, Decimal(0)) + (project.total_cny or 0)
    assert sorted(units.values()) == [Decimal("616000.00"), Decimal("415002200.00")]


def test_what_is_printed_around_the_table_is_read(stitched: StitchResult) -> None:
    (facts,) = stitched.tables
    assert facts.department_name == "广州市增城区科技工业商务和信息化局（增城开发区工业商务和信息化局）"
    assert facts.money_unit == "万元"
    assert facts.title is not None
    assert "项目支出绩效目标表" in facts.title
    assert (facts.page_first, facts.page_last) == (1, 11)


def test_three_rows_cross_a_page_and_are_joined_by_their_clips(stitched: StitchResult) -> None:
    joined = [row for row in stitched.rows if row.join is not Join.NONE]
    assert [(row.join, row.page_first, row.page_last) for row in joined] == [
        (Join.CLIPPED_DUPLICATE, 1, 2),
        (Join.CLIPPED_DUPLICATE, 8, 9),
        (Join.CLIPPED_DUPLICATE, 10, 11),
    ]


def test_headings_stand_on_each_page_but_the_last(stitched: StitchResult) -> None:
    headers = [row for row in stitched.rows if row.kind is RowKind.HEADER]
    assert [row.page_first for row in headers] == list(range(1, 11))
    assert [row.is_repeated_header for row in headers] == [False, *[True] * 9]


def test_the_footer_under_a_hidden_row_is_in_no_cell(stitched: StitchResult) -> None:
    assert not any("共" in text and "页" in text for row in stitched.rows for text in row.cells.values())


def test_equal_names_of_two_units_stay_two_projects(disclosure: Disclosure) -> None:
    projects = disclosure.tables[0].projects
    for name in ("专项工作经费", "编外人员聘用经费", "因公出国（境）经费"):
        same = [project for project in projects if project.project_name == name]
        assert len({project.unit_name for project in same}) == len(same) == 2
        assert same[0].total_cny != same[1].total_cny


def test_every_character_is_accounted_for(page_text: PageTextResult) -> None:
    for page in page_text.pages:
        assert page.chars_drawn == (
            page.chars_in_cells
            + page.chars_in_lines
            + page.chars_clipped
            + page.chars_off_page
            + page.chars_invisible
            + page.chars_turned
        )
    assert page_text.problems == ()
