"""The example of what stands before the UI, run by the real nginx: TLS, a password, websockets."""

import base64
import shutil
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from zc_pipeline_tests.conftest import ROOT
from zc_pipeline_tests.deploy.serving import free_port

EXAMPLE = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf-8")
NAME, PASSWORD = "analyst", "only-for-this-test"


class _Behind(BaseHTTPRequestHandler):
    """Stands where the UI would; remembers with what it was asked."""

    headers_seen: ClassVar[list[dict[str, str]]] = []

    def do_GET(self) -> None:
        self.headers_seen.append({name.lower(): text for name, text in self.headers.items()})
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ui")

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The example with ports and paths of this test's own; yields its addresses, plain and with TLS."""
    nginx, openssl = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin"), shutil.which("openssl")
    if nginx is None or openssl is None:
        pytest.skip("nginx or openssl is not installed (Debian: apt-get install nginx-light openssl)")
    folder = tmp_path_factory.mktemp("nginx")
    subprocess.run(
        [
            *(
                openssl,
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=127.0.0.1",
            ),
            *("-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"),
        ],
        check=True,
        capture_output=True,
    )
    (folder / "passwords").write_text(f"{NAME}:{{PLAIN}}{PASSWORD}\n", encoding="ascii")
    (folder / "passwords").chmod(0o644)
    plain, secure = free_port(), free_port()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Behind) as behind:
        threading.Thread(target=behind.serve_forever, daemon=True).start()
        changes = {
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen 443 ": f"listen 127.0.0.1:{secure} ",
            "/etc/zc_pipeline/tls": str(folder),
            "/etc/zc_pipeline/passwords;": f"{folder}/passwords;",
            "http://127.0.0.1:3000": f"http://127.0.0.1:{behind.server_port}",
        }
        text = EXAMPLE
        for old, new in changes.items():
            assert old in text, f"nginx.conf has no {old!r} any more"
            text = text.replace(old, new)
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        configuration = folder / "nginx.conf"
        configuration.write_text(
            f"daemon off;\nmaster_process off;\npid {folder}/pid;\nerror_log {folder}/error.log;\n"
            f"events {{}}\nhttp {{\naccess_log off;\n{temporary}{text}}}\n",
            encoding="utf-8",
        )
        command = [nginx, "-e", f"{folder}/error.log", "-p", str(folder), "-c", str(configuration)]
        tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert tested.returncode == 0, tested.stderr
        assert "[warn]" not in tested.stderr
        with subprocess.Popen(command) as process:
            try:
                _wait_for(process, f"http://127.0.0.1:{plain}/", folder / "error.log")
                yield f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{secure}"
            finally:
                process.terminate()
                behind.shutdown()


def _wait_for(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            _get(url)
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(log.read_text())


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object, **more: object) -> None:
        return None


def _get(url: str, **headers: str) -> tuple[int, dict[str, str]]:
    """Status and headers (names in small letters) of an answer; redirects are not followed."""
    trusting = ssl._create_unverified_context()  # the certificate is this test's own
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting), _Stay
    )
    request = urllib.request.Request(
        url, headers={name.replace("_", "-"): one for name, one in headers.items()}
    )
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.status, {name.lower(): text for name, text in answer.headers.items()}
    except urllib.error.HTTPError as error:
        return error.code, {name.lower(): text for name, text in error.headers.items()}


def _login(password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{NAME}:{password}".encode()).decode()


def test_plain_http_leads_to_tls(proxy: tuple[str, str]) -> None:
    status, headers = _get(f"{proxy[0]}/runs?x=1")
    assert status == 301
    assert headers["location"] == "https://127.0.0.1/runs?x=1"


@pytest.mark.parametrize("path", ["/", "/graphql", "/runs", "/download_debug/x", "/server_info"])
def test_nothing_is_had_without_the_password(proxy: tuple[str, str], path: str) -> None:
    _Behind.headers_seen.clear()
    assert _get(proxy[1] + path)[0] == 401
    assert _get(proxy[1] + path, Authorization=_login("wrong"))[0] == 401
    assert _Behind.headers_seen == []


def test_with_the_password_the_ui_answers_and_is_not_told_it(proxy: tuple[str, str]) -> None:
    _Behind.headers_seen.clear()
    status, headers = _get(f"{proxy[1]}/", Authorization=_login())
    assert status == 200
    assert headers["strict-transport-security"].startswith("max-age=")
    assert headers["x-frame-options"] == "DENY"
    (seen,) = _Behind.headers_seen
    assert "authorization" not in seen
    assert seen["x-forwarded-proto"] == "https"


def test_websockets_are_passed_on(proxy: tuple[str, str]) -> None:
    _Behind.headers_seen.clear()
    _get(f"{proxy[1]}/graphql", Authorization=_login(), Upgrade="websocket", Connection="Upgrade")
    (seen,) = _Behind.headers_seen
    assert (seen.get("upgrade"), seen.get("connection")) == ("websocket", "upgrade")
