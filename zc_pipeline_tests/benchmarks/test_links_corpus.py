"""A few documents of the corpus of links; `python -m benchmarks.links` is the long form."""

from __future__ import annotations

import pytest

from benchmarks.links import Result, run


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(10, 1, tmp_path_factory.mktemp("links"))


def test_no_link_is_wrong(result: Result) -> None:
    assert result.wrong == ()
    assert result.linked > 20


def test_what_cannot_be_told_is_not_linked(result: Result) -> None:
    alike = {ending for kind, ending in result.endings if kind == "name twice, alike"}
    assert alike <= {"ambiguous"}
    assert any(line.startswith("right ") for line in result.lines())
