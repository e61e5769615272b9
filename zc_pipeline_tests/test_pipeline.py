"""Stages, gates and publication on real files: what is new is read, what is doubtful is held, alone."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from zc_pipeline import pipeline
from zc_pipeline.errors import PublicationStopped, UsageError
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.pipeline import RunContext, executors, judging, run_year
from zc_pipeline.schemas import PUBLISHED_TABLES, TABLES
from zc_pipeline.storage.parquet import read_table, write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.drawing import faulty, make_disclosure

Put = Callable[..., Path]


def published(context: RunContext, table: str, year: int | None = 2024) -> pd.DataFrame:
    stored = read_table(context.paths.published(table, year), table)
    assert stored is not None, f"{table} of {year} is not published"
    return stored.frame


def bytes_of(context: RunContext) -> dict[str, bytes]:
    return {
        path.relative_to(context.paths.parquet_dir).as_posix(): path.read_bytes()
        for table in PUBLISHED_TABLES
        for path in context.paths.table_dir(table).glob("*.parquet")
    }


def verdicts(context: RunContext, year: int | None = 2024) -> dict[str, tuple[str, str]]:
    documents = published(context, "documents", year)
    return {Path(row.source_file).name: (row.verdict, row.reason_codes) for row in documents.itertuples()}


def without_volatile(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    return frame[[field.name for field in TABLES[table].fields if not field.is_volatile]]


def test_the_sample_is_accepted_whole(context: RunContext, put_pdf: Put, specimen: Path) -> None:
    put_pdf(specimen, "sample.pdf")
    candidate = run_year(context, 2024)
    assert all(gate.passed for gate in candidate.gates)
    documents = published(context, "documents")
    assert documents[["verdict", "project_count", "indicator_count", "unit_count"]].values.tolist() == [
        ["accepted", 51, 171, 2]
    ]
    assert str(documents["printed_total_cny"][0]) == "415618100.00"
    assert str(documents["readded_total_cny"][0]) == "415618200.00"
    assert documents["printed_row_count"][0] == 54 + 2 + 1 + 10
    assert documents["joined_row_count"][0] == 3
    assert len(published(context, "projects")) == 51
    assert len(published(context, "indicators")) == 171
    assert published(context, "problems").empty


def test_the_same_files_give_the_same_frames_anywhere(tmp_path: Path, specimen: Path) -> None:
    found = []
    for name, run_id in (("a", "one"), ("b", "two")):
        context = RunContext(DataPaths(tmp_path / name), run_id, datetime(2024, 3, len(name) + 1, tzinfo=UTC))
        folder = context.paths.raw_dir / "2024"
        folder.mkdir(parents=True)
        (folder / "x.pdf").write_bytes(specimen.read_bytes())
        run_year(context, 2024)
        found.append({table: published(context, table) for table in PUBLISHED_TABLES})
    for table in PUBLISHED_TABLES:
        pd.testing.assert_frame_equal(*(without_volatile(table, frames[table]) for frames in found))


def test_a_second_run_reads_nothing_and_has_nothing_to_do(
    context: RunContext, put_pdf: Put, specimen: Path
) -> None:
    put_pdf(specimen, "sample.pdf")
    assert pipeline.pending_years(context.paths) == [2024]
    run_year(context, 2024)
    assert pipeline.pending_years(context.paths) == []
    assert pipeline.read_pages(context, 2024).made == 0
    assert pipeline.stitch_pages(context, 2024).made == 0


def test_only_what_is_new_is_read(context: RunContext, put_pdf: Put) -> None:
    put_pdf(make_disclosure(1), "a.pdf")
    run_year(context, 2024)
    put_pdf(make_disclosure(2), "b.pdf")
    assert pipeline.pending_years(context.paths) == [2024]
    pipeline.find_raw(context, 2024)
    assert pipeline.read_pages(context, 2024).made == 1


def test_a_renamed_file_is_not_read_again_and_keeps_its_first_sight(
    context: RunContext, put_pdf: Put
) -> None:
    path = put_pdf(make_disclosure(1), "a.pdf")
    run_year(context, 2024)
    path.rename(path.with_name("renamed.PDF"))
    later = dataclasses.replace(context, now=datetime(2024, 6, 1, tzinfo=UTC), run_id="later")
    pipeline.find_raw(later, 2024)
    assert pipeline.read_pages(later, 2024).made == 0
    pipeline.stitch_pages(later, 2024)
    pipeline.publish_year(later, 2024, pipeline.judge_year(later, 2024))
    documents = published(context, "documents")
    assert documents["source_file"].tolist() == ["2024/renamed.PDF"]
    assert documents["first_seen_at"][0] == context.now


def test_ids_depend_on_content_and_place_alone(context: RunContext, put_pdf: Put) -> None:
    path = put_pdf(make_disclosure(1), "a.pdf")
    run_year(context, 2024)
    before = published(context, "indicators")["indicator_id"].tolist()
    path.rename(path.with_name("z.pdf"))
    run_year(context, 2024)
    assert published(context, "indicators")["indicator_id"].tolist() == before


def test_two_copies_count_once(context: RunContext, put_pdf: Put) -> None:
    original = put_pdf(make_disclosure(1), "a.pdf")
    put_pdf(original, "b.pdf")
    run_year(context, 2024)
    assert verdicts(context) == {"a.pdf": ("accepted", "")}
    assert published(context, "problems")["code"].tolist() == ["copied_file"]


def test_one_content_in_two_years_is_held_in_both(context: RunContext, put_pdf: Put) -> None:
    original = put_pdf(make_disclosure(1, year=None), "a.pdf", 2023)
    put_pdf(original, "a.pdf", 2024)
    for year in (2023, 2024):
        run_year(context, year)
        assert verdicts(context, year) == {"a.pdf": ("held", "same_file_in_two_years")}
        assert published(context, "projects", year).empty


def test_bad_files_are_refused_with_their_reason_and_the_others_published(
    context: RunContext, put_pdf: Put
) -> None:
    folder = put_pdf(make_disclosure(1), "good.pdf").parent
    faulty.not_a_pdf(folder / "page.pdf")
    faulty.empty_file(folder / "empty.pdf")
    faulty.truncated_pdf(folder / "truncated.pdf")
    faulty.encrypted_pdf(folder / "locked.pdf")
    faulty.no_text_layer(folder / "scan.pdf")
    faulty.no_target_table(folder / "other.pdf")
    faulty.unknown_column(folder / "column.pdf")
    faulty.amount_not_a_number(folder / "amount.pdf")
    run_year(context, 2024)
    found = verdicts(context)
    assert found["good.pdf"] == ("accepted", "")
    assert found["page.pdf"] == ("refused", "not_a_pdf")
    assert found["empty.pdf"] == ("refused", "empty_file")
    assert found["truncated.pdf"] == ("refused", "damaged_pdf")
    assert found["locked.pdf"] == ("refused", "password_protected")
    assert found["scan.pdf"] == ("refused", "no_text_layer")
    assert found["other.pdf"] == ("refused", "no_target_table")
    assert found["column.pdf"] == ("refused", "unknown_column")
    assert found["amount.pdf"] == ("held", "amount_unreadable")
    assert len(found) == 9
    assert published(context, "projects")["source_file"].unique().tolist() == ["2024/good.pdf"]
    assert set(published(context, "problems")["source_file"]) == {
        f"2024/{name}" for name in found if name != "good.pdf"
    }


def test_files_in_no_year_folder_are_refused_by_name(context: RunContext, put_pdf: Put) -> None:
    put_pdf(make_disclosure(1), "a.pdf", "1999")
    put_pdf(make_disclosure(2), "b.pdf", "misc")
    assert pipeline.pending_years(context.paths) == [None]
    pipeline.publish_unfiled(context)
    assert verdicts(context, None) == {
        "a.pdf": ("refused", "wrong_year_folder"),
        "b.pdf": ("refused", "wrong_year_folder"),
    }
    assert pipeline.pending_years(context.paths) == []


def test_a_persons_word_does_not_keep_files_in_no_year_folder_pending(
    context: RunContext, put_pdf: Put
) -> None:
    put_pdf(make_disclosure(1), "a.pdf", "misc")
    context.paths.revisions.write_text(
        f"- documents: [{'a' * 64}, {'b' * 64}]\n  relation: different\n  reason: asked\n"
        "  name: Wang Fang\n  date: 2024-03-09\n",
        encoding="utf-8",
    )
    pipeline.publish_unfiled(context)
    assert pipeline.pending_years(context.paths) == []


def test_copies_in_no_year_folder_are_all_named(context: RunContext, put_pdf: Put) -> None:
    first = put_pdf(make_disclosure(1), "a.pdf", "misc")
    shutil.copy(first, first.with_name("b.pdf"))
    pipeline.publish_unfiled(context)
    assert verdicts(context, None) == {"a.pdf": ("refused", "wrong_year_folder")}
    problems = published(context, "problems", None)
    assert [
        (code, "misc/b.pdf" in text) for code, text in zip(problems["code"], problems["message"], strict=True)
    ] == [
        ("wrong_year_folder", False),
        ("wrong_year_folder", True),
        ("copied_file", True),
    ]


def test_a_printed_year_that_differs_is_reported(context: RunContext, put_pdf: Put) -> None:
    put_pdf(make_disclosure(1, year=2023), "a.pdf", 2024)
    run_year(context, 2024)
    problems = published(context, "problems")
    assert problems["code"].tolist() == ["year_differs"]
    assert problems["severity"].tolist() == ["warning"]
    assert verdicts(context) == {"a.pdf": ("accepted", "")}


def test_a_missing_raw_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no folder"):
        pipeline.pending_years(DataPaths(tmp_path))


def test_a_year_emptied_at_once_stops_instead_of_publishing_nothing(
    context: RunContext, put_pdf: Put
) -> None:
    path = put_pdf(make_disclosure(1), "a.pdf")
    run_year(context, 2024)
    before = bytes_of(context)
    path.unlink()
    assert pipeline.pending_years(context.paths) == [2024]
    with pytest.raises(PublicationStopped, match="holds no PDF any more"):
        run_year(context, 2024)
    assert bytes_of(context) == before


def test_redo_reads_one_document_again(context: RunContext, put_pdf: Put) -> None:
    put_pdf(make_disclosure(1), "a.pdf")
    put_pdf(make_disclosure(2), "b.pdf")
    run_year(context, 2024)
    assert pipeline.forget_document(context.paths, "no-such.pdf") == []
    assert pipeline.forget_document(context.paths, "b.pdf") == [(2024, "2024/b.pdf")]
    assert pipeline.pending_years(context.paths) == [2024]
    assert pipeline.read_pages(context, 2024).made == 1


# --- planted faults -------------------------------------------------------------------------------


def drop_row(frame: pd.DataFrame) -> pd.DataFrame:
    """A whole row of the printed table deleted: the second project's."""
    goals = frame[(frame["kind"] == "cell") & (frame["grid_column"] == 6) & (frame["text"] != "")]
    row = goals.iloc[2]  # the heading is the first
    return frame[~((frame["page"] == row["page"]) & (frame["grid_row"].fillna(0) == row["grid_row"]))]


