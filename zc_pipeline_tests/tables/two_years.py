"""Published tables of two adjacent years, written by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from zc_pipeline.parse.quantities import read_quantity
from zc_pipeline.schemas import TABLES
from zc_pipeline.tables.frames import frame_of
from zc_pipeline.tables.links import PublishedYear
from zc_pipeline_tests.tables.samples import indicator_row, project_row

DEPARTMENT = "云岭市清河区农业农村局"
GOAL = "改善辖区农村居民的生产生活条件，建成美丽乡村十二个，惠及群众三万人"
OUTPUT, SERVED = ("1", "产出指标", "11", "数量指标"), ("3", "满意度指标", "31", "服务对象满意度")


@dataclass(frozen=True)
class Made:
    """One project to be put into a year's tables. ``number`` makes its id, unique within the year."""

    number: int
    name: str
    unit: str | None = DEPARTMENT
    department: str | None = DEPARTMENT
    goal: str = ""
    indicators: tuple[tuple[str, str], ...] = ()
    total: str | None = "40.00"
    file: str = "a"
    level: tuple[str, str, str, str] = OUTPUT


def project_id(year: int, number: int) -> str:
    return f"{year:020d}-t1-p{number:04d}"


def published(
    year: int, *made: Made, verdicts: Mapping[str | None, Sequence[str]] | None = None
) -> PublishedYear:
    """A year's tables.

    Args:
        year: the budget year.
        made: its projects; targets of an indicator are the same for cycle and year unless parted by ``/``.
        verdicts: department → verdicts of its tables; by default each one is accepted.
    """
    projects, indicators = [], []
    for one in made:
        place = {
            "project_id": project_id(year, one.number),
            "project_name": one.name,
            "unit_name": one.unit,
            "department_name": one.department,
            "fiscal_year": year,
            "source_file": f"{year}/{one.file}.pdf",
        }
        total = None if one.total is None else Decimal(one.total) * 10_000
        projects.append(
            project_row(
                one.number,
                **place,
                performance_goal=one.goal,
                indicator_count=len(one.indicators),
                total_cny=total,
                total_text=one.total,
                fiscal_cny=total,
                fiscal_text=one.total,
            )
        )
        for number, (name, target) in enumerate(one.indicators, start=1):
            indicators.append(_indicator(number, one, place, name, target))
    found = verdicts or {one.department: ["accepted"] for one in made}
    documents = [
        _document(year, number, department, verdict)
        for number, (department, verdict) in enumerate(
            ((department, verdict) for department, all_of in found.items() for verdict in all_of), start=1
        )
    ]
    return PublishedYear(
        year,
        frame_of("projects", projects),
        frame_of("indicators", indicators),
        frame_of("documents", documents),
    )


def _indicator(number: int, made: Made, place: Mapping[str, Any], name: str, target: str) -> dict[str, Any]:
    cycle, is_parted, annual = target.partition("/")
    annual = annual if is_parted else cycle
    names = dict(zip(("level1_code", "level1_name", "level2_code", "level2_name"), made.level, strict=True))
    row = indicator_row(
        number,
        made.number,
        **place,
        **names,
        indicator_id=f"{place['project_id']}-i{number:03d}",
        indicator_name=name,
        cycle_target=cycle,
        annual_target=annual,
        indicator_text=f"{number}、{name}；实施周期指标值:{cycle}；年度指标值:{annual}。",
    )
    for prefix, text in (("cycle_", cycle), ("annual_", annual)):
        quantity = read_quantity(text, name)
        for column in TABLES["indicators"].column_names:
            part = column.removeprefix(prefix)
            if column.startswith(prefix) and part != "target":
                value = getattr(quantity, part)
                row[column] = str(value) if part in ("relation", "reason") and value is not None else value
    return row


def _document(year: int, number: int, department: str | None, verdict: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(TABLES["documents"].column_names)
    return row | {
        "document_id": f"{year}{number:060d}",
        "table_number": 1,
        "source_file": f"{year}/d{number}.pdf",
        "fiscal_year": year,
        "department_name": department,
        "verdict": verdict,
        "reason_codes": "",
        "standing": "current",
        "superseded_by": None,
        "withdrawn_at": None,
        "page_count": 1,
        "unit_count": 0,
        "project_count": 0,
        "indicator_count": 0,
        "printed_row_count": 0,
        "joined_row_count": 0,
        "header_row_count": 0,
        "problem_count": 0,
    }
