"""What a run would do, what nothing needs, how large the store is: said without changing anything."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from zc_pipeline import linking
from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline.pipeline.cleaning import find_needless, remove_needless
from zc_pipeline.pipeline.planning import plan_year
from zc_pipeline.report import needless_lines, plan_lines, size_lines, status_lines
from zc_pipeline.storage import parquet
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.drawing import Disclosure, make_disclosure

Put = Callable[..., Path]
YEAR = 2024
DEAD = 2**22 + 1  # no process has that number


def of_its_own(seed: int) -> Disclosure:
    """A disclosure whose department and units no other has."""
    made = make_disclosure(seed, projects_per_unit=2)
    units = tuple(dataclasses.replace(unit, name=f"第{seed}区{unit.name}") for unit in made.units)
    return dataclasses.replace(made, department=f"第{seed}区{made.department}", units=units)


def everything_below(paths: DataPaths) -> dict[str, tuple[int, int, bytes]]:
    return {
        path.relative_to(paths.data_dir).as_posix(): (
            path.stat().st_mtime_ns,
            path.stat().st_ino,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in sorted(paths.data_dir.rglob("*"))
    }


@pytest.fixture
def store(context: RunContext, put_pdf: Put) -> RunContext:
    """A store of six documents, published and linked."""
    for seed in range(6):
        put_pdf(of_its_own(seed), f"{seed}.pdf")
    run_year(context, YEAR)
    linking.link_year(context, YEAR)
    return context


def test_a_plan_names_what_is_new_changed_moved_and_gone_and_changes_nothing(
    store: RunContext, put_pdf: Put
) -> None:
    folder = store.paths.raw_dir / str(YEAR)
    put_pdf(of_its_own(7), "new.pdf")
    put_pdf(of_its_own(8), "1.pdf")
    (folder / "2.pdf").rename(folder / "moved.pdf")
    (folder / "3.pdf").unlink()
    before = everything_below(store.paths)
    plan = plan_year(store.paths, YEAR, store.limits)
    text = "\n".join(plan_lines(store.paths, linking.pending_years(store.paths)))
    assert everything_below(store.paths) == before
    assert plan.new == ("2024/new.pdf",)
    assert plan.changed == ("2024/1.pdf",)
    assert plan.moved == ("2024/moved.pdf",)
    assert plan.withdrawn == ("2024/1.pdf", "2024/3.pdf")
    assert (plan.read_count, plan.stopped_by) == (2, "")
    assert {"projects_2024.parquet", "raw_disclosures_2024.parquet", "project_links_2024.parquet"} <= set(
        plan.rewritten
    )
    assert "2 files would be opened" in text
    assert "Nothing was changed." in text


def test_a_plan_says_when_the_run_would_stop(store: RunContext) -> None:
    for path in (store.paths.raw_dir / str(YEAR)).glob("*.pdf"):
        path.unlink()
    assert "holds no PDF any more" in plan_year(store.paths, YEAR, store.limits).stopped_by
    assert "would stop" in "\n".join(plan_lines(store.paths, [YEAR]))
    assert "would stop" not in "\n".join(plan_lines(store.paths, [YEAR], accept_removals=[YEAR]))


def test_a_plan_and_the_status_name_what_another_version_makes_anew(
    store: RunContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet, "PARSER_VERSION", "another")
    plan = plan_year(store.paths, YEAR, store.limits)
    assert (plan.read_count, plan.joined_again.total()) == (0, 6)
    assert "6 documents are to be joined again" in "\n".join(status_lines(store.paths))
    monkeypatch.setattr(parquet, "READER_VERSION", "another")
    plan = plan_year(store.paths, YEAR, store.limits)
    assert (plan.read_count, plan.joined_again.total()) == (6, 0)
    monkeypatch.setattr(parquet, "SCHEMA_VERSION", "another")
    said = "\n".join(status_lines(store.paths))
    assert "projects" in said
    assert "`zc-pipeline run --year 2024` makes them anew" in said


def test_clean_removes_what_no_document_needs_and_nothing_else(store: RunContext) -> None:
    paths = store.paths
    assert find_needless(paths) == []
    assert needless_lines([], is_removed=True) == ["There is nothing to remove."]
    stray = paths.working("page_text", YEAR, "0" * 64)
    stray.write_bytes(bytes(2_000_000))
    gone_year = paths.working("stitched_rows", 2019, "1" * 64)
    gone_year.parent.mkdir(parents=True)
    gone_year.write_bytes(b"x")
    half = paths.table_dir("projects") / f".projects_2024.parquet.{DEAD}.tmp"
    half.write_bytes(b"half")
    needed = everything_below(paths)
    own_notes = paths.table_dir("page_text") / str(YEAR) / "notes.txt"
    own_notes.write_text("mine")
    at_work = paths.table_dir("projects") / f".documents_2024.parquet.{os.getpid()}.tmp"
    at_work.write_bytes(b"at work")
    found = find_needless(paths)
    assert {one.path for one in found} == {stray, gone_year, half}
    assert "2.0 MB  would be removed" in "\n".join(needless_lines(found, is_removed=False))
    assert "3 files (2.0 MB) are needed by no document" in "\n".join(size_lines(paths))
    assert everything_below(paths).keys() >= needed.keys(), "looking removes nothing"
    at_work.unlink()
    assert {one.path for one in remove_needless(store)} == {stray, gone_year, half}
    left = everything_below(paths)
    assert not gone_year.parent.exists()
    assert own_notes.exists()
    kept = {
        name: facts
        for name, facts in needed.items()
        if paths.data_dir / name not in (stray, gone_year, half) and (paths.data_dir / name).is_file()
    }
    assert {name: left[name] for name in kept if name != "state/lock"} == {
        name: facts for name, facts in kept.items() if name != "state/lock"
    }


def test_clean_keeps_what_was_read_of_a_file_that_is_gone(store: RunContext) -> None:
    (store.paths.raw_dir / str(YEAR) / "3.pdf").unlink()
    run_year(store, YEAR)
    assert find_needless(store.paths) == []


def test_clean_keeps_all_where_the_list_of_files_is_missing(store: RunContext) -> None:
    store.paths.published("raw_disclosures", YEAR).unlink()
    assert find_needless(store.paths) == []


def test_the_status_says_how_large_the_store_is(store: RunContext) -> None:
    lines = {line.split()[0]: line.split() for line in size_lines(store.paths)}
    assert lines["page_text"][1] == lines["stitched_rows"][1] == "6"
    assert lines["projects"][1] == "1"
    size = sum(path.stat().st_size for path in store.paths.parquet_dir.rglob("*.parquet"))
    assert lines["together"][2] == f"{size / 1e6:.1f}"
