"""Stitched rows to projects and indicators, and the verdict on each table: what `Disclosure` holds.

Pure functions over records. Every gate that needs only one document is here: sums, numbering, codes, rows
lost or doubled. The gates over frames (schemas, expectations) are in ``schemas/``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Final

from zc_pipeline.errors import CATALOGUE, DocumentError, Severity, Stage
from zc_pipeline.model import (
    Disclosure,
    Indicator,
    Join,
    PrintedSum,
    Problem,
    Project,
    Release,
    RowKind,
    SumScope,
    TableFacts,
    TableRow,
    TargetTable,
    Verdict,
)
from zc_pipeline.parse.amounts import FEN, Amount, parse_amount, to_yuan, yuan_per
from zc_pipeline.parse.forms import form_by_name
from zc_pipeline.parse.forms.base import AMOUNT_COLUMNS, FISCAL_COLUMNS, IndicatorText
from zc_pipeline.parse.lookups import load_lookup
from zc_pipeline.parse.settle import deduplicate
from zc_pipeline.parse.sums import (
    AmountRow,
    SumCheck,
    check_sums,
    group_by_unit,
    has_amounts,
    read_amounts,
)
from zc_pipeline.parse.text import is_total_name, label_key, unwrap, without_blanks

_PAGE_NUMBER: Final = re.compile(r"第[0-9]+页[,，]共[0-9]+页")
_ID_DIGITS: Final = 20  # hex digits of the file's sha256 in an id: 80 bits
_SUM_CODES: Final = {
    SumScope.SOURCES: "sources_do_not_add_up",
    SumScope.UNIT: "unit_does_not_add_up",
    SumScope.TOTAL: "total_does_not_add_up",
}


def build_disclosure(
    *,
    document_id: str,
    source_file: str,
    fiscal_year: int | None,
    page_count: int,
    tables: Sequence[TableFacts],
    rows: Sequence[TableRow],
    problems: Iterable[Problem],
    releases: Iterable[Release] = (),
) -> Disclosure:
    """Judge one file.

    Args:
        document_id: sha256 of the file, in hex.
        source_file: the file's name.
        fiscal_year: the folder's year; None where none is known.
        page_count: pages of the whole file.
        tables: the file's target tables.
        rows: their stitched rows, of all tables in printed order.
        problems: what earlier stages found.
        releases: checks that a person released; those of other files are passed over.

    Returns:
        The tables with verdicts, and all problems, earlier ones first. A file without a table has one
        entry with ``table_number`` 0.
    """
    found = list(problems)
    built: list[TargetTable] = []
    for facts in tables:
        table, new = _build_table(
            document_id, fiscal_year, facts, [row for row in rows if row.table_number == facts.table_number]
        )
        built.append(table)
        found += new
    if not built:
        built = [_table_of_nothing()]
    found, released = _release(found, [one for one in releases if one.document_id == document_id])
    built = [
        replace(
            table, releases=tuple(one for number, one in released if number in (None, table.table_number))
        )
        for table in built
    ]
    judged = tuple(_judge(table, found) for table in built)
    return Disclosure(document_id, source_file, fiscal_year, page_count, judged, tuple(found))


def _release(
    problems: Sequence[Problem], releases: Sequence[Release]
) -> tuple[list[Problem], list[tuple[int | None, Release]]]:
    """Turn the problems that a person released into notices.

    Returns:
        All problems, and the releases that were used, each with the number of the table concerned.
    """
    by_check = {release.check: release for release in releases if CATALOGUE[release.check].is_releasable}
    kept: list[Problem] = []
    used: dict[tuple[int | None, str], Release] = {}
    for problem in problems:
        release = by_check.get(problem.code)
        if release is None:
            kept.append(problem)
            continue
        kept.append(replace(problem, code="released", message=f"{problem.message} Released: {release}."))
        used[problem.table_number, problem.code] = release
    return kept, [(number, release) for (number, _), release in used.items()]


def rejudge(disclosure: Disclosure, extra: Sequence[Problem]) -> Disclosure:
    """The disclosure with further problems and the verdicts they lead to."""
    problems = (*disclosure.problems, *extra)
    tables = tuple(_judge(table, problems) for table in disclosure.tables)
    return Disclosure(
        disclosure.document_id,
        disclosure.source_file,
        disclosure.fiscal_year,
        disclosure.page_count,
        tables,
        problems,
    )


def _judge(table: TargetTable, problems: Iterable[Problem]) -> TargetTable:
    grave = [
        problem
        for problem in problems
        if problem.table_number in (None, table.table_number)
        and problem.severity in (Severity.REFUSED, Severity.HELD)
    ]
    severities = {problem.severity for problem in grave}
    verdict = (
        Verdict.REFUSED
        if Severity.REFUSED in severities
        else Verdict.HELD
        if Severity.HELD in severities
        else Verdict.ACCEPTED
    )
    return replace(table, verdict=verdict, reason_codes=tuple(sorted({problem.code for problem in grave})))


def _table_of_nothing() -> TargetTable:
    return TargetTable(
        table_number=0,
        verdict=Verdict.REFUSED,
        reason_codes=(),
        facts=None,
        projects=(),
        printed_total_cny=None,
        readded_total_cny=None,
        rows_printed=0,
        rows_joined=0,
        header_count=0,
        unit_count=0,
    )


def _build_table(
    document_id: str, fiscal_year: int | None, facts: TableFacts, rows: Sequence[TableRow]
) -> tuple[TargetTable, list[Problem]]:
    problems = _check_rows_kept(facts, rows)
    if fiscal_year is not None and facts.printed_year not in (None, fiscal_year):
        problems.append(
            Problem(
                Stage.DOCUMENTS,
                "year_differs",
                f"The folder says {fiscal_year}, the table is printed for {facts.printed_year}.",
                table_number=facts.table_number,
                page=facts.page_first,
            )
        )
    settled = deduplicate(rows, facts.money_unit)
    problems += settled.problems
    data = list(settled.rows)
    amounts, unreadable = _read_all_amounts(data)
    problems += unreadable
    checks = check_sums(amounts, facts.money_unit) if not unreadable else []
    by_order = {row.row_order: row for row in data}
    problems += _sum_problems(checks, data, facts)
    problems += _units_without_projects(amounts, data)
    problems += _projects_without_unit(amounts, data)
    problems += _totals_mistaken(data)
    problems += _unproved_joins(data, amounts, checks)
    covered = _rows_in_sums(amounts)
    if any(row.kind is RowKind.PROJECT and row.row_order not in covered for row in data):
        problems.append(
            Problem(
                Stage.PROJECTS,
                "amounts_unchecked",
                "The table prints neither a total nor unit subtotals for some of its projects.",
                table_number=facts.table_number,
                page=facts.page_first,
            )
        )
    projects, project_problems = _build_projects(document_id, facts, data, covered)
    problems += project_problems
    table = TargetTable(
        table_number=facts.table_number,
        verdict=Verdict.ACCEPTED,
        reason_codes=(),
        facts=facts,
        projects=tuple(projects),
        printed_total_cny=_printed_total(amounts, facts),
        readded_total_cny=sum(
            (project.total_cny for project in projects if project.total_cny is not None), Decimal("0.00")
        ),
        rows_printed=len(facts.printed_rows),
        rows_joined=sum(len(row.parts) - 1 for row in data),
        header_count=_count(rows, RowKind.HEADER),
        unit_count=_count(data, RowKind.UNIT),
        # A row that stands twice (it is held for that) has its sums once.
        sums=tuple(
            {
                (check.scope, check.column, check.row_order): _printed_sum(
                    check, by_order[check.row_order], facts
                )
                for check in checks
            }.values()
        ),
    )
    return table, problems


def _printed_sum(check: SumCheck, row: TableRow, facts: TableFacts) -> PrintedSum:
    def yuan(value: Decimal | None) -> Decimal | None:
        if value is None or facts.money_unit is None:
            return None
        return (value * yuan_per(facts.money_unit)).quantize(FEN)

    return PrintedSum(
        scope=check.scope,
        column=check.column,
        row_order=check.row_order,
        row_name=_name(row),
        page=row.page_first,
        printed_cny=yuan(check.printed),
        readded_cny=yuan(check.readded),
        difference_cny=yuan(check.difference),
        tolerance_cny=yuan(check.tolerance),
        addend_count=check.addends,
        is_explained=check.holds,
    )


def _count(rows: Iterable[TableRow], kind: RowKind) -> int:
    return sum(row.kind is kind for row in rows)


def _check_rows_kept(facts: TableFacts, rows: Sequence[TableRow]) -> list[Problem]:
    """Every printed row is in exactly one stitched row, in its order, and only headings are headings."""
    printed = Counter(facts.printed_rows)
    stitched = Counter(part for row in rows for part in row.parts)
    order = {part: place for place, part in enumerate(facts.printed_rows)}
    headings = [row for row in rows if row.kind is RowKind.HEADER and row.parts]
    # A heading within a joined row is listed behind it: only its beginning has a place among the rows.
    begins = [row.parts[0] for row in rows if row.parts and row.parts[0] in order]
    read = [part for row in rows if row.kind is not RowKind.HEADER for part in row.parts if part in order]
    problems = []
    for part, words in [
        *((part, "is in no stitched row") for part in (printed - stitched)),
        *((part, "is in more than one stitched row") for part in (stitched - printed)),
        *(
            (b, "is out of its order")
            for places in (begins, read)
            for a, b in pairwise(places)
            if order[b] < order[a]
        ),
        *(
            (row.parts[0], "was taken for a heading, but prints amounts")
            for row in headings
            if _has_amount(row)
        ),
    ]:
        problems.append(
            Problem(
                Stage.STITCHED_ROWS,
                "conservation_gate",
                f"Page {part.page}: row {part.grid_row} of the printed table {words}.",
                table_number=facts.table_number,
                page=part.page,
                row=part.grid_row,
            )
        )
    return problems


def _has_amount(row: TableRow) -> bool:
    """Whether some amount column prints a number, as no heading does."""
    try:
        return any(read_amounts(row).amounts.values())
    except DocumentError:
        return False


def _read_all_amounts(rows: Sequence[TableRow]) -> tuple[list[AmountRow], list[Problem]]:
    amounts: list[AmountRow] = []
    problems: list[Problem] = []
    for row in rows:
        try:
            amounts.append(read_amounts(row))
        except DocumentError as error:
            message = f"Page {row.page_first}, {_name(row)!r}: {error.message}"
            problems.append(_row_problem(Stage.PROJECTS, error.code, message, row, raw=error.raw))
            amounts.append(AmountRow(row.row_order, row.kind, {}))
    return amounts, problems


def _sum_problems(checks: Iterable[SumCheck], rows: Sequence[TableRow], facts: TableFacts) -> list[Problem]:
    by_order = {row.row_order: row for row in rows}
    problems = []
    for check in checks:
        if check.holds:
            continue
        row = by_order[check.row_order]
        printed = "nothing" if check.printed is None else f"{check.printed:,}"
        problems.append(
            _row_problem(
                Stage.PROJECTS,
                _SUM_CODES[check.scope],
                f"Page {row.page_first}, {_name(row)!r}, column {check.column}: printed {printed}, "
                f"{check.addends} amounts re-add to {check.readded:,} {facts.money_unit or ''}; rounding "
                f"explains at most {check.tolerance:f}.",
                row,
                raw=row.cells.get(check.column),
            )
        )
    return problems


def _units_without_projects(amounts: Sequence[AmountRow], rows: Sequence[TableRow]) -> list[Problem]:
    by_order = {row.row_order: row for row in rows}
    return [
        _row_problem(
            Stage.PROJECTS,
            "unit_without_projects",
            f"Page {by_order[unit.row_order].page_first}: no project follows the unit row "
            f"{_name(by_order[unit.row_order])!r}.",
            by_order[unit.row_order],
        )
        for unit, projects in group_by_unit(amounts)
        if unit is not None and not projects
    ]


def _projects_without_unit(amounts: Sequence[AmountRow], rows: Sequence[TableRow]) -> list[Problem]:
    """The first project above the first unit row, where there are both: a unit's row may be lost."""
    (_, loose), *units = group_by_unit(amounts)
    if not units or not loose:
        return []
    row = next(row for row in rows if row.row_order == loose[0].row_order)
    return [
        _row_problem(
            Stage.PROJECTS,
            "project_without_unit",
            f"Page {row.page_first}: the project {_name(row)!r} stands above the table's first unit row.",
            row,
        )
    ]


