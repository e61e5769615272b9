"""Files found, and contents that are gone, to `raw_disclosures`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from zc_pipeline.model import RawFile
from zc_pipeline.tables.frames import frame_of


@dataclass(frozen=True, slots=True)
class KnownFile:
    """One file as `raw_disclosures` listed it in an earlier run; attributes as its columns."""

    source_file: str
    document_id: str
    fiscal_year: int
    size_bytes: int
    is_copy: bool
    first_seen_at: datetime
    modified_at: datetime
    withdrawn_at: datetime | None = None
    replaced_by: str | None = None


def gone_contents(
    files: Sequence[tuple[RawFile, str]], before: Iterable[KnownFile], now: datetime
) -> list[KnownFile]:
    """The contents listed before that no file has any more.

    Args:
        files: the files that are there, with their ``document_id``.
        before: the earlier list.
        now: the time noted for those that were there until now; the others keep theirs.

    Returns:
        One entry a content, under the name it had; of several names, one where another content lies now.
    """
    present = {document_id for _, document_id in files}
    at_path = {file.source_file: document_id for file, document_id in files}
    names: dict[str, list[KnownFile]] = {}
    for one in before:
        if one.document_id not in present:
            names.setdefault(one.document_id, []).append(one)
    found = []
    for known in names.values():
        one = next((name for name in known if name.source_file in at_path), known[0])
        found.append(
            KnownFile(
                one.source_file,
                one.document_id,
                one.fiscal_year,
                one.size_bytes,
                is_copy=False,
                first_seen_at=min(name.first_seen_at for name in known),
                modified_at=one.modified_at,
                withdrawn_at=one.withdrawn_at or now,
                replaced_by=at_path.get(one.source_file),
            )
        )
    return found


def raw_disclosures_frame(
    files: Iterable[tuple[RawFile, str]],
    first_seen: Mapping[str, datetime],
    now: datetime,
    gone: Iterable[KnownFile] = (),
) -> pd.DataFrame:
    """One row per file of one year, and one per content that is gone.

    Args:
        files: files with their ``document_id``, sorted by path; of equal contents the first one counts.
        first_seen: ``document_id`` → when an earlier run first met it.
        now: for contents met for the first time.
        gone: contents that no file has any more, as :func:`gone_contents` finds them.
    """
    rows, seen = [], set()
    for file, document_id in files:
        rows.append(
            {
                "source_file": file.source_file,
                "document_id": document_id,
                "fiscal_year": file.year,
                "size_bytes": file.size_bytes,
                "is_copy": document_id in seen,
                "first_seen_at": first_seen.get(document_id, now),
                "modified_at": file.modified_at,
                "withdrawn_at": None,
                "replaced_by": None,
            }
        )
        seen.add(document_id)
    rows += [
        {
            "source_file": one.source_file,
            "document_id": one.document_id,
            "fiscal_year": one.fiscal_year,
            "size_bytes": one.size_bytes,
            "is_copy": False,
            "first_seen_at": one.first_seen_at,
            "modified_at": one.modified_at,
            "withdrawn_at": one.withdrawn_at,
            "replaced_by": one.replaced_by,
        }
        for one in gone
    ]
    return frame_of("raw_disclosures", rows)
