"""Files that change, vanish, or cannot be read while a run is at work; and names that are not UTF-8."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from zc_pipeline import pipeline
from zc_pipeline.errors import PublicationStopped
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.reading import read_page_text_isolated
from zc_pipeline.model import SecondReading
from zc_pipeline.parse.document import PageTextResult, hash_file
from zc_pipeline.pipeline import RunContext, executors, run_year
from zc_pipeline.pipeline.working_files import completed_notes, would_read_otherwise
from zc_pipeline.settings import read_settings
from zc_pipeline.storage.files import write_json
from zc_pipeline.storage.parquet import read_table
from zc_pipeline_tests.drawing import make_disclosure

Put = Callable[..., Path]
YEAR = 2024
NOT_UTF8 = os.fsdecode("预算".encode("gbk") + b".pdf")


def published(context: RunContext, table: str, year: int = YEAR) -> pd.DataFrame:
    stored = read_table(context.paths.published(table, year), table)
    assert stored is not None
    return stored.frame


def ids(context: RunContext, year: int = YEAR) -> dict[str, str]:
    listed = published(context, "raw_disclosures", year)
    listed = listed[listed["withdrawn_at"].isna()]
    return dict(zip(listed["source_file"], listed["document_id"], strict=True))


# --- replaced ---------------------------------------------------------------------------------------


def test_a_file_replaced_between_listing_and_reading_stops_the_run_and_keeps_the_others(
    context: RunContext, put_pdf: Put
) -> None:
    put_pdf(make_disclosure(1), "a.pdf")
    path = put_pdf(make_disclosure(2), "b.pdf")
    first = hash_file(path)
    pipeline.find_raw(context, YEAR)
    put_pdf(make_disclosure(3), "b.pdf")
    with pytest.raises(PublicationStopped, match=r"b\.pdf changed while the run read it; run again"):
        pipeline.read_pages(context, YEAR)
    assert not context.paths.working("page_text", YEAR, first).exists()
    assert context.paths.working("page_text", YEAR, ids(context)["2024/a.pdf"]).exists()
    run_year(context, YEAR)
    assert ids(context)["2024/b.pdf"] == hash_file(path) != first
    assert not context.paths.working("page_text", YEAR, first).exists()


def test_a_file_replaced_and_put_back_during_its_reading_is_read_anew(
    context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader sees another content; before and after it the file is the same."""
    path = put_pdf(make_disclosure(1), "a.pdf")
    other = put_pdf(make_disclosure(2), "other.pdf", "elsewhere")
    seen = iter([other])
    true_read = read_page_text_isolated

    def swapped(place: Path, limits: Limits) -> PageTextResult:
        meanwhile = next(seen, None)
        if meanwhile is None:
            return true_read(place, limits)
        kept = place.rename(place.with_suffix(".kept"))
        shutil.copy(meanwhile, place)
        try:
            return true_read(place, limits)
        finally:
            kept.replace(place)

    monkeypatch.setattr(executors, "read_page_text_isolated", swapped)
    true_pages = true_read(path, Limits())
    assert executors.guarded_read(path, Limits(), hash_file(path)) == true_pages