def _totals_mistaken(rows: Iterable[TableRow]) -> list[Problem]:
    """Rows with the name of a grand total (合计) that were taken for something else."""
    return [
        _row_problem(
            Stage.PROJECTS,
            "row_unreadable",
            f"Page {row.page_first}: the row {_name(row)!r} is named like a total, but is none.",
            row,
            raw=_name(row),
        )
        for row in rows
        if row.kind is not RowKind.TOTAL and is_total_name(_name(row))
    ]


def _unproved_joins(
    rows: Iterable[TableRow], amounts: Sequence[AmountRow], checks: Iterable[SumCheck]
) -> list[Problem]:
    """Rows put together for the sums to prove, of which no printed sum does so."""
    holding = {
        (check.scope, check.row_order): check.addends
        for check in checks
        if check.column == "total" and check.holds and check.printed is not None
    }
    total_addends = max((n for (scope, _), n in holding.items() if scope is SumScope.TOTAL), default=0)
    proved: set[int] = {
        order for (scope, order), addends in holding.items() if scope is not SumScope.SOURCES and addends
    }
    for unit, projects in group_by_unit(amounts):
        # A project is proved by its unit's sum, or by the total of a table that has no units.
        if (SumScope.UNIT, unit.row_order) in holding if unit is not None else total_addends > 1:
            proved |= {row.row_order for row in projects if row.amounts.get("total") is not None}
    return [
        _row_problem(
            Stage.PROJECTS,
            "page_break_unresolved",
            f"Page {row.page_last}: the row {_name(row)!r} at the page break was put together from two "
            "parts, and no printed sum proves that they are one.",
            row,
            raw=_name(row),
        )
        for row in rows
        if row.join is Join.PROVED_BY_SUM and row.row_order not in proved
    ]


