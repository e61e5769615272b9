"""Runs of the job: what is published, what is left out, and what stays as it was."""

from collections.abc import Callable
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from zc_pipeline import linking, pipeline
from zc_pipeline.defs.checks import GATES
from zc_pipeline.pipeline import RunContext, judging, raw, working
from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES, RUN_TABLES, TABLES
from zc_pipeline.storage.parquet import read_table
from zc_pipeline_tests.drawing import Layout, make_disclosure
from zc_pipeline_tests.drawing.faulty import not_a_pdf

Run = Callable[[int], dg.ExecuteInProcessResult]
ERROR, WARN = dg.AssetCheckSeverity.ERROR, dg.AssetCheckSeverity.WARN


def checks_of(result: dg.ExecuteInProcessResult) -> dict[tuple[str, str], dg.AssetCheckEvaluation]:
    return {
        (one.asset_key.to_user_string(), one.check_name): one for one in result.get_asset_check_evaluations()
    }


def materialized(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetMaterialization]:
    return {
        event.asset_key.to_user_string(): event.materialization
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
    }


def failing_rows(check: dg.AssetCheckEvaluation) -> list[dict[str, object]]:
    return [dict(record.data) for record in check.metadata["failing_rows"].records]


def bytes_of(context: RunContext, year: int) -> dict[Path, bytes]:
    found = [context.paths.published(table, year) for table in PUBLISHED_TABLES]
    found.append(context.paths.completed(year))
    return {path: path.read_bytes() for path in found}


def test_a_clean_year_passes_every_check(
    run_job: Run, context: RunContext, put_pdf: Callable[..., Path], specimen: Path
) -> None:
    put_pdf(specimen, specimen.name)
    result = run_job(2024)
    assert result.success
    checks = checks_of(result)
    assert set(checks) == {(table, gate) for table, gates in GATES.items() for gate in gates}
    assert all(check.passed for check in checks.values())
    events = materialized(result)
    assert events.keys() == TABLES.keys() - set(RUN_TABLES)
    assert all(event.partition == "2024" for event in events.values())
    rows = {table: event.metadata["dagster/partition_row_count"].value for table, event in events.items()}
    assert (rows["raw_disclosures"], rows["documents"], rows["problems"]) == (1, 1, 0)
    assert (rows["projects"], rows["indicators"]) == (51, 171)
    documents = events["documents"].metadata
    assert (documents["accepted"].value, documents["held"].value, documents["refused"].value) == (1, 0, 0)
    for table, event in events.items():
        path = Path(event.metadata["path"].path)
        assert path.exists()
        assert event.metadata["dagster/uri"].value == path.as_uri()
        assert event.metadata["preview"].value.startswith("| " if rows[table] else "No rows.")

    again = run_job(2024)
    assert again.success
    assert all(check.passed for check in checks_of(again).values())
    second = materialized(again)
    assert second["page_text"].metadata["made_in_this_run"].value == 0
    assert {
        table: event.metadata["dagster/partition_row_count"].value for table, event in second.items()
    } == rows


def test_a_bad_file_is_refused_and_the_other_published(
    run_job: Run, context: RunContext, put_pdf: Callable[..., Path]
) -> None:
    put_pdf(make_disclosure(1), "good.pdf")
    not_a_pdf(context.paths.raw_dir / "2024" / "bad.pdf")
    result = run_job(2024)
    assert result.success
    assert materialized(result).keys() == TABLES.keys() - set(RUN_TABLES)
    failed = {key: check for key, check in checks_of(result).items() if not check.passed}
    assert failed.keys() == {("documents", "verdicts")}
    (check,) = failed.values()
    assert check.severity == WARN
    (row,) = failing_rows(check)
    assert row["check"] == "not_a_pdf"
    assert row["place"] == "2024/bad.pdf"
    stored = read_table(context.paths.published("documents", 2024), "documents")
    assert stored is not None
    assert dict(zip(stored.frame["source_file"], stored.frame["verdict"], strict=True)) == {
        "2024/bad.pdf": "refused",
        "2024/good.pdf": "accepted",
    }


