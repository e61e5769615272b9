"""What a run brings along, and what a stage says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import pandas as pd

from zc_pipeline.errors import PublicationStopped
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.schemas.gates import GateResult
from zc_pipeline.settings import read_limits, read_settings
from zc_pipeline.storage.lock import data_lock
from zc_pipeline.storage.memory import use_returnable_memory
from zc_pipeline.storage.paths import DataPaths

_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a run brings along: where the data is, its name, its time (UTC), and what a document may take.

    ``lock_wait_seconds``: how long it waits for another run over the same data folder. ``accept_removals``:
    files that are gone were removed on purpose, however many.
    """

    paths: DataPaths
    run_id: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    limits: Limits = field(default_factory=read_limits)
    lock_wait_seconds: float = field(default_factory=lambda: read_settings().lock_wait_seconds)
    accept_removals: bool = False

    def __post_init__(self) -> None:
        """Begin: whoever makes one is about to work, stage after stage, in this process."""
        use_returnable_memory()

    def lock(self) -> AbstractContextManager[None]:
        """Keep every other run from writing below the data folder for the length of a block.

        Raises:
            StorageRefused: another run holds it for longer than this one waits, or it cannot be written.
        """
        return data_lock(self.paths, self.run_id, wait_seconds=self.lock_wait_seconds)


def holding_lock(
    stage: Callable[Concatenate[RunContext, _Arguments], _Result],
) -> Callable[Concatenate[RunContext, _Arguments], _Result]:
    """Let a stage work only while its run holds the lock of the data folder: for all that writes there."""

    @wraps(stage)
    def locked(context: RunContext, /, *args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        with context.lock():
            return stage(context, *args, **kwargs)

    return locked


class GateStopped(PublicationStopped):
    """A gate failed on what belongs to no document; ``gates`` are what was checked, failures included."""

    def __init__(self, message: str, gates: Iterable[GateResult]) -> None:
        super().__init__(message)
        self.gates = tuple(gates)


@dataclass(frozen=True, slots=True)
class StageReport:
    """What a stage did.

    Attributes:
        documents: contents in the year.
        made: those of them that this run made anew (for `raw_disclosures`: had not met before).
        rows: of the year's table, whenever made.
        gates: over the rows made in this run, and what stood against the others when they were made.
        preview: the first rows.
        path: the table's file of the year, or its folder.
        pages: of the documents that this run made anew; 0 where no page was read.
    """

    table: str
    year: int
    documents: int
    made: int
    rows: int
    gates: tuple[GateResult, ...]
    preview: pd.DataFrame
    path: Path
    pages: int = 0
