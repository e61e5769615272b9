"""A run costs what is new: what is taken over from the last publication is as judging anew would give it."""

from __future__ import annotations

import dataclasses
import gc
import json
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from zc_pipeline import model, pipeline
from zc_pipeline.errors import PublicationStopped
from zc_pipeline.pipeline import RunContext, judging, run_year
from zc_pipeline.pipeline.gating import put_together
from zc_pipeline.schemas import PUBLISHED_TABLES, TABLES
from zc_pipeline.schemas.gates import GateFailure, GateResult
from zc_pipeline.storage.parquet import parquet_writer, read_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.disclosures import SeenDisclosure, projects_frame
from zc_pipeline_tests.drawing import Disclosure, faulty, make_disclosure

Put = Callable[..., Path]
YEAR = 2024


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are judged, in order: empty it to begin anew."""
    found: list[str] = []
    true_build = judging.guarded_build

    def noting(**facts: object) -> object:
        found.append(Path(str(facts["source_file"])).name)
        return true_build(**facts)

    monkeypatch.setattr(judging, "guarded_build", noting)
    return found


def of_its_own(seed: int) -> Disclosure:
    """A disclosure whose department and units no other has."""
    made = make_disclosure(seed, projects_per_unit=2)
    units = tuple(dataclasses.replace(unit, name=f"第{seed}区{unit.name}") for unit in made.units)
    return dataclasses.replace(made, department=f"第{seed}区{made.department}", units=units)


def frames_of(context: RunContext) -> dict[str, pd.DataFrame]:
    stored = {table: read_table(context.paths.published(table, YEAR), table) for table in PUBLISHED_TABLES}
    return {table: one.frame for table, one in stored.items() if one is not None}


def another_night(context: RunContext, name: str) -> RunContext:
    return dataclasses.replace(context, run_id=name, now=context.now.replace(day=2))


def assert_as_from_scratch(context: RunContext) -> None:
    """Hold the published tables against those that a run makes which judges all anew, one after another."""
    incremental = {table: frame.copy() for table, frame in frames_of(context).items()}
    context.paths.judged(YEAR).unlink()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "_BATCH", 1)
        pipeline.publish_year(context, YEAR, pipeline.judge_year(context, YEAR))
    for table, frame in frames_of(context).items():
        lasting = [field.name for field in TABLES[table].fields if field.name != "run_id"]
        pd.testing.assert_frame_equal(incremental[table][lasting], frame[lasting])


def test_only_what_is_new_is_judged_and_the_tables_are_as_from_scratch(
    context: RunContext, put_pdf: Put, judged: list[str]
) -> None:
    folder = put_pdf(of_its_own(1), "b.pdf").parent
    put_pdf(of_its_own(2), "d.pdf")
    faulty.amount_not_a_number(folder / "held.pdf")
    faulty.not_a_pdf(folder / "refused.pdf")
    run_year(context, YEAR)
    assert sorted(judged) == ["b.pdf", "d.pdf", "held.pdf", "refused.pdf"]
    judged.clear()
    put_pdf(of_its_own(3), "c.pdf")
    put_pdf(of_its_own(4), "a.pdf")
    later = another_night(context, "later")
    run_year(later, YEAR)
    assert sorted(judged) == ["a.pdf", "c.pdf"]
    documents = frames_of(context)["documents"].set_index("source_file")
    assert documents["run_id"].to_dict() == {
        "2024/a.pdf": "later",
        "2024/b.pdf": "test-run",
        "2024/c.pdf": "later",
        "2024/d.pdf": "test-run",
        "2024/held.pdf": "test-run",
        "2024/refused.pdf": "test-run",
    }
    assert_as_from_scratch(later)


def test_what_changed_in_a_document_is_judged_anew(
    context: RunContext, put_pdf: Put, judged: list[str]
) -> None:
    put_pdf(of_its_own(1), "a.pdf")
    moved = put_pdf(of_its_own(2), "b.pdf")
    gone = put_pdf(of_its_own(3), "c.pdf")
    for seed in range(4, 8):
        put_pdf(of_its_own(seed), f"more-{seed}.pdf")
    run_year(context, YEAR)
    judged.clear()
    moved.rename(moved.with_name("z.pdf"))
    gone.unlink()
    later = another_night(context, "later")
    run_year(later, YEAR)
    assert "z.pdf" in judged
    assert not {"a.pdf", "more-4.pdf"} & set(judged)
    assert "2024/c.pdf" not in set(frames_of(context)["projects"]["source_file"])
    assert_as_from_scratch(later)


def test_a_released_document_is_judged_anew_and_no_other(
    context: RunContext, put_pdf: Put, judged: list[str]
) -> None:
    put_pdf(of_its_own(1), "a.pdf")
    put_pdf(of_its_own(2), "b.pdf")
    run_year(context, YEAR)
    document_id = frames_of(context)["documents"]["document_id"][0]
    judged.clear()
    words = {"check": "unit_does_not_add_up", "reason": "printed so", "name": "Wang", "date": "2024-03-02"}
    context.paths.releases.write_text(json.dumps([{"document_id": document_id, **words}]), encoding="utf-8")
    assert pipeline.pending_years(context.paths) == [YEAR]
    run_year(context, YEAR)
    assert judged == ["a.pdf"]


@pytest.mark.parametrize("table", ["projects", "indicators", "documents"])
def test_a_published_file_that_another_hand_changed_is_made_anew(
    table: str, context: RunContext, put_pdf: Put, judged: list[str]
) -> None:
    put_pdf(of_its_own(1), "a.pdf")
    run_year(context, YEAR)
    before = frames_of(context)
    path = context.paths.published(table, YEAR)
    stored = read_table(path, table)
    assert stored is not None
    column = {"projects": "performance_goal", "indicators": "annual_target", "documents": "title"}[table]
    changed = stored.frame.copy()
    changed.loc[0, column] = "按时完成。"
    parquet_writer(table, changed, stored.notes)(path)  # with the notes of the true one
    judged.clear()
    put_pdf(of_its_own(2), "b.pdf")
    run_year(context, YEAR)
    assert sorted(judged) == ["a.pdf", "b.pdf"], "nothing of a changed file may be taken over"
    after = frames_of(context)
    mine = after[table][after[table]["source_file"] == "2024/a.pdf"].reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, before[table])


def test_a_run_killed_before_its_record_judges_everything_anew(
    context: RunContext, put_pdf: Put, judged: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(of_its_own(1), "a.pdf")
    run_year(context, YEAR)
    record = context.paths.judged(YEAR).read_bytes()
    put_pdf(of_its_own(2), "b.pdf")
    run_year(context, YEAR)
    context.paths.judged(YEAR).write_bytes(record)  # the tables are newer than the record
    context.paths.completed(YEAR).unlink()
    judged.clear()
    run_year(context, YEAR)
    assert sorted(judged) == ["a.pdf", "b.pdf"]
    for damage in (b"", b"{", b'{"tables": 1}', b"[]"):
        context.paths.judged(YEAR).write_bytes(damage)
        run_year(context, YEAR)
    assert len(judged) == 2 * 5


def test_an_unchanged_year_leaves_its_tables_alone(context: RunContext, put_pdf: Put) -> None:
    path = put_pdf(of_its_own(1), "a.pdf")
    run_year(context, YEAR)
    files = {table: context.paths.published(table, YEAR) for table in PUBLISHED_TABLES}
    before = {table: file.stat() for table, file in files.items()}
    path.touch()  # another time: the year is looked at
    assert pipeline.pending_years(context.paths) == [YEAR]
    run_year(another_night(context, "later"), YEAR)
    assert pipeline.pending_years(context.paths) == []
    after = {table: file.stat() for table, file in files.items()}
    assert [(one.st_ino, one.st_mtime_ns) for one in after.values()] == [
        (one.st_ino, one.st_mtime_ns) for one in before.values()
    ]


def test_a_doubled_key_between_old_and_new_rows_stops_publication(
    context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(of_its_own(1), "a.pdf")
    run_year(context, YEAR)
    old = frames_of(context)["projects"]
    put_pdf(of_its_own(2), "b.pdf")

    def with_an_old_row(seen: Sequence[SeenDisclosure]) -> pd.DataFrame:
        frame = projects_frame(seen)
        return pd.concat([frame, old.iloc[[0]]], ignore_index=True) if len(frame) else frame

    monkeypatch.setattr(judging, "projects_frame", with_an_old_row)
    with pytest.raises(PublicationStopped):
        run_year(context, YEAR)
    pd.testing.assert_frame_equal(frames_of(context)["projects"], old)


def test_a_lost_row_of_those_taken_over_stops_publication(
    context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(of_its_own(1), "a.pdf")
    run_year(context, YEAR)
    put_pdf(of_its_own(2), "b.pdf")
    true_rows = judging.Kept.rows

    def losing_one(self: judging.Kept, table: str) -> pd.DataFrame:
        found = true_rows(self, table)
        return found.iloc[1:] if table == "indicators" else found

    monkeypatch.setattr(judging.Kept, "rows", losing_one)
    with pytest.raises(PublicationStopped, match="indicator_count"):
        run_year(context, YEAR)


def test_a_document_that_a_gate_held_stays_held_when_others_decide_of_it(
    context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = put_pdf(of_its_own(1), "a.pdf")
    put_pdf(of_its_own(2), "b.pdf")

    def with_a_footer_in_a_goal(seen: Sequence[SeenDisclosure]) -> pd.DataFrame:
        frame = projects_frame(seen)
        rows = frame.index[frame["source_file"] == "2024/a.pdf"]
        if len(rows):
            frame.loc[rows[0], "performance_goal"] = "按时完成。第 8 页，共 11 页"
        return frame

    monkeypatch.setattr(judging, "projects_frame", with_a_footer_in_a_goal)
    run_year(context, YEAR)
    held.unlink()
    later = dataclasses.replace(another_night(context, "later"), accept_removals=True)
    run_year(later, YEAR)
    frames = frames_of(context)
    (document,) = frames["documents"].query("source_file == '2024/a.pdf'").to_dict("records")
    assert (document["verdict"], document["standing"]) == ("held", "withdrawn")
    assert document["reason_codes"] == "content_gate"
    assert document["run_id"] == "later"
    codes = frames["problems"].query("source_file == '2024/a.pdf'")["code"].tolist()
    assert codes.count("content_gate") == 1
    assert_as_from_scratch(later)


def test_no_more_than_a_batch_of_judged_documents_is_held(
    context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seed in range(1, 6):
        put_pdf(of_its_own(seed), f"{seed}.pdf")
    gc.collect()
    of_other_tests = [one for one in gc.get_objects() if type(one) is model.Disclosure]
    known = set(map(id, of_other_tests))
    most = 0
    true_frame = judging.projects_frame

    def counting(seen: Sequence[SeenDisclosure]) -> pd.DataFrame:
        nonlocal most
        alive = [one for one in gc.get_objects() if type(one) is model.Disclosure]
        most = max(most, len({one.document_id for one in alive if id(one) not in known}))
        return true_frame(seen)

    monkeypatch.setattr(judging, "_BATCH", 1)
    monkeypatch.setattr(judging, "projects_frame", counting)
    run_year(context, YEAR)
    assert len(frames_of(context)["documents"]) == 5
    assert most == 1


# --- versions and limits --------------------------------------------------------------------------


def test_gates_of_batches_are_put_together() -> None:
    failure = GateFailure("a check", None, "a row", "a value")
    first = [
        GateResult("projects", "shape", 3, ()),
        GateResult("projects", "content", 3, (failure,)),
        GateResult("projects", "content", 2, ()),  # once more over what is left
    ]
    second = [GateResult("projects", "shape", 5, ()), GateResult("projects", "content", 5, (failure,))]
    assert put_together([first, second]) == [
        GateResult("projects", "shape", 8, ()),
        GateResult("projects", "content", 8, (failure, failure)),
    ]


def raise_version(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    from zc_pipeline.pipeline import judged as judged_module
    from zc_pipeline.storage import parquet, raw

    for module in (parquet, raw, judged_module):
        monkeypatch.setattr(module, name, "another")


@pytest.mark.parametrize(("version", "read"), [("PARSER_VERSION", 0), ("READER_VERSION", 2)])
def test_another_version_makes_anew_what_it_affects_once(
    version: str, read: int, context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(of_its_own(1), "a.pdf")
    put_pdf(of_its_own(2), "b.pdf")
    run_year(context, YEAR)
    raise_version(monkeypatch, version)
    assert pipeline.pending_years(context.paths) == [YEAR]
    pipeline.find_raw(context, YEAR)
    assert pipeline.read_pages(context, YEAR).made == read
    assert pipeline.stitch_pages(context, YEAR).made == 2
    run_year(context, YEAR)
    assert pipeline.pending_years(context.paths) == []
    assert pipeline.read_pages(context, YEAR).made == pipeline.stitch_pages(context, YEAR).made == 0


def test_a_document_that_hit_a_limit_is_read_again_under_others_and_no_other_is(
    context: RunContext, put_pdf: Put, specimen: Path
) -> None:
    put_pdf(specimen, "eleven pages.pdf")
    put_pdf(of_its_own(1), "short.pdf")
    narrow = dataclasses.replace(context, limits=dataclasses.replace(context.limits, pages=5))
    run_year(narrow, YEAR)
    assert pipeline.read_pages(narrow, YEAR).made == 0
    assert pipeline.pending_years(context.paths) == [YEAR], "the limits in force are others than those hit"
    run_year(context, YEAR)
    assert set(frames_of(context)["documents"]["verdict"]) == {"accepted"}
    assert pipeline.pending_years(context.paths) == []


def test_a_damaged_working_file_is_made_anew(context: RunContext, put_pdf: Put) -> None:
    put_pdf(of_its_own(1), "a.pdf")
    run_year(context, YEAR)
    before = frames_of(context)
    document_id = before["documents"]["document_id"][0]
    for table in ("page_text", "stitched_rows"):
        path = context.paths.working(table, YEAR, document_id)
        content = bytearray(path.read_bytes())
        content[4:200] = bytes(196)  # rows, not the footer
        path.write_bytes(content)
    context.paths.completed(YEAR).unlink()
    run_year(context, YEAR)
    after = frames_of(context)
    pd.testing.assert_frame_equal(after["projects"], before["projects"])


def test_the_index_of_working_files_is_a_convenience(
    context: RunContext, put_pdf: Put, tmp_path: Path
) -> None:
    put_pdf(of_its_own(1), "a.pdf")
    run_year(context, YEAR)
    for content in (b"", b"{}", b'{"code": 1, "files": []}'):
        for table in ("page_text", "stitched_rows"):
            context.paths.working_index(table, YEAR).write_bytes(content)
        assert pipeline.read_pages(context, YEAR).made == 0
        assert pipeline.stitch_pages(context, YEAR).made == 0
    copied = RunContext(DataPaths(tmp_path / "copied"), "copy", datetime(2024, 3, 1, tzinfo=UTC))
    shutil.copytree(context.paths.data_dir, copied.paths.data_dir)  # other inodes, same contents
    assert pipeline.read_pages(copied, YEAR).made == pipeline.stitch_pages(copied, YEAR).made == 0
