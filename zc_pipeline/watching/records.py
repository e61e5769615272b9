"""The table `runs`: one small file a run, written when it begins and again when it ends.

A run that is at work holds the kernel's lock on its mark below ``state/runs``; the lock ends with the
process, however that ends. So a mark that can be locked belongs to a run that was killed: the next run, or
the daemon, says so in its row (:func:`dead_runs`). As each run writes its own file alone, and in one step,
runs never wait for each other here, and a reader never sees half a row.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow.parquet as pq
from pyarrow import ArrowInvalid

from zc_pipeline import __version__
from zc_pipeline.model import SET_ASIDE, Verdict
from zc_pipeline.parse.document import PARSER_VERSION
from zc_pipeline.schemas.fields import SCHEMA_VERSION
from zc_pipeline.schemas.runs import Outcome, StartedBy
from zc_pipeline.storage.parquet import read_table, write_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.frames import frame_of, records_of

_KILLED: Final = (
    "The process of this run ended without recording it: it was killed, or the machine stopped. What was "
    "published stays whole; the next run goes on from there."
)
_DOUBTFUL: Final = (Verdict.HELD.value, Verdict.REFUSED.value)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class RunStart:
    """What is known of a run when it begins.

    Attributes:
        run_id: as Dagster names it.
        fiscal_year: None where the run names no year.
        started_by: who started it.
        started_at: UTC.
        doubtful: ``document_id`` and table → verdict of what was held or refused of the year before.
    """

    run_id: str
    fiscal_year: int | None
    started_by: StartedBy
    started_at: datetime = field(default_factory=_now)
    doubtful: Mapping[str, str] = field(default_factory=dict)
    host_name: str = field(default_factory=socket.gethostname)
    process_id: int = field(default_factory=os.getpid)


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended, and what its stages said they did; None where a stage did not come to an end."""

    outcome: Outcome
    reason: str | None = None
    new_documents: int | None = None
    read_documents: int | None = None
    read_pages: int | None = None
    finished_at: datetime | None = field(default_factory=_now)


@dataclass(frozen=True, slots=True)
class DoubtfulDocument:
    """A document that a run newly held or refused, with its reasons' codes."""

    source_file: str
    verdict: str
    reason_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run's row, and the documents that it newly held or refused, by path."""

    row: Mapping[str, Any]
    newly_doubtful: tuple[DoubtfulDocument, ...] = ()


@dataclass(slots=True)
class OpenRun:
    """A run at work: its mark is locked until it is closed."""

    start: RunStart
    mark: Path
    descriptor: int


def runs_dir(paths: DataPaths) -> Path:
    """Where the rows of `runs` lie."""
    return paths.table_dir("runs")


def run_file(paths: DataPaths, start: RunStart) -> Path:
    """The file of a run's row; names sort by the time of their start."""
    return runs_dir(paths) / f"runs_{start.started_at:%Y%m%dT%H%M%SZ}_{start.run_id}.parquet"


def has_record(paths: DataPaths, run_id: str) -> bool:
    """Whether a run has its row."""
    return any(runs_dir(paths).glob(f"runs_*_{run_id}.parquet"))


def read_runs(paths: DataPaths) -> list[dict[str, Any]]:
    """Every row of `runs`, the oldest first; rows of another schema version are left out."""
    stored = (read_table(path, "runs") for path in sorted(runs_dir(paths).glob("runs_*.parquet")))
    return [row for one in stored if one is not None for row in records_of(one.frame)]


def read_run(paths: DataPaths, run_id: str) -> dict[str, Any] | None:
    """A run's row; None where it has none, or one of another schema version."""
    for path in runs_dir(paths).glob(f"runs_*_{run_id}.parquet"):
        stored = read_table(path, "runs")
        if stored is not None:
            return records_of(stored.frame)[0]
    return None


def doubtful_documents(paths: DataPaths, year: int | None) -> dict[str, str]:
    """What is held or refused in the year's published tables: ``document_id`` and table → verdict.

    Tables that another version of the schema wrote count too: what they held is not newly held.
    """
    columns = ["document_id", "table_number", "verdict"]
    try:
        rows = pq.read_table(paths.published("documents", year), columns=columns, partitioning=None)
    except (OSError, ArrowInvalid):  # not published, or damaged
        return {}
    return {_key(row): row["verdict"] for row in rows.to_pylist() if row["verdict"] in _DOUBTFUL}


def begin_run(paths: DataPaths, start: RunStart) -> OpenRun:
    """Write the mark and the row of a run that begins.

    Raises:
        OSError: the system refuses to write.
    """
    mark = _marks(paths) / f"{start.run_id}.json"
    mark.parent.mkdir(parents=True, exist_ok=True)
    beside = mark.with_name(f".{mark.name}.{os.getpid()}.tmp")
    descriptor = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.write(descriptor, _to_json(start).encode())
        beside.replace(mark)
    except BaseException:
        os.close(descriptor)
        beside.unlink(missing_ok=True)
        raise
    write_record(paths, start, RunRecord(_row(start, RunEnd(Outcome.RUNNING, finished_at=None))))
    return OpenRun(start, mark, descriptor)


def record_of(paths: DataPaths, start: RunStart, end: RunEnd) -> RunRecord:
    """What there is to say of a run that ended."""
    documents = _documents(paths, start.fiscal_year)
    row = _row(start, end) | _standing(paths, start, documents)
    return RunRecord(row, tuple(_newly_doubtful(start, documents)))


def write_record(paths: DataPaths, start: RunStart, record: RunRecord) -> None:
    """Write a run's row in place of the one before; its mark stays until :func:`close_run`.

    Raises:
        OSError: the system refuses to write.
        StorageRefused: the same, in words.
    """
    write_table(run_file(paths, start), "runs", frame_of("runs", [record.row]))


