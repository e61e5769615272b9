"""The year's files: which there are, what they hold, and whether they are as the last run left them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from zc_pipeline.errors import PublicationStopped, Stage
from zc_pipeline.model import Problem, RawFile
from zc_pipeline.parse.document import hash_file
from zc_pipeline.pipeline.context import RunContext, StageReport, holding_lock
from zc_pipeline.pipeline.gating import of_no_document, stop_on
from zc_pipeline.pipeline.working_files import would_read_otherwise
from zc_pipeline.schemas.shape import check_shape
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.settings import read_limits
from zc_pipeline.storage.parquet import read_facts, read_table, write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.raw import (
    FIRST_YEAR,
    files_by_year,
    fingerprint,
    last_year,
    read_known_files,
    scan_raw,
    source_path,
)
from zc_pipeline.storage.releases import read_releases
from zc_pipeline.storage.revisions import read_revision_words
from zc_pipeline.tables.frames import records_of
from zc_pipeline.tables.notes import problems_from_json, problems_to_json
from zc_pipeline.tables.raw_disclosures import KnownFile, gone_contents, raw_disclosures_frame

# More of a year's contents gone at once than one in so many: rather a disk that is not mounted, or a sync
# that failed, than so many departments that withdrew what they had published.
_GONE_AT_ONCE: Final = 5


def pending_years(paths: DataPaths, files: Iterable[RawFile] | None = None) -> list[int | None]:
    """The years whose files differ from those of the last completed run; None for files in no year's folder.

    A year whose published tables are there but whose files are gone is pending too: its run will say so. So
    is one with a document that could not be read or hit a limit that is another by now, one that was read
    with fewer comparisons than are wanted now, and one of which it was not said, or is no longer true, that
    a content lies in another year's folder too.

    Args:
        paths: the data folder.
        files: what its raw folder holds, where that is known without looking; they need not lie there yet.

    Raises:
        UsageError: there is no raw folder, or a folder below it cannot be listed.
    """
    grouped = files_by_year(scan_raw(paths) if files is None else files)
    limits = read_limits()
    done = {
        year: None if would_read_otherwise(marker, limits) else marker.get("fingerprint")
        for year in [None, *range(FIRST_YEAR, last_year() + 1)]
        if (marker := read_marker(paths, year)) is not None
    }
    years = grouped.keys() | done.keys()
    said = read_releases(paths.releases), read_revision_words(paths.revisions)
    pending = {year for year in years if fingerprint(grouped.get(year, []), *said) != done.get(year)}
    pending |= _with_other_twins(paths, grouped, {year for year in years - pending if year is not None})
    return sorted(pending, key=lambda year: (year is None, year))


def _with_other_twins(
    paths: DataPaths, grouped: Mapping[int | None, Sequence[RawFile]], years: set[int]
) -> set[int]:
    """Those of some years of which other contents lie in two years' folders than was noted of them."""
    filed = {year: files for year, files in grouped.items() if year is not None}
    years_of_size: dict[int, set[int]] = {}
    for year, files in filed.items():
        for file in files:
            years_of_size.setdefault(file.size_bytes, set()).add(year)
    shared = {size for size, found in years_of_size.items() if len(found) > 1 and found & years}
    years_of: dict[str, set[int]] = {}
    for year, files in filed.items():
        for _, document_id in hash_files(paths, year, [one for one in files if one.size_bytes in shared]):
            years_of.setdefault(document_id, set()).add(year)
    twins: dict[int, set[str]] = {}
    for document_id, found in years_of.items():
        for year in found if len(found) > 1 else ():
            twins.setdefault(year, set()).add(document_id)
    return {year for year in years if twins.get(year, set()) != _noted_twins(paths, year)}


def _noted_twins(paths: DataPaths, year: int) -> set[str]:
    facts = read_facts(paths.published("raw_disclosures", year), "raw_disclosures")
    noted = facts.notes.get("problems", {}) if facts is not None else {}
    return {
        document_id
        for document_id, problems in noted.items()
        if any(problem["code"] == "same_file_in_two_years" for problem in problems)
    }


