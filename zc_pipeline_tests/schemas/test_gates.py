"""The gates refuse what they should, name the row, and tell a document's fault from the table's."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.shape import check_shape, check_whole, pandera_schema
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.storage.memory import give_back_memory
from zc_pipeline.tables.frames import frame_of, merge_frames
from zc_pipeline_tests.tables.samples import DOCUMENT_ID, indicator_row, project_row

ROW = {"projects": project_row, "indicators": indicator_row}


@pytest.mark.parametrize("table", ROW)
def test_right_rows_pass_both_gates(table: str) -> None:
    frame = frame_of(table, [ROW[table](1), ROW[table](2)])
    assert check_shape(table, frame).failures == ()
    assert check_content(table, frame).failures == ()


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("projects", {"document_id": "short"}),
        ("projects", {"project_name": " set in"}),
        ("projects", {"project_name": ""}),
        ("projects", {"page_first": 0}),
        ("projects", {"performance_goal": "two\nlines"}),
        ("projects", {"project_id": "p1"}),
        ("projects", {"indicator_count": -1}),
        ("projects", {"project_name": None}),
        ("indicators", {"level1_code": "x"}),
        ("indicators", {"annual_target": "1\n00%"}),
        ("indicators", {"indicator_number": 0}),
        ("indicators", {"indicator_name": ""}),
        ("indicators", {"annual_relation": "about"}),
        ("indicators", {"annual_is_measurable": None}),
        ("indicators", {"annual_unit": ""}),
    ],
)
def test_shape_names_the_document_of_a_bad_row(table: str, change: dict[str, Any]) -> None:
    result = check_shape(table, frame_of(table, [ROW[table](1), ROW[table](2, **change)]))
    assert result.failures
    assert {failure.document_id for failure in result.failures} <= {DOCUMENT_ID, "short"}
    column = next(iter(change))
    assert any(column in failure.check for failure in result.failures)


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("projects", {"page_first": 3}),
        ("projects", {"project_name": "合计"}),
        ("projects", {"performance_goal": "按时完成。第 8 页，共 11 页"}),
        ("projects", {"performance_goal": "次数；年度指标值:2次"}),
        ("indicators", {"indicator_name": "次数；实施周期指标值:2次"}),
        ("indicators", {"cycle_target": "2次；年度指标值:2次"}),
        ("indicators", {"indicator_text": "、1-产出指标"}),
        ("indicators", {"annual_low": Decimal(1)}),
        ("indicators", {"annual_relation": "range", "annual_low_base": Decimal(9)}),
        ("indicators", {"annual_relation": ">="}),
        ("indicators", {"annual_relation": "qualitative"}),
        ("indicators", {"cycle_relation": None}),
        ("indicators", {"cycle_high": None}),
        ("indicators", {"cycle_low_base": None}),
        ("indicators", {"cycle_unit": None}),
        ("indicators", {"cycle_is_measurable": False}),
        ("indicators", {"cycle_reason": "date"}),
        ("indicators", {"cycle_target": "按时", "cycle_reason": None}),
        ("indicators", {"cycle_target": "按时", "cycle_note": "视情况"}),
        ("indicators", {"cycle_target": "", "cycle_reason": "no_number"}),
    ],
)
def test_content_names_the_row_that_breaks_it(table: str, change: dict[str, Any]) -> None:
    result = check_content(table, frame_of(table, [ROW[table](1), ROW[table](2, **change)]))
    assert [failure.document_id for failure in result.failures] == [DOCUMENT_ID]
    key = TABLES[table].key[0]
    assert f"{key}={ROW[table](2)[key]}" in result.failures[0].place


def test_a_doubled_key_belongs_to_no_document() -> None:
    frame = frame_of("projects", [project_row(1), project_row(1, project_name="另一项目", row_number=2)])
    failures = check_shape("projects", frame).failures
    assert failures
    assert {failure.document_id for failure in failures} == {None}
    assert {failure.check for failure in failures} == {"key is unique"}


@pytest.mark.parametrize("bend", ["missing", "additional", "order", "float"])
def test_a_frame_of_another_shape_belongs_to_no_document(bend: str) -> None:
    frame = frame_of("projects", [project_row(1)])
    if bend == "missing":
        frame = frame.drop(columns="unit_name")
    elif bend == "additional":
        frame = frame.assign(more=1)
    elif bend == "order":
        frame = frame[[*frame.columns[1:], frame.columns[0]]]
    else:
        frame = frame.assign(total_cny=400000.0)
    failures = check_shape("projects", frame).failures
    assert failures
    assert None in {failure.document_id for failure in failures}


def test_every_table_has_a_schema_and_a_suite_that_an_empty_frame_passes() -> None:
    for table in TABLES:
        frame = frame_of(table, [])
        assert check_shape(table, frame).passed, table
        assert check_content(table, frame).passed, table


def test_schemas_are_strict_and_ordered_and_say_what_columns_mean() -> None:
    for table, spec in TABLES.items():
        schema = pandera_schema(table)
        assert schema.strict
        assert schema.ordered
        assert schema.unique == list(spec.key)
        assert all(column.description for column in schema.columns.values())


def test_money_is_exact_decimal_everywhere() -> None:
    for spec in TABLES.values():
        for field in spec.fields:
            if field.name.endswith("_cny"):
                assert str(field.type) == "decimal128(18, 2)"
                assert field.unit == "CNY"
    frame = frame_of("projects", [project_row(1, total_cny=Decimal("0.10"))])
    assert frame["total_cny"][0] + Decimal("0.20") == Decimal("0.30")


def test_the_columns_that_outsiders_rely_on_are_there() -> None:
    both = {
        "document_id",
        "table_number",
        "source_file",
        "fiscal_year",
        "department_name",
        "unit_name",
        "project_id",
        "project_name",
        "page_first",
        "page_last",
    }
    assert both <= set(TABLES["projects"].column_names)
    assert both <= set(TABLES["indicators"].column_names)
    assert {
        "total_cny",
        "fiscal_cny",
        "special_account_cny",
        "other_cny",
        "total_text",
        "fiscal_text",
        "special_account_text",
        "other_text",
        "performance_goal",
        "indicator_count",
        "row_number",
    } <= set(TABLES["projects"].column_names)
    assert {
        "indicator_id",
        "indicator_number",
        "level1_code",
        "level1_name",
        "level2_code",
        "level2_name",
        "indicator_name",
        "cycle_target",
        "annual_target",
        "indicator_text",
    } <= set(TABLES["indicators"].column_names)


def test_one_meaning_one_description() -> None:
    by_name: dict[str, set[str]] = {}
    for spec in TABLES.values():
        for field in spec.fields:
            by_name.setdefault(field.name, set()).add(str(field.type))
    assert {name: types for name, types in by_name.items() if len(types) > 1} == {}


def test_lineage_leads_to_columns_that_exist() -> None:
    for spec in TABLES.values():
        for column, sources in spec.lineage.items():
            assert column in spec.column_names
            for table, source in sources:
                assert source in TABLES[table].column_names, f"{spec.name}.{column} ← {table}.{source}"


def test_a_gate_over_nothing_checks_nothing() -> None:
    assert check_content("projects", pd.DataFrame(columns=TABLES["projects"].column_names)).checked_rows == 0


@pytest.mark.parametrize(
    "spoil",
    [
        lambda frame: pd.concat([frame, frame.iloc[[0]]], ignore_index=True),
        lambda frame: frame.assign(project_name=pd.array([None, "x"], dtype=frame["project_name"].dtype)),
        lambda frame: frame.assign(row_number=["1", "2"]),
        lambda frame: frame.drop(columns="total_cny"),
        lambda frame: frame.assign(more=1),
    ],
    ids=["key twice", "missing value", "another type", "column less", "column more"],
)
def test_what_only_the_whole_table_shows_stops_it(spoil: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    frame = frame_of("projects", [project_row(1), project_row(2)])
    assert check_whole("projects", frame).passed
    failures = check_whole("projects", spoil(frame)).failures
    assert failures
    assert all(failure.document_id is None for failure in failures)


def test_a_suite_does_not_keep_the_frames_that_it_was_given() -> None:
    def held() -> int:
        give_back_memory()
        return pa.total_allocated_bytes()

    frame = frame_of("projects", (project_row(number) for number in range(1, 501)))
    check_content("projects", frame)
    before = held()
    for _ in range(3):
        # Another frame each time, as the pipeline's batches are.
        check_content("projects", merge_frames("projects", (frame.iloc[:250], frame.iloc[250:])))
    assert held() - before < pa.Table.from_pandas(frame).nbytes / 2
