"""The packed indicator cell, with every trap seen in the disclosures: what is printed, what it says."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from zc_pipeline.errors import DocumentError
from zc_pipeline.parse.forms.base import IndicatorText
from zc_pipeline.parse.forms.packed_list import PackedListForm, explode_packed_indicators
from zc_pipeline.parse.text import unwrap, without_blanks

from .records import HEADINGS, packed, suppress_ours

NUMBERS, UNREADABLE, LEFT_OVER = "indicator_numbers", "indicator_unreadable", "indicator_text_left_over"


def item(number: int, name: str, cycle: str, annual: str, codes: str = "1-产出指标；11-数量指标") -> str:
    return f"{number}、{codes}；{name}；实施周期指标值:{cycle}；年度指标值:{annual}。"


def short(found: IndicatorText) -> tuple[str, ...]:
    """Codes, name and values: what the tables publish of it."""
    return (
        f"{found.level1_code}-{found.level1_name}",
        f"{found.level2_code}-{found.level2_name}",
        found.name,
        found.cycle_target,
        found.annual_target,
    )


OUTPUT = ("1-产出指标", "11-数量指标")

TRAPS = {
    "plain": (item(1, "检查次数", "12次", "12次"), [(*OUTPUT, "检查次数", "12次", "12次")]),
    "a number broken by a wrap": (
        item(1, "合格率", "1\n00%", "1\n00%"),
        [(*OUTPUT, "合格率", "100%", "100%")],
    ),
    "a year broken by a wrap": (
        item(1, "完成时间", "202\n4年12月", "2024年\n12月"),
        [(*OUTPUT, "完成时间", "2024年12月", "2024年12月")],
    ),
    "a code broken by a wrap": (
        item(1, "次数", "5次", "5次", codes="1-产出指标；1\n1-数量指标"),
        [(*OUTPUT, "次数", "5次", "5次")],
    ),
    "a label broken by a wrap": (
        "1、1-产出指\n标；11-数量指标；次数；实施周期指\n标值:5次；年度指标\n值:6次。",
        [(*OUTPUT, "次数", "5次", "6次")],
    ),
    "the item number cut from its mark": (
        item(1, "甲", "1次", "1次")
        + "2\n、1-产出指标；11-数量指标；乙；实施周期指标值:2次；年度指标值:2次。",
        [(*OUTPUT, "甲", "1次", "1次"), (*OUTPUT, "乙", "2次", "2次")],
    ),
    "a two-digit item number broken by a wrap": (
        "".join(item(n, "甲", f"{n}次", f"{n}次") for n in range(1, 10))
        + item(10, "甲", "10次", "10次").replace("10、", "1\n0、", 1),
        [(*OUTPUT, "甲", f"{n}次", f"{n}次") for n in range(1, 11)],
    ),
    "an inner full stop": (
        item(1, "出口评价", "居全市前6。（按2023年方案评价）", "居全市前6。（按2023年方案评价）"),
        [(*OUTPUT, "出口评价", "居全市前6。（按2023年方案评价）", "居全市前6。（按2023年方案评价）")],
    ),
    "a value's own stop before the semicolon, the closing one not doubled": (
        "1、1-产出指标；13-时效指标；转运时间；实施周期指标值:按上级要求时间。；年度指标值:按上级要求时间。",
        [("1-产出指标", "13-时效指标", "转运时间", "按上级要求时间", "按上级要求时间")],
    ),
    "a value's own stop and the closing one": (
        "1、1-产出指标；13-时效指标；时间；实施周期指标值:及时；年度指标值:及时。。",
        [("1-产出指标", "13-时效指标", "时间", "及时", "及时。")],
    ),
    "a note on the annual value only": (
        item(1, "奖励金额", "21亿元", "21亿元（根据年度预算情况）"),
        [(*OUTPUT, "奖励金额", "21亿元", "21亿元（根据年度预算情况）")],
    ),
    "a unit in the name that differs from the value's": (
        item(1, "实际使用外资金额 （亿美元）", "21亿元", "21亿元"),
        [(*OUTPUT, "实际使用外资金额 （亿美元）", "21亿元", "21亿元")],
    ),
    "a decimal point after a value that ends in a digit is no item number": (
        "1.1-产出指标；11-数量指标；甲；实施周期指标值:10；年度指标值:10"
        "2.1-产出指标；11-数量指标；乙；实施周期指标值:3；年度指标值:3。",
        [(*OUTPUT, "甲", "10", "10"), (*OUTPUT, "乙", "3", "3")],
    ),
    "no closing stop, value of digits before the next number": (
        "1、1-产出指标；11-数量指标；甲；实施周期指标值:100；年度指标值:100"
        "2、2-效益指标；21-经济效益；乙；实施周期指标值:3；年度指标值:3",
        [(*OUTPUT, "甲", "100", "100"), ("2-效益指标", "21-经济效益", "乙", "3", "3")],
    ),
    "numbers within a value that look like items": (
        item(1, "步骤", "1.立项；2.验收", "1、立项"),
        [(*OUTPUT, "步骤", "1.立项；2.验收", "1、立项")],
    ),
    "values as printed elsewhere": (
        item(1, "甲", "≥90.00(%)", "=100.00(%)")
        + item(2, "乙", "30-40家", "≥100百分比")
        + item(3, "丙", "2023.07-2024.01", "按月安排"),
        [
            (*OUTPUT, "甲", "≥90.00(%)", "=100.00(%)"),
            (*OUTPUT, "乙", "30-40家", "≥100百分比"),
            (*OUTPUT, "丙", "2023.07-2024.01", "按月安排"),
        ],
    ),
    "half-width signs": (
        "1.1-产出指标;11-数量指标;甲;实施周期指标值：5次;年度指标值：5次。",
        [(*OUTPUT, "甲", "5次", "5次")],
    ),
    "full-width digits and signs": (
        "１．１－产出指标；１１－数量指标；甲；实施周期指标值：５次；年度指标值：５次。",
        [(*OUTPUT, "甲", "５次", "５次")],
    ),
    "numbers in brackets": (
        "（1）1-产出指标；11-数量指标；甲；实施周期指标值:5次；年度指标值:5次。"
        "(2)1-产出指标；11-数量指标；乙；实施周期指标值:6次；年度指标值:6次。",
        [(*OUTPUT, "甲", "5次", "5次"), (*OUTPUT, "乙", "6次", "6次")],
    ),
    "a code nobody knows": (
        item(1, "甲", "5次", "5次", codes="4-其他指标；41-其他"),
        [("4-其他指标", "41-其他", "甲", "5次", "5次")],
    ),
    "an empty value": (item(1, "甲", "", ""), [(*OUTPUT, "甲", "", "")]),
    "a blank cell": ("", []),
    "a cell of blanks": (" \n\u3000", []),
    # --- what is not to be read ---
    "a number left out": (item(1, "甲", "5次", "5次") + item(3, "乙", "5次", "5次"), NUMBERS),
    "a number twice": (item(1, "甲", "5次", "5次") + item(1, "乙", "5次", "5次"), NUMBERS),
    "numbers that begin with 2": (item(2, "甲", "5次", "5次"), NUMBERS),
    "the number's digits changed": (
        "".join(item(n, "甲", "5次", "5次") for n in range(1, 12)) + item(21, "甲", "5次", "5次"),
        NUMBERS,
    ),
    "a number dropped within the cell": (
        item(1, "甲", "5次", "5次") + item(2, "乙", "5次", "5次").removeprefix("2、"),
        UNREADABLE,
    ),
    "the first number dropped": (item(1, "甲", "5次", "5次").removeprefix("1、"), LEFT_OVER),
    "text before the first item": ("说明：" + item(1, "甲", "5次", "5次"), LEFT_OVER),
    "text that is no indicator": ("见附件", LEFT_OVER),
    "no annual value": ("1、1-产出指标；11-数量指标；甲；实施周期指标值:5次。", UNREADABLE),
    "no cycle value": ("1、1-产出指标；11-数量指标；甲；年度指标值:5次。", UNREADABLE),
    "two annual values": (
        "1、1-产出指标；11-数量指标；甲；实施周期指标值:5次；年度指标值:5次；年度指标值:6次。",
        UNREADABLE,
    ),
    "values in the other order": (
        "1、1-产出指标；11-数量指标；甲；年度指标值:5次；实施周期指标值:5次。",
        UNREADABLE,
    ),
    "no name": ("1、1-产出指标；11-数量指标；实施周期指标值:5次；年度指标值:5次。", UNREADABLE),
    "no second level": ("1、1-产出指标；甲；实施周期指标值:5次；年度指标值:5次。", LEFT_OVER),
}


@pytest.mark.parametrize(("printed", "expected"), TRAPS.values(), ids=TRAPS)
def test_a_cell_says_what_is_printed_or_is_refused(
    printed: str, expected: list[tuple[str, ...]] | str
) -> None:
    if isinstance(expected, str):
        with pytest.raises(DocumentError) as caught:
            explode_packed_indicators(printed)
        assert caught.value.code == expected
        assert caught.value.raw
    else:
        found = explode_packed_indicators(printed)
        assert [short(one) for one in found] == expected
        assert [one.number for one in found] == list(range(1, len(expected) + 1))


@pytest.mark.parametrize(
    "printed",
    [printed for printed, expected in TRAPS.values() if not isinstance(expected, str)],
    ids=str.split,
)
def test_the_texts_together_are_the_cell(printed: str) -> None:
    assert "".join(one.text for one in explode_packed_indicators(printed)) == unwrap(printed).strip()


# What values are made of in print, with the signs that part the items of the cell; a sign that ends a text
# is left out, since the stop that closes a value is not the value's.
VALUES = st.text(alphabet="甲乙满意次年0123456789%≥（）、，.-~ ", min_size=1, max_size=12).filter(
    lambda text: text == text.strip()
)


@given(st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=1, max_size=15))
@example([("甲", "0", "4、0-")] * 4)
@example([("甲", "0", "0、0-"), ("乙", "0", "0")])
def test_reading_printed_indicators_gives_them_back(values: list[tuple[str, str, str]]) -> None:
    cell = "".join(item(number, *parts) for number, parts in enumerate(values, start=1))
    assert [
        (one.name, one.cycle_target, one.annual_target) for one in explode_packed_indicators(cell)
    ] == values


@given(st.data())
def test_wraps_anywhere_change_nothing(data: st.DataObject) -> None:
    cell = packed(1, 2, 3)
    places = sorted(data.draw(st.sets(st.integers(1, len(cell) - 1), max_size=12)))
    wrapped = "\n".join(cell[a:b] for a, b in zip([0, *places], [*places, len(cell)], strict=True))
    assert explode_packed_indicators(wrapped) == explode_packed_indicators(cell)


PIECES = st.lists(
    st.sampled_from(
        [
            "1、",
            "2、",
            "3.",
            "1-产出指标；",
            "11-数量指标；",
            "甲；",
            "实施周期指标值:",
            "年度指标值:",
            "5次",
            "；",
            "。",
            "\n",
            "12",
        ]
    ),
    max_size=14,
)


@given(st.text(max_size=60) | PIECES.map("".join))
def test_any_text_gives_indicators_that_lose_nothing_or_one_of_our_errors(text: str) -> None:
    with suppress_ours(NUMBERS, UNREADABLE, LEFT_OVER):
        found = explode_packed_indicators(text)
        assert without_blanks("".join(one.text for one in found)) == without_blanks(text)


ROW = list(HEADINGS)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (ROW, (("project_name", "total", "fiscal", "special_account", "other", "goal", "indicators"), None)),
        (
            ROW[::-1],
            (("indicators", "goal", "other", "special_account", "fiscal", "total", "project_name"), None),
        ),
        ([ROW[0], ROW[1], ROW[5], ROW[6]], (("project_name", "total", "goal", "indicators"), None)),
        (
            ["项目名称", "总计（万元）", "绩效目标", "绩效指标"],
            (("project_name", "total", "goal", "indicators"), "万元"),
        ),
        (
            ["项目 名称", "总\n计", "绩效\n目标", "绩效 指标"],
            (("project_name", "total", "goal", "indicators"), None),
        ),
        (
            [
                "序号",
                *ROW[:2],
                "财政拨款（万元）/小计",
                "财政拨款资金/一般公共\n预算",
                "财政拨款/政府性基金",
                "财政拨款/其中/国有资本经营预算",
                "资金来源/其他资金",
                *ROW[5:],
                "备注",
            ],
            (
                (
                    "ignored",
                    "project_name",
                    "total",
                    "fiscal",
                    "general_budget",
                    "government_fund",
                    "state_capital",
                    "other",
                    "goal",
                    "indicators",
                    "ignored",
                ),
                "万元",
            ),
        ),
        ([*ROW, "一般公共预算", "财政拨款/小计"], "repeated_column"),
        ([*ROW, "小计"], "unknown_column"),
        ([*ROW, "其他资金/小计"], "unknown_column"),
        ([*ROW, "财政拨款/其他资金"], "unknown_column"),
        ([*ROW, "2023年/一般公共预算"], "unknown_column"),
        (["收入项目", "预算数", "支出项目", "预算数"], None),
        (["智慧政务", "12.00", "目标", "1、1-产出指标"], None),
        ([], None),
        ([*ROW, "备注事项甲"], "unknown_column"),
        ([*ROW, ""], "unknown_column"),
        ([*ROW, "总计"], "repeated_column"),
        ([ROW[0], ROW[5], ROW[6]], "missing_column"),
        (["项目名称", "总计（万元）", "财政拨款（元）", "绩效目标", "绩效指标"], "money_unit_contradictory"),
    ],
)
def test_a_heading_is_understood_or_refused(labels: list[str], expected: object) -> None:
    if isinstance(expected, str):
        with pytest.raises(DocumentError) as caught:
            PackedListForm().match_header(labels)
        assert caught.value.code == expected
    else:
        match = PackedListForm().match_header(labels)
        assert (match and tuple(match)) == expected
