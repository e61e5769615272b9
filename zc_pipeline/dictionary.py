"""Renders the pages of the docs that have their only source in the code: columns and problem codes.

`python -m zc_pipeline.dictionary` rewrites them; a test fails when they are stale.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import pyarrow as pa

from zc_pipeline.errors import CATALOGUE, Condition, Severity
from zc_pipeline.schemas import PUBLISHED_TABLES, TABLES, WORKING_TABLES
from zc_pipeline.schemas.fields import SCHEMA_VERSION, Field, TableSpec

_DOCS: Final = Path(__file__).parent.parent / "docs"
_ORDER: Final = (
    "projects",
    "indicators",
    "documents",
    "reconciliation",
    "problems",
    "stitched_rows",
    "page_text",
    "raw_disclosures",
)
_SEVERITY_WORDS: Final = {
    Severity.REFUSED: "Refused: nothing of the document can be read",
    Severity.HELD: "Held: it was read, but a value could be wrong",
    Severity.WARNING: "Warnings: published, but a person should look",
    Severity.NOTICE: "Notices: published; a repair or an oddity, counted",
}


def render_dictionary() -> str:
    """The data dictionary as Markdown."""
    parts = [
        "# Data dictionary",
        "",
        f"Every column of every table; schema version {SCHEMA_VERSION}. This page is rendered from "
        "`zc_pipeline/schemas/`: change it there and run `make docs`.",
        "",
        "Money is in yuan, exact to the fen, whatever unit the form prints. Pages and numbers count from 1. "
        "Coordinates are points (1/72 inch) on the page as it is displayed, from its upper left corner.",
        "",
    ]
    for name in _ORDER:
        parts += _render_table(TABLES[name])
    return "\n".join(parts).rstrip() + "\n"


def _render_table(spec: TableSpec) -> Iterable[str]:
    yield f"## {spec.name}"
    yield ""
    yield f"One row is {spec.row_meaning}."
    yield ""
    yield f"- **Layer:** {spec.layer}. **Made from:** {_names(spec.source) or 'the files in `raw/`'}."
    yield f"- **Key:** {_names(spec.key)}. **Sorted by:** {_names(spec.sort_columns)}."
    yield f"- **File:** {_file_pattern(spec.name)}"
    for warning in spec.warnings:
        yield f"- {warning}"
    yield ""
    yield "| column | type | null | unit | printed as | meaning |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for field in spec.fields:
        yield (
            f"| `{field.name}` | {_type_name(field)} | {'yes' if field.nullable else ''} "
            f"| {field.unit or ''} "
            f"| {'、'.join(field.printed_as)} | {_meaning(field)} |"
        )
    yield ""


def _meaning(field: Field) -> str:
    text = field.description.replace("|", "\\|")
    if field.allowed and len(field.allowed) <= 8:
        text += " One of " + ", ".join(f"`{value}`" for value in field.allowed) + "."
    return text + (" *Volatile: differs between runs.*" if field.is_volatile else "")


def _type_name(field: Field) -> str:
    if pa.types.is_decimal(field.type):
        return f"decimal({field.type.precision}, {field.type.scale})"
    return str(field.type)


def _file_pattern(table: str) -> str:
    if table in WORKING_TABLES:
        return f"`parquet/{table}/<year>/<document_id>.parquet`, one a document."
    together = " Changes together with the other published tables." if table in PUBLISHED_TABLES else ""
    return f"`parquet/{table}/{table}_<year>.parquet`, one a year.{together}"


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def render_problems() -> str:
    """The page of problem codes as Markdown."""
    parts = [
        "# Problems",
        "",
        "Everything that can be said against a document, by its stable code: column `code` of `problems`, "
        "`reason_codes` of `documents`. This page is rendered from `zc_pipeline/errors.py`: change it there "
        "and run `make docs`.",
        "",
        "The gravest problem of a disclosure decides its verdict. Only accepted disclosures have rows in "
        "`projects` and `indicators`.",
        "",
    ]
    for severity in Severity:
        parts += [
            f"## {_SEVERITY_WORDS[severity]}",
            "",
            "| code | what was seen | what to do |",
            "| --- | --- | --- |",
        ]
        parts += [_render_condition(one) for one in CATALOGUE.values() if one.severity is severity]
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


def _render_condition(condition: Condition) -> str:
    return f"| `{condition.code}` | {condition.meaning} | {condition.remedy} |"


PAGES: Final = {"data_dictionary.md": render_dictionary, "problems.md": render_problems}


def main() -> None:
    """Rewrite the rendered pages in ``docs/``."""
    for name, render in PAGES.items():
        (_DOCS / name).write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
