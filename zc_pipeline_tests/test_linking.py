"""Links between the disclosures of two years, from drawn files: what is linked, written, and made anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from zc_pipeline import linking, pipeline
from zc_pipeline.errors import PublicationStopped
from zc_pipeline.linking import link_following_year, link_year, pending_years, stale_years
from zc_pipeline.pipeline import GateStopped, RunContext, run_year
from zc_pipeline.schemas import LINK_TABLES
from zc_pipeline.schemas.project_changes import ChangeKind, ChangeReason
from zc_pipeline.schemas.project_links import Certainty, LinkRule, LinkState
from zc_pipeline.storage import publication
from zc_pipeline.storage.parquet import read_table, write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.frames import records_of
from zc_pipeline_tests.conftest import ROOT
from zc_pipeline_tests.drawing import Disclosure, Indicator, Layout, Project, Unit, draw_disclosure, re_added

Put = Callable[..., Path]
DEPARTMENT = "云岭市清河区农业农村局"
CENTRE, STATION = "云岭市清河区农业技术推广中心", "云岭市清河区种子站"
GOAL = "改善辖区农村居民的生产生活条件，建成美丽乡村十二个，惠及群众三万人。"
STATE = ("link_state", "certainty", "rule")
LEVELS = ("1", "产出指标", "11", "数量指标")


def project(name: str, total: str, goal: str = "", *indicators: tuple[str, str]) -> Project:
    made = tuple(
        Indicator(number, *LEVELS, indicator, target, target)
        for number, (indicator, target) in enumerate(indicators, start=1)
    )
    return Project(name, total, total, "", "", goal, made)


def disclosure(year: int, *units: tuple[str, tuple[Project, ...]]) -> Disclosure:
    made = tuple(Unit(name, "", "", "", "", projects) for name, projects in units)
    return re_added(Disclosure(f"{year}年项目支出绩效目标表", DEPARTMENT, "万元", made, year=year))


BEFORE = disclosure(
    2023,
    (
        DEPARTMENT,
        (
            project("农村人居环境整治", "40.00", GOAL, ("检查次数", "12次"), ("验收合格率", "≥90%")),
            project("2023年造林补助", "10.00", "2023年底前完成造林任务", ("造林面积", "100亩")),
            project("专项工作经费", "1.00", "旧目标"),
        ),
    ),
    (
        CENTRE,
        (
            project("病虫害防治（含监测）", "5.00", "全年开展病虫害监测与统防统治"),
            project("已经结束的项目", "2.00", "结束"),
        ),
    ),
)
NOW = disclosure(
    2024,
    (
        DEPARTMENT,
        (
            project("专项工作经费", "2.00", "新目标"),
            project("专项工作经费", "3.00", "新目标"),
            project("农村人居环境整治", "55.50", GOAL, ("检查次数", "15次"), ("培训人数", "300人")),
            project("2024年造林补助", "10.00", "2024年底前完成造林任务", ("造林面积", "100亩")),
        ),
    ),
    (
        STATION,
        (
            project("病虫害防治(含监测)", "5.00", "全年开展病虫害监测与统防统治"),
            project("新开的项目", "2.00", "新开"),
        ),
    ),
)


def frame(context: RunContext, table: str, year: int = 2024) -> pd.DataFrame:
    stored = read_table(context.paths.published(table, year), table)
    assert stored is not None
    return stored.frame


def bytes_of(context: RunContext, year: int = 2024) -> list[bytes]:
    return [context.paths.published(table, year).read_bytes() for table in LINK_TABLES]


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with both years published, for tests to copy."""
    context = RunContext(DataPaths(tmp_path_factory.mktemp("two_years")), "test-run")
    for year, one in ((2023, BEFORE), (2024, NOW)):
        target = context.paths.raw_dir / str(year) / "a.pdf"
        target.parent.mkdir(parents=True)
        draw_disclosure(one, target)
        run_year(context, year)
    return context.paths.data_dir


@pytest.fixture
def two_years(context: RunContext, read_once: Path) -> RunContext:
    shutil.copytree(read_once, context.paths.data_dir, dirs_exist_ok=True)
    return context


