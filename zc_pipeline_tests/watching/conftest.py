"""Servers on loopback that keep what they were sent."""

from __future__ import annotations

import base64
import contextlib
import email
import email.policy
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller


@dataclass
class Webhook:
    """What a webhook got, and how it answers."""

    port: int = 0
    status: int = 200
    wait_seconds: float = 0.0
    trickles: bool = False
    posts: list[dict[str, Any]] = field(default_factory=list)
    passwords: list[str] = field(default_factory=list)

    def url(self, user: str = "") -> str:
        return f"json://{user}127.0.0.1:{self.port}/hook"


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with serving_webhook() as hook:
        yield hook


@contextlib.contextmanager
def serving_webhook() -> Iterator[Webhook]:
    """A webhook on loopback for the length of the block."""
    hook = Webhook()
    stop = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.posts.append(json.loads(body))
            kind, _, secret = self.headers.get("Authorization", "").partition(" ")
            if kind == "Basic":
                hook.passwords.append(base64.b64decode(secret).decode())
            stop.wait(hook.wait_seconds)
            self.send_response(hook.status)
            self.send_header("Content-Length", "1000" if hook.trickles else "0")
            self.end_headers()
            until = time.monotonic() + 10
            while hook.trickles and not stop.wait(0.1) and time.monotonic() < until:
                try:
                    self.wfile.write(b".")
                except OSError:
                    return

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield hook
    finally:
        stop.set()
        server.shutdown()
        server.server_close()


@dataclass
class Mailbox:
    """What a mail server got."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    receivers: list[str] = field(default_factory=list)

    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=zc@example.org&to=reader@example.org"

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(mail, EmailMessage)
        self.mails.append(mail)
        self.receivers += envelope.rcpt_tos
        return "250 taken"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        box.port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
