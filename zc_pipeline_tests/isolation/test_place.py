"""Only a process that is thrown away opens a PDF for a run."""

from __future__ import annotations

import pytest

from zc_pipeline_tests.test_rooms import MODULES, imports_of, place_of


@pytest.mark.parametrize("path", MODULES, ids=place_of)
def test_nobody_else_calls_the_readers(path) -> None:
    place = place_of(path)
    if place.startswith("parse/") or place == "isolation/worker":
        return
    called = [module for module in imports_of(path) if module.startswith("zc_pipeline.parse.readers")]
    assert called == [], f"{place}: call zc_pipeline.isolation.reading"
    text = path.read_text(encoding="utf-8")
    assert "read_page_text(" not in text, f"{place}: call read_page_text_isolated"
