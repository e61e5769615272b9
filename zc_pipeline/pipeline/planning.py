"""What a run would do, found out without doing it: nothing below the data folder is changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from zc_pipeline.errors import PublicationStopped
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.pipeline.raw import hash_files, listed_before, stop_on_removals
from zc_pipeline.pipeline.working_files import WorkingIndex, why_read, why_stitch
from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.raw import files_by_year, read_known_files, scan_raw
from zc_pipeline.tables.raw_disclosures import gone_contents


@dataclass(frozen=True, slots=True)
class YearPlan:
    """What a run of one year would do.

    Attributes:
        year: the fiscal year.
        new: files with a content that no run has met, but for those below.
        changed: files that lie where another content lay.
        moved: files whose content lay under another name.
        withdrawn: names of contents that no file has any more, and had in the last run.
        read_again: why documents that were read before would be read again → how many.
        joined_again: why the rows of documents would be joined again, their files unopened → how many.
        rewritten: the tables that would be written, if anything in them changed.
        stopped_by: the sentence with which the run would stop; empty if it would not.
    """

    year: int
    new: tuple[str, ...]
    changed: tuple[str, ...]
    moved: tuple[str, ...]
    withdrawn: tuple[str, ...]
    read_again: Counter[str]
    joined_again: Counter[str]
    rewritten: tuple[str, ...]
    stopped_by: str = ""

    @property
    def read_count(self) -> int:
        """How many files would be opened."""
        return len(self.new) + len(self.changed) + self.read_again.total()


def plan_year(paths: DataPaths, year: int, limits: Limits) -> YearPlan:
    """Find out what a run of a year would do. Files not met before are hashed, not opened as PDF.

    Args:
        paths: the data folder.
        year: the fiscal year.
        limits: those that the run would have.

    Raises:
        UsageError: there is no raw folder.
    """
    files = files_by_year(scan_raw(paths)).get(year, [])
    before = listed_before(paths, year)
    there = [one for one in before if one.withdrawn_at is None]
    at_path = {one.source_file: one.document_id for one in there}
    met = {one.document_id for one in before}
    hashed = hash_files(paths, year, files)
    new: dict[str, str] = {}
    moved = []
    for file, document_id in hashed:
        if document_id not in met:
            new.setdefault(document_id, file.source_file)
        elif at_path.get(file.source_file) != document_id:
            moved.append(file.source_file)
    changed = [name for name in new.values() if name in at_path]
    gone = gone_contents(hashed, before, datetime.now(UTC))
    stopped_by = ""
    try:
        stop_on_removals(paths, year, before, gone)
    except PublicationStopped as error:
        stopped_by = str(error)
    withdrawn = {one.document_id for one in there}
    present = {document_id for _, document_id in hashed}
    read_again, joined_again = stale_documents(paths, year, limits, present & met)
    return YearPlan(
        year,
        tuple(name for name in new.values() if name not in at_path),
        tuple(changed),
        tuple(moved),
        tuple(sorted(one.source_file for one in gone if one.document_id in withdrawn)),
        read_again,
        joined_again,
        _rewritten(paths, year),
        stopped_by,
    )


def stale_documents(
    paths: DataPaths, year: int, limits: Limits, document_ids: Iterable[str] | None = None
) -> tuple[Counter[str], Counter[str]]:
    """Why documents that earlier runs met are to be read again, or to have their rows joined again.

    Args:
        paths: the data folder.
        year: the fiscal year.
        limits: those in force.
        document_ids: which; None for all whose file was there in the last run.

    Returns:
        Reason → number, of those to be read, and of those whose rows alone are joined again.
    """
    if document_ids is None:
        listed = read_known_files(paths.published("raw_disclosures", year))
        document_ids = {one.document_id for one in listed if one.withdrawn_at is None}
    pages = WorkingIndex(paths, "page_text", year)
    rows = WorkingIndex(paths, "stitched_rows", year)
    read: Counter[str] = Counter()
    joined: Counter[str] = Counter()
    for one in document_ids:
        page_text = pages.look(one)
        if why := why_read(page_text, limits):
            read[why] += 1
        elif why := why_stitch(rows.look(one), page_text):
            joined[why] += 1
    return read, joined


def _rewritten(paths: DataPaths, year: int) -> tuple[str, ...]:
    tables = [paths.published(table, year).name for table in ("raw_disclosures", *PUBLISHED_TABLES)]
    following = year + 1
    linked = [year, *([following] if paths.published("projects", following).is_file() else [])]
    return (*tables, *(paths.published(table, one).name for one in linked for table in LINK_TABLES))
