"""What changed between the two years of each linked project: frames in, `project_changes` out.

Amounts are compared as numbers, goals and targets as texts first. Only where both targets are quantities of
one relation, unit, period and note is a target called raised or lowered; that is about the number alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

import pandas as pd

from zc_pipeline.parse.quantities import Relation
from zc_pipeline.schemas.gates import GateFailure, GateResult
from zc_pipeline.schemas.project_changes import (
    MONEY_COLUMNS,
    TABLE,
    TARGET_COLUMNS,
    ChangeKind,
    ChangeReason,
)
from zc_pipeline.schemas.project_links import LinkState
from zc_pipeline.tables.frames import frame_of, records_of
from zc_pipeline.tables.links import PublishedYear, comparable, one_year_on

Row = Mapping[str, Any]
_GOAL: Final = "performance_goal"
_PAIR_COLUMNS: Final = (
    "fiscal_year",
    "previous_project_id",
    "next_project_id",
    "certainty",
)
_EMPTY: Final[Row] = dict.fromkeys(TABLE.column_names)


def project_changes_frame(
    links: pd.DataFrame, before: PublishedYear | None, now: PublishedYear
) -> pd.DataFrame:
    """What changed in every linked pair, and what was copied.

    Args:
        links: `project_links` of the two years.
        before: the earlier year's tables; None where it is not published (then nothing is linked).
        now: the later year's tables.

    Returns:
        `project_changes`.
    """
    if not (links["link_state"] == LinkState.LINKED.value).any():
        return frame_of("project_changes", [])
    projects_before = _by_id(before.projects) if before else {}
    projects_now = _by_id(now.projects)
    indicators_before = _by_project(before.indicators) if before else {}
    indicators_now = _by_project(now.indicators)
    rows = []
    for link in records_of(links):
        if link["link_state"] != LinkState.LINKED.value:
            continue
        one, other = projects_before[link["previous_project_id"]], projects_now[link["next_project_id"]]
        changes = changes_between(
            one,
            other,
            indicators_before.get(one["project_id"], ()),
            indicators_now.get(other["project_id"], ()),
            year=one["fiscal_year"],
        )
        pair = {
            **{column: link[column] for column in _PAIR_COLUMNS},
            **{column: other[column] for column in ("department_name", "unit_name", "project_name")},
        }
        rows += [
            {**_EMPTY, **pair, **change, "change_number": number}
            for number, change in enumerate(changes, start=1)
        ]
    return frame_of("project_changes", rows)


def changes_between(
    one: Row, other: Row, indicators_one: Sequence[Row], indicators_other: Sequence[Row], *, year: int
) -> list[dict[str, Any]]:
    """What differs, or is copied, between two printed versions of a project.

    Args:
        one: the earlier row of `projects`.
        other: the later one.
        indicators_one: the rows of `indicators` of the earlier one, in order.
        indicators_other: those of the later one.
        year: the budget year of the earlier one, whose dates may all be one later in the other; 0 for two
            versions of the same year.

    Returns:
        The columns of `project_changes` that tell of a change, from ``kind`` on; amounts first, then the
        goal, then the indicators in printed order, dropped ones last.
    """
    return [
        *_amount_changes(one, other),
        *_goal_changes(one, other, year),
        *_indicator_changes(indicators_one, indicators_other, year),
    ]


def _by_id(projects: pd.DataFrame) -> dict[str, Row]:
    return {row["project_id"]: row for row in records_of(projects)}


def _by_project(indicators: pd.DataFrame) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(records_of(indicators), key=lambda row: int(row["indicator_number"])):
        found[row["project_id"]].append(row)
    return found


# --- amounts and goal -------------------------------------------------------------------------------


def _amount_changes(one: Row, other: Row) -> Iterator[dict[str, Any]]:
    for column in MONEY_COLUMNS:
        was, is_now = one[column], other[column]
        if was == is_now:
            continue
        kind = (
            ChangeKind.AMOUNT_APPEARED
            if was is None
            else ChangeKind.AMOUNT_VANISHED
            if is_now is None
            else ChangeKind.AMOUNT_CHANGED
        )
        printed = column.removesuffix("_cny") + "_text"
        yield {
            "kind": kind.value,
            "column_name": column,
            "from_text": one[printed],
            "to_text": other[printed],
            "from_cny": was,
            "to_cny": is_now,
            "difference_cny": None if was is None or is_now is None else is_now - was,
        }


def _goal_changes(one: Row, other: Row, year: int) -> Iterator[dict[str, Any]]:
    was, is_now = comparable(one[_GOAL]), comparable(other[_GOAL])
    if not was and not is_now:
        return
    if was == is_now:
        kind = ChangeKind.GOAL_COPIED
    elif one_year_on(was, year, dated_only=True) == is_now:
        kind = ChangeKind.GOAL_MOVED_ON
    else:
        kind = ChangeKind.GOAL_CHANGED
    yield {
        "kind": kind.value,
        "column_name": _GOAL,
        "from_text": one[_GOAL] or None,
        "to_text": other[_GOAL] or None,
    }


# --- indicators -------------------------------------------------------------------------------------


def _indicator_changes(before: Sequence[Row], now: Sequence[Row], year: int) -> Iterator[dict[str, Any]]:
    """Indicators that are one in both years compared; the others new, dropped, or not to be told."""
    pairs, doubtful = _pair_indicators(before, now, year)
    partners = {other["indicator_id"]: one for one, other in pairs}
    for other in now:
        one = partners.get(other["indicator_id"])
        if one is not None:
            yield from _target_changes(one, other)
        else:
            kind = ChangeKind.INDICATOR_NEW
            if other["indicator_id"] in doubtful:
                kind = ChangeKind.INDICATOR_AMBIGUOUS
            yield {**_indicator(None, other), "kind": kind.value, "to_text": other["indicator_text"]}
    kept = {one["indicator_id"] for one, _ in pairs}
    for one in before:
        if one["indicator_id"] not in kept:
            kind = ChangeKind.INDICATOR_DROPPED
            if one["indicator_id"] in doubtful:
                kind = ChangeKind.INDICATOR_AMBIGUOUS
            yield {**_indicator(one, None), "kind": kind.value, "from_text": one["indicator_text"]}


def _pair_indicators(
    before: Sequence[Row], now: Sequence[Row], year: int
) -> tuple[list[tuple[Row, Row]], set[str]]:
    """Pairs of one name at one level, once on either side; and the ids of those that fit several."""
    edges = [
        (one, other)
        for one in before
        for other in now
        if (one["level1_code"], one["level2_code"]) == (other["level1_code"], other["level2_code"])
        and comparable(other["indicator_name"])
        in (name := comparable(one["indicator_name"]), one_year_on(name, year))
    ]
    counts_before = Counter(one["indicator_id"] for one, _ in edges)
    counts_now = Counter(other["indicator_id"] for _, other in edges)
    pairs = [
        (one, other)
        for one, other in edges
        if counts_before[one["indicator_id"]] == counts_now[other["indicator_id"]] == 1
    ]
    paired = {row["indicator_id"] for pair in pairs for row in pair}
    return pairs, (counts_before.keys() | counts_now.keys()) - paired


def _indicator(one: Row | None, other: Row | None) -> dict[str, Any]:
    named = other or one or {}
    return {
        "previous_indicator_id": one["indicator_id"] if one else None,
        "next_indicator_id": other["indicator_id"] if other else None,
        **{column: named[column] for column in ("level1_code", "level2_code", "indicator_name")},
    }


def _target_changes(one: Row, other: Row) -> Iterator[dict[str, Any]]:
    for column in TARGET_COLUMNS:
        if one[column] or other[column]:
            yield {
                **_indicator(one, other),
                "column_name": column,
                "from_text": one[column] or None,
                "to_text": other[column] or None,
                **_compare_targets(column, one, other),
            }


def _compare_targets(column: str, one: Row, other: Row) -> dict[str, Any]:
    was, is_now = _quantity(column, one), _quantity(column, other)
    reason = _incomparable(one[column], other[column], was, is_now)
    numbers = {} if reason else _numbers(was, is_now)
    if comparable(one[column]) == comparable(other[column]):
        return {"kind": ChangeKind.TARGET_COPIED.value, **numbers}
    if reason:
        return {"kind": ChangeKind.TARGET_CHANGED.value, "reason": reason.value}
    steps = [
        after - start
        for start, after in ((was["low_base"], is_now["low_base"]), (was["high_base"], is_now["high_base"]))
        if start is not None and after is not None
    ]
    if not any(steps):
        return {"kind": ChangeKind.TARGET_REWORDED.value, **numbers}
    if all(step >= 0 for step in steps):
        return {"kind": ChangeKind.TARGET_RAISED.value, **numbers}
    if all(step <= 0 for step in steps):
        return {"kind": ChangeKind.TARGET_LOWERED.value, **numbers}
    return {
        "kind": ChangeKind.TARGET_CHANGED.value,
        "reason": ChangeReason.BOUNDS_CROSS.value,
        **numbers,
    }


_QUANTITY: Final = (
    "relation",
    "low_base",
    "high_base",
    "unit_base",
    "is_measurable",
    "note",
    "period",
)


def _quantity(column: str, row: Row) -> Row:
    prefix = column.removesuffix("target")
    return {key: row[prefix + key] for key in _QUANTITY}


def _incomparable(from_text: str, to_text: str, was: Row, is_now: Row) -> ChangeReason | None:
    """Why two targets cannot be compared as numbers; None where they can."""
    if not from_text or not to_text:
        return ChangeReason.NOT_PRINTED
    if not was["is_measurable"] or not is_now["is_measurable"]:
        return ChangeReason.NOT_A_QUANTITY
    if was["relation"] != is_now["relation"]:
        return ChangeReason.OTHER_RELATION
    if was["unit_base"] != is_now["unit_base"]:
        return ChangeReason.OTHER_UNIT
    if comparable(was["period"]) != comparable(is_now["period"]):
        return ChangeReason.OTHER_PERIOD
    if comparable(was["note"]) != comparable(is_now["note"]):
        return ChangeReason.OTHER_NOTE
    return None


def _numbers(was: Row, is_now: Row) -> dict[str, Any]:
    ends = [(row["low_base"] if row["low_base"] is not None else row["high_base"]) for row in (was, is_now)]
    is_range = was["relation"] == Relation.RANGE.value
    difference: Decimal | None = None if is_range else ends[1] - ends[0]
    return {
        "relation": was["relation"],
        "unit_base": was["unit_base"],
        "from_low": was["low_base"],
        "from_high": was["high_base"],
        "to_low": is_now["low_base"],
        "to_high": is_now["high_base"],
        "difference": difference,
    }


# --- conservation -----------------------------------------------------------------------------------


def check_changes_kept(
    changes: pd.DataFrame, links: pd.DataFrame, before: PublishedYear | None, now: PublishedYear
) -> GateResult:
    """Changes belong to linked pairs, and each printed indicator of a pair is accounted for.

    Every indicator of either side is dropped, new, ambiguous, or paired with one other; every amount's
    difference is that of the amounts of the two projects.
    """
    if changes.empty and not (links["link_state"] == LinkState.LINKED.value).any():
        return GateResult("project_changes", "conservation", 0, ())
    pairs = {
        (row["previous_project_id"], row["next_project_id"])
        for row in records_of(links)
        if row["link_state"] == LinkState.LINKED.value
    }
    rows = records_of(changes)
    failures = [
        GateFailure("changes belong to a link", None, _place(row), row["kind"])
        for row in rows
        if (row["previous_project_id"], row["next_project_id"]) not in pairs
    ]
    for side, tables, ids in (
        ("previous", before, {one for one, _ in pairs}),
        ("next", now, {other for _, other in pairs}),
    ):
        failures += _indicator_failures(side, rows, tables, ids)
    failures += [
        GateFailure("an amount's difference adds up", None, _place(row), str(row["difference_cny"]))
        for row in rows
        if row["difference_cny"] is not None and row["from_cny"] + row["difference_cny"] != row["to_cny"]
    ]
    failures += _amount_failures(rows, pairs, before, now)
    return GateResult("project_changes", "conservation", len(changes), tuple(failures))


def _indicator_failures(
    side: str, rows: Iterable[Row], tables: PublishedYear | None, ids: set[str]
) -> Iterator[GateFailure]:
    """Indicators of linked projects without a row, unless they print no target to compare."""
    told: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row[f"{side}_indicator_id"] is not None:
            whole = row["column_name"] is None
            told[row[f"{side}_indicator_id"]].add(row["kind"] if whole else "paired")
    expected = {
        row["indicator_id"]: row["cycle_target"] or row["annual_target"]
        for row in (records_of(tables.indicators) if tables is not None else [])
        if row["project_id"] in ids
    }
    for one in sorted(told.keys() | expected.keys()):
        is_silent = one in expected and not expected[one] and not told[one]
        if (len(told[one]) != 1 and not is_silent) or one not in expected:
            yield GateFailure(f"{side} indicator is told of once", None, one, ", ".join(sorted(told[one])))


def _amount_failures(
    rows: Iterable[Row], pairs: set[tuple[str, str]], before: PublishedYear | None, now: PublishedYear
) -> Iterator[GateFailure]:
    """Amounts that differ without a row, or whose row has another amount."""
    told = {
        (row["previous_project_id"], row["next_project_id"], row["column_name"]): (
            row["from_cny"],
            row["to_cny"],
        )
        for row in rows
        if row["column_name"] in MONEY_COLUMNS
    }
    projects_before = _by_id(before.projects) if before else {}
    projects_now = _by_id(now.projects)
    for one, other in sorted(pairs):
        for column in MONEY_COLUMNS:
            found = projects_before.get(one, {}).get(column), projects_now.get(other, {}).get(column)
            expected = found if found[0] != found[1] else None
            if told.get((one, other, column)) != expected:
                yield GateFailure(
                    "an amount's change is told of", None, f"{one} → {other}, {column}", str(found)
                )


def _place(row: Row) -> str:
    return f"next_project_id={row['next_project_id']}, change_number={row['change_number']}"