def change_leading_digit(frame: pd.DataFrame) -> pd.DataFrame:
    """The first project's total with another first digit."""
    frame = frame.copy()
    totals = frame[(frame["kind"] == "cell") & (frame["grid_column"] == 2) & (frame["text"] != "")]
    index = totals.index[3]  # heading, grand total, unit, first project
    text = frame.loc[index, "text"]
    changed = ("2" if text[0] == "1" else "1") + text[1:]
    frame.loc[index, ["text", "drawn_text"]] = changed
    return frame


def drop_indicator_number(frame: pd.DataFrame) -> pd.DataFrame:
    """The number 2 of the first project's second indicator dropped."""
    frame = frame.copy()
    packed = frame[frame["text"].str.contains("。\n?2\n?、", regex=True)]
    index = packed.index[0]
    for column in ("text", "drawn_text"):
        frame.loc[index, column] = pd.Series([frame.loc[index, column]]).str.replace(
            r"。(\n?)2(\n?)、", r"。\1\2、", regex=True, n=1
        )[0]
    return frame


PAGE_TEXT_FAULTS = {
    "row deleted": (drop_row, {"unit_does_not_add_up", "total_does_not_add_up"}),
    "leading digit changed": (change_leading_digit, {"sources_do_not_add_up", "unit_does_not_add_up"}),
    "indicator number dropped": (drop_indicator_number, {"indicator_numbers", "indicator_unreadable"}),
}


