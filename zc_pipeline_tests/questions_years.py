"""Two years of invented disclosures in which every question of docs/questions.md has something to find."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from zc_pipeline.linking import link_year
from zc_pipeline.pipeline import RunContext, publish_unfiled, run_year
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.drawing import (
    Disclosure,
    Indicator,
    Layout,
    Project,
    Unit,
    draw_disclosure,
    draw_disclosures,
    faulty,
    make_disclosure,
    re_added,
)

GOAL = "改善辖区农村居民的生产生活条件，建成美丽乡村十二个，惠及群众三万人。"
DEPARTMENT, CENTRE, STATION = "云岭市清河区农业农村局", "云岭市清河区农业技术推广中心", "云岭市清河区种子站"
OTHER, THIRD = "云岭市清河区文化局", "云岭市清河区民政局"
OUTPUT, SERVED = ("1", "产出指标", "11", "数量指标"), ("3", "满意度指标", "31", "服务对象满意度")


def project(name: str, total: str, goal: str, *indicators: tuple[str, str]) -> Project:
    """A project; a target is ``cycle/annual`` or one text for both; 满意 in a name makes it level 3."""
    made = []
    for number, (indicator, target) in enumerate(indicators, start=1):
        cycle, has_annual, annual = target.partition("/")
        level = SERVED if "满意" in indicator else OUTPUT
        made.append(Indicator(number, *level, indicator, cycle, annual if has_annual else cycle))
    return Project(name, total, total, "", "", goal, tuple(made))


def disclosure(year: int, department: str, *units: tuple[str, tuple[Project, ...]]) -> Disclosure:
    made = tuple(Unit(name, "", "", "", "", projects) for name, projects in units)
    return re_added(Disclosure(f"{year}年项目支出绩效目标表", department, "万元", made, year=year))


BEFORE = disclosure(
    2023,
    DEPARTMENT,
    (
        DEPARTMENT,
        (
            project(
                "人居环境整治",
                "40.00",
                GOAL,
                ("检查次数", "12次"),
                ("合格率", "≥95%"),
                ("群众满意度", "≥90%"),
            ),
            project("造林补助", "20.00", "植树造林", ("造林面积", "100亩")),
            project("农民培训", "30.00", "培训农民", ("培训人数", "300人")),
        ),
    ),
    (CENTRE, (project("病虫害防治", "5.00", "全年开展病虫害监测与统防统治", ("巡查次数", "24次")),)),
)
NOW = disclosure(
    2024,
    DEPARTMENT,
    (
        DEPARTMENT,
        (
            project(
                "人居环境整治",
                "55.50",
                GOAL,
                ("检查次数", "15次"),
                ("合格率", "≥90%"),
                ("群众满意度", "100%"),
            ),
            project("造林补助", "10.00", "植树造林", ("造林面积", "100亩/80亩")),
            project(
                "农民培训",
                "45.00",
                "培训农民",
                ("培训人数", "400人"),
                ("学员满意度", "100%"),
                ("进度", "按时"),
            ),
            project(
                "产业发展", "8.00", "发展产业", ("产值", "≥1.5亿元"), ("外资", "2亿美元"), ("税收", "30万元")
            ),
            project("专项工作经费", "2.00", "保障工作", ("工作情况", "较好")),
            project(
                "企业服务",
                "1.00",
                "服务企业",
                ("走访企业", "不超过20家"),
                ("帮扶企业", "≥30家"),
                ("满意度评分", "100"),
            ),
            project("待定经费", "", "待定", ("检查次数", "4次/"), ("资料", "/")),
        ),
    ),
    (
        STATION,
        (
            project("病虫害防治", "6.00", "全年开展病虫害监测与统防统治", ("巡查次数", "12次")),
            project("办公设备购置", "2.50", "购置设备", ("购置数量", "6台")),
        ),
    ),
)
SECOND = disclosure(
    2024,
    OTHER,
    (
        OTHER,
        (
            project(
                "专项工作经费",
                "3.00",
                "保障文化工作",
                ("演出", "6场"),
                ("观众满意度", "100%"),
                ("演员满意度", "满意"),
            ),
            project("没有指标的项目", "4.00", "只有目标"),
        ),
    ),
    (
        STATION,
        (
            project("办公设备购置", "1.50", "购置设备", ("购置数量", "5台")),
            project("待定经费", "", "待定", ("数量", "2个")),
        ),
    ),
)
NAMELESS = disclosure(
    2024,
    "",
    (
        "",
        (
            project("专项工作经费", "7.00", "保障", ("检查次数", "≥3次")),
            project("便民服务", "1.00", "服务群众", ("群众满意度", "≥100%")),
            project("问卷调查", "0.50", "调查", ("调查满意度", "80")),
        ),
    ),
)
THIRD_DEPARTMENT = disclosure(
    2024, THIRD, (THIRD, (project("养老服务", "12.00", "服务老人", ("服务人数", "60人")),))
)
WRONG = replace(make_disclosure(4, projects_per_unit=2), total="1.00")


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Removed when the program ends."""
    return tempfile.TemporaryDirectory(prefix="questions_years_")


@cache
def published_years() -> DataPaths:
    """Both years published with their links, once a program.

    2023 and 2024 have a department; 2024 also a second one, one that names neither itself nor its units, a
    file with an accepted and a held table, one that is held, one that is refused; and a file lies in no
    year's folder.
    """
    context = RunContext(DataPaths(Path(_folder().name)), "questions")
    for folder in ("2023", "2024"):
        (context.paths.raw_dir / folder).mkdir(parents=True)
    now = context.paths.raw_dir / "2024"
    draw_disclosure(BEFORE, context.paths.raw_dir / "2023" / "a.pdf")
    draw_disclosure(NOW, now / "a.pdf")
    draw_disclosure(SECOND, now / "b.pdf")
    draw_disclosure(NAMELESS, now / "c.pdf", Layout(show_department=False, show_unit_rows=False))
    faulty.amount_not_a_number(now / "d.pdf", make_disclosure(3, projects_per_unit=2))
    faulty.not_a_pdf(now / "e.pdf")
    draw_disclosures([(THIRD_DEPARTMENT, Layout()), (WRONG, Layout())], now / "f.pdf")
    (context.paths.raw_dir / "misc").mkdir()
    faulty.not_a_pdf(context.paths.raw_dir / "misc" / "stray.pdf")
    for year in (2023, 2024):
        run_year(context, year)
        link_year(context, year)
    publish_unfiled(context)
    return context.paths
