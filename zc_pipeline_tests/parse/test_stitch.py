from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zc_pipeline.model import Join, RowKind, TableRow
from zc_pipeline.parse.stitch import StitchedTable, stitch_table
from zc_pipeline.parse.target_tables import PrintedRow
from zc_pipeline.parse.text import unwrap, without_blanks

from .records import Lines, packed, printed_row, printed_table

Cells = Mapping[str, Lines]

GOAL = ("推动信息基础设施建设，", "优化重点区域网络，", "实现连续覆盖。")
ITEMS = tuple(f"{packed(n)}" for n in range(1, 5))


def whole(name: str = "甲项目", amount: str = "10.00", **more: Lines) -> dict[str, Lines]:
    """A project's cells, all on one page."""
    return {
        "project_name": name,
        "total": amount,
        "fiscal": amount,
        "goal": "\n".join(GOAL),
        "indicators": "\n".join(ITEMS),
        **more,
    }


def show(lines: Sequence[str], *shown: int) -> Lines:
    """Lines with how much of each the page shows."""
    return list(zip(lines, shown, strict=True))


def stitch(first: Sequence[Cells], second: Sequence[Cells], *, header: bool = True) -> StitchedTable:
    """Rows of two pages; the second one's heading stands above its rows."""
    rows: list[PrintedRow] = [printed_row(1, 1, is_header=True)]
    rows += [printed_row(1, number, cells) for number, cells in enumerate(first, start=2)]
    if header:
        rows.append(printed_row(2, 1, is_header=True))
    rows += [printed_row(2, number, cells) for number, cells in enumerate(second, start=2)]
    return stitch_table(printed_table(rows))


def data(stitched: StitchedTable) -> list[TableRow]:
    return [row for row in stitched.rows if row.kind is not RowKind.HEADER]


def codes(stitched: StitchedTable) -> list[str]:
    return [problem.code for problem in stitched.problems]


def only(stitched: StitchedTable, join: Join) -> TableRow:
    """The one row, joined by that rule, without doubts and with the whole text."""
    assert codes(stitched) == []
    (row,) = data(stitched)
    assert row.join is join
    assert (row.page_first, row.page_last) == (1, 2)
    assert unwrap(row.cells["goal"]) == "".join(GOAL)
    assert unwrap(row.cells["indicators"]) == "".join(ITEMS)
    assert (row.cells["project_name"], row.cells["total"], row.cells["fiscal"]) == (
        "甲项目",
        "10.00",
        "10.00",
    )
    return row


