"""The questions of docs/questions.md: read from the page, asked in SQL and in pandas, answers written back.

    python -m zc_pipeline_tests.questions --write

reads the shipped sample anew and rewrites the answers that the page shows.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from zc_pipeline.linking import link_year
from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline.settings import DATA_DIR_VARIABLE
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.conftest import ROOT, SPECIMEN

PAGE = ROOT / "docs" / "questions.md"
NO_ROW = "*No row.*"
_QUESTION = re.compile(r"^### (?P<title>.+?)\n(?P<body>.*?)(?=^##+ |\Z)", re.M | re.S)
_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```$", re.M | re.S)
_BEGIN, _END = "<!-- answer -->\n", "<!-- end -->"
_ANSWER = re.compile(f"{_BEGIN}(.*?){_END}", re.S)


class BadQuestion(ValueError):
    """A part of the page is not built as its first comment says, or an answer cannot be shown."""


@dataclass(frozen=True)
class Question:
    """One question of the page.

    Attributes:
        title: its heading.
        sql: to the tables.
        view_sql: the same to the views of an exported file; None where the page has none.
        python: pandas code that leaves its result in ``answer``.
        shown: the answer as the page shows it.
    """

    title: str
    sql: str
    view_sql: str | None
    python: str
    shown: str


@dataclass(frozen=True)
class Answer:
    """Columns and rows, with Python values: int, bool, str, float, Decimal, None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def cells(self) -> list[tuple[str, ...]]:
        """The rows as the page shows them."""
        return [
            tuple(_cell(name, value) for name, value in zip(self.columns, row, strict=True))
            for row in self.rows
        ]

    def markdown(self) -> str:
        """The table for the page, with a line break at its end."""
        if not self.rows:
            return NO_ROW + "\n"
        lines = [self.columns, ("---",) * len(self.columns), *self.cells()]
        return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def questions_of(page: str) -> list[Question]:
    """The questions of a page, in order.

    Raises:
        BadQuestion: one lacks a block, or has one too many.
    """
    return [_question(found["title"], found["body"]) for found in _QUESTION.finditer(page)]


def _question(title: str, body: str) -> Question:
    sql = [found["code"] for found in _BLOCK.finditer(body) if found["language"] == "sql"]
    python = [found["code"] for found in _BLOCK.finditer(body) if found["language"] == "python"]
    shown = _ANSWER.findall(body)
    if len(sql) not in (1, 2) or len(python) != 1 or len(shown) != 1:
        raise BadQuestion(
            f"{title}: {len(sql)} SQL blocks, {len(python)} Python blocks and {len(shown)} answers"
        )
    return Question(title, sql[0], sql[1] if len(sql) == 2 else None, python[0], shown[0])


def set_up_of(page: str) -> list[str]:
    """The Python blocks before the first question: those that open the tables in DuckDB and in pandas."""
    first = _QUESTION.search(page)
    return [found["code"] for found in _BLOCK.finditer(page[: first.start() if first else None])]


class Desk:
    """The tables of one data folder, opened as the page says."""

    def __init__(self, data_dir: Path, page: str) -> None:
        in_duckdb, in_pandas = set_up_of(page)
        names: dict[str, Any] = {}
        self._names: dict[str, Any] = {}
        with _data_dir(data_dir):
            exec(compile(in_duckdb, "set-up of DuckDB", "exec"), names)
            exec(compile(in_pandas, "set-up of pandas", "exec"), self._names)
        self.connection: duckdb.DuckDBPyConnection = names["connection"]

    def ask_sql(self, question: Question) -> Answer:
        """The answer in DuckDB over the Parquet files."""
        return ask(self.connection, question.sql)

    def ask_pandas(self, question: Question) -> Answer:
        """The answer in pandas; the tables stay as they are for the next question.

        Raises:
            BadQuestion: the code leaves no frame in ``answer``, or changes a table.
        """
        tables = {name: one for name, one in self._names.items() if isinstance(one, pd.DataFrame)}
        before = {name: one.copy() for name, one in tables.items()}
        names = dict(self._names)
        exec(compile(question.python, question.title, "exec"), names)
        frame = names.get("answer")
        if not isinstance(frame, pd.DataFrame):
            raise BadQuestion(f"{question.title}: pandas leaves no frame in `answer`")
        for name, one in tables.items():
            if not one.equals(before[name]):
                raise BadQuestion(f"{question.title}: pandas changes the table {name}")
        columns = [[_plain(value) for value in frame[name].array] for name in frame.columns]
        return Answer(tuple(frame.columns), tuple(zip(*columns, strict=True)))


def ask(connection: duckdb.DuckDBPyConnection, sql: str) -> Answer:
    """The answer of one SQL statement."""
    found = connection.execute(sql)
    return Answer(tuple(one[0] for one in found.description), tuple(found.fetchall()))


def _plain(value: Any) -> Any:
    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return None
    return value.item() if hasattr(value, "item") else value


def _cell(name: str, value: Any) -> str:
    """A value as the page shows it; floating point is for shares alone."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        if not name.endswith("_pct"):
            raise BadQuestion(f"{name} is floating point: {value!r}")
        return f"{value:.1f}"
    if isinstance(value, Decimal):
        return f"{value:,.2f}" if name.endswith("_cny") else f"{_short(value):,f}"
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        raise BadQuestion(f"{name} has a {type(value).__name__}: {value!r}")
    return value.replace("|", "\\|") or "*empty text*"


def _short(value: Decimal) -> Decimal:
    """The same number without zeros at its end."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


@contextmanager
def _data_dir(folder: Path) -> Iterator[None]:
    before = os.environ.get(DATA_DIR_VARIABLE)
    os.environ[DATA_DIR_VARIABLE] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ[DATA_DIR_VARIABLE]
        else:
            os.environ[DATA_DIR_VARIABLE] = before


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Removed when the program ends."""
    return tempfile.TemporaryDirectory(prefix="questions_")


@cache
def published_sample() -> DataPaths:
    """The shipped sample, published with its links, once a program."""
    context = RunContext(DataPaths(Path(_folder().name)), "questions")
    target = context.paths.raw_dir / "2024" / SPECIMEN.name
    target.parent.mkdir(parents=True)
    shutil.copy(SPECIMEN, target)
    run_year(context, 2024)
    link_year(context, 2024)
    return context.paths


def with_answers(page: str, answers: Sequence[Answer]) -> str:
    """The page with other answers, in order."""
    left = iter(answers)
    return _ANSWER.sub(lambda _: f"{_BEGIN}{next(left).markdown()}{_END}", page)


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrite the answers of the page, or print them."""
    parser = argparse.ArgumentParser(description="Ask the questions of docs/questions.md of the sample.")
    parser.add_argument("--write", action="store_true", help="rewrite the answers in the page")
    given = parser.parse_args(arguments)
    page = PAGE.read_text(encoding="utf-8")
    desk = Desk(published_sample().data_dir, page)
    answers = [desk.ask_sql(question) for question in questions_of(page)]
    if given.write:
        PAGE.write_text(with_answers(page, answers), encoding="utf-8")
    else:
        for question, answer in zip(questions_of(page), answers, strict=True):
            print(f"{question.title}\n\n{answer.markdown()}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
