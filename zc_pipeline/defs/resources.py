"""The data folder, for assets and the schedule."""

import os
from pathlib import Path
from typing import Final

import dagster as dg
from pydantic import Field

from zc_pipeline.pipeline import RunContext
from zc_pipeline.settings import DATA_DIR_VARIABLE, data_dir
from zc_pipeline.storage.paths import DataPaths

_PROJECT: Final = Path(__file__).resolve().parents[2]
_MARK: Final = "dagster.yaml"


class DataFolder(dg.ConfigurableResource["DataFolder"]):
    """The folder that holds ``raw/``, ``parquet/`` and ``state/``."""

    data_dir: str = Field(
        default="",
        description=f"Path of the data folder. Empty: as {DATA_DIR_VARIABLE} says, else the project's data.",
    )

    @property
    def paths(self) -> DataPaths:
        """Where things lie in it."""
        return DataPaths(Path(self.data_dir).resolve() if self.data_dir else default_data_dir())

    def run_context(self, run_id: str) -> RunContext:
        """What the stages need to know of a run."""
        return RunContext(self.paths, run_id)


def default_data_dir() -> Path:
    """``ZC_DATA_DIR``, else ``data`` beside the ``dagster.yaml`` of the working folder or of the project."""
    if os.environ.get(DATA_DIR_VARIABLE) or Path(_MARK).is_file() or not (_PROJECT / _MARK).is_file():
        return data_dir()
    return _PROJECT / "data"
