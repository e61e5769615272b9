"""Tables to the files of `extract`: Parquet, CSV or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from zc_pipeline.storage.files import Writer, remove_dead, replacing, text_writer
from zc_pipeline.storage.parquet import parquet_writer


def write_frames(frames: Mapping[str, pd.DataFrame], folder: Path, file_format: str) -> list[Path]:
    """Write one file a table into a folder, all of them or none.

    Args:
        frames: table → frame with the table's columns.
        folder: made if missing; files of other names are left alone.
        file_format: ``parquet``, ``csv`` (UTF-8, decimals and times as text, null as empty) or ``json`` (a
            list of objects, decimals as text, times in ISO form).

    Returns:
        The written files, by table name.
    """
    writers: dict[str, Any] = {"parquet": parquet_writer, "csv": _csv_writer, "json": _json_writer}
    targets: dict[Path, Writer] = {
        folder / f"{table}.{file_format}": writers[file_format](table, frame)
        for table, frame in sorted(frames.items())
    }
    remove_dead(targets)
    with replacing(targets):
        pass
    return list(targets)


def csv_writer(frame: pd.DataFrame, *, encoding: str = "utf-8") -> Writer:
    """A function that writes a frame as CSV: a heading of column names, decimals as text, null as empty."""
    return lambda path: frame.to_csv(path, index=False, encoding=encoding, lineterminator="\n")


def _csv_writer(_: str, frame: pd.DataFrame) -> Writer:
    return csv_writer(frame)


def _json_writer(_: str, frame: pd.DataFrame) -> Writer:
    rows = pa.Table.from_pandas(frame, preserve_index=False).to_pylist()
    text = json.dumps(rows, ensure_ascii=False, indent=1, default=_plain)
    return text_writer(text + "\n")


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form here")