def test_the_bytes_that_are_shipped_are_those_that_were_hashed(
    context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    path = put_pdf(make_disclosure(1), "a.pdf")

    class Client:
        def __init__(self, *_: object, **__: object) -> None: ...
        def __enter__(self) -> Client:
            return self

        def __exit__(self, *_: object) -> None: ...
        def wait_for_workers(self, *_: object, **__: object) -> None: ...
        def nthreads(self) -> dict[str, int]:
            return {"one": 1}

        def get_executor(self, **_: object) -> Executor:
            return ThreadPoolExecutor(1)  # runs what was packed in this process

    monkeypatch.setattr(distributed, "Client", Client)
    given = read_settings({"ZC_EXECUTOR": "dask", "ZC_DASK_SCHEDULER": "tcp://127.0.0.1:1"})
    with executors.reading_executor(given) as reading:
        (same,) = executors.read_files(reading, [(path, hash_file(path))], Limits())
        assert same.items
        with pytest.raises(PublicationStopped, match="changed while the run read it"):
            list(executors.read_files(reading, [(path, "0" * 64)], Limits()))


def test_another_content_of_the_same_size_within_the_second_is_seen(context: RunContext) -> None:
    path = context.paths.raw_dir / str(YEAR) / "a.pdf"
    path.parent.mkdir()
    path.write_bytes(b"%PDF one")
    os.utime(path, ns=(10**18, 10**18 + 1000))
    pipeline.find_raw(context, YEAR)
    first = ids(context)
    path.write_bytes(b"%PDF two")
    os.utime(path, ns=(10**18, 10**18 + 500_000_000))
    pipeline.find_raw(context, YEAR)
    assert ids(context)["2024/a.pdf"] == hash_file(path) != first["2024/a.pdf"]


def test_after_a_stop_the_file_is_hashed_anew_even_with_its_old_time(
    context: RunContext, put_pdf: Put
) -> None:
    path = put_pdf(make_disclosure(1), "a.pdf")
    pipeline.find_raw(context, YEAR)
    facts = path.stat()
    content = path.read_bytes()
    path.write_bytes(content.replace(b"%%EOF", b"%%EOG"))
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    with pytest.raises(PublicationStopped, match="run again"):
        pipeline.read_pages(context, YEAR)
    pipeline.find_raw(context, YEAR)
    assert hash_file(path) in ids(context).values()
    assert pipeline.read_pages(context, YEAR).made == 1


# --- not to be read just now ------------------------------------------------------------------------


def test_what_could_not_be_read_is_tried_again_until_it_can(context: RunContext, put_pdf: Put) -> None:
    path = put_pdf(make_disclosure(1), "a.pdf")
    pipeline.find_raw(context, YEAR)
    away = path.rename(path.with_suffix(".away"))
    pipeline.read_pages(context, YEAR)
    away.rename(path)
    pipeline.stitch_pages(context, YEAR)
    pipeline.publish_year(context, YEAR, pipeline.judge_year(context, YEAR))
    assert published(context, "documents")["reason_codes"].tolist() == ["file_unreadable"]
    assert pipeline.pending_years(context.paths) == [YEAR]
    run_year(context, YEAR)
    assert published(context, "documents")["verdict"].tolist() == ["accepted"]
    assert pipeline.pending_years(context.paths) == []


def test_a_file_that_was_unreadable_and_is_gone_leaves_nothing_to_do(
    context: RunContext, put_pdf: Put
) -> None:
    for seed in range(1, 3):
        put_pdf(make_disclosure(seed), f"{seed}.pdf")
    pipeline.find_raw(context, YEAR)
    (context.paths.raw_dir / str(YEAR) / "1.pdf").unlink()
    run = dataclasses.replace(context, accept_removals=True)
    pipeline.read_pages(run, YEAR)
    run_year(run, YEAR)
    assert pipeline.pending_years(context.paths) == []


def test_a_folder_that_cannot_be_listed_stops_instead_of_withdrawing(tmp_path: Path) -> None:
    """As a user whom permissions bind: in a process of its own."""
    folder = tmp_path / "raw" / "2024" / "dept"
    folder.mkdir(parents=True)
    (folder / "a.pdf").write_bytes(b"%PDF a")
    code = (
        "import os, sys\n"
        "from pathlib import Path\n"
        "from zc_pipeline.errors import UsageError\n"
        "from zc_pipeline.storage.paths import DataPaths\n"
        "from zc_pipeline.storage.raw import scan_raw\n"
        "os.chdir(sys.argv[1])\n"
        "if os.geteuid() == 0:\n"
        "    os.setuid(65534)\n"
        "try:\n"
        "    print('found', [file.source_file for file in scan_raw(DataPaths(Path('.')))])\n"
        "except UsageError as error:\n"
        "    print('refused', error)\n"
    )
    for place in (tmp_path, tmp_path / "raw", tmp_path / "raw" / "2024"):
        place.chmod(0o755)

    def said() -> str:
        done = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
        )
        return done.stdout

    folder.chmod(0o755)
    assert said() == "found ['2024/dept/a.pdf']\n"
    for mode in (0o000, 0o444):
        folder.chmod(mode)
        answer = said()
        folder.chmod(0o755)
        assert answer.startswith("refused The folder raw/2024/dept cannot be looked through"), oct(mode)


