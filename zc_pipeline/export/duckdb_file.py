"""A DuckDB file: the tables with comments on every column, and views with Chinese headings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from zc_pipeline.dictionary import Language, description_of, title_of
from zc_pipeline.errors import UsageError
from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.fields import Field, TableSpec
from zc_pipeline.storage.files import Writer
from zc_pipeline.storage.parquet import to_arrow

# The oldest release that is to read the file.
_READABLE_FROM: Final = "v1.2.0"
_JOINED_VIEW: Final = "项目指标"
_JOINED_COMMENT: Final = (
    "一行是一个项目的一条绩效指标，附项目和公开文件的各列；没有指标的项目也占一行。"
    "金额按项目重复出现，不可直接相加。"
)
_PUBLICATIONS_COMMENT: Final = {
    Language.ENGLISH: "One row is a fiscal year with the publication that its rows in all tables are of.",
    Language.CHINESE: "一行是一个预算年度及其各表所属的发布标识。",
}


def duckdb_writer(
    frames: Mapping[str, pd.DataFrame], publications: Mapping[str, str], language: Language
) -> Writer:
    """A function that writes the tables as one DuckDB file.

    The file has each table with its key, ``NOT NULL`` and comments in the language; for each a view with
    Chinese headings (项目 for projects); the view 项目指标, which joins projects, indicators and documents;
    and ``publications``.

    Raises:
        UsageError: DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise UsageError(
            "Writing a DuckDB file needs DuckDB. Install it with: pip install 'zc_pipeline[export]'"
        ) from error

    def write(path: Path) -> None:
        path.unlink(missing_ok=True)
        log = path.with_name(path.name + ".wal")
        try:
            with duckdb.connect(config={"preserve_insertion_order": True}) as connection:
                connection.execute(
                    f"ATTACH {_text(str(path))} AS target (STORAGE_VERSION '{_READABLE_FROM}')"
                )
                connection.execute("USE target")
                for table, frame in frames.items():
                    connection.register("incoming", to_arrow(table, frame))
                    connection.execute(f"CREATE TABLE {_name(table)} AS FROM incoming")
                    connection.unregister("incoming")
                for statement in _statements(frames, publications, language):
                    connection.execute(statement)
                connection.execute("USE memory")
                connection.execute("DETACH target")
        finally:
            log.unlink(missing_ok=True)

    return write


def _statements(tables: Iterable[str], publications: Mapping[str, str], language: Language) -> Iterator[str]:
    """Everything but the rows: keys, comments, views."""
    specs = [TABLES[table] for table in tables]
    for spec in specs:
        yield from _table_statements(spec, language)
        yield from _view_statements(
            spec.title_zh, f"FROM {_name(spec.name)}", spec.fields, {}, _sentence_zh(spec)
        )
    yield from _joined_view()
    yield "CREATE TABLE publications (fiscal_year VARCHAR PRIMARY KEY, publication_id VARCHAR NOT NULL)"
    yield f"COMMENT ON TABLE publications IS {_text(_PUBLICATIONS_COMMENT[language])}"
    for year, publication in publications.items():
        yield f"INSERT INTO publications VALUES ({_text(year)}, {_text(publication)})"


def _table_statements(spec: TableSpec, language: Language) -> Iterator[str]:
    table = _name(spec.name)
    for field in spec.fields:
        if not field.nullable:
            yield f"ALTER TABLE {table} ALTER COLUMN {_name(field.name)} SET NOT NULL"
    if not any(field.nullable for field in spec.fields if field.name in spec.key):
        yield f"ALTER TABLE {table} ADD PRIMARY KEY ({', '.join(map(_name, spec.key))})"
    if language is Language.CHINESE:
        about = f"{spec.title_zh}：{_sentence_zh(spec)}"
    else:
        about = " ".join([f"One row is {spec.row_meaning}.", *spec.warnings])
    yield f"COMMENT ON TABLE {table} IS {_text(about)}"
    for field in spec.fields:
        comment = f"{title_of(field, language)}{'：' if language is Language.CHINESE else ': '}"
        yield (
            f"COMMENT ON COLUMN {table}.{_name(field.name)} IS "
            f"{_text(comment + description_of(field, language))}"
        )


def _view_statements(
    view: str, source: str, fields: Iterable[Field], prefixes: Mapping[str, str], comment: str
) -> Iterator[str]:
    """A view with Chinese headings; ``prefixes`` says whose a column is in a source of several tables."""
    chosen = list(fields)
    columns = ", ".join(
        f"{prefixes.get(field.name, '')}{_name(field.name)} AS {_name(field.title_zh)}" for field in chosen
    )
    yield f"CREATE VIEW {_name(view)} AS SELECT {columns} {source}"
    yield f"COMMENT ON VIEW {_name(view)} IS {_text(comment)}"
    for field in chosen:
        yield f"COMMENT ON COLUMN {_name(view)}.{_name(field.title_zh)} IS {_text(field.description_zh)}"


def _joined_view() -> Iterator[str]:
    fields: list[Field] = []
    prefixes: dict[str, str] = {}
    titles: set[str] = set()
    for alias, table in (("p", "projects"), ("i", "indicators"), ("d", "documents")):
        for field in TABLES[table].fields:
            if field.name not in prefixes and field.title_zh not in titles:
                prefixes[field.name] = f"{alias}."
                titles.add(field.title_zh)
                fields.append(field)
    source = (
        "FROM projects AS p LEFT JOIN indicators AS i ON i.project_id = p.project_id "
        "JOIN documents AS d ON d.source_file = p.source_file AND d.table_number = p.table_number"
    )
    yield from _view_statements(_JOINED_VIEW, source, fields, prefixes, _JOINED_COMMENT)


def _sentence_zh(spec: TableSpec) -> str:
    return "".join([f"一行是{spec.row_meaning_zh}。", *spec.warnings_zh])


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
