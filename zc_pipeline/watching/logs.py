"""The form of the log: plain lines, or one JSON object a line, to standard error or to a file."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from logging.handlers import WatchedFileHandler
from typing import Any, Final

from zc_pipeline.errors import UsageError
from zc_pipeline.settings import Settings

LOGGER: Final = "zc_pipeline"
# What a line may say beside its words; the places that log pass them as `extra`.
_FIELDS: Final = ("document", "page", "row", "code", "verdict", "stage")


_NAME: Final = "zc_pipeline settings"


def make_handler(settings: Settings) -> logging.Handler:
    """A handler that writes as the settings say.

    Raises:
        UsageError: the log file cannot be opened.
    """
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if settings.log_file is not None:
        try:
            settings.log_file.parent.mkdir(parents=True, exist_ok=True)
            # It notices when the file was moved away, as programs do that keep logs short.
            handler = WatchedFileHandler(settings.log_file, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"log_file: {settings.log_file} cannot be written: {error.strerror}.") from error
    handler.set_name(_NAME)
    handler.setFormatter(_json_formatter() if settings.log_format == "json" else _text_formatter(settings))
    return handler


def _text_formatter(settings: Settings) -> logging.Formatter:
    """The words alone for who looks on; in a file, with time and level."""
    if settings.log_file is None:
        return logging.Formatter("%(message)s")
    return logging.Formatter("%(asctime)s %(levelname)s %(message)s")


def _json_formatter() -> logging.Formatter:
    import structlog

    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(allow=_FIELDS),
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.format_exc_info,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.EventRenamer("message"),
            _without_nothing,
            structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=True),
        ],
    )


def _without_nothing(_logger: object, _name: str, event: Any) -> Any:
    """Leave out what has no value."""
    return {key: value for key, value in event.items() if value is not None}


def start_log(settings: Settings) -> None:
    """Let a command's process log as the settings say.

    Raises:
        UsageError: the log file cannot be opened.
    """
    root = logging.getLogger()
    for handler in [one for one in root.handlers if one.get_name() == _NAME]:
        root.removeHandler(handler)
        handler.close()
    root.addHandler(make_handler(settings))
    logging.getLogger(LOGGER).setLevel(logging.INFO)


@contextlib.contextmanager
def logging_run(settings: Settings, run_id: str, fiscal_year: int | None) -> Iterator[None]:
    """Name the run in each JSON line; in a process of Dagster's, log as the settings say beside its own log.

    What cannot be opened is logged, and the run goes on.
    """
    ours = logging.getLogger(LOGGER)
    is_ready = any(one.get_name() == _NAME for one in (*logging.getLogger().handlers, *ours.handlers))
    handler: logging.Handler | None = None
    if not is_ready and (settings.log_file is not None or settings.log_format == "json"):
        try:
            handler = make_handler(settings)
        except UsageError as error:
            ours.error("%s", error)
        else:
            ours.addHandler(handler)
    with _naming(settings, run_id, fiscal_year):
        try:
            yield
        finally:
            if handler is not None:
                ours.removeHandler(handler)
                handler.close()


@contextlib.contextmanager
def _naming(settings: Settings, run_id: str, fiscal_year: int | None) -> Iterator[None]:
    if settings.log_format != "json":
        yield
        return
    import structlog

    # Not reset by token: Dagster may end a run in another context than it began in.
    structlog.contextvars.bind_contextvars(run_id=run_id, fiscal_year=fiscal_year)
    try:
        yield
    finally:
        structlog.contextvars.unbind_contextvars("run_id", "fiscal_year")
