"""The year's files: which there are, what they hold, and whether they are as the last run left them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from zc_pipeline.errors import PublicationStopped, Stage
from zc_pipeline.model import Problem, RawFile
from zc_pipeline.parse.document import hash_file
from zc_pipeline.pipeline.context import RunContext, StageReport
from zc_pipeline.pipeline.gating import stop_on
from zc_pipeline.schemas.shape import check_shape
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.storage.parquet import read_table, write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.raw import FIRST_YEAR, files_by_year, fingerprint, last_year, scan_raw
from zc_pipeline.storage.releases import read_releases
from zc_pipeline.tables.frames import records_of
from zc_pipeline.tables.notes import problems_from_json, problems_to_json
from zc_pipeline.tables.raw_disclosures import raw_disclosures_frame


def pending_years(paths: DataPaths) -> list[int | None]:
    """The years whose files differ from those of the last completed run; None for files in no year's folder.

    A year whose published tables are there but whose files are gone is pending too: its run will say so.

    Raises:
        UsageError: there is no raw folder.
    """
    grouped = files_by_year(scan_raw(paths))
    done = {
        year: marker.get("fingerprint")
        for year in [None, *range(FIRST_YEAR, last_year() + 1)]
        if (marker := read_marker(paths, year)) is not None
    }
    years = grouped.keys() | done.keys()
    releases = read_releases(paths.releases)
    pending = [year for year in years if fingerprint(grouped.get(year, []), releases) != done.get(year)]
    return sorted(pending, key=lambda year: (year is None, year))


def find_raw(context: RunContext, year: int) -> StageReport:
    """List and hash the year's files: `raw_disclosures`.

    Hashes are taken over from the last list for files of the same name, size and time.

    Raises:
        PublicationStopped: the year has published documents, but no file any more.
        UsageError: there is no raw folder.
    """
    paths = context.paths
    grouped = files_by_year(scan_raw(paths))
    files = grouped.get(year, [])
    target = paths.published("raw_disclosures", year)
    stored = read_table(target, "raw_disclosures")
    before = records_of(stored.frame) if stored else []
    if before and not files:
        raise PublicationStopped(
            f"{paths.raw_dir / str(year)} holds no PDF any more, but {len(before)} were read from it before. "
            f"Put them back, or delete {target} and {paths.parquet_dir}/*/*_{year}.parquet to give the year "
            "up."
        )
    known = {
        (row["source_file"], row["size_bytes"], row["modified_at"]): row["document_id"] for row in before
    }
    problems: dict[str, list[Problem]] = {}
    hashed: list[tuple[RawFile, str]] = []
    for file in files:
        document_id = known.get((file.source_file, file.size_bytes, file.modified_at)) or hash_or_path(file)
        hashed.append((file, document_id))
    for document_id, message in _in_other_years(hashed, year, grouped):
        problems.setdefault(document_id, []).append(
            Problem(Stage.RAW_DISCLOSURES, "same_file_in_two_years", message)
        )
    first_seen = {row["document_id"]: row["first_seen_at"] for row in reversed(before)}
    frame = raw_disclosures_frame(hashed, first_seen, context.now)
    for row in records_of(frame):
        if row["is_copy"]:
            problems.setdefault(row["document_id"], []).append(
                Problem(Stage.RAW_DISCLOSURES, "copied_file", f"{row['source_file']} has the same content.")
            )
    gates = (check_shape("raw_disclosures", frame), check_content("raw_disclosures", frame))
    stop_on(gates)
    notes = {
        "fingerprint": fingerprint(files, read_releases(paths.releases)),
        "problems": {one: problems_to_json(found) for one, found in sorted(problems.items())},
    }
    if stored is None or notes != stored.notes or not frame.equals(stored.frame):
        write_table(target, "raw_disclosures", frame, notes)
    new = sum(row["document_id"] not in first_seen for row in records_of(frame) if not row["is_copy"])
    return StageReport(
        "raw_disclosures",
        year,
        int((~frame["is_copy"]).sum()),
        new,
        len(frame),
        gates,
        frame.head(20),
        target,
    )


def hash_or_path(file: RawFile) -> str:
    """sha256 of a file's content or, where it cannot be read, of its path."""
    try:
        return hash_file(file.path)
    except OSError:
        # It cannot be known; the reading stage will say so. The path stands in for the content.
        return hashlib.sha256(f"unreadable:{file.source_file}".encode()).hexdigest()


def _in_other_years(
    hashed: Sequence[tuple[RawFile, str]], year: int, grouped: Mapping[int | None, Sequence[RawFile]]
) -> Iterator[tuple[str, str]]:
    """The documents of a year whose content lies in another year's folder too."""
    by_size: dict[int, list[tuple[RawFile, str]]] = {}
    for file, document_id in hashed:
        by_size.setdefault(file.size_bytes, []).append((file, document_id))
    for other_year, files in grouped.items():
        if other_year in (year, None):
            continue
        for other in files:
            same_size = by_size.get(other.size_bytes)
            if not same_size:
                continue
            other_id = hash_or_path(other)
            twins = [pair for pair in same_size if pair[1] == other_id]
            for file, document_id in twins[:1]:
                yield document_id, f"{file.source_file} and {other.source_file} have the same content."


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One content of a year with its first file."""

    document_id: str
    source_file: str
    path: Path
    first_seen_at: datetime
    problems: tuple[Problem, ...]


def documents_of(context: RunContext, year: int) -> list[RawDocument]:
    """The year's contents as `raw_disclosures` lists them, sorted by path; copies left out."""
    stored = read_table(context.paths.published("raw_disclosures", year), "raw_disclosures")
    if stored is None:
        raise PublicationStopped(
            f"The list of {year}'s files is not there. Make raw_disclosures of {year} first."
        )
    noted = stored.notes.get("problems", {})
    return [
        RawDocument(
            row["document_id"],
            row["source_file"],
            context.paths.raw_dir / row["source_file"],
            row["first_seen_at"],
            tuple(problems_from_json(noted.get(row["document_id"], ()))),
        )
        for row in records_of(stored.frame)
        if not row["is_copy"]
    ]


def read_marker(paths: DataPaths, year: int | None) -> dict[str, Any] | None:
    """What was noted of the year's last completed run; None where there is no such note, or a damaged one."""
    try:
        marker = json.loads(paths.completed(year).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return marker if isinstance(marker, dict) else None
