"""The stage across years: the projects of a year linked to those of the year before, and what changed.

It reads published tables alone, and writes `project_links` and `project_changes` of the later year, together
or not at all. Each file notes which publications of the two years it was made from, so that it can be told
from the file whether it is current: :func:`stale_years`. A year whose year before is not published has links
too: they say that nothing can be said.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from zc_pipeline.errors import PublicationStopped
from zc_pipeline.model import RawFile
from zc_pipeline.pipeline import GateStopped, RunContext
from zc_pipeline.pipeline import pending_years as files_pending
from zc_pipeline.pipeline.context import holding_lock
from zc_pipeline.schemas import LINK_TABLES
from zc_pipeline.schemas.gates import GateResult
from zc_pipeline.schemas.shape import check_shape
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.storage.files import replacing
from zc_pipeline.storage.parquet import StoredTable, parquet_writer, read_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.publication import (
    MixedPublications,
    has_stale_links,
    is_torn,
    link_notes,
    read_year,
)
from zc_pipeline.storage.raw import FIRST_YEAR, last_year
from zc_pipeline.tables.changes import check_changes_kept, project_changes_frame
from zc_pipeline.tables.frames import join_frames
from zc_pipeline.tables.links import PublishedYear, check_links_kept, project_links_frame

log = logging.getLogger("zc_pipeline")

_SOURCES: Final = ("projects", "indicators", "documents")


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What the stage did for one year.

    Attributes:
        year: the later of the two years.
        is_made: whether this run wrote the files; else they were current.
        frames: `project_links` and `project_changes`, by name.
        gates: over them.
        paths: their files, by table.
        notes: what stands in the files: the publications they were made from.
    """

    year: int
    is_made: bool
    frames: Mapping[str, pd.DataFrame]
    gates: tuple[GateResult, ...]
    paths: Mapping[str, Path]
    notes: Mapping[str, Any]


@holding_lock
def link_year(context: RunContext, year: int) -> LinkReport:
    """Make `project_links` and `project_changes` of a year, if those that lie there are not current.

    Args:
        context: the run.
        year: the later year; its tables must be published, those of ``year`` - 1 need not.

    Raises:
        PublicationStopped: the year is not published, or its tables belong to different publications.
        GateStopped: a gate fails. The files stay as they were.
    """
    paths = context.paths
    before, before_id = _read_year(paths, year - 1)
    # Indicators are held against those of the year before, and a year's are most of its tables.
    now, now_id = _read_year(paths, year, with_indicators=before is not None)
    if now is None:
        raise PublicationStopped(
            f"The projects of {year} cannot be linked: the year's tables are not published, or by another "
            f"version of the program. Run `zc-pipeline run --year {year}` first."
        )
    notes = link_notes(before_id, now_id)
    targets = {table: paths.published(table, year) for table in LINK_TABLES}
    stored = _read_links(paths, year)
    if stored is not None and all(one.notes == notes for one in stored.values()):
        frames = {table: one.frame for table, one in stored.items()}
        gates = _gates(frames, before, now)
        _stop_on(year, gates)
        return LinkReport(year, False, frames, gates, targets, notes)
    links = project_links_frame(year, before, now)
    frames = {"project_links": links, "project_changes": project_changes_frame(links, before, now)}
    gates = _gates(frames, before, now)
    _stop_on(year, gates)
    with replacing({targets[table]: parquet_writer(table, frames[table], notes) for table in LINK_TABLES}):
        pass
    states = links["link_state"].value_counts()
    log.info(
        "linked %d to %d: %s",
        year,
        year - 1,
        ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "no projects",
    )
    return LinkReport(year, True, frames, gates, targets, notes)


@holding_lock
def link_following_year(context: RunContext, year: int) -> LinkReport | None:
    """Make the links of the year after ``year`` anew, where that year is published and they are not current.

    Returns:
        None where there was nothing to do.

    Raises:
        PublicationStopped, GateStopped: as :func:`link_year`.
    """
    following = year + 1
    if not has_stale_links(context.paths, following) or is_torn(context.paths, following):
        return None  # a torn year is published anew by its own run, which links it
    return link_year(context, following)


def stale_years(paths: DataPaths) -> list[int]:
    """The published years whose links are missing, or were made from other publications than those there."""
    return [year for year in range(FIRST_YEAR, last_year() + 1) if has_stale_links(paths, year)]


def pending_years(paths: DataPaths, files: Iterable[RawFile] | None = None) -> list[int | None]:
    """The years that need a run: those with something new, those whose links are stale, and torn ones.

    A run that was stopped between a year's tables and its links leaves stale links behind: so the next run
    finds them. A torn year has tables that do not belong together, or not all of them, or none though a run
    of it was completed.

    Args:
        paths: the data folder.
        files: what its raw folder holds, where that is known without looking.

    Raises:
        UsageError: there is no raw folder.
    """
    torn = [year for year in range(FIRST_YEAR, last_year() + 1) if is_torn(paths, year)]
    years: set[int | None] = {*files_pending(paths, files), *stale_years(paths), *torn}
    return sorted(years, key=lambda year: (year is None, year))


def _read_year(
    paths: DataPaths, year: int, *, with_indicators: bool = True
) -> tuple[PublishedYear | None, str | None]:
    """A year's published tables with the id that they share; Nones where it is not published.

    Left out, its indicators are a table without rows.
    """
    sources = [table for table in _SOURCES if with_indicators or table != "indicators"]
    try:
        stored = read_year(paths, sources, year)
    except MixedPublications as error:
        raise PublicationStopped(str(error)) from error
    if stored.missing:
        return None, None
    frames = {table: one.frame for table, one in stored.tables.items()}
    if not with_indicators:
        frames["indicators"] = join_frames("indicators", [])
    return PublishedYear(year, **frames), stored.publication_id


def _read_links(paths: DataPaths, year: int) -> dict[str, StoredTable] | None:
    """The year's link tables; None where one is missing or of another version."""
    stored = {table: read_table(paths.published(table, year), table) for table in LINK_TABLES}
    present = {table: one for table, one in stored.items() if one is not None}
    return present if len(present) == len(LINK_TABLES) else None


def _gates(
    frames: Mapping[str, pd.DataFrame], before: PublishedYear | None, now: PublishedYear
) -> tuple[GateResult, ...]:
    links, changes = frames["project_links"], frames["project_changes"]
    found = [gate(table, frame) for table, frame in frames.items() for gate in (check_shape, check_content)]
    # Conservation looks into columns that a failed shape may lack.
    if all(gate.passed for gate in found):
        found.append(check_links_kept(links, before, now))
        found.append(check_changes_kept(changes, links, before, now))
    return tuple(found)


def _stop_on(year: int, gates: tuple[GateResult, ...]) -> None:
    """No row of these tables is one document's own: whatever fails stops them."""
    for gate in gates:
        for failure in gate.failures:
            raise GateStopped(
                f"The links of {year} were not published: table {gate.table}, {gate.gate}, {failure.check} "
                f"fails at {failure.place} {failure.value}. What was published stays as it was.",
                gates,
            )
