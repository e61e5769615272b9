"""What the pages need of the tables, as plain JSON values: pure functions, no files.

Money is in fen as whole numbers, as text where a browser's numbers would round it; None stays None.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from zc_pipeline.book.places import PlacedRow
from zc_pipeline.book.read import Document, Printed, Record, grouped
from zc_pipeline.errors import CATALOGUE
from zc_pipeline.model import SET_ASIDE, Box, Verdict
from zc_pipeline.parse.forms.base import AMOUNT_COLUMNS
from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.fields import FLAG, INTEGER, MONEY, NUMBER, TEXT, TIME, Field

Json = Any
_EXACT: Final = 2**53  # whole numbers below it are exact in a browser
_FEN: Final = 100
_GRAVE: Final = (Verdict.HELD.value, Verdict.REFUSED.value)
# What a document's page says once, for all its rows.
_OF_DOCUMENT: Final = ("document_id", "source_file", "fiscal_year")
_OF_PROJECT: Final = (
    *_OF_DOCUMENT,
    "table_number",
    "department_name",
    "unit_name",
    "project_name",
    "page_first",
    "page_last",
    "project_id",
    "is_released",
)
_LEFT_OUT: Final[Mapping[str, Sequence[str]]] = {"projects": _OF_DOCUMENT, "indicators": _OF_PROJECT}
SHOWN_TABLES: Final = ("documents", "projects", "indicators", "reconciliation", "problems")
SHARD_BYTES: Final = 600_000
TARGETS: Final = ("cycle", "annual")


# --- values ---------------------------------------------------------------------------------------


def fen(amount: Decimal | None) -> int | str | None:
    """Yuan as whole fen; as text from 2**53 on, where a browser's numbers are no longer exact."""
    if amount is None:
        return None
    whole = int(amount * _FEN)
    return whole if abs(whole) < _EXACT else str(whole)


def plain(value: object) -> Json:
    """A value of a table as JSON: money is not meant here, other decimals become text without an exponent."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value


def columns_of(table: str) -> list[Field]:
    """The columns of a table that its rows carry in the book, in their order."""
    return [one for one in TABLES[table].fields if one.name not in _LEFT_OUT.get(table, ())]


def kind_of(column: Field) -> str:
    """How a page prints a column: ``money``, ``flag``, ``time``, ``number`` or ``text``."""
    if column.type == MONEY and column.unit == "CNY":
        return "money"
    kinds = {FLAG: "flag", TIME: "time", TEXT: "text", INTEGER: "number", NUMBER: "number"}
    return kinds.get(column.type, "number")


def row_values(table: str, row: Record) -> list[Json]:
    """A row as the values of :func:`columns_of`."""
    return [
        fen(row[one.name]) if kind_of(one) == "money" else plain(row[one.name]) for one in columns_of(table)
    ]


def column_titles(table: str) -> dict[str, Json]:
    """Column → kind and title in both languages; the Chinese falls back to the column's name."""
    return {
        one.name: {"kind": kind_of(one), "zh": one.title_zh or one.name, "en": english_title(one.name)}
        for one in TABLES[table].fields
    }


def english_title(column: str) -> str:
    """``total_cny`` → ``Total (yuan)``, ``total_text`` → ``Total (as printed)``."""
    endings = {"_cny": " (yuan)", "_text": " (as printed)", "_id": " ID"}
    words = column.removeprefix("is_").removeprefix("has_")
    for ending, said in endings.items():
        if words.endswith(ending):
            words = words.removesuffix(ending) + said
            break
    words = words.replace("_", " ")
    return words[:1].upper() + words[1:]


# --- search ---------------------------------------------------------------------------------------


@dataclass(slots=True)
class Names:
    """Texts that many rows share, each once; a row carries its place. -1 is for none."""

    texts: list[str] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)

    def place(self, text: str | None) -> int:
        """Where a text stands, entered if it is new."""
        if text is None:
            return -1
        if text not in self._places:
            self._places[text] = len(self.texts)
            self.texts.append(text)
        return self._places[text]


def count_targets(indicators: Iterable[Record]) -> list[int]:
    """Of the cycle's, then the year's targets: how many are measurable, qualitative, and empty."""
    counts: list[int] = []
    rows = list(indicators)
    for which in TARGETS:
        found = Counter(_state(row, which) for row in rows)
        counts += [found["measurable"], found["qualitative"], found["empty"]]
    return counts


def _state(row: Record, which: str) -> str:
    if row[f"{which}_is_measurable"]:
        return "measurable"
    return "qualitative" if row[f"{which}_target"] else "empty"


def suffix(identity: str) -> str:
    """What follows the document in a ``project_id`` or ``indicator_id``: ``t1-p0004``, ``t1-p0004-i001``."""
    return identity.split("-", 1)[1]


def project_search_row(document: int, row: Record, indicators: Sequence[Record], names: Names) -> list[Json]:
    """A project in the search: document, id, names, amounts, printed total, pages, counts of targets."""
    return [
        document,
        suffix(row["project_id"]),
        row["project_name"],
        names.place(row["department_name"]),
        names.place(row["unit_name"]),
        *(fen(row[f"{column}_cny"]) for column in AMOUNT_COLUMNS),
        row["total_text"],
        row["page_first"],
        row["page_last"],
        row["indicator_count"],
        *count_targets(indicators),
    ]


def indicator_search_row(project: int, row: Record, names: Names) -> list[Json]:
    """An indicator in the search: its project's place, number, levels, name, targets and their states."""
    return [
        project,
        row["indicator_id"].rsplit("-", 1)[1],
        names.place(row["level1_name"]),
        names.place(row["level2_name"]),
        row["indicator_name"],
        row["cycle_target"],
        row["annual_target"],
        *(["measurable", "qualitative", "empty"].index(_state(row, which)) for which in TARGETS),
    ]


