"""The fiscal years, as partitions: from 2010 to next year, whose budgets are published this winter."""

from typing import Final

import dagster as dg

from zc_pipeline.storage.raw import FIRST_YEAR, TIME_ZONE

# A window ends with its year; the offset takes in the two that have not: this year and the next.
FISCAL_YEARS: Final = dg.TimeWindowPartitionsDefinition(
    start=str(FIRST_YEAR), fmt="%Y", cron_schedule="0 0 1 1 *", timezone=TIME_ZONE, end_offset=2
)