def test_who_is_who_in_two_drawn_years(two_years: RunContext) -> None:
    report = link_year(two_years, 2024)
    assert report.is_made
    assert all(gate.passed for gate in report.gates)
    assert {(gate.table, gate.gate) for gate in report.gates} == {
        (table, gate) for table in LINK_TABLES for gate in ("shape", "content", "conservation")
    }
    links = frame(two_years, "project_links")
    found = {
        tuple(row[column] or "" for column in ("previous_project_name", "next_project_name", *STATE))
        for row in records_of(links)
    }
    doubt = ("ambiguous", "", "several_candidates")
    assert found == {
        ("农村人居环境整治", "农村人居环境整治", "linked", "certain", "same_name"),
        ("2023年造林补助", "2024年造林补助", "linked", "certain", "same_name_next_year"),
        ("病虫害防治（含监测）", "病虫害防治(含监测)", "linked", "probable", "other_unit"),
        ("专项工作经费", "", *doubt),
        ("", "专项工作经费", *doubt),
        ("已经结束的项目", "", "ended", "", "no_match"),
        ("", "新开的项目", "new", "", "no_match"),
    }
    assert len(links) == 8

    changes = frame(two_years, "project_changes")
    told = [
        tuple(row[column] or "" for column in ("project_name", "kind", "column_name", "from_text", "to_text"))
        for row in records_of(changes)
    ]
    cleaned = "农村人居环境整治"
    assert sorted(told) == sorted(
        [
            (
                "2024年造林补助",
                "goal_moved_on",
                "performance_goal",
                "2023年底前完成造林任务",
                "2024年底前完成造林任务",
            ),
            ("2024年造林补助", "target_copied", "cycle_target", "100亩", "100亩"),
            ("2024年造林补助", "target_copied", "annual_target", "100亩", "100亩"),
            (cleaned, "amount_changed", "total_cny", "40.00", "55.50"),
            (cleaned, "amount_changed", "fiscal_cny", "40.00", "55.50"),
            (cleaned, "goal_copied", "performance_goal", GOAL, GOAL),
            (cleaned, "target_raised", "cycle_target", "12次", "15次"),
            (cleaned, "target_raised", "annual_target", "12次", "15次"),
            (cleaned, "indicator_new", "", "", NOW.projects[2].indicators[1].packed()),
            (cleaned, "indicator_dropped", "", BEFORE.projects[0].indicators[1].packed(), ""),
            (
                "病虫害防治(含监测)",
                "goal_copied",
                "performance_goal",
                "全年开展病虫害监测与统防统治",
                "全年开展病虫害监测与统防统治",
            ),
        ]
    )


def test_the_files_say_what_they_were_made_from_and_are_not_made_twice(two_years: RunContext) -> None:
    assert stale_years(two_years.paths) == [2023, 2024]
    link_year(two_years, 2024)
    for table in LINK_TABLES:
        stored = read_table(two_years.paths.published(table, 2024), table)
        assert stored is not None
        for key, year in (("previous_publication_id", 2023), ("publication_id", 2024)):
            projects = read_table(two_years.paths.published("projects", year), "projects")
            assert projects is not None
            assert stored.notes[key] == projects.notes["publication_id"]
    before = bytes_of(two_years)
    again = link_year(two_years, 2024)
    assert not again.is_made
    assert all(gate.passed for gate in again.gates)
    assert bytes_of(two_years) == before
    assert stale_years(two_years.paths) == [2023]


def test_a_year_published_anew_makes_the_next_years_links_anew(two_years: RunContext, put_pdf: Put) -> None:
    link_year(two_years, 2023)
    link_year(two_years, 2024)
    assert link_following_year(two_years, 2023) is None
    other = replace(disclosure(2023, (STATION, (project("新开的项目", "7.00"),))), department=STATION)
    put_pdf(other, "b.pdf", 2023)
    run_year(two_years, 2023)
    assert stale_years(two_years.paths) == [2023, 2024]
    link_year(two_years, 2023)
    report = link_following_year(two_years, 2023)
    assert report is not None
    assert (report.year, report.is_made) == (2024, True)
    links = frame(two_years, "project_links")
    assert links["previous_source_file"].dropna().nunique() == 2
    assert stale_years(two_years.paths) == []
    assert link_following_year(two_years, 2024) is None, "2025 is not published"


def test_other_rules_make_the_links_anew(two_years: RunContext, monkeypatch: pytest.MonkeyPatch) -> None:
    link_year(two_years, 2024)
    monkeypatch.setattr(publication, "LINK_RULES_VERSION", "another")
    assert 2024 in stale_years(two_years.paths)
    assert link_year(two_years, 2024).is_made


