"""The audit of the locked versions: real runs of pip-audit against a list of vulnerabilities of our own."""

import json
import re
import subprocess
import sys
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tools.audit import LOCKS, judge
from zc_pipeline_tests.conftest import ROOT
from zc_pipeline_tests.deploy.serving import free_port

VULNERABLE = {
    "id": "PYSEC-2099-1",
    "aliases": ["CVE-2099-0001"],
    "summary": "an example",
    "affected": [
        {
            "package": {"name": "pdfminer-six", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "20251230"}]}],
            "versions": ["20251107"],
        }
    ],
}


class _Vulnerabilities(BaseHTTPRequestHandler):
    """Answers as the public list does: one package is vulnerable, in one version."""

    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name, version = question["package"]["name"], question["version"]
        self.asked.append(f"{name} {version}")
        found = {"vulns": [VULNERABLE]} if (name, version) == ("pdfminer-six", "20251107") else {}
        content = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def index() -> Iterator[str]:
    _Vulnerabilities.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Vulnerabilities) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()


def _audit(lock: Path, content: str, url: str, cache: Path) -> "subprocess.CompletedProcess[str]":
    pytest.importorskip("pip_audit", reason="pip-audit is not installed (extra dev)")
    lock.write_text(content)
    options = ["--vulnerability-service", "osv", "--osv-url", url, "--cache-dir", str(cache)]
    return subprocess.run(
        [sys.executable, ROOT / "tools" / "audit.py", "--only", lock, *options],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_vulnerable_version_ends_it_with_status_1(index: str, tmp_path: Path) -> None:
    done = _audit(tmp_path / "a.lock", "click==8.5.1\npdfminer.six==20251107\n", index, tmp_path / "cache")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "pdfminer-six 20251107: PYSEC-2099-1 CVE-2099-0001; not in 20251230" in done.stdout
    assert "click" not in done.stdout
    assert sorted(_Vulnerabilities.asked) == ["click 8.5.1", "pdfminer-six 20251107"]


def test_sound_versions_pass_and_are_counted(index: str, tmp_path: Path) -> None:
    done = _audit(tmp_path / "a.lock", "click==8.5.1\npdfminer.six==20260107\n", index, tmp_path / "cache")
    assert (done.returncode, done.stdout) == (0, "a.lock: 2 packages, none known to be vulnerable\n")


def test_an_index_that_cannot_be_reached_is_a_notice_and_not_a_pass(tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}/v1/query"
    done = _audit(tmp_path / "a.lock", "click==8.5.1\n", nobody, tmp_path / "cache")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("NOTICE: a.lock was not audited: ")
    assert "none known to be vulnerable" not in done.stdout


def test_a_lock_that_pip_audit_cannot_read_is_an_error(index: str, tmp_path: Path) -> None:
    done = _audit(tmp_path / "a.lock", "click is nice\n", index, tmp_path / "cache")
    assert done.returncode == 2
    assert "failed" in done.stdout


def _report(*dependencies: dict[str, object]) -> str:
    return json.dumps({"dependencies": list(dependencies), "fixes": []})


_SKIPPED = {"name": "b", "skip_reason": "Dependency not found and could not be audited: b (1)"}
_SOUND = {"name": "a", "version": "1", "vulns": []}
_BAD = {"name": "c", "version": "1", "vulns": [{"id": "X-1", "fix_versions": [], "aliases": []}]}


@pytest.mark.parametrize(
    ("status", "output", "errors", "code", "line"),
    [
        (0, _report(_SKIPPED), "No known vulnerabilities found", 0, "NOTICE: .* was not audited"),
        (0, _report(_SOUND, _SKIPPED), "", 0, "NOTICE: .*knows 1 packages.* not b"),
        (1, _report(_BAD, _SKIPPED), "", 1, "c 1: X-1; no version without it is known"),
        (1, "", "requests.exceptions.ConnectionError: nobody", 0, "NOTICE: .* was not audited"),
        (1, "", "ERROR:pip_audit._cli:invalid requirement", 2, "failed: ERROR.*invalid requirement"),
        (1, "", "", 2, "status 1 and without a word"),
        (1, _report(_SOUND), "something broke", 2, "status 1: something broke"),
    ],
)
def test_what_pip_audit_says_is_judged(status: int, output: str, errors: str, code: int, line: str) -> None:
    found = judge(status, output, errors)
    assert found.status == code
    assert re.search(line, "\n".join(found.lines("x.lock")))


def test_make_check_audits() -> None:
    recipe = re.search(r"^check:.*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.M)
    assert recipe is not None
    assert "tools/audit.py" in recipe[1]


def test_the_pdf_library_is_newer_than_its_known_fault() -> None:
    least = Version("20251230")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (wanted,) = (one for one in map(Requirement, project["dependencies"]) if one.name == "pdfminer.six")
    assert least in wanted.specifier
    assert Version("20251229") not in wanted.specifier
    locked = dict(line.split("==") for line in (ROOT / LOCKS[0]).read_text().split())
    assert Version(locked["pdfminer.six"]) >= least
