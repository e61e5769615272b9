"""CSV: one file a table over the chosen years, with a Frictionless data package that describes them.

Every value stands in its file unchanged. A text may therefore begin with ``=``, ``+``, ``-`` or ``@``, which
spreadsheet programs take for a formula: such cells are counted, so that the caller can say so.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pandas as pd

from zc_pipeline.dictionary import CsvFile, Language, data_package
from zc_pipeline.schemas import TABLES
from zc_pipeline.storage.export import csv_writer
from zc_pipeline.storage.files import Writer

PACKAGE_NAME: Final = "datapackage.json"
# With the byte order mark, by which Excel knows UTF-8.
_ENCODING: Final = "utf-8-sig"
_FORMULA_SIGNS: Final = ("=", "+", "-", "@", "\t", "\r")


def csv_writers(
    frames: Mapping[str, pd.DataFrame], folder: Path, publications: Mapping[str, str], language: Language
) -> dict[Path, Writer]:
    """Target → function that writes it: a file a table, and last the data package that describes them.

    The data package is to be written after the others: it holds their sizes and hashes.

    Args:
        frames: published table → rows.
        folder: where the files are to stand.
        publications: year → publication_id, named in the data package.
        language: of the data package's titles and descriptions; columns keep their names.
    """
    written: list[CsvFile] = []

    def noting(table: str, write: Writer) -> Writer:
        def write_and_note(path: Path) -> None:
            write(path)
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()
            written.append(CsvFile(table, f"{table}.csv", len(content), digest))

        return write_and_note

    def write_package(path: Path) -> None:
        package = data_package(written, publications, language)
        path.write_text(json.dumps(package, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

    targets = {
        folder / f"{table}.csv": noting(table, csv_writer(_times_as_iso(frame), encoding=_ENCODING))
        for table, frame in frames.items()
    }
    return {**targets, folder / PACKAGE_NAME: write_package}


def _times_as_iso(frame: pd.DataFrame) -> pd.DataFrame:
    times = [name for name in frame.columns if pd.api.types.is_datetime64_any_dtype(frame[name].dtype)]
    as_text = {
        name: pd.array([None if pd.isna(one) else one.isoformat() for one in frame[name]], dtype="str")
        for name in times
    }
    return frame.assign(**as_text)


def count_formula_like(frames: Mapping[str, pd.DataFrame]) -> int:
    """Text cells that a spreadsheet program would take for a formula when it opens the CSV file.

    A sign alone, such as a dash in place of an amount, is none.
    """
    count = 0
    for table, frame in frames.items():
        for field in TABLES[table].fields:
            if str(field.type) == "string":
                texts = frame[field.name].dropna()
                count += int((texts.str.startswith(_FORMULA_SIGNS) & (texts.str.len() > 1)).sum())
    return count
