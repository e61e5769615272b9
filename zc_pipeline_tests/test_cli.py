"""The console script as a stranger uses it: words in, tables out, exit codes, the last line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from zc_pipeline.pipeline import RunContext
from zc_pipeline_tests.commands import call, last_line, started
from zc_pipeline_tests.conftest import SPECIMEN
from zc_pipeline_tests.drawing import faulty, make_disclosure

TABLES = {"documents", "page_text", "stitched_rows", "projects", "indicators", "reconciliation", "problems"}
Put = Callable[..., Path]


def test_help_names_the_commands_and_exit_codes(tmp_path: Path) -> None:
    done = started("--help", cwd=tmp_path)
    assert done.returncode == 0
    for word in ("run", "extract", "status", "show", "Exit codes", "data/raw/<year>/"):
        assert word in done.stdout


def test_run_then_nothing_new_then_status(context: RunContext, put_pdf: Put, tmp_path: Path) -> None:
    put_pdf(SPECIMEN, "sample.pdf")
    data = str(context.paths.data_dir)
    first = started("run", cwd=tmp_path, ZC_DATA_DIR=data)
    assert first.returncode == 0, first.stderr
    assert "1 accepted, 0 held, 0 refused" in first.stdout
    assert "Projects    51" in first.stdout
    assert "Indicators  171" in first.stdout
    assert "printed 41,561.81, re-added 41,561.82 万元" in first.stdout
    assert str(context.paths.parquet_dir) in first.stdout

    second = call("run", "--data-dir", data, cwd=tmp_path)
    assert second.returncode == 0
    assert "nothing new" in second.stdout

    status = call("status", "--data-dir", data, cwd=tmp_path)
    assert status.returncode == 0
    row = next(line for line in status.stdout.splitlines() if line.strip().startswith("2024"))
    assert row.split() == ["2024", "1", "0", "1", "0", "0"]

    unknown = call("run", "--redo", "nowhere.pdf", "--data-dir", data, cwd=tmp_path)
    assert unknown.returncode == 2
    assert "nowhere.pdf" in last_line(unknown)

    again = call("run", "--redo", "sample.pdf", "--data-dir", data, cwd=tmp_path)
    assert again.returncode == 0
    assert "1 accepted" in again.stdout


def test_run_with_bad_files_says_why_last(context: RunContext, put_pdf: Put, tmp_path: Path) -> None:
    put_pdf(make_disclosure(1), "good.pdf")
    put_pdf(make_disclosure(2), "stray.pdf", "misc")
    faulty.not_a_pdf(context.paths.raw_dir / "2024" / "page.pdf")
    done = call("run", "--data-dir", context.paths.data_dir, cwd=tmp_path)
    assert done.returncode == 3
    assert "1 accepted, 0 held, 2 refused" in done.stdout
    assert "not_a_pdf" in done.stdout
    assert "wrong_year_folder" in done.stdout
    assert "held or refused" in last_line(done)


def test_run_without_a_raw_folder_is_wrong_usage(tmp_path: Path) -> None:
    done = call("run", "--data-dir", tmp_path / "nowhere", cwd=tmp_path)
    assert done.returncode == 2
    assert "There is no folder" in last_line(done)


def test_a_year_emptied_at_once_exits_1_with_the_reason_last(
    context: RunContext, put_pdf: Put, tmp_path: Path
) -> None:
    path = put_pdf(make_disclosure(1), "a.pdf")
    assert call("run", "--data-dir", context.paths.data_dir, cwd=tmp_path).returncode == 0
    path.unlink()
    done = call("run", "--data-dir", context.paths.data_dir, cwd=tmp_path)
    assert done.returncode == 1
    assert "holds no PDF any more" in last_line(done)


@pytest.mark.parametrize("file_format", ["parquet", "csv", "json"])
def test_extract_writes_one_file_a_table(file_format: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / f"projects.{file_format}").write_text("old")
    (out / "mine.txt").write_text("mine")
    begin = started if file_format == "parquet" else call
    done = begin("extract", SPECIMEN, "--out", out, "--format", file_format, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in out.iterdir()} == {f"{table}.{file_format}" for table in TABLES} | {
        "mine.txt"
    }
    path = out / f"projects.{file_format}"
    if file_format == "parquet":
        rows = pd.read_parquet(path).to_dict("records")
        assert str(rows[0]["total_cny"]) == "1187000.00"
    elif file_format == "csv":
        rows = pd.read_csv(path, dtype=str).to_dict("records")
        assert rows[0]["total_cny"] == "1187000.00"
    else:
        rows = json.loads(path.read_text(encoding="utf-8"))
        assert rows[0]["total_cny"] == "1187000.00"
        assert rows[0]["special_account_cny"] is None
    assert len(rows) == 51
    assert rows[0]["source_file"] == SPECIMEN.name
    assert int(rows[0]["fiscal_year"]) == 2024


def test_extract_takes_the_year_from_folder_print_or_words(put_pdf: Put, tmp_path: Path) -> None:
    out = tmp_path / "out"

    def year_of() -> int:
        return int(pd.read_parquet(out / "projects.parquet")["fiscal_year"].iloc[0])

    in_folder = put_pdf(make_disclosure(1, year=2022), "a.pdf", 2023)
    assert call("extract", in_folder, "--out", out, cwd=tmp_path).returncode == 0
    assert year_of() == 2023
    printed = put_pdf(make_disclosure(1, year=2022), "b.pdf", "misc")
    assert call("extract", printed, "--out", out, "--year", "2021", cwd=tmp_path).returncode == 0
    assert year_of() == 2022
    silent = put_pdf(make_disclosure(1, year=None), "c.pdf", "misc")
    without = call("extract", silent, "--out", out, cwd=tmp_path)
    assert without.returncode == 2
    assert "--year" in last_line(without)
    assert call("extract", silent, "--out", out, "--year", "2021", cwd=tmp_path).returncode == 0
    assert year_of() == 2021


def test_extract_of_a_bad_file_exits_3_and_names_it(tmp_path: Path) -> None:
    bad = faulty.not_a_pdf(tmp_path / "page.pdf")
    done = call("extract", bad, SPECIMEN, "--out", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 3
    assert "refused: page.pdf" in done.stdout
    assert "1 accepted, 0 held, 1 refused" in done.stdout
    assert len(pd.read_parquet(tmp_path / "out" / "projects.parquet")) == 51


def test_extract_of_no_file_is_wrong_usage(tmp_path: Path) -> None:
    done = call("extract", tmp_path / "nowhere.pdf", "--out", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 2
    assert "nowhere.pdf" in done.stderr
    assert not (tmp_path / "out").exists()
