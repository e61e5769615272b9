"""Targets as quantities: what is read, what is left alone and why, and what holds for any text."""

from __future__ import annotations

import re
from dataclasses import astuple
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.quantities import BESIDE, Case, read_cases, render, score
from zc_pipeline.parse.quantities import PLACES, Quantity, Reason, Relation, read_quantity
from zc_pipeline_tests.conftest import ROOT

# target, name → relation, low, high, unit as printed
READ = [
    ("100%", "", "=", "100", "100", "%"),
    ("１００％", "", "=", "100", "100", "％"),
    ("=100.00(%)", "", "=", "100.00", "100.00", "%"),
    ("≥90.00(%)", "", ">=", "90.00", None, "%"),
    ("≥100百分比", "", ">=", "100", None, "百分比"),
    ("＞９９．５％", "", ">", "99.5", None, "％"),
    ("≧5次", "", ">=", "5", None, "次"),
    ("≦5次", "", "<=", None, "5", "次"),
    (">=5次", "", ">=", "5", None, "次"),
    ("<= 5 次", "", "<=", None, "5", "次"),
    ("＜3天", "", "<", None, "3", "天"),
    ("满意率达60%", "", ">=", "60", None, "%"),
    ("达到60%", "", ">=", "60", None, "%"),
    ("不少于2次", "", ">=", "2", None, "次"),
    ("不低于2次", "", ">=", "2", None, "次"),
    ("不小于2次", "", ">=", "2", None, "次"),
    ("至少2次", "", ">=", "2", None, "次"),
    ("2次及以上", "", ">=", "2", None, "次"),
    ("不下于2次", "", ">=", "2", None, "次"),
    ("大于2次", "", ">", "2", None, "次"),
    ("超过2次", "", ">", "2", None, "次"),
    ("高于2%", "", ">", "2", None, "%"),
    ("多于2次", "", ">", "2", None, "次"),
    ("不超过2次", "", "<=", None, "2", "次"),
    ("不高于2%", "", "<=", None, "2", "%"),
    ("不多于2次", "", "<=", None, "2", "次"),
    ("不大于2次", "", "<=", None, "2", "次"),
    ("2次以内", "", "<=", None, "2", "次"),
    ("2次以下", "", "<=", None, "2", "次"),
    ("2次及以下", "", "<=", None, "2", "次"),
    ("控制在5%以内", "", "<=", None, "5", "%"),
    ("保持在90%以上", "", ">=", "90", None, "%"),
    ("收到申请后5个工作日内办结", "", "<=", None, "5", "个工作日"),
    ("至多2次", "", "<=", None, "2", "次"),
    ("最多2次", "", "<=", None, "2", "次"),
    ("小于2次", "", "<", None, "2", "次"),
    ("低于2%", "", "<", None, "2", "%"),
    ("少于2次", "", "<", None, "2", "次"),
    ("不足2次", "", "<", None, "2", "次"),
    ("不到2次", "", "<", None, "2", "次"),
    ("大于等于2次", "", ">=", "2", None, "次"),
    ("小于等于2次", "", "<=", None, "2", "次"),
    ("等于2次", "", "=", "2", "2", "次"),
    ("达到90%以上", "", ">=", "90", None, "%"),
    ("30-40家", "", "range", "30", "40", "家"),
    ("30-40家之间", "", "range", "30", "40", "家"),
    ("6-8个事项", "", "range", "6", "8", "个"),
    ("0%至3%", "", "range", "0", "3", "%"),
    ("增长率达0%至3%", "", "range", "0", "3", "%"),
    ("30～40", "", "range", "30", "40", None),
    ("5—10个", "", "range", "5", "10", "个"),
    ("-5%至-3%", "", "range", "-5", "-3", "%"),
    ("≥95%且≤98%", "", "range", "95", "98", "%"),
    ("不低于95%，不高于98%", "", "range", "95", "98", "%"),
    ("完成6-8个事项的评审数量", "", "range", "6", "8", "个"),
    ("完成12人", "", "=", "12", "12", "人"),
    ("每月走访次数不少于2次", "", ">=", "2", None, "次"),
    ("年均增长3%", "营收年均增长率", "=", "3", "3", "%"),
    ("2024年完成3个", "", "=", "3", "3", "个"),
    ("2024年12月31日前完成3个", "", "=", "3", "3", "个"),
    ("12个企业/展会", "", "=", "12", "12", "个"),
    ("50家次以上", "", ">=", "50", None, "家次"),
    ("5家次以上（根据年度预算情况）", "", ">=", "5", None, "家次"),
    ("1800以上", "", ">=", "1800", None, None),
    ("1800以上", "培训人数（人）", ">=", "1800", None, "人"),
    ("1,800人", "", "=", "1800", "1800", "人"),
    ("1，800人", "", "=", "1800", "1800", "人"),
    ("24小时", "", "=", "24", "24", "小时"),
    ("24小时内", "", "<=", None, "24", "小时"),
    ("24小时以内", "", "<=", None, "24", "小时"),
    ("24小时内响应", "", "<=", None, "24", "小时"),
    ("5个工作日内", "", "<=", None, "5", "个工作日"),
    ("3场培训", "", "=", "3", "3", "场"),
    ("21亿元", "实际使用外资金额 （亿美元）", "=", "21", "21", "亿元"),
    ("21", "实际使用外资金额 （亿美元）", "=", "21", "21", "亿美元"),
    ("5", "同比增长率（%）", "=", "5", "5", "%"),
    ("5", "同比增长率(单位：%)", "=", "5", "5", "%"),
    ("-5%", "", "=", "-5", "-5", "%"),
    ("≥-5%", "", ">=", "-5", None, "%"),
    ("下降5%", "能耗下降率", "=", "5", "5", "%"),
    ("提高5个百分点", "占比提高幅度", "=", "5", "5", "个百分点"),
    ("100万元/年", "", "=", "100", "100", "万元/年"),
    ("2家/次", "", "=", "2", "2", "家/次"),
    ("3万", "", "=", "3", "3", "万"),
    ("下达3次", "", "=", "3", "3", "次"),
    ("培训人数100人", "", "=", "100", "100", "人"),
    ("采访群众，满意率达60%", "", ">=", "60", None, "%"),
    ("全年组织12个企业以上参展", "", ">=", "12", None, "个"),
    ("3个以上项目", "", ">=", "3", None, "个"),
    ("至少培训100人", "", ">=", "100", None, "人"),
    ("资金不到位率0%", "资金不到位率", "=", "0", "0", "%"),
    ("增长率为-3%", "", "=", "-3", "-3", "%"),
    ("减少10%", "化肥使用量减少比例", "=", "10", "10", "%"),
    ("事故数为0", "", "=", "0", "0", None),
    ("控制在5%-10%之间", "", "range", "5", "10", "%"),
    ("10‐12场", "", "range", "10", "12", "场"),
    ("≤35", "细颗粒物浓度（微克/立方米）", "<=", None, "35", "微克/立方米"),
    ("10家（含）以上", "", ">=", "10", None, "家"),
    ("3000", "参保人数（含灵活就业）", "=", "3000", "3000", None),
    ("100%完成", "", "=", "100", "100", "%"),
    ("0起", "事故", "=", "0", "0", "起"),
    ("100%。", "", "=", "100", "100", "%"),
]


