"""A problem is told in Chinese with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from zc_pipeline.errors import CATALOGUE, Stage
from zc_pipeline.model import Problem
from zc_pipeline.pipeline import extract
from zc_pipeline.tables.disclosures import message_zh
from zc_pipeline.tables.frames import records_of
from zc_pipeline_tests.drawing import faulty, make_disclosure, with_project

NOT_A_NUMBER = "有一处金额所印的不是数字。请对照原页核对相关原文。"


@pytest.mark.parametrize(
    ("place", "names_table", "expected"),
    [
        ({}, False, ""),
        ({"page": 3}, False, "第3页："),
        ({"page": 3, "row": 5}, False, "第3页第5行："),
        ({"page": 3, "row": 5, "table_number": 1}, False, "第3页第5行："),
        ({"page": 3, "row": 5, "table_number": 2}, True, "第2张表，第3页第5行："),
        ({"table_number": 2}, True, "第2张表："),
        ({"page": 3}, True, "第3页："),
    ],
)
def test_the_place_comes_first(place: dict[str, int], names_table: bool, expected: str) -> None:
    problem = Problem(Stage.STITCHED_ROWS, "amount_unreadable", "…", **place)
    assert message_zh(problem, names_table=names_table) == expected + NOT_A_NUMBER


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        (Stage.PAGE_TEXT, "第3页第57行："),
        (Stage.STITCHED_ROWS, "第3页第57行："),
        (Stage.PROJECTS, "第3页（全表第57行）："),
        (Stage.INDICATORS, "第3页（全表第57行）："),
    ],
)
def test_rows_of_a_page_and_of_the_whole_table_are_told_apart(stage: Stage, expected: str) -> None:
    problem = Problem(stage, "amount_unreadable", "…", page=3, row=57)
    assert message_zh(problem) == expected + NOT_A_NUMBER


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_code_has_plain_sentences(code: str) -> None:
    text = message_zh(Problem(Stage.DOCUMENTS, code, "…"))
    assert "`" not in text
    assert text.endswith("。")


def test_a_held_document_says_why_in_chinese(tmp_path: Path) -> None:
    truth = make_disclosure(1)
    faulty.amount_not_a_number(tmp_path / "held.pdf", truth)
    frames = extract([tmp_path / "held.pdf"], year=2024, run_id="test").frames
    name = truth.units[0].projects[0].name
    rows = records_of(frames["stitched_rows"])
    row = next(row for row in rows if "".join((row["project_name_text"] or "").split()) == name)
    problem = next(row for row in records_of(frames["problems"]) if row["code"] == "amount_unreadable")
    assert problem["message_zh"] == f"第{row['page_first']}页（全表第{row['row_order']}行）：{NOT_A_NUMBER}"
    assert problem["message"].isascii() or "约40" in problem["message"], "English, with what is printed"


def test_a_refused_file_says_why_in_chinese(tmp_path: Path) -> None:
    faulty.not_a_pdf(tmp_path / "page.pdf")
    problems = records_of(extract([tmp_path / "page.pdf"], year=2024, run_id="test").frames["problems"])
    assert [row["message_zh"] for row in problems] == [
        "文件开头不是 PDF 格式。请用浏览器或文本编辑器打开查看，常见的是误存的报错网页；请重新下载 PDF。"
    ]


def test_a_file_of_several_tables_names_the_table(tmp_path: Path) -> None:
    faulty.two_tables_one_file(
        tmp_path / "two.pdf", second=with_project(make_disclosure(2), 0, 0, total="约40")
    )
    problems = records_of(extract([tmp_path / "two.pdf"], year=2024, run_id="test").frames["problems"])
    told = [row["message_zh"] for row in problems if row["code"] == "amount_unreadable"]
    assert len(told) == 1
    assert told[0].startswith("第2张表，第")
