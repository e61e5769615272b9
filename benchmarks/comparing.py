"""Is what was read what the pages show? Value by value, for any reader that fills in a `ReadTable`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Literal

import pdfplumber

from zc_pipeline import Disclosure, Project, TargetTable, Verdict, read_disclosure
from zc_pipeline.parse.text import ordinary_character

from .corpus import Document, Form, expected_projects
from .corpus.forms import AMOUNT_KEYS, ExpectedProject

Outcome = Literal["exact", "held", "refused", "wrong", "failed"]
"""`wrong`: handed out as good although a value differs. `failed`: the reader raised or found no table."""


@dataclass(frozen=True)
class Difference:
    """One value that is not what the page shows."""

    where: str
    expected: str
    read: str

    def __str__(self) -> str:
        start = next(
            (place for place, (a, b) in enumerate(zip(self.expected, self.read, strict=False)) if a != b),
            min(len(self.expected), len(self.read)),
        )
        begin = max(0, start - 12)
        dots = "…" if begin else ""
        shown, read = (dots + text[begin : start + 28] for text in (self.expected, self.read))
        return f"{self.where}: shown {shown!r}, read {read!r}"


@dataclass
class Result:
    """What became of one document."""

    engine: str
    document: Document
    outcome: Outcome
    pages: int = 0
    seconds: float = 0.0
    codes: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    differences: tuple[Difference, ...] = field(default=())
    projects: int = 0
    projects_right: int = 0

    @property
    def page_breaks(self) -> int:
        """Page breaks within the document's tables."""
        return max(self.document.page_breaks(self.pages), 0)


Values = dict[str, str]
"""A project's values by name, amounts as plain numbers in yuan, "" for none."""


def shown_values(project: ExpectedProject) -> Values:
    """What the page shows of a project."""
    values = {
        "department": project.department_name or "",
        "unit": project.unit_name or "",
        "name": project.project_name,
        "goal": project.goal,
        "indicators": "".join(indicator.text for indicator in project.indicators),
    }
    for key in AMOUNT_KEYS:
        values[key] = _money(project.amounts[key])
        values[f"{key}_text"] = project.amount_texts.get(key, "")
    for place, indicator in enumerate(project.indicators, 1):
        for name in _INDICATOR_PARTS:
            values[f"indicator {place} {name}"] = str(getattr(indicator, name))
    return _plain(values)


_INDICATOR_PARTS = (
    "number",
    "level1_code",
    "level1_name",
    "level2_code",
    "level2_name",
    "name",
    "cycle_target",
    "annual_target",
    "text",
)
_READ_NAMES = {"number": "indicator_number", "name": "indicator_name", "text": "indicator_text"}


def read_values(project: Project) -> Values:
    """What was read of a project."""
    values = {
        "department": project.department_name or "",
        "unit": project.unit_name or "",
        "name": project.project_name,
        "goal": project.performance_goal,
        "indicators": project.indicators_text,
    }
    for key in AMOUNT_KEYS:
        if hasattr(project, f"{key}_cny"):
            values[key] = _money(getattr(project, f"{key}_cny"))
        if hasattr(project, f"{key}_text"):
            values[f"{key}_text"] = getattr(project, f"{key}_text") or ""
    for place, indicator in enumerate(project.indicators, 1):
        for name in _INDICATOR_PARTS:
            values[f"indicator {place} {name}"] = str(getattr(indicator, _READ_NAMES.get(name, name)))
    return _plain(values)