@pytest.mark.parametrize(("target", "name", "relation", "low", "high", "unit"), READ)
def test_what_is_surely_one_quantity_is_read(
    target: str, name: str, relation: str, low: str | None, high: str | None, unit: str | None
) -> None:
    quantity = read_quantity(target, name)
    assert quantity.relation == relation
    assert quantity.low == (None if low is None else Decimal(low))
    assert quantity.high == (None if high is None else Decimal(high))
    assert quantity.unit == unit
    assert quantity.is_measurable
    assert quantity.reason is None


def _split(texts: str) -> list[str]:
    return re.split("[ \n]+", texts.strip())


# reason → targets
LEFT_ALONE = {
    "no_number": """
        按时 较好 完成 全部 全覆盖 零投诉 持续提升 一次性通过 统一部署 不断改善 / - % ；
    """,
    "date": """
        2023.07-2024.01 2024年12月31日前 12月底前 2024年 2024-12-31 1-12月 2024/12/31 每月15日前
        2023-2024年 第4季度 12月 每月10日
    """,
    "ordinal": "前6 第一 前三名 第3名 居全市前6。（按年度计） 排名前5%",
    "several_numbers": "举办3场、参加5次 3场，200人 100人（女性50人）",
    "unclear": f"""
        约50家 50家左右 100余人 50多家 超100人 ±5% 基本达到90% 力争达到96% 原则上不超过5万元
        1/2 1:3 100/100 1.2.3 24*7 020-88888888 007 .5 {"9" * 21} 1.1234567元 5\u300010次 1,80人
        下降5% 减少10% 降低3% 提升5% 超额完成10% 提高到5% 上年5次 满分100分
        百分之九十 百分之90 三次 两个 3½个 ①完成 一类3个和两个
        5甲乙 5项目 5G A4 50万人民币 3个亿投资 50以上家 24小时值班 见附件1 12个规模以上企业
        控制在5% 控制在5%以上 在5% 10-5个 ≥30-40家 大于5家以上 ≥90余
        未能完成3次 每3个 3个月左右 每天3次每人 月5次 24年 2024 15日
        5家（次） 5家（左右） 100%在规定时间内发放
    """,
}


