"""What changed between two years of one project: from hand-made years with known truth."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from zc_pipeline.schemas.shape import check_shape
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.tables.changes import check_changes_kept, project_changes_frame
from zc_pipeline.tables.frames import frame_of, records_of
from zc_pipeline.tables.links import PublishedYear, project_links_frame
from zc_pipeline_tests.tables.two_years import GOAL, Made, published

Years = tuple[PublishedYear, PublishedYear]
NAME = "造林"


def changes_of(before: PublishedYear, now: PublishedYear) -> list[dict[str, Any]]:
    links = project_links_frame(now.year, before, now)
    changes = project_changes_frame(links, before, now)
    assert check_shape("project_changes", changes).failures == ()
    assert check_content("project_changes", changes).failures == ()
    assert check_changes_kept(changes, links, before, now).failures == ()
    return records_of(changes)


def between(was: Made, is_now: Made) -> list[dict[str, Any]]:
    return changes_of(published(2023, was), published(2024, is_now))


def target(was: str, is_now: str, name: str = "数量") -> dict[str, Any]:
    """The change of an indicator's annual target."""
    rows = between(
        Made(1, NAME, indicators=((name, f"不变/{was}"),)),
        Made(1, NAME, indicators=((name, f"不变/{is_now}"),)),
    )
    (row,) = (row for row in rows if row["column_name"] == "annual_target")
    return row


class TestAmounts:
    def test_a_change_has_its_difference(self) -> None:
        rows = between(Made(1, NAME, total="40.00"), Made(1, NAME, total="55.50"))
        assert [(row["kind"], row["column_name"]) for row in rows] == [
            ("amount_changed", "total_cny"),
            ("amount_changed", "fiscal_cny"),
        ]
        assert (rows[0]["from_text"], rows[0]["to_text"]) == ("40.00", "55.50")
        assert (rows[0]["from_cny"], rows[0]["to_cny"]) == (Decimal("400000.00"), Decimal("555000.00"))
        assert rows[0]["difference_cny"] == Decimal("155000.00")
        assert [row["change_number"] for row in rows] == [1, 2]

    def test_the_same_amount_is_no_change(self) -> None:
        assert between(Made(1, NAME), Made(1, NAME)) == []

    @pytest.mark.parametrize(
        ("was", "is_now", "kind"),
        [
            (None, "1.00", "amount_appeared"),
            ("1.00", None, "amount_vanished"),
            (None, "0.00", "amount_appeared"),
        ],
    )
    def test_a_blank_is_no_zero(self, was: str | None, is_now: str | None, kind: str) -> None:
        row = between(Made(1, NAME, total=was), Made(1, NAME, total=is_now))[0]
        assert (row["kind"], row["difference_cny"]) == (kind, None)


@pytest.mark.parametrize(
    ("was", "is_now", "kind"),
    [
        (GOAL, GOAL, "goal_copied"),
        ("完成（一）期", "完成(一) 期", "goal_copied"),
        ("2023年底前完成", "2024年底前完成", "goal_moved_on"),
        ("培训2023人", "培训2024人", "goal_changed"),
        (GOAL, "完成任务", "goal_changed"),
        ("", GOAL, "goal_changed"),
        ("", "", None),
    ],
)
def test_goals(was: str, is_now: str, kind: str | None) -> None:
    rows = between(Made(1, NAME, goal=was), Made(1, NAME, goal=is_now))
    found = [(row["kind"], row["from_text"], row["to_text"]) for row in rows]
    assert found == ([(kind, was or None, is_now or None)] if kind else [])


class TestTargets:
    @pytest.mark.parametrize(
        ("was", "is_now", "kind", "difference"),
        [
            ("12次", "15次", "target_raised", "3"),
            ("≥95%", "≥90%", "target_lowered", "-5"),
            ("不超过24小时", "≤12小时", "target_lowered", "-12"),
            ("≥90%", "不低于90%", "target_reworded", "0"),
            ("50万元", "500000元", "target_reworded", "0"),
            ("2万人次", "30000人次", "target_raised", "10000"),
            ("30-40家", "35-40家", "target_raised", None),
            ("30-40家", "20-40家", "target_lowered", None),
            ("12次", "12 次", "target_copied", "0"),
            ("及时", "及时", "target_copied", None),
        ],
    )
    def test_what_can_be_compared(self, was: str, is_now: str, kind: str, difference: str | None) -> None:
        row = target(was, is_now)
        assert (row["kind"], row["reason"]) == (kind, None)
        assert row["difference"] == (None if difference is None else Decimal(difference))
        assert (row["from_text"], row["to_text"]) == (was, is_now)

    @pytest.mark.parametrize(
        ("was", "is_now", "reason"),
        [
            ("及时", "100%", "not_a_quantity"),
            ("12次", "≥12次", "other_relation"),
            ("12次", "12人", "other_unit"),
            ("12", "12次", "other_unit"),
            ("每月2次", "每年2次", "other_period"),
            ("5家次以上", "6家次以上（根据年度预算情况）", "other_note"),
            ("30-40家", "20-50家", "bounds_cross"),
            ("约50家", "约60家", "not_a_quantity"),
            ("12次", "", "not_printed"),
        ],
    )
    def test_what_cannot(self, was: str, is_now: str, reason: str) -> None:
        row = target(was, is_now)
        assert (row["kind"], row["reason"]) == ("target_changed", reason)
        assert row["difference"] is None

    def test_numbers_stand_beside_the_texts(self) -> None:
        row = target("50万元以上", "≥80万元")
        assert (row["relation"], row["unit_base"]) == (">=", "元")
        assert (row["from_low"], row["to_low"]) == (Decimal(500_000), Decimal(800_000))
        assert (row["from_high"], row["to_high"]) == (None, None)

    def test_cycle_and_year_are_compared_each_with_its_own(self) -> None:
        rows = between(
            Made(1, NAME, indicators=(("面积", "100亩/20亩"),)),
            Made(1, NAME, indicators=(("面积", "100亩/30亩"),)),
        )
        assert [(row["column_name"], row["kind"]) for row in rows] == [
            ("cycle_target", "target_copied"),
            ("annual_target", "target_raised"),
        ]


