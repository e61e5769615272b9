"""Self-checks: what the drawing claims to have put on paper is there. Read back with pypdfium2 alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pypdfium2
import pytest

from . import faulty
from .draw import Drawn, draw_disclosure
from .fonts import FontName
from .layout import Layout, PageBreak, Rules
from .paging import layout_breaking
from .truth import (
    AMOUNTS,
    make_disclosure,
    re_added,
    read_amount,
    with_indicator,
    with_project,
    without_project,
)

DISCLOSURE = make_disclosure(7)
ROTATIONS = (0, 90, 180, 270)


def compact(text: str) -> str:
    """Drops all white space."""
    return "".join(text.split())


def page_texts(path: Path) -> list[str]:
    """Reads the text of every page, clipped text included, without white space."""
    with pypdfium2.PdfDocument(path) as document:
        return [compact(page.get_textpage().get_text_range()) for page in document]


def text_in(drawn: Drawn, page: int, box: tuple[float, float, float, float]) -> str:
    """Reads the text within a box of an unturned page."""
    with pypdfium2.PdfDocument(drawn.path) as document:
        height = document[page - 1].get_height()
        left, top, right, bottom = box
        text = document[page - 1].get_textpage().get_text_bounded(left, height - bottom, right, height - top)
    return compact(text)


def is_blank(drawn: Drawn, page: int, box: tuple[float, float, float, float]) -> bool:
    """Whether a viewer shows nothing within a box."""
    with pypdfium2.PdfDocument(drawn.path) as document:
        picture = document[page - 1].render(scale=2).to_pil().convert("L")
    low, _ = picture.crop(tuple(round(2 * edge) for edge in box)).getextrema()
    return bool(low > 250)


def test_printed_sums_are_exact_and_a_seed_gives_one_truth() -> None:
    assert make_disclosure(7) == DISCLOSURE != make_disclosure(8)
    for kind in AMOUNTS:
        projects = sum(read_amount(getattr(project, kind)) for project in DISCLOSURE.projects)
        units = sum(read_amount(getattr(unit, kind)) for unit in DISCLOSURE.units)
        assert projects == units == read_amount(getattr(DISCLOSURE, kind))
    for project in DISCLOSURE.projects:
        sources = [read_amount(getattr(project, kind)) for kind in AMOUNTS]
        assert sources[0] == sum(sources[1:])


def test_planted_faults_stay_where_they_are_planted() -> None:
    planted = with_project(DISCLOSURE, 1, 2, total="1.00")
    assert planted.units[1].projects[2].total == "1.00"
    assert planted.units[1].total == DISCLOSURE.units[1].total
    assert re_added(planted).total != DISCLOSURE.total
    assert with_indicator(DISCLOSURE, 0, 1, 0, level2_code="99").projects[1].indicators[0].level2_code == "99"
    assert len(without_project(DISCLOSURE, 0, 0).projects) == len(DISCLOSURE.projects) - 1


def test_a_value_ending_in_a_full_stop_is_not_given_a_second() -> None:
    indicator = replace(DISCLOSURE.projects[0].indicators[0], annual_target="按上级要求时间。")
    assert indicator.packed().endswith("年度指标值:按上级要求时间。")


@pytest.mark.parametrize("rules", get_args(Rules))
@pytest.mark.parametrize("rotate", ROTATIONS)
def test_whole_rows_come_back_from_their_pages(tmp_path: Path, rules: Rules, rotate: int) -> None:
    layout = Layout(rules=rules, rotate=rotate, cropbox=(9, 8, 7, 6) if rotate else None)  # type: ignore[arg-type]
    drawn = draw_disclosure(DISCLOSURE, tmp_path / "whole.pdf", layout)
    texts = page_texts(drawn.path)
    assert len(texts) == drawn.page_count
    for project, (first, last) in zip(DISCLOSURE.projects, drawn.project_pages, strict=True):
        assert first == last
        assert compact(project.packed_indicators()) in texts[first - 1]
        assert compact(project.goal) in texts[first - 1]
    with pypdfium2.PdfDocument(drawn.path) as document:
        assert document[0].get_size() == pytest.approx(layout.shown_size(), abs=0.1)
        assert document[0].get_rotation() == rotate


def test_the_embedded_font_prints_single_and_rare_characters(tmp_path: Path) -> None:
    rare = with_project(DISCLOSURE, 0, 0, name="⼯⼾经费", goal="无")
    drawn = draw_disclosure(rare, tmp_path / "rare.pdf")
    row = drawn.rows_of(0)[0]
    text = text_in(drawn, row.page, row.box)
    assert "⼯⼾经费" in text
    assert "无" in text
    assert compact(rare.projects[0].packed_indicators()) in page_texts(drawn.path)[0]


@pytest.mark.parametrize("font", get_args(FontName))
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_a_clipped_row_is_drawn_whole_twice_and_shown_once(
    tmp_path: Path, share: float, font: FontName
) -> None:
    layout = layout_breaking(DISCLOSURE, Layout(page_break="clipped_duplicate", font=font), 3, share)
    drawn = draw_disclosure(DISCLOSURE, tmp_path / "clipped.pdf", layout)
    upper, lower = drawn.rows_of(3)
    assert (upper.page, lower.page) == (1, 2)
    assert upper.clipped
    assert lower.clipped
    assert lower.continues
    whole = upper.hidden_box[3] - upper.hidden_box[1]
    assert whole == pytest.approx(lower.hidden_box[3] - lower.hidden_box[1])
    shown = [row.box[3] - row.box[1] for row in (upper, lower)]
    assert sum(shown) == pytest.approx(whole)
    assert shown[0] == pytest.approx(share * whole)
    texts = page_texts(drawn.path)
    for text in texts[:2]:
        assert DISCLOSURE.projects[3].total in text
    assert text_in(drawn, 1, upper.box) != text_in(drawn, 1, upper.hidden_box)
    left, _, right, bottom = upper.box
    footer_top = layout.shown_size()[1] - 30
    assert upper.hidden_box[3] > bottom + 5
    assert is_blank(drawn, 1, (left - 5, bottom + 2, right + 5, min(upper.hidden_box[3] + 5, footer_top)))
    assert is_blank(drawn, 2, (left - 5, 0, right + 5, layout.margins[1] - 2))


@pytest.mark.parametrize("page_break", ["split_by_lines", "repeated_name"])
def test_a_split_row_has_each_line_once(tmp_path: Path, page_break: PageBreak) -> None:
    layout = layout_breaking(DISCLOSURE, Layout(page_break=page_break), 3, 0.5)
    drawn = draw_disclosure(DISCLOSURE, tmp_path / "split.pdf", layout)
    project = DISCLOSURE.projects[3]
    upper, lower = (text_in(drawn, row.page, row.box) for row in drawn.rows_of(3))
    assert project.total in upper
    assert project.total not in lower
    assert compact(project.name) in upper
    assert (compact(project.name) in lower) == ("（续）" in lower) == (page_break == "repeated_name")
    packed = compact(project.packed_indicators())
    assert packed[:12] in upper
    assert packed[-12:] in lower
    assert packed[-12:] not in upper


def test_a_row_printed_twice_is_whole_on_both_pages(tmp_path: Path) -> None:
    drawn = draw_disclosure(DISCLOSURE, tmp_path / "twice.pdf", Layout(page_break="printed_twice"))
    texts = page_texts(drawn.path)
    assert drawn.crossing
    for index in drawn.crossing:
        packed = compact(DISCLOSURE.projects[index].packed_indicators())
        assert all(packed in texts[page - 1] for page in drawn.project_pages[index])


@pytest.mark.parametrize("page_break", ["clipped_duplicate", "split_by_lines", "repeated_name"])
def test_a_row_longer_than_a_page(tmp_path: Path, page_break: PageBreak) -> None:
    long = make_disclosure(8, longest=70)
    drawn = draw_disclosure(long, tmp_path / "long.pdf", Layout(page_break=page_break, headers="first"))
    first, last = drawn.project_pages[0]
    assert last - first >= 2
    assert [row.page for row in drawn.rows_of(0)] == list(range(first, last + 1))
    assert drawn.header_pages == (1,)
    with pytest.raises(ValueError, match="longer than a page"):
        draw_disclosure(long, tmp_path / "no.pdf", Layout(page_break="moved_whole"))


def test_headers_covers_footers_columns_and_spellings(tmp_path: Path) -> None:
    layout = Layout(
        headers="some",
        cover_pages=("编制说明",),
        columns=("indicators", "name", "甲乙", "total"),
        amount_unit="万元",
        extra_columns=(("甲乙", "子丑"),),
        header_spellings={"name": "项目名称"},
        total_last=True,
        unit_spelling="单位:{}",
    )
    drawn = draw_disclosure(make_disclosure(3, projects_per_unit=9), tmp_path / "choices.pdf", layout)
    texts = page_texts(drawn.path)
    assert "编制说明" in texts[0]
    assert drawn.pages == (2, drawn.page_count)
    assert drawn.header_pages == tuple(range(2, drawn.page_count + 1, 2))
    assert "绩效指标项目名称甲乙总计（万元）" in texts[1]
    assert "单位:万元" in texts[1]
    assert drawn.rows[-1].kind == "total"
    assert "合计" in text_in(drawn, drawn.rows[-1].page, drawn.rows[-1].box)
    for number, text in enumerate(texts, 1):
        assert f"第{number}页，共{len(texts)}页" in text


def test_unreadable_inputs_are_unreadable(tmp_path: Path) -> None:
    for make in (faulty.not_a_pdf, faulty.empty_file, faulty.truncated_pdf, faulty.encrypted_pdf):
        path = tmp_path / f"{make.__name__}.pdf"
        make(path)
        with pytest.raises(pypdfium2.PdfiumError):
            pypdfium2.PdfDocument(path)
    with pypdfium2.PdfDocument(tmp_path / "encrypted_pdf.pdf", password=faulty.PASSWORD) as opened:
        assert len(opened) > 0


def test_inputs_without_a_target_table(tmp_path: Path) -> None:
    assert not "".join(page_texts(faulty.no_text_layer(tmp_path / "image.pdf")))
    assert not "".join(page_texts(faulty.no_text_layer(tmp_path / "rules.pdf", kind="rules")))
    prose = "".join(page_texts(faulty.no_target_table(tmp_path / "prose.pdf")))
    assert "收支总体情况表" in prose
    assert "绩效指标" not in prose


def test_inputs_to_hold_back(tmp_path: Path) -> None:
    assert faulty.UNKNOWN_HEADING in page_texts(faulty.unknown_column(tmp_path / "column.pdf").path)[0]
    assert "约40" in page_texts(faulty.amount_not_a_number(tmp_path / "amount.pdf").path)[0]
    one, two = faulty.two_tables_one_file(tmp_path / "two.pdf")
    assert two.pages == (one.pages[1] + 1, two.page_count)
    texts = page_texts(two.path)
    assert "单位：万元" in texts[0]
    assert "单位：元" in texts[two.pages[0] - 1]
    one, two = faulty.two_tables_one_file(tmp_path / "same.pdf", same_page=True)
    assert one.pages[1] == two.pages[0]