def _money(value: Decimal | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _plain(values: Values) -> Values:
    """A no-break space looks like any other."""
    return {name: text.replace("\u00a0", " ") for name, text in values.items()}


def compare_table(form: Form, table: TargetTable) -> list[Difference]:
    """Compares every value of a table; amount columns that the reader does not offer count as wrong."""
    differences = []
    pairs = zip_longest(expected_projects(form), table.projects)
    for number, (expected, project) in enumerate(pairs, 1):
        where = f"project {number}"
        if expected is None or project is None:
            seen = expected.project_name if expected else ""
            read = project.project_name if project else ""
            differences.append(Difference(where, seen, read))
            continue
        shown, read = shown_values(expected), read_values(project)
        unasked = [name for name in shown if name.endswith("_text") and not hasattr(project, name)]
        differences += compare_values(where, {k: v for k, v in shown.items() if k not in unasked}, read)
    return differences


def compare_values(where: str, shown: Values, read: Values) -> list[Difference]:
    """Compares two sets of values; a name in one of them only counts if its value is not empty."""
    names = [*shown, *(name for name in read if name not in shown)]
    return [
        Difference(f"{where} {name}", shown.get(name, ""), read.get(name, ""))
        for name in names
        if shown.get(name, "") != read.get(name, "")
    ]


class LineEnds:
    """Where the lines of a file end: a space there cannot be seen, and a reading without it is right.

    Most engines are told not to end a line at a space between Chinese characters; not all obey.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def explain(self, difference: Difference) -> bool:
        """Whether a value only lacks spaces, each of which stands at the end of a line."""
        expected, read = difference.expected, difference.read
        if expected.replace(" ", "") != read.replace(" ", ""):
            return False
        lacking: list[tuple[str, str]] = []
        place = 0
        for at, character in enumerate(expected):
            if place < len(read) and read[place] == character:
                place += 1
            elif character == " ":
                before, after = expected[:at].replace(" ", ""), expected[at:].replace(" ", "")
                lacking.append((before[-_CONTEXT:], after[:_CONTEXT]))
            else:
                return False
        return place == len(read) and all(map(self._ends_between, lacking))

    def _ends_between(self, context: tuple[str, str]) -> bool:
        """Whether a line ends there; a page may end there too, and other cells be drawn in between."""
        before, after = context
        text, tops, heights = self._characters

        def is_new_line(at: int) -> bool:
            return at >= len(tops) or abs(tops[at - 1] - tops[at]) > heights[at - 1] / 2

        if any(is_new_line(at + len(before)) for at in _places(text, before + after)):
            return True
        ends = {int(tops[at] // _PAGE_APART) for at in _places(text, before) if is_new_line(at + len(before))}
        begins = {int(tops[at] // _PAGE_APART) for at in _places(text, after) if at and is_new_line(at)}
        return any(page + 1 in begins for page in ends)

    @cached_property
    def _characters(self) -> tuple[str, list[float], list[float]]:
        """All inked characters of the file in the order they are drawn, their tops and heights."""
        with pdfplumber.open(self._path) as pdf:
            found = [
                (char["text"], number * _PAGE_APART + char["top"], char["height"])
                for number, page in enumerate(pdf.pages)
                for char in page.chars
                if len(char["text"]) == 1 and not char["text"].isspace()
            ]
        return (
            "".join(ordinary_character(text) for text, _, _ in found),
            [top for _, top, _ in found],
            [h for _, _, h in found],
        )


def _places(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


_CONTEXT = 8  # characters on either side that find a place in the file
_PAGE_APART = 10_000.0


def judge_reading(
    engine: str, document: Document, disclosure: Disclosure, line_ends: LineEnds | None = None
) -> Result:
    """Compares a reading with the truth.

    A table counts as handed out when its verdict is accepted; the whole document then must be right there.

    Args:
        engine: that drew the document.
        document: the truth.
        disclosure: what was read.
        line_ends: of the file; without it, every space counts.
    """
    tables = [table for table in disclosure.tables if table.table_number]
    accepted = [table for table in tables if table.verdict is Verdict.ACCEPTED]
    differences: list[Difference] = []
    if document.must_hold:
        differences = [Difference("verdict", "held", "accepted")] * len(accepted)
    elif len(tables) != len(document.forms) and accepted:
        differences = [Difference("tables", str(len(document.forms)), str(len(tables)))]
    elif accepted:
        for form, table in zip(document.forms, tables, strict=True):
            if table.verdict is Verdict.ACCEPTED:
                differences += compare_table(form, table)
    if line_ends is not None:
        differences = [difference for difference in differences if not line_ends.explain(difference)]
    outcome: Outcome = "exact"
    if differences:
        outcome = "wrong"
    elif disclosure.verdict is Verdict.HELD:
        outcome = "held"
    elif disclosure.verdict is Verdict.REFUSED:
        outcome = "refused"
    grave = [problem for problem in disclosure.problems if problem.severity.value in ("held", "refused")]
    return Result(
        engine,
        document,
        outcome,
        pages=disclosure.page_count,
        codes=tuple(sorted({problem.code for problem in grave})),
        messages=tuple(f"{problem.code}: {problem.message}" for problem in grave[:6]),
        differences=tuple(differences[:20]),
    )


def read_and_judge(engine: str, document: Document, path: Path, fiscal_year: int = 2024) -> Result:
    """Reads one file and compares it with the truth."""
    disclosure = read_disclosure(path, fiscal_year=fiscal_year)
    return judge_reading(engine, document, disclosure, LineEnds(path))


def summed(results: Sequence[Result], outcome: Outcome) -> int:
    """How many results have an outcome."""
    return sum(result.outcome == outcome for result in results)