@pytest.mark.parametrize("fault", PAGE_TEXT_FAULTS)
def test_a_fault_in_page_text_holds_its_document_alone(fault: str, context: RunContext, put_pdf: Put) -> None:
    plant, codes = PAGE_TEXT_FAULTS[fault]
    for seed, name in ((1, "a.pdf"), (2, "b.pdf"), (7, "c.pdf")):
        put_pdf(make_disclosure(seed), name)
    run_year(context, 2024)
    document_id = published(context, "documents")["document_id"][1]
    path = context.paths.working("page_text", 2024, document_id)
    stored = read_table(path, "page_text")
    assert stored is not None
    changed = plant(stored.frame)
    assert not changed.equals(stored.frame)
    write_table(path, "page_text", changed.reset_index(drop=True), stored.notes)

    run_year(context, 2024)

    assert verdicts(context)["a.pdf"] == ("accepted", "")
    assert verdicts(context)["c.pdf"] == ("accepted", "")
    verdict, reasons = verdicts(context)["b.pdf"]
    assert verdict == "held"
    assert codes & set(reasons.split())
    problems = published(context, "problems")
    assert problems["source_file"].unique().tolist() == ["2024/b.pdf"]
    assert problems["page"].notna().all()
    of_rows = problems[problems["code"] != "characters_unaccounted"]  # which the page's count shows
    assert len(of_rows)
    assert of_rows["row_order"].notna().all()
    assert set(published(context, "projects")["source_file"]) == {"2024/a.pdf", "2024/c.pdf"}
    assert set(published(context, "indicators")["source_file"]) == {"2024/a.pdf", "2024/c.pdf"}