@pytest.mark.parametrize(
    ("target", "reason"), [(text, reason) for reason, texts in LEFT_ALONE.items() for text in _split(texts)]
)
def test_what_is_not_surely_one_quantity_is_left_alone(target: str, reason: str) -> None:
    assert read_quantity(target) == Quantity(relation=Relation.QUALITATIVE, reason=Reason(reason))


@pytest.mark.parametrize(("low", "high"), [("≥90%", "<95%"), (">90%", "≤95%"), ("≥95%", "≤98次")])
def test_bounds_that_no_range_keeps_are_several_numbers(low: str, high: str) -> None:
    assert read_quantity(f"{low}且{high}").reason == "several_numbers"


@pytest.mark.parametrize("blank", ["", " ", "\n", "\u3000"])
def test_an_empty_target_says_nothing(blank: str) -> None:
    assert read_quantity(blank, "次数") == Quantity()
    assert not read_quantity(blank).is_measurable


@pytest.mark.parametrize(
    ("target", "base", "unit_base"),
    [
        ("200亿元", "20000000000", "元"),
        ("3万人次", "30000", "人次"),
        ("50万元", "500000", "元"),
        ("1.5亿美元", "150000000", "美元"),
        ("0.1千万元", "1000000", "元"),
        ("3万", "30000", None),
        ("3", "3", None),
        ("90%", "90", "%"),
        ("90百分比", "90", "%"),
        ("3个百分点", "3", "个百分点"),
        ("24小时", "24", "小时"),
        ("5千米", "5", "千米"),
        ("2万千瓦时", "20000", "千瓦时"),
        ("100万元/年", "1000000", "元/年"),
        ("99999999999999999999.123456万亿元", "99999999999999999999123456000000", "元"),
    ],
)
def test_multipliers_are_multiplied_out_and_units_not_converted(
    target: str, base: str, unit_base: str | None
) -> None:
    quantity = read_quantity(target)
    assert quantity.low_base == quantity.high_base == Decimal(base)
    assert quantity.unit_base == unit_base


@pytest.mark.parametrize(
    ("target", "period"),
    [
        ("每月走访次数不少于2次", "每月"),
        ("年均收入3万元", "年均"),
        ("每人每月2000元", "每人每月"),
        ("全年100人", "全年"),
        ("每季度1次", "每季度"),
        ("2次每年", "每年"),
        ("次/年", None),
        ("2次/年", None),
    ],
)
def test_the_period_is_as_printed(target: str, period: str | None) -> None:
    assert read_quantity(target).period == period


@pytest.mark.parametrize(
    ("target", "note"),
    [
        ("100人（其中女性50人）", "其中女性50人"),
        ("10家（含）以上", "含"),
        ("每年2次（上下半年）", "上下半年"),
        ("5家次以上（根据年度预算情况）", "根据年度预算情况"),
        ("5家( 根据 实际情况 )", "根据 实际情况"),
        ("≥90.00(%)", None),
        ("5家（截至2024年12月）", "截至2024年12月"),
    ],
)
def test_what_stands_in_brackets_behind_is_a_note_unless_it_is_the_unit(
    target: str, note: str | None
) -> None:
    assert read_quantity(target).is_measurable
    assert read_quantity(target).note == note


def test_a_unit_in_the_name_that_is_not_known_leaves_a_bare_number_alone() -> None:
    assert read_quantity("30", "建设数量（示范点）").reason == "unclear"
    assert read_quantity("30个", "建设数量（示范点）").unit == "个"


def test_a_bare_number_of_a_ranking_or_a_date_counts_nothing() -> None:
    assert read_quantity("6", "全市排名").reason == "ordinal"
    assert read_quantity("12", "完成时间").reason == "unclear"


