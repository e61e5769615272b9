"""Which projects of two years are one: from hand-made years with known truth."""

from __future__ import annotations

import pandas as pd
import pytest

from zc_pipeline.schemas.shape import check_shape
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.tables.frames import frame_of, records_of
from zc_pipeline.tables.links import (
    PublishedYear,
    check_links_kept,
    comparable,
    one_year_on,
    printed_place,
    project_links_frame,
)
from zc_pipeline_tests.tables.two_years import DEPARTMENT, GOAL, Made, project_id, published

OTHER_UNIT = "云岭市清河区农业技术推广中心"
OTHER_DEPARTMENT = "云岭市清河区水务局"
ELSEWHERE = "南屏市望江县水务局"
OTHER_GOAL = "举办面向全市中小学生的足球联赛，覆盖学校一百所，参赛学生五千人"
THREE = (("检查次数", "12次"), ("培训人数", "300人"), ("群众满意度", "≥90%"))
TWO_OTHERS = (("补助户数", "20户"), ("发放及时率", "100%"))


def link(*years: PublishedYear) -> pd.DataFrame:
    before, now = years
    links = project_links_frame(now.year, before, now)
    assert check_shape("project_links", links).failures == ()
    assert check_content("project_links", links).failures == ()
    assert check_links_kept(links, before, now).failures == ()
    return links


def pairs(links: pd.DataFrame) -> dict[tuple[int, int], tuple[str, str]]:
    """Linked numbers of the two years → certainty and rule."""
    return {
        (_number(row["previous_project_id"]), _number(row["next_project_id"])): (
            row["certainty"],
            row["rule"],
        )
        for row in records_of(links)
        if row["link_state"] == "linked"
    }


def states(links: pd.DataFrame) -> dict[str, tuple[str, str]]:
    """`<` and number of the year before, or `>` and number of the year → state and rule of the unlinked."""
    found = {}
    for row in records_of(links):
        if row["link_state"] != "linked":
            one = row["previous_project_id"]
            side = f"<{_number(one)}" if one else f">{_number(row['next_project_id'])}"
            found[side] = (row["link_state"], row["rule"])
    return found


def _number(project: str) -> int:
    return int(project.rpartition("p")[2])


def test_the_same_name_under_the_same_unit_is_certain() -> None:
    before = published(2023, Made(1, "农村人居环境整治"), Made(2, "党建活动经费"))
    now = published(2024, Made(1, "党建活动经费"), Made(2, "农村人居环境整治"))
    links = link(before, now)
    assert pairs(links) == {(1, 2): ("certain", "same_name"), (2, 1): ("certain", "same_name")}
    row = records_of(links)[0]
    assert (row["previous_unit_name"], row["next_department_name"]) == (DEPARTMENT, DEPARTMENT)
    assert "once in either year" in row["why"]


@pytest.mark.parametrize(
    ("was", "is_now", "rule"),
    [
        ("因公出国（境）经费", "因公出国(境) 经费", "same_name_other_print"),
        ("2023年度农村厕所改造", "2024年度农村厕所改造", "same_name_next_year"),
        ("2022-2023年造林", "2023-2024年 造林", "same_name_next_year"),
        ("厕所改造（2023）", "厕所改造(2024)", "same_name_next_year"),
        ("2023年厕所改造", "2023年厕所改造", "same_name"),
    ],
)
def test_what_may_differ_in_a_name(was: str, is_now: str, rule: str) -> None:
    links = link(published(2023, Made(1, was)), published(2024, Made(1, is_now)))
    assert pairs(links) == {(1, 1): ("certain", rule)}


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        ("2022年厕所改造", "2024年厕所改造"),
        ("2024年厕所改造", "2023年厕所改造"),
        ("厕所改造（一期）", "厕所改造（二期）"),
        ("2000亩造林", "2001亩造林"),
        ("造林", "造林项目"),
    ],
)
def test_what_may_not_differ_in_a_name(was: str, is_now: str) -> None:
    links = link(published(2023, Made(1, was)), published(2024, Made(1, is_now)))
    assert pairs(links) == {}
    assert states(links) == {"<1": ("ended", "no_match"), ">1": ("new", "no_match")}


def test_one_name_under_two_units_is_two_projects() -> None:
    before = published(2023, Made(1, "专项工作经费"), Made(2, "专项工作经费", OTHER_UNIT))
    now = published(2024, Made(1, "专项工作经费", OTHER_UNIT), Made(2, "专项工作经费"))
    assert set(pairs(link(before, now))) == {(1, 2), (2, 1)}


