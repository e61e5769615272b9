"""The shape gate: a pandera schema per table, made from its fields.

Strict and ordered: no column more, none less, in this order; types exact; keys unique.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.fields import Field
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


def check_whole(table: str, frame: pd.DataFrame) -> GateResult:
    """Hold a frame, put together from parts that passed :func:`check_shape`, against what the whole shows.

    Returns:
        One failure per column of another type or with missing values, and per row whose key another has. None
        belongs to a document.
    """
    spec = TABLES[table]
    types = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    wanted = {field.name: str(_dtype(field)) for field in spec.fields}
    failures = [
        GateFailure("columns are the table's", None, name, f"{types.get(name)}, not {wanted.get(name)}")
        for name in sorted(types.keys() | wanted.keys())
        if types.get(name) != wanted.get(name)
    ]
    if failures:
        return GateResult(table, "shape", len(frame), tuple(failures))
    failures = [
        GateFailure(f"{field.name}: not_nullable", None, field.name, "missing values")
        for field in spec.fields
        if not field.nullable and frame[field.name].isna().any()
    ]
    doubled = frame[frame.duplicated(subset=list(spec.key), keep=False)]
    failures += [
        GateFailure("key is unique", None, _place(spec.key, row), _place(spec.key, row))
        for _, row in doubled.iterrows()
    ]
    return GateResult(table, "shape", len(frame), tuple(failures))


def _dtype(field: Field) -> pd.ArrowDtype:
    import pandas as pd

    return pd.ArrowDtype(field.type)


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
