"""Files found to `raw_disclosures`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import pandas as pd

from zc_pipeline.model import RawFile
from zc_pipeline.tables.frames import frame_of


def raw_disclosures_frame(
    files: Iterable[tuple[RawFile, str]], first_seen: Mapping[str, datetime], now: datetime
) -> pd.DataFrame:
    """One row per file of one year.

    Args:
        files: files with their ``document_id``, sorted by path; of equal contents the first one counts.
        first_seen: ``document_id`` → when an earlier run first met it.
        now: for contents met for the first time.
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
            }
        )
        seen.add(document_id)
    return frame_of("raw_disclosures", rows)
