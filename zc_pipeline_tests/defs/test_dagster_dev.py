"""The real thing: `dagster dev` on loopback, driven as the UI drives it, and `dg check defs`."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from zc_pipeline.defs.checks import GATES
from zc_pipeline.schemas import RUN_TABLES, TABLES
from zc_pipeline_tests.drawing import draw_disclosure, make_disclosure

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
START_SECONDS, RUN_SECONDS, STOP_SECONDS = 120, 180, 30
REPOSITORY = {"repositoryLocationName": "zc_pipeline", "repositoryName": "__repository__"}


@dataclass
class Server:
    url: str
    data_dir: Path

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        reply = requests.post(self.url, json={"query": query, "variables": variables}, timeout=60).json()
        assert "errors" not in reply, reply["errors"]
        return reply["data"]

    def dry_run(self) -> dict[str, Any]:
        """What the nightly schedule would do now."""
        tick = self.ask(
            """mutation ($selector: ScheduleSelector!, $at: Float) {
                 scheduleDryRun(selectorData: $selector, timestamp: $at) {
                   __typename
                   ... on PythonError { message }
                   ... on DryRunInstigationTick {
                     evaluationResult {
                       skipReason
                       error { message }
                       runRequests { runKey tags { key value } }
                     } } } }""",
            selector={**REPOSITORY, "scheduleName": "nightly"},
            at=time.time(),
        )["scheduleDryRun"]
        assert tick["__typename"] == "DryRunInstigationTick", tick
        assert tick["evaluationResult"]["error"] is None, tick
        return tick["evaluationResult"]

    def asked_years(self) -> list[str]:
        return [
            tag["value"]
            for request in self.dry_run()["runRequests"] or ()
            for tag in request["tags"]
            if tag["key"] == "dagster/partition"
        ]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A copy of the project's configuration, served; the data folder holds the sample."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("dagster.yaml", "workspace.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    data_dir = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(ROOT / "data" / "raw" / "2024", data_dir / "raw" / "2024")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if key != "DAGSTER_HOME"}
    environment |= {"ZC_DATA_DIR": str(data_dir), "PYTHONPATH": str(ROOT)}
    log = folder / "dev.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    served = Server(f"http://127.0.0.1:{port}/graphql", data_dir)
    try:
        _wait_until_loaded(served, process, log)
        yield served
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    assert {path.name for path in folder.iterdir()} >= {".dagster", "dagster.yaml"}


def _wait_until_loaded(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the webserver answers, the code is loaded and the daemons are well."""
    query = """{
      locationStatusesOrError { ... on WorkspaceLocationStatusEntries { entries { loadStatus } } }
      instance { daemonHealth { allDaemonStatuses { daemonType required healthy } } }
    }"""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        time.sleep(0.5)
        try:
            data = server.ask(query)
        except requests.RequestException:
            continue
        entries = data["locationStatusesOrError"]["entries"]
        daemons = data["instance"]["daemonHealth"]["allDaemonStatuses"]
        needed = [daemon["healthy"] for daemon in daemons if daemon["required"]]
        loaded = [entry["loadStatus"] == "LOADED" for entry in entries]
        if loaded and needed and all(loaded) and all(needed):
            return
    pytest.fail(f"dagster dev was not ready in {START_SECONDS} s:\n{log.read_text()[-3000:]}")


def _materialize(server: Server, year: int) -> str:
    """Run the job for a year as the UI does; returns how the run ended."""
    launched = server.ask(
        """mutation ($params: ExecutionParams!) {
             launchRun(executionParams: $params) {
               __typename
               ... on LaunchRunSuccess { run { runId } }
               ... on PythonError { message }
             } }""",
        params={
            "selector": {**REPOSITORY, "jobName": "read_disclosures"},
            "mode": "default",
            "executionMetadata": {"tags": [{"key": "dagster/partition", "value": str(year)}]},
        },
    )["launchRun"]
    assert launched["__typename"] == "LaunchRunSuccess", launched
    run_id = launched["run"]["runId"]
    until = time.monotonic() + RUN_SECONDS
    while time.monotonic() < until:
        status = server.ask(
            "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }", id=run_id
        )
        if status["runOrError"]["status"] in ("SUCCESS", "FAILURE", "CANCELED"):
            return str(status["runOrError"]["status"])
        time.sleep(0.5)
    pytest.fail(f"The run of {year} did not end in {RUN_SECONDS} s.")


def _checks(server: Server) -> dict[tuple[str, str], dict[str, Any]]:
    nodes = server.ask(
        """{ assetNodes {
               assetKey { path }
               assetMaterializations(limit: 1) { partition }
               assetChecksOrError { ... on AssetChecks { checks {
                 name
                 blocking
                 executionForLatestMaterialization {
                   status
                   evaluation { success metadataEntries { label } }
                 } } } } } }"""
    )["assetNodes"]
    assert {node["assetKey"]["path"][0] for node in nodes} == TABLES.keys() - set(RUN_TABLES)
    assert all(node["assetMaterializations"] == [{"partition": "2024"}] for node in nodes)
    return {
        (node["assetKey"]["path"][0], check["name"]): check
        for node in nodes
        for check in node["assetChecksOrError"]["checks"]
    }


def test_a_year_materialized_through_the_webserver_passes_every_check(server: Server) -> None:
    assert _materialize(server, 2024) == "SUCCESS"
    checks = _checks(server)
    assert set(checks) == {(table, gate) for table, gates in GATES.items() for gate in gates}
    for key, check in checks.items():
        execution = check["executionForLatestMaterialization"]
        assert execution is not None, key
        assert execution["status"] == "SUCCEEDED", key
        assert execution["evaluation"]["success"], key
        assert check["blocking"]
    for table in ("documents", "projects", "indicators", "problems"):
        assert (server.data_dir / "parquet" / table / f"{table}_2024.parquet").is_file()


def test_the_schedule_is_on_and_asks_when_a_file_is_added(server: Server) -> None:
    state = server.ask(
        """query ($selector: ScheduleSelector!) { scheduleOrError(scheduleSelector: $selector) {
             ... on Schedule {
               cronSchedule
               executionTimezone
               scheduleState { status }
               futureTicks(limit: 1) { results { timestamp } }
             } } }""",
        selector={**REPOSITORY, "scheduleName": "nightly"},
    )["scheduleOrError"]
    assert state["scheduleState"]["status"] == "RUNNING"
    assert (state["cronSchedule"], state["executionTimezone"]) == ("0 2 * * *", "Asia/Shanghai")
    assert len(state["futureTicks"]["results"]) == 1

    if not (server.data_dir / "state" / "completed_2024.json").exists():  # run on its own
        assert server.asked_years() == ["2024"]
        assert _materialize(server, 2024) == "SUCCESS"
    assert server.asked_years() == []
    assert server.dry_run()["skipReason"].startswith("Nothing is new in ")

    draw_disclosure(make_disclosure(1), server.data_dir / "raw" / "2024" / "another.PDF")
    assert server.asked_years() == ["2024"]


def test_dg_check_defs(tmp_path: Path) -> None:
    """`dg` finds the definitions through pyproject.toml."""
    program = Path(sys.executable).with_name("dg")
    if not program.exists():
        pytest.skip("dagster-dg-cli is not installed")
    environment = {**os.environ, "HOME": str(tmp_path), "DAGSTER_HOME": str(tmp_path)}
    (tmp_path / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    done = subprocess.run(
        [program, "check", "defs"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "loaded successfully" in done.stdout + done.stderr
