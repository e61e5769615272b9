"""The data folder, for assets and the schedule."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import dagster as dg
from pydantic import Field

from zc_pipeline import remote
from zc_pipeline.defs.endings import fiscal_year_of, run_end, started_by
from zc_pipeline.errors import ZcPipelineError
from zc_pipeline.pipeline import RunContext
from zc_pipeline.schemas.runs import Outcome
from zc_pipeline.settings import DATA_DIR_VARIABLE, data_dir, names_data_dir, read_settings
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.watching.records import RunEnd, RunStart, doubtful_documents
from zc_pipeline.watching.watch import tell_of_run, watching_run

_PROJECT: Final = Path(__file__).resolve().parents[2]
_MARK: Final = "dagster.yaml"


class DataFolder(dg.ConfigurableResource["DataFolder"]):
    """The folder that holds ``raw/``, ``parquet/`` and ``state/``."""

    data_dir: str = Field(
        default="",
        description="Path or address of the data folder. Empty: as "
        f"{DATA_DIR_VARIABLE} says, else the project's data.",
    )

    @property
    def place(self) -> Path | str:
        """The folder's path, or its address."""
        return data_dir(self.data_dir) if self.data_dir else default_data_dir()

    @property
    def paths(self) -> DataPaths:
        """Where things lie in it; of an address, in its mirror as that stands."""
        return remote.mirror_paths(self.place)

    def look(self) -> remote.Look:
        """The folder as it is now; of an address no PDF is fetched.

        Raises:
            UsageError: nothing lies there.
            StorageRefused: the store refuses.
        """
        return remote.look(self.place, "the schedule")

    def send(self, *, only_read: bool = False) -> None:
        """Send what a run changed so far, where the folder is an address; ``only_read``: nothing published.

        Raises:
            StorageRefused: the store refuses.
        """
        remote.push(self.place, only_own=only_read)

    @contextlib.contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator["DataFolder"]:
        """The folder, for the length of a run; every run over it is recorded, and told of, from here.

        The schedule and the sensors get the folder without a run.
        """
        run, instance = context.run, context.instance
        if run is None or instance is None:
            yield self
            return
        place = self.place
        with contextlib.ExitStack() as stack:
            try:
                paths = stack.enter_context(remote.opened(place, remote.Use.WRITE, run.run_id))
            except ZcPipelineError as error:
                # It goes with what the next run sends.
                end = RunEnd(Outcome.STOPPED, str(error))
                paths = remote.mirror_paths(place)
                tell_of_run(paths, _start_of(run, paths), end, read_settings())
                raise
            start = _start_of(run, paths)
            stack.enter_context(watching_run(paths, start, read_settings(), lambda: run_end(instance, run)))
            yield self

    def run_context(self, run_id: str) -> RunContext:
        """What the stages need to know of a run."""
        return RunContext(self.paths, run_id)


def _start_of(run: dg.DagsterRun, paths: DataPaths) -> RunStart:
    year = fiscal_year_of(run)
    return RunStart(run.run_id, year, started_by(run), doubtful=doubtful_documents(paths, year))


def default_data_dir() -> Path | str:
    """As the settings say, else ``data`` beside the ``dagster.yaml`` of the working folder or the project."""
    if names_data_dir() or Path(_MARK).is_file() or not (_PROJECT / _MARK).is_file():
        return data_dir()
    return _PROJECT / "data"