# --- names ------------------------------------------------------------------------------------------


def test_a_name_that_is_not_utf8_is_taken_in_like_any_other(context: RunContext, put_pdf: Put) -> None:
    path = put_pdf(make_disclosure(1), "plain.pdf")
    try:
        path.rename(path.with_name(NOT_UTF8))
    except OSError:
        pytest.skip("this file system has UTF-8 names only")
    assert pipeline.pending_years(context.paths) == [YEAR]
    run_year(context, YEAR)
    documents = published(context, "documents")
    assert documents["source_file"].tolist() == ["2024/Ԥ\\xcb\\xe3.pdf"]
    assert documents["verdict"].tolist() == ["accepted"]
    assert pipeline.pending_years(context.paths) == []


# --- what makes a year pending ----------------------------------------------------------------------


def complete(context: RunContext, year: int) -> dict[str, str]:
    """List a year's files and call it completed, as a run does that has nothing else to say."""
    pipeline.find_raw(context, year)
    stored = read_table(context.paths.published("raw_disclosures", year), "raw_disclosures")
    assert stored is not None
    notes = completed_notes([], context.limits, is_unread=False)
    write_json(context.paths.completed(year), {"fingerprint": stored.notes["fingerprint"], **notes})
    return {one: found[0]["code"] for one, found in stored.notes["problems"].items()}


def test_a_content_in_two_years_is_said_of_both_and_no_longer_when_one_is_gone(context: RunContext) -> None:
    for year in (2023, 2024):
        folder = context.paths.raw_dir / str(year)
        folder.mkdir()
        for number in range(6):  # of one size, as other contents can be
            (folder / f"{number}.pdf").write_bytes(f"%PDF {year} {number}".encode())
    (context.paths.raw_dir / "2023" / "same.pdf").write_bytes(b"%PDF same")
    assert complete(context, 2023) == complete(context, 2024) == {}
    assert pipeline.pending_years(context.paths) == []
    twin = context.paths.raw_dir / "2024" / "same.pdf"
    twin.write_bytes(b"%PDF same")
    assert pipeline.pending_years(context.paths) == [2023, 2024]
    assert list(complete(context, 2023).values()) == ["same_file_in_two_years"]
    assert list(complete(context, 2024).values()) == ["same_file_in_two_years"]
    assert pipeline.pending_years(context.paths) == []
    twin.unlink()
    assert pipeline.pending_years(context.paths) == [2023, 2024]
    assert complete(context, 2023) == complete(context, 2024) == {}
    assert pipeline.pending_years(context.paths) == []


@pytest.mark.parametrize(
    ("noted", "wanted", "is_pending"),
    [("when_in_doubt", "every", True), ("every", "every", False), ("every", "when_in_doubt", False)],
)
def test_a_year_read_with_fewer_comparisons_than_wanted_is_pending(
    noted: str, wanted: str, is_pending: bool
) -> None:
    notes = completed_notes([], Limits(second_reading=SecondReading(noted)), is_unread=False)
    assert would_read_otherwise(notes, Limits(second_reading=SecondReading(wanted))) is is_pending


def test_the_setting_of_the_second_reading_makes_completed_years_pending(
    context: RunContext, put_pdf: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(make_disclosure(1), "a.pdf")
    quick = dataclasses.replace(context.limits, second_reading=SecondReading.WHEN_IN_DOUBT)
    monkeypatch.setenv("ZC_SECOND_READING", "when_in_doubt")
    run_year(dataclasses.replace(context, limits=quick), YEAR)
    assert pipeline.pending_years(context.paths) == []
    monkeypatch.setenv("ZC_SECOND_READING", "every")
    assert pipeline.pending_years(context.paths) == [YEAR]


def test_five_thousand_files_are_looked_through_in_no_time(context: RunContext) -> None:
    for year in range(2015, 2025):
        folder = context.paths.raw_dir / str(year)
        folder.mkdir()
        for number in range(500):
            (folder / f"{number}.pdf").write_bytes(f"%PDF {year} {number:4}".encode())
        complete(context, year)
    began = time.monotonic()
    assert pipeline.pending_years(context.paths) == []
    assert time.monotonic() - began < 2