def hash_files(paths: DataPaths, year: int, files: Sequence[RawFile]) -> list[tuple[RawFile, str]]:
    """Files of a year's folder, each with the ``document_id`` of its content.

    Hashes are taken over from the year's last list for files of the same name, size and time.
    """
    known = _known_hashes(paths, year) if files else {}
    return [(file, known.get(_marks_of(file)) or hash_or_path(file)) for file in files]


def listed_before(paths: DataPaths, year: int) -> list[KnownFile]:
    """What the year's last list has of contents that could be read."""
    return [
        one for one in read_known_files(paths.published("raw_disclosures", year)) if not _is_stand_in(one)
    ]


_Marks = tuple[str, int, int]


def _marks_of(file: RawFile) -> _Marks:
    """What another content of a file would change: its name, its size, and its time in nanoseconds."""
    return file.source_file, file.size_bytes, file.modified_ns


def _known_hashes(paths: DataPaths, year: int) -> dict[_Marks, str]:
    """The contents of a year's files as the last list has them, by :func:`_marks_of`.

    Not among them are files that could not be read, those that are gone, and those whose time was not noted.
    """
    facts = read_facts(paths.published("raw_disclosures", year), "raw_disclosures")
    modified_ns = facts.notes.get("modified_ns", {}) if facts is not None else {}
    return {
        (one.source_file, one.size_bytes, modified_ns[one.source_file]): one.document_id
        for one in listed_before(paths, year)
        if one.withdrawn_at is None and one.source_file in modified_ns
    }


@holding_lock
def forget_hashes(context: RunContext, year: int, path: Path) -> None:
    """Have a file hashed anew by the next run, whatever its size and time are."""
    target = context.paths.published("raw_disclosures", year)
    stored = read_table(target, "raw_disclosures")
    if stored is None:
        return
    modified_ns = {
        name: when
        for name, when in stored.notes.get("modified_ns", {}).items()
        if source_path(context.paths.raw_dir, name) != path
    }
    write_table(target, "raw_disclosures", stored.frame, {**stored.notes, "modified_ns": modified_ns})


@holding_lock
def find_raw(context: RunContext, year: int) -> StageReport:
    """List and hash the year's files, and note which contents are gone: `raw_disclosures`.

    Hashes are taken over from the last list for files of the same name, size and time (to the nanosecond).

    Raises:
        PublicationStopped: more than a fifth of the year's contents are gone at once, and the run was not
            told to accept that. Nothing is touched.
        UsageError: there is no raw folder, or a folder below it cannot be listed.
    """
    paths = context.paths
    grouped = files_by_year(scan_raw(paths))
    files = grouped.get(year, [])
    target = paths.published("raw_disclosures", year)
    stored = read_table(target, "raw_disclosures")
    before = listed_before(paths, year)
    problems: dict[str, list[Problem]] = {}
    hashed = hash_files(paths, year, files)
    gone = gone_contents(hashed, before, context.now)
    if not context.accept_removals:
        stop_on_removals(paths, year, before, gone)
    for document_id, message in _in_other_years(paths, hashed, year, grouped):
        problems.setdefault(document_id, []).append(
            Problem(Stage.RAW_DISCLOSURES, "same_file_in_two_years", message)
        )
    first_seen: dict[str, datetime] = {}
    for one in before:
        first_seen[one.document_id] = min(one.first_seen_at, first_seen.get(one.document_id, context.now))
    frame = raw_disclosures_frame(hashed, first_seen, context.now, gone)
    for row in records_of(frame):
        if row["is_copy"]:
            problems.setdefault(row["document_id"], []).append(
                Problem(Stage.RAW_DISCLOSURES, "copied_file", f"{row['source_file']} has the same content.")
            )
    gates = (check_shape("raw_disclosures", frame), check_content("raw_disclosures", frame))
    stop_on(of_no_document(gates))  # the list of files is no single document's
    notes = {
        "fingerprint": fingerprint(
            files, read_releases(paths.releases), read_revision_words(paths.revisions)
        ),
        "problems": {one: problems_to_json(found) for one, found in sorted(problems.items())},
        "modified_ns": {file.source_file: file.modified_ns for file in files},
    }
    if stored is None or notes != stored.notes or not frame.equals(stored.frame):
        write_table(target, "raw_disclosures", frame, notes)
    present = {document_id for _, document_id in hashed}
    return StageReport(
        "raw_disclosures",
        year,
        len(present),
        len(present - first_seen.keys()),
        len(frame),
        gates,
        frame.head(20),
        target,
    )


