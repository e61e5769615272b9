"""Headings of two tiers, sub-sources, and columns that are not carried: from drawn pages to values."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from zc_pipeline.model import Disclosure, PageItem, Project, TargetTable, Verdict
from zc_pipeline.parse.document import stitch_items
from zc_pipeline.parse.reading import read_disclosure, read_page_text
from zc_pipeline.parse.target_tables import FoundTables, PrintedTable, find_target_tables
from zc_pipeline.parse.text import unwrap
from zc_pipeline.pipeline import extract
from zc_pipeline_tests.drawing import Layout, draw_disclosure, make_disclosure

from .records import cell, grid_row, line
from .sketch import LINE, PAD, Sketch, indicator
from .test_drawn import assert_exact

Tier = tuple[str, int, int, int, int]
"""A heading: text, first column, columns, first row, rows, all from 0."""

ABOVE = [line("项目支出绩效目标表", number=1), line("部门名称：甲局", number=2), line("单位：万元", number=3)]
GOAL, INDICATORS = "完成任务。", indicator(1)


def over(
    group: str, *leaves: str, before: Sequence[str] = ("项目名称", "总计"), after: Sequence[str] = ()
) -> list[Tier]:
    """A heading in which one group spans some columns and every other spans both rows."""
    tiers: list[Tier] = [(text, column, 1, 0, 2) for column, text in enumerate(before)]
    start = len(before)
    tiers.append((group, start, len(leaves), 0, 1))
    tiers += [(text, start + place, 1, 1, 1) for place, text in enumerate(leaves)]
    start += len(leaves)
    return tiers + [
        (text, start + place, 1, 0, 2) for place, text in enumerate([*after, "绩效目标", "绩效指标"])
    ]


SUBTOTAL = over("财政拨款", "小计", "一般公共\n预算", "政府性\n基金", after=("其他资金",))
PARTS = over("财政拨款", "一般公共\n预算", "政府性\n基金", "国有资本\n经营预算", after=("其他资金",))
SOURCES = over("资金来源", "财政拨款", "财政专户\n拨款", "其他资金")


def width(tiers: Sequence[Tier]) -> int:
    return max(column + columns for _, column, columns, _, _ in tiers)


# --- grids ------------------------------------------------------------------------------------------


def items_of(
    tiers: Sequence[Tier], rows: Sequence[Sequence[str]], *, page: int = 1, height: int = 2
) -> list[PageItem]:
    """A page with a heading of tiers and rows below it."""
    items = [
        cell(text, page=page, row=row + 1, column=column + 1, columns=columns, rows=spans)
        for text, column, columns, row, spans in tiers
    ]
    for number, texts in enumerate(rows, start=height + 1):
        items += grid_row(texts, number, page=page)
    return items


def row(name: str, *amounts: str) -> list[str]:
    return [name, *amounts, GOAL, INDICATORS]


def codes(found: FoundTables) -> list[str]:
    return sorted(
        p.code for problems in (found.problems, *(t.problems for t in found.tables)) for p in problems
    )


def table_of(items: list[PageItem], *expected: str) -> PrintedTable:
    found = find_target_tables([*ABOVE, *items])
    (table,) = found.tables
    assert codes(found) == sorted(expected)
    return table


class TestTiers:
    @pytest.mark.parametrize(
        ("tiers", "columns"),
        [
            (SUBTOTAL, ("total", "fiscal", "general_budget", "government_fund", "other")),
            (PARTS, ("total", "general_budget", "government_fund", "state_capital", "other")),
            (SOURCES, ("total", "fiscal", "special_account", "other")),
            (
                over("预算数（万元）", "小计", "财政拨款", "其他资金", before=("项目名称",)),
                ("total", "fiscal", "other"),
            ),
        ],
    )
    def test_the_lowest_headings_are_the_columns(self, tiers: list[Tier], columns: tuple[str, ...]) -> None:
        table = table_of(items_of(tiers, [row("甲", *("1.00" for _ in columns))]))
        assert table.facts.columns == ("project_name", *columns, "goal", "indicators")
        head, data = table.rows
        assert head.is_header
        assert [str(part) for part in (head.part, *head.lower_parts)] == ["p1g1r1", "p1g1r2"]
        assert [str(part) for part in table.facts.printed_rows] == ["p1g1r1", "p1g1r2", "p1g1r3"]
        assert list(data.cells) == list(table.facts.columns)

    def test_a_columns_label_is_its_own_with_its_parents(self) -> None:
        head = table_of(items_of(SUBTOTAL, [])).rows[0].cells
        assert head["fiscal"].text == "财政拨款/小计"
        assert head["general_budget"].text == "财政拨款/一般公共\n预算"
        assert head["total"].text == "总计"

    def test_three_tiers(self) -> None:
        tiers: list[Tier] = [
            ("项目名称", 0, 1, 0, 3),
            ("资金来源", 1, 4, 0, 1),
            ("合计", 1, 1, 1, 2),
            ("财政拨款", 2, 2, 1, 1),
            ("小计", 2, 1, 2, 1),
            ("其中：一般公共预算", 3, 1, 2, 1),
            ("其他资金", 4, 1, 1, 2),
            ("绩效目标", 5, 1, 0, 3),
            ("绩效指标", 6, 1, 0, 3),
        ]
        table = table_of(items_of(tiers, [row("甲", "3", "2", "2", "1")], height=3))
        assert table.facts.columns[1:5] == ("total", "fiscal", "general_budget", "other")
        assert table.rows[0].cells["general_budget"].text == "资金来源/财政拨款/其中：一般公共预算"

    @pytest.mark.parametrize("again", [True, False], ids=["headings repeated", "headings once"])
    def test_on_every_page(self, again: bool) -> None:
        rows = [row("乙", "1.00", "1.00", "1.00", "", "")]
        second = items_of(SUBTOTAL, rows, page=2) if again else grid_row(rows[0], 1, page=2)
        table = table_of(items_of(SUBTOTAL, [row("甲", "1.00", "1.00", "1.00", "", "")]) + second)
        assert [r.is_header for r in table.rows] == [True, False, *([True] if again else []), False]
        assert table.rows[-1].cells["general_budget"].text == "1.00"
        assert len(table.facts.printed_rows) == (6 if again else 4)

    def test_other_tiers_on_a_later_page_are_held(self) -> None:
        items = items_of(SUBTOTAL, [row("甲", "1.00", "1.00", "1.00", "", "")])
        swapped = over("财政拨款", "小计", "一般公共预算", "国有资本经营预算", after=("其他资金",))
        table_of(
            items + items_of(swapped, [row("乙", "1.00", "1.00", "1.00", "", "")], page=2), "columns_changed"
        )

    @pytest.mark.parametrize(
        "tiers",
        [
            over("财政拨款", "小计", "教育费附加"),
            over("财政拨款", "小计", ""),
            over("上年结转", "一般公共预算", "政府性基金"),
            over("其他资金", "小计", "单位资金"),
        ],
    )
    def test_a_tier_that_is_not_known_is_refused(self, tiers: list[Tier], tmp_path: Path) -> None:
        problems = stitch_items([*ABOVE, *items_of(tiers, [row("甲", "1.00", "1.00", "")])]).problems
        assert [(p.code, p.page) for p in problems] == [("unknown_column", 1)]
        assert "/" in problems[0].message

    def test_a_blank_half_of_a_heading_adds_nothing(self) -> None:
        tiers = [tier for tier in SUBTOTAL if tier[0] not in ("总计", "其他资金")]
        tiers += [("总计", 1, 1, 0, 1), ("", 1, 1, 1, 1), ("", 5, 1, 0, 1), ("其他资金", 5, 1, 1, 1)]
        table = table_of(items_of(tiers, [row("甲", "1.00", "1.00", "1.00", "", "")]))
        assert table.facts.columns[1:6] == ("total", "fiscal", "general_budget", "government_fund", "other")

    def test_cells_that_do_not_stand_below_each_other_are_no_heading(self) -> None:
        tiers = [("小计", 2, 2, 1, 1) if tier[0] == "小计" else tier for tier in SUBTOTAL]
        tiers = [tier for tier in tiers if not tier[0].startswith("一般")]
        tiers[2] = ("财政拨款", 2, 1, 0, 1)
        tiers.append(("政府性基金", 3, 2, 0, 1))
        found = find_target_tables([*ABOVE, *items_of(tiers, [row("甲", "1.00", "1.00", "1.00", "", "")])])
        assert "columns_changed" in codes(found)

    def test_values_over_rows_are_no_heading(self) -> None:
        data = [cell("甲", row=3, column=1, rows=2), *(cell("1", row=3, column=c) for c in range(2, 9))]
        data += [cell("2", row=4, column=c) for c in range(2, 9)]
        table_of(items_of(SUBTOTAL, []) + data, "columns_changed", "columns_changed")


class TestColumnsNotCarried:
    HEAD = ("序号", "项目名称", "项目类型", "总计", "绩效目标", "绩效指标", "备注")

    def items(self, *rows: Sequence[str], page: int = 1) -> list[PageItem]:
        items = grid_row(self.HEAD, 1, page=page)
        for number, texts in enumerate(rows, start=2):
            items += grid_row(texts, number, page=page)
        return items

    def data(self, number: str, name: str, note: str = "含结转") -> Sequence[str]:
        return (number, name, "一次性项目", "1.00", GOAL, INDICATORS, note)

    IGNORED = ("column_ignored",) * 3

    def test_they_are_named_once_and_left_out(self) -> None:
        items = self.items(self.data("1", "甲")) + self.items(self.data("2", "乙"), page=2)
        table = table_of(items, *self.IGNORED)
        assert [problem.raw for problem in table.problems] == ["序号", "项目类型", "备注"]
        assert table.facts.columns == ("project_name", "total", "goal", "indicators")
        assert all(list(r.cells) == list(table.facts.columns) for r in table.rows)
        assert [r.cells["project_name"].text for r in table.rows if not r.is_header] == ["甲", "乙"]

    def test_a_name_may_run_over_them(self) -> None:
        merged = [cell("合计", row=2, column=1, columns=3, indent=120.0), cell("1.00", row=2, column=4)]
        merged += [cell("", row=2, column=5, columns=3)]
        table = table_of(grid_row(self.HEAD, 1) + merged, *self.IGNORED)
        assert table.rows[1].cells["project_name"].text == "合计"
        assert table.rows[1].cells["project_name"].indent is None

    def test_an_amount_may_not(self) -> None:
        merged = [cell("", row=2), cell("甲", row=2, column=2), cell("1.00", row=2, column=3, columns=2)]
        merged += [cell("", row=2, column=5, columns=3)]
        table_of(grid_row(self.HEAD, 1) + merged, *self.IGNORED, "columns_changed")

    def test_they_may_span_rows(self) -> None:
        first = [*grid_row(self.data("1", "甲"), 2)[:-1], cell("同上", row=2, column=7, rows=2)]
        second = grid_row(self.data("2", "乙"), 3)[:-1]
        table = table_of(grid_row(self.HEAD, 1) + first + second, *self.IGNORED)
        assert [r.cells["project_name"].text for r in table.rows[1:]] == ["甲", "乙"]

    def test_the_rest_of_a_note_on_the_next_page_is_no_row(self) -> None:
        items = self.items(self.data("1", "甲")) + self.items(
            ("",) * 6 + ("的项目",), self.data("2", "乙"), page=2
        )
        table = table_of(items, *self.IGNORED, "blank_row")
        assert [r.cells["project_name"].text for r in table.rows if not r.is_header] == ["甲", "乙"]


# --- pages ------------------------------------------------------------------------------------------

AMOUNT_PT, WIDE_PT, EDGE = 55.0, 130.0, 24.0


def draw(path: Path, tiers: Sequence[Tier], pages: Sequence[Sequence[Sequence[str]]]) -> Disclosure:
    """Draws a table, its heading on every page, and reads it."""
    sketch = Sketch(path)
    count = width(tiers)
    wide = {0, count - 2, count - 1}
    edges = [EDGE]
    for column in range(count):
        edges.append(edges[-1] + (WIDE_PT + 60 * (column == count - 1) if column in wide else AMOUNT_PT))
    height = 2 * LINE + 2 * PAD
    for number, rows in enumerate(pages):
        top = sketch.caption() if number == 0 else 30.0
        for text, column, columns, first, spans in tiers:
            box = (
                edges[column],
                top + first * height,
                edges[column + columns],
                top + (first + spans) * height,
            )
            sketch.frame(box)
            if text:
                sketch.cell(box, text)
        sketch.rows(top + 2 * height, [[*texts] for texts in rows], edges=edges)
        sketch.page()
    return read_disclosure(sketch.save())


def accepted(disclosure: Disclosure) -> TargetTable:
    (table,) = disclosure.tables
    assert table.verdict is Verdict.ACCEPTED, [problem.message for problem in disclosure.problems]
    return table


def amounts(project: Project, *columns: str) -> list[tuple[Decimal | None, str | None]]:
    return [(getattr(project, f"{c}_cny"), getattr(project, f"{c}_text")) for c in columns]


def yuan(text: str) -> Decimal:
    return Decimal(text) * 10_000


FISCAL = ("fiscal", "general_budget", "government_fund", "state_capital", "other")


def test_fiscal_and_its_parts_as_printed(tmp_path: Path) -> None:
    first = [
        ["合计", "60.00", "50.00", "30.00", "20.00", "10.00", "", ""],
        row("甲", "40.00", "30.00", "10.00", "20.00", "10.00"),
    ]
    table = accepted(
        draw(tmp_path / "a.pdf", SUBTOTAL, [first, [row("乙", "20.00", "20.00", "20.00", "", "")]])
    )
    one, two = table.projects
    assert amounts(one, *FISCAL) == [
        (yuan("30"), "30.00"), (yuan("10"), "10.00"), (yuan("20"), "20.00"), (None, None),
        (yuan("10"), "10.00"),
    ]  # fmt: skip
    assert amounts(two, *FISCAL) == [
        (yuan("20"), "20.00"), (yuan("20"), "20.00"), (None, None), (None, None), (None, None),
    ]  # fmt: skip
    assert not one.fiscal_is_derived
    assert table.header_count == 2
    checked = {(one.scope.value, one.column) for one in table.sums}
    assert checked == {("sources", "total"), ("sources", "fiscal")} | {
        ("total", column) for column in ("total", "fiscal", "general_budget", "government_fund", "other")
    }


def test_fiscal_is_the_sum_of_its_parts_where_only_they_are_printed(tmp_path: Path) -> None:
    rows = [
        ["合计", "60.00", "30.00", "15.00", "5.00", "10.00", "", ""],
        row("甲", "50.00", "30.00", "15.00", "5.00", ""),
        row("乙", "10.00", "", "-", "", "10.00"),
    ]
    one, two = accepted(draw(tmp_path / "a.pdf", PARTS, [rows])).projects
    assert amounts(one, *FISCAL) == [
        (yuan("50"), None), (yuan("30"), "30.00"), (yuan("15"), "15.00"), (yuan("5"), "5.00"), (None, None),
    ]  # fmt: skip
    assert one.fiscal_is_derived
    assert amounts(two, "fiscal", "government_fund") == [(None, None), (None, "-")]
    assert not two.fiscal_is_derived


def test_sources_under_a_common_heading(tmp_path: Path) -> None:
    rows = [["合计", "10.00", "5.00", "3.00", "2.00", "", ""], row("甲", "10.00", "5.00", "3.00", "2.00")]
    (one,) = accepted(draw(tmp_path / "a.pdf", SOURCES, [rows])).projects
    assert amounts(one, "fiscal", "special_account", "other", "general_budget") == [
        (yuan("5"), "5.00"), (yuan("3"), "3.00"), (yuan("2"), "2.00"), (None, None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("headings", "printed", "is_derived"),
    [
        (("财政拨款", "一般公共\n预算", "政府性\n基金"), ("10.00", "6.00", "4.00"), False),
        (("一般公共\n预算", "政府性\n基金"), ("6.00", "4.00"), True),
    ],
)
def test_the_parts_in_a_heading_of_one_tier(
    tmp_path: Path, headings: tuple[str, ...], printed: tuple[str, ...], is_derived: bool
) -> None:
    texts = ["项目名称", "总计", *headings, "绩效目标", "绩效指标"]
    tiers = [(text, column, 1, 0, 2) for column, text in enumerate(texts)]
    rows = [["合计", "10.00", *printed, "", ""], row("甲", "10.00", *printed)]
    (one,) = accepted(draw(tmp_path / "a.pdf", tiers, [rows])).projects
    assert [one.fiscal_cny, one.general_budget_cny, one.government_fund_cny] == [
        yuan("10"),
        yuan("6"),
        yuan("4"),
    ]
    assert one.fiscal_is_derived is is_derived


@pytest.mark.parametrize(
    ("project", "code", "column"),
    [
        (("40.00", "30.00", "10.00", "10.00", "10.00"), "sources_do_not_add_up", "fiscal"),
        (("40.00", "20.00", "10.00", "20.00", "10.00"), "sources_do_not_add_up", "total"),
        (("40.00", "30.00", "20.00", "10.00", "10.00"), "total_does_not_add_up", "general_budget"),
    ],
)
def test_parts_that_do_not_add_up_are_held(
    tmp_path: Path, project: tuple[str, ...], code: str, column: str
) -> None:
    rows = [["合计", "40.00", "30.00", "10.00", "20.00", "10.00", "", ""], row("甲", *project)]
    disclosure = draw(tmp_path / "a.pdf", SUBTOTAL, [rows])
    assert disclosure.verdict is Verdict.HELD
    assert any(p.code == code and f"column {column}" in p.message for p in disclosure.problems)


def test_the_tables_carry_the_parts(tmp_path: Path) -> None:
    rows = [
        ["合计", "50.00", "30.00", "15.00", "5.00", "", "", ""],
        row("甲", "50.00", "30.00", "15.00", "5.00", ""),
    ]
    path = tmp_path / "a.pdf"
    draw(path, PARTS, [rows])
    frames = extract([path], year=2024, run_id="test").frames
    (project,) = frames["projects"].to_dict("records")
    assert (project["fiscal_cny"], project["fiscal_is_derived"]) == (yuan("50"), True)
    assert (project["state_capital_cny"], project["state_capital_text"]) == (yuan("5"), "5.00")
    assert set(frames["reconciliation"]["column_name"]) >= {"general_budget", "state_capital"}
    assert frames["reconciliation"]["is_explained"].all()


def test_columns_that_are_not_carried_leave_the_values_alone(tmp_path: Path) -> None:
    truth = make_disclosure(12, units=2, projects_per_unit=4, indicators=(1, 4))
    layout = Layout(
        extra_columns=(("序号", "1"), ("主管处室", "规划财务科"), ("备注", "含上年结转")),
        columns=("序号", *Layout().columns),
    )
    assert_exact(truth, layout, tmp_path / "a.pdf")
    draw_disclosure(truth, tmp_path / "b.pdf", layout)
    problems = read_disclosure(tmp_path / "b.pdf").problems
    assert [(p.code, p.raw) for p in problems] == [
        ("column_ignored", "序号"), ("column_ignored", "主管处室"), ("column_ignored", "备注"),
    ]  # fmt: skip
    assert any("规划财务科" in unwrap(item.text) for item in read_page_text(tmp_path / "b.pdf").items)
