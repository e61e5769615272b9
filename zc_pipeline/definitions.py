"""Everything Dagster loads, put together."""

from typing import Any

import dagster as dg

from zc_pipeline.defs import assets
from zc_pipeline.defs.jobs import read_disclosures
from zc_pipeline.defs.resources import DataFolder
from zc_pipeline.defs.schedules import nightly
from zc_pipeline.defs.sensors import failed_before_work, watch


def build_defs(**resource_overrides: Any) -> dg.Definitions:
    """The definitions, with other resources where given, e.g. ``data=DataFolder(data_dir=...)``."""
    return dg.Definitions(
        assets=dg.load_assets_from_modules([assets]),
        jobs=[read_disclosures],
        schedules=[nightly],
        sensors=[watch, failed_before_work],
        resources={"data": DataFolder(), **resource_overrides},
        executor=dg.in_process_executor,
    )


defs = build_defs()
