"""What each table is: its columns once described, and the gates derived from that.

Here belong the fields, one module a table, pandera schemas (``shape``) and Great Expectations suites
(``suites``) made from them. Not here: how rows come about (``parse/``, ``tables/``) and where files lie
(``storage/``). Everything else that speaks of columns (Arrow schemas, the data dictionary, Dagster's column
metadata) is derived from :data:`TABLES`.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from zc_pipeline.schemas import (
    documents,
    indicators,
    page_text,
    problems,
    project_changes,
    project_links,
    projects,
    raw_disclosures,
    reconciliation,
    revisions,
    runs,
    stitched_rows,
)

TABLES: Final = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            raw_disclosures.TABLE,
            page_text.TABLE,
            stitched_rows.TABLE,
            projects.TABLE,
            indicators.TABLE,
            reconciliation.TABLE,
            documents.TABLE,
            problems.TABLE,
            revisions.TABLE,
            project_links.TABLE,
            project_changes.TABLE,
            runs.TABLE,
        )
    }
)
# One file a document, kept between runs.
WORKING_TABLES: Final = ("page_text", "stitched_rows")
# One file a year; these change together or not at all.
PUBLISHED_TABLES: Final = ("documents", "projects", "indicators", "reconciliation", "problems", "revisions")
# Those of them that files in no year's folder have.
UNFILED_TABLES: Final = ("documents", "problems")
# One file a (later) year, made from the published tables of that year and of the year before; these change
# together.
LINK_TABLES: Final = ("project_links", "project_changes")
# One file a run; no asset: a run writes its row itself, however it ends.
RUN_TABLES: Final = ("runs",)
