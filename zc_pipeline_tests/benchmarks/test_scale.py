"""What places cost, worked out by hand for a machine with round figures."""

from __future__ import annotations

import pytest

pytest.importorskip("pypdf", reason="benchmarks/requirements.txt is not installed")
from benchmarks.scale import PLACES, Measured, Place, measure, plan, render

# 11 pages a document; a page: 100 ms reading, 50 sampled, 10 handing over, 20 the rest.
ROUND = Measured(
    documents=10,
    pages=110,
    reading_s=0.1,
    reading_sampled_s=0.05,
    handing_over_s=0.01,
    rest_s=0.02,
    once_s=2.0,
    reader_mb=40.0,
    run_mb=400.0,
    pdf_bytes=60_000.0,
    table_bytes=40_000.0,
    machine="a machine",
)
PLACE = Place("a place", 3_600)  # 39,600 pages: 3,960 s of reading, 396 of handing over, 792 of the rest


@pytest.mark.parametrize(
    ("cores", "is_sampled", "core_seconds", "seconds"),
    [
        (1, False, 3960 + 396 + 792, 3960 + 396 + 792),
        (2, False, 3960 + 396 + 792, (3960 + 396) / 2 + 792),
        (2, True, 1980 + 396 + 792, (1980 + 396) / 2 + 792),
        (1000, False, 3960 + 396 + 792, 396 + 792),  # its one process is what all wait for
    ],
)
def test_one_folder(cores: int, is_sampled: bool, core_seconds: float, seconds: float) -> None:
    found = plan(ROUND, PLACE, cores, is_sampled=is_sampled)
    assert found.core_hours == pytest.approx(core_seconds / 3600)
    assert found.hours == pytest.approx(seconds / 3600)
    assert found.stored_gb == pytest.approx(3.96)


def test_folders_go_side_by_side() -> None:
    found = plan(ROUND, Place("four", 3_600, folders=4), 8)
    assert found.hours == pytest.approx(((3960 + 396) / 8 + 792 / 4) / 3600)


def test_the_page_has_every_place_and_the_call() -> None:
    page = render(ROUND, "python -m benchmarks.scale --documents 10")
    assert all(place.name in page for place in PLACES)
    assert "`python -m benchmarks.scale --documents 10`" in page
    assert "= 10 cores busy" in " ".join(page.split())
    assert "| *r*: reading, both readers | 100.0 ms |" in page


@pytest.mark.slow
def test_measuring_gives_figures_of_a_page(tmp_path_factory: pytest.TempPathFactory) -> None:
    found = measure(2, tmp_path_factory.mktemp("scale"))
    assert 10 <= found.pages / found.documents <= 13
    assert found.reading_s > found.handing_over_s > 0
    assert found.rest_s >= 0
    assert found.table_bytes > 0
