"""What can be particular about a printed table, each thing under a name, and documents made of them.

A variation changes a `Draft`; `make_document` turns the draft into printed texts. The same seed and name give
the same document.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import chain, groupby
from typing import Any

from zc_pipeline_tests.drawing import truth
from zc_pipeline_tests.drawing.truth import Disclosure, make_disclosure

from .forms import AMOUNT_KEYS, Column, Document, Form, Look, PrintedIndicator, Row

DEFAULT_COLUMNS: tuple[Column, ...] = (
    Column("name", "项目名称（资金使用单位）", 128),
    Column("total", "总计", 0),
    Column("fiscal", "财政拨款", 0),
    Column("special_account", "财政专户拨款", 0),
    Column("other", "其他资金", 0),
    Column("goal", "绩效目标", 189),
    Column("indicators", "绩效指标", 249),
)

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "name": ("项目名称", "项目名称（用款单位）", "项目名称（资金使用部门）"),
    "total": ("合计", "预算数", "资金总额", "项目资金总额"),
    "fiscal": ("财政拨款资金", "财政拨款小计"),
    "special_account": ("财政专户管理资金", "财政专户资金"),
    "other": ("其它资金",),
    "goal": ("总体绩效目标", "年度绩效目标", "项目绩效目标"),
    "indicators": ("项目绩效指标",),
}

GOAL_LATIN = "推广Windows Server与Office 365办公软件，完成Smart City数据中心Phase II建设，实现IT资产统一管理"
GOAL_SPACED = "完成年度任务 （含上年结转），保障 A 类项目与 B 类项目同步推进"


@dataclass
class Draft:
    """A document before its texts are made. See `Look` and the variations for what the fields mean."""

    chance: random.Random
    look: Look
    units: int = 2
    projects: int = 6
    indicators: tuple[int, int] = (2, 6)
    longest: int | None = None
    money_unit: str = "万元"
    second_unit: str | None = None
    thousands: bool = True
    columns: tuple[Column, ...] = DEFAULT_COLUMNS
    blank: str = ""
    negative: bool = False
    zero: bool = False
    all_sources: bool = False
    sub_sources: bool = False
    unit_in_headings: bool = False
    unit_line: str = "单位：{}"
    no_unit: bool = False
    contradictory: bool = False
    number_style: str = "{}、"
    closing_stop: bool = True
    ascii_marks: bool = False
    fullwidth: bool = False
    odd_names: bool = False
    same_names: bool = False
    empty_projects: bool = False
    goals: tuple[str, ...] = ()
    head_text: Callable[[str], str] = str
    extras: dict[str, tuple[str, ...]] = field(default_factory=dict)
    total_last: bool = False
    unit_rows: bool = True
    tables: int = 1
    cover: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    year: int | None = 2024


Variation = Callable[[Draft], None]


def _look(**changes: Any) -> Variation:
    def apply(draft: Draft) -> None:
        draft.look = replace(draft.look, **changes)

    return apply


def _set(**changes: Any) -> Variation:
    def apply(draft: Draft) -> None:
        for name, value in changes.items():
            setattr(draft, name, value)

    return apply


def _both(*variations: Variation) -> Variation:
    def apply(draft: Draft) -> None:
        for variation in variations:
            variation(draft)

    return apply


# --- columns and headings --------------------------------------------------------------------------


def _two_tiers(draft: Draft, subtotal: bool) -> None:
    parts = [
        Column("general_budget", "一般公共预算", 0, "财政拨款"),
        Column("government_fund", "政府性基金", 0, "财政拨款"),
    ]
    if subtotal:
        parts.insert(0, Column("fiscal", "小计", 0, "财政拨款"))
    columns: list[Column] = []
    for column in draft.columns:
        columns += parts if column.key == "fiscal" else [column]
    draft.columns = tuple(columns)
    draft.sub_sources = True


def _grouped(draft: Draft) -> None:
    """All sources below one common heading, total outside."""
    sources = ("fiscal", "special_account", "other")
    draft.columns = tuple(
        replace(column, group="资金来源") if column.key in sources else column for column in draft.columns
    )


def _reordered(draft: Draft) -> None:
    """The name first, the rest in any order; columns below one heading stay together."""
    runs = [list(run) for _, run in groupby(draft.columns[1:], key=lambda column: column.group or column.key)]
    draft.chance.shuffle(runs)
    draft.columns = (draft.columns[0], *chain.from_iterable(runs))


def _goal_first(draft: Draft) -> None:
    """Goal and indicators before the amounts."""
    front = ("name", "goal", "indicators")
    draft.columns = tuple(sorted(draft.columns, key=lambda column: column.key not in front))


def _missing(draft: Draft) -> None:
    """No columns for 财政专户 and 其他: all money is fiscal."""
    draft.columns = tuple(c for c in draft.columns if c.key not in ("special_account", "other"))


def _extra(draft: Draft) -> None:
    """A 备注 at the end, a serial number or the project's kind in front of the amounts."""
    choice = draft.chance.choice(("备注", "项目类型", "主管处室"))
    texts = {
        "备注": ("", "含上年结转", "跨年度项目"),
        "项目类型": ("一次性项目", "经常性项目"),
        "主管处室": ("办公室", "规划财务科"),
    }[choice]
    column = Column("extra", choice, 62)
    columns = list(draft.columns)
    columns.insert(len(columns) if choice == "备注" else 1, column)
    draft.columns = tuple(columns)
    draft.extras = {"extra": texts}