def stitched_row_fault(frame: pd.DataFrame, fault: str) -> pd.DataFrame:
    frame = frame.copy()
    project = frame.index[frame["kind"] == "project"][1]
    if fault == "row deleted":
        return frame.drop(index=project)
    if fault == "row doubled":
        return pd.concat([frame, frame.loc[[project]]])
    if fault == "leading digit changed":
        text = frame.loc[project, "total_text"]
        frame.loc[project, "total_text"] = ("2" if text[0] == "1" else "1") + text[1:]
    if fault == "indicator number dropped":
        frame.loc[project, "indicators_text"] = frame.loc[project, "indicators_text"].replace("1", "", 1)
    if fault == "amount emptied":
        frame.loc[project, "fiscal_text"] = ""
    if fault == "unit row deleted":
        return frame.drop(index=frame.index[frame["kind"] == "unit"][1])
    return frame


STITCHED_FAULTS = {
    "row deleted": "conservation_gate",
    "row doubled": "conservation_gate",
    "leading digit changed": "unit_does_not_add_up",
    "indicator number dropped": "indicator_numbers",
    "amount emptied": "unit_does_not_add_up",
    "unit row deleted": "conservation_gate",
}


@pytest.mark.parametrize("fault", STITCHED_FAULTS)
def test_a_fault_in_stitched_rows_holds_its_document_alone(
    fault: str, context: RunContext, put_pdf: Put
) -> None:
    put_pdf(make_disclosure(1), "a.pdf")
    put_pdf(make_disclosure(2), "b.pdf")
    run_year(context, 2024)
    document_id = published(context, "documents")["document_id"][0]
    path = context.paths.working("stitched_rows", 2024, document_id)
    stored = read_table(path, "stitched_rows")
    assert stored is not None
    write_table(
        path, "stitched_rows", stitched_row_fault(stored.frame, fault).reset_index(drop=True), stored.notes
    )

    run_year(context, 2024)

    verdict, reasons = verdicts(context)["a.pdf"]
    assert verdict == "held"
    assert STITCHED_FAULTS[fault] in reasons.split()
    assert verdicts(context)["b.pdf"] == ("accepted", "")
    problems = published(context, "problems")
    named = problems[problems["code"] == STITCHED_FAULTS[fault]]
    assert named["page"].notna().all()
    assert named["row_order"].notna().all()
    assert set(published(context, "projects")["source_file"]) == {"2024/b.pdf"}


