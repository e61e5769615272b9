"""The sample's projects and indicators against golden files that were checked by hand.

`make golden` rewrites the files from the code; the diff is then to be held against the document.
"""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pandas as pd
import pytest

from zc_pipeline.pipeline import extract
from zc_pipeline_tests.conftest import SPECIMEN

FOLDER = Path(__file__).parent / "golden" / SPECIMEN.stem
SWITCH = "ZC_REWRITE_GOLDEN"
COLUMNS = {
    "projects": [
        "row_number",
        "unit_name",
        "project_name",
        "total_text",
        "fiscal_text",
        "special_account_text",
        "other_text",
        "performance_goal",
        "indicator_count",
        "page_first",
        "page_last",
    ],
    "indicators": [
        "row_number",
        "indicator_number",
        "level1_code",
        "level1_name",
        "level2_code",
        "level2_name",
        "indicator_name",
        "cycle_target",
        "annual_target",
        "indicator_text",
    ],
}


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    found = dict(extract([SPECIMEN], year=None, run_id="golden").frames)
    row_numbers = found["projects"][["project_id", "row_number"]]
    found["indicators"] = found["indicators"].merge(row_numbers, on="project_id", validate="many_to_one")
    return found


def as_rows(frame: pd.DataFrame, columns: list[str]) -> list[dict[str, str]]:
    return [
        {column: "" if value is None or value is pd.NA else str(value) for column, value in row.items()}
        for row in frame[columns].to_dict("records")
    ]


def test_the_switch_is_off_in_ci() -> None:
    assert not (os.environ.get("CI") and os.environ.get(SWITCH)), "golden files are never rewritten in CI"


@pytest.mark.parametrize("table", COLUMNS)
def test_every_value_of_the_sample(table: str, frames: dict[str, pd.DataFrame]) -> None:
    columns = COLUMNS[table]
    rows = as_rows(frames[table], columns)
    path = FOLDER / f"{table}.csv"
    if os.environ.get(SWITCH):
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(text.getvalue(), encoding="utf-8")
    with path.open(encoding="utf-8", newline="") as stream:
        golden = list(csv.DictReader(stream))
    assert len(rows) == len(golden)
    for row, expected in zip(rows, golden, strict=True):
        assert row == expected


def test_the_golden_files_hold_the_facts_counted_in_the_document() -> None:
    with (FOLDER / "projects.csv").open(encoding="utf-8", newline="") as stream:
        projects = list(csv.DictReader(stream))
    with (FOLDER / "indicators.csv").open(encoding="utf-8", newline="") as stream:
        indicators = list(csv.DictReader(stream))
    assert len(projects) == 51
    assert len(indicators) == 171
    assert len({row["unit_name"] for row in projects}) == 2
    fen = sum(int(row["total_text"].replace(",", "").replace(".", "")) for row in projects)
    assert fen == 4_156_182
    assert sum(int(row["indicator_count"]) for row in projects) == 171
    both_units = {"专项工作经费", "编外人员聘用经费", "因公出国（境）经费"}
    assert all(sum(row["project_name"] == name for row in projects) == 2 for name in both_units)
