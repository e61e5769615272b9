"""The usual table readers, followed by the joining that a user of them would write.

They get every help that costs nothing: blanks and widths of characters are not compared, headings and money
unit are known from the form, and amounts are compared as numbers. They have no means to say that a document
could not be read.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from importlib.util import find_spec
from itertools import zip_longest
from pathlib import Path
from shutil import which
from typing import Any

from .comparing import Difference, Result, Values, compare_values, shown_values
from .corpus import Document, Form, expected_projects
from .corpus.finish import page_count
from .corpus.forms import AMOUNT_KEYS

Grid = list[list[str]]


@dataclass(frozen=True)
class Baseline:
    """A reader: its tables page by page, and what it needs to run."""

    name: str
    read: Callable[[Path], list[Grid]]
    needs: tuple[str, ...]
    programs: tuple[str, ...] = ()

    def missing(self) -> str | None:
        """Why it cannot be used here, None if it can."""
        absent = [name for name in self.needs if find_spec(name) is None]
        absent += [name for name in self.programs if which(name) is None]
        return f"{', '.join(absent)} is not installed" if absent else None


def _pdfplumber(path: Path) -> list[Grid]:
    import pdfplumber

    with pdfplumber.open(path) as pdf:
        tables = [table for page in pdf.pages for table in page.extract_tables()]
    return [[[cell or "" for cell in row] for row in table] for table in tables]


def _camelot(path: Path) -> list[Grid]:
    import camelot

    tables = camelot.read_pdf(str(path), pages="all", flavor="lattice")  # type: ignore[attr-defined]
    return [[[str(cell) for cell in row] for row in table.df.to_numpy().tolist()] for table in tables]


def _tabula(path: Path) -> list[Grid]:
    import tabula

    frames: Any = tabula.read_pdf(  # type: ignore[attr-defined]
        str(path), pages="all", lattice=True, pandas_options={"header": None, "dtype": str}, silent=True
    )
    return [[[str(cell) for cell in row] for row in frame.fillna("").to_numpy().tolist()] for frame in frames]


def _pymupdf(path: Path) -> list[Grid]:
    import pymupdf

    with pymupdf.open(path) as pdf:
        tables = [table.extract() for page in pdf for table in page.find_tables().tables]
    return [[[cell or "" for cell in row] for row in table] for table in tables]


BASELINES = (
    Baseline("pdfplumber", _pdfplumber, ("pdfplumber",)),
    Baseline("camelot", _camelot, ("camelot",)),
    Baseline("tabula", _tabula, ("tabula",), ("java",)),
    Baseline("pymupdf", _pymupdf, ("pymupdf",)),
)


# --- the joining -----------------------------------------------------------------------------------


def join_rows(tables: Sequence[Grid], form: Form) -> list[dict[str, str]]:
    """Joins tables of pages to projects: skips headings, appends rows without a name to the one above."""
    headings = {_squeeze(column.heading) for column in form.columns} | {
        _squeeze(column.group) for column in form.columns if column.group
    }
    keys = [column.key for column in form.columns]
    unit = ""
    rows: list[dict[str, str]] = []
    for table in tables:
        for cells in table:
            cells = [_squeeze(cell) for cell in cells]
            if len(cells) != len(keys) or not any(cells):
                continue
            if sum(cell in headings for cell in cells if cell) > 1:
                continue
            row = dict(zip(keys, cells, strict=True))
            if not row["name"]:
                if rows:
                    for key in keys:
                        rows[-1][key] += row[key]
                continue
            if row["name"] in ("合计", "总计"):
                continue
            if not row["goal"] and not row["indicators"]:
                unit = row["name"]
                continue
            if rows and row["name"].replace("(续)", "") == rows[-1]["name"] and not row["total"]:
                for key in keys[1:]:
                    rows[-1][key] += row[key]
                continue
            rows.append({"unit": unit, **row})
    return rows


_ITEM = re.compile(
    r"\(?(\d+)[)、.](\d)-([^;\d]+);(\d\d)-([^;\d]+);(.+?);实施周期指标值:(.*?);"
    r"年度指标值:(.*?)。?(?=\(?\d+[)、.]\d-[^;\d]+;\d\d-|$)"
)
_PARTS = (
    "number",
    "level1_code",
    "level1_name",
    "level2_code",
    "level2_name",
    "name",
    "cycle_target",
    "annual_target",
)


def _squeeze(text: str | None) -> str:
    """Removes blanks and differences of width: one of the readers changes them itself."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text or ""))


def _amount(text: str, factor: int) -> str:
    try:
        return f"{Decimal(text.replace(',', '')) * factor:.2f}" if text.strip("-—⸺") else ""
    except InvalidOperation:
        return text


def _values(row: dict[str, str], factor: int) -> Values:
    values = {"unit": row["unit"], "name": row["name"], "goal": row["goal"], "indicators": row["indicators"]}
    values |= {key: _amount(row[key], factor) for key in AMOUNT_KEYS if key in row}
    for place, match in enumerate(_ITEM.finditer(row["indicators"]), 1):
        for name, text in zip(_PARTS, match.groups(), strict=True):
            values[f"indicator {place} {name}"] = text.removesuffix("。")
    return values


def _asked(values: Values, form: Form) -> Values:
    """The truth in what a baseline is asked for: no printed texts, no department, no blanks."""
    printed = {column.key for column in form.columns}
    return {
        name: _squeeze(text)
        for name, text in values.items()
        if name != "department"
        and not name.endswith("_text")
        and not name.endswith(" text")
        and (name not in AMOUNT_KEYS or name in printed)
    }


def measure(baseline: Baseline, engine: str, document: Document, path: Path) -> Result:
    """Reads a file with a baseline and compares it with the truth."""
    started = time.monotonic()
    label = f"{engine}/{baseline.name}"
    try:
        tables = baseline.read(path)
    except Exception as error:  # a reader of others may raise anything
        return Result(label, document, "failed", messages=(repr(error)[:200],))
    differences: list[Difference] = []
    right = 0
    if len(document.forms) > 1:
        joined = join_rows(tables, document.forms[0])
        counts = [len(expected_projects(form)) for form in document.forms]
        groups = [joined[: counts[0]], joined[counts[0] :]]
    else:
        groups = [join_rows(tables, document.forms[0])]
    for form, rows in zip(document.forms, groups, strict=True):
        factor = 10_000 if form.money_unit == "万元" else 1
        for number, (expected, row) in enumerate(zip_longest(expected_projects(form), rows), 1):
            if expected is None or row is None:
                differences.append(
                    Difference(f"project {number}", str(expected is not None), str(row is not None))
                )
                continue
            shown = _asked(shown_values(expected), form)
            found = compare_values(f"project {number}", shown, _values(row, factor))
            right += not found
            differences += found
    outcome = "wrong" if differences else "exact"
    if not any(groups):
        outcome = "failed"
    return Result(
        label,
        document,
        outcome,  # type: ignore[arg-type]
        pages=page_count(path),
        seconds=time.monotonic() - started,
        differences=tuple(differences[:10]),
        projects=sum(len(expected_projects(form)) for form in document.forms),
        projects_right=right,
    )
