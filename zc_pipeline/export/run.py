"""One call for all targets of an export: all of them are put in place, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zc_pipeline.dictionary import Language
from zc_pipeline.errors import UsageError
from zc_pipeline.export.csv_files import count_formula_like, csv_writers
from zc_pipeline.export.duckdb_file import duckdb_writer
from zc_pipeline.export.names import unique_stems
from zc_pipeline.export.published import Published, by_department, joined_frames, read_published
from zc_pipeline.export.workbook import count_long_numbers, workbook_stem, workbook_writer
from zc_pipeline.storage.files import Writer, remove_dead, replacing
from zc_pipeline.storage.paths import DataPaths


@dataclass(frozen=True, slots=True)
class Targets:
    """What is to be written, each None or: a folder of workbooks, a folder of CSV files, a DuckDB file."""

    xlsx: Path | None = None
    csv: Path | None = None
    duckdb: Path | None = None
    is_by_department: bool = False


def export_published(
    paths: DataPaths, targets: Targets, *, years: Sequence[int] = (), language: Language = Language.CHINESE
) -> list[str]:
    """Write published tables for analysts.

    Args:
        paths: the data folder.
        targets: what to write; at least one. Files of other names in the folders are left alone.
        years: fiscal years; none means all that are published.
        language: of headings, descriptions and comments.

    Returns:
        What was written, and what its reader must know, in lines.

    Raises:
        UsageError: no target, nothing published, a library is missing, or a format cannot hold a value.
    """
    if targets.xlsx is None and targets.csv is None and targets.duckdb is None:
        raise UsageError(
            "Say what to write: --xlsx DIR, --csv DIR or --duckdb FILE; several at once are fine."
        )
    if targets.is_by_department and targets.xlsx is None:
        raise UsageError("--by department parts the workbooks: it goes with --xlsx DIR.")
    published = read_published(paths, years)
    publications = {one.label: one.publication_id for one in published}
    writers: dict[Path, Writer] = {}
    lines: list[str] = []
    if targets.xlsx is not None:
        found, said = _workbooks(published, targets.xlsx, language, is_by_department=targets.is_by_department)
        writers |= found
        lines += said
    if targets.csv is not None or targets.duckdb is not None:
        frames = joined_frames(published)
        if targets.csv is not None:
            writers |= csv_writers(frames, targets.csv, publications, language)
            lines.append(f"CSV         {targets.csv.resolve()}: {len(frames)} tables and datapackage.json")
            count = count_formula_like(frames)
            if count:
                lines.append(
                    f"            {count} texts in them begin with = + - or @, unchanged: a spreadsheet "
                    "program would take them for formulas. Open the workbooks of --xlsx there instead."
                )
        if targets.duckdb is not None:
            if targets.duckdb.is_dir():
                raise UsageError(f"{targets.duckdb} is a folder; --duckdb takes the name of a file.")
            writers[targets.duckdb] = duckdb_writer(frames, publications, language)
            lines.append(f"DuckDB      {targets.duckdb.resolve()}: {len(frames)} tables")
        unlinked = [one.label for one in published if one.year is not None and not one.has_links]
        if unlinked:
            lines.append(
                f"            project_links and project_changes of {', '.join(unlinked)} are missing or of "
                "another publication, and left out: `zc-pipeline run` makes them anew."
            )
    remove_dead(writers)
    with replacing(writers):
        pass
    return lines


def _workbooks(
    published: Sequence[Published], folder: Path, language: Language, *, is_by_department: bool
) -> tuple[dict[Path, Writer], list[str]]:
    """Target → writer for each workbook, and what is to be said."""
    parts = [
        part
        for one in published
        if one.year is not None
        for part in (by_department(one) if is_by_department else [one])
    ]
    stems = unique_stems(workbook_stem(part, language) for part in parts)
    writers = {
        folder / f"{stem}.xlsx": workbook_writer(part, language)
        for stem, part in zip(stems, parts, strict=True)
    }
    lines = [
        f"Workbook    {target.resolve()}: {len(part.frames['projects']):,} projects, "
        f"{len(part.frames['indicators']):,} indicators"
        for target, part in zip(writers, parts, strict=True)
    ]
    long_numbers = sum(count_long_numbers(part.frames) for part in parts)
    if long_numbers:
        lines.append(
            f"            {long_numbers} numbers have more than 15 digits: they are text in the workbooks."
        )
    unfiled = sum(len(one.frames["documents"]) for one in published if one.year is None)
    if unfiled:
        lines.append(f"            Files in no year's folder: {unfiled}; no workbook has them.")
    return writers, lines