class TestClippedDuplicate:
    @pytest.mark.parametrize(
        ("upper", "lower"),
        [
            pytest.param((100, 100, 100, 0), (0, 0, 0, 100), id="between two lines"),
            pytest.param((100, 50, 0, 0), (0, 50, 100, 100), id="through a line"),
            pytest.param((100, 95, 0, 0), (0, 5, 100, 100), id="a shred of a line"),
            pytest.param((100, 8, 0, 0), (0, 92, 100, 100), id="nearly between two lines"),
            pytest.param((0, 0, 0, 0), (100, 100, 100, 100), id="only air on the first page"),
            pytest.param((100, 100, 100, 100), (0, 0, 0, 0), id="only air on the second page"),
        ],
    )
    @pytest.mark.parametrize(
        ("name_upper", "name_lower"),
        [(100, 0), (0, 100), (50, 50), (100, 100)],
        ids=["first", "second", "cut", "both"],
    )
    def test_a_row_drawn_on_both_pages_is_one(
        self, upper: tuple[int, ...], lower: tuple[int, ...], name_upper: int, name_lower: int
    ) -> None:
        def part(shown: tuple[int, ...], name: int) -> Cells:
            return {
                "project_name": show(["甲项目"], name),
                "total": show(["10.00"], name),
                "fiscal": show(["10.00"], name),
                "goal": show(GOAL, *shown[:3]),
                "indicators": show(ITEMS, *shown),
            }

        only(stitch([part(upper, name_upper)], [part(lower, name_lower)]), Join.CLIPPED_DUPLICATE)

    def test_a_cell_longer_than_a_page_spans_three(self) -> None:
        parts = [(100, 40, 0, 0), (0, 60, 70, 0), (0, 0, 30, 100)]
        rows = [
            printed_row(page, 1, whole(goal=show(GOAL, *shown[:3]), indicators=show(ITEMS, *shown)))
            for page, shown in enumerate(parts, start=1)
        ]
        (row,) = stitch_table(printed_table(rows)).rows
        assert [part.page for part in row.parts] == [1, 2, 3]
        assert unwrap(row.cells["indicators"]) == "".join(ITEMS)

    def test_lines_left_out_where_they_would_be_hidden_are_put_together(self) -> None:
        upper = whole(goal=show(GOAL[:2], 100, 40), indicators=show(ITEMS[:2], 100, 40))
        lower: Cells = {"goal": show(GOAL[1:], 60, 100), "indicators": show(ITEMS[1:], 60, 100, 100)}
        only(stitch([upper], [lower]), Join.CLIPPED_DUPLICATE)

    def test_a_line_that_shows_nowhere_in_full_is_held(self) -> None:
        upper = whole(goal=show(GOAL, 100, 30, 0), indicators=show(ITEMS, 100, 100, 0, 0))
        lower = whole(goal=show(GOAL, 0, 20, 100), indicators=show(ITEMS, 0, 0, 100, 100))
        stitched = stitch([upper], [lower])
        assert "page_break_unresolved" in codes(stitched)
        problem = stitched.problems[0]
        assert (problem.page, problem.row) == (1, 2)
        assert GOAL[1] in problem.message

    @pytest.mark.parametrize(
        "other",
        [whole("乙项目"), whole(amount="11.00"), whole(total="", fiscal="10.0"), whole(goal="另一目标。")],
        ids=["name", "amount", "source", "goal"],
    )
    def test_a_cut_row_is_never_put_together_with_another(self, other: dict[str, Lines]) -> None:
        upper = whole(goal=show(GOAL, 100, 50, 0), indicators=show(ITEMS, 100, 100, 0, 0))
        if isinstance(other["goal"], str) and other["goal"] != "另一目标。":
            other["goal"] = show(GOAL, 0, 50, 100)
        other["indicators"] = show(ITEMS, 0, 0, 100, 100)
        stitched = stitch([upper], [other])
        assert len(data(stitched)) == 2
        assert "page_break_unresolved" in codes(stitched)

    def test_the_hidden_next_row_under_a_clip_of_the_whole_page_is_not_this_rows(self) -> None:
        upper = {
            column: [(text, 100), (f"{text}乙" if column == "project_name" else "20.00", 0)]
            for column, text in (("project_name", "甲"), ("total", "10.00"), ("fiscal", "10.00"))
        }
        stitched = stitch([upper], [{"project_name": "甲乙", "total": "20.00", "fiscal": "20.00"}])
        assert codes(stitched) == []
        assert [row.cells["total"] for row in data(stitched)] == ["10.00", "20.00"]
        assert [row.cells["project_name"] for row in data(stitched)] == ["甲", "甲乙"]

    def test_a_cut_row_and_an_equal_whole_one_are_not_one(self) -> None:
        """Its first lines show in full on both pages: they are printed twice."""
        stitched = stitch([whole(goal=show(GOAL, 100, 100, 60))], [whole()])
        assert len(data(stitched)) == 2
        assert codes(stitched) == ["page_break_unresolved"]

    def test_lines_hidden_within_a_page_are_cut_off(self) -> None:
        stitched = stitch([whole(goal=show(GOAL, 100, 100, 0)), whole("乙项目")], [whole("丙项目")])
        assert codes(stitched) == ["text_cut_off"]
        assert (stitched.problems[0].page, stitched.problems[0].row) == (1, 2)

    def test_a_cell_clip_that_takes_a_little_of_each_line_cuts_no_row(self) -> None:
        slightly = whole(goal=show(GOAL, 85, 85, 85))
        stitched = stitch([slightly], [whole("乙项目", goal=show(GOAL, 85, 85, 85))])
        assert codes(stitched) == []
        assert len(data(stitched)) == 2


