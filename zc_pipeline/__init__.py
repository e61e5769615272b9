"""Reads the project performance-target tables (项目支出绩效目标表) of Chinese government budgets.

`read_disclosure(path)` gives one PDF as typed records, without pandas or Dagster. The pipeline around it
(`zc-pipeline run`, the Dagster assets) turns folders of PDFs into checked Parquet tables.
"""

from zc_pipeline.model import Disclosure, Indicator, Problem, Project, TargetTable, Verdict
from zc_pipeline.parse.document import read_disclosure

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
