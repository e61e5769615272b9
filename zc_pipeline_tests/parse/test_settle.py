from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zc_pipeline.model import RowKind, TableRow
from zc_pipeline.parse.settle import deduplicate, settle_kinds

from .records import packed, table_row

T, U, P, H = RowKind.TOTAL, RowKind.UNIT, RowKind.PROJECT, RowKind.HEADER


def bare(name: str, total: str, indent: float = 3.0) -> tuple[str, str, str, float]:
    """A row without goal and indicators."""
    return name, total, "", indent


def full(name: str, total: str, indent: float = 3.0) -> tuple[str, str, str, float]:
    """A project's row."""
    return name, total, "目标", indent


def rows(*printed: tuple[str, str, str, float]) -> list[TableRow]:
    return [
        table_row(order, P, name, total, goal=goal, indicators=packed(1) if goal else "", indent=indent)
        for order, (name, total, goal, indent) in enumerate(printed, start=1)
    ]


SET_IN = 20.0


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        pytest.param(
            [
                bare("合计", "30.25"),
                bare("甲局", "30.25"),
                full("一", "10.25", SET_IN),
                full("二", "20.00", SET_IN),
            ],
            [T, U, P, P],
            id="indents tell units",
        ),
        pytest.param(
            [bare("甲局", "30.25"), full("一", "10.25", SET_IN), bare("二", "20.00", SET_IN)],
            [U, P, P],
            id="indents tell a project without goal",
        ),
        pytest.param(
            [bare("合计", "30.25"), bare("甲局", "30.25"), full("一", "10.25"), full("二", "20.00")],
            [T, U, P, P],
            id="sums tell a unit",
        ),
        pytest.param(
            [bare("合计", "30.25"), full("一", "10.25"), bare("二", "20.00")],
            [T, P, P],
            id="sums tell a project without goal",
        ),
        pytest.param(
            [
                bare("总计", "60.50"),
                bare("甲局", "30.25"),
                full("一", "10.25"),
                full("二", "20.00"),
                bare("乙局", "30.25"),
                full("三", "30.25"),
            ],
            [T, U, P, P, U, P],
            id="two units",
        ),
        pytest.param(
            [bare("甲局", "30.25"), full("一", "10.25"), full("二", "20.00")],
            [U, P, P],
            id="a sum that is no round number, without a total",
        ),
        pytest.param(
            [full("一", "10.25"), full("二", "20.00"), bare("合 计", "30.25")], [P, P, T], id="the total last"
        ),
        pytest.param([full("合计", "10.00")], [P], id="a project may be called 合计"),
    ],
)
def test_rows_get_their_kinds(printed: list[tuple[str, str, str, float]], expected: list[RowKind]) -> None:
    settled, problems = settle_kinds(rows(*printed), "万元")
    assert [row.kind for row in settled] == expected
    assert problems == []


@pytest.mark.parametrize(
    "printed",
    [
        pytest.param([bare("甲局", "10.25"), full("一", "10.25")], id="one project of its amount"),
        pytest.param([bare("甲局", "30"), full("一", "10"), full("二", "20")], id="10 + 20 = 30 by chance"),
    ],
)
def test_a_row_whose_kind_nothing_tells_is_held(printed: list[tuple[str, str, str, float]]) -> None:
    _, problems = settle_kinds(rows(*printed), "万元")
    assert [(problem.code, problem.row, problem.raw) for problem in problems] == [
        ("row_kind_ambiguous", 1, "甲局")
    ]


def test_headings_stay_headings() -> None:
    header = replace(rows(full("项目名称", "总计"))[0], kind=H)
    settled, _ = settle_kinds([header], "万元")
    assert settled[0].kind is H