def test_a_held_document_has_its_picture_on_documents(run_job: Run, put_pdf: Callable[..., Path]) -> None:
    put_pdf(make_disclosure(1), "good.pdf")
    put_pdf(make_disclosure(2), "held.pdf", layout=Layout(show_unit_line=False))
    events = materialized(run_job(2024))
    pictures = {
        (table, name): str(value.value)
        for table, event in events.items()
        for name, value in event.metadata.items()
        if name.startswith("held: ")
    }
    assert list(pictures) == [("documents", "held: 2024/held.pdf")]
    (text,) = pictures.values()
    assert "](data:image/png;base64," in text
    assert "money_unit_missing" in text


def test_a_fault_of_the_years_table_touches_nothing(
    run_job: Run,
    instance: dg.DagsterInstance,
    context: RunContext,
    put_pdf: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    put_pdf(make_disclosure(1), "one.pdf")
    assert run_job(2024).success
    before = bytes_of(context, 2024)
    # The first is held for what its own rows show, so that a second is needed for the table's own fault.
    put_pdf(make_disclosure(2), "two.pdf")
    put_pdf(make_disclosure(5), "three.pdf")
    make_frame = judging.projects_frame

    def doubled(*args: object) -> pd.DataFrame:
        frame = make_frame(*args)  # type: ignore[arg-type]
        return pd.concat([frame, frame.head(1)], ignore_index=True)

    with monkeypatch.context() as planted:
        planted.setattr(judging, "projects_frame", doubled)
        result = run_job(2024)
    assert not result.success
    assert materialized(result).keys() == {"raw_disclosures", "page_text", "stitched_rows"}
    assert bytes_of(context, 2024) == before
    checks = checks_of(result)
    assert not checks["projects", "shape"].passed
    assert checks["projects", "shape"].severity == ERROR
    assert checks["projects", "shape"].blocking
    rows = failing_rows(checks["projects", "shape"])
    assert {(row["check"], row["document_id"]) for row in rows} == {("key is unique", "")}
    assert all(str(row["place"]).startswith("project_id=") for row in rows)
    # What the UI will show: the failed check, and last night's materialization as the latest.
    record = instance.get_latest_materialization_event(dg.AssetKey("projects"))
    assert record is not None
    assert record.run_id != result.run_id
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "were not published" in (failure.step_failure_data.user_failure_data.description or "")

    # The next run, without the fault, goes through.
    assert run_job(2024).success
    assert bytes_of(context, 2024) != before


def test_a_fault_before_the_tables_stops_what_comes_after(
    run_job: Run, put_pdf: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(make_disclosure(1), "one.pdf")
    make_frame = raw.raw_disclosures_frame

    def doubled(*args: object) -> pd.DataFrame:
        frame = make_frame(*args)  # type: ignore[arg-type]
        return pd.concat([frame, frame], ignore_index=True)

    monkeypatch.setattr(raw, "raw_disclosures_frame", doubled)
    result = run_job(2024)
    assert not result.success
    assert not materialized(result)
    checks = checks_of(result)
    assert checks.keys() == {("raw_disclosures", "shape"), ("raw_disclosures", "content")}
    assert failing_rows(checks["raw_disclosures", "shape"])[0]["place"].startswith(
        "source_file=2024/one.pdf, document_id="
    )


def test_a_year_whose_files_are_gone_stops_in_words(
    run_job: Run, context: RunContext, put_pdf: Callable[..., Path]
) -> None:
    path = put_pdf(make_disclosure(1), "one.pdf")
    assert run_job(2024).success
    before = bytes_of(context, 2024)
    path.unlink()
    result = run_job(2024)
    assert not result.success
    assert not materialized(result)
    assert bytes_of(context, 2024) == before
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert "holds no PDF any more" in (failure.step_failure_data.user_failure_data.description or "")


def test_files_in_no_years_folder_are_named(run_job: Run, context: RunContext) -> None:
    not_a_pdf(context.paths.raw_dir / "lost.pdf")
    result = run_job(2024)
    assert result.success
    check = checks_of(result)["raw_disclosures", "filed"]
    assert not check.passed
    assert check.severity == WARN
    assert failing_rows(check)[0]["place"] == "lost.pdf"
    assert pipeline.pending_years(context.paths) == []


def test_what_stood_against_a_document_still_shows_when_nothing_is_read_anew(
    run_job: Run, put_pdf: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(make_disclosure(1), "one.pdf")
    make_frame = working.page_text_frame

    def spoiled(*args: object) -> pd.DataFrame:
        frame = make_frame(*args)  # type: ignore[arg-type]
        return frame.assign(item_number=(frame["item_number"] - 1).astype(frame["item_number"].dtype))

    with monkeypatch.context() as planted:
        planted.setattr(working, "page_text_frame", spoiled)
        first = run_job(2024)
    for result in (first, run_job(2024)):
        assert result.success
        check = checks_of(result)["page_text", "shape"]
        assert not check.passed
        assert check.severity == WARN
        assert failing_rows(check)


def test_long_lists_of_failures_are_cut_and_say_so() -> None:
    from zc_pipeline.defs.checks import check_results
    from zc_pipeline.schemas.gates import GateFailure, GateResult

    failures = [GateFailure("c", "d", f"row={number}", "v") for number in range(150)]
    failures.append(GateFailure("key is unique", None, "row=151", "v"))
    (result,) = check_results([GateResult("projects", "shape", 200, tuple(failures))], 2024)
    assert result.severity == ERROR
    records = result.metadata["failing_rows"].records
    assert len(records) == 100
    assert records[0].data["check"] == "key is unique"
    assert result.metadata["not_shown"].value == "51 more failures are not in the table."


def test_a_year_published_anew_links_the_next_year_anew(
    run_job: Run, instance: dg.DagsterInstance, context: RunContext, put_pdf: Callable[..., Path]
) -> None:
    put_pdf(make_disclosure(1, year=2024), "one.pdf", 2024)
    assert run_job(2024).success
    assert link_states(context, 2024) == {"not_covered"}

    put_pdf(make_disclosure(1, year=2023), "one.pdf", 2023)
    result = run_job(2023)
    assert result.success
    assert link_states(context, 2024) == {"linked"}
    events = {
        (event.asset_key.to_user_string(), event.materialization.partition)
        for event in result.get_asset_materialization_events()
        if event.asset_key is not None
    }
    assert {(table, year) for table in LINK_TABLES for year in ("2023", "2024")} <= events
    assert {year for table, year in events if table not in LINK_TABLES} == {"2023"}
    latest = instance.get_latest_materialization_event(dg.AssetKey("project_links"))
    assert latest is not None
    assert latest.run_id == result.run_id

    # Nothing is new: the links of both years stay, and only the run's own year is recorded.
    again = run_job(2023)
    assert {event.materialization.partition for event in again.get_asset_materialization_events()} == {"2023"}
    assert materialized(again)["project_links"].metadata["is_made_in_this_run"].value is False


def test_links_that_fail_their_gate_leave_the_year_published(
    run_job: Run, context: RunContext, put_pdf: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(make_disclosure(1), "one.pdf")
    make_frame = linking.project_links_frame

    def losing(*args: object) -> pd.DataFrame:
        return make_frame(*args).iloc[1:].reset_index(drop=True)  # type: ignore[arg-type]

    monkeypatch.setattr(linking, "project_links_frame", losing)
    result = run_job(2024)
    assert not result.success
    assert set(PUBLISHED_TABLES) <= materialized(result).keys()
    assert not set(LINK_TABLES) & materialized(result).keys()
    check = checks_of(result)["project_links", "conservation"]
    assert (check.passed, check.severity) == (False, ERROR)
    assert failing_rows(check)[0]["document_id"] == ""
    assert not context.paths.published("project_links", 2024).exists()
    assert linking.stale_years(context.paths) == [2024]


def link_states(context: RunContext, year: int) -> set[str]:
    stored = read_table(context.paths.published("project_links", year), "project_links")
    assert stored is not None
    return set(stored.frame["link_state"])