def test_a_fault_of_the_years_table_leaves_the_year_untouched(
    context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(make_disclosure(1), "a.pdf")
    run_year(context, 2024)
    before = bytes_of(context)
    put_pdf(make_disclosure(2), "b.pdf")
    true_frame = judging.projects_frame

    def with_a_doubled_key(seen: object) -> pd.DataFrame:
        frame = true_frame(seen)  # type: ignore[arg-type]
        return pd.concat([frame, frame.iloc[:1]], ignore_index=True)

    monkeypatch.setattr(judging, "projects_frame", with_a_doubled_key)
    with pytest.raises(PublicationStopped, match="key is unique"):
        run_year(context, 2024)
    assert bytes_of(context) == before
    assert pipeline.pending_years(context.paths) == [2024], "the year is not completed: it is tried again"
    monkeypatch.undo()
    run_year(context, 2024)
    assert set(verdicts(context)) == {"a.pdf", "b.pdf"}


def test_a_lost_indicator_stops_publication(
    context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(make_disclosure(1), "a.pdf")
    true_frame = judging.indicators_frame
    monkeypatch.setattr(judging, "indicators_frame", lambda seen: true_frame(seen).iloc[1:])
    with pytest.raises(PublicationStopped, match="conservation"):
        run_year(context, 2024)
    assert bytes_of(context) == {}


def test_a_content_gate_holds_the_document_whose_row_it_names(
    context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(make_disclosure(1), "a.pdf")
    put_pdf(make_disclosure(2), "b.pdf")
    true_frame = judging.projects_frame

    def with_a_footer_in_a_goal(seen: object) -> pd.DataFrame:
        frame = true_frame(seen)  # type: ignore[arg-type]
        rows = frame.index[frame["source_file"] == "2024/a.pdf"]
        if len(rows):
            frame.loc[rows[0], "performance_goal"] = "按时完成。第 8 页，共 11 页"
        return frame

    monkeypatch.setattr(judging, "projects_frame", with_a_footer_in_a_goal)
    run_year(context, 2024)
    assert verdicts(context) == {"a.pdf": ("held", "content_gate"), "b.pdf": ("accepted", "")}
    assert set(published(context, "projects")["source_file"]) == {"2024/b.pdf"}


def test_our_own_failure_holds_the_document_and_not_the_batch(
    context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(make_disclosure(1), "a.pdf")
    put_pdf(make_disclosure(2), "b.pdf")
    true_read = executors.read_page_text_isolated

    def fails_on_a(path: Path, limits: Limits) -> object:
        if path.name == "a.pdf":
            raise RuntimeError("planted")
        return true_read(path, limits)

    monkeypatch.setattr(executors, "read_page_text_isolated", fails_on_a)
    run_year(context, 2024)
    found = verdicts(context)
    assert found["b.pdf"] == ("accepted", "")
    assert found["a.pdf"][0] != "accepted"
    assert "internal_error" in found["a.pdf"][1]
