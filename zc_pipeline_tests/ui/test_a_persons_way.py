"""Open the graph, materialize a year, watch it finish, open a failed check, read which row failed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from zc_pipeline_tests.deploy.serving import Served
from zc_pipeline_tests.ui.conftest import DOUBTFUL_YEAR, GOOD_YEAR, WRONG_TOTAL

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed (extra dev)")
pytestmark = pytest.mark.slow
expect = playwright.expect
expect.set_options(timeout=60_000)
RUN_MS = 300_000
# From this size on the graph shows what is in its boxes, not only their names.
_WIDE, _USUAL = {"width": 4000, "height": 2300}, {"width": 1600, "height": 900}
_GROUPS = ("raw", "core", "out")
_AT_LEAST = {
    *("raw_disclosures", "page_text", "stitched_rows", "projects", "indicators"),
    *("documents", "problems", "reconciliation", "project_links", "project_changes"),
}


def _box(page: playwright.Page, name: str) -> playwright.Locator:
    """The box of a group or of an asset in the graph."""
    return page.locator("foreignObject").filter(has=page.locator(f'[data-tooltip="{name}"]')).first


def _open_graph(page: playwright.Page, served: Served) -> str:
    """From the start page by clicks, every group unfolded; returns the address of the graph so."""
    page.set_viewport_size(_WIDE)
    page.goto(served.url)
    page.get_by_role("link", name=re.compile("Lineage$")).click()
    for group in _GROUPS:
        page.locator(f'foreignObject [data-tooltip="{group}"]').click()
        page.wait_for_url(re.compile(f"expanded=.*{group}"))
    page.reload()  # the whole graph is brought into the window
    return page.url


def _materialize(page: playwright.Page, year: int) -> None:
    """Ask for a year as a person does, and stand on its run's page."""
    page.set_viewport_size(_USUAL)
    page.get_by_role("button", name="Materialize all").first.click()
    dialog = page.get_by_role("dialog")
    years = dialog.get_by_placeholder(re.compile("^ex: "))
    years.fill(str(year))
    years.press("Enter")
    dialog.get_by_role("button", name="Launch 1 run").click()
    page.get_by_text("View", exact=True).first.click()
    page.wait_for_url("**/runs/*")
    expect(page.get_by_text(f"partition: {year}").first).to_be_visible()


def _wait_for_success(page: playwright.Page) -> None:
    ended = page.get_by_text(re.compile("^(Success|Failure|Canceled)$")).first
    expect(ended).to_be_visible(timeout=RUN_MS)
    expect(ended).to_have_text("Success")
    expect(page.get_by_text("RUN_SUCCESS").first).to_be_visible()


def _open_check(page: playwright.Page, served: Served, table: str, check: str) -> None:
    """From the list of all assets by clicks."""
    page.goto(f"{served.url}/assets/{table}")
    page.get_by_role("tab", name="Checks").or_(page.get_by_role("link", name="Checks")).first.click()
    page.get_by_text(check, exact=True).filter(visible=True).first.click()
    page.wait_for_url(re.compile(f"checkDetail={check}"))


def test_a_year_is_materialized_by_clicks_and_the_graph_shows_it(
    page: playwright.Page, served: Served, picture: Callable[..., None]
) -> None:
    nodes = served.ask("{ assetNodes { assetKey { path } } }")["assetNodes"]
    assets = [node["assetKey"]["path"][-1] for node in nodes]
    assert set(assets) >= _AT_LEAST
    graph = _open_graph(page, served)
    for table in assets:
        expect(_box(page, table)).to_be_visible()
    _materialize(page, GOOD_YEAR)
    _wait_for_success(page)
    picture("ui_run.png")

    page.set_viewport_size(_WIDE)
    page.goto(graph)
    for table in assets:
        box = _box(page, table)
        expect(box).to_contain_text(re.compile(r"(\d+) / \1 Passed"))
    edges = [box for name in assets if (box := _box(page, name).bounding_box()) is not None]
    left, top = min(one["x"] for one in edges) - 60, min(one["y"] for one in edges) - 110
    right = max(one["x"] + one["width"] for one in edges) + 30
    bottom = max(one["y"] + one["height"] for one in edges) + 30
    picture("asset_graph.png", {"x": left, "y": top, "width": right - left, "height": bottom - top})


def test_a_failed_check_says_which_row_of_which_page(
    page: playwright.Page, served: Served, picture: Callable[..., None]
) -> None:
    page.goto(f"{served.url}/asset-groups")
    _materialize(page, DOUBTFUL_YEAR)
    _wait_for_success(page)  # one document is held, the others go on

    _open_check(page, served, "projects", "reconciliation")
    row = page.get_by_role("row").filter(has_text="sources_do_not_add_up").last
    expect(row).to_contain_text(f"{DOUBTFUL_YEAR}/held.pdf, page 1, row 5")
    expect(row).to_contain_text(f"printed {WRONG_TOTAL}")
    expect(page.get_by_text(f"{DOUBTFUL_YEAR}: documents left out: 1")).to_be_visible()
    expect(page.get_by_text("Failed", exact=True).first).to_be_visible()
    page.set_viewport_size({"width": 2300, "height": 1150})
    picture("ui_failed_check.png")
    page.set_viewport_size(_USUAL)

    _open_check(page, served, "documents", "verdicts")
    row = page.get_by_role("row").filter(has_text="sources_do_not_add_up").last
    expect(row).to_contain_text("held.pdf")
