"""The fiscal years, as partitions: from 2010 to next year, whose budgets are published this winter.

Links across years look at a year and at the one before: :data:`WITH_YEAR_BEFORE` says so to Dagster.
"""

import warnings
from typing import Final

import dagster as dg

from zc_pipeline.storage.raw import FIRST_YEAR, TIME_ZONE

# A window ends with its year; the offset takes in the two that have not: this year and the next.
FISCAL_YEARS: Final = dg.TimeWindowPartitionsDefinition(
    start=str(FIRST_YEAR), fmt="%Y", cron_schedule="0 0 1 1 *", timezone=TIME_ZONE, end_offset=2
)
# The first year has no year before, and the year before of any other need not be materialized: its tables may
# never be made, and the links say so.
with warnings.catch_warnings():
    # Dagster calls the last parameter beta and says so at every start; a test holds what it does.
    warnings.simplefilter("ignore", dg.BetaWarning)
    WITH_YEAR_BEFORE: Final = dg.TimeWindowPartitionMapping(
        start_offset=-1, end_offset=0, allow_nonexistent_upstream_partitions=True
    )
