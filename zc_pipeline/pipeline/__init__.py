"""The stages in order, without Dagster: what `zc-pipeline extract` and the Dagster assets both call.

    find_raw → read_pages → stitch_pages → judge_year → publish_year

Each stage works on one fiscal year, reads what the stage before left on disk and says what it did. What a
document did before is not done again: working tables are kept per document and made anew only when the
file, the parser or the schema is another.

Not here: how a PDF is read (``parse/``, ``isolation/``), what the tables mean (``schemas/``), links between
years (``linking``), and Dagster (``defs/``).
"""

from zc_pipeline.pipeline.context import GateStopped, RunContext, StageReport
from zc_pipeline.pipeline.judging import Candidate, build_candidate, judge_year
from zc_pipeline.pipeline.publishing import publish_unfiled, publish_year
from zc_pipeline.pipeline.raw import find_raw, pending_years
from zc_pipeline.pipeline.runs import Extraction, extract, forget_document, run_year
from zc_pipeline.pipeline.working import read_pages, stitch_pages

__all__ = [
    "Candidate",
    "Extraction",
    "GateStopped",
    "RunContext",
    "StageReport",
    "build_candidate",
    "extract",
    "find_raw",
    "forget_document",
    "judge_year",
    "pending_years",
    "publish_unfiled",
    "publish_year",
    "read_pages",
    "run_year",
    "stitch_pages",
]
