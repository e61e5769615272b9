"""The shape gate: a pandera schema per table, made from its fields.

Strict and ordered: no column more, none less, in this order; types exact; keys unique.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.gates import GateFailure, GateResult

if TYPE_CHECKING:
    import pandas as pd
    import pandera.pandas as pandera


@cache
def pandera_schema(table: str) -> pandera.DataFrameSchema:
    """The strict, ordered schema of a table."""
    import pandas as pd
    import pandera.pandas as pandera

    spec = TABLES[table]
    columns: dict[str, Any] = {}
    for field in spec.fields:
        checks = []
        if field.minimum is not None:
            checks.append(pandera.Check.ge(field.minimum))
        if field.pattern is not None:
            checks.append(_matches(field.pattern))
        if field.allowed is not None:
            checks.append(pandera.Check.isin(field.allowed))
        columns[field.name] = pandera.Column(
            pd.ArrowDtype(field.type),
            checks,
            nullable=field.nullable,
            description=field.description,
            metadata={"unit": field.unit, "printed_as": list(field.printed_as)},
        )
    return pandera.DataFrameSchema(
        columns, strict=True, ordered=True, unique=list(spec.key), coerce=False, name=table
    )


def _matches(pattern: str) -> pandera.Check:
    """A check that the whole of each text matches a pattern."""
    import pandera.pandas as pandera

    return pandera.Check(lambda texts: texts.str.fullmatch(pattern), name=f"matches {pattern}")


def check_shape(table: str, frame: pd.DataFrame) -> GateResult:
    """Hold a frame against its table's schema.

    Returns:
        One failure per bad row and check. A failure without ``document_id`` concerns the whole table: a
        column missing or of another type, or a doubled key.
    """
    import pandera.pandas as pandera

    frame = frame.reset_index(drop=True)
    try:
        pandera_schema(table).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        return GateResult(table, "shape", len(frame), tuple(_failures(table, frame, error.failure_cases)))
    return GateResult(table, "shape", len(frame), ())


def _failures(table: str, frame: pd.DataFrame, cases: pd.DataFrame) -> list[GateFailure]:
    spec = TABLES[table]
    failures: dict[tuple[object, object], GateFailure] = {}
    for case in cases.to_dict("records"):
        index = case["index"]
        check = str(case["check"])
        # NaN where pandera names no row; a column's type is no row's fault, though it may name one.
        is_row = index is not None and index == index and not check.startswith("dtype")
        is_key = is_row and "unique" in check
        row = frame.iloc[int(index)] if is_row else None
        # A doubled key is the document's own fault only where the key names the document; rows that join
        # two documents are no single one's.
        named_by = spec.key if is_key else spec.column_names
        is_of_document = row is not None and "document_id" in named_by
        failures[(int(index) if row is not None else None, check)] = GateFailure(
            check="key is unique" if is_key else f"{case['column']}: {check}",
            document_id=str(row["document_id"]) if row is not None and is_of_document else None,
            place=_place(spec.key, row) if row is not None else "",
            value=_place(spec.key, row) if is_key and row is not None else str(case["failure_case"])[:200],
        )
    return list(failures.values())


def _place(key: tuple[str, ...], row: Any) -> str:
    return ", ".join(f"{column}={row[column]}" for column in key)
