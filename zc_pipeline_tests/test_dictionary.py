"""The description of tables and columns: whole in both languages, true to the sample, and in the files."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from zc_pipeline.dictionary import PAGES, Language, render_dictionary, title_of
from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.fields import Field, TableSpec
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.conftest import SPECIMEN

CHINESE = re.compile(r"[\u4e00-\u9fff]")
COLUMNS = [(spec, field) for spec in TABLES.values() for field in spec.fields]
ALL_COLUMNS = pytest.mark.parametrize(
    ("spec", "field"), COLUMNS, ids=[f"{spec.name}.{field.name}" for spec, field in COLUMNS]
)
UNITS = {"CNY": "元", "pt": "磅", "percent": "%", "byte": "字节"}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> DataPaths:
    """A folder with the sample, read."""
    paths = DataPaths(tmp_path_factory.mktemp("described") / "data")
    folder = paths.raw_dir / "2024"
    folder.mkdir(parents=True)
    (folder / SPECIMEN.name).write_bytes(SPECIMEN.read_bytes())
    run_year(RunContext(paths, "test", datetime(2024, 3, 1, tzinfo=UTC)), 2024)
    return paths


def files_of(paths: DataPaths, table: str) -> list[Path]:
    return sorted(paths.table_dir(table).rglob("*.parquet"))


def as_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@ALL_COLUMNS
def test_every_column_is_described_in_both_languages(spec: TableSpec, field: Field) -> None:
    assert field.description.endswith((".", "`")), "an English sentence"
    assert CHINESE.search(field.title_zh), "a Chinese heading"
    assert CHINESE.search(field.description_zh), "a Chinese description"
    assert field.description_zh.endswith("。"), "a Chinese sentence"
    assert field.title_zh == field.title_zh.strip()
    if field.unit in UNITS:
        assert field.title_zh.endswith(f"（{UNITS[field.unit]}）"), "the heading names the unit"
    if field.nullable:
        assert "Null" in field.description or "null" in field.description
        assert "空值" in field.description_zh, "what an empty cell means"


@pytest.mark.parametrize("spec", TABLES.values(), ids=TABLES)
def test_every_table_is_described_in_both_languages(spec: TableSpec) -> None:
    for text in (spec.title_zh, spec.row_meaning_zh, *spec.warnings_zh):
        assert CHINESE.search(text)
    assert not spec.row_meaning_zh.endswith("。"), "it completes a sentence"
    assert len(spec.warnings_zh) == len(spec.warnings)
    for language in Language:
        titles = [title_of(field, language) for field in spec.fields]
        assert len(set(titles)) == len(titles), "headings of a table differ from each other"


def test_a_column_has_one_heading_wherever_it_stands() -> None:
    titles = defaultdict(set)
    for _, field in COLUMNS:
        titles[field.name].add(field.title_zh)
    # What a row is, what a column named in it is, and what a reason is given for, differ by table.
    assert {name for name, found in titles.items() if len(found) > 1} <= {"kind", "column_name", "reason"}


def test_english_headings_name_the_unit() -> None:
    fields = {field.name: field for field in TABLES["projects"].fields}
    assert title_of(fields["total_cny"], Language.ENGLISH) == "Total (CNY)"
    assert title_of(fields["total_cny"], Language.CHINESE) == "总计（元）"
    assert title_of(fields["page_first"], Language.ENGLISH) == "Page first"


def test_examples_are_values_of_the_sample(sample: DataPaths) -> None:
    wrong = []
    for spec in TABLES.values():
        values: dict[str, set[str]] = defaultdict(set)
        for path in files_of(sample, spec.name):
            table = pq.read_table(path, partitioning=None)
            for name in table.column_names:
                values[name] |= {as_text(one) for one in table[name].to_pylist() if one is not None}
        has_rows = any(values.values())
        for field in spec.fields:
            # What changes between runs or versions has none; a table without rows shows shared columns' ones.
            if field.is_volatile or field.name == "parser_version" or not has_rows:
                continue
            if field.example is None and values[field.name]:
                wrong.append(f"{spec.name}.{field.name} has none, e.g. {sorted(values[field.name])[0]!r}")
            if field.example is not None and field.example not in values[field.name]:
                wrong.append(f"{spec.name}.{field.name}: {field.example!r} is not in the sample")
    assert wrong == []


def test_a_written_file_carries_both_descriptions(sample: DataPaths) -> None:
    for table in ("projects", "indicators", "documents", "stitched_rows"):
        spec = TABLES[table]
        schema = pq.read_schema(files_of(sample, table)[0])
        for field in spec.fields:
            metadata = {
                key.decode(): text.decode() for key, text in schema.field(field.name).metadata.items()
            }
            assert metadata["title_zh"] == field.title_zh
            assert metadata["description_zh"] == field.description_zh
            assert metadata["description"] == field.description
            assert metadata.get("example") == field.example
    total = pq.read_schema(files_of(sample, "projects")[0]).field("total_cny").metadata
    assert total[b"title_zh"].decode() == "总计（元）"
    assert total[b"example"] == b"1187000.00"


@pytest.mark.parametrize("language", Language)
def test_the_page_has_every_table_and_column_in_well_formed_rows(language: Language) -> None:
    page = render_dictionary(language)
    assert page in {render() for render in PAGES.values()}
    for spec in TABLES.values():
        section = page.split(f"\n## {spec.name}", 1)[1].split("\n## ", 1)[0]
        rows = [line for line in section.splitlines() if line.startswith("| ")]
        widths = {len(re.split(r"(?<!\\)\|", row)) for row in rows}
        assert len(widths) == 1, f"{spec.name}: a row has more cells than its heading"
        assert len(rows) == len(spec.fields) + 2
        for field in spec.fields:
            assert f"| `{field.name}` |" in section
            if language is Language.CHINESE:
                assert f"| {field.title_zh} |" in section
    assert "1187000.00" in page
