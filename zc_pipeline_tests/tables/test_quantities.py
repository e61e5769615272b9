"""Targets of judged disclosures reach `indicators` as quantities, exact and beside the printed text."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from zc_pipeline.pipeline import extract
from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.quantities import QUANTITY, QUANTITY_COLUMNS
from zc_pipeline.schemas.shape import check_shape
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.tables.disclosures import quantity_values
from zc_pipeline.tables.frames import frame_of, records_of
from zc_pipeline_tests.conftest import SPECIMEN
from zc_pipeline_tests.tables.samples import indicator_row

LARGEST = "9" * 20 + ".123456"


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return extract([SPECIMEN], year=None, run_id="quantities").frames["indicators"]


def of_target(frame: pd.DataFrame, column: str, target: str) -> dict[str, Any]:
    row = records_of(frame[frame[column] == target])[0]
    prefix = column.removesuffix("target")
    return {name: row[prefix + name] for name in QUANTITY_COLUMNS}


def test_the_columns_stand_behind_the_targets_for_both() -> None:
    names = TABLES["indicators"].column_names
    start = names.index("annual_target") + 1
    expected = [prefix + name for prefix in ("cycle_", "annual_") for name in QUANTITY_COLUMNS]
    assert names[start : start + 22] == expected


def test_the_sample_is_read_beside_its_text(sample: pd.DataFrame) -> None:
    nothing = dict.fromkeys(QUANTITY_COLUMNS)
    assert of_target(sample, "cycle_target", "200亿元") == nothing | {
        "relation": "=",
        "low": Decimal(200),
        "high": Decimal(200),
        "unit": "亿元",
        "low_base": Decimal(20_000_000_000),
        "high_base": Decimal(20_000_000_000),
        "unit_base": "元",
        "is_measurable": True,
    }
    assert of_target(sample, "annual_target", "5家次以上（根据年度预算情况）") == nothing | {
        "relation": ">=",
        "low": Decimal(5),
        "unit": "家次",
        "low_base": Decimal(5),
        "unit_base": "家次",
        "is_measurable": True,
        "note": "根据年度预算情况",
    }
    assert of_target(sample, "annual_target", "按时") == nothing | {
        "relation": "qualitative",
        "is_measurable": False,
        "reason": "no_number",
    }


@pytest.mark.parametrize(
    "target",
    ["", " ", "按时", "100%", f"{LARGEST}万亿元", "-0.000001%", "0%至3%", "3万", "（以上）", "≥5家（含）"],
)
def test_any_reading_fits_the_table_and_passes_its_gates(target: str) -> None:
    quantities = quantity_values("annual_", target, "次数")
    frame = frame_of("indicators", [indicator_row(1, annual_target=target, **quantities)])
    assert check_shape("indicators", frame).failures == ()
    assert check_content("indicators", frame).failures == ()
    row = records_of(frame)[0]
    assert {name: row[name] for name in quantities} == quantities


def test_numbers_are_exact_decimals() -> None:
    fields = {field.name: field for field in TABLES["indicators"].fields}
    for prefix in ("cycle_", "annual_"):
        for name in ("low", "high", "low_base", "high_base"):
            assert fields[prefix + name].type == QUANTITY == pa.decimal128(38, 6)
    read = quantity_values("annual_", f"{LARGEST}万亿元", "")
    assert read["annual_low"] == Decimal(LARGEST)
    assert read["annual_low_base"] == Decimal("9" * 20 + "123456" + "0" * 6)