def _rows_in_sums(amounts: Sequence[AmountRow]) -> frozenset[int]:
    """The project rows whose amounts a printed sum covers."""
    has_total = any(row.kind is RowKind.TOTAL and has_amounts(row) for row in amounts)
    return frozenset(
        project.row_order
        for unit, projects in group_by_unit(amounts)
        for project in projects
        if has_total or (unit is not None and has_amounts(unit))
    )


def _printed_total(amounts: Iterable[AmountRow], facts: TableFacts) -> Decimal | None:
    for row in amounts:
        total = row.amounts.get("total")
        if row.kind is RowKind.TOTAL and total is not None and facts.money_unit is not None:
            try:
                return to_yuan(total, facts.money_unit)
            except DocumentError:
                return None
    return None


def _build_projects(
    document_id: str, facts: TableFacts, rows: Sequence[TableRow], covered: frozenset[int]
) -> tuple[list[Project], list[Problem]]:
    projects: list[Project] = []
    problems: list[Problem] = []
    unit_name: str | None = None
    row_number = 0
    for row in rows:
        if row.kind is RowKind.UNIT:
            unit_name = _name(row) or None
            if unit_name is None:
                problems.append(
                    _row_problem(
                        Stage.PROJECTS,
                        "row_unreadable",
                        f"Page {row.page_first}: a row without goal and indicators has no name.",
                        row,
                    )
                )
        if row.kind is not RowKind.PROJECT:
            continue
        row_number += 1
        project_id = f"{document_id[:_ID_DIGITS]}-t{facts.table_number}-p{row_number:04d}"
        if label_key(_name(row)) in {"", *map(label_key, load_lookup("labels")["continued"])}:
            problems.append(
                _row_problem(
                    Stage.PROJECTS,
                    "row_unreadable",
                    f"Page {row.page_first}: a row with goal or indicators names no project.",
                    row,
                )
            )
            continue
        yuan: dict[str, Decimal | None] = {}
        for column in AMOUNT_COLUMNS:
            try:
                amount = _amount_of(row, column)
                yuan[column] = (
                    None if amount is None or facts.money_unit is None else to_yuan(amount, facts.money_unit)
                )
            except DocumentError as error:
                yuan[column] = None
                if error.code == "amount_too_fine":
                    problems.append(
                        _row_problem(Stage.PROJECTS, error.code, error.message, row, raw=error.raw)
                    )
        indicators, indicator_problems = _build_indicators(project_id, facts, row)
        problems += indicator_problems
        problems += _texts_of_other_columns(row)
        projects.append(
            Project(
                project_id=project_id,
                table_number=facts.table_number,
                row_number=row_number,
                row_order=row.row_order,
                department_name=facts.department_name,
                unit_name=unit_name,
                project_name=_name(row),
                **{f"{column}_cny": yuan[column] for column in AMOUNT_COLUMNS},  # type: ignore[arg-type]
                **{f"{column}_text": _text_or_none(row, column) for column in AMOUNT_COLUMNS},  # type: ignore[arg-type]
                fiscal_is_derived="fiscal" not in row.cells and yuan["fiscal"] is not None,
                performance_goal=unwrap(row.cells.get("goal", "")),
                indicators_text=unwrap(row.cells.get("indicators", "")).strip(),
                page_first=row.page_first,
                page_last=row.page_last,
                is_amount_checked=row.row_order in covered,
                indicators=tuple(indicators),
            )
        )
    return projects, problems


