"""`project_changes`: what changed between the two disclosures of a linked project."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from zc_pipeline.parse.quantities import Relation
from zc_pipeline.schemas.fields import (
    DEPARTMENT_NAME,
    FISCAL_YEAR,
    INTEGER,
    MONEY,
    PROJECT_ID,
    PROJECT_ID_FIELD,
    PROJECT_NAME,
    TEXT,
    UNIT_NAME,
    Field,
    TableSpec,
)
from zc_pipeline.schemas.project_links import Certainty
from zc_pipeline.schemas.quantities import QUANTITY


class ChangeKind(StrEnum):
    """What kind of change a row tells of."""

    AMOUNT_CHANGED = "amount_changed"
    AMOUNT_APPEARED = "amount_appeared"
    AMOUNT_VANISHED = "amount_vanished"
    GOAL_CHANGED = "goal_changed"
    GOAL_COPIED = "goal_copied"
    GOAL_MOVED_ON = "goal_moved_on"
    INDICATOR_NEW = "indicator_new"
    INDICATOR_DROPPED = "indicator_dropped"
    INDICATOR_AMBIGUOUS = "indicator_ambiguous"
    TARGET_RAISED = "target_raised"
    TARGET_LOWERED = "target_lowered"
    TARGET_CHANGED = "target_changed"
    TARGET_REWORDED = "target_reworded"
    TARGET_COPIED = "target_copied"


class ChangeReason(StrEnum):
    """Why two targets that differ are called neither raised nor lowered."""

    NOT_PRINTED = "not_printed"
    NOT_A_QUANTITY = "not_a_quantity"
    OTHER_RELATION = "other_relation"
    OTHER_UNIT = "other_unit"
    OTHER_PERIOD = "other_period"
    OTHER_NOTE = "other_note"
    BOUNDS_CROSS = "bounds_cross"


MONEY_COLUMNS: Final = (
    "total_cny",
    "fiscal_cny",
    "general_budget_cny",
    "government_fund_cny",
    "state_capital_cny",
    "special_account_cny",
    "other_cny",
)
TARGET_COLUMNS: Final = ("cycle_target", "annual_target")
COLUMNS: Final = (*MONEY_COLUMNS, "performance_goal", *TARGET_COLUMNS)

_NO_INDICATOR = "Null: the change is not of an indicator"
_NO_INDICATOR_ZH = "空值：该变化不涉及指标"
_NO_AMOUNT = "Null: not an amount, or not printed."
_NO_AMOUNT_ZH = "空值：该变化不是金额变化，或表中未印。"
_NO_QUANTITY = "Null: the two targets are not comparable quantities, or there is no such bound."
_NO_QUANTITY_ZH = "空值：两个指标值不是可比的数量，或没有该界限。"


def _number(name: str, description: str, title_zh: str, description_zh: str) -> Field:
    return Field(
        name,
        QUANTITY,
        f"{description}. {_NO_QUANTITY}",
        nullable=True,
        title_zh=title_zh,
        description_zh=f"{description_zh}。{_NO_QUANTITY_ZH}",
    )


def _amount(name: str, description: str, title_zh: str, description_zh: str) -> Field:
    return Field(
        name,
        MONEY,
        f"{description}. {_NO_AMOUNT}",
        nullable=True,
        unit="CNY",
        title_zh=title_zh,
        description_zh=f"{description_zh}。{_NO_AMOUNT_ZH}",
    )


def _indicator_part(name: str, description: str, title_zh: str, description_zh: str) -> Field:
    return Field(
        name,
        TEXT,
        f"{description}. {_NO_INDICATOR}.",
        nullable=True,
        title_zh=title_zh,
        description_zh=f"{description_zh}。{_NO_INDICATOR_ZH}。",
    )


TABLE: Final = TableSpec(
    name="project_changes",
    row_meaning="one thing that changed, or was copied unchanged, between the two years of a linked project",
    layer="out",
    source=("project_links", "projects", "indicators"),
    key=("next_project_id", "change_number"),
    fields=(
        FISCAL_YEAR.but(
            description="The later of the two budget years.",
            description_zh="两个预算年度中较晚的一个（本年度）。",
        ),
        PROJECT_ID_FIELD.but(
            name="previous_project_id",
            description="The project of the year before.",
            title_zh="上年项目标识",
            description_zh="上一年度的项目标识。",
            example=None,
        ),
        PROJECT_ID_FIELD.but(
            name="next_project_id",
            description="The project of the year.",
            title_zh="本年项目标识",
            description_zh="本年度的项目标识。",
        ),
        Field(
            "certainty",
            TEXT,
            "How sure the link of the two is, as in `project_links`.",
            allowed=tuple(Certainty),
            title_zh="可靠程度",
            description_zh="两个项目对应的可靠程度，同 `project_links`。",
        ),
        DEPARTMENT_NAME.but(
            description="Department in the later year. Null: the page names none.",
            description_zh="本年度的部门名称。空值：页面上未印部门名称。",
        ),
        UNIT_NAME.but(
            description="Unit in the later year. Null: the table prints no unit row above the project.",
            description_zh="本年度的资金使用单位。空值：项目上方未印单位行。",
        ),
        PROJECT_NAME.but(
            description="Name of the project in the later year.", description_zh="本年度的项目名称。"
        ),
        Field(
            "change_number",
            INTEGER,
            "Number of the change among those of the pair, from 1.",
            minimum=1,
            title_zh="变化序号",
            description_zh="该变化在这一对项目中的序号，从 1 起。",
        ),
        Field(
            "kind",
            TEXT,
            "What changed. Raised and lowered are about the number, not about better or worse; every kind is "
            "explained in docs/links.md.",
            allowed=tuple(ChangeKind),
            title_zh="变化类型",
            description_zh="变化的类型。raised（提高）和 lowered（降低）只指数值，不含优劣判断；"
            "各类型见 docs/links.md。",
        ),
        Field(
            "column_name",
            TEXT,
            "The column of `projects` or `indicators` that changed. Null: an indicator as a whole.",
            nullable=True,
            allowed=COLUMNS,
            title_zh="变化栏目",
            description_zh="发生变化的 `projects` 或 `indicators` 栏目。空值：整条指标。",
        ),
        Field(
            "previous_indicator_id",
            TEXT,
            f"The indicator of the year before. {_NO_INDICATOR}, or it is new.",
            nullable=True,
            pattern=PROJECT_ID + r"-i\d{3,}",
            title_zh="上年指标标识",
            description_zh=f"上一年度的指标标识。{_NO_INDICATOR_ZH}，或为新增指标。",
        ),
        Field(
            "next_indicator_id",
            TEXT,
            f"The indicator of the year. {_NO_INDICATOR}, or it was dropped.",
            nullable=True,
            pattern=PROJECT_ID + r"-i\d{3,}",
            title_zh="本年指标标识",
            description_zh=f"本年度的指标标识。{_NO_INDICATOR_ZH}，或指标已取消。",
        ),
        _indicator_part(
            "level1_code", "Code of the indicator's first level", "一级指标代码", "一级指标的代码"
        ),
        _indicator_part(
            "level2_code", "Code of the indicator's second level", "二级指标代码", "二级指标的代码"
        ),
        _indicator_part(
            "indicator_name",
            "What is measured, as printed in the later year, or in the one that has it",
            "指标名称",
            "指标名称，以本年度所印为准；本年度没有的，以上一年度为准",
        ),
        Field(
            "from_text",
            TEXT,
            "The year before as printed; of an indicator as a whole, all of it. Null: nothing is printed.",
            nullable=True,
            title_zh="变化前（原文）",
            description_zh="上一年度所印原文；整条指标为其全文。空值：未印。",
        ),
        Field(
            "to_text",
            TEXT,
            "The year as printed; of an indicator as a whole, all of it. Null: nothing is printed.",
            nullable=True,
            title_zh="变化后（原文）",
            description_zh="本年度所印原文；整条指标为其全文。空值：未印。",
        ),
        _amount("from_cny", "The amount of the year before", "变化前金额（元）", "上一年度金额"),
        _amount("to_cny", "The amount of the year", "变化后金额（元）", "本年度金额"),
        Field(
            "difference_cny",
            MONEY,
            "The year's amount less that of the year before. Null: no amount, or one of the two is blank.",
            nullable=True,
            unit="CNY",
            title_zh="差额（元）",
            description_zh="本年度金额减去上一年度金额。空值：不是金额变化，或有一方未印。",
        ),
        Field(
            "relation",
            TEXT,
            "Relation of both targets to their number. Null: they are not comparable quantities.",
            nullable=True,
            allowed=tuple(one.value for one in Relation if one is not Relation.QUALITATIVE),
            title_zh="关系",
            description_zh="两个指标值与其数值的共同关系。空值：不是可比的数量。",
        ),
        Field(
            "unit_base",
            TEXT,
            "Unit of the numbers, multipliers such as 万 multiplied out. Null: they are not comparable "
            "quantities, or have no unit.",
            nullable=True,
            title_zh="数值单位",
            description_zh="数值的单位，万、亿等倍数已乘入数值。空值：不是可比的数量，或没有单位。",
        ),
        _number("from_low", "Lower bound of the year before", "变化前下限", "上一年度的下限"),
        _number("from_high", "Upper bound of the year before", "变化前上限", "上一年度的上限"),
        _number("to_low", "Lower bound of the year", "变化后下限", "本年度的下限"),
        _number("to_high", "Upper bound of the year", "变化后上限", "本年度的上限"),
        Field(
            "difference",
            QUANTITY,
            "The year's number less that of the year before. Null: not comparable, or a range.",
            nullable=True,
            title_zh="差值",
            description_zh="本年度数值减去上一年度数值。空值：不可比，或为区间。",
        ),
        Field(
            "reason",
            TEXT,
            "Why `target_changed` says neither raised nor lowered. Null for every other kind.",
            nullable=True,
            allowed=tuple(ChangeReason),
            title_zh="不可比原因",
            description_zh="`target_changed` 未判为提高或降低的原因。其他类型为空值。",
        ),
    ),
    warnings=(
        "A pair without rows here printed nothing to compare; no row says that a value was unchanged but "
        "`goal_copied`, `target_copied` and `target_reworded`.",
        "Amounts printed in 万元 are rounded: a small difference may be rounding where the money unit "
        "changed.",
        "Rows of a `probable` link are as sure as the link.",
    ),
    lineage={
        "difference_cny": tuple(("projects", column) for column in MONEY_COLUMNS),
        "from_cny": tuple(("projects", column) for column in MONEY_COLUMNS),
        "to_cny": tuple(("projects", column) for column in MONEY_COLUMNS),
        "from_text": (
            ("projects", "performance_goal"),
            *(("indicators", column) for column in TARGET_COLUMNS),
        ),
        "to_text": (
            ("projects", "performance_goal"),
            *(("indicators", column) for column in TARGET_COLUMNS),
        ),
        "previous_indicator_id": (("indicators", "indicator_id"),),
        "next_indicator_id": (("indicators", "indicator_id"),),
        "indicator_name": (("indicators", "indicator_name"),),
    },
    title_zh="项目跨年变化",
    row_meaning_zh="已对应项目两个年度之间的一处变化，或原样照抄的一处内容",
    warnings_zh=(
        "此处没有行的项目没有可比内容；未变化的内容仅由 `goal_copied`、`target_copied` 和 "
        "`target_reworded` 表示。",
        "以万元公开的金额经过四舍五入；两年金额单位不同时，小额差异可能来自舍入。",
        "`probable` 对应的变化，其可靠程度与对应本身相同。",
    ),
)
