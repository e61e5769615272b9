from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from zc_pipeline.dictionary import Language
from zc_pipeline.export.published import joined_frames, read_published
from zc_pipeline.export.run import Targets, export_published
from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES, TABLES
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.frames import records_of

EXPORTED = (*PUBLISHED_TABLES, *LINK_TABLES)


@pytest.fixture(scope="module")
def connection(published: DataPaths, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """All years in one file, opened for reading."""
    path = tmp_path_factory.mktemp("duckdb") / "out.duckdb"
    export_published(published, Targets(duckdb=path))
    assert [one.name for one in path.parent.iterdir()] == ["out.duckdb"], "no log or half file is left"
    return duckdb.connect(str(path), read_only=True)


def values(connection: duckdb.DuckDBPyConnection, query: str) -> list[object]:
    return [row[0] for row in connection.execute(query).fetchall()]


def test_tables_hold_the_published_rows(published: DataPaths, connection: duckdb.DuckDBPyConnection) -> None:
    frames = joined_frames(read_published(published))
    for table in EXPORTED:
        names = [name for name in TABLES[table].column_names if name != "first_seen_at"]
        found = connection.execute(f"SELECT {', '.join(names)} FROM {table}").fetchall()
        assert found == [tuple(row[name] for name in names) for row in records_of(frames[table])]
    types = dict(
        connection.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = 'projects'"
        ).fetchall()
    )
    assert types["total_cny"] == "DECIMAL(18,2)"
    assert values(connection, "SELECT sum(total_cny) FROM projects WHERE fiscal_year = 2024") == [
        Decimal("415618200.00")
    ]


def test_every_table_and_column_has_its_chinese_comment(connection: duckdb.DuckDBPyConnection) -> None:
    for table in EXPORTED:
        spec = TABLES[table]
        comment = values(connection, f"SELECT comment FROM duckdb_tables() WHERE table_name = '{table}'")
        assert comment[0].startswith(f"{spec.title_zh}：一行是{spec.row_meaning_zh}。")
        comments = dict(
            connection.execute(
                f"SELECT column_name, comment FROM duckdb_columns() WHERE table_name = '{table}'"
            ).fetchall()
        )
        assert comments == {field.name: f"{field.title_zh}：{field.description_zh}" for field in spec.fields}


def test_views_have_chinese_headings(connection: duckdb.DuckDBPyConnection) -> None:
    for table in EXPORTED:
        spec = TABLES[table]
        shown = connection.execute(f'SELECT * FROM "{spec.title_zh}"')
        assert [one[0] for one in shown.description] == [field.title_zh for field in spec.fields]
    assert connection.execute(
        'SELECT "项目名称", "总计（元）" FROM "项目" WHERE "预算年度" = 2024 AND "项目序号" = 1'
    ).fetchall() == [("智慧增城信息化专项资金", Decimal("1187000.00"))]
    comments = values(
        connection,
        "SELECT comment FROM duckdb_columns() WHERE table_name = '项目' AND column_name = '总计（元）'",
    )
    assert comments == [next(f for f in TABLES["projects"].fields if f.name == "total_cny").description_zh]


def test_the_joined_view_has_each_indicator_with_its_project(connection: duckdb.DuckDBPyConnection) -> None:
    counts = values(connection, "SELECT count(*) FROM indicators")
    assert values(connection, 'SELECT count("指标标识") FROM "项目指标"') == counts
    assert values(connection, 'SELECT count(DISTINCT "项目标识") FROM "项目指标"') == [63]
    row = connection.execute(
        'SELECT "年度指标值", "总计（元）", "金额单位", "判定结果" FROM "项目指标" '
        "WHERE \"指标名称\" = '引进项目达产后总产值'"
    ).fetchall()
    assert row == [("200亿元", Decimal("535000.00"), "万元", "accepted")]
    comment = values(connection, "SELECT comment FROM duckdb_views() WHERE view_name = '项目指标'")
    assert "不可直接相加" in comment[0]


def test_keys_and_publications_are_in_the_file(
    published: DataPaths, connection: duckdb.DuckDBPyConnection
) -> None:
    keys = dict(
        connection.execute(
            "SELECT table_name, constraint_column_names FROM duckdb_constraints() "
            "WHERE constraint_type = 'PRIMARY KEY'"
        ).fetchall()
    )
    assert keys["projects"] == ["project_id"]
    assert keys["problems"] == ["source_file", "document_id", "problem_number"]
    required = values(
        connection,
        "SELECT column_name FROM duckdb_columns() WHERE table_name = 'documents' AND NOT is_nullable",
    )
    assert set(required) == {field.name for field in TABLES["documents"].fields if not field.nullable}
    assert connection.execute("FROM publications ORDER BY fiscal_year").fetchall() == [
        (one.label, one.publication_id) for one in read_published(published)
    ]


def test_comments_can_be_english(published: DataPaths, tmp_path: Path) -> None:
    path = tmp_path / "x.duckdb"
    export_published(published, Targets(duckdb=path), years=[2024], language=Language.ENGLISH)
    with duckdb.connect(str(path), read_only=True) as connection:
        comments = values(
            connection,
            "SELECT comment FROM duckdb_columns() "
            "WHERE table_name = 'projects' AND column_name = 'total_cny'",
        )
    assert comments[0].startswith("Total (CNY): Budget of the project")
