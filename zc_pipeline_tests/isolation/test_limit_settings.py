"""What the environment says of limits."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from zc_pipeline import pipeline
from zc_pipeline.errors import UsageError
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.model import SecondReading
from zc_pipeline.settings import LIMIT_VARIABLES, read_limits


def test_without_variables_the_defaults_hold() -> None:
    assert read_limits({}) == Limits()
    assert read_limits({"ZC_MAX_PAGES": ""}) == Limits()


def test_every_limit_can_be_set() -> None:
    settable = {one.field for one in LIMIT_VARIABLES} | {"second_reading"}
    assert settable == {field.name for field in fields(Limits)}
    assert read_limits({"ZC_SECOND_READING": "sampled"}).second_reading is SecondReading.SAMPLED
    assert read_limits({"ZC_MAX_PAGES": "10", "ZC_MAX_SECONDS": "2.5", "ZC_MAX_MEMORY_MB": "512"}) == Limits(
        pages=10, seconds=2.5, memory_bytes=512 << 20
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ZC_MAX_PAGES", "0"),
        ("ZC_MAX_PAGES", "many"),
        ("ZC_MAX_PAGES", "1.5"),
        ("ZC_MAX_SECONDS", "-1"),
        ("ZC_MAX_SECONDS", "nan"),
        ("ZC_MAX_SECONDS", "inf"),
        ("ZC_MAX_MEMORY_MB", "1GB"),
        ("ZC_MAX_OPEN_FILES", "3"),
    ],
)
def test_a_value_that_is_not_allowed_is_named(name: str, value: str) -> None:
    with pytest.raises(UsageError, match=rf"{name}='{value}' is not allowed: it takes .* from .* to"):
        read_limits({name: value})


def test_a_wrong_variable_stops_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, specimen: Path
) -> None:
    monkeypatch.setenv("ZC_MAX_PAGES", "-1")
    with pytest.raises(UsageError, match="ZC_MAX_PAGES"):
        pipeline.extract([specimen], year=None, run_id="test")


def test_variables_reach_the_reader(monkeypatch: pytest.MonkeyPatch, specimen: Path) -> None:
    monkeypatch.setenv("ZC_MAX_PAGES", "10")
    documents = pipeline.extract([specimen], year=None, run_id="test").frames["documents"]
    assert documents["reason_codes"].tolist() == ["page_limit"]
