"""Runs of the job on a data folder of a test's own."""

from collections.abc import Callable

import dagster as dg
import pytest

from zc_pipeline.definitions import build_defs
from zc_pipeline.defs.resources import DataFolder
from zc_pipeline.pipeline import RunContext


@pytest.fixture
def data(context: RunContext) -> DataFolder:
    return DataFolder(data_dir=str(context.paths.data_dir))


@pytest.fixture
def instance() -> dg.DagsterInstance:
    return dg.DagsterInstance.ephemeral()


@pytest.fixture
def run_job(data: DataFolder, instance: dg.DagsterInstance) -> Callable[[int], dg.ExecuteInProcessResult]:
    """Run the job for a year, whatever becomes of it."""
    job = build_defs(data=data).resolve_job_def("read_disclosures")

    def run(year: int) -> dg.ExecuteInProcessResult:
        return job.execute_in_process(
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            instance=instance,
            partition_key=str(year),
            raise_on_error=False,
        )

    return run