@cache
def _of_indicators() -> re.Pattern[str]:
    """What only the cell of indicators prints: the labels of their targets, a level's code and name."""
    labels = [label for names in load_lookup("labels")["packed_indicators"].values() for label in names]
    return re.compile(rf"(?:{'|'.join(map(re.escape, labels))})[:：]|[0-9]{{2}}-\w+指标[;；]")


def _texts_of_other_columns(row: TableRow) -> list[Problem]:
    """Cells that hold what only another place of the page prints: labels of indicators, a page's number."""
    found = []
    for column, pattern, words in (
        ("goal", _of_indicators(), "the labels of an indicator"),
        ("project_name", _of_indicators(), "the labels of an indicator"),
        ("goal", _PAGE_NUMBER, "a page's number"),
        ("indicators", _PAGE_NUMBER, "a page's number"),
        ("project_name", _PAGE_NUMBER, "a page's number"),
    ):
        text = row.cells.get(column, "")
        if pattern.search(without_blanks(text)):
            found.append(
                _row_problem(
                    Stage.PROJECTS,
                    "text_of_another_column",
                    f"Page {row.page_first}, {_name(row)!r}: column {column} holds {words}.",
                    row,
                    raw=text,
                )
            )
    return found


def _build_indicators(
    project_id: str, facts: TableFacts, row: TableRow
) -> tuple[list[Indicator], list[Problem]]:
    cell = row.cells.get("indicators", "")
    try:
        texts = form_by_name(facts.form).explode(cell)
    except DocumentError as error:
        message = f"Page {row.page_first}, {_name(row)!r}: {error.message}"
        return [], [_row_problem(Stage.INDICATORS, error.code, message, row, raw=error.raw)]
    problems: list[Problem] = []
    if without_blanks("".join(text.text for text in texts)) != without_blanks(cell):
        problems.append(
            _row_problem(
                Stage.INDICATORS,
                "conservation_gate",
                f"Page {row.page_first}, {_name(row)!r}: the indicators do not have the characters "
                "of their cell.",
                row,
            )
        )
    for text in texts:
        problems += _check_codes(text, row)
    indicators = [
        Indicator(
            indicator_id=f"{project_id}-i{text.number:03d}",
            project_id=project_id,
            indicator_number=text.number,
            level1_code=text.level1_code,
            level1_name=text.level1_name,
            level2_code=text.level2_code,
            level2_name=text.level2_name,
            indicator_name=text.name,
            cycle_target=text.cycle_target,
            annual_target=text.annual_target,
            indicator_text=text.text,
        )
        for text in texts
    ]
    return indicators, problems


