"""Readers of the tests' own, and a plain file to give them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.reading import Readers, Usage, measure_page_text
from zc_pipeline.model import Problem
from zc_pipeline_tests.conftest import ROOT
from zc_pipeline_tests.isolation import hostile

# Small enough to be hit soon, large enough for an honest page on a busy machine.
SMALL = Limits(pages=50, seconds=2.0, seconds_per_page=0.05, memory_bytes=200 << 20, result_bytes=4 << 20)

Misbehave = Callable[..., tuple[Problem, Usage]]


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """One harmless page."""
    return hostile.write_pdf(tmp_path / "plain.pdf", hostile.one_page())


@pytest.fixture
def readers_of(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Readers]]:
    """Readers that run an entry of ``misbehaving``."""
    monkeypatch.syspath_prepend(ROOT)
    made: list[Readers] = []

    def make(entry: str) -> Readers:
        made.append(Readers(f"zc_pipeline_tests.isolation.misbehaving:{entry}"))
        return made[-1]

    yield make
    for readers in made:
        readers.close()


@pytest.fixture
def misbehave(readers_of: Callable[[str], Readers], plain: Path) -> Misbehave:
    """Give a file to a reader that misbehaves; returns the only problem, and what it took."""

    def read(entry: str, limits: Limits = SMALL, path: Path = plain) -> tuple[Problem, Usage]:
        result, usage = measure_page_text(path, limits, readers_of(entry))
        assert result.items == ()
        assert result.pages == ()
        (problem,) = result.problems
        return problem, usage

    return read
