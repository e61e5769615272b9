"""Reads the project performance-target tables (项目支出绩效目标表) of Chinese government budgets.

`read_disclosure(path)` gives one PDF as typed records, without pandas or Dagster. The pipeline around it
(`zc-pipeline run`, the Dagster assets) turns folders of PDFs into checked Parquet tables.
"""

from typing import TYPE_CHECKING, Any

from zc_pipeline.model import Disclosure, Indicator, Problem, Project, TargetTable, Verdict

if TYPE_CHECKING:
    from zc_pipeline.parse.reading import read_disclosure

__version__ = "0.1.0"

__all__ = [
    "Disclosure",
    "Indicator",
    "Problem",
    "Project",
    "TargetTable",
    "Verdict",
    "__version__",
    "read_disclosure",
]


def __getattr__(name: str) -> Any:
    """``read_disclosure``, with the PDF libraries that it needs, when it is first asked for."""
    if name == "read_disclosure":
        from zc_pipeline.parse.reading import read_disclosure

        return read_disclosure
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
