"""`dagster.yaml` as it ships, seen to act: queue, retries, monitoring, retention; and the schedule fires.

A real `dagster dev` with its daemon, and real runs. Shortened are only the times that would make a test wait:
the schedule looks every minute, monitoring every two seconds. Run with `pytest -m long`.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import requests
from dagster._core.scheduler.instigation import TickData, TickStatus
from dagster._utils.error import SerializableErrorInfo

from zc_pipeline.pipeline import RunContext, find_raw
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.watching.records import read_run, read_runs
from zc_pipeline_tests.defs.test_dagster_dev import REPOSITORY, ROOT
from zc_pipeline_tests.drawing import draw_disclosure, make_disclosure
from zc_pipeline_tests.watching.conftest import Webhook, serving_webhook

pytestmark = pytest.mark.long

_SHORTER = {
    "poll_interval_seconds: 60": "poll_interval_seconds: 2",
    "start_timeout_seconds: 180": "start_timeout_seconds: 60",
}
# Each of these is seen within a minute on a quiet machine.
PATIENCE = 240.0
ENDED = (dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED)


@dataclass
class Standing:
    """A project folder whose Dagster can be started, killed and started again."""

    folder: Path
    paths: DataPaths
    hook: Webhook
    port: int = 0
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        known = {k: v for k, v in os.environ.items() if k != "DAGSTER_HOME" and not k.startswith("ZC_")}
        with (self.folder / "dev.log").open("a") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(self.port)],
                cwd=self.folder,
                env=known | {"PYTHONPATH": str(ROOT)},
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)
        wait_until(self._is_up, PATIENCE, "dagster dev is up")

    def _is_up(self) -> bool:
        try:
            data = self.ask(
                "{ locationStatusesOrError { ... on WorkspaceLocationStatusEntries "
                "{ entries { loadStatus } } } "
                "instance { daemonHealth { allDaemonStatuses { required healthy } } } }"
            )
        except requests.RequestException:
            return False
        daemons = data["instance"]["daemonHealth"]["allDaemonStatuses"]
        entries = data["locationStatusesOrError"]["entries"]
        return all(one["loadStatus"] == "LOADED" for one in entries) and all(
            one["healthy"] for one in daemons if one["required"]
        )

    def kill(self) -> None:
        """All of Dagster's processes at once, and the runs they started, as when the machine loses power."""
        process = self.processes.pop()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.port}/graphql"
        reply = requests.post(url, json={"query": query, "variables": variables}, timeout=60).json()
        assert "errors" not in reply, reply["errors"]
        return reply["data"]

    def instance(self) -> dg.DagsterInstance:
        return dg.DagsterInstance.from_config(str(self.folder))

    def launch(self, year: int, **tags: str) -> str:
        launched = self.ask(
            "mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) { __typename "
            "... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }",
            params={
                "selector": {**REPOSITORY, "jobName": "read_disclosures"},
                "mode": "default",
                "executionMetadata": {
                    "tags": [
                        {"key": key, "value": value}
                        for key, value in {"dagster/partition": str(year), **tags}.items()
                    ]
                },
            },
        )["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def put(self, seed: int, year: int) -> None:
        target = self.paths.raw_dir / str(year) / f"{seed}.pdf"
        target.parent.mkdir(parents=True, exist_ok=True)
        draw_disclosure(make_disclosure(seed, year=year), target)

    def run_of(self, year: int, known: set[str]) -> dict[str, Any] | None:
        """The row of a run of a year that was not there before."""
        return next(
            (
                row
                for row in read_runs(self.paths)
                if row["fiscal_year"] == year and row["run_id"] not in known
            ),
            None,
        )

    def known(self) -> set[str]:
        return {row["run_id"] for row in read_runs(self.paths)}


def wait_until(find: Callable[[], Any], seconds: float, what: str) -> Any:
    """What ``find`` finds at last."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if found := find():
            return found
        time.sleep(0.2)
    pytest.fail(f"not within {seconds:g} s: {what}")


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    folder = tmp_path_factory.mktemp("standing")
    text = (ROOT / "dagster.yaml").read_text()
    for shipped, shorter in _SHORTER.items():
        assert shipped in text
        text = text.replace(shipped, shorter)
    (folder / "dagster.yaml").write_text(text.replace("base_dir: .dagster", f"base_dir: {folder}/.dagster"))
    shutil.copy(ROOT / "workspace.yaml", folder)
    paths = DataPaths(folder / "data")
    paths.raw_dir.mkdir(parents=True)
    with serving_webhook() as hook:
        (folder / "zc_pipeline.toml").write_text(
            f'data_dir = "data"\nschedule_cron = "* * * * *"\nquiet_days = 30\n'
            f'notify_urls = ["{hook.url()}"]\n'
        )
        made = Standing(folder, paths, hook)
        # A document that was met long ago, so that it is quiet from the start; its year is then given up.
        made.put(1, 2015)
        find_raw(RunContext(paths, "long-ago", datetime(2015, 3, 1, tzinfo=UTC)), 2015)
        shutil.rmtree(paths.raw_dir / "2015")
        try:
            made.start()
            yield made
        finally:
            made.stop()


def test_a_silence_is_seen_in_the_ui_and_told_though_no_run_starts(standing: Standing) -> None:
    def found() -> dict[str, Any] | None:
        nodes = standing.ask(
            "{ assetNodes { assetKey { path } assetChecksOrError { ... on AssetChecks { checks { name "
            "executionForLatestMaterialization { status evaluation { severity description } } } } } } }"
        )["assetNodes"]
        (raw,) = [node for node in nodes if node["assetKey"]["path"] == ["raw_disclosures"]]
        checks = raw["assetChecksOrError"]["checks"]
        (check,) = [one for one in checks if one["name"] == "new_disclosures"]
        return check["executionForLatestMaterialization"]

    seen = wait_until(found, PATIENCE, "the check is evaluated")
    assert (seen["status"], seen["evaluation"]["severity"]) == ("FAILED", "WARN")
    assert seen["evaluation"]["description"].startswith("The last new disclosure was met on 2015-03-01")
    with standing.instance() as instance:
        assert instance.get_runs() == []
    (post,) = wait_until(lambda: standing.hook.posts, PATIENCE, "the message arrives")
    assert post["title"].startswith("zc_pipeline: no new disclosure for ")


@pytest.mark.parametrize(
    ("name", "status", "days"),
    [
        ("failed_before_work", TickStatus.SKIPPED, 7),
        ("failed_before_work", TickStatus.FAILURE, 30),
        ("nightly", TickStatus.SKIPPED, 90),
    ],
)
def test_what_is_kept_of_ticks_is_cleared_by_age(
    standing: Standing, name: str, status: TickStatus, days: int
) -> None:
    def state() -> Any:
        found = [one for one in instance.all_instigator_state() if one.instigator_name == name]
        return found[0] if found else None

    def times() -> set[float]:
        ticks = instance.get_ticks(origin.instigator_origin_id, origin.selector_id)
        return {round(tick.timestamp) for tick in ticks}

    with standing.instance() as instance:
        origin = wait_until(state, PATIENCE, f"{name} is known")
        now, failed = datetime.now(UTC), status is TickStatus.FAILURE
        old, young = (round((now - timedelta(days=age)).timestamp()) for age in (days + 1, days - 1))
        for timestamp in (old, young):
            instance.create_tick(
                TickData(
                    instigator_origin_id=origin.instigator_origin_id,
                    instigator_name=name,
                    instigator_type=origin.instigator_type,
                    status=status,
                    timestamp=float(timestamp),
                    selector_id=origin.selector_id,
                    error=SerializableErrorInfo("planted", [], None) if failed else None,
                )
            )
        assert {old, young} <= times()
        wait_until(lambda: old not in times(), PATIENCE, "the old tick is cleared")
        assert young in times()


def test_the_schedule_fires_and_runs_go_one_after_the_other(standing: Standing) -> None:
    standing.put(2, 2021)
    standing.put(3, 2022)

    def finished() -> list[dict[str, Any]] | None:
        rows = [row for row in read_runs(standing.paths) if row["outcome"] == "finished"]
        return rows if {row["fiscal_year"] for row in rows} >= {2021, 2022} else None

    rows = wait_until(finished, PATIENCE, "both years are published")
    first, second = sorted(rows, key=lambda row: row["started_at"])[:2]
    assert {first["started_by"], second["started_by"]} == {"schedule"}
    assert first["finished_at"] <= second["started_at"]
    with standing.instance() as instance:
        records = {one.dagster_run.run_id: one for one in instance.get_run_records()}
        waited = records[second["run_id"]]
        assert waited.create_timestamp < first["finished_at"], "it was asked for while the other was at work"


def test_a_run_whose_process_is_killed_is_told_and_started_once_more(standing: Standing) -> None:
    known = standing.known()
    standing.put(4, 2023)
    killed = standing.launch(2023)
    row = wait_until(lambda: read_run(standing.paths, killed), PATIENCE, "the run is at work")
    os.kill(row["process_id"], signal.SIGKILL)
    again = wait_until(lambda: standing.run_of(2023, known | {killed}), PATIENCE, "it is started once more")
    done = wait_until(
        lambda: (one := read_run(standing.paths, again["run_id"])) and one["outcome"] != "running" and one,
        PATIENCE,
        "the second run ends",
    )
    assert (done["outcome"], done["started_by"]) == ("finished", "retry")
    first = read_run(standing.paths, killed)
    assert first is not None
    assert first["outcome"] == "killed"
    assert first["notification_text"] == "sent to json://127.0.0.1"
    assert "zc_pipeline: the run of 2023 was killed" in [post["title"] for post in standing.hook.posts]
    with standing.instance() as instance:
        run = instance.get_run_by_id(killed)
        assert run is not None
        assert run.status == dg.DagsterRunStatus.FAILURE
        retry = instance.get_run_by_id(again["run_id"])
        assert retry is not None
        assert retry.parent_run_id == killed


def test_a_run_that_takes_too_long_is_ended_and_tried_once_more_and_no_more(standing: Standing) -> None:
    for seed in range(10, 16):
        standing.put(seed, 2020)
    run_id = standing.launch(2020, **{"dagster/max_runtime": "1"})

    def ended() -> list[dg.DagsterRun] | None:
        group = instance.get_run_group(run_id)
        runs = list(group[1]) if group else []
        return runs if len(runs) == 2 and all(run.status in ENDED for run in runs) else None

    with standing.instance() as instance:
        runs = wait_until(ended, PATIENCE, "both runs are ended")
        assert {run.status for run in runs} == {dg.DagsterRunStatus.FAILURE}
        said = [entry.message for run in runs for entry in instance.all_logs(run.run_id)]
    assert any("maximum runtime" in words for words in said)


def test_runs_killed_with_the_whole_machine_are_found_after_its_start(standing: Standing) -> None:
    known = standing.known()
    standing.put(5, 2019)
    killed = standing.launch(2019)
    row = wait_until(lambda: read_run(standing.paths, killed), PATIENCE, "the run is at work")
    os.kill(row["process_id"], signal.SIGSTOP)  # so that it does not end before the servers do
    standing.kill()
    os.kill(row["process_id"], signal.SIGKILL)
    standing.start()
    done = wait_until(
        lambda: (one := standing.run_of(2019, known | {killed})) and one["outcome"] == "finished" and one,
        PATIENCE,
        "it is started once more, and ends",
    )
    assert done["started_by"] in ("retry", "schedule")
    assert (read_run(standing.paths, killed) or {})["outcome"] == "killed"
    with standing.instance() as instance:
        run = instance.get_run_by_id(killed)
        assert run is not None
        assert run.status == dg.DagsterRunStatus.FAILURE


def test_a_run_that_does_not_start_is_given_up(standing: Standing) -> None:
    with standing.instance() as instance:
        stuck = instance.create_run_for_job(_nothing, status=dg.DagsterRunStatus.NOT_STARTED)

        def given_up() -> bool:
            run = instance.get_run_by_id(stuck.run_id)
            return run is not None and run.status == dg.DagsterRunStatus.FAILURE

        wait_until(given_up, PATIENCE, "monitoring gives it up")


@dg.job
def _nothing() -> None:
    """Stands for the job of a run."""
