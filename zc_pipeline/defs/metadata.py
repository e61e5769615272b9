"""What stands on an asset: description and columns from the table's spec, counts and preview from a run."""

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any, Final

import dagster as dg
import pandas as pd
import pyarrow.parquet as pq

from zc_pipeline.defs.partitions import FISCAL_YEARS, WITH_YEAR_BEFORE
from zc_pipeline.linking import LinkReport
from zc_pipeline.model import SET_ASIDE, Verdict
from zc_pipeline.parse.document import PARSER_VERSION
from zc_pipeline.pictures import small_png
from zc_pipeline.pipeline import Candidate, StageReport
from zc_pipeline.pipeline.working_files import count_working_rows
from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES, TABLES, WORKING_TABLES
from zc_pipeline.schemas.fields import SCHEMA_VERSION, Field, TableSpec
from zc_pipeline.show import show_held
from zc_pipeline.storage.paths import DataPaths

OWNER: Final = "team:disclosures"
_KINDS: Final[Mapping[str, set[str]]] = {
    "raw_disclosures": {"python", "pdf", "parquet"},
    "page_text": {"pypdfium2", "pdfplumber", "parquet"},
    "stitched_rows": {"python", "parquet"},
}
_OUT_KINDS: Final = {"python", "pandas", "parquet"}
# Budgets are disclosed once a year, in winter, and a year's tables change only when its files do. So: some
# year must have been published within 13 months. Dagster looks at the asset, not at single partitions.
_FRESHNESS: Final = dg.FreshnessPolicy.time_window(
    fail_window=timedelta(days=400), warn_window=timedelta(days=375)
)
_PREVIEW_ROWS: Final = 10
_PREVIEW_CHARACTERS: Final = 60
_MOST_PICTURES: Final = 5
_PICTURE_BYTES: Final = 110_000  # 150 kB as base64


# --- what is known before any run -----------------------------------------------------------------


def asset_spec(table: str) -> dg.AssetSpec:
    """A table's asset: same name, everything else from its spec."""
    spec = TABLES[table]
    lineage = column_lineage(spec)
    return dg.AssetSpec(
        table,
        deps=[_dep(table, source) for source in spec.source],
        description=_description(spec),
        group_name=spec.layer,
        kinds=_KINDS.get(table, _OUT_KINDS),
        owners=[OWNER],
        code_version=f"{PARSER_VERSION}/{SCHEMA_VERSION}",
        partitions_def=FISCAL_YEARS,
        freshness_policy=_FRESHNESS if table in PUBLISHED_TABLES else None,
        metadata={
            "dagster/column_schema": column_schema(spec),
            "dagster/table_name": table,
            **({"dagster/column_lineage": lineage} if lineage.deps_by_column else {}),
        },
    )


def _dep(table: str, source: str) -> dg.AssetDep:
    """What a table is made from; links are made from two years of it."""
    if table in LINK_TABLES and source not in LINK_TABLES:
        return dg.AssetDep(source, partition_mapping=WITH_YEAR_BEFORE)
    return dg.AssetDep(source)


def _description(spec: TableSpec) -> str:
    parts = [
        f"One row is {spec.row_meaning}.",
        f"**Made from:** {', '.join(f'`{one}`' for one in spec.source) or 'the PDF files below `raw/`'}",
        f"**Key:** {', '.join(f'`{one}`' for one in spec.key)}",
    ]
    if spec.warnings:
        parts.append("**Mind:**\n\n" + "\n".join(f"- {warning}" for warning in spec.warnings))
    return "\n\n".join(parts)


def column_schema(spec: TableSpec) -> dg.TableSchema:
    """The table's columns with descriptions, constraints, and the unit as a tag."""
    return dg.TableSchema(
        columns=[_column(field, spec) for field in spec.fields],
        constraints=dg.TableConstraints(other=[f"unique: {', '.join(spec.key)}"]),
    )


def _column(field: Field, spec: TableSpec) -> dg.TableColumn:
    printed = f" Printed as {'、'.join(field.printed_as)}." if field.printed_as else ""
    other = [
        *([f"≥ {field.minimum}"] if field.minimum is not None else []),
        *([f"matches {field.pattern}"] if field.pattern is not None else []),
        *([f"one of {', '.join(field.allowed)}"] if field.allowed is not None else []),
    ]
    return dg.TableColumn(
        field.name,
        str(field.type),
        field.description + printed,
        dg.TableColumnConstraints(nullable=field.nullable, unique=spec.key == (field.name,), other=other),
        tags={
            **({"unit": field.unit} if field.unit else {}),
            **({"volatile": "true"} if field.is_volatile else {}),
        },
    )


