"""How long no new disclosure came."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
from pyarrow import ArrowInvalid

from zc_pipeline.storage.files import write_json
from zc_pipeline.storage.paths import DataPaths


@dataclass(frozen=True, slots=True)
class Quiet:
    """How long it has been quiet.

    Attributes:
        last_new_at: when a run last met a document for the first time, UTC; None where none ever did.
        days: whole days since then.
        limit_days: the setting ``quiet_days``; 0 is never too long.
    """

    last_new_at: datetime | None
    days: int
    limit_days: int

    @property
    def is_too_long(self) -> bool:
        """Whether no new disclosure came for as many days as the setting says, or more."""
        return self.last_new_at is not None and 0 < self.limit_days <= self.days

    @property
    def words(self) -> str:
        """A sentence."""
        if self.last_new_at is None:
            return "No disclosure was read yet."
        limit = f"; the limit is {self.limit_days}" if self.limit_days else ""
        return (
            f"The last new disclosure was met on {self.last_new_at:%Y-%m-%d}, {self.days} "
            f"day{'' if self.days == 1 else 's'} ago{limit}."
        )


def look_quiet(paths: DataPaths, limit_days: int, now: datetime | None = None) -> Quiet:
    """Look in every year's `raw_disclosures` for the latest first sight of a document.

    Args:
        paths: the data folder.
        limit_days: the setting ``quiet_days``.
        now: UTC; None is the present.
    """
    now = now or datetime.now(UTC)
    files = sorted(paths.table_dir("raw_disclosures").glob("*.parquet"))
    seen = [one for file in files if (one := _latest(file)) is not None]
    last = max(seen, default=None)
    return Quiet(last, max(0, (now - last).days) if last else 0, limit_days)


def _latest(file: Path) -> datetime | None:
    try:
        column = pq.read_table(file, columns=["first_seen_at"], partitioning=None).column(0)
    except (OSError, ArrowInvalid):  # gone, damaged, or of another version: the next run makes it anew
        return None
    latest: datetime | None = pc.max(column).as_py()
    return latest


def was_told(paths: DataPaths, quiet: Quiet) -> bool:
    """Whether a message about this silence was sent: one is enough, until a new disclosure comes."""
    try:
        told = json.loads(_mark(paths).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(told, dict) and told.get("last_new_at") == _stamp(quiet)


def note_told(paths: DataPaths, quiet: Quiet) -> None:
    """Note that a message about this silence was sent."""
    write_json(_mark(paths), {"last_new_at": _stamp(quiet)})


def _stamp(quiet: Quiet) -> str | None:
    return quiet.last_new_at.isoformat() if quiet.last_new_at else None


def _mark(paths: DataPaths) -> Path:
    return paths.state_dir / "quiet.json"