def test_a_name_that_stands_twice_under_a_unit_is_not_linked_by_name() -> None:
    before = published(2023, Made(1, "专项工作经费"))
    now = published(2024, Made(1, "专项工作经费"), Made(2, "专项工作经费"))
    links = link(before, now)
    assert pairs(links) == {}
    ambiguous = ("ambiguous", "several_candidates")
    assert states(links) == {"<1": ambiguous, ">1": ambiguous, ">2": ambiguous}
    (row,) = (row for row in records_of(links) if row["previous_project_id"])
    assert row["candidate_count"] == 2
    assert row["candidate_project_ids"].split() == [project_id(2024, 1), project_id(2024, 2)]
    assert row["why"].count("专项工作经费") == 2


def test_goals_tell_two_of_one_name_apart() -> None:
    before = published(2023, Made(1, "专项工作经费", goal=GOAL), Made(2, "专项工作经费", goal=OTHER_GOAL))
    now = published(2024, Made(1, "专项工作经费", goal=OTHER_GOAL), Made(2, "专项工作经费", goal=GOAL))
    told_apart = ("probable", "told_apart")
    assert pairs(link(before, now)) == {(1, 2): told_apart, (2, 1): told_apart}


def test_one_told_apart_leaves_the_other_ambiguous() -> None:
    before = published(2023, Made(1, "专项工作经费", goal=GOAL), Made(2, "专项工作经费", goal="旧的"))
    now = published(2024, Made(1, "专项工作经费", goal=GOAL), Made(2, "专项工作经费", goal="新的"))
    links = link(before, now)
    assert pairs(links) == {(1, 1): ("probable", "told_apart")}
    assert {state for state, _ in states(links).values()} == {"ambiguous"}


def test_goal_and_indicators_that_contradict_tell_nothing() -> None:
    before = published(2023, Made(1, "专项工作经费", goal=GOAL, indicators=THREE))
    now = published(
        2024,
        Made(1, "专项工作经费", goal=GOAL, indicators=TWO_OTHERS),
        Made(2, "专项工作经费", goal=OTHER_GOAL, indicators=THREE),
    )
    assert pairs(link(before, now)) == {}


def test_one_indicator_more_in_common_tells_nothing() -> None:
    before = published(2023, Made(1, "专项工作经费", indicators=THREE))
    now = published(
        2024,
        Made(1, "专项工作经费", indicators=THREE),
        Made(2, "专项工作经费", indicators=THREE[:2]),
    )
    assert pairs(link(before, now)) == {}


def test_years_in_a_row_are_not_guessed() -> None:
    """2023年 of this year may be last year's again, or what 2022年 was."""
    before = published(2023, Made(1, "2022年造林"), Made(2, "2023年造林"))
    now = published(2024, Made(1, "2023年造林"), Made(2, "2024年造林"))
    links = link(before, now)
    assert pairs(links) == {}
    assert {state for state, _ in states(links).values()} == {"ambiguous"}


def test_a_pair_at_home_that_another_project_of_the_name_fits_better_is_not_linked() -> None:
    """One of two ended, and the other moved to its place: by name alone the wrong two would be linked."""
    before = published(
        2023, Made(1, "专项工作经费", goal=OTHER_GOAL), Made(2, "专项工作经费", OTHER_UNIT, goal=GOAL)
    )
    now = published(2024, Made(1, "专项工作经费", goal=GOAL), Made(2, "推广", OTHER_UNIT))
    links = link(before, now)
    assert pairs(links) == {}
    challenged = ("ambiguous", "challenged")
    assert {side: state for side, state in states(links).items() if side != ">2"} == dict.fromkeys(
        ("<1", "<2", ">1"), challenged
    )
    mirrored = link(
        published(2023, Made(1, "专项工作经费", goal=GOAL), Made(2, "推广", OTHER_UNIT)),
        published(
            2024, Made(1, "专项工作经费", goal=OTHER_GOAL), Made(2, "专项工作经费", OTHER_UNIT, goal=GOAL)
        ),
    )
    assert pairs(mirrored) == {}