class TestContinuation:
    @pytest.mark.parametrize("header", [True, False], ids=["heading repeated", "no heading"])
    def test_divided_lines_are_put_together(self, header: bool) -> None:
        upper = whole(goal="\n".join(GOAL[:2]), indicators="\n".join(ITEMS[:2]))
        lower: Cells = {"goal": GOAL[2], "indicators": "\n".join(ITEMS[2:])}
        only(stitch([upper], [lower], header=header), Join.CONTINUATION)

    def test_only_one_cell_may_go_on(self) -> None:
        upper = whole(indicators="\n".join(ITEMS[:3]))
        only(stitch([upper], [{"indicators": ITEMS[3]}]), Join.CONTINUATION)

    def test_name_and_amounts_may_stand_on_the_second_page_only(self) -> None:
        upper: Cells = {"goal": GOAL[0], "indicators": ITEMS[0]}
        lower = whole(goal="\n".join(GOAL[1:]), indicators="\n".join(ITEMS[1:]))
        only(stitch([upper], [lower]), Join.CONTINUATION)

    def test_a_nameless_row_is_not_given_another_rows_name_silently(self) -> None:
        stitched = stitch([{"goal": "孤立的目标。"}], [whole()])
        assert codes(stitched) == ["page_break_unresolved"]

    def test_a_goal_all_on_the_next_page_is_left_for_the_sums_to_prove(self) -> None:
        upper: Cells = {"project_name": "甲项目", "total": "10.00", "fiscal": "10.00"}
        lower: Cells = {"goal": "\n".join(GOAL), "indicators": "\n".join(ITEMS)}
        only(stitch([upper], [lower]), Join.PROVED_BY_SUM)

    def test_a_rest_of_indicators_below_a_row_without_any_is_held(self) -> None:
        stitched = stitch([{"project_name": "单位", "total": "10.00"}], [{"indicators": ITEMS[1]}])
        assert codes(stitched) == ["page_break_unresolved"]

    def test_a_divided_name_is_put_together(self) -> None:
        upper = whole("因公出国", indicators="\n".join(ITEMS[:2]))
        lower: Cells = {"project_name": "（境）经费", "indicators": "\n".join(ITEMS[2:])}
        (row,) = data(stitch([upper], [lower]))
        assert unwrap(row.cells["project_name"]) == "因公出国（境）经费"

    def test_a_row_without_amounts_is_not_hung_on_the_row_before_silently(self) -> None:
        stitched = stitch([whole()], [{"project_name": "乙项目", "goal": "目标。", "indicators": "见附件"}])
        assert codes(stitched) == ["page_break_unresolved"]

    def test_a_project_with_amounts_that_begins_within_an_indicator_is_held(self) -> None:
        stitched = stitch([whole()], [whole("乙项目", indicators=ITEMS[2])])
        assert codes(stitched) == ["page_break_unresolved"]
        assert len(data(stitched)) == 2

    @pytest.mark.parametrize(
        "name", ["甲项目（续）", "甲项目(续)", "甲项\n目（续）", "（续）甲项目", "（续）"]
    )
    @pytest.mark.parametrize("amount", ["", "10.00"])
    def test_a_name_repeated_and_marked_is_no_new_project(self, name: str, amount: str) -> None:
        upper = whole(goal="\n".join(GOAL[:2]), indicators="\n".join(ITEMS[:2]))
        lower: Cells = {
            "project_name": name,
            "total": amount,
            "goal": GOAL[2],
            "indicators": "\n".join(ITEMS[2:]),
        }
        only(stitch([upper], [lower]), Join.REPEATED_NAME)

    @pytest.mark.parametrize(
        "second",
        [whole("乙项目（续）"), whole("甲项目（续）", "11.00")],
        ids=["another name", "another amount"],
    )
    def test_a_mark_on_another_row_joins_nothing(self, second: Cells) -> None:
        assert len(data(stitch([whole()], [second]))) == 2


class TestNeighbours:
    def test_whole_rows_stay_rows(self) -> None:
        stitched = stitch([whole("甲项目")], [whole("乙项目"), {"project_name": "合计", "total": "20.00"}])
        assert [row.cells["project_name"] for row in data(stitched)] == ["甲项目", "乙项目", "合计"]
        assert codes(stitched) == []
        assert not any(row.repeats_previous for row in stitched.rows)

    def test_equal_rows_at_a_page_break_stay_two_and_are_marked(self) -> None:
        stitched = stitch([whole()], [whole()])
        assert [row.repeats_previous for row in data(stitched)] == [False, True]

    def test_equal_rows_on_one_page_are_two(self) -> None:
        assert not any(row.repeats_previous for row in stitch([whole(), whole()], []).rows)

    @pytest.mark.parametrize("column", ["project_name", "total", "fiscal", "goal", "indicators"])
    def test_rows_that_differ_in_anything_are_not_marked(self, column: str) -> None:
        other = whole(**{column: "1、另外的"}) if column != "project_name" else whole("乙项目")
        assert not any(row.repeats_previous for row in stitch([whole()], [other]).rows)

    def test_headings_are_counted_and_numbered_in_place(self) -> None:
        stitched = stitch([whole("甲项目")], [whole("乙项目")])
        kinds = [(row.row_order, row.kind is RowKind.HEADER, row.is_repeated_header) for row in stitched.rows]
        assert kinds == [(1, True, False), (2, False, False), (3, True, True), (4, False, False)]

    def test_each_printed_row_is_in_one_stitched_row(self) -> None:
        upper = whole(indicators="\n".join(ITEMS[:3]))
        stitched = stitch([whole("乙项目"), upper], [{"indicators": ITEMS[3]}, whole("丙项目")])
        parts = sorted(str(part) for row in stitched.rows for part in row.parts)
        assert parts == ["p1g1r1", "p1g1r2", "p1g1r3", "p2g1r1", "p2g1r2", "p2g1r3"]

    def test_a_row_whose_text_is_all_hidden_is_unreadable(self) -> None:
        hidden = {"project_name": [(" ", 100)], "total": [(" ", 100)]}
        assert "row_unreadable" in codes(stitch([hidden, whole()], []))