class TestIndicators:
    def kinds(
        self, was: tuple[tuple[str, str], ...], is_now: tuple[tuple[str, str], ...]
    ) -> list[tuple[str, str]]:
        rows = between(Made(1, NAME, indicators=was), Made(1, NAME, indicators=is_now))
        return [(row["kind"], row["indicator_name"]) for row in rows if row["column_name"] != "cycle_target"]

    def test_new_and_dropped(self) -> None:
        assert self.kinds((("甲", "1次"), ("乙", "1次")), (("乙", "1次"), ("丙", "1次"))) == [
            ("target_copied", "乙"),
            ("indicator_new", "丙"),
            ("indicator_dropped", "甲"),
        ]

    def test_a_name_that_stands_twice_is_not_told(self) -> None:
        twice = (("甲", "1次"), ("甲", "2次"))
        assert self.kinds(twice, twice) == [("indicator_ambiguous", "甲")] * 4
        assert self.kinds((("甲", "1次"),), twice) == [("indicator_ambiguous", "甲")] * 3

    def test_years_in_a_name_may_move_on(self) -> None:
        assert self.kinds((("2023年面积", "1亩"),), (("2024年面积", "2亩"),)) == [
            ("target_raised", "2024年面积")
        ]

    def test_width_and_blanks_do_not_count(self) -> None:
        assert self.kinds((("金额（亿美元）", "1"),), (("金额 (亿美元)", "2"),)) == [
            ("target_raised", "金额 (亿美元)")
        ]

    def test_another_level_is_another_indicator(self) -> None:
        quality = ("1", "产出指标", "12", "质量指标")
        rows = between(
            Made(1, NAME, indicators=(("甲", "1次"),)),
            Made(1, NAME, indicators=(("甲", "1次"),), level=quality),
        )
        assert {row["kind"] for row in rows} == {"indicator_new", "indicator_dropped"}

    def test_whole_indicators_stand_as_printed(self) -> None:
        (row,) = between(Made(1, NAME), Made(1, NAME, indicators=(("甲", "1次"),)))
        assert row["from_text"] is None
        assert row["to_text"] == "1、甲；实施周期指标值:1次；年度指标值:1次。"
        assert (row["previous_indicator_id"], row["level2_code"]) == (None, "11")


def test_what_is_not_linked_has_no_changes() -> None:
    before = published(2023, Made(1, "甲"), Made(2, "丙"), Made(3, "丙"))
    now = published(2024, Made(1, "乙"), Made(2, "丙"))
    assert changes_of(before, now) == []


class TestConservation:
    """The gate finds what the function would have to get wrong."""

    @pytest.fixture
    def years(self) -> Years:
        was = Made(1, NAME, total="1.00", indicators=(("甲", "1次"), ("乙", "1次")))
        return published(2023, was), published(2024, Made(1, NAME, total="2.00", indicators=(("甲", "2次"),)))

    def checks(self, years: Years, rows: list[dict[str, Any]]) -> set[str]:
        links = project_links_frame(2024, *years)
        result = check_changes_kept(frame_of("project_changes", rows), links, *years)
        assert {failure.document_id for failure in result.failures} <= {None}
        return {failure.check for failure in result.failures}

    def test_a_lost_indicator(self, years: Years) -> None:
        rows = changes_of(*years)
        assert self.checks(years, [row for row in rows if row["kind"] != "indicator_dropped"]) == {
            "previous indicator is told of once"
        }

    def test_a_lost_amount(self, years: Years) -> None:
        rows = changes_of(*years)
        assert self.checks(years, [row for row in rows if row["column_name"] != "fiscal_cny"]) == {
            "an amount's change is told of"
        }

    def test_a_wrong_amount(self, years: Years) -> None:
        rows = changes_of(*years)
        rows[0]["to_cny"] += 1
        assert self.checks(years, rows) == {
            "an amount's difference adds up",
            "an amount's change is told of",
        }

    def test_a_pair_that_is_not_linked(self, years: Years) -> None:
        rows = changes_of(*years)
        rows[0]["previous_project_id"] = rows[0]["next_project_id"]
        assert "changes belong to a link" in self.checks(years, rows)


def test_equal_tables_give_equal_changes() -> None:
    made = [Made(n, f"项目{n}", goal=GOAL, indicators=(("甲", f"{n}次"),)) for n in range(1, 5)]
    before, now = published(2023, *made), published(2024, *made)
    links = project_links_frame(2024, before, now)
    pd.testing.assert_frame_equal(
        project_changes_frame(links, before, now),
        project_changes_frame(links.iloc[::-1].reset_index(drop=True), before, now),
    )
