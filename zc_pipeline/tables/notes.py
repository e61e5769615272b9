"""What a stage knows of a file beside its rows, as plain JSON values and back.

It is stored in the metadata of the file's working tables, so that rows and notes are written in one step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from zc_pipeline.errors import Stage
from zc_pipeline.model import PageFacts, Problem, RowPart, TableFacts


def problems_to_json(problems: Iterable[Problem]) -> list[dict[str, Any]]:
    """Problems as plain values."""
    return [{**asdict(problem), "stage": problem.stage.value} for problem in problems]


def problems_from_json(values: Iterable[dict[str, Any]]) -> list[Problem]:
    """Problems from plain values."""
    return [Problem(**{**value, "stage": Stage(value["stage"])}) for value in values]


def pages_to_json(pages: Iterable[PageFacts]) -> list[dict[str, Any]]:
    """Page facts as plain values."""
    return [asdict(page) for page in pages]


def pages_from_json(values: Iterable[dict[str, Any]]) -> list[PageFacts]:
    """Page facts from plain values."""
    return [PageFacts(**value) for value in values]


def tables_to_json(tables: Iterable[TableFacts]) -> list[dict[str, Any]]:
    """Table facts as plain values."""
    return [asdict(table) for table in tables]


def tables_from_json(values: Iterable[dict[str, Any]]) -> list[TableFacts]:
    """Table facts from plain values."""
    return [
        TableFacts(
            **{
                **value,
                "columns": tuple(value["columns"]),
                "printed_rows": tuple(RowPart(**part) for part in value["printed_rows"]),
            }
        )
        for value in values
    ]
