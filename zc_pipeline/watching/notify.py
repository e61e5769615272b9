"""Messages out, by the library Apprise: a webhook that takes JSON, e-mail, or any service that it knows.

An address may hold a password, and of many services each part of it is one, what stands in the host's place
included. Nothing said or raised here shows more of it than its kind and its number among the addresses; the
host, and the library's own words on a failure, only of the kinds that name a machine there.
"""

from __future__ import annotations

import contextlib
import io
import logging
import re
import threading
from collections.abc import Iterator
from typing import Any, Final

from zc_pipeline.errors import UsageError
from zc_pipeline.settings import Settings
from zc_pipeline.watching.messages import Message

log = logging.getLogger("zc_pipeline")

# Connecting and answering each have the setting's seconds; one more for what lies between.
_MARGIN_SECONDS: Final = 1.0
# The kinds of address that name a machine as host, and whose failures the library tells by that name.
_NAMING_A_HOST: Final = frozenset(
    kind + tls for kind in ("json", "xml", "form", "mailto") for tls in ("", "s")
)
_STATUS: Final = re.compile(r"\berror\s*[=:]\s*(\d{3})\b")


def send(message: Message, settings: Settings) -> str:
    """Send a message to every address of the settings, one after the other.

    Returns:
        What became of it, as the column `notification_text` has it. A failure is logged, and raises nothing.
    """
    outcomes = []
    for number, url in enumerate(settings.notify_urls, start=1):
        try:
            server = _server(number, url.get_secret_value(), settings.notify_seconds)
        except UsageError as error:
            log.error("the message %r was not sent: %s", message.title, error)
            outcomes.append(f"not sent: {error}")
        else:
            outcomes.append(_send_one(number, server, message, settings.notify_seconds))
    return "; ".join(outcomes)


def check_addresses(settings: Settings) -> None:
    """Hold every address against what the library knows; nothing is sent.

    Raises:
        UsageError: an address is none, or the library is not installed.
    """
    for number, url in enumerate(settings.notify_urls, start=1):
        _server(number, url.get_secret_value(), settings.notify_seconds)


def _server(number: int, url: str, seconds: float) -> Any:
    """The library's object for an address."""
    try:
        import apprise
    except ImportError as error:
        raise UsageError(
            "notify_urls is set, but the library that sends messages is not installed: "
            "`python -m pip install 'zc_pipeline[notify]'`, or remove the setting."
        ) from error
    asset = apprise.AppriseAsset(app_id="zc_pipeline", app_desc="zc_pipeline", app_url="", async_mode=False)
    with _said():  # the library would log the address
        server: Any = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if server is None:
        raise UsageError(
            f"notify_urls: address {number} ({_kind_of(url)}://…) is none that can be sent to. "
            "docs/watching.md says how addresses are written."
        )
    server.notify_format = apprise.NotifyFormat.TEXT
    server.socket_connect_timeout = server.socket_read_timeout = seconds
    return server


def _kind_of(url: str) -> str:
    """What stands before ``://``, where that is a word and no part of a password."""
    found = re.match(r"([A-Za-z][A-Za-z0-9.+-]*)://", url)
    return found[1].lower() if found else "…"


def _send_one(number: int, server: Any, message: Message, seconds: float) -> str:
    """Send to one address, within its time; returns what became of it."""
    kind = _kind_of(server.url(privacy=True))
    names_host = kind in _NAMING_A_HOST
    where = f"{kind}://{server.host or ''}" if names_host else f"address {number} ({kind}://…)"
    answer: list[str] = []
    most = 2 * seconds + _MARGIN_SECONDS
    # A server that trickles its answer stretches every timeout of a socket; so the whole has one too.
    thread = threading.Thread(
        target=lambda: answer.append(_deliver(server, message, names_host)), daemon=True
    )
    thread.start()
    thread.join(most)
    failure = answer[0] if answer else f"no answer within {most:g} seconds"
    if not failure:
        log.info("the message %r was sent to %s", message.title, where)
        return f"sent to {where}"
    log.error("the message %r was not sent to %s: %s", message.title, where, failure)
    return f"not sent to {where}: {failure}"


def _deliver(server: Any, message: Message, names_host: bool) -> str:
    """Empty where the message was taken, else why not; in the library's words where these hold no secret."""
    import apprise

    kind = apprise.NotifyType.FAILURE if message.is_bad else apprise.NotifyType.WARNING
    with _said() as said:
        try:
            was_taken = server.notify(
                body=message.body,
                title=message.title,
                notify_type=kind,
                body_format=apprise.NotifyFormat.TEXT,
            )
        except Exception as error:  # whatever a service's module fails on must not fail a run
            return type(error).__name__
        lines = [line.strip() for line in said.getvalue().splitlines() if line.strip()]
    if was_taken:
        return ""
    if lines and names_host:
        return lines[-1]
    status = _STATUS.search(lines[-1]) if lines else None
    return "the server did not take it" + (f" (status {status[1]})" if status else "")


@contextlib.contextmanager
def _said() -> Iterator[io.StringIO]:
    """What the library has to complain of, kept from every other log: it may name more than we would."""
    logger, heard = logging.getLogger("apprise"), io.StringIO()
    handler = logging.StreamHandler(heard)
    handler.setLevel(logging.WARNING)
    propagated, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield heard
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagated
