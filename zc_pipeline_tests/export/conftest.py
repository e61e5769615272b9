"""Published tables to export, made once by the real pipeline."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from zc_pipeline.pipeline import RunContext, publish_unfiled, run_year
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.conftest import SPECIMEN
from zc_pipeline_tests.drawing import draw_disclosure, faulty, make_disclosure, with_indicator, with_project

FORMULA_NAME = '=HYPERLINK("http://example.org","付款")'
FORMULA_TARGET = "=100%"
DEPARTMENTS = ("甲区财政局", "乙区/文化局")


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> DataPaths:
    """Two years and a stray file.

    2024 is the sample. 2023 has one accepted document of each of two departments, the first of which prints a
    name and a target that begin like formulas; a held document of the first; and a file that is no PDF.
    """
    paths = DataPaths(tmp_path_factory.mktemp("published") / "data")
    context = RunContext(paths, "test", datetime(2024, 3, 1, tzinfo=UTC))
    for folder in ("2024", "2023", "misc"):
        (paths.raw_dir / folder).mkdir(parents=True)
    shutil.copy(SPECIMEN, paths.raw_dir / "2024" / "sample.pdf")
    first, second = (
        replace(make_disclosure(seed, year=2023, projects_per_unit=3, quirks=False), department=name)
        for seed, name in enumerate(DEPARTMENTS, start=1)
    )
    first = with_project(first, 0, 1, name=FORMULA_NAME)
    first = with_indicator(first, 0, 0, 0, annual_target=FORMULA_TARGET)
    draw_disclosure(first, paths.raw_dir / "2023" / "a.pdf")
    draw_disclosure(second, paths.raw_dir / "2023" / "b.pdf")
    held = replace(make_disclosure(3, year=2023, projects_per_unit=2), department=DEPARTMENTS[0])
    faulty.amount_not_a_number(paths.raw_dir / "2023" / "c.pdf", held)
    faulty.not_a_pdf(paths.raw_dir / "2023" / "d.pdf")
    faulty.not_a_pdf(paths.raw_dir / "misc" / "stray.pdf")
    run_year(context, 2023)
    run_year(context, 2024)
    publish_unfiled(context)
    return paths
