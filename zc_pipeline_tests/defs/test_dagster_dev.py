"""The real thing: `dagster dev` on loopback, driven as the UI drives it, and `dg check defs`."""

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from zc_pipeline.defs.checks import GATES
from zc_pipeline.schemas import RUN_TABLES, TABLES
from zc_pipeline_tests.conftest import ROOT
from zc_pipeline_tests.deploy.serving import REPOSITORY, Served
from zc_pipeline_tests.drawing import draw_disclosure, make_disclosure

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Server:
    """The project's own server, and the data folder below it."""

    served: Served
    data_dir: Path

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        return self.served.ask(query, **variables)

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


@pytest.fixture
def server(project_server: Served) -> Server:
    """The project's own server; the data folder holds the sample."""
    return Server(project_server, project_server.data_dir)


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
    assert server.served.run_year(2024)[1] == "SUCCESS"
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
        assert "2024" in server.asked_years()
        assert server.served.run_year(2024)[1] == "SUCCESS"
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
