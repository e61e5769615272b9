"""Drawn disclosures, whose truth is known, in many layouts: read exactly, or held for the reason given."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from zc_pipeline.model import Join, TargetTable, Verdict
from zc_pipeline.parse.document import stitch_items
from zc_pipeline.parse.reading import read_disclosure, read_page_text
from zc_pipeline_tests.drawing import (
    AMOUNTS,
    HEADINGS,
    Disclosure,
    Layout,
    draw_disclosure,
    faulty,
    layout_breaking,
    make_disclosure,
    with_project,
)

YUAN = {"万元": 10_000, "元": 1}
SMALL = make_disclosure(11, units=2, projects_per_unit=3, indicators=(1, 4))
PAGE_BREAKS = ("moved_whole", "clipped_duplicate", "split_by_lines", "printed_twice", "repeated_name")
JOINS = {
    "clipped_duplicate": Join.CLIPPED_DUPLICATE,
    "split_by_lines": Join.CONTINUATION,
    "repeated_name": Join.REPEATED_NAME,
}


def said(truth: Disclosure, layout: Layout) -> list[tuple[object, ...]]:
    """What the tables must say of a disclosure: one entry a project, its indicators within."""
    expected: list[tuple[object, ...]] = []
    for unit in truth.units:
        for project in unit.projects:
            printed = [getattr(project, kind) if kind in layout.columns else "" for kind in AMOUNTS]
            expected.append(
                (
                    unit.name if layout.show_unit_rows else None,
                    project.name,
                    [text or None for text in printed],
                    [
                        Decimal(text.replace(",", "")) * YUAN[truth.money_unit] if text else None
                        for text in printed
                    ],
                    project.goal,
                    project.packed_indicators(),
                    [
                        (
                            one.number,
                            f"{one.level1_code}-{one.level1_name}",
                            f"{one.level2_code}-{one.level2_name}",
                            one.name,
                            one.cycle_target.removesuffix("。"),
                            one.annual_target.removesuffix("。"),
                        )
                        for one in project.indicators
                    ],
                )
            )
    return expected


def read(table: TargetTable) -> list[tuple[object, ...]]:
    """What was read, in the same form."""
    return [
        (
            project.unit_name,
            project.project_name,
            [getattr(project, f"{kind}_text") for kind in AMOUNTS],
            [getattr(project, f"{kind}_cny") for kind in AMOUNTS],
            project.performance_goal,
            project.indicators_text,
            [
                (
                    one.indicator_number,
                    f"{one.level1_code}-{one.level1_name}",
                    f"{one.level2_code}-{one.level2_name}",
                    one.indicator_name,
                    one.cycle_target,
                    one.annual_target,
                )
                for one in project.indicators
            ],
        )
        for project in table.projects
    ]


def assert_exact(truth: Disclosure, layout: Layout, path: Path) -> TargetTable:
    """Draws and reads; everything must be accepted and as drawn."""
    drawn = draw_disclosure(truth, path, layout)
    disclosure = read_disclosure(path)
    (table,) = disclosure.tables
    assert table.reason_codes == (), [problem.message for problem in disclosure.problems]
    assert disclosure.verdict is Verdict.ACCEPTED
    assert read(table) == said(truth, layout)
    assert [(p.page_first, p.page_last) for p in table.projects] == list(drawn.project_pages)
    assert table.header_count == len(drawn.header_pages)
    assert table.facts is not None
    assert table.facts.money_unit == truth.money_unit
    return table


LAYOUTS = {
    "as the specimen": Layout(),
    "thin rectangles": Layout(rules="thin_rects", headers="first"),
    "strokes of each cell": Layout(rules="per_cell_strokes", headers="some"),
    "one path": Layout(rules="one_path", page_break="clipped_duplicate"),
    "portrait": Layout(orientation="portrait", font_size=8.0),
    "turned 90": Layout(rotate=90, cropbox=(9, 28, 17, 6), outside_text="内部资料12.50"),
    "turned 180": Layout(rotate=180, page_break="split_by_lines"),
    "turned 270": Layout(rotate=270, page_break="clipped_duplicate", headers="first"),
    "total last": Layout(total_last=True),
    "no total": Layout(show_total_row=False),
    "no units": Layout(show_unit_rows=False),
    "no indents": Layout(indent_projects=False),
    "no indents, no total": Layout(indent_projects=False, show_total_row=False),
    "unit in the headings": Layout(show_unit_line=False, amount_unit="万元"),
    "unit spelt otherwise": Layout(unit_spelling="金额单位:  {}"),
    "no title, no footer": Layout(show_title=False, footer=False),
    "columns in another order": Layout(
        columns=("indicators", "goal", "other", "fiscal", "name", "special_account", "total")
    ),
    "other headings": Layout(header_spellings={"name": "项目名称", "other": "其他\n资金", "total": "合计"}),
    "covers": Layout(cover_pages=("编制说明", "目录 项目支出绩效 1")),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_a_layout_changes_nothing(layout: Layout, tmp_path: Path) -> None:
    assert_exact(SMALL, layout, tmp_path / "drawn.pdf")


@pytest.mark.parametrize("page_break", PAGE_BREAKS)
@pytest.mark.parametrize("share", [0.06, 0.3, 0.5, 0.9])
def test_a_row_may_be_cut_anywhere(page_break: str, share: float, tmp_path: Path) -> None:
    plain = Layout(page_break=page_break, headers="first" if share < 0.4 else "every")  # type: ignore[arg-type]
    layout = layout_breaking(SMALL, plain, 2, share)
    table = assert_exact(SMALL, layout, tmp_path / "drawn.pdf")
    assert table.rows_joined >= (page_break in ("clipped_duplicate", "printed_twice"))


@pytest.mark.parametrize("page_break", JOINS)
def test_a_row_may_be_longer_than_a_page(page_break: str, tmp_path: Path) -> None:
    """Its hidden parts lie under the headings and the footers of three pages."""
    truth = make_disclosure(18, units=1, projects_per_unit=2, indicators=(1, 2), longest=70)
    layout = Layout(page_break=page_break, margins=(34, 34, 34, 150))  # type: ignore[arg-type]
    table = assert_exact(truth, layout, tmp_path / "drawn.pdf")
    longest = table.projects[0]
    assert longest.page_last - longest.page_first >= 2
    rows = stitch_items(read_page_text(tmp_path / "drawn.pdf").items).rows
    assert JOINS[page_break] in {row.join for row in rows}


@pytest.mark.parametrize("seed", range(6))
def test_other_disclosures_are_read_too(seed: int, tmp_path: Path) -> None:
    truth = make_disclosure(
        100 + seed,
        units=1 + seed % 3,
        projects_per_unit=2 + seed % 3,
        indicators=(0, 5),
        money_unit="元" if seed % 2 else "万元",
        thousands=seed % 3 != 0,
        year=None if seed == 4 else 2024,
    )
    layout = Layout(page_break=PAGE_BREAKS[seed % 5], margins=(34, 34, 34, 250))  # type: ignore[arg-type]
    assert_exact(truth, layout, tmp_path / "drawn.pdf")


@pytest.mark.parametrize("same_page", [False, True])
def test_two_tables_in_a_file_are_two(same_page: bool, tmp_path: Path) -> None:
    first, second = (
        SMALL,
        make_disclosure(12, units=1, projects_per_unit=2, indicators=(1, 2), money_unit="元"),
    )
    path = tmp_path / "two.pdf"
    faulty.two_tables_one_file(path, first, second, same_page=same_page)
    tables = read_disclosure(path).tables
    assert [table.verdict for table in tables] == [Verdict.ACCEPTED, Verdict.ACCEPTED]
    assert [read(table) for table in tables] == [said(first, Layout()), said(second, Layout())]


HELD = {
    "no money unit": (Layout(show_unit_line=False), ("money_unit_missing",)),
    "copies in no sum": (
        Layout(
            page_break="printed_twice", show_total_row=False, show_unit_rows=False, margins=(34, 34, 34, 300)
        ),
        ("duplicate_ambiguous",),
    ),
}


@pytest.mark.parametrize(("layout", "reasons"), HELD.values(), ids=HELD)
def test_what_the_page_does_not_tell_is_held(
    layout: Layout, reasons: tuple[str, ...], tmp_path: Path
) -> None:
    draw_disclosure(SMALL, tmp_path / "drawn.pdf", layout)
    assert read_disclosure(tmp_path / "drawn.pdf").tables[0].reason_codes == reasons


def test_one_project_of_its_units_amount_without_any_other_sign_is_held(tmp_path: Path) -> None:
    truth = make_disclosure(13, units=1, projects_per_unit=1, indicators=(1, 2))
    layout = Layout(indent_projects=False, show_total_row=False)
    draw_disclosure(truth, tmp_path / "drawn.pdf", layout)
    assert read_disclosure(tmp_path / "drawn.pdf").tables[0].reason_codes == ("row_kind_ambiguous",)


def test_characters_as_browsers_print_them_are_read(tmp_path: Path) -> None:
    truth = with_project(
        SMALL, 0, 1, name="⼈⼯智能　项⽬", total="", fiscal="", special_account="", other=""
    )
    draw_disclosure(truth, tmp_path / "drawn.pdf", Layout(show_total_row=False, show_unit_rows=False))
    project = read_disclosure(tmp_path / "drawn.pdf").tables[0].projects[1]
    assert project.project_name == "人工智能　项目"
    assert project.total_cny is None


def test_all_known_columns_are_drawn() -> None:
    assert set(HEADINGS) == {"name", *AMOUNTS, "goal", "indicators"}