class TestCopies:
    """Two equal rows at a page break: the sums say whether they are one."""

    @staticmethod
    def printed(total: str, amount: str = "10.25", unit: bool = False) -> list[TableRow]:
        return [
            table_row(1, T, "合计", total),
            table_row(2, U, "甲局", total) if unit else table_row(2, H),
            table_row(3, P, "一", amount, goal="目标"),
            table_row(4, P, "一", amount, goal="目标", page=2, repeats_previous=True),
            table_row(5, P, "二", "20.00", goal="目标", page=2),
        ]

    @pytest.mark.parametrize("unit", [True, False])
    def test_one_where_the_sums_count_it_once(self, unit: bool) -> None:
        settled = deduplicate(self.printed("30.25", unit=unit), "万元")
        assert settled.joined == 1
        (notice,) = settled.problems
        assert (notice.code, notice.page, notice.row) == ("copy_dropped", 2, 4)
        kept = next(row for row in settled.rows if row.row_order == 3)
        assert [part.page for part in kept.parts] == [1, 2]
        assert 4 not in [row.row_order for row in settled.rows]

    def test_two_where_the_sums_count_both(self) -> None:
        settled = deduplicate(self.printed("40.50"), "万元")
        assert (settled.joined, settled.problems) == (0, ())
        assert [row.row_order for row in settled.rows] == [1, 3, 4, 5]

    @pytest.mark.parametrize("amount", ["0.01", "0.00", ""])
    def test_held_where_the_sums_allow_both(self, amount: str) -> None:
        settled = deduplicate(self.printed("20.00" if amount != "0.01" else "20.01", amount), "万元")
        assert [(problem.code, problem.page, problem.row) for problem in settled.problems] == [
            ("duplicate_ambiguous", 2, 4)
        ]

    def test_held_where_no_sum_is_printed(self) -> None:
        settled = deduplicate(self.printed("30.25")[1:], "万元")
        assert [problem.code for problem in settled.problems] == ["duplicate_ambiguous"]

    def test_many_copies_are_settled_too(self) -> None:
        found = [table_row(1, T, "合计", "210.00")]
        for number in range(1, 21):
            page = number + 1
            name, amount = f"项目{number}", f"{number}.00"
            found.append(table_row(2 * number, P, name, amount, goal="目标", page=page - 1))
            found.append(
                table_row(2 * number + 1, P, name, amount, goal="目标", page=page, repeats_previous=True)
            )
        settled = deduplicate(found, "万元")
        assert settled.joined == 20
        assert [(p.code, p.row) for p in settled.problems] == [
            ("copy_dropped", 2 * n + 1) for n in range(1, 21)
        ]

    def test_many_copies_in_no_sum_are_held(self) -> None:
        found = [table_row(1, P, "一", "1.00", goal="目标")]
        found += [
            table_row(n, P, "一", "1.00", goal="目标", page=n, repeats_previous=True) for n in range(2, 20)
        ]
        assert len(deduplicate(found, "万元").problems) == 18

    @given(st.lists(st.tuples(st.integers(1, 9999), st.booleans()), min_size=1, max_size=8))
    def test_removing_copies_gives_the_rows_and_is_done_once(self, drawn: list[tuple[int, bool]]) -> None:
        """Amounts are larger than any rounding; each row is printed once or twice."""
        found: list[TableRow] = []
        for number, (hundreds, is_twice) in enumerate(drawn):
            amount = f"{hundreds}.00"
            for is_copy in (False, True)[: 1 + is_twice]:
                found.append(
                    table_row(
                        len(found) + 2, P, f"项目{number}", amount, goal="目标", repeats_previous=is_copy
                    )
                )
        total = table_row(1, T, "合计", f"{sum(hundreds for hundreds, _ in drawn)}.00")
        once = deduplicate([total, *found], "元")
        assert [row.cells["project_name"] for row in once.rows[1:]] == [f"项目{n}" for n in range(len(drawn))]
        assert once.joined == sum(is_twice for _, is_twice in drawn)
        assert deduplicate(once.rows, "元").rows == once.rows
