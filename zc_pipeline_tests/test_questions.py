"""docs/questions.md shows what SQL and pandas answer; on tables of two years the two agree as well."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from zc_pipeline.export.run import Targets, export_published
from zc_pipeline.show import show
from zc_pipeline_tests.conftest import ROOT
from zc_pipeline_tests.questions import (
    NO_ROW,
    PAGE,
    Answer,
    BadQuestion,
    Desk,
    Question,
    ask,
    published_sample,
    questions_of,
    with_answers,
)
from zc_pipeline_tests.questions_years import CENTRE, DEPARTMENT, OTHER, STATION, THIRD, published_years

TEXT = PAGE.read_text(encoding="utf-8")
QUESTIONS = questions_of(TEXT)
EACH = pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.title)
REWRITE = "run `python -m zc_pipeline_tests.questions --write` and read the diff"


@pytest.fixture(scope="session")
def sample() -> Desk:
    """The shipped sample."""
    return Desk(published_sample().data_dir, TEXT)


@pytest.fixture(scope="session")
def years() -> Desk:
    """The drawn disclosures of two years."""
    return Desk(published_years().data_dir, TEXT)


@pytest.fixture(scope="session")
def exported(
    tmp_path_factory: pytest.TempPathFactory,
) -> list[tuple[str, duckdb.DuckDBPyConnection]]:
    """Both data folders as exported DuckDB files."""
    opened = []
    for name, paths in (("sample", published_sample()), ("years", published_years())):
        file = tmp_path_factory.mktemp("exported") / "zc.duckdb"
        export_published(paths, Targets(duckdb=file))
        opened.append((name, duckdb.connect(str(file), read_only=True)))
    return opened


def titled(start: str) -> Question:
    (found,) = [question for question in QUESTIONS if question.title.startswith(start)]
    return found


def assert_same(one: Answer, other: Answer) -> None:
    """All values are equal; shares but for the last digits of floating point."""
    assert one.columns == other.columns
    assert [list(map(type, row)) for row in one.rows] == [list(map(type, row)) for row in other.rows]
    shares = [name.endswith("_pct") for name in one.columns]
    for row, other_row in zip(one.rows, other.rows, strict=True):
        assert row == tuple(
            pytest.approx(value) if is_share and value is not None else value
            for value, is_share in zip(other_row, shares, strict=True)
        )


def test_there_are_questions_and_no_two_alike() -> None:
    assert len(QUESTIONS) >= 12
    assert len({question.title for question in QUESTIONS}) == len(QUESTIONS)
    assert any(question.view_sql for question in QUESTIONS)


@EACH
def test_the_page_shows_what_sql_and_pandas_answer(question: Question, sample: Desk) -> None:
    in_sql, in_pandas = sample.ask_sql(question), sample.ask_pandas(question)
    assert_same(in_sql, in_pandas)
    assert question.shown == in_sql.markdown(), f"the answer is stale: {REWRITE}"


@EACH
def test_sql_and_pandas_agree_on_several_years_and_departments(question: Question, years: Desk) -> None:
    assert_same(years.ask_sql(question), years.ask_pandas(question))


@EACH
def test_an_exported_file_answers_the_same(
    question: Question, sample: Desk, years: Desk, exported: list[tuple[str, duckdb.DuckDBPyConnection]]
) -> None:
    desks = {"sample": sample, "years": years}
    for name, connection in exported:
        expected = desks[name].ask_sql(question)
        for sql in filter(None, (question.sql, question.view_sql)):
            assert_same(ask(connection, sql), expected)


# Answers on the two years, written down from `questions_years`. The title's beginning → the rows.
YUAN = Decimal(10_000)
BY_HAND: dict[str, list[tuple[object, ...]]] = {
    "How much does each unit spend": [
        (2023, DEPARTMENT, 3, 90 * YUAN, 90 * YUAN, None, None),
        (2023, CENTRE, 1, 5 * YUAN, 5 * YUAN, None, None),
        (2024, DEPARTMENT, 7, Decimal("121.5") * YUAN, Decimal("121.5") * YUAN, None, None),
        (2024, THIRD, 1, 12 * YUAN, 12 * YUAN, None, None),
        (2024, STATION, 2, Decimal("8.5") * YUAN, Decimal("8.5") * YUAN, None, None),
        (2024, None, 3, Decimal("8.5") * YUAN, Decimal("8.5") * YUAN, None, None),
        (2024, OTHER, 2, 7 * YUAN, 7 * YUAN, None, None),
        (2024, STATION, 2, Decimal("1.5") * YUAN, Decimal("1.5") * YUAN, None, None),
    ],
    "Which projects of the same name": [
        (2024, "专项工作经费", 3, 2 * YUAN, 7 * YUAN, 12 * YUAN),
        (2024, "办公设备购置", 2, Decimal("1.5") * YUAN, Decimal("2.5") * YUAN, 4 * YUAN),
        (2024, "待定经费", 2, None, None, None),
    ],
    "Which units ask those they serve": [
        (2023, DEPARTMENT, 3, 1, 0),
        (2023, CENTRE, 1, 0, 0),
        (2024, DEPARTMENT, 7, 3, 2),
        (2024, STATION, 2, 0, 0),
        (2024, OTHER, 2, 1, 0),
        (2024, STATION, 2, 0, 0),
        (2024, THIRD, 1, 0, 0),
        (2024, None, 3, 2, 1),
    ],
    "Which targets are of money": [
        (2024, "产业发展", "产值", "≥1.5亿元", Decimal(150_000_000), False),
        (2024, "产业发展", "税收", "30万元", Decimal(300_000), False),
    ],
    "Who promises to reach": [(2024, DEPARTMENT, "企业服务", "帮扶企业", ">=", Decimal(30), "家")],
    "Which share of targets can be measured": [
        (2023, DEPARTMENT, 6, 6, 100.0),
        (2024, DEPARTMENT, 18, 14, pytest.approx(1400 / 18)),
        (2024, OTHER, 5, 4, 80.0),
        (2024, THIRD, 1, 1, 100.0),
        (2024, None, 3, 3, 100.0),
    ],
    "Why are the others": [(2024, "no_number", 3, "按时"), (2024, None, 2, "")],
    "Which projects have no indicators": [(2024, OTHER, "没有指标的项目", 4 * YUAN)],
    "Which projects have no target that can be measured": [
        (2024, DEPARTMENT, "专项工作经费", 2 * YUAN, 1),
        (2024, DEPARTMENT, "待定经费", None, 2),
    ],
    "How many annual targets": [
        (2023, DEPARTMENT, 5, 5, 100.0),
        (2023, CENTRE, 1, 1, 100.0),
        (2024, DEPARTMENT, 16, 13, 81.25),
        (2024, STATION, 2, 2, 100.0),
        (2024, OTHER, 3, 3, 100.0),
        (2024, STATION, 2, 2, 100.0),
        (2024, THIRD, 1, 1, 100.0),
        (2024, None, 3, 3, 100.0),
    ],
    "And where do the two differ": [
        (2024, "造林补助", "造林面积", "100亩", "80亩"),
        (2024, "待定经费", "检查次数", "4次", ""),
    ],
    "What was held or refused": [
        (2023, "2023/a.pdf", "accepted", 4, "", 0, None),
        (2024, "2024/a.pdf", "accepted", 9, "", 0, None),
        (2024, "2024/b.pdf", "accepted", 4, "", 0, None),
        (2024, "2024/c.pdf", "accepted", 3, "", 0, None),
        (2024, "2024/d.pdf", "held", 4, "amount_unreadable", 1, 1),
        (2024, "2024/e.pdf", "refused", 0, "not_a_pdf", 1, None),
        (2024, "2024/f.pdf", "accepted", 1, "", 0, None),
        (2024, "2024/f.pdf", "held", 4, "sources_do_not_add_up total_does_not_add_up", 2, 2),
        (None, "misc/stray.pdf", "refused", 0, "wrong_year_folder", 1, None),
    ],
    "Which projects can be compared": [
        (2023, "not_covered", None, "year_missing", 4),
        (2024, "not_covered", None, "department_missing", 8),
        (2024, "new", None, "no_match", 5),
        (2024, "linked", "certain", "same_name", 3),
        (2024, "linked", "probable", "other_unit", 1),
    ],
    # Another target fell with the money, and one fell in a project that is only probably the same.
    "Which annual targets fell while the money rose": [
        (
            *(2024, DEPARTMENT, "人居环境整治", "合格率", "≥95%", "≥90%"),
            *(40 * YUAN, Decimal("55.5") * YUAN, Decimal("15.5") * YUAN),
        )
    ],
}


@pytest.mark.parametrize("start", BY_HAND)
def test_answers_on_two_years_are_those_written_by_hand(start: str, years: Desk) -> None:
    assert list(years.ask_sql(titled(start)).rows) == BY_HAND[start]


def test_full_satisfaction_is_100_percent_and_nothing_less(years: Desk) -> None:
    """100 without a unit is not surely a percentage; 满意 is no number. The order is that of file hashes."""
    assert set(years.ask_sql(titled("Which projects promise full satisfaction")).rows) == {
        (2024, DEPARTMENT, "人居环境整治", 1),
        (2024, DEPARTMENT, "农民培训", 1),
        (2024, None, "便民服务", 1),
    }


def test_the_sums_on_the_page_are_those_of_the_printed_amounts(sample: Desk) -> None:
    """Against the golden file, which was held against the document by hand."""
    golden = ROOT / "zc_pipeline_tests" / "golden" / "zengcheng_keshang_2024" / "projects.csv"
    printed: dict[str, Decimal] = {}
    with golden.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            amount = Decimal(row["total_text"].replace(",", ""))
            printed[row["unit_name"]] = printed.get(row["unit_name"], Decimal(0)) + amount
    rows = sample.ask_sql(titled("How much does each unit spend")).rows
    assert {row[1]: row[3] / YUAN for row in rows} == printed


def test_every_command_of_the_page_shows_the_printed_value(sample: Desk) -> None:
    answer = sample.ask_sql(titled("Where is it printed"))
    assert answer.rows
    for row in answer.rows:
        one = dict(zip(answer.columns, row, strict=True))
        shown = show(published_sample(), one["command"].removeprefix("zc-pipeline show "))
        assert any(one["total_text"] in line for line in shown.lines)


def test_answers_are_put_into_the_page_in_order() -> None:
    answers = [Answer(("a",), ((n,),)) for n in range(len(QUESTIONS))]
    written = questions_of(with_answers(TEXT, answers))
    assert [question.shown for question in written] == [answer.markdown() for answer in answers]
    assert [question.sql for question in written] == [question.sql for question in QUESTIONS]


def test_values_are_shown_whole() -> None:
    answer = Answer(
        ("total_cny", "low", "share_pct", "is_full", "count", "name", "none"),
        ((Decimal("1234567.5"), Decimal("1200.500000"), 6.25, True, 2024, "a|b", None),),
    )
    assert answer.cells() == [("1,234,567.50", "1,200.5", "6.2", "true", "2024", "a\\|b", "")]
    assert Answer(("a",), ()).markdown() == NO_ROW + "\n"
    with pytest.raises(BadQuestion, match="total_cny is floating point"):
        Answer(("total_cny",), ((0.5,),)).cells()


@pytest.mark.parametrize(
    "body",
    [
        "```sql\nSELECT 1\n```\n<!-- answer -->\n<!-- end -->\n",
        "```sql\nSELECT 1\n```\n```python\nanswer = 1\n```\n",
        "```python\nanswer = 1\n```\n<!-- answer -->\n<!-- end -->\n",
    ],
    ids=["no pandas", "no answer", "no SQL"],
)
def test_a_question_without_one_of_its_parts_is_refused(body: str) -> None:
    with pytest.raises(BadQuestion, match="Which one"):
        questions_of(f"## Part\n\n### Which one?\n\n{body}")


def test_pandas_must_answer_with_a_frame_and_leave_the_tables_alone(sample: Desk) -> None:
    def asked(python: str) -> Question:
        return Question("Which?", "SELECT 1", None, python, "")

    with pytest.raises(BadQuestion, match="no frame"):
        sample.ask_pandas(asked("answer = 1"))
    with pytest.raises(BadQuestion, match="changes the table problems"):
        sample.ask_pandas(asked("problems['more'] = 1\nanswer = problems"))


def test_the_command_rewrites_the_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from zc_pipeline_tests import questions

    page = tmp_path / "questions.md"
    page.write_text(with_answers(TEXT, [Answer(("a",), ())] * len(QUESTIONS)), encoding="utf-8")
    monkeypatch.setattr(questions, "PAGE", page)
    assert questions.main(["--write"]) == 0
    assert page.read_text(encoding="utf-8") == TEXT