def year_summary(documents: Iterable[Document]) -> dict[str, Json]:
    """A year in figures: disclosures by verdict; what the accepted ones hold, and their printed totals.

    Superseded versions and files that are gone do not count.
    """
    rows = [row for document in documents for row in document.documents if row["standing"] not in SET_ASIDE]
    accepted = [row for row in rows if row["verdict"] == Verdict.ACCEPTED.value]
    verdicts = Counter(row["verdict"] for row in rows)
    printed = [row["printed_total_cny"] for row in accepted if row["printed_total_cny"] is not None]
    readded = [row["readded_total_cny"] for row in accepted if row["readded_total_cny"] is not None]
    return {
        **{verdict.value: verdicts[verdict.value] for verdict in Verdict},
        "projects": sum(row["project_count"] for row in accepted),
        "indicators": sum(row["indicator_count"] for row in accepted),
        "printed": fen(sum(printed, Decimal(0))),
        "readded": fen(sum(readded, Decimal(0))),
        "without_total": len(accepted) - len(printed),
    }


# --- a document -----------------------------------------------------------------------------------


def project_details(row: Record, indicators: Sequence[Record], placed: PlacedRow | None) -> dict[str, Json]:
    """Everything a page says of a project: its row, its indicators' rows, and where it is printed."""
    return {
        "row": row_values("projects", row),
        "indicators": [row_values("indicators", one) for one in indicators],
        "join": placed.join.value if placed else None,
        "is_twice": bool(placed and placed.is_twice),
        "parts": [
            {
                "page": part.part.page,
                "place": str(part.part),
                "box": _rounded(part.box),
                "cells": {column: _rounded(box) for column, box in part.cells.items()},
            }
            for part in (placed.parts if placed else ())
        ],
    }


def _rounded(box: Box) -> list[float]:
    return [round(edge, 1) for edge in box]


def printed_pages(document: Document, printed: Printed) -> list[int]:
    """The pages that a document's page shows: those with projects, and those that grave problems name."""
    keys = [(row["table_number"], row["row_order"]) for row in document.projects]
    shown = {part.part.page for key in keys if key in printed.rows for part in printed.rows[key].parts}
    return sorted(shown | set(problem_pages(document)))


def problem_pages(document: Document) -> list[int]:
    """The pages that a document's grave problems name."""
    return sorted({row["page"] for row in document.problems if row["severity"] in _GRAVE and row["page"]})


def heading_of(document: Document) -> str:
    """What a document's page is headed: its departments and year, or its file where none is printed."""
    names = list(
        dict.fromkeys(row["department_name"] for row in document.documents if row["department_name"])
    )
    if not names:
        return document.source_file
    return "、".join(names) + (f" {document.year}" if document.year is not None else "")


def document_head(document: Document, details_in: Mapping[str, int]) -> dict[str, Json]:
    """What a document's page has at once: its rows, problems, and a line for every project.

    Args:
        document: one document.
        details_in: ``project_id`` → number of the file with its details.
    """
    return {
        "key": document.key,
        "document_id": document.document_id,
        "source_file": document.source_file,
        "copies": [name for name in document.copies if name != document.source_file],
        "year": document.year,
        "documents": [row_values("documents", row) for row in document.documents],
        "problems": [row_values("problems", row) for row in document.problems],
        "projects": [
            [
                suffix(row["project_id"]),
                row["project_name"],
                row["unit_name"],
                fen(row["total_cny"]),
                row["total_text"],
                row["page_first"],
                row["page_last"],
                row["indicator_count"],
                details_in[row["project_id"]],
            ]
            for row in document.projects
        ],
    }


def details_of(document: Document, printed: Printed) -> Iterator[tuple[str, dict[str, Json]]]:
    """(``project_id``, details) of every project of a document."""
    indicators = grouped(document.indicators, "project_id")
    for row in document.projects:
        placed = printed.rows.get((row["table_number"], row["row_order"]))
        yield row["project_id"], project_details(row, indicators[row["project_id"]], placed)


def document_rows(document: Document) -> Iterator[dict[str, Json]]:
    """The rows of the list of documents: verdict, reasons, and the messages of grave problems."""
    for row in document.documents:
        yield {
            "key": document.key,
            "row": row_values("documents", row),
            "reasons": [
                [problem["code"], problem["message_zh"], problem["message"]]
                for problem in document.problems
                if problem["severity"] in _GRAVE and problem["table_number"] in (None, row["table_number"])
            ],
        }


def catalogue() -> dict[str, Json]:
    """Problem code → what was seen and what to do, as the catalogue says it, Chinese first."""
    return {
        one.code: {"meaning": [one.meaning_zh, one.meaning], "remedy": [one.remedy_zh, one.remedy]}
        for one in CATALOGUE.values()
    }


# --- files of data --------------------------------------------------------------------------------


def script(name: str, content: Json) -> str:
    """A data file: pages opened from disk cannot fetch, but can load scripts."""
    return f"zcBook.data({to_json(name)},{to_json(content)});\n"


def to_json(content: Json) -> str:
    """Compact JSON that is also JavaScript."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def split_rows(rows: Iterable[Json], most_bytes: int = SHARD_BYTES) -> Iterator[list[Json]]:
    """Rows in runs of at most so many bytes of JSON; a longer row is alone."""
    run: list[Json] = []
    size = 0
    for row in rows:
        length = len(to_json(row).encode())
        if run and size + length > most_bytes:
            yield run
            run, size = [], 0
        run.append(row)
        size += length
    if run:
        yield run