@pytest.mark.parametrize(("shared", "is_linked"), [(1, False), (2, True)])
def test_a_pair_at_home_with_little_in_common_yields_to_equals(shared: int, is_linked: bool) -> None:
    """With half of the indicators or more in common, a rival with one does not count."""
    home = (*THREE[:shared], *TWO_OTHERS)
    before = published(
        2023,
        Made(1, "专项工作经费", goal=GOAL, indicators=home[:4]),
        Made(2, "专项工作经费", OTHER_UNIT, goal=OTHER_GOAL, indicators=THREE[:1]),
    )
    now = published(
        2024,
        Made(1, "专项工作经费", goal="另一个目标", indicators=THREE),
        Made(2, "推广", OTHER_UNIT),
    )
    assert ((1, 1) in pairs(link(before, now))) == is_linked


class TestOtherUnit:
    def test_the_same_goal_makes_it_probable(self) -> None:
        before = published(2023, Made(1, "病虫害防治", goal=GOAL), Made(2, "造林"))
        now = published(2024, Made(1, "病虫害防治", OTHER_UNIT, goal=GOAL + "。"), Made(2, "造林"))
        links = link(before, now)
        assert pairs(links)[1, 1] == ("probable", "other_unit")
        (why,) = (row["why"] for row in records_of(links) if row["rule"] == "other_unit")
        assert "the same goal" in why

    def test_so_do_three_indicators(self) -> None:
        before = published(2023, Made(1, "病虫害防治", indicators=THREE))
        now = published(2024, Made(1, "病虫害防治", OTHER_UNIT, indicators=THREE))
        assert pairs(link(before, now)) == {(1, 1): ("probable", "other_unit")}

    @pytest.mark.parametrize(
        ("goal", "other", "indicators"),
        [
            ("", "", ()),
            ("保障工作开展", "保障工作开展", ()),
            (GOAL, OTHER_GOAL, THREE[:2]),
            (GOAL, "", ()),
        ],
    )
    def test_less_is_a_candidate_only(
        self, goal: str, other: str, indicators: tuple[tuple[str, str], ...]
    ) -> None:
        before = published(2023, Made(1, "病虫害防治", goal=goal, indicators=indicators))
        now = published(2024, Made(1, "病虫害防治", OTHER_UNIT, goal=other, indicators=indicators))
        links = link(before, now)
        assert pairs(links) == {}
        assert states(links) == dict.fromkeys(("<1", ">1"), ("ambiguous", "unconfirmed"))

    def test_a_goal_that_another_project_of_that_name_has_too_confirms_nothing(self) -> None:
        before = published(2023, Made(1, "聘用经费", goal=GOAL), Made(2, "聘用经费", OTHER_UNIT, goal=GOAL))
        now = published(
            2024,
            Made(1, "聘用经费", "云岭市清河区种子站", goal=GOAL),
            Made(2, "聘用经费", OTHER_UNIT, goal=GOAL),
        )
        links = link(before, now)
        assert pairs(links) == {(2, 2): ("certain", "same_name")}
        assert states(links) == dict.fromkeys(("<1", ">1"), ("ambiguous", "unconfirmed"))

    def test_a_unit_whose_file_may_be_missing_is_no_other_name(self) -> None:
        """Two files a year: that of the one unit is missing now, that of the other was missing before."""
        before = published(
            2023, Made(1, "聘用经费", goal=GOAL, file="a"), Made(2, "造林", "云岭市林场", file="b")
        )
        now = published(
            2024,
            Made(1, "聘用经费", OTHER_UNIT, goal=GOAL, file="c"),
            Made(2, "造林", "云岭市林场", file="b"),
        )
        assert set(pairs(link(before, now))) == {(2, 2)}


class TestOtherDepartment:
    def test_the_same_unit_with_the_same_goal_is_probable(self) -> None:
        before = published(2023, Made(1, "病虫害防治", OTHER_UNIT, goal=GOAL))
        now = published(2024, Made(1, "病虫害防治", OTHER_UNIT, OTHER_DEPARTMENT, goal=GOAL))
        assert pairs(link(before, now)) == {(1, 1): ("probable", "other_department")}

    def test_a_unit_of_one_name_in_another_place_is_another(self) -> None:
        before = published(2023, Made(1, "图书采购", "图书馆", DEPARTMENT, goal=GOAL))
        now = published(2024, Made(1, "图书采购", "图书馆", ELSEWHERE, goal=GOAL))
        links = link(before, now)
        assert pairs(links) == {}
        assert states(links) == dict.fromkeys(("<1", ">1"), ("not_covered", "department_missing"))


