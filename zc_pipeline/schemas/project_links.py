"""`project_links`: the projects of a year and of the year before, paired where they are the same project."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from zc_pipeline.schemas.fields import (
    DEPARTMENT_NAME,
    FISCAL_YEAR,
    FLAG,
    INTEGER,
    PROJECT_ID,
    PROJECT_ID_FIELD,
    PROJECT_NAME,
    SOURCE_FILE,
    TEXT,
    UNIT_NAME,
    Field,
    TableSpec,
)


class LinkState(StrEnum):
    """What is known of a project in the other year."""

    LINKED = "linked"
    NEW = "new"
    ENDED = "ended"
    AMBIGUOUS = "ambiguous"
    NOT_COVERED = "not_covered"


class Certainty(StrEnum):
    """How sure a link is."""

    CERTAIN = "certain"
    PROBABLE = "probable"


class LinkRule(StrEnum):
    """By what rule a project is linked, or why it is not."""

    SAME_NAME = "same_name"
    SAME_NAME_OTHER_PRINT = "same_name_other_print"
    SAME_NAME_NEXT_YEAR = "same_name_next_year"
    TOLD_APART = "told_apart"
    OTHER_UNIT = "other_unit"
    OTHER_DEPARTMENT = "other_department"
    OTHER_BODY = "other_body"
    NO_MATCH = "no_match"
    SEVERAL_CANDIDATES = "several_candidates"
    CHALLENGED = "challenged"
    UNCONFIRMED = "unconfirmed"
    OTHER_NAME = "other_name"
    YEAR_MISSING = "year_missing"
    DEPARTMENT_MISSING = "department_missing"
    DEPARTMENT_DOUBTFUL = "department_doubtful"
    UNIT_MISSING = "unit_missing"
    DOCUMENT_IN_BOTH_YEARS = "document_in_both_years"


_NONE_BEFORE = "Null: the row has no project of the year before."
_NONE_NEXT = "Null: the row has no project of the year."
_NONE_BEFORE_ZH = "空值：该行没有上一年度的项目。"
_NONE_NEXT_ZH = "空值：该行没有本年度的项目。"
_UNPRINTED = " Also null where the table prints none."
_UNPRINTED_ZH = "表中未印的也为空值。"
_NOT_LINKED = "Null: not linked."
_NOT_LINKED_ZH = "空值：未对应。"


def _previous(field: Field, description: str, title_zh: str, **changes: object) -> Field:
    also, also_zh = (_UNPRINTED, _UNPRINTED_ZH) if field.nullable else ("", "")
    return field.but(
        name=f"previous_{field.name}",
        description=f"{description} of the year before. {_NONE_BEFORE}{also}",
        nullable=True,
        title_zh=f"上年{title_zh}",
        description_zh=f"上一年度的{title_zh}。{_NONE_BEFORE_ZH}{also_zh}",
        example=None,
        **changes,
    )


def _next(field: Field, description: str, title_zh: str) -> Field:
    also, also_zh = (_UNPRINTED, _UNPRINTED_ZH) if field.nullable else ("", "")
    return field.but(
        name=f"next_{field.name}",
        description=f"{description} of the year. {_NONE_NEXT}{also}",
        nullable=True,
        title_zh=f"本年{title_zh}",
        description_zh=f"本年度的{title_zh}。{_NONE_NEXT_ZH}{also_zh}",
    )


TABLE: Final = TableSpec(
    name="project_links",
    row_meaning="one project of a year with its project of the year before, or one that has no such other",
    layer="out",
    source=("projects", "indicators", "documents"),
    key=("next_project_id", "previous_project_id"),
    fields=(
        FISCAL_YEAR.but(
            description="The later of the two budget years.",
            description_zh="两个预算年度中较晚的一个（本年度）。",
        ),
        Field(
            "link_state",
            TEXT,
            "`linked`: the same project in both years; `new`: of this year alone; `ended`: of the year "
            "before alone; `ambiguous`: there are candidates, and none is sure; `not_covered`: the other "
            "year does not have all that the department publishes, so that nothing can be said.",
            allowed=tuple(LinkState),
            title_zh="对应状态",
            description_zh="`linked`：两个年度的同一项目；`new`：仅本年度有；`ended`：仅上一年度有；"
            "`ambiguous`：有候选项目但不能确定；`not_covered`：另一年度缺少该部门已采信的全部公开文件，无法判断。",
            example="not_covered",
        ),
        Field(
            "certainty",
            TEXT,
            "How sure the link is: `certain` by name, unit and department; `probable` by further agreement. "
            + _NOT_LINKED,
            nullable=True,
            allowed=tuple(Certainty),
            title_zh="可靠程度",
            description_zh="`certain`：项目名称、单位和部门均一致且唯一；`probable`：另有绩效目标或指标佐证。"
            + _NOT_LINKED_ZH,
        ),
        Field(
            "rule",
            TEXT,
            "The rule by which it is linked, or the reason why it is not: see docs/links.md.",
            allowed=tuple(LinkRule),
            title_zh="对应规则",
            description_zh="据以对应的规则，或未对应的原因代码，见 docs/links.md。",
            example="year_missing",
        ),
        Field(
            "why",
            TEXT,
            "The evidence in words, candidates named.",
            pattern=r"(?s:\S.*)",
            title_zh="依据",
            description_zh="依据的文字说明（英文），列出候选项目名称。",
            example="The year before has no published tables.",
        ),
        _previous(PROJECT_ID_FIELD, "The project", "项目标识"),
        _next(PROJECT_ID_FIELD, "The project", "项目标识"),
        _previous(PROJECT_NAME, "Its name as printed in the disclosure", "项目名称"),
        _next(PROJECT_NAME, "Its name as printed in the disclosure", "项目名称"),
        _previous(UNIT_NAME, "Its unit as printed in the disclosure", "资金使用单位"),
        _next(UNIT_NAME, "Its unit as printed in the disclosure", "资金使用单位"),
        _previous(DEPARTMENT_NAME, "Its department as printed in the disclosure", "部门名称"),
        _next(DEPARTMENT_NAME, "Its department as printed in the disclosure", "部门名称"),
        _previous(SOURCE_FILE, "Path below `raw/` of the disclosure", "来源文件"),
        _next(SOURCE_FILE, "Path below `raw/` of the disclosure", "来源文件"),
        Field(
            "is_same_goal",
            FLAG,
            "The goals of the two are the same text, but for widths, blanks and years moved on by one. "
            f"{_NOT_LINKED[:-1]}, or a goal is not printed.",
            nullable=True,
            title_zh="绩效目标相同",
            description_zh="两个年度的绩效目标文字相同（全半角、空格及顺延一年的年份不计）。"
            "空值：未对应，或有一方未印绩效目标。",
        ),
        Field(
            "shared_indicator_count",
            INTEGER,
            f"Indicators that both have, by level codes and name. {_NOT_LINKED}",
            nullable=True,
            minimum=0,
            title_zh="共有指标数",
            description_zh=f"两个年度共有的指标个数（级别代码和名称一致）。{_NOT_LINKED_ZH}",
        ),
        Field(
            "candidate_count",
            INTEGER,
            "Projects of the other year that it could be. 0 unless ambiguous.",
            minimum=0,
            title_zh="候选项目数",
            description_zh="另一年度中可能为同一项目的个数。状态不是 ambiguous 时为 0。",
            example="0",
        ),
        Field(
            "candidate_project_ids",
            TEXT,
            "Their project_id, parted by spaces. Empty unless ambiguous.",
            pattern=rf"({PROJECT_ID}( {PROJECT_ID})*)?",
            title_zh="候选项目标识",
            description_zh="候选项目的 project_id，以空格分隔。状态不是 ambiguous 时为空文本。",
            example="",
        ),
    ),
    sort_by=(
        "next_source_file",
        "next_project_id",
        "previous_source_file",
        "previous_project_id",
    ),
    warnings=(
        "`new` and `ended` speak of accepted disclosures: see `documents` for what was held or refused.",
        "Departments and units are known by their printed names alone; a project that got another name is "
        "never linked.",
        "Use `certainty` certain alone where a wrong pair would hurt.",
    ),
    lineage={
        f"{side}_{column}": (("projects", column),)
        for side in ("previous", "next")
        for column in ("project_id", "project_name", "unit_name", "department_name", "source_file")
    }
    | {
        "is_same_goal": (("projects", "performance_goal"),),
        "shared_indicator_count": (("indicators", "indicator_name"), ("indicators", "level2_code")),
        "link_state": (("projects", "project_name"), ("documents", "verdict")),
    },
    title_zh="跨年项目对应",
    row_meaning_zh="一个年度的项目与其上一年度的同一项目，或没有对应的一个项目",
    warnings_zh=(
        "`new` 和 `ended` 仅就已采信的公开文件而言；待核或拒收的文件见 `documents`。",
        "部门和单位仅凭所印名称识别；改名的项目一律不对应。",
        "不容出错时，请只使用 `certainty` 为 certain 的行。",
    ),
)
