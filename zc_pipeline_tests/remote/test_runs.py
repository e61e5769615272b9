"""Whole runs over an S3 server on loopback: the same tables as on this machine's disk."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import fsspec
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from zc_pipeline.cli import main
from zc_pipeline.definitions import defs
from zc_pipeline.defs import launch
from zc_pipeline.defs.resources import DataFolder
from zc_pipeline.defs.schedules import nightly
from zc_pipeline.model import Standing
from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline.remote import published, read_published_year
from zc_pipeline.remote.folder import RemoteFolder
from zc_pipeline.schemas import PUBLISHED_TABLES
from zc_pipeline.schemas.runs import Outcome
from zc_pipeline.storage.publication import read_year
from zc_pipeline.watching.records import read_runs
from zc_pipeline_tests.drawing import make_disclosure
from zc_pipeline_tests.remote.test_lease import lease_of_another
from zc_pipeline_tests.remote.test_mirror import put

pytestmark = pytest.mark.slow

Call = Callable[..., Result]
# What a run says of itself.
_OF_THE_RUN = ["run_id", "first_seen_at", "withdrawn_at"]


@pytest.fixture
def call(tmp_path: Path, s3: str, monkeypatch: pytest.MonkeyPatch) -> Call:
    """Call a command on a machine, which has its own mirror; the data folder is the bucket."""
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    monkeypatch.setenv("ZC_DATA_DIR", s3)

    def call(machine: str, *words: str) -> Result:
        folder = tmp_path / machine
        folder.mkdir(exist_ok=True)
        monkeypatch.chdir(folder)
        monkeypatch.setenv("ZC_MIRROR_DIR", str(folder / "mirrors"))
        return CliRunner().invoke(main, words)

    return call


def values(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns=[name for name in _OF_THE_RUN if name in frame.columns])


def test_runs_on_two_machines(
    call: Call,
    s3: str,
    context: RunContext,
    put_pdf: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store, _ = fsspec.core.url_to_fs(s3)
    for number in (1, 2):
        path = put_pdf(make_disclosure(number), f"{number}.pdf")
        store.put_file(str(path), f"{s3}/raw/2024/{number}.pdf")
    run_year(context, 2024)

    planned = call("one", "run", "--dry-run")
    assert planned.exit_code == 0, planned.output
    assert "2 files would be opened" in planned.output
    first = call("one", "run")
    assert first.exit_code == 0, first.output
    assert "2 accepted, 0 held, 0 refused" in first.output

    here = read_year(context.paths, PUBLISHED_TABLES, 2024)
    there = read_published_year(s3, PUBLISHED_TABLES, 2024)
    assert there.missing == ()
    for table in PUBLISHED_TABLES:
        assert values(there.tables[table].frame).equals(values(here.tables[table].frame)), table
    plain = pd.read_parquet(f"{s3}/parquet/projects/", dtype_backend="pyarrow")
    assert len(plain) == len(here.tables["projects"].frame), "who globs finds the same under plain names"
    (row,) = store.glob(f"{s3}/parquet/runs/*.parquet")
    assert pd.read_parquet(f"s3://{row}")["outcome"].tolist() == ["finished"]

    # Another machine takes over: it has nothing, and reads nothing again.
    standing = published(s3)
    second = call("two", "run")
    assert second.exit_code == 0, second.output
    assert "nothing new" in second.output
    assert published(s3) == standing
    status = call("two", "status")
    assert [line.split() for line in status.output.splitlines() if line.split()[:1] == ["2024"]] == [
        ["2024", "2", "0", "2", "0", "0"]
    ]
    exported = call("two", "export", "--csv", str(tmp_path / "csv"))
    assert exported.exit_code == 0, exported.output
    assert len(pd.read_csv(tmp_path / "csv" / "projects.csv")) == len(plain)
    shown = call("two", "show", "1.pdf", "--out", str(tmp_path / "page.png"))
    assert shown.exit_code == 0, shown.output

    # A file that is gone there is called withdrawn; `clean` takes what nobody needs away there too.
    store.rm_file(f"{s3}/raw/2024/2.pdf")
    stopped = call("two", "run")
    assert stopped.exit_code == 1
    assert "--accept-removals 2024" in stopped.output, "as ever: half of a year gone at once stops the run"
    third = call("two", "run", "--accept-removals", "2024")
    assert third.exit_code == 0, third.output
    documents = read_published_year(s3, ["documents"], 2024).tables["documents"].frame
    gone = documents[documents["standing"] == Standing.WITHDRAWN.value]
    assert gone["source_file"].tolist() == ["2024/2.pdf"]
    store.put_file(str(path), f"{s3}/parquet/page_text/2024/{'0' * 64}.parquet")
    assert call("one", "clean").exit_code == 0
    assert not store.exists(f"{s3}/parquet/page_text/2024/{'0' * 64}.parquet")

    # A document that is to be read again is so there too, whatever becomes of the run that was told.
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(launch, "run_years", stop)
    assert "Interrupted" in call("one", "run", "--redo", "1.pdf").output
    planned = call("two", "run", "--dry-run")
    assert "1 to be read again" in planned.output, planned.output


def test_a_run_that_is_refused_there_is_recorded_and_told_and_the_next_look_says_why(
    memory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "ZC_MIRROR_DIR": str(tmp_path / "mirrors"),
        "ZC_LOCK_WAIT_SECONDS": "0",
        "ZC_NOTIFY_URLS": "json://127.0.0.1:9/x",
    }.items():
        monkeypatch.setenv(name, value)
    put(memory, "raw/2024/a.pdf", b"%PDF")
    lease_of_another(RemoteFolder(memory))
    data = DataFolder(data_dir=memory)
    with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
        job = defs.get_repository_def().get_job("read_disclosures")
        refused = job.execute_in_process(
            instance=instance, partition_key="2024", resources={"data": data}, raise_on_error=False
        )
        assert not refused.success
        (row,) = read_runs(data.paths)
        assert row["outcome"] == Outcome.STOPPED.value
        assert "Another run is at work at memory://" in row["reason"]
        assert row["notification_text"], "it was sent, or tried to"

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError("denied")

        monkeypatch.setattr(type(fsspec.filesystem("memory")), "find", refuse)
        with dg.build_schedule_context(
            instance=instance,
            resources={"data": data},
            scheduled_execution_time=datetime(2024, 3, 1, tzinfo=UTC),
        ) as asked:
            assert "Look after the credentials" in str(nightly.evaluate_tick(asked).skip_message)


def test_the_schedule_looks_there_and_its_job_publishes_there(
    call: Call, s3: str, context: RunContext, put_pdf: Callable[..., Path], tmp_path: Path
) -> None:
    store, _ = fsspec.core.url_to_fs(s3)
    store.put_file(str(put_pdf(make_disclosure(1), "one.pdf")), f"{s3}/raw/2024/one.pdf")
    call("one", "settings")  # its mirror is this machine's from here on
    data = DataFolder(data_dir=s3)
    (tmp_path / "dagster").mkdir()
    with dg.DagsterInstance.local_temp(str(tmp_path / "dagster")) as instance:

        def ask() -> list[str | None]:
            with dg.build_schedule_context(
                instance=instance,
                resources={"data": data},
                scheduled_execution_time=datetime(2024, 3, 1, 18, tzinfo=UTC),
                repository_def=defs.get_repository_def(),
            ) as asked:
                return [request.partition_key for request in nightly.evaluate_tick(asked).run_requests or ()]

        assert ask() == ["2024"]
        assert not list(data.paths.raw_dir.rglob("*.pdf")), "it has a minute: no PDF is fetched for a look"
        result = (
            defs.get_repository_def()
            .get_job("read_disclosures")
            .execute_in_process(instance=instance, partition_key="2024", resources={"data": data})
        )
        assert result.success
        assert ask() == []
        shutil.rmtree(data.paths.data_dir.parent)
        assert ask() == [], "another machine sees the same, without the files"
        store.pipe_file(f"{s3}/raw/2023/two.pdf", b"%PDF")
        assert ask() == ["2023"]
        store.rm_file(f"{s3}/raw/2023/two.pdf")
    year = read_published_year(s3, PUBLISHED_TABLES, 2024)
    assert year.tables["documents"].frame["verdict"].tolist() == ["accepted"]
    assert {2024} == set(published(s3).urls["project_links"]), "links go with what they link"
    lease = store.cat_file(store.glob(f"{s3}/leases/*")[-1])
    assert json.loads(lease)["is_released"]
    shutil.rmtree(data.paths.data_dir.parent)  # a mirror may be thrown away
    assert call("one", "run").exit_code == 0
    assert read_published_year(s3, PUBLISHED_TABLES, 2024).publication_id == year.publication_id
