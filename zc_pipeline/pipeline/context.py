"""What a run brings along, and what a stage says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from zc_pipeline.errors import PublicationStopped
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.schemas.gates import GateResult
from zc_pipeline.settings import read_limits
from zc_pipeline.storage.paths import DataPaths


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a run brings along: where the data is, its name, its time (UTC), and what a document may take."""

    paths: DataPaths
    run_id: str
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    limits: Limits = field(default_factory=read_limits)


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
    """

    table: str
    year: int
    documents: int
    made: int
    rows: int
    gates: tuple[GateResult, ...]
    preview: pd.DataFrame
    path: Path