class TestOtherBody:
    MOVED = (Made(1, "河湖水质监测", goal=GOAL, indicators=THREE), Made(2, "造林"))
    STAYED = Made(3, "防汛", OTHER_DEPARTMENT, OTHER_DEPARTMENT)

    def test_between_departments_of_one_place_seen_in_both_years(self) -> None:
        before = published(2023, *self.MOVED, self.STAYED)
        moved = Made(1, "河湖水质监测", OTHER_DEPARTMENT, OTHER_DEPARTMENT, goal=GOAL, indicators=THREE)
        now = published(2024, moved, Made(2, "造林"), self.STAYED)
        assert pairs(link(before, now))[1, 1] == ("probable", "other_body")

    def test_not_by_the_goal_alone(self) -> None:
        before = published(2023, *self.MOVED, self.STAYED)
        moved = Made(1, "河湖水质监测", OTHER_DEPARTMENT, OTHER_DEPARTMENT, goal=GOAL)
        now = published(2024, moved, Made(2, "造林"), self.STAYED)
        links = link(before, now)
        assert (1, 1) not in pairs(links)
        assert states(links) == {"<1": ("ended", "no_match"), ">1": ("new", "no_match")}

    def test_not_between_places(self) -> None:
        before = published(2023, *self.MOVED, Made(3, "防汛", ELSEWHERE, ELSEWHERE))
        moved = Made(1, "河湖水质监测", ELSEWHERE, ELSEWHERE, goal=GOAL, indicators=THREE)
        now = published(2024, moved, Made(2, "造林"), Made(3, "防汛", ELSEWHERE, ELSEWHERE))
        assert (1, 1) not in pairs(link(before, now))

    def test_not_where_a_disclosure_may_be_missing(self) -> None:
        before = published(2023, *self.MOVED)
        moved = Made(1, "河湖水质监测", OTHER_DEPARTMENT, OTHER_DEPARTMENT, goal=GOAL, indicators=THREE)
        now = published(2024, moved)
        links = link(before, now)
        assert pairs(links) == {}
        assert states(links)["<1"] == ("ambiguous", "unconfirmed")
        assert states(links)["<2"] == ("not_covered", "department_missing")

    def test_a_department_with_another_name_needs_two_pairs(self) -> None:
        named = "云岭市清河区农业农村和水务局"
        goals = (GOAL, OTHER_GOAL)
        before = published(2023, *(Made(n, f"项目{n}", goal=goals[n - 1], indicators=THREE) for n in (1, 2)))
        now = published(2024, *(Made(n, f"项目{n}", named, named, goals[n - 1], THREE) for n in (1, 2)))
        assert set(pairs(link(before, now)).values()) == {("probable", "other_body")}
        only_one = published(2024, Made(1, "项目1", named, named, GOAL, THREE))
        assert pairs(link(before, only_one)) == {}


def test_another_name_is_never_linked_but_named() -> None:
    before = published(2023, Made(1, "厕所改造", goal=GOAL, indicators=THREE))
    now = published(2024, Made(1, "厕所革命", goal=GOAL, indicators=THREE))
    links = link(before, now)
    assert pairs(links) == {}
    assert states(links) == dict.fromkeys(("<1", ">1"), ("ambiguous", "other_name"))
    assert "厕所革命" in records_of(links)[1]["why"]


def test_bodies_without_a_printed_name_are_not_known() -> None:
    before = published(2023, Made(1, "造林", None, None, goal=GOAL, indicators=THREE))
    now = published(2024, Made(1, "造林", None, None, goal=GOAL, indicators=THREE))
    assert states(link(before, now)) == dict.fromkeys(("<1", ">1"), ("not_covered", "department_missing"))


def test_a_table_without_unit_rows_is_linked_by_its_department() -> None:
    before, now = (published(year, Made(1, "造林", None)) for year in (2023, 2024))
    assert pairs(link(before, now)) == {(1, 1): ("certain", "same_name")}