def test_without_the_year_before_nothing_is_said(context: RunContext, put_pdf: Put) -> None:
    put_pdf(NOW, "a.pdf", 2024)
    run_year(context, 2024)
    report = link_year(context, 2024)
    assert report.notes["previous_publication_id"] is None
    links = frame(context, "project_links")
    assert set(links["link_state"]) == {"not_covered"}
    assert set(links["rule"]) == {"year_missing"}
    assert len(links) == len(NOW.projects)
    assert frame(context, "project_changes").empty


def test_only_accepted_documents_are_linked(context: RunContext, put_pdf: Put) -> None:
    put_pdf(BEFORE, "a.pdf", 2023, layout=Layout(show_unit_line=False))
    put_pdf(NOW, "a.pdf", 2024)
    for year in (2023, 2024):
        run_year(context, year)
    link_year(context, 2024)
    links = frame(context, "project_links")
    assert set(zip(links["link_state"], links["rule"], strict=True)) == {
        ("not_covered", "department_missing")
    }
    assert links["previous_project_id"].isna().all()


def test_a_year_that_is_not_published_is_refused_in_words(context: RunContext) -> None:
    with pytest.raises(PublicationStopped, match="zc-pipeline run --year 2024"):
        link_year(context, 2024)


def test_tables_of_two_publications_are_not_linked(two_years: RunContext) -> None:
    path = two_years.paths.published("indicators", 2023)
    write_table(path, "indicators", frame(two_years, "indicators", 2023), {"publication_id": "another"})
    with pytest.raises(PublicationStopped, match="2023 do not belong together"):
        link_year(two_years, 2024)


def test_a_failing_gate_touches_nothing(
    two_years: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    link_year(two_years, 2024)
    before = bytes_of(two_years)
    changed = replace(NOW, units=NOW.units[:1])
    put_pdf(re_added(changed), "a.pdf", 2024)
    run_year(two_years, 2024)
    make_frame = linking.project_links_frame

    def losing(*args: object) -> pd.DataFrame:
        return make_frame(*args).iloc[1:].reset_index(drop=True)  # type: ignore[arg-type]

    monkeypatch.setattr(linking, "project_links_frame", losing)
    with pytest.raises(GateStopped, match="occurs once") as stopped:
        link_year(two_years, 2024)
    assert [gate.gate for gate in stopped.value.gates if not gate.passed] == ["conservation"]
    assert bytes_of(two_years) == before


def test_a_fault_of_the_shape_is_the_tables_own(
    two_years: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_frame = linking.project_links_frame

    def doubled(*args: object) -> pd.DataFrame:
        made = make_frame(*args)  # type: ignore[arg-type]
        return pd.concat([made, made.head(1)], ignore_index=True)

    monkeypatch.setattr(linking, "project_links_frame", doubled)
    with pytest.raises(GateStopped, match="key is unique"):
        link_year(two_years, 2024)
    assert not two_years.paths.published("project_links", 2024).exists()


def test_stale_links_are_pending(two_years: RunContext) -> None:
    assert pipeline.pending_years(two_years.paths) == []
    assert pending_years(two_years.paths) == [2023, 2024]
    for year in (2023, 2024):
        link_year(two_years, year)
    assert pending_years(two_years.paths) == []
    two_years.paths.completed(2023).unlink()
    assert pending_years(two_years.paths) == [2023]


@pytest.mark.parametrize("lost", ["", "raw_disclosures"], ids=lambda one: one or "all")
def test_published_files_that_were_deleted_are_pending(two_years: RunContext, lost: str) -> None:
    """And a run makes them again, though the state folder says that the year is completed."""
    paths = two_years.paths
    for year in (2023, 2024):
        link_year(two_years, year)
    before = frame(two_years, "projects")
    shutil.rmtree(paths.published("projects", 2024).parents[1]) if not lost else paths.published(
        lost, 2024
    ).unlink()
    assert set(pending_years(paths)) >= ({2024} if lost else {2023, 2024})
    for year in (2023, 2024):
        run_year(two_years, year)
        link_year(two_years, year)
    assert pending_years(paths) == []
    made_by = ["run_id", "first_seen_at"]
    again = frame(two_years, "projects")
    pd.testing.assert_frame_equal(
        again.drop(columns=made_by, errors="ignore"), before.drop(columns=made_by, errors="ignore")
    )


def test_a_year_that_was_never_completed_is_not_torn(context: RunContext) -> None:
    assert pending_years(context.paths) == []


def test_every_code_is_explained() -> None:
    text = (ROOT / "docs" / "links.md").read_text(encoding="utf-8")
    codes = [*LinkState, *LinkRule, *Certainty, *ChangeKind, *ChangeReason]
    assert [code.value for code in codes if f"`{code.value}`" not in text] == []
