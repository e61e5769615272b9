"""A served pipeline over two years, and a browser."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from zc_pipeline_tests.book.browser import PROGRAMS, program
from zc_pipeline_tests.conftest import ROOT
from zc_pipeline_tests.deploy.serving import Served
from zc_pipeline_tests.drawing import draw_disclosure, make_disclosure, with_project

if TYPE_CHECKING:
    from playwright.sync_api import Page

GOOD_YEAR, DOUBTFUL_YEAR = 2024, 2023
WRONG_TOTAL = "9,999.99"  # in row 5: headings, grand total, unit, one project, and this one
_WIDTH, _HEIGHT = 1600, 900
_PICTURE_WIDTH = 1900
_PATIENCE_MS = 60_000
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def served(request: pytest.FixtureRequest) -> Served:
    """The UI over a data folder with the sample, and a year with a document that is held."""
    if program() is None:
        pytest.skip(f"none of {', '.join(PROGRAMS)} is installed (Debian: apt-get install chromium)")
    server: Served = request.getfixturevalue("project_server")
    doubtful = server.data_dir / "raw" / str(DOUBTFUL_YEAR)
    doubtful.mkdir()
    draw_disclosure(make_disclosure(8, year=DOUBTFUL_YEAR), doubtful / "sound.pdf")
    wrong = with_project(make_disclosure(7, year=DOUBTFUL_YEAR), 0, 1, total=WRONG_TOTAL)
    draw_disclosure(wrong, doubtful / "held.pdf")
    return server


@pytest.fixture(scope="module")
def page(served: Served) -> Iterator[Page]:
    """One page of Debian's browser: playwright starts it and downloads none of its own."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program(), args=list(_FLAGS))
        one = browser.new_page(viewport={"width": _WIDTH, "height": _HEIGHT}, locale="en-US")
        one.set_default_timeout(_PATIENCE_MS)
        yield one
        browser.close()


@pytest.fixture
def picture(page: Page) -> Callable[..., None]:
    """Write a screenshot into docs/images where that is asked for; ``clip`` as playwright takes it."""

    def write(name: str, clip: dict[str, float] | None = None) -> None:
        if os.environ.get("ZC_WRITE_SCREENSHOTS") == "1":
            page.add_style_tag(content="[data-sonner-toast] { display: none !important }")
            shot = Image.open(io.BytesIO(page.screenshot(clip=clip, animations="disabled")))
            shot.thumbnail((_PICTURE_WIDTH, _PICTURE_WIDTH))
            shot.convert("RGB").save(ROOT / "docs" / "images" / name, optimize=True)

    return write
