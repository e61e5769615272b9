"""The closing of accounts finds what the rooms before it would have lost, doubled or made up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zc_pipeline.model import ItemKind, Join, PageItem, RowPart, TableRow
from zc_pipeline.parse.accounts import check_pages, check_rows
from zc_pipeline.parse.document import stitch_items
from zc_pipeline.parse.pages import read_page_items
from zc_pipeline.parse.stitch import stitch_table
from zc_pipeline.parse.target_tables import PrintedTable, find_target_tables

from .records import HEADINGS, char, grid_rules, packed, page_content, page_items, printed_row, printed_table
from .records import string as draw

CAPTION = ("2024年项目支出绩效目标表", "部门名称：云岭市图书馆", "单位：万元")
RULES = grid_rules((0, 100, 300), (0, 20, 40))


class TestPages:
    def reading(self) -> tuple[list[PageItem], list]:  # type: ignore[type-arg]
        bold = [char("粗", 10, 25), char("粗", 10.2, 25)]
        hidden = char("隐", 40, 25, is_invisible=True)
        turned = char("斜", 60, 25, is_upright=False)
        page = page_content([*draw("甲 乙", 5, 5), *bold, hidden, turned, *draw("表外", 5, 100)], RULES)
        read = read_page_items(page)
        return list(read.items), [read.facts]

    def test_a_page_as_it_is_laid_out_closes(self) -> None:
        items, pages = self.reading()
        (facts,) = pages
        assert (facts.chars_drawn, facts.chars_in_cells, facts.chars_in_lines) == (8, 3, 2)
        assert (facts.chars_overprinted, facts.chars_invisible, facts.chars_turned) == (1, 1, 1)
        assert check_pages(pages, items) == []

    @pytest.mark.parametrize(
        ("kind", "change"),
        [(ItemKind.CELL, "甲"), (ItemKind.CELL, "甲乙丙"), (ItemKind.LINE, "表"), (ItemKind.LINE, "表外了")],
    )
    def test_a_character_less_or_more_in_its_texts_does_not(self, kind: ItemKind, change: str) -> None:
        items, pages = self.reading()
        place = next(n for n, item in enumerate(items) if item.kind is kind and item.drawn_text)
        items[place] = replace(items[place], drawn_text=change)
        (problem,) = check_pages(pages, items)
        assert (problem.code, problem.page) == ("characters_unaccounted", 1)

    def test_a_text_that_is_gone_does_not(self) -> None:
        items, pages = self.reading()
        assert check_pages(pages, items[1:])

    def test_a_character_that_is_counted_nowhere_does_not(self) -> None:
        items, (facts,) = self.reading()
        (problem,) = check_pages([replace(facts, chars_turned=0)], items)
        assert "8 characters are drawn, 7 are accounted for" in problem.message


class TestGridRows:
    def test_every_row_of_the_pages_has_one_place(self) -> None:
        rows = [
            ("2024年项目支出绩效目标表", "", "", "", "", "", ""),
            HEADINGS,
            ("合计", "1.00", "1.00", "", "", "", ""),
            ("",) * 7,
            ("甲", "1.00", "1.00", "", "", "目标", packed(1)),
        ]
        other = page_items([("附表", "另一张表")], page=2, above=["其他情况说明表"])
        found = find_target_tables([*page_items(rows, above=CAPTION), *other])
        codes = {p.code for p in (*found.problems, *found.tables[0].problems)}
        assert codes == {"blank_row", "other_table"}


class TestRows:
    def table(self) -> tuple[PrintedTable, list[TableRow]]:
        first = {"project_name": "甲项\n目", "total": "1.00", "goal": "目标 一", "indicators": packed(1)}
        table = printed_table(
            [
                printed_row(1, 1, is_header=True),
                printed_row(1, 2, first),
                printed_row(2, 1, {"goal": "，二", "indicators": packed(2)}),
                printed_row(2, 2, {"project_name": "乙", "total": "2.00", "indicators": packed(1)}),
            ]
        )
        return table, list(stitch_table(table).rows)

    def check(self, table: PrintedTable, rows: list[TableRow]) -> list[str]:
        found = check_rows({row.part: row.cells for row in table.rows}, rows)
        assert {problem.code for problem in found} <= {"characters_unaccounted"}
        return [problem.message for problem in found]

    def test_rows_as_they_are_joined_close(self) -> None:
        table, rows = self.table()
        assert rows[1].join is Join.CONTINUATION
        assert self.check(table, rows) == []

    @pytest.mark.parametrize(
        ("column", "text"),
        [
            ("goal", "目标一"),
            ("goal", "目标一，二，二"),
            ("project_name", "甲"),
            ("total", "1.01"),
            ("total", ""),
        ],
        ids=["lost", "doubled", "cut", "another digit", "emptied"],
    )
    def test_a_row_with_another_text_does_not(self, column: str, text: str) -> None:
        table, rows = self.table()
        rows[1] = replace(rows[1], cells={**rows[1].cells, column: text})
        (message,) = self.check(table, rows)
        assert f"column {column}" in message

    def test_a_row_without_one_of_its_parts_does_not(self) -> None:
        table, rows = self.table()
        rows[1] = replace(rows[1], parts=(RowPart(1, 1, 2),))
        assert self.check(table, rows)

    @pytest.mark.parametrize("lost", [False, True])
    def test_a_row_drawn_on_both_pages_has_each_line_once(self, lost: bool) -> None:
        lines = ["一一一一", "二二二二", "三三三三"]
        upper = {"project_name": "甲", "total": "1.00", "goal": list(zip(lines, (100, 60, 0), strict=True))}
        lower = {"project_name": "甲", "total": "1.00", "goal": list(zip(lines, (0, 40, 100), strict=True))}
        table = printed_table([printed_row(1, 1, upper), printed_row(2, 1, lower)])
        (row,) = stitch_table(table).rows
        assert row.join is Join.CLIPPED_DUPLICATE
        if lost:
            row = replace(row, cells={**row.cells, "goal": "\n".join(lines[:2])})
        assert bool(self.check(table, [row])) is lost

    def test_a_name_repeated_with_its_mark_stands_once(self) -> None:
        upper = {"project_name": "甲", "total": "1.00", "goal": "目标", "indicators": packed(1)}
        lower = {"project_name": "甲（续）", "total": "1.00", "indicators": packed(2)}
        table = printed_table([printed_row(1, 1, upper), printed_row(2, 1, lower)])
        (row,) = stitch_table(table).rows
        assert row.join is Join.REPEATED_NAME
        assert self.check(table, [row]) == []


def test_a_heading_without_a_rule_below_it_is_taken_off_the_row() -> None:
    """A report engine prints it again above the rest of a divided row, in one box with it."""
    rest = ("甲项目", "1.00", "1.00", "", "", "目标", packed(2))
    page_1 = [HEADINGS, ("合计", "1.00", "1.00", "", "", "", ""), ("", "", "", "", "", "", packed(1))]
    page_2 = [tuple(f"{head}\n{text}".strip() for head, text in zip(HEADINGS, rest, strict=True))]
    stitched = stitch_items([*page_items(page_1, above=CAPTION), *page_items(page_2, page=2)])
    assert [problem.code for problem in stitched.problems] == ["heading_in_row"]
    *_, row = stitched.rows
    assert (row.cells["project_name"], row.cells["total"]) == ("甲项目", "1.00")
    assert row.cells["indicators"].replace("\n", "") == packed(1, 2)


def test_a_row_that_begins_like_the_heading_in_some_columns_only_is_left_as_it_is() -> None:
    row = ("项目名称（资金使用单位）", "1.00", "1.00", "", "", "目标", packed(1))
    stitched = stitch_items(page_items([HEADINGS, row], above=CAPTION))
    assert [problem.code for problem in stitched.problems] == []
    assert stitched.rows[-1].cells["project_name"] == "项目名称（资金使用单位）"
