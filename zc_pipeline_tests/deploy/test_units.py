"""The systemd units and every command that starts the UI: checked, hardened, bound to loopback."""

import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zc_pipeline_tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "CapabilityBoundingSet": "",
    "StateDirectory": "zc_pipeline",
    "SystemCallFilter": "@system-service",
    "User": "zc_pipeline",
}


def _service(unit: Path) -> configparser.SectionProxy:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(unit)
    return parser["Service"]


def test_there_are_two_units() -> None:
    assert [unit.name for unit in UNITS] == ["zc-pipeline-daemon.service", "zc-pipeline-webserver.service"]


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_a_unit_is_hardened_and_leaves_the_readers_their_means(unit: Path) -> None:
    service = _service(unit)
    assert {name: service.get(name) for name in HARDENED} == HARDENED
    # Readers leave the network by namespaces of these two kinds and read /proc of themselves.
    assert set(service["RestrictNamespaces"].split()) == {"user", "net"}
    for forbidden in ("ProcSubset", "LimitNPROC", "LimitAS", "MemoryDenyWriteExecute", "PrivateUsers"):
        assert forbidden not in service


def test_the_units_differ_in_what_they_run_only() -> None:
    first, second = (dict(_service(unit)) for unit in UNITS)
    assert {name for name in first if first[name] != second.get(name)} == {"ExecStart", "TimeoutStopSec"}
    assert first.keys() == second.keys()


def _systemd_analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("systemd-analyze is not installed (Debian: apt-get install systemd)")
    return found


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units as they would be where this checkout is what is deployed."""
    programs = Path(sys.executable).parent
    written = []
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8")
        text = text.replace("/opt/zc_pipeline/.venv/bin", str(programs)).replace(
            "/opt/zc_pipeline", str(ROOT)
        )
        path = tmp_path / unit.name
        path.write_text(text, encoding="utf-8")
        written.append(path)
    return written


def test_systemd_takes_the_units_and_finds_their_programs(units: list[Path]) -> None:
    done = subprocess.run(
        [_systemd_analyze(), "verify", "--man=no", *units],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = [line for line in (done.stdout + done.stderr).splitlines() if "zc-pipeline" in line]
    assert (done.returncode, said) == (0, [])


def test_systemd_judges_the_units_as_not_exposed(units: list[Path]) -> None:
    program = _systemd_analyze()
    for unit in units:
        done = subprocess.run(
            [program, "security", "--offline=yes", "--threshold=25", "--no-pager", unit],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if "unrecognized option" in done.stderr:
            pytest.skip("this systemd-analyze does not judge files")
        assert done.returncode == 0, done.stdout[-600:] + done.stderr


def test_the_filter_of_system_calls_lets_the_readers_confine_themselves() -> None:
    program = _systemd_analyze()

    def calls(name: str, seen: frozenset[str] = frozenset()) -> set[str]:
        done = subprocess.run(
            [program, "syscall-filter", name], capture_output=True, text=True, timeout=60, check=True
        )
        names = {line.strip() for line in done.stdout.splitlines()[1:] if not line.strip().startswith("#")}
        groups = {one for one in names if one.startswith("@")} - seen
        return names.union(*(calls(one, seen | groups) for one in groups))

    assert {"unshare", "prctl", "prlimit64", "setrlimit", "fork", "kill", "recvmsg"} <= calls(
        "@system-service"
    )


def test_readers_leave_the_network_as_a_user_who_gets_no_privileges() -> None:
    """As the units have it: another user, no_new_privs, no capabilities."""
    setpriv = shutil.which("setpriv")
    if setpriv is None or os.geteuid() != 0:
        pytest.skip("only root can become another user, by setpriv of util-linux")
    code = (
        "import ctypes, os; from pathlib import Path; "
        "c = ctypes.CDLL(None); done = c.unshare(0x10000000 | 0x40000000); "
        "print(done, Path('/proc/self/status').read_text().split('NoNewPrivs:')[1].split()[0])"
    )
    # The system's Python: the tests' own may lie in a folder that only root may enter.
    python = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    if python is None:
        pytest.skip("no Python that another user may run")
    user = ["--reuid=65534", "--regid=65534", "--clear-groups", "--no-new-privs", "--bounding-set=-all"]
    done = subprocess.run(
        [setpriv, *user, python, "-I", "-c", code], capture_output=True, text=True, check=False, cwd="/"
    )
    if "-1 1" in done.stdout:
        pytest.skip("the kernel of this machine keeps user namespaces from users without privileges")
    assert done.stdout.split() == ["0", "1"], done.stderr


@pytest.mark.parametrize("path", ["Makefile", "deploy/systemd/zc-pipeline-webserver.service"])
def test_the_ui_binds_to_loopback(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    commands = [
        one
        for one in re.findall(r"(?:ExecStart=|\$\(BIN\)/)\S*(?:dagster|dagster-webserver)\s[^\n]*", text)
        if "daemon" not in one
    ]
    assert commands
    for command in commands:
        assert "--host 127.0.0.1" in command


def test_nothing_that_is_shipped_binds_to_every_address() -> None:
    files = [ROOT / "Makefile", ROOT / "dagster.yaml", *(one for one in DEPLOY.rglob("*") if one.is_file())]
    for path in files:
        if "__pycache__" not in path.parts:
            assert not re.search(r"0\.0\.0\.0|\[::\]", path.read_text(encoding="utf-8")), path


def test_the_page_about_it_names_what_is_there() -> None:
    page = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:/opt/zc_pipeline/|(?<![\w/.]))((?:deploy|docs)/[\w./*-]+\w)", page))
    assert {"deploy/nginx.conf", "deploy/instance.py", "deploy/Containerfile"} <= named
    for name in named:
        assert list(ROOT.glob(name)), f"docs/deploy.md names {name}"
    assert {unit.stem for unit in UNITS} <= set(re.findall(r"zc-pipeline-\w+", page))