def close_run(run: OpenRun) -> None:
    """Take the mark of a run away: it has ended and said so."""
    run.mark.unlink(missing_ok=True)
    os.close(run.descriptor)


def dead_runs(paths: DataPaths) -> Iterator[OpenRun]:
    """The runs whose process is gone though they never ended; whoever takes one must close it."""
    for mark in sorted(_marks(paths).glob("*.json")):
        descriptor = _lock(mark)
        if descriptor is None:
            continue
        try:
            start = _from_json(os.pread(descriptor, os.fstat(descriptor).st_size, 0).decode())
        except (ValueError, KeyError, TypeError):
            # Put in place in one step, so this is no mark of ours, or the disk lost it.
            mark.unlink(missing_ok=True)
            os.close(descriptor)
            continue
        yield OpenRun(start, mark, descriptor)


def record_of_dead(paths: DataPaths, start: RunStart) -> RunRecord | None:
    """What there is to say of a run that died.

    Returns:
        None where its row says already how it ended: it died after that.
    """
    stored = read_table(run_file(paths, start), "runs")
    rows = records_of(stored.frame) if stored else []
    if rows and rows[0]["outcome"] != Outcome.RUNNING.value:
        return None
    return record_of(paths, start, RunEnd(Outcome.KILLED, _KILLED, finished_at=None))


def _marks(paths: DataPaths) -> Path:
    return paths.state_dir / "runs"


def _lock(mark: Path) -> int | None:
    """The descriptor of a mark that nobody holds; None where someone does, or it is gone."""
    try:
        descriptor = os.open(mark, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == mark.stat().st_ino:
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _to_json(start: RunStart) -> str:
    values = {
        "run_id": start.run_id,
        "fiscal_year": start.fiscal_year,
        "started_by": start.started_by.value,
        "started_at": start.started_at.isoformat(),
        "doubtful": dict(start.doubtful),
        "host_name": start.host_name,
        "process_id": start.process_id,
    }
    return json.dumps(values, ensure_ascii=False)


def _from_json(text: str) -> RunStart:
    values = json.loads(text)
    return RunStart(
        **{
            **values,
            "started_by": StartedBy(values["started_by"]),
            "started_at": datetime.fromisoformat(values["started_at"]),
        }
    )


def _row(start: RunStart, end: RunEnd) -> dict[str, Any]:
    seconds = (end.finished_at - start.started_at).total_seconds() if end.finished_at else None
    return {
        "run_id": start.run_id,
        "fiscal_year": start.fiscal_year,
        "started_by": start.started_by.value,
        "started_at": start.started_at,
        "finished_at": end.finished_at,
        "seconds": None if seconds is None else max(0.0, round(seconds, 3)),
        "outcome": end.outcome.value,
        "reason": end.reason,
        "new_document_count": end.new_documents,
        "read_document_count": end.read_documents,
        "read_page_count": end.read_pages,
        **dict.fromkeys(_STANDING),
        "problem_counts": "",
        "publication_id": None,
        "notification_text": None,
        "host_name": start.host_name,
        "process_id": start.process_id,
        "program_version": f"{__version__}/{PARSER_VERSION}/{SCHEMA_VERSION}",
    }


_STANDING: Final = (
    "accepted_count",
    "held_count",
    "refused_count",
    "newly_held_count",
    "newly_refused_count",
    "project_count",
    "indicator_count",
)


def _standing(paths: DataPaths, start: RunStart, documents: list[dict[str, Any]]) -> dict[str, Any]:
    """What the year's published tables hold."""
    stored = read_table(paths.published("documents", start.fiscal_year), "documents")
    if stored is None:
        return {}
    verdicts = Counter(row["verdict"] for row in documents)
    newly = Counter(one.verdict for one in _newly_doubtful(start, documents))
    problems = read_table(paths.published("problems", start.fiscal_year), "problems")
    codes = Counter(problems.frame["code"]) if problems else Counter()
    accepted = [row for row in documents if row["verdict"] == Verdict.ACCEPTED.value]
    return {
        "accepted_count": verdicts[Verdict.ACCEPTED.value],
        "held_count": verdicts[Verdict.HELD.value],
        "refused_count": verdicts[Verdict.REFUSED.value],
        "newly_held_count": newly[Verdict.HELD.value],
        "newly_refused_count": newly[Verdict.REFUSED.value],
        "project_count": sum(row["project_count"] for row in accepted),
        "indicator_count": sum(row["indicator_count"] for row in accepted),
        "problem_counts": " ".join(f"{code}={count}" for code, count in sorted(codes.items())),
        "publication_id": stored.notes.get("publication_id"),
    }


def _documents(paths: DataPaths, year: int | None) -> list[dict[str, Any]]:
    """The year's published documents, without superseded versions and files that are gone."""
    stored = read_table(paths.published("documents", year), "documents")
    return [row for row in (records_of(stored.frame) if stored else []) if row["standing"] not in SET_ASIDE]


def _newly_doubtful(start: RunStart, documents: list[dict[str, Any]]) -> Iterator[DoubtfulDocument]:
    """What is held or refused now and was not so before."""
    for row in sorted(documents, key=lambda one: (one["source_file"], one["table_number"])):
        if row["verdict"] in _DOUBTFUL and start.doubtful.get(_key(row)) != row["verdict"]:
            yield DoubtfulDocument(row["source_file"], row["verdict"], tuple(row["reason_codes"].split()))


def _key(document: Mapping[str, Any]) -> str:
    return f"{document['document_id']}-t{document['table_number']}"