def _check_codes(text: IndicatorText, row: TableRow) -> list[Problem]:
    """Hold each level's printed code against its printed name, and the second code against the first."""
    problems = []
    known = load_lookup("indicator_codes")
    for level, code, name in (
        ("level1", text.level1_code, text.level1_name),
        ("level2", text.level2_code, text.level2_name),
    ):
        codes_of_name = {c for c, names in known[level].items() if label_key(name) in map(label_key, names)}
        if code in codes_of_name:
            continue
        where = f"Page {row.page_first}, {_name(row)!r}, indicator {text.number}"
        if code in known[level] and codes_of_name:
            problems.append(
                _row_problem(
                    Stage.INDICATORS,
                    "indicator_code_mismatch",
                    f"{where}: code {code} is printed with the name of {min(codes_of_name)}, {name!r}.",
                    row,
                    raw=text.text,
                )
            )
        else:
            problems.append(
                _row_problem(
                    Stage.INDICATORS,
                    "unknown_indicator_code",
                    f"{where}: {code}-{name} is not a known code and name.",
                    row,
                    raw=text.text,
                )
            )
    if text.level2_code in known["level2"] and not text.level2_code.startswith(text.level1_code):
        problems.append(
            _row_problem(
                Stage.INDICATORS,
                "indicator_code_mismatch",
                f"Page {row.page_first}, {_name(row)!r}, indicator {text.number}: {text.level2_code} "
                f"does not belong under {text.level1_code}.",
                row,
                raw=text.text,
            )
        )
    return problems


def _name(row: TableRow) -> str:
    return unwrap(row.cells.get("project_name", "")).strip()


def _amount_of(row: TableRow, column: str) -> Amount | None:
    """A row's amount; fiscal appropriation is the sum of its parts where only they have columns.

    Raises:
        DocumentError: ``amount_unreadable``.
    """
    if column != "fiscal" or "fiscal" in row.cells:
        return parse_amount(row.cells.get(column, ""))
    parts = [
        amount
        for part in FISCAL_COLUMNS
        if part in row.cells and (amount := parse_amount(row.cells[part])) is not None
    ]
    if not parts:
        return None
    return Amount(sum((part.value for part in parts), Decimal(0)), max(part.places for part in parts))


def _text_or_none(row: TableRow, column: str) -> str | None:
    return unwrap(row.cells.get(column, "")).strip() or None


def _row_problem(stage: Stage, code: str, message: str, row: TableRow, *, raw: str | None = None) -> Problem:
    return Problem(
        stage, code, message, table_number=row.table_number, page=row.page_first, row=row.row_order, raw=raw
    )
