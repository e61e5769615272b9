from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from zc_pipeline.schemas import TABLES
from zc_pipeline.storage import parquet
from zc_pipeline.storage.parquet import read_table, write_table
from zc_pipeline.tables.frames import frame_of
from zc_pipeline_tests.tables.samples import project_row


@pytest.fixture
def frame() -> pd.DataFrame:
    return frame_of(
        "projects",
        [project_row(1, total_cny=Decimal("1187000.00")), project_row(2, total_cny=None, total_text=None)],
    )


def test_a_table_comes_back_as_it_was_written(tmp_path: Path, frame: pd.DataFrame) -> None:
    write_table(tmp_path / "x.parquet", "projects", frame, {"publication_id": "p"})
    stored = read_table(tmp_path / "x.parquet", "projects")
    assert stored is not None
    pd.testing.assert_frame_equal(stored.frame, frame)
    assert stored.notes == {"publication_id": "p"}


def test_the_file_carries_types_descriptions_units_and_printed_names(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    write_table(tmp_path / "x.parquet", "projects", frame)
    schema = pq.read_schema(tmp_path / "x.parquet")
    assert schema.names == TABLES["projects"].column_names
    total = schema.field("total_cny")
    assert total.type == pa.decimal128(18, 2)
    assert total.metadata[b"unit"] == b"CNY"
    assert total.metadata[b"printed_as"].decode() == "总计"
    assert total.metadata[b"description"]
    assert schema.metadata[b"zc_pipeline.schema_version"]
    assert schema.metadata[b"zc_pipeline.parser_version"]


def test_equal_frames_give_equal_files(tmp_path: Path, frame: pd.DataFrame) -> None:
    for name in ("a", "b"):
        write_table(tmp_path / name, "projects", frame)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_other_programs_read_the_decimals_exactly(tmp_path: Path, frame: pd.DataFrame) -> None:
    path = tmp_path / "x.parquet"
    write_table(path, "projects", frame)
    exact = [Decimal("1187000.00"), None]
    assert duckdb.sql(f"select total_cny from '{path}' order by row_number").fetchall() == [
        (value,) for value in exact
    ]
    assert pl.read_parquet(path)["total_cny"].to_list() == exact
    assert pd.read_parquet(path)["total_cny"].tolist() == exact


def test_a_missing_or_damaged_file_reads_as_none(tmp_path: Path) -> None:
    assert read_table(tmp_path / "missing", "projects") is None
    (tmp_path / "damaged").write_bytes(b"PAR1 but no more")
    assert read_table(tmp_path / "damaged", "projects") is None


@pytest.mark.parametrize(
    ("table", "version", "is_read"),
    [
        ("projects", "SCHEMA_VERSION", False),
        ("page_text", "SCHEMA_VERSION", False),
        ("projects", "PARSER_VERSION", True),
        ("projects", "READER_VERSION", True),
        ("page_text", "READER_VERSION", False),
        ("page_text", "PARSER_VERSION", True),
        ("stitched_rows", "READER_VERSION", True),
        ("stitched_rows", "PARSER_VERSION", False),
    ],
)
def test_another_versions_file_is_not_taken_for_ours(
    table: str, version: str, is_read: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_table(tmp_path / "x.parquet", table, frame_of(table, []))
    monkeypatch.setattr(parquet, version, "another")
    assert (read_table(tmp_path / "x.parquet", table) is not None) == is_read


def test_a_frame_of_other_types_is_not_written(tmp_path: Path, frame: pd.DataFrame) -> None:
    floats = frame.assign(total_cny=[0.30000000000000004, 1.0])
    with pytest.raises((pa.ArrowInvalid, pa.ArrowTypeError)):
        write_table(tmp_path / "x.parquet", "projects", floats)
    with pytest.raises(KeyError):
        write_table(tmp_path / "x.parquet", "projects", frame.drop(columns="unit_name"))
    assert list(tmp_path.iterdir()) == []


def test_times_keep_their_zone(tmp_path: Path) -> None:
    seen = datetime(2024, 3, 1, 2, 0, tzinfo=UTC)
    row = {
        "source_file": "2024/a.pdf",
        "document_id": "0" * 64,
        "fiscal_year": 2024,
        "size_bytes": 1,
        "is_copy": False,
        "first_seen_at": seen,
        "modified_at": seen,
        "withdrawn_at": None,
        "replaced_by": None,
    }
    write_table(tmp_path / "x.parquet", "raw_disclosures", frame_of("raw_disclosures", [row]))
    stored = read_table(tmp_path / "x.parquet", "raw_disclosures")
    assert stored is not None
    assert stored.frame["first_seen_at"][0] == seen
