"""The container file: linted, from the lock files, without root; its steps' outcome where no engine is."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from zc_pipeline_tests.conftest import ROOT
from zc_pipeline_tests.deploy.serving import free_port, own_environment

FILE = ROOT / "deploy" / "Containerfile"
TEXT = FILE.read_text(encoding="utf-8")
STEPS = [step for step in re.sub(r"\\\n\s*", "", TEXT).splitlines() if step and not step.startswith("#")]


def test_hadolint_finds_nothing() -> None:
    program = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("hadolint is not installed (extra dev)")
    done = subprocess.run(
        [program, "--no-color", FILE], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_the_second_stage_runs_without_root_and_has_no_build_tools() -> None:
    starts = [at for at, step in enumerate(STEPS) if step.startswith("FROM ")]
    assert len(starts) == 2
    last = STEPS[starts[1] :]
    assert not any(re.search(r"\bpip\b", step) for step in last)
    (user,) = (step.split()[1] for step in last if step.startswith("USER "))
    assert int(user) >= 1000
    assert last.index(f"USER {user}") < next(
        at for at, step in enumerate(last) if step.startswith("ENTRYPOINT")
    )


def test_what_is_copied_is_there() -> None:
    for step in STEPS:
        if step.startswith("COPY ") and "--from=" not in step:
            for name in step.split()[1:-1]:
                assert (ROOT / name).exists(), name
    assert os.access(ROOT / "deploy" / "entry.sh", os.X_OK)


def test_only_locked_versions_are_installed() -> None:
    """What the extras of the image bring is named in a lock file too, by its version."""
    installs = [step for step in STEPS if "pip install" in step]
    assert all("requirements.lock" in step for step in installs)
    extras = re.search(r'"\.\[([a-z0-9,]+)\]"', TEXT)
    assert extras is not None
    optional = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    wanted = {
        canonicalize_name(Requirement(one).name) for name in extras[1].split(",") for one in optional[name]
    }
    locked = {
        canonicalize_name(line.split("==")[0])
        for lock in ("requirements.lock", "requirements-dev.lock")
        for line in (ROOT / lock).read_text().split()
    }
    assert wanted <= locked, "run `make lock`: the extra dev must hold these too"


def test_the_entry_writes_the_instance_and_the_ui_listens_on_loopback(tmp_path: Path) -> None:
    """The image's entry and default command, run here with its environment and paths of this test's own."""
    (step,) = (step for step in STEPS if step.startswith("ENV ") and "DAGSTER_WEBSERVER_HOST" in step)
    image = dict(re.findall(r"(\w+)=(\S+)", step))
    assert image["DAGSTER_WEBSERVER_HOST"] == "127.0.0.1"
    port = free_port()
    home = tmp_path / "dagster"
    environment = own_environment(
        tmp_path / "data",
        PATH=f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        DAGSTER_HOME=str(home),
        DAGSTER_WEBSERVER_HOST=image["DAGSTER_WEBSERVER_HOST"],
        DAGSTER_WEBSERVER_PORT=str(port),
    )
    command = re.search(r'^CMD \["([^"]+)", "--workspace", "([^"]+)"\]$', TEXT, re.M)
    assert command is not None
    workspace = command[2].replace("/opt/zc_pipeline", str(ROOT))
    log = tmp_path / "log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [ROOT / "deploy" / "entry.sh", command[1], "--workspace", workspace],
            cwd=tmp_path,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for_ui(process, port, log)
        assert (home / "dagster.yaml").read_text() == (ROOT / "dagster.yaml").read_text()
        assert _listening(port) == {"127.0.0.1"}
    finally:
        process.terminate()
        process.wait(60)


def _wait_for_ui(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(log.read_text())


def _listening(port: int) -> set[str]:
    """The addresses on which somebody listens on a port (Linux)."""
    found = set()
    for table, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            local, state = line.split()[1], line.split()[3]
            address, _, number = local.partition(":")
            if state == "0A" and int(number, 16) == port:
                raw = bytes.fromhex(address)
                words = b"".join(raw[at : at + 4][::-1] for at in range(0, len(raw), 4))
                found.add(socket.inet_ntop(family, words))
    return found