def column_lineage(spec: TableSpec) -> dg.TableColumnLineage:
    """Where columns come from: as the spec says, else the same name in the first source that has it."""
    deps: dict[str, list[dg.TableColumnDep]] = {}
    for name in spec.column_names:
        same_name = [(source, name) for source in spec.source if name in TABLES[source].column_names]
        sources = spec.lineage.get(name, tuple(same_name[:1]))
        if sources:
            deps[name] = [dg.TableColumnDep(source, column) for source, column in sources]
    return dg.TableColumnLineage(deps)


# --- what a run says ------------------------------------------------------------------------------


def stage_metadata(report: StageReport) -> dict[str, Any]:
    """Counts, place and preview of what a stage left on disk."""
    return {
        **_table_metadata(report.table, report.rows, report.path, report.preview),
        "documents": report.documents,
        "made_in_this_run": report.made,
        "pages_read_in_this_run": report.pages,
    }


def published_metadata(candidate: Candidate, table: str, path: Path) -> dict[str, Any]:
    """Counts, place and preview of a published table."""
    frame = candidate.frames[table]
    found = _table_metadata(table, len(frame), path, frame)
    if table == "documents":
        found |= _document_counts(frame)
    if table == "problems":
        found["codes"] = dict(sorted(Counter(frame["code"]).items()))
    found["publication_id"] = candidate.publication_id
    return found


def linked_metadata(report: LinkReport, table: str) -> dict[str, Any]:
    """Counts, place and preview of a table of links, and the publications it was made from."""
    frame = report.frames[table]
    counted = {"project_links": "link_state", "project_changes": "kind"}[table]
    return {
        **_table_metadata(table, len(frame), report.paths[table], frame),
        "counts": dict(sorted(Counter(frame[counted]).items())),
        "is_made_in_this_run": report.is_made,
        "publication_id": report.notes["publication_id"],
        "previous_publication_id": report.notes["previous_publication_id"] or "none: no year before",
    }


def held_pictures(paths: DataPaths, year: int) -> dict[str, dg.MetadataValue]:
    """For the first held documents: the page of the first problem, marked, and the problems on it.

    A picture that cannot be made is a sentence; it stops nothing.
    """
    found: dict[str, dg.MetadataValue] = {}
    for source_file, call in islice(show_held(paths, year), _MOST_PICTURES):
        try:
            shown = call()
            words = "\n".join(shown.lines)
            picture = b64encode(small_png(shown.picture, _PICTURE_BYTES)).decode("ascii")
            text = f"![{shown.name}](data:image/png;base64,{picture})\n\n```\n{words}\n```"
        except Exception as error:  # the tables are published: a picture must not fail the run
            text = f"There is no picture: {error}"
        found[f"held: {source_file}"] = dg.MetadataValue.md(text)
    return found


def _document_counts(documents: pd.DataFrame) -> dict[str, Any]:
    aside = documents["standing"].isin([one.value for one in SET_ASIDE])
    set_aside = dict(sorted(Counter(documents[aside]["standing"]).items()))
    documents = documents[~aside]
    accepted = documents[documents["verdict"] == Verdict.ACCEPTED.value]
    counts: dict[str, Any] = {
        verdict.value: int((documents["verdict"] == verdict.value).sum()) for verdict in Verdict
    }
    for column in ("printed_total_cny", "readded_total_cny"):
        counts[f"accepted_{column}"] = str(sum(accepted[column].dropna(), start=0))
    return counts | set_aside


def _table_metadata(table: str, rows: int, path: Path, frame: pd.DataFrame) -> dict[str, Any]:
    lineage = column_lineage(TABLES[table])
    return {
        "dagster/partition_row_count": rows,
        "dagster/row_count": _count_rows(table, path),
        "dagster/uri": path.resolve().as_uri(),
        **({"dagster/column_lineage": lineage} if lineage.deps_by_column else {}),
        "path": dg.MetadataValue.path(path.resolve()),
        "preview": dg.MetadataValue.md(_preview(frame)),
    }


def _count_rows(table: str, path: Path) -> int:
    """Rows of a table over all years, without reading them; ``path`` is that of one year."""
    folder = path.parent
    if table in WORKING_TABLES:
        return count_working_rows(DataPaths(folder.parents[1]), table)
    return sum(pq.read_metadata(file).num_rows for file in folder.glob("*.parquet"))


def _preview(frame: pd.DataFrame) -> str:
    """The first rows as a Markdown table."""
    if frame.empty:
        return "No rows."
    lines = [list(frame.columns), ["---"] * len(frame.columns)]
    lines += [[_cell(value) for value in row] for row in frame.head(_PREVIEW_ROWS).itertuples(index=False)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    if value is None or value is pd.NA:
        return ""
    text = str(value).replace("|", "\\|").replace("\n", " ⏎ ")
    return text if len(text) <= _PREVIEW_CHARACTERS else text[:_PREVIEW_CHARACTERS] + "…"