def _spelled(draft: Draft) -> None:
    draft.columns = tuple(
        replace(column, heading=draft.chance.choice(SPELLINGS.get(column.key, (column.heading,))))
        for column in draft.columns
    )


def _spaced_heading(text: str) -> str:
    return "  ".join(text) if len(text) <= 4 else text


def _wrapped_heading(text: str) -> str:
    middle = (len(text) + 1) // 2
    return text if len(text) < 4 else f"{text[:middle]}\n{text[middle:]}"


# --- the names -------------------------------------------------------------------------------------

_PROSE = (
    "一、部门主要职责：贯彻执行国家和省、市有关方针政策和法律法规，拟订相关规划并组织实施；负责本行业的综合管理和"
    "监督检查。二、机构设置：本部门内设办公室、规划财务科、业务一科、业务二科，下属事业单位三个。三、本年度预算编制"
    "情况：坚持量入为出、收支平衡的原则，合理安排各项支出。"
)
_CONTENTS = (
    "目录\n第一部分 部门概况 …… 1\n第二部分 部门预算表 …… 3\n第三部分 项目支出绩效目标表 …… 5\n"
    "第四部分 名词解释 …… 20"
)

VARIATIONS: Mapping[str, Variation] = {
    "plain": _look(),
    # over page breaks
    "rows_whole": _look(rows_split=False, page_break="moved_whole"),
    "rows_split": _look(rows_split=True, page_break="split_by_lines"),
    "clipped_rows": _look(page_break="clipped_duplicate"),
    "name_repeated": _look(page_break="repeated_name"),
    "printed_twice": _look(page_break="printed_twice", rows_split=False),
    "row_over_pages": _both(_set(longest=70), _look(rows_split=True, page_break="split_by_lines")),
    "total_last": _set(total_last=True),
    # headings
    "header_first": _look(header_repeat="first"),
    "header_some": _look(header_repeat="some"),
    "captions_repeat": _look(captions_repeat=True),
    "two_tier_subtotal": lambda draft: _two_tiers(draft, subtotal=True),
    "two_tier_parts": lambda draft: _two_tiers(draft, subtotal=False),
    "two_tier_group": _grouped,
    "columns_reordered": _reordered,
    "goal_first": _goal_first,
    "columns_missing": _missing,
    "columns_extra": _extra,
    "header_spaced": _set(head_text=_spaced_heading),
    "header_wrapped": _set(head_text=_wrapped_heading),
    "header_spelling": _spelled,
    # rules
    "rules_thick": _look(rules="thick"),
    "rules_double": _look(rules="double"),
    "rules_hair": _look(rules="hair"),
    "rules_horizontal": _look(rules="horizontal"),
    "rules_none": _look(rules="none"),
    "rules_per_cell": _look(kit_rules="per_cell_strokes"),
    "rules_thin_rects": _look(kit_rules="thin_rects"),
    "rules_one_path": _look(kit_rules="one_path"),
    "header_filled": _look(header_fill="light"),
    "header_dark": _look(header_fill="dark"),
    "zebra": _look(zebra=True),
    "frame": _look(frame=True),
    "watermark": _look(watermark="内部资料 仅供公开"),
    # pages
    "portrait": _look(landscape=False, font_size=7.5),
    "a3": _look(page_size=(841.89, 1190.55)),
    "rotated_90": _look(rotate=90),
    "rotated_180": _look(rotate=180),
    "rotated_270": _look(rotate=270),
    "crop_box": _look(crop=36.0),
    "scaled": _look(scale=0.62),
    "mixed_sizes": _look(mixed_sizes=True),
    "portrait_cover": _look(portrait_cover=True),
    "cover": lambda draft: setattr(draft, "cover", (_CONTENTS, _PROSE)),
    "prose_after": lambda draft: setattr(draft, "closing", (_PROSE,)),
    "two_departments": _set(tables=2, second_unit="元"),
    "running_header": _look(running_header="2024年部门预算公开", footer="dashes"),
    "footer_slash": _look(footer="slash"),
    "footer_latin": _look(footer="latin", running_header="云岭市清河区财政局监制"),
    "footer_none": _look(footer="none"),
    # characters
    "radicals": _look(radicals=True),
    "fullwidth_digits": _set(fullwidth=True),
    "ascii_marks": _set(ascii_marks=True),
    "numbered_dot": _set(number_style="{}."),
    "numbered_wide_dot": _set(number_style="{}．"),
    "numbered_brackets": _set(number_style="（{}）"),
    "no_closing_stop": _set(closing_stop=False),
    "overprint": _look(overprint=True, rows_split=False, page_break="moved_whole"),
    "bold": _look(bold=True),
    "white_text": _look(hidden="white"),
    "invisible_text": _look(hidden="invisible"),
    "off_page_text": _look(hidden="off_page"),
    "latin_words": _both(_set(goals=(GOAL_LATIN,)), _look(break_anywhere=False)),
    "real_spaces": _set(goals=(GOAL_SPACED,)),
    "justified": _look(justify=True),
    "wrapped_by_rules": _look(break_anywhere=False),
    "noto_sans": _look(font="Noto Sans CJK SC"),
    "noto_serif": _look(font="Noto Serif CJK SC"),
    "cells_at_top": _look(middle=False),
    "indented": _look(indent="　　"),
    # amounts
    "yuan": _set(money_unit="元"),
    "no_separators": _set(thousands=False),
    "negative": _set(negative=True),
    "zeros": _set(blank="0.00", zero=True),
    "dashes": _set(blank="-"),
    "long_dashes": _set(blank="——"),
    "all_sources": _set(all_sources=True),
    "unit_in_headings": _set(unit_in_headings=True, unit_line=""),
    "unit_spelled": _set(unit_line="（金额单位: {}）"),
    "unit_missing": _set(no_unit=True),
    "unit_contradictory": _set(contradictory=True),
    "number_cells": _look(numbers=True),
    # names and contents
    "odd_names": _set(odd_names=True),
    "same_names": _set(same_names=True),
    "no_indicators": _set(empty_projects=True),
    "forty_indicators": _both(_set(longest=40), _look(rows_split=True, page_break="split_by_lines")),
    "no_unit_rows": _set(unit_rows=False, units=1, projects=12),
}
"""Every variation by name."""

