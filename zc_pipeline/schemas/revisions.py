"""`revisions`: what changed between two versions of a disclosure of one year."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from zc_pipeline.schemas.fields import (
    DEPARTMENT_NAME,
    DOCUMENT_ID,
    FISCAL_YEAR,
    INTEGER,
    MONEY,
    PROJECT_ID,
    PROJECT_ID_FIELD,
    PROJECT_NAME,
    SOURCE_FILE,
    TABLE_NUMBER,
    TEXT,
    TIME,
    UNIT_NAME,
    Field,
    TableSpec,
)
from zc_pipeline.schemas.project_changes import COLUMNS, MONEY_COLUMNS, TARGET_COLUMNS, ChangeKind


class RevisionKind(StrEnum):
    """What kind of change a row tells of. Those of a project that is in both versions are `ChangeKind`'s."""

    PROJECT_ADDED = "project_added"
    PROJECT_REMOVED = "project_removed"
    PROJECT_UNCLEAR = "project_unclear"  # in one version, and several of the other could be it
    UNIT_CHANGED = "unit_changed"
    AMOUNT_CHANGED = ChangeKind.AMOUNT_CHANGED.value
    AMOUNT_APPEARED = ChangeKind.AMOUNT_APPEARED.value
    AMOUNT_VANISHED = ChangeKind.AMOUNT_VANISHED.value
    GOAL_CHANGED = ChangeKind.GOAL_CHANGED.value
    INDICATOR_NEW = ChangeKind.INDICATOR_NEW.value
    INDICATOR_DROPPED = ChangeKind.INDICATOR_DROPPED.value
    INDICATOR_AMBIGUOUS = ChangeKind.INDICATOR_AMBIGUOUS.value
    TARGET_RAISED = ChangeKind.TARGET_RAISED.value
    TARGET_LOWERED = ChangeKind.TARGET_LOWERED.value
    TARGET_CHANGED = ChangeKind.TARGET_CHANGED.value
    TARGET_REWORDED = ChangeKind.TARGET_REWORDED.value


_NOT_OF_INDICATOR = "Null: the change is not of an indicator"
_NOT_OF_INDICATOR_ZH = "空值：该变化不涉及指标"

