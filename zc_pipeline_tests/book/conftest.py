"""A data folder with everything a book must show, its book, and a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from zc_pipeline.book.write import write_book
from zc_pipeline.pipeline import RunContext, publish_unfiled, run_year
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.book import browser as browsers
from zc_pipeline_tests.conftest import SPECIMEN
from zc_pipeline_tests.drawing import Layout, draw_disclosure, faulty, make_disclosure, with_project

SCRIPT_NAME = "<script>document.title='taken'</script>&amp;<b>项目</b>"


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> DataPaths:
    """Two years: the sample, one with a script for a name, one held, one refused, one in no year."""
    paths = DataPaths(tmp_path_factory.mktemp("book") / "data")
    for year in (2023, 2024):
        (paths.raw_dir / str(year)).mkdir(parents=True)
    (paths.raw_dir / "2024" / "sample.pdf").write_bytes(SPECIMEN.read_bytes())
    draw_disclosure(
        with_project(make_disclosure(8, year=2023), 0, 1, name=SCRIPT_NAME),
        paths.raw_dir / "2023" / "script.pdf",
        Layout(page_break="split_by_lines"),
    )
    draw_disclosure(
        with_project(make_disclosure(7), 0, 1, total="9,999.99"), paths.raw_dir / "2024" / "held.pdf"
    )
    faulty.not_a_pdf(paths.raw_dir / "2023" / "page.pdf")
    faulty.not_a_pdf(paths.raw_dir / "stray.pdf")
    context = RunContext(paths, "test")
    for year in (2023, 2024):
        run_year(context, year)
    publish_unfiled(context)
    return paths


@pytest.fixture(scope="session")
def book(data: DataPaths, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book over these, with pictures."""
    target = tmp_path_factory.mktemp("written") / "book"
    write_book(data, target)
    return target


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[browsers.Page]:
    """A page of one browser that all tests share."""
    if browsers.program() is None:
        pytest.skip(f"none of {', '.join(browsers.PROGRAMS)} is installed")
    with browsers.browser(tmp_path_factory.mktemp("profile")) as page:
        yield page


@pytest.fixture
def page(chromium: browsers.Page) -> Iterator[browsers.Page]:
    """The page, as new; a test fails if it reports an error."""
    chromium.errors.clear()
    chromium.prefer("light")
    yield chromium
    found = list(chromium.errors)
    chromium.run("try { localStorage.clear() } catch {}")
    assert not found