# --- a table cut anywhere gives itself back -------------------------------------------------------

TEXT_LINES = st.lists(st.text(alphabet="甲乙丙丁，0123", min_size=1, max_size=5), min_size=1, max_size=4)


@st.composite
def tables(draw: st.DrawFn) -> list[dict[str, list[str]]]:
    """Projects with the lines of each cell; names and amounts differ."""
    rows = []
    for number in range(draw(st.integers(1, 4))):
        count = draw(st.integers(1, 3))
        rows.append(
            {
                "project_name": [f"项目{number}"],
                "total": [f"{number}1.00"],
                "fiscal": [f"{number}1.00"],
                # No line follows itself: that would be in doubt.
                "goal": [f"目标{number}", *(f"{n}{text}" for n, text in enumerate(draw(TEXT_LINES)))],
                "indicators": [packed(n) for n in range(1, count + 1)],
            }
        )
    return rows


def read_back(stitched: StitchedTable) -> list[dict[str, str]]:
    return [
        {column: without_blanks(text) for column, text in row.cells.items() if text} for row in data(stitched)
    ]


def as_printed(rows: Sequence[Mapping[str, Sequence[str]]]) -> list[dict[str, str]]:
    return [{column: "".join(lines) for column, lines in row.items()} for row in rows]


@given(tables(), st.data())
def test_cutting_a_table_between_lines_and_stitching_gives_it_back(
    rows: list[dict[str, list[str]]], choose: st.DataObject
) -> None:
    cut = choose.draw(st.integers(0, len(rows) - 1))
    above: dict[str, Lines] = {}
    below: dict[str, Lines] = {}
    for column, lines in rows[cut].items():
        least = (
            1 if column in ("project_name", "total", "fiscal") else choose.draw(st.integers(0, len(lines)))
        )
        above[column], below[column] = "\n".join(lines[:least]), "\n".join(lines[least:])
    first = [{c: "\n".join(lines) for c, lines in row.items()} for row in rows[:cut]]
    second = [{c: "\n".join(lines) for c, lines in row.items()} for row in rows[cut + 1 :]]
    goes_on = any(below.values())
    stitched = stitch([*first, above], [below, *second] if goes_on else second)
    expected = as_printed(rows)
    has_content = bool(above["goal"] or above["indicators"])
    broken = bool(below["indicators"]) and not below["indicators"].startswith("1")
    if goes_on and not has_content and broken:
        assert "page_break_unresolved" in codes(stitched)
    else:
        assert codes(stitched) == []
    joins = {row.join for row in data(stitched)}
    assert (Join.PROVED_BY_SUM in joins) == (goes_on and not has_content)
    assert read_back(stitched) == expected


@given(tables(), st.data())
def test_clipping_a_table_anywhere_and_stitching_gives_it_back(
    rows: list[dict[str, list[str]]], choose: st.DataObject
) -> None:
    cut = choose.draw(st.integers(0, len(rows) - 1))
    height = max(len(lines) for lines in rows[cut].values())
    at = choose.draw(st.floats(0.0, float(height)))

    def part(is_upper: bool) -> dict[str, Lines]:
        shown: dict[str, Lines] = {}
        for column, lines in rows[cut].items():
            start = (height - len(lines)) / 2  # texts stand in the middle of their cells
            visible = [round(100 * min(1.0, max(0.0, at - start - n))) for n in range(len(lines))]
            shown[column] = show(lines, *(pct if is_upper else 100 - pct for pct in visible))
        return shown

    first = [{c: "\n".join(lines) for c, lines in row.items()} for row in rows[:cut]]
    second = [{c: "\n".join(lines) for c, lines in row.items()} for row in rows[cut + 1 :]]
    stitched = stitch([*first, part(True)], [part(False), *second])
    assert codes(stitched) == []
    assert read_back(stitched) == as_printed(rows)