TABLE: Final = TableSpec(
    name="revisions",
    row_meaning="one thing that changed between a superseded version of a disclosure and the one after it",
    layer="out",
    source=("documents", "projects", "indicators"),
    key=("superseded_document_id", "document_id", "change_number"),
    sort_by=("source_file", "document_id", "superseded_document_id", "change_number"),
    fields=(
        FISCAL_YEAR,
        DOCUMENT_ID.but(
            description="The later version: sha256 of its file.",
            description_zh="后来版本的文件标识（sha256 校验值）。",
        ),
        TABLE_NUMBER.but(
            description="The table of the later version that the change is in, or that took the place.",
            description_zh="变化所在的后来版本中的表序号。",
        ),
        SOURCE_FILE.but(
            description="Path of the later version below `raw/`.",
            description_zh="后来版本在 `raw/` 目录下的路径。",
        ),
        DOCUMENT_ID.but(
            name="superseded_document_id",
            description="The superseded version: sha256 of its file.",
            title_zh="先前版本文件标识",
            description_zh="被取代的先前版本的文件标识（sha256 校验值）。",
            example=None,
        ),
        SOURCE_FILE.but(
            name="superseded_source_file",
            description="Path below `raw/` at which the superseded version lies or lay.",
            title_zh="先前版本来源文件",
            description_zh="先前版本在 `raw/` 目录下的路径（文件可能已不在）。",
            example=None,
        ),
        DEPARTMENT_NAME.but(
            description="Department in the later version. Null: the page names none.",
            description_zh="后来版本的部门名称。空值：页面上未印部门名称。",
        ),
        Field(
            "title",
            TEXT,
            "Title above the table in the later version. Null: none is printed.",
            nullable=True,
            title_zh="表标题",
            description_zh="后来版本表上方的标题。空值：未印标题。",
        ),
        Field(
            "change_number",
            INTEGER,
            "Number of the change among those of the two versions, from 1.",
            minimum=1,
            title_zh="变化序号",
            description_zh="该变化在两个版本之间的序号，从 1 起。",
        ),
        Field(
            "kind",
            TEXT,
            "What changed: a project in one version only (`project_added`, `project_removed`; "
            "`project_unclear`, where several of the other version could be it), its unit, an amount, the "
            "goal, an indicator or a target. Raised and lowered are about the number alone.",
            allowed=tuple(one.value for one in RevisionKind),
            title_zh="变化类型",
            description_zh="变化的类型：只在一个版本中的项目（`project_added` 新增、`project_removed` 删去、"
            "`project_unclear` 另一版本中有多个项目可能与之对应），单位、金额、绩效目标、指标或指标值的变化。"
            "raised（提高）和 lowered（降低）只指数值。",
        ),
        UNIT_NAME.but(
            description="Unit of the project in the later version, or in the one that has it. Null: the "
            "table prints no unit row above it.",
            description_zh="后来版本的资金使用单位；后来版本没有该项目的，以先前版本为准。"
            "空值：项目上方未印单位行。",
        ),
        PROJECT_NAME.but(
            description="Name of the project in the later version, or in the one that has it.",
            description_zh="后来版本的项目名称；后来版本没有该项目的，以先前版本为准。",
        ),
        PROJECT_ID_FIELD.but(
            name="superseded_project_id",
            description="The project in the superseded version. Null: it has none.",
            nullable=True,
            title_zh="先前版本项目标识",
            description_zh="先前版本中的项目标识。空值：先前版本没有该项目。",
            example=None,
        ),
        PROJECT_ID_FIELD.but(
            description="The project in the later version. Null: it has none.",
            nullable=True,
            description_zh="后来版本中的项目标识。空值：后来版本没有该项目。",
        ),
        Field(
            "indicator_name",
            TEXT,
            "The indicator, as printed in the later version, or in the one that has it. "
            f"{_NOT_OF_INDICATOR}.",
            nullable=True,
            title_zh="指标名称",
            description_zh=f"指标名称，以后来版本所印为准，没有的以先前版本为准。{_NOT_OF_INDICATOR_ZH}。",
        ),
        Field(
            "superseded_indicator_id",
            TEXT,
            f"The indicator in the superseded version. {_NOT_OF_INDICATOR}, or it has none.",
            nullable=True,
            pattern=PROJECT_ID + r"-i\d{3,}",
            title_zh="先前版本指标标识",
            description_zh=f"先前版本中的指标标识。{_NOT_OF_INDICATOR_ZH}，或先前版本没有该指标。",
        ),
        Field(
            "indicator_id",
            TEXT,
            f"The indicator in the later version. {_NOT_OF_INDICATOR}, or it has none.",
            nullable=True,
            pattern=PROJECT_ID + r"-i\d{3,}",
            title_zh="指标标识",
            description_zh=f"后来版本中的指标标识。{_NOT_OF_INDICATOR_ZH}，或后来版本没有该指标。",
        ),
        Field(
            "column_name",
            TEXT,
            "The column of `projects` or `indicators` that changed. Null: an indicator as a whole.",
            nullable=True,
            allowed=(*COLUMNS, "unit_name"),
            title_zh="变化栏目",
            description_zh="发生变化的 `projects` 或 `indicators` 栏目。空值：整条指标。",
        ),
        Field(
            "from_text",
            TEXT,
            "As printed in the superseded version; of a project as a whole its total, of an indicator all of "
            "it. Null: nothing is printed.",
            nullable=True,
            title_zh="变化前（原文）",
            description_zh="先前版本所印原文；整个项目为其总计，整条指标为其全文。空值：未印。",
        ),
        Field(
            "to_text",
            TEXT,
            "As printed in the later version; of a project as a whole its total, of an indicator all of it. "
            "Null: nothing is printed.",
            nullable=True,
            title_zh="变化后（原文）",
            description_zh="后来版本所印原文；整个项目为其总计，整条指标为其全文。空值：未印。",
        ),
        Field(
            "from_cny",
            MONEY,
            "The amount in the superseded version. Null: not an amount, or not printed.",
            nullable=True,
            unit="CNY",
            title_zh="变化前金额（元）",
            description_zh="先前版本的金额。空值：该变化不是金额变化，或表中未印。",
        ),
        Field(
            "to_cny",
            MONEY,
            "The amount in the later version. Null: not an amount, or not printed.",
            nullable=True,
            unit="CNY",
            title_zh="变化后金额（元）",
            description_zh="后来版本的金额。空值：该变化不是金额变化，或表中未印。",
        ),
        Field(
            "difference_cny",
            MONEY,
            "The later amount less the earlier one. Null: no amount, or one of the two is not printed.",
            nullable=True,
            unit="CNY",
            title_zh="差额（元）",
            description_zh="后来版本的金额减去先前版本的金额。空值：不是金额变化，或有一方未印。",
        ),
        Field(
            "seen_at",
            TIME,
            "When a run first met the later version.",
            is_volatile=True,
            title_zh="发现时间",
            description_zh="程序首次读到后来版本的时间。",
        ),
    ),
    warnings=(
        "Two versions without a row here print the same projects, amounts, goals and targets; `documents` "
        "has both.",
        "A superseded version's ids are in no other table: its rows left `projects` and `indicators`.",
    ),
    lineage={
        "document_id": (("documents", "superseded_by"),),
        "superseded_document_id": (("documents", "document_id"),),
        "superseded_source_file": (("documents", "source_file"),),
        "from_cny": tuple(("projects", column) for column in MONEY_COLUMNS),
        "to_cny": tuple(("projects", column) for column in MONEY_COLUMNS),
        "difference_cny": tuple(("projects", column) for column in MONEY_COLUMNS),
        "from_text": (
            ("projects", "performance_goal"),
            *(("indicators", column) for column in TARGET_COLUMNS),
        ),
        "to_text": (
            ("projects", "performance_goal"),
            *(("indicators", column) for column in TARGET_COLUMNS),
        ),
        "seen_at": (("documents", "first_seen_at"),),
    },
    title_zh="版本修订",
    row_meaning_zh="同一公开被取代的版本与其后版本之间的一处变化",
    warnings_zh=(
        "此处没有行的两个版本，其项目、金额、绩效目标和指标值均相同；两者在 `documents` 中各占一行。",
        "被取代版本的标识不见于其他表：其行已从 `projects` 和 `indicators` 移除。",
    ),
)
