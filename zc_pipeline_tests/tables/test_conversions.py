"""What a stage stores comes back as it was: records to frames and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from zc_pipeline.parse.document import PageTextResult, StitchResult, stitch_items
from zc_pipeline.parse.reading import read_page_text
from zc_pipeline.tables.notes import (
    pages_from_json,
    pages_to_json,
    problems_from_json,
    problems_to_json,
    tables_from_json,
    tables_to_json,
)
from zc_pipeline.tables.page_text import page_items, page_text_frame
from zc_pipeline.tables.stitched_rows import parse_parts, stitched_rows_frame, table_rows
from zc_pipeline_tests.conftest import SPECIMEN
from zc_pipeline_tests.drawing import faulty
from zc_pipeline_tests.tables.samples import DOCUMENT_ID


@pytest.fixture(scope="module")
def pages() -> PageTextResult:
    return read_page_text(SPECIMEN)


@pytest.fixture(scope="module")
def stitched(pages: PageTextResult) -> StitchResult:
    return stitch_items(pages.items)


def test_page_items_survive(pages: PageTextResult) -> None:
    assert tuple(page_items(page_text_frame(DOCUMENT_ID, 2024, pages.items))) == pages.items


def test_table_rows_survive(stitched: StitchResult) -> None:
    assert tuple(table_rows(stitched_rows_frame(DOCUMENT_ID, 2024, stitched.rows))) == stitched.rows


def test_notes_survive_json(pages: PageTextResult, stitched: StitchResult, tmp_path: Path) -> None:
    import json

    def through_json(value: object) -> list:  # type: ignore[type-arg]
        return json.loads(json.dumps(value))  # type: ignore[no-any-return]

    assert tuple(pages_from_json(through_json(pages_to_json(pages.pages)))) == pages.pages
    assert tuple(tables_from_json(through_json(tables_to_json(stitched.tables)))) == stitched.tables
    problems = read_page_text(faulty.not_a_pdf(tmp_path / "x.pdf")).problems
    assert problems
    assert tuple(problems_from_json(through_json(problems_to_json(problems)))) == problems


def test_stitching_what_was_stored_gives_the_same_rows(pages: PageTextResult, stitched: StitchResult) -> None:
    stored = page_items(page_text_frame(DOCUMENT_ID, 2024, pages.items))
    assert stitch_items(stored) == stitched


def test_parts_are_read_back() -> None:
    assert " ".join(map(str, parse_parts("p1g1r7 p2g1r2"))) == "p1g1r7 p2g1r2"
