"""What all tests share: the sample, and a data folder to work in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from zc_pipeline.pipeline import RunContext
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.drawing import Disclosure, Layout, draw_disclosure

ROOT = Path(__file__).parent.parent
SPECIMEN = ROOT / "data" / "raw" / "2024" / "zengcheng_keshang_2024.pdf"


@pytest.fixture(scope="session")
def specimen() -> Path:
    """The shipped sample: 11 pages, 2 units, 51 projects, 171 indicators."""
    return SPECIMEN


@pytest.fixture
def context(tmp_path: Path) -> RunContext:
    """A run over an empty data folder."""
    paths = DataPaths(tmp_path / "data")
    paths.raw_dir.mkdir(parents=True)
    return RunContext(paths, "test-run", datetime(2024, 3, 1, tzinfo=UTC))


@pytest.fixture
def put_pdf(context: RunContext) -> Callable[..., Path]:
    """Put a PDF (a file to copy, or a disclosure to draw) into a year's folder; returns its path."""

    def put(
        source: Path | Disclosure, name: str, year: int | str = 2024, layout: Layout | None = None
    ) -> Path:
        target = context.paths.raw_dir / str(year) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, Path):
            shutil.copy(source, target)
        else:
            draw_disclosure(source, target, layout)
        return target

    return put
