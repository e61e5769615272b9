"""docs/notebook.py runs without a browser, and its charts hold the numbers of the page's answers."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.conftest import ROOT
from zc_pipeline_tests.questions import published_sample
from zc_pipeline_tests.questions_years import DEPARTMENT, OTHER, STATION, THIRD, published_years

pytest.importorskip("marimo", reason="marimo is not installed: pip install 'zc_pipeline[notebook]'")
pytest.importorskip("altair", reason="altair is not installed: pip install 'zc_pipeline[notebook]'")

NOTEBOOK = ROOT / "docs" / "notebook.py"


def charts_of(paths: DataPaths) -> dict[str, dict[str, Any]]:
    """Every chart of the notebook, as the specification that a browser gets."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ZC_DATA_DIR", str(paths.data_dir))
        spec = importlib.util.spec_from_file_location("notebook", NOTEBOOK)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        _, defined = module.app.run()
    return {name: one.to_dict() for name, one in defined.items() if name.endswith("_chart")}


@pytest.fixture(scope="module")
def charts() -> dict[str, dict[str, Any]]:
    return charts_of(published_sample())


def rows_of(chart: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]]
    (rows,) = chart["datasets"].values()
    return rows


def test_every_chart_is_drawn(charts: dict[str, dict[str, Any]]) -> None:
    assert len(charts) >= 10
    for name, chart in charts.items():
        is_empty = name == "fell_chart"  # the sample has no earlier year
        assert (rows_of(chart) == []) == is_empty, name


def test_charts_hold_the_answers(charts: dict[str, dict[str, Any]]) -> None:
    money = rows_of(charts["money_chart"])
    assert [(row["source"], row["amount"]) for row in money] == [("财政拨款", 41500.22), ("财政拨款", 61.6)]
    counts = {(row["kind"], row["target"]): row["count"] for row in rows_of(charts["measurable_chart"])}
    assert counts["11 数量指标", "measurable"] + counts["11 数量指标", "not measurable"] == 68
    assert sum(counts.values()) == 171
    keyword = rows_of(charts["keyword_chart"])
    assert [row["amount"] for row in keyword] == [9376.2, 175.0]
    shares = [round(row["share_pct"], 1) for row in rows_of(charts["largest_chart"])]
    assert shares == [36.1, 30.2, 22.6, 3.5, 0.7]
    assert [row["least"] for row in rows_of(charts["sums_chart"])].count(-2400) == 2
    (copied, _) = rows_of(charts["copied_chart"])
    assert copied["unit"] == "1. 中国国际贸易促进委员会广州市增城区委员会"


def test_two_years_are_drawn_with_what_fell_and_what_is_not_printed() -> None:
    charts = charts_of(published_years())
    (fell,) = rows_of(charts["fell_chart"])
    assert (fell["step"], fell["more"]) == ("≥95% → ≥90%", 15.5)
    units = [row["unit"] for row in rows_of(charts["money_chart"])]
    names = (DEPARTMENT, THIRD, STATION, "（未印）", OTHER, STATION)
    assert units == [f"{number}. {name}" for number, name in enumerate(names, start=1)]


def run_script(data_dir: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(NOTEBOOK)],
        env={**os.environ, "ZC_DATA_DIR": str(data_dir)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_it_runs_as_a_program() -> None:
    done = run_script(published_sample().data_dir)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_tables_it_says_what_to_do(tmp_path: Path) -> None:
    done = run_script(tmp_path)
    assert done.returncode == 1
    assert "call `zc-pipeline run` first, or set ZC_DATA_DIR" in done.stderr
    assert "Traceback" not in done.stderr
