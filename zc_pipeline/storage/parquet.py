"""Tables to Parquet and back, with explicit schemas and versions in the file's metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from zc_pipeline.parse.document import PARSER_VERSION, READER_VERSION
from zc_pipeline.schemas import TABLES
from zc_pipeline.schemas.fields import SCHEMA_VERSION
from zc_pipeline.storage.files import Writer, replace_file

_PREFIX: Final = "zc_pipeline."
_COMPRESSION: Final = "zstd"
# Chosen by measurement, benchmarks/output.py: who asks for one department of a year, whose rows stand
# together in `projects` and `indicators`, opens few groups; higher levels take twice the time for a twentieth
# less.
_COMPRESSION_LEVEL: Final = 3
_ROWS_A_GROUP: Final = 10_000


@dataclass(frozen=True)
class StoredTable:
    """A table read back: its rows and the notes that were stored with it."""

    arrow: pa.Table
    notes: dict[str, Any]

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows as a frame, made when it is first asked for; it shares their memory."""
        frame: pd.DataFrame = self.arrow.to_pandas(types_mapper=pd.ArrowDtype, ignore_metadata=True)
        return frame


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
        "reader_version": READER_VERSION,
        "parser_version": PARSER_VERSION,
        "notes": json.dumps(notes or {}, ensure_ascii=False, sort_keys=True),
    }
    arrow = arrow.replace_schema_metadata({_PREFIX + key: value for key, value in metadata.items()})
    return lambda path: pq.write_table(
        arrow,
        path,
        row_group_size=_ROWS_A_GROUP,
        compression=_COMPRESSION,
        compression_level=_COMPRESSION_LEVEL,
    )


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


def read_table(path: Path, table: str, *, of_any_parser: bool = False) -> StoredTable | None:
    """Read a table's file.

    Args:
        path: the file.
        table: which table it is of.
        of_any_parser: take it also if another version of the readers or the parser made it.

    Returns:
        None where there is no such file, or it is damaged, or was written by another version of the schema
        or, for working tables, of what makes them: it must be made anew.
    """
    try:
        with pq.ParquetFile(path) as file:  # `pq.read_table` takes twice as long for a small one
            arrow = file.read()
    except (FileNotFoundError, pa.ArrowInvalid, OSError):
        return None
    if why_not_current(table, arrow.schema, of_any_parser=of_any_parser):
        return None
    return StoredTable(arrow, json.loads(_own_metadata(arrow.schema).get("notes", "{}")))


@dataclass(frozen=True, slots=True)
class StoredFacts:
    """What a table's file says of itself, without its rows.

    Attributes:
        rows: how many it has.
        notes: what was stored with it.
        schema_version: of the program that wrote it.
        why_not_current: why it must be made anew, in words; empty if it need not.
    """

    rows: int
    notes: dict[str, Any]
    schema_version: str
    why_not_current: str


def read_facts(path: Path, table: str) -> StoredFacts | None:
    """What a table's file says of itself, from its footer alone; None where it is missing or damaged."""
    try:
        footer = pq.read_metadata(path)
        schema = footer.schema.to_arrow_schema()
    except (FileNotFoundError, pa.ArrowInvalid, OSError):
        return None
    metadata = _own_metadata(schema)
    return StoredFacts(
        footer.num_rows,
        json.loads(metadata.get("notes", "{}")),
        metadata.get("schema_version", "unknown"),
        why_not_current(table, schema),
    )


def why_not_current(table: str, schema: pa.Schema, *, of_any_parser: bool = False) -> str:
    """Why a file with this schema must be made anew, in words; empty if it need not.

    Each table depends on the versions of what makes it: `page_text` on the readers', `stitched_rows` on the
    parser's, all on the columns'.
    """
    metadata = _own_metadata(schema)
    for key, version in versions_of(table).items():
        found = metadata.get(key, "unknown")
        if found != version and (key == "schema_version" or not of_any_parser):
            return f"{key.replace('_', ' ')} {found}, now {version}"
    if not schema.remove_metadata().equals(_plain(TABLES[table].arrow_schema)):
        return "other columns"
    return ""


def versions_of(table: str) -> dict[str, str]:
    """The versions that a table depends on, as they are now, by the name they have in its files."""
    made_by = {
        "page_text": {"reader_version": READER_VERSION},
        "stitched_rows": {"parser_version": PARSER_VERSION},
    }
    return {"schema_version": SCHEMA_VERSION, **made_by.get(table, {})}


def _own_metadata(schema: pa.Schema) -> dict[str, str]:
    return {
        key.decode()[len(_PREFIX) :]: value.decode()
        for key, value in (schema.metadata or {}).items()
        if key.decode().startswith(_PREFIX)
    }


def _plain(schema: pa.Schema) -> pa.Schema:
    return pa.schema([pa.field(field.name, field.type, field.nullable) for field in schema])
