"""The log's lines: plain, or JSON with the document and the page."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from zc_pipeline.errors import UsageError
from zc_pipeline.pipeline import RunContext
from zc_pipeline.settings import Settings
from zc_pipeline.watching.logs import make_handler
from zc_pipeline.watching.records import read_runs
from zc_pipeline_tests.commands import call
from zc_pipeline_tests.drawing import Layout, make_disclosure

Put = Callable[..., Path]


def test_lines_of_a_run_are_json_with_document_page_and_run(
    context: RunContext, put_pdf: Put, tmp_path: Path
) -> None:
    put_pdf(make_disclosure(1), "好.pdf")
    put_pdf(make_disclosure(2), "held.pdf", layout=Layout(show_unit_line=False))
    log = tmp_path / "logs" / "zc.jsonl"
    done = call(
        "run", "--data-dir", context.paths.data_dir, cwd=tmp_path, ZC_LOG_FORMAT="json", ZC_LOG_FILE=str(log)
    )
    assert done.returncode == 3, done.stderr
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert all({"message", "level", "time"} <= line.keys() for line in lines)
    assert {line["fiscal_year"] for line in lines if "document" in line} == {2024}
    assert len({line["run_id"] for line in lines if "document" in line}) == 1
    read = [line for line in lines if line.get("stage") == "page_text"]
    assert {line["document"] for line in read} == {"2024/好.pdf", "2024/held.pdf"}
    (held,) = [line for line in lines if line.get("code") == "money_unit_missing"]
    assert (held["document"], held["level"]) == ("2024/held.pdf", "warning")
    assert held["page"] == 1
    assert held["message"].startswith("2024/held.pdf, page 1: money_unit_missing: ")
    assert "page_text" not in done.stderr, "the log goes to the file alone"
    (row,) = read_runs(context.paths)
    assert (row["started_by"], row["outcome"], row["held_count"]) == ("command_line", "finished", 1)
    assert row["run_id"] == held["run_id"]


def test_a_failure_is_one_line_with_its_cause(tmp_path: Path) -> None:
    settings = Settings(log_format="json", log_file=tmp_path / "log")
    handler = make_handler(settings)
    logger = logging.Logger("zc_pipeline.test")
    logger.addHandler(handler)
    try:
        raise ZeroDivisionError("planted")
    except ZeroDivisionError:
        logger.exception("%s: failed", "a.pdf", extra={"document": "a.pdf", "page": None, "other": 1})
    handler.close()
    (line,) = [json.loads(one) for one in (tmp_path / "log").read_text().splitlines()]
    assert line["message"] == "a.pdf: failed"
    assert line["document"] == "a.pdf"
    assert "ZeroDivisionError: planted" in line["exception"]
    assert not {"page", "other"} & line.keys()


def test_plain_lines_are_the_words(context: RunContext, put_pdf: Put, tmp_path: Path) -> None:
    put_pdf(make_disclosure(1), "one.pdf")
    done = call("run", "--data-dir", context.paths.data_dir, cwd=tmp_path)
    assert done.returncode == 0
    (line,) = [one for one in done.stderr.splitlines() if one.startswith("page_text ")]
    assert line.startswith("page_text 1/1  2024/one.pdf: ")


def test_a_file_in_plain_words_has_time_and_level(tmp_path: Path) -> None:
    handler = make_handler(Settings(log_file=tmp_path / "log"))
    handler.handle(logging.makeLogRecord({"msg": "words", "levelname": "INFO"}))
    handler.close()
    assert (tmp_path / "log").read_text().endswith(" INFO words\n")


def test_a_log_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"log_file: .*file/log cannot be written"):
        make_handler(Settings(log_file=tmp_path / "file" / "log"))
