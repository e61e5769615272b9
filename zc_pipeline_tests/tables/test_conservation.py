from __future__ import annotations

import pytest

from zc_pipeline.tables import conservation
from zc_pipeline.tables.conservation import check_counts_kept, check_indicators_kept, check_problems_kept
from zc_pipeline.tables.frames import frame_of
from zc_pipeline_tests.tables.samples import DOCUMENT_ID, indicator_row, project_row

TWO = "".join(indicator_row(number)["indicator_text"] for number in (1, 2))


def test_all_indicators_of_a_project_are_there() -> None:
    projects = frame_of("projects", [project_row(1, indicator_count=2, indicators_text=TWO)])
    both = frame_of("indicators", [indicator_row(1), indicator_row(2)])
    assert check_indicators_kept(projects, both).passed
    assert not check_indicators_kept(projects, both.iloc[:1]).passed
    assert not check_indicators_kept(projects.iloc[:0], both).passed


def test_a_lost_character_of_an_indicator_is_noticed() -> None:
    projects = frame_of("projects", [project_row(1)])
    whole = indicator_row(1)
    cut = indicator_row(1, indicator_text=whole["indicator_text"].removesuffix("。"))
    assert check_indicators_kept(projects, frame_of("indicators", [whole])).passed
    assert not check_indicators_kept(projects, frame_of("indicators", [cut])).passed


def test_numbers_must_run_on() -> None:
    projects = frame_of("projects", [project_row(1, indicator_count=2, indicators_text=TWO)])
    skipping = [indicator_row(1), indicator_row(2, indicator_number=3)]
    assert not check_indicators_kept(projects, frame_of("indicators", skipping)).passed


def test_a_project_without_indicators_is_no_loss() -> None:
    projects = frame_of("projects", [project_row(1, indicator_count=0, indicators_text="")])
    assert check_indicators_kept(projects, frame_of("indicators", [])).passed


def document_row(**changes: object) -> dict[str, object]:
    from datetime import UTC, datetime

    row: dict[str, object] = {
        "document_id": DOCUMENT_ID,
        "table_number": 1,
        "source_file": "2024/a.pdf",
        "fiscal_year": 2024,
        "department_name": None,
        "title": None,
        "form_name": None,
        "verdict": "held",
        "reason_codes": "readers_disagree",
        "standing": "current",
        "superseded_by": None,
        "withdrawn_at": None,
        "money_unit": None,
        "printed_year": None,
        "page_count": 1,
        "page_first": None,
        "page_last": None,
        "unit_count": 0,
        "project_count": 0,
        "indicator_count": 0,
        "printed_row_count": 0,
        "joined_row_count": 0,
        "header_row_count": 0,
        "printed_total_cny": None,
        "readded_total_cny": None,
        "release_text": None,
        "problem_count": 1,
        "parser_version": "1",
        "first_seen_at": datetime(2024, 1, 1, tzinfo=UTC),
        "run_id": "r",
    }
    return row | changes


def test_a_held_document_must_have_its_reason_in_problems() -> None:
    problem = {
        "document_id": DOCUMENT_ID,
        "table_number": None,
        "source_file": "2024/a.pdf",
        "fiscal_year": 2024,
        "problem_number": 1,
        "stage": "page_text",
        "code": "readers_disagree",
        "severity": "held",
        "page": 1,
        "row_order": None,
        "message": "Page 1: …",
        "message_zh": "第1页：…",
        "raw_text": None,
    }
    held = frame_of("documents", [document_row()])
    assert check_problems_kept(held, frame_of("problems", [problem])).passed
    assert not check_problems_kept(held, frame_of("problems", [])).passed
    unexplained = frame_of("documents", [document_row(reason_codes="")])
    assert not check_problems_kept(unexplained, frame_of("problems", [problem])).passed


def test_rows_that_documents_does_not_count_are_noticed() -> None:
    documents = frame_of("documents", [document_row(verdict="accepted", reason_codes="", project_count=2)])
    projects = frame_of("projects", [project_row(1), project_row(2)])
    nothing = frame_of("indicators", [])
    assert check_counts_kept(documents, projects, nothing).passed
    assert not check_counts_kept(documents, projects.iloc[:1], nothing).passed
    assert not check_counts_kept(documents, projects, frame_of("indicators", [indicator_row(1)])).passed
    held = frame_of("documents", [document_row(project_count=2)])
    assert not check_counts_kept(held, projects, nothing).passed


def test_a_table_that_lost_all_its_rows_is_noticed() -> None:
    documents = frame_of(
        "documents",
        [document_row(verdict="accepted", reason_codes="", project_count=1, indicator_count=1)],
    )
    projects, indicators = frame_of("projects", [project_row(1)]), frame_of("indicators", [indicator_row(1)])
    none = frame_of("projects", []), frame_of("indicators", [])
    assert check_counts_kept(documents, projects, indicators).passed
    assert [one.check for one in check_counts_kept(documents, *none).failures] == [
        "project_count",
        "indicator_count",
    ]
    assert [one.check for one in check_counts_kept(documents, projects, none[1]).failures] == [
        "indicator_count"
    ]


def test_a_version_that_does_not_count_has_no_rows() -> None:
    nothing = frame_of("indicators", [])
    for standing in ("superseded", "withdrawn", "waiting"):
        row = document_row(verdict="accepted", reason_codes="", project_count=1, standing=standing)
        documents = frame_of("documents", [row])
        assert check_counts_kept(documents, frame_of("projects", []), nothing).passed
        assert not check_counts_kept(documents, frame_of("projects", [project_row(1)]), nothing).passed


def test_projects_are_held_against_their_indicators_some_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = range(1, 6)
    projects = frame_of("projects", [project_row(number) for number in numbers])
    own = [indicator_row(1, project=number) for number in numbers]
    cut = [*own[:4], {**own[4], "indicator_text": own[4]["indicator_text"].removesuffix("。")}]
    for size in (1, 2, 5, 10_000):
        monkeypatch.setattr(conservation, "_AT_A_TIME", size)
        assert check_indicators_kept(projects, frame_of("indicators", own)).passed
        for wrong, name in ((cut, own[4]), (own[1:], own[0])):
            (failure,) = check_indicators_kept(projects, frame_of("indicators", wrong)).failures
            assert failure.place == name["project_id"], size
        (failure,) = check_indicators_kept(projects.iloc[1:], frame_of("indicators", own)).failures
        assert failure.place == own[0]["project_id"], size
