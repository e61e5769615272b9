from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

pytest.importorskip("pypdf", reason="benchmarks/requirements.txt is not installed")

from benchmarks.comparing import (
    Difference,
    LineEnds,
    compare_values,
    judge_reading,
    read_and_judge,
    shown_values,
)
from benchmarks.corpus import ENGINES, ONLY, VARIATIONS, Engine, expected_projects, make_document, refusal
from benchmarks.corpus.engine import split_kept
from benchmarks.corpus.finish import finish, page_count
from benchmarks.corpus.forms import Document, printed_number
from zc_pipeline import read_disclosure
from zc_pipeline_tests.drawing.fonts import register

KIT = ENGINES[0]


def draw(engine: Engine, documents: Sequence[Document], folder: Path) -> list[Path]:
    assert engine.draw(documents, folder) == {}
    paths = [folder / f"{document.name}.pdf" for document in documents]
    for path, document in zip(paths, documents, strict=True):
        finish(path, document, engine.native)
    return paths


@pytest.mark.parametrize("name", [*VARIATIONS, "mix"])
def test_every_variation_is_repeatable_and_adds_up(name: str) -> None:
    document = make_document(name, 3)
    assert document == make_document(name, 3)
    assert document != make_document(name, 4)
    for form in document.forms:
        total = next(row for row in form.rows if row.kind == "total")
        projects = expected_projects(form)
        factor = 10_000 if form.money_unit == "万元" else 1
        for column in form.columns:
            if column.key in total.amounts:
                printed = printed_number(total.cell(column.key)) or Decimal(0)
                amounts = [project.amounts[column.key] or Decimal(0) for project in projects]
                assert sum(amounts) == printed * factor


def test_every_variation_is_printed_by_some_engine() -> None:
    for name in VARIATIONS:
        drawable = [
            engine.name
            for engine in ENGINES
            if any(refusal(engine, make_document(name, seed)) is None for seed in range(3))
        ]
        assert drawable == [ONLY[name]] if name in ONLY else len(drawable) >= 3, (name, drawable)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("总额 （按季度）", ["额 （"]),
        ("保障 A 类项目", ["障 A 类"]),
        ("Windows Server", []),
        ("无空格", []),
    ],
)
def test_spaces_that_a_line_end_would_hide_are_kept(text: str, kept: list[str]) -> None:
    pieces = split_kept(text)
    assert "".join(piece for piece, _ in pieces) == text
    assert [piece for piece, is_kept in pieces if is_kept] == kept


def test_a_planted_difference_is_found(tmp_path: Path) -> None:
    document = make_document("plain", 2)
    (path,) = draw(KIT, [document], tmp_path)
    disclosure = read_disclosure(path, fiscal_year=2024)
    assert judge_reading("reportlab", document, disclosure).outcome == "exact"
    other = make_document("plain", 5)
    assert judge_reading("reportlab", other, disclosure).outcome == "wrong"


def test_every_value_is_compared() -> None:
    project = expected_projects(make_document("plain", 2).forms[0])[0]
    shown = shown_values(project)
    for name, text in shown.items():
        assert compare_values("here", shown, {**shown, name: text + "x"})


def test_only_a_space_at_a_line_end_may_be_missing(tmp_path: Path) -> None:
    register("boxes")
    canvas = Canvas(str(tmp_path / "lines.pdf"))
    canvas.setFont("boxes", 9)
    for top, line in ((700, "甲乙丙丁 "), (688, "（戊己庚） 辛壬")):
        canvas.drawString(50, top, line)
    canvas.save()
    ends = LineEnds(tmp_path / "lines.pdf")
    shown = "甲乙丙丁 （戊己庚） 辛壬"
    assert ends.explain(Difference("name", shown, "甲乙丙丁（戊己庚） 辛壬"))
    assert not ends.explain(Difference("name", shown, "甲乙丙丁 （戊己庚）辛壬"))
    assert not ends.explain(Difference("name", shown, "甲乙丙 丁（戊己庚） 辛壬"))
    assert not ends.explain(Difference("name", shown, "甲乙丙（戊己庚） 辛壬"))


def test_a_document_without_money_unit_must_be_held(tmp_path: Path) -> None:
    document = make_document("unit_missing", 1)
    (path,) = draw(KIT, [document], tmp_path)
    result = judge_reading("reportlab", document, read_disclosure(path, fiscal_year=2024))
    assert (result.outcome, result.codes) == ("held", ("money_unit_missing",))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_every_engine_draws_what_reads_exactly(engine: Engine, tmp_path: Path) -> None:
    reason = engine.missing()
    if reason:
        pytest.skip(reason)
    names = ("columns_missing",)
    documents = [make_document(name, seed) for name in names for seed in (1,)]
    for path, document in zip(draw(engine, documents, tmp_path), documents, strict=True):
        assert document.page_breaks(page_count(path)) > 0
        result = read_and_judge(engine.name, document, path)
        assert result.outcome != "wrong", [str(difference) for difference in result.differences]
