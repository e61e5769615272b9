"""The columns that say what a target means as a quantity, for any table that has a target's text."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import pyarrow as pa

from zc_pipeline.parse.quantities import PLACES, Reason, Relation
from zc_pipeline.schemas.fields import FLAG, TEXT, Field

# 32 digits before the point: the longest printed number that is read (20 digits) times 万亿, and 6 places.
# A number that does not fit unchanged is not read.
QUANTITY: Final = pa.decimal128(38, PLACES)

_NO_BOUND = "Null: the target sets no such bound"
_NO_BOUND_ZH = "空值：指标值没有该界限"


class _Column(NamedTuple):
    """One of the columns, for any target. ``title_zh`` follows the target's own heading."""

    name: str
    type: pa.DataType
    description: str
    title_zh: str
    description_zh: str
    nullable: bool = True
    allowed: tuple[str, ...] | None = None

    @property
    def pattern(self) -> str | None:
        """Texts are one line and not empty."""
        return r"[^\n]+" if self.type == TEXT and self.allowed is None else None


_COLUMNS: Final = (
    _Column(
        "relation",
        TEXT,
        "How `{target}` is to stand to its bounds; `qualitative`: it is not surely one quantity. "
        "Null: the target is empty.",
        "关系",
        "`{target}` 与所印数值的关系；`qualitative` 表示不能确认为单一数量。空值：指标值为空。",
        allowed=tuple(relation.value for relation in Relation),
    ),
    _Column(
        "low",
        QUANTITY,
        "Lower bound as printed in `{target}`, in its `unit`; with `=` both bounds are the number. "
        f"{_NO_BOUND}.",
        "下限",
        f"`{{target}}` 所印的下限，单位见相应的 `unit` 列；关系为 `=` 时上下限都是该数。{_NO_BOUND_ZH}。",
    ),
    _Column(
        "high",
        QUANTITY,
        f"Upper bound as printed in `{{target}}`, in its `unit`. {_NO_BOUND}.",
        "上限",
        f"`{{target}}` 所印的上限，单位见相应的 `unit` 列。{_NO_BOUND_ZH}。",
    ),
    _Column(
        "unit",
        TEXT,
        "Unit as printed behind the number; if none is, the one in brackets at the end of the indicator's "
        "name. Null: no unit is printed, or no quantity.",
        "单位",
        "数值后所印的单位；没有的取指标名称末尾括号中的单位。空值：未印单位，或不是数量。",
    ),
    _Column(
        "low_base",
        QUANTITY,
        "Lower bound in `unit_base`: 千, 万, 亿 and the like multiplied out, otherwise unchanged. "
        f"{_NO_BOUND}.",
        "下限（基本单位）",
        f"以 `unit_base` 为单位的下限：已乘出千、万、亿等，其余不换算。{_NO_BOUND_ZH}。",
    ),
    _Column(
        "high_base",
        QUANTITY,
        "Upper bound in `unit_base`: 千, 万, 亿 and the like multiplied out, otherwise unchanged. "
        f"{_NO_BOUND}.",
        "上限（基本单位）",
        f"以 `unit_base` 为单位的上限：已乘出千、万、亿等，其余不换算。{_NO_BOUND_ZH}。",
    ),
    _Column(
        "unit_base",
        TEXT,
        "Unit without 千, 万, 亿 and the like; every spelling of percent is `%`. Null: no unit is printed "
        "but perhaps such a multiplier, or no quantity.",
        "基本单位",
        "去掉千、万、亿等之后的单位；百分比的各种写法一律为 `%`。"
        "空值：未印单位（至多有万、亿等），或不是数量。",
    ),
    _Column(
        "is_measurable",
        FLAG,
        "`{target}` is read as a quantity. False: it is empty or `qualitative`.",
        "可量化",
        "`{target}` 已读为数量；为空或 `qualitative` 时为假。",
        nullable=False,
    ),
    _Column(
        "note",
        TEXT,
        "What stands in brackets with the quantity and is not its unit. Null: nothing does, or no quantity.",
        "注",
        "数量所带括号中的说明（单位除外）。空值：没有，或不是数量。",
    ),
    _Column(
        "period",
        TEXT,
        "Word of period or averaging that governs the quantity, as printed: 每月, 年均. Null: none is "
        "printed, or no quantity.",
        "频次",
        "所印的管辖该数量的周期或平均用语，如每月、年均。空值：未印，或不是数量。",
    ),
    _Column(
        "reason",
        TEXT,
        "Why `{target}` is not read as a quantity. Null: it is one, or it is empty.",
        "未量化原因",
        "`{target}` 未读为数量的原因：无数字、日期、名次、多个数量或不明确。空值：已读为数量，或指标值为空。",
        allowed=tuple(reason.value for reason in Reason),
    ),
)
QUANTITY_COLUMNS: Final = tuple(column.name for column in _COLUMNS)
_NO_EXAMPLES: Final[Mapping[str, str]] = MappingProxyType({})


def quantity_fields(
    prefix: str, target: str, *, title_zh: str, examples: Mapping[str, str] = _NO_EXAMPLES
) -> tuple[Field, ...]:
    """The columns of one target, in order.

    Args:
        prefix: what each name begins with, underscore included: ``annual_``.
        target: the column with the target's text.
        title_zh: the Chinese heading of that column.
        examples: name without prefix → a value as the sample has it.
    """
    return tuple(
        Field(
            prefix + column.name,
            column.type,
            column.description.format(target=target),
            nullable=column.nullable,
            pattern=column.pattern,
            allowed=column.allowed,
            title_zh=title_zh + column.title_zh,
            description_zh=column.description_zh.format(target=target),
            example=examples.get(column.name),
        )
        for column in _COLUMNS
    )
