"""Which years of a mirror are not to be published yet."""

from __future__ import annotations

from collections.abc import Collection

from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.storage.publication import has_stale_links, is_torn


def unfinished_years(
    paths: DataPaths, years: Collection[int | None], changed: Collection[int | None]
) -> set[int | None]:
    """The years of which the tables at an address must stay as they are.

    That is so where a run was stopped while it put a year's tables in place, or before it made their links.
    Links tie two years: one that changed goes together with the next, or both stay.

    Args:
        paths: the data folder.
        years: those that it has tables of; None is for files that lie in no year's folder.
        changed: those whose tables are others than at the address.
    """
    unfinished = {
        year for year in years if is_torn(paths, year) or (year is not None and has_stale_links(paths, year))
    }
    tied = [{year, year + 1} for year in changed if year is not None and year + 1 in years]
    while more := {year for pair in tied if pair & unfinished for year in pair} - unfinished:
        unfinished |= more
    return unfinished
