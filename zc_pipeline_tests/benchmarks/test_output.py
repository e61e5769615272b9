"""The benchmark of reading the output, and that one department's rows lie together in what is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("duckdb", reason="DuckDB is not installed (extra export)")
pytest.importorskip("pypdf", reason="benchmarks/requirements.txt is not installed")
from benchmarks import output

OWN = output.VARIANTS[0]


@pytest.fixture(scope="module")
def tables() -> Mapping[str, pa.Table]:
    """Of 150 documents: 25,650 indicators."""
    return output.make_tables(150)


def test_every_document_has_rows_of_its_own(tables: Mapping[str, pa.Table]) -> None:
    for name, key, rows in (("projects", "project_id", 51), ("indicators", "indicator_id", 171)):
        assert tables[name].num_rows == 150 * rows
        assert len(set(tables[name].column(key).to_pylist())) == 150 * rows
        assert len(set(tables[name].column("department_name").to_pylist())) == 150
    indicators = set(tables["indicators"].column("project_id").to_pylist())
    assert indicators <= set(tables["projects"].column("project_id").to_pylist())


def test_a_department_is_found_in_few_row_groups(tables: Mapping[str, pa.Table], tmp_path: Path) -> None:
    """What is asked for of a year is mostly one department: who asks opens the groups that can have it."""
    path = output.write(tables["indicators"], "indicators", OWN, tmp_path)
    file = pq.ParquetFile(path)
    place = file.schema_arrow.get_field_index("department_name")
    groups = [file.metadata.row_group(n).column(place).statistics for n in range(file.num_row_groups)]
    assert len(groups) >= 3
    for number in (0, 75, 149):
        department = output.department_of(number)
        assert 1 <= sum(group.min <= department <= group.max for group in groups) <= 2


def test_every_way_of_writing_gives_the_same_answers(tmp_path: Path) -> None:
    """A wrong answer ends the measuring, so that there is none in the page."""
    findings = output.measure(3, tmp_path, rounds=1)
    assert len(findings) == len(output.VARIANTS)
    assert all(one.duckdb > 0 and one.pandas > 0 and min(one.sizes.values()) > 0 for one in findings)


def test_a_goal_that_is_missed_is_marked() -> None:
    met = output.Written(OWN, {"projects": 1, "indicators": 1}, 0.0, 0.9, 0.9)
    missed = replace(met, pandas=1.1)
    rows = output.section(10, [met, missed]).splitlines()[-2:]
    assert rows[0].endswith("| met |")
    assert rows[1].endswith("| **falls short** |")