_MIXABLE = tuple(
    name
    for name in VARIATIONS
    if name
    not in (
        "plain",
        "unit_missing",
        "unit_contradictory",
        "header_some",
        "latin_words",
        "printed_twice",
        "portrait",
    )
)


_FAMILIES: tuple[frozenset[str], ...] = (
    frozenset({"two_tier_subtotal", "two_tier_parts", "two_tier_group"}),
    frozenset({"unit_in_headings", "unit_spelled"}),
)
"""Variations that cannot be on one page together."""


def make_document(variation: str, seed: int, *, scale: int = 1) -> Document:
    """Makes a document.

    Args:
        variation: A name of `VARIATIONS`, or `mix` for several at random.
        seed: Source of all chance.
        scale: Multiplies the number of units, for long documents.

    Returns:
        The document, named after both.
    """
    chance = random.Random(f"{variation}/{seed}")
    draft = Draft(chance, Look(rows_split=chance.random() < 0.6))
    draft.look = replace(draft.look, page_break="split_by_lines" if draft.look.rows_split else "moved_whole")
    draft.projects = chance.randint(5, 8)
    parts = (variation,) if variation != "mix" else _mixture(chance)
    for name in parts:
        VARIATIONS[name](draft)
    if scale > 1:
        draft.units, draft.projects = min(scale, 40) * draft.units, draft.projects * max(1, scale // 40 + 1)
    forms = tuple(_make_form(draft, seed, index) for index in range(draft.tables))
    return Document(
        name=f"{variation}-{seed}",
        seed=seed,
        variation=variation,
        parts=parts,
        forms=forms,
        look=draft.look,
        cover=draft.cover,
        closing=draft.closing,
        must_hold=draft.contradictory or (draft.no_unit and not draft.unit_in_headings),
    )


def _mixture(chance: random.Random) -> tuple[str, ...]:
    """Picks variations, at most one of each family."""
    picked: list[str] = []
    for name in chance.sample(_MIXABLE, chance.randint(3, 6)):
        family = next((family for family in _FAMILIES if name in family), {name})
        if not family & set(picked):
            picked.append(name)
    return tuple(picked)


def _make_form(draft: Draft, seed: int, index: int) -> Form:
    money_unit = draft.second_unit if index and draft.second_unit else draft.money_unit
    disclosure = make_disclosure(
        seed * 10 + index,
        units=draft.units,
        projects_per_unit=draft.projects,
        indicators=draft.indicators,
        longest=draft.longest,
        year=draft.year,
        money_unit=money_unit,
    )
    if draft.all_sources or draft.negative or draft.zero or not _has_column(draft, "other"):
        disclosure = _with_amounts(disclosure, draft)
    dress = _Dress(draft)
    columns = tuple(
        replace(
            column,
            heading=_with_unit(dress.heading(column.heading), column.key, draft, money_unit),
            group=dress.heading(column.group) if column.group else None,
        )
        for column in draft.columns
    )
    line = "" if draft.no_unit else draft.unit_line.format(money_unit)
    return Form(
        title=disclosure.title,
        department=dress.text(disclosure.department),
        money_unit=money_unit,
        unit_line=line,
        columns=columns,
        rows=tuple(_rows(disclosure, draft, dress)),
    )


def _has_column(draft: Draft, key: str) -> bool:
    return any(column.key == key for column in draft.columns)


def _with_unit(heading: str, key: str, draft: Draft, money_unit: str) -> str:
    if key not in AMOUNT_KEYS or not (draft.unit_in_headings or draft.contradictory):
        return heading
    if draft.contradictory:
        money_unit = "元" if money_unit == "万元" else "万元"
    return f"{heading}\n（{money_unit}）"


def _with_amounts(disclosure: Disclosure, draft: Draft) -> Disclosure:
    """Divides totals anew: over all sources, with negative ones, with zeros, or all from one source."""
    chance = draft.chance
    for u, unit in enumerate(disclosure.units):
        for p, project in enumerate(unit.projects):
            total = truth.read_amount(project.total)
            if draft.negative and chance.random() < 0.25:
                total = -total
            if draft.zero and chance.random() < 0.15:
                total = Decimal("0.00")
            special = other = Decimal(0)
            if draft.all_sources and _has_column(draft, "other"):
                special = (total * chance.randint(5, 30) / 100).quantize(Decimal("0.01"))
                other = (total * chance.randint(5, 30) / 100).quantize(Decimal("0.01"))
            elif _has_column(draft, "other") and chance.random() < 0.3:
                other = (total * chance.randint(10, 60) / 100).quantize(Decimal("0.01"))
            disclosure = truth.with_project(
                disclosure,
                u,
                p,
                total=truth.print_amount(total),
                fiscal=truth.print_amount(total - special - other),
                special_account=truth.print_amount(special) if special else "",
                other=truth.print_amount(other) if other else "",
            )
    return truth.re_added(disclosure)


def _rows(disclosure: Disclosure, draft: Draft, dress: _Dress) -> list[Row]:
    """Prints every row; sums of sub-sources are added up here."""
    chance = draft.chance
    names = _OddNames(chance) if draft.odd_names else None
    sums: dict[str, Decimal] = {}
    rows: list[Row] = []
    for unit in disclosure.units:
        unit_sums: dict[str, Decimal] = {}
        projects: list[Row] = []
        for project in unit.projects:
            amounts = {kind: getattr(project, kind) for kind in truth.AMOUNTS}
            if draft.sub_sources and project.fiscal:
                amounts |= _parts(chance, project.fiscal, unit_sums)
            indicators = project.indicators
            if draft.empty_projects and chance.random() < 0.3:
                indicators = ()
            goal = chance.choice(draft.goals) if draft.goals and chance.random() < 0.5 else project.goal
            name = names.pick(project.name) if names else project.name
            if draft.same_names and len(projects) == 1:
                name = projects[0].name
            projects.append(
                Row(
                    "project",
                    dress.text(name),
                    dress.amounts(amounts, draft),
                    dress.text(goal),
                    dress.indicators(indicators),
                    {key: chance.choice(texts) for key, texts in draft.extras.items()},
                )
            )
        amounts = {kind: getattr(unit, kind) for kind in truth.AMOUNTS} | _printed(unit_sums)
        if draft.unit_rows:
            rows.append(Row("unit", dress.text(unit.name), dress.amounts(amounts, draft)))
        rows += projects
        for key, value in unit_sums.items():
            sums[key] = sums.get(key, Decimal(0)) + value
    amounts = {kind: getattr(disclosure, kind) for kind in truth.AMOUNTS} | _printed(sums)
    total = Row("total", "合计", dress.amounts(amounts, draft))
    return [*rows, total] if draft.total_last else [total, *rows]


def _parts(chance: random.Random, fiscal: str, sums: dict[str, Decimal]) -> dict[str, str]:
    """Divides 财政拨款 into its two sub-sources and adds them to the sums."""
    whole = truth.read_amount(fiscal)
    fund = Decimal(0)
    if chance.random() < 0.35:
        fund = (whole * chance.randint(10, 90) / 100).quantize(Decimal("0.01"))
    divided = {"general_budget": whole - fund, "government_fund": fund}
    for key, value in divided.items():
        if value:
            sums[key] = sums.get(key, Decimal(0)) + value
    return {key: truth.print_amount(value) if value else "" for key, value in divided.items()}


def _printed(sums: Mapping[str, Decimal]) -> dict[str, str]:
    return {key: truth.print_amount(value) for key, value in sums.items()}


class _OddNames:
    """Names with quotes, brackets, digits and dashes; different within a document."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._count = 0
        self._shapes = (
            "“{}”（2024-2026年）",
            "《{}》实施经费[第{n}批]",
            "{}（含“3+1”试点）",
            "2024年{}—第{n}标段",
            "{}【{n}号】",
            "G{n}线{}",
            "{}(二期)",
        )

    def pick(self, name: str) -> str:
        """Returns an odd form of a name."""
        self._count += 1
        return self._chance.choice(self._shapes).format(name, n=self._count)


_WIDE_DIGITS = {ord(digit): chr(ord(digit) + 0xFEE0) for digit in "0123456789"}
_WIDE_AMOUNT = _WIDE_DIGITS | {ord(mark): chr(ord(mark) + 0xFEE0) for mark in ",.-"}
_WIDE_MARKS = _WIDE_DIGITS | {ord(mark): chr(ord(mark) + 0xFEE0) for mark in "-%="}


class _Dress:
    """Prints texts as the draft says."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft

    def heading(self, text: str) -> str:
        return self._draft.head_text(text)

    def text(self, text: str) -> str:
        """Prints a name or a goal."""
        draft = self._draft
        if draft.fullwidth:
            text = text.translate(_WIDE_DIGITS)
        return text.translate(_ASCII_MARKS) if draft.ascii_marks else text

    def amounts(self, amounts: Mapping[str, str], draft: Draft) -> dict[str, str]:
        """Prints the amounts of a row."""
        printed = {}
        for column in draft.columns:
            if column.key not in ("total", "fiscal", "special_account", "other", *_SUB_SOURCES):
                continue
            text = amounts.get(column.key, "") or draft.blank
            if not draft.thousands:
                text = text.replace(",", "")
            if draft.fullwidth and text not in ("-", "——"):
                text = text.translate(_WIDE_AMOUNT)
            printed[column.key] = text
        return printed

    def indicators(self, indicators: tuple[truth.Indicator, ...]) -> tuple[PrintedIndicator, ...]:
        """Prints the indicators of a cell."""
        return tuple(self._indicator(indicator) for indicator in indicators)

    def _indicator(self, indicator: truth.Indicator) -> PrintedIndicator:
        draft = self._draft
        name, cycle, annual = map(
            self._part, (indicator.name, indicator.cycle_target, indicator.annual_target)
        )
        colon, part = (":", ";") if draft.ascii_marks else (draft.chance.choice(":："), "；")
        codes = (
            f"{indicator.level1_code}-{indicator.level1_name}",
            f"{indicator.level2_code}-{indicator.level2_name}",
        )
        head = draft.number_style.format(indicator.number)
        if draft.fullwidth:
            head = head.translate(_WIDE_DIGITS)
            codes = codes[0].translate(_WIDE_MARKS), codes[1].translate(_WIDE_MARKS)
        stop = "。" if draft.closing_stop and not annual.endswith("。") else ""
        text = (
            f"{head}{codes[0]}{part}{codes[1]}{part}{name}{part}"
            f"实施周期指标值{colon}{cycle}{part}年度指标值{colon}{annual}{stop}"
        )
        return PrintedIndicator(
            indicator.number,
            indicator.level1_code,
            indicator.level1_name,
            indicator.level2_code,
            indicator.level2_name,
            name,
            cycle.removesuffix("。"),
            annual.removesuffix("。"),
            text,
        )

    def _part(self, text: str) -> str:
        if self._draft.fullwidth:
            return text.translate(_WIDE_MARKS)
        return text.translate(_ASCII_MARKS) if self._draft.ascii_marks else text


_SUB_SOURCES = ("general_budget", "government_fund")
_ASCII_MARKS = str.maketrans({"（": "(", "）": ")", "，": ","})
