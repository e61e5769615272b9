"""Rows of the tables to what the pages are given."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from zc_pipeline.book import data as shaped
from zc_pipeline.book.places import place_rows, surrounding
from zc_pipeline.book.read import Document, Printed, read_year
from zc_pipeline.model import Box, Join, Verdict
from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.fields import FLAG, INTEGER, MONEY, NUMBER, TEXT, TIME, Field
from zc_pipeline.storage.paths import DataPaths


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        (None, None),
        (Decimal("0.00"), 0),
        (Decimal("535000.00"), 53_500_000),
        (Decimal("-0.01"), -1),
        (Decimal("90071992547409.91"), 9_007_199_254_740_991),
        (Decimal("90071992547409.92"), "9007199254740992"),
        (Decimal("-9999999999999999.99"), "-999999999999999999"),
    ],
)
def test_money_is_exact_in_a_browser(amount: Decimal | None, expected: int | str | None) -> None:
    assert shaped.fen(amount) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal("100.000000"), "100"),
        (Decimal("20000000000"), "20000000000"),
        (Decimal("2E+10"), "20000000000"),
        (Decimal("13.60"), "13.6"),
        (Decimal("-5"), "-5"),
        (datetime(2024, 3, 1, 2, 3, 4, 567, tzinfo=UTC), "2024-03-01T02:03:04+00:00"),
        ("文字", "文字"),
        (None, None),
        (True, True),
    ],
)
def test_values_keep_what_they_are(value: object, expected: object) -> None:
    assert shaped.plain(value) == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Field("total_cny", MONEY, "", unit="CNY"), "money"),
        (Field("is_copy", FLAG, ""), "flag"),
        (Field("first_seen_at", TIME, ""), "time"),
        (Field("page", INTEGER, ""), "number"),
        (Field("top_pt", NUMBER, ""), "number"),
        (Field("title", TEXT, ""), "text"),
    ],
)
def test_a_column_is_shown_by_its_type(column: Field, expected: str) -> None:
    assert shaped.kind_of(column) == expected


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("total_cny", "Total (yuan)"),
        ("total_text", "Total (as printed)"),
        ("is_amount_checked", "Amount checked"),
        ("project_id", "Project ID"),
    ],
)
def test_columns_have_english_titles(column: str, expected: str) -> None:
    assert shaped.english_title(column) == expected


def test_columns_without_a_chinese_title_have_their_name() -> None:
    for table in shaped.SHOWN_TABLES:
        titles = shaped.column_titles(table)
        for column in TABLES[table].fields:
            assert titles[column.name]["zh"] == (column.title_zh or column.name)


def target(cycle: bool, annual: bool, cycle_text: str = "x", annual_text: str = "x") -> dict[str, Any]:
    return {
        "cycle_is_measurable": cycle,
        "annual_is_measurable": annual,
        "cycle_target": cycle_text,
        "annual_target": annual_text,
    }


def test_targets_are_counted_as_measurable_qualitative_and_empty() -> None:
    rows = [target(True, False), target(True, False, annual_text=""), target(False, True, cycle_text="")]
    assert shaped.count_targets(rows) == [2, 0, 1, 1, 1, 1]
    assert shaped.count_targets([]) == [0] * 6


def test_shared_texts_stand_once() -> None:
    names = shaped.Names()
    assert [names.place(text) for text in ("甲", "乙", None, "甲")] == [0, 1, -1, 0]
    assert names.texts == ["甲", "乙"]


def test_rows_are_divided_by_bytes_and_none_is_lost() -> None:
    rows = ["字" * 10, "字" * 10, "字" * 100, "a"]  # 32, 32, 302 and 3 bytes as JSON
    found = list(shaped.split_rows(rows, 64))
    assert found == [rows[:2], rows[2:3], rows[3:]]
    assert list(shaped.split_rows([])) == []


def test_a_data_file_is_a_call_with_json() -> None:
    content = {"名": "</script>\u2028'\""}
    text = shaped.script("projects-2024-1", content)
    assert text.startswith('zcBook.data("projects-2024-1",')
    assert json.loads(text.removeprefix('zcBook.data("projects-2024-1",').removesuffix(");\n")) == content


def test_the_smallest_box_around_some() -> None:
    assert surrounding([Box(1, 5, 2, 6), Box(0, 7, 1, 9)]) == Box(0, 5, 2, 9)
    assert place_rows([], [], []) == {}


# --- over a data folder ---------------------------------------------------------------------------


def sample(data: DataPaths) -> Document:
    return next(one for one in read_year(data, 2024) if one.source_file.endswith("sample.pdf"))


def loaded(path: Path) -> Any:
    text = path.read_text(encoding="utf-8")
    return json.loads(text[text.index(",") + 1 : text.rindex(")")])


def test_a_project_is_placed_on_every_page_that_has_a_part_of_it(data: DataPaths, book: Path) -> None:
    document = sample(data)
    details = loaded(book / "data" / "documents" / f"{document.key}-1.js")["t1-p0004"]
    assert [part["page"] for part in details["parts"]] == [1, 2]
    assert [part["place"] for part in details["parts"]] == ["p1g1r7", "p2g1r2"]
    assert details["join"] == Join.CLIPPED_DUPLICATE.value
    # Measured on the pages: the last row of page 1, the row below the heading of page 2.
    assert details["parts"][0]["box"] == pytest.approx([34, 468, 808, 518], abs=3)
    assert details["parts"][1]["box"] == pytest.approx([34, 64, 808, 105], abs=3)
    assert set(details["parts"][0]["cells"]) == {
        "project_name", "total", "fiscal", "special_account", "other", "goal", "indicators"
    }  # fmt: skip
    columns = [one.name for one in shaped.columns_of("projects")]
    row = dict(zip(columns, details["row"], strict=True))
    assert (row["total_cny"], row["total_text"]) == (53_500_000, "53.50")
    assert "source_file" not in row, "said once for the document"
    indicator = dict(
        zip([one.name for one in shaped.columns_of("indicators")], details["indicators"][3], strict=True)
    )
    assert indicator["annual_target"] == "200亿元"
    assert (indicator["annual_relation"], indicator["annual_low"], indicator["annual_unit"]) == (
        "=",
        "200",
        "亿元",
    )
    assert indicator["annual_low_base"] == "20000000000"


def test_the_search_has_every_project_and_indicator_once(data: DataPaths, book: Path) -> None:
    index = loaded(book / "data" / "book.js")
    for kind, expected in (("projects", 61), ("goals", 61)):
        rows = [
            row for shard in index["shards"][kind] for row in loaded(book / "data" / f"{shard['file']}.js")
        ]
        assert len(rows) == expected
    projects = [
        row for shard in index["shards"]["projects"] for row in loaded(book / "data" / f"{shard['file']}.js")
    ]
    indicators = [
        row
        for shard in index["shards"]["indicators"]
        for row in loaded(book / "data" / f"{shard['file']}.js")
    ]
    own = [row for row in indicators if index["documents"][projects[row[0]][0]][2] == "2024/sample.pdf"]
    assert len(own) == 171
    assert len({(row[0], row[1]) for row in indicators}) == len(indicators)
    assert [shard["first"] for shard in index["shards"]["projects"]] == [0, 51]  # the last year stands first


def test_a_year_is_summed_up_by_its_accepted_documents(data: DataPaths) -> None:
    found = shaped.year_summary(read_year(data, 2024))
    assert (found["accepted"], found["held"], found["refused"]) == (1, 1, 0)
    assert (found["projects"], found["indicators"]) == (51, 171)
    assert found["printed"] == 41_561_810_000  # 41,561.81 万元 in fen
    assert found["readded"] == 41_561_820_000


def test_a_held_document_shows_the_pages_of_its_problems_and_no_projects(data: DataPaths) -> None:
    held = next(one for one in read_year(data, 2024) if one.verdict == Verdict.HELD.value)
    assert held.projects == []
    assert shaped.problem_pages(held) == [1]
    assert shaped.printed_pages(held, Printed({}, {})) == [1]
    (row,) = shaped.document_rows(held)
    assert {code for code, _, _ in row["reasons"]} >= {"sources_do_not_add_up"}


def test_a_document_is_headed_by_department_or_file() -> None:
    rows = [{"source_file": "2024/a.pdf", "department_name": name} for name in ("甲局", "甲局", "乙局")]
    assert shaped.heading_of(Document("0" * 64, 2024, documents=rows)) == "甲局、乙局 2024"
    rows = [{"source_file": "a.pdf", "department_name": None}]
    assert shaped.heading_of(Document("0" * 64, None, documents=rows)) == "a.pdf"
