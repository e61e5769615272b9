"""Tables to Parquet and back, with explicit schemas and versions in the file's metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from zc_pipeline.parse.document import PARSER_VERSION
from zc_pipeline.schemas import TABLES, WORKING_TABLES
from zc_pipeline.schemas.fields import SCHEMA_VERSION
from zc_pipeline.storage.files import Writer, replace_file

_PREFIX: Final = "zc_pipeline."
_COMPRESSION: Final = "zstd"


@dataclass(frozen=True, slots=True)
class StoredTable:
    """A table read back: its rows and the notes that were stored with it."""

    frame: pd.DataFrame
    notes: dict[str, Any]


def parquet_writer(table: str, frame: pd.DataFrame, notes: Mapping[str, Any] | None = None) -> Writer:
    """A function that writes a table's frame to a path.

    The file carries the table's Arrow schema (field metadata: description, unit, printed names) and, as
    file metadata, table name, schema version, parser version and ``notes`` as JSON. Equal frames and notes
    give equal files.
    """
    arrow = to_arrow(table, frame)
    metadata = {
        "table": table,
        "row_meaning": TABLES[table].row_meaning,
        "schema_version": SCHEMA_VERSION,
        "parser_version": PARSER_VERSION,
        "notes": json.dumps(notes or {}, ensure_ascii=False, sort_keys=True),
    }
    arrow = arrow.replace_schema_metadata({_PREFIX + key: value for key, value in metadata.items()})
    return lambda path: pq.write_table(arrow, path, compression=_COMPRESSION)


def write_table(path: Path, table: str, frame: pd.DataFrame, notes: Mapping[str, Any] | None = None) -> None:
    """Write one table's file in one step."""
    replace_file(path, parquet_writer(table, frame, notes))


def to_arrow(table: str, frame: pd.DataFrame) -> pa.Table:
    """A frame as an Arrow table of exactly the table's schema.

    Raises:
        pyarrow.ArrowInvalid, KeyError: the frame does not have the table's columns or types.
    """
    schema = TABLES[table].arrow_schema
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False, safe=True)


def read_table(path: Path, table: str) -> StoredTable | None:
    """Read a table's file.

    Returns:
        None where there is no such file, or it is damaged, or was written by another version of the schema
        or, for working tables, of the parser: it must be made anew.
    """
    try:
        arrow = pq.read_table(path, partitioning=None)
    except (FileNotFoundError, pa.ArrowInvalid, OSError):
        return None
    metadata = _own_metadata(arrow.schema)
    is_current = (
        metadata.get("schema_version") == SCHEMA_VERSION
        and (table not in WORKING_TABLES or metadata.get("parser_version") == PARSER_VERSION)
        and arrow.schema.remove_metadata().equals(_plain(TABLES[table].arrow_schema))
    )
    if not is_current:
        return None
    frame = arrow.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
    return StoredTable(frame, json.loads(metadata.get("notes", "{}")))


def _own_metadata(schema: pa.Schema) -> dict[str, str]:
    return {
        key.decode()[len(_PREFIX) :]: value.decode()
        for key, value in (schema.metadata or {}).items()
        if key.decode().startswith(_PREFIX)
    }


def _plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema([pa.field(field.name, field.type, field.nullable) for field in schema])