def stop_on_removals(
    paths: DataPaths, year: int, before: Sequence[KnownFile], gone: Sequence[KnownFile]
) -> None:
    """Stop where too much of a year is gone at once. A file that another content replaced is not gone.

    Raises:
        PublicationStopped: with the sentence that says how to confirm it.
    """
    there = {one.document_id for one in before if one.withdrawn_at is None}
    removed = [one.source_file for one in gone if one.document_id in there and one.replaced_by is None]
    if len(removed) * _GONE_AT_ONCE <= len(there):
        return
    folder = paths.raw_dir / str(year)
    if len(removed) == len(there):
        seen = f"{folder} holds no PDF any more that was read from it before ({len(there)} were)"
    else:
        named = ", ".join(removed[:3]) + (" …" if len(removed) > 3 else "")
        seen = f"{len(removed)} of the {len(there)} documents of {year} are gone at once ({named})"
    raise PublicationStopped(
        f"{seen}. Is the disk mounted, did a download or sync fail? Put them back and run again. If they "
        f"were removed on purpose, call `zc-pipeline run --accept-removals {year}`: they are then called "
        "withdrawn. What was published stays as it was."
    )


def _is_stand_in(one: KnownFile) -> bool:
    """Whether the content could never be read, so that the path stood in for it: no version of anything."""
    return one.document_id == _id_of_path(one.source_file)


def hash_or_path(file: RawFile) -> str:
    """sha256 of a file's content or, where it cannot be read, of its path."""
    try:
        return hash_file(file.path)
    except OSError:
        # It cannot be known; the reading stage will say so. The path stands in for the content.
        return _id_of_path(file.source_file)


def _id_of_path(source_file: str) -> str:
    return hashlib.sha256(f"unreadable:{source_file}".encode()).hexdigest()


def _in_other_years(
    paths: DataPaths,
    hashed: Sequence[tuple[RawFile, str]],
    year: int,
    grouped: Mapping[int | None, Sequence[RawFile]],
) -> Iterator[tuple[str, str]]:
    """The documents of a year whose content lies in another year's folder too."""
    by_size: dict[int, list[tuple[RawFile, str]]] = {}
    for file, document_id in hashed:
        by_size.setdefault(file.size_bytes, []).append((file, document_id))
    for other_year, files in grouped.items():
        if other_year in (year, None):
            continue
        of_same_size = [other for other in files if other.size_bytes in by_size]
        for other, other_id in hash_files(paths, other_year, of_same_size):
            twins = [pair for pair in by_size[other.size_bytes] if pair[1] == other_id]
            for file, document_id in twins[:1]:
                yield document_id, f"{file.source_file} and {other.source_file} have the same content."


@dataclass(frozen=True, slots=True)
class RawDocument:
    """One content of a year with its first file.

    Attributes:
        withdrawn_at: when a run first found that no file has it any more; None while one has.
        replaced_by: of a content that is gone, what lies under its name now.
    """

    document_id: str
    source_file: str
    path: Path
    first_seen_at: datetime
    problems: tuple[Problem, ...]
    withdrawn_at: datetime | None = None
    replaced_by: str | None = None


def documents_of(context: RunContext, year: int) -> list[RawDocument]:
    """The contents that the year's files have, as `raw_disclosures` lists them, sorted by path; no copies."""
    return [one for one in _listed(context, year) if one.withdrawn_at is None]


def withdrawn_of(context: RunContext, year: int) -> list[RawDocument]:
    """The contents that the year's files had and have no more, sorted by the path at which they lay."""
    return [one for one in _listed(context, year) if one.withdrawn_at is not None]


def _listed(context: RunContext, year: int) -> list[RawDocument]:
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
            source_path(context.paths.raw_dir, row["source_file"]),
            row["first_seen_at"],
            tuple(problems_from_json(noted.get(row["document_id"], ()))),
            row["withdrawn_at"],
            row["replaced_by"],
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
