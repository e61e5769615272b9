"""`dagster dev` on loopback over a data folder of a test's own, as long as a test needs it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parent.parent.parent
START_SECONDS, RUN_SECONDS = 180.0, 300.0
# What does not end by itself within that is killed: nothing of it is used any more.
STOP_SECONDS = 3.0
REPOSITORY = {"repositoryLocationName": "zc_pipeline", "repositoryName": "__repository__"}
_READY = """{
  locationStatusesOrError { ... on WorkspaceLocationStatusEntries { entries { loadStatus } } }
  instance { daemonHealth { allDaemonStatuses { required healthy } } }
}"""
_LAUNCH = """mutation ($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}"""


@dataclass(frozen=True)
class Served:
    """A server that answers at ``url``, for example ``http://127.0.0.1:40001``."""

    url: str
    data_dir: Path

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data that a GraphQL query gives."""
        reply = requests.post(
            f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60
        ).json()
        assert "errors" not in reply, reply["errors"]
        return dict(reply["data"])

    def run_year(self, year: int) -> tuple[str, str]:
        """Run the job for a year and wait for its end; returns the run's id and status."""
        launched = self.ask(
            _LAUNCH,
            params={
                "selector": {**REPOSITORY, "jobName": "read_disclosures"},
                "mode": "default",
                "executionMetadata": {"tags": [{"key": "dagster/partition", "value": str(year)}]},
            },
        )["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        run_id = str(launched["run"]["runId"])
        until = time.monotonic() + RUN_SECONDS
        while time.monotonic() < until:
            found = self.ask(
                "query ($id: ID!) { runOrError(runId: $id) { ... on Run { status } } }", id=run_id
            )
            status = str(found["runOrError"]["status"])
            if status in ("SUCCESS", "FAILURE", "CANCELED"):
                return run_id, status
            time.sleep(0.5)
        raise AssertionError(f"The run of {year} did not end in {RUN_SECONDS} s.")


def free_port() -> int:
    """A loopback port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_environment(data_dir: Path, **more: str) -> dict[str, str]:
    """The environment of this process without its own settings, with a data folder."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith(("DAGSTER_", "ZC_"))}
    return {**kept, "ZC_DATA_DIR": str(data_dir), "PYTHONPATH": str(ROOT), **more}


def copy_configuration(folder: Path) -> None:
    """Put the project's own configuration into a folder from which Dagster is started."""
    for name in ("dagster.yaml", "workspace.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)


@contextmanager
def dagster_dev(folder: Path, environment: Mapping[str, str]) -> Iterator[Served]:
    """Serve the UI and run the daemons until the block ends; the log is ``dev.log`` in the folder."""
    port = free_port()
    log = folder / "dev.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "dagster", "dev", "--host", "127.0.0.1", "--port", str(port)],
            cwd=folder,
            env=dict(environment),
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    served = Served(f"http://127.0.0.1:{port}", Path(environment["ZC_DATA_DIR"]))
    try:
        _wait_until_ready(served, process, log)
        yield served
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until_ready(served: Served, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until the webserver answers, the code is loaded and the daemons are well."""
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        time.sleep(0.3)
        try:
            data = served.ask(_READY)
        except requests.RequestException:
            continue
        entries = data["locationStatusesOrError"]["entries"]
        daemons = data["instance"]["daemonHealth"]["allDaemonStatuses"]
        needed = [daemon["healthy"] for daemon in daemons if daemon["required"]]
        loaded = [entry["loadStatus"] == "LOADED" for entry in entries]
        if loaded and needed and all(loaded) and all(needed):
            return
    raise AssertionError(f"dagster dev was not ready in {START_SECONDS} s:\n{log.read_text()[-3000:]}")