class TestNotCovered:
    def test_without_the_year_before(self) -> None:
        now = published(2024, Made(1, "造林"), Made(2, "防汛"))
        links = project_links_frame(2024, None, now)
        assert check_links_kept(links, None, now).passed
        assert set(states(links).values()) == {("not_covered", "year_missing")}

    def test_where_the_department_was_held_in_part(self) -> None:
        before = published(2023, Made(1, "造林"), verdicts={DEPARTMENT: ["accepted", "held"]})
        now = published(2024, Made(1, "造林"), Made(2, "防汛"))
        assert states(link(before, now)) == {">2": ("not_covered", "department_doubtful")}

    def test_where_a_unit_of_several_files_is_missing(self) -> None:
        before = published(2023, Made(1, "造林", file="a"))
        now = published(2024, Made(1, "造林", file="a"), Made(2, "推广", OTHER_UNIT, file="b"))
        assert states(link(before, now)) == {">2": ("not_covered", "unit_missing")}

    def test_one_document_in_both_years_is_not_linked_to_itself(self) -> None:
        before = published(2023, Made(1, "造林"))
        now = published(2024, Made(1, "造林"))
        same = now.projects.assign(project_id=before.projects["project_id"])
        now = PublishedYear(2024, same, now.indicators, now.documents)
        links = link(before, now)
        assert states(links) == dict.fromkeys(("<1", ">1"), ("not_covered", "document_in_both_years"))


def test_equal_tables_give_equal_links_whatever_their_order() -> None:
    made = [Made(n, f"项目{n % 4}", goal=GOAL if n < 3 else OTHER_GOAL) for n in range(1, 9)]
    before, now = published(2023, *made), published(2024, *reversed(made))
    links = link(before, now)
    turned = PublishedYear(
        2023, before.projects[::-1].reset_index(drop=True), before.indicators, before.documents
    )
    pd.testing.assert_frame_equal(links, link(turned, now))


class TestConservation:
    """The gate finds what the function would have to get wrong."""

    @pytest.fixture
    def years(self) -> tuple[PublishedYear, PublishedYear]:
        return published(2023, Made(1, "造林"), Made(2, "旧")), published(
            2024, Made(1, "造林"), Made(2, "新")
        )

    def bent(self, years: tuple[PublishedYear, PublishedYear], number: int, **changes: object) -> set[str]:
        rows = records_of(link(*years))
        rows[number] |= changes
        result = check_links_kept(frame_of("project_links", rows), *years)
        assert all(failure.document_id is None for failure in result.failures)
        return {failure.check for failure in result.failures}

    def test_a_lost_project(self, years: tuple[PublishedYear, PublishedYear]) -> None:
        links = link(*years)
        lost = links[links["link_state"] != "new"].reset_index(drop=True)
        assert {one.check for one in check_links_kept(lost, *years).failures} == {"next project occurs once"}

    def test_a_project_linked_twice(self, years: tuple[PublishedYear, PublishedYear]) -> None:
        assert "next project occurs once" in self.bent(years, 1, next_project_id=project_id(2024, 1))

    def test_names_of_another(self, years: tuple[PublishedYear, PublishedYear]) -> None:
        assert self.bent(years, 0, next_project_name="造林二") == {"next names are the project's"}

    def test_states_that_contradict_the_row(self, years: tuple[PublishedYear, PublishedYear]) -> None:
        assert "a linked row has both projects, another one" in self.bent(years, 0, link_state="new")
        assert "a linked row alone has a certainty" in self.bent(years, 1, certainty="certain")
        assert "new is of this year, ended of the year before" in self.bent(years, 1, link_state="ended")
        assert "an ambiguous row alone has candidates" in self.bent(years, 1, link_state="ambiguous")
        assert "candidates are of the other year" in self.bent(
            years,
            1,
            link_state="ambiguous",
            candidate_count=1,
            candidate_project_ids=project_id(2024, 1),
        )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023年度造林", "2024年度造林"),
        ("2022-2023年", "2023-2024年"),
        ("一九二三年", "一九二三年"),
        ("2019年", "2019年"),
        ("120230", "120230"),
        ("", ""),
    ],
)
def test_one_year_on(text: str, expected: str) -> None:
    assert one_year_on(text, 2023) == expected


def test_figures_of_a_goal_are_no_years() -> None:
    assert one_year_on("2023年底前培训2023人", 2023, dated_only=True) == "2024年底前培训2023人"
    assert one_year_on("2023.07-2024.01", 2023, dated_only=True) == "2024.07-2025.01"


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("广州市增城区科技工业商务和信息化局（增城开发区工业商务和信息化局）", "广州市增城区"),
        ("南屏市市场监督管理局", "南屏市"),
        ("云岭市清河区城市管理和综合执法局", "云岭市清河区"),
        ("南屏市社区卫生服务中心", "南屏市"),
        ("图书馆", ""),
        (None, ""),
    ],
)
def test_printed_place(name: str | None, place: str) -> None:
    assert printed_place(name) == place


def test_comparable() -> None:
    assert comparable(" 因公 出国（境）ＡＢ\u3000") == "因公出国(境)AB"
    assert comparable(None) == ""
