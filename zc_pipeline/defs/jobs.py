"""The one job: everything, for one fiscal year."""

from typing import Final

import dagster as dg

from zc_pipeline.defs.partitions import FISCAL_YEARS

read_disclosures: Final = dg.define_asset_job(
    "read_disclosures",
    selection=dg.AssetSelection.all(),
    partitions_def=FISCAL_YEARS,
    # A run that is started again after its process died asks every stage: each knows what is done already.
    tags={"dagster/retry_strategy": "ALL_STEPS"},
    description="Read what is new in a fiscal year's folder and publish the year's tables. Choose the year.",
)
