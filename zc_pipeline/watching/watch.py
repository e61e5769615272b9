"""A run under watch: recorded when it begins and ends, told where someone is to be told.

Whatever fails here is logged, and the run goes on: a full disk stops the tables, which say so themselves.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator
from datetime import datetime

from zc_pipeline.errors import ZcPipelineError
from zc_pipeline.settings import Settings
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.watching.logs import logging_run
from zc_pipeline.watching.messages import Message, quiet_message, run_message
from zc_pipeline.watching.notify import send
from zc_pipeline.watching.quiet import Quiet, look_quiet, note_told, was_told
from zc_pipeline.watching.records import (
    OpenRun,
    RunEnd,
    RunRecord,
    RunStart,
    begin_run,
    close_run,
    dead_runs,
    record_of,
    record_of_dead,
    write_record,
)

log = logging.getLogger("zc_pipeline")

_HARMLESS = (OSError, ZcPipelineError)


@contextlib.contextmanager
def watching_run(
    paths: DataPaths, start: RunStart, settings: Settings, how_it_ended: Callable[[], RunEnd]
) -> Iterator[None]:
    """Record a run, and tell of it, around its work.

    Args:
        paths: the data folder.
        start: what is known when it begins.
        settings: of the log and of the messages.
        how_it_ended: asked after the work, however that ended.
    """
    with logging_run(settings, start.run_id, start.fiscal_year):
        tell_of_dead_runs(paths, settings)
        opened = _begin(paths, start)
        try:
            yield
        finally:
            tell_of_run(paths, start, how_it_ended(), settings)
            if opened is not None:
                close_run(opened)


def tell_of_run(paths: DataPaths, start: RunStart, end: RunEnd, settings: Settings) -> RunRecord:
    """Write the row of a run that ended, send what is to be sent, and write what became of that."""
    record = record_of(paths, start, end)
    return _tell(paths, start, record, settings)


def tell_of_dead_runs(paths: DataPaths, settings: Settings) -> list[RunRecord]:
    """Say of every run whose process is gone that it was killed: in its row, and to whom it is to be told."""
    told = []
    try:
        for dead in dead_runs(paths):
            try:
                record = record_of_dead(paths, dead.start)
                if record is not None:
                    log.warning(
                        "the run %s did not end by itself: %s", dead.start.run_id, record.row["reason"]
                    )
                    told.append(_tell(paths, dead.start, record, settings))
            finally:
                close_run(dead)
    except _HARMLESS as error:
        log.error("runs that died cannot be recorded: %s", error)
    return told


def tell_of_quiet(paths: DataPaths, settings: Settings, now: datetime | None = None) -> Quiet:
    """Look how long no new disclosure came, and send a message once where that is too long."""
    quiet = look_quiet(paths, settings.quiet_days, now)
    if quiet.is_too_long and not was_told(paths, quiet):
        log.warning("%s", quiet.words)
        if settings.notify_urls and "quiet" in settings.notify_on:
            send(quiet_message(quiet, paths), settings)
        try:
            note_told(paths, quiet)
        except _HARMLESS as error:
            log.error("it cannot be noted that the silence was told: %s", error)
    return quiet


def _begin(paths: DataPaths, start: RunStart) -> OpenRun | None:
    try:
        return begin_run(paths, start)
    except _HARMLESS as error:
        log.error("the run %s cannot be recorded: %s", start.run_id, error)
        return None


def _tell(paths: DataPaths, start: RunStart, record: RunRecord, settings: Settings) -> RunRecord:
    _write(paths, start, record)
    message: Message | None = None
    if settings.notify_urls:
        message = run_message(record, paths, settings.notify_on)
    if message is None:
        return record
    text = send(message, settings)
    told = RunRecord({**record.row, "notification_text": text}, record.newly_doubtful)
    _write(paths, start, told)
    return told


def _write(paths: DataPaths, start: RunStart, record: RunRecord) -> None:
    try:
        write_record(paths, start, record)
    except _HARMLESS as error:
        log.error("the run %s cannot be recorded: %s", start.run_id, error)
