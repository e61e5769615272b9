"""What was read with fewer comparisons than are wanted now is read again; what was read with more is not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.reading import read_page_text_isolated
from zc_pipeline.model import SecondReading
from zc_pipeline.pipeline.working_files import WorkingFile, why_read

EVERY, SAMPLED, WHEN_IN_DOUBT = SecondReading


@pytest.mark.parametrize(
    ("stored", "wanted", "is_read_again"),
    [
        (EVERY, EVERY, False),
        (EVERY, WHEN_IN_DOUBT, False),
        (SAMPLED, EVERY, True),
        (WHEN_IN_DOUBT, EVERY, True),
        (WHEN_IN_DOUBT, SAMPLED, True),
        (SAMPLED, WHEN_IN_DOUBT, False),
    ],
)
def test_stored_page_text(stored: SecondReading, wanted: SecondReading, is_read_again: bool) -> None:
    known = WorkingFile("00", 1, "", "", "", (), second_reading=stored.value)
    assert bool(why_read(known, Limits(second_reading=wanted))) is is_read_again


def test_the_mode_reaches_the_reader_of_another_process(specimen: Path) -> None:
    limits = replace(Limits(), second_reading=WHEN_IN_DOUBT)
    assert read_page_text_isolated(specimen, limits) == read_page_text_isolated(specimen)