PIECES = st.sampled_from(
    [
        *"0123456789.,%-~/()（）≥≤<>=约每第前至到达不年月日个家次人元万亿千百以上内下率增长，、；。 \n①½",
        *(
            "不少于",
            "超过",
            "以上",
            "2024年",
            "12月",
            "每月",
            "年均",
            "下降",
            "个月",
            "控制在",
            "培训",
            "（备注）",
            "且",
        ),
    ]
)
TEXTS = st.one_of(st.text(), st.lists(PIECES, max_size=12).map("".join))


@given(TEXTS, TEXTS)
def test_any_text_is_read_and_what_is_read_fits_together(target: str, name: str) -> None:
    quantity = read_quantity(target, name)
    assert read_quantity(target, name) == quantity
    low, high = quantity.low, quantity.high
    match quantity.relation:
        case None:
            assert not target.strip()
            assert quantity == Quantity()
        case Relation.QUALITATIVE:
            assert astuple(quantity)[1:-1] == (None,) * 8
        case Relation.EQUAL:
            assert low == high is not None
        case Relation.AT_LEAST | Relation.MORE:
            assert low is not None
            assert high is None
        case Relation.AT_MOST | Relation.LESS:
            assert low is None
            assert high is not None
        case Relation.RANGE:
            assert low is not None
            assert high is not None
            assert low <= high
    assert quantity.is_measurable == (quantity.reason is None and quantity.relation is not None)
    assert (low is None, high is None) == (quantity.low_base is None, quantity.high_base is None)
    assert quantity.unit_base is None or quantity.unit is not None
    for value in (low, high, quantity.low_base, quantity.high_base):
        assert value is None or (value == round(value, PLACES) and abs(value) < 10**32)


@given(TEXTS)
def test_every_number_and_unit_read_is_printed(target: str) -> None:
    quantity = read_quantity(target)
    digits = "".join(target.split()).replace("，", "").replace(",", "")
    for value in (quantity.low, quantity.high):
        assert value is None or str(abs(value)) in digits
    for printed in (quantity.unit, quantity.period):
        assert printed is None or printed in "".join(target.split())
    assert quantity.note is None or quantity.note in target


@given(
    st.decimals(min_value=0, max_value=10**15, places=2),
    st.sampled_from([("≥", ">="), ("不超过", "<="), ("", "="), ("大于", ">"), ("不足", "<")]),
    st.sampled_from(["%", "家次", "万元", "小时"]),
)
def test_what_is_written_is_read_back(value: Decimal, word: tuple[str, str], unit: str) -> None:
    for written in (f"{word[0]}{value}{unit}", f"{word[0]} {value:,} {unit}"):
        quantity = read_quantity(written)
        assert quantity.relation == word[1]
        assert value in (quantity.low, quantity.high)
        assert quantity.unit == unit


# --- the labelled targets -------------------------------------------------------------------------

# Of the 433 labelled measurable; the rest may be left alone, but none may be read otherwise.
LEAST_READ = 433


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return read_cases()


def test_no_labelled_target_is_read_otherwise_than_labelled(cases: list[Case]) -> None:
    wrong = [case for case in cases if case.found.is_measurable and not case.is_right]
    assert [(case.target, case.indicator_name, case.differences()) for case in wrong] == []


def test_as_many_labelled_targets_are_read_as_before(cases: list[Case]) -> None:
    total = score(cases)
    assert total.cases >= 730
    assert total.right >= LEAST_READ


def test_every_target_of_the_sample_is_labelled(cases: list[Case]) -> None:
    assert sum(case.origin == "specimen" for case in cases) == 125


def test_notes_periods_and_reasons_are_as_labelled(cases: list[Case]) -> None:
    assert [(case.target, case.differences(BESIDE)) for case in cases if case.differences(BESIDE)] == []


def test_the_page_says_truly_what_is_not_read(cases: list[Case]) -> None:
    rows = re.findall(r"^\| `(\w+)` \| .+ \| (.+) \|$", render(cases).split("## What is not read")[1], re.M)
    examples = [(example, reason) for reason, texts in rows for example in texts.split(", ")]
    assert len(examples) > 20
    assert {reason for _, reason in examples} == set(Reason)
    assert [(text, read_quantity(text).reason) for text, _ in examples] == examples


def test_the_page_of_figures_is_fresh(cases: list[Case]) -> None:
    shipped = (ROOT / "docs" / "quantities.md").read_text(encoding="utf-8")
    assert shipped == render(cases), "run `python -m benchmarks.quantities --write docs/quantities.md`"
