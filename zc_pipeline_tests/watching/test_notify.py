"""Messages: their words, that they arrive, and that a server which does not take them harms nothing."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime

import pytest

from zc_pipeline.errors import UsageError
from zc_pipeline.pipeline import RunContext
from zc_pipeline.schemas.runs import Outcome, StartedBy
from zc_pipeline.settings import Settings
from zc_pipeline.watching import notify
from zc_pipeline.watching.messages import Message, run_message
from zc_pipeline.watching.notify import check_addresses, send
from zc_pipeline.watching.records import (
    DoubtfulDocument,
    RunEnd,
    RunRecord,
    RunStart,
    read_runs,
    record_of,
)
from zc_pipeline.watching.watch import watching_run
from zc_pipeline_tests.watching.conftest import Mailbox, Webhook

START = RunStart("abc", 2024, StartedBy.SCHEDULE, datetime(2024, 3, 1, tzinfo=UTC), {}, "host", 7)
ALL = ("failed", "held", "quiet")
HELD = DoubtfulDocument("2024/本级.pdf", "held", ("money_unit_missing", "unit_does_not_add_up"))
REFUSED = DoubtfulDocument("2024/b.pdf", "refused", ("not_a_pdf",))
MESSAGE = Message("zc_pipeline: a title 标题", "First line.\n- 2024/本级.pdf: <code> & more", is_bad=True)


def settings(*urls: str, seconds: float = 5.0, on: tuple[str, ...] = ALL) -> Settings:
    return Settings(notify_urls=urls, notify_seconds=seconds, notify_on=on)  # type: ignore[arg-type]


def record(context: RunContext, outcome: Outcome, *doubtful: DoubtfulDocument) -> RunRecord:
    reason = None if outcome is Outcome.FINISHED else "The disk is full."
    made = record_of(context.paths, START, RunEnd(outcome, reason))
    counts = {"accepted_count": 5, "held_count": 2, "refused_count": 1}
    return RunRecord({**made.row, **counts}, doubtful)


def test_the_words_about_documents_that_were_newly_held(context: RunContext) -> None:
    message = run_message(record(context, Outcome.FINISHED, HELD, REFUSED), context.paths, ALL)
    assert message == Message(
        "zc_pipeline: the run of 2024 held or refused 2 documents",
        "Newly refused: 1 document\n"
        "- 2024/b.pdf: not_a_pdf\n"
        "Newly held: 1 document\n"
        "- 2024/本级.pdf: money_unit_missing, unit_does_not_add_up\n"
        "The published tables now hold 5 accepted documents, 2 held and 1 refused.\n"
        "\n"
        f"Run abc on host, data folder {context.paths.data_dir}.",
        is_bad=False,
    )


def test_the_words_about_a_run_that_was_stopped(context: RunContext) -> None:
    message = run_message(record(context, Outcome.STOPPED), context.paths, ALL)
    assert message is not None
    assert message.title == "zc_pipeline: the run of 2024 was stopped"
    assert message.body.splitlines()[:2] == ["The run of 2024 was stopped.", "The disk is full."]
    assert message.is_bad


def test_a_long_list_is_cut_and_says_so(context: RunContext) -> None:
    many = [DoubtfulDocument(f"2024/{n}.pdf", "held", ("x",)) for n in range(25)]
    message = run_message(record(context, Outcome.FINISHED, *many), context.paths, ALL)
    assert message is not None
    assert message.body.count("- 2024/") == 20
    assert "- and 5 more" in message.body


@pytest.mark.parametrize(
    ("outcome", "doubtful", "on", "is_told"),
    [
        (Outcome.FINISHED, (), ALL, False),
        (Outcome.FINISHED, (HELD,), ("failed",), False),
        (Outcome.FAILED, (), ("held", "quiet"), False),
        (Outcome.KILLED, (), ("failed",), True),
        (Outcome.INTERRUPTED, (HELD,), ("held",), True),
    ],
)
def test_only_what_is_asked_for_is_told(
    context: RunContext,
    outcome: Outcome,
    doubtful: tuple[DoubtfulDocument, ...],
    on: tuple[str, ...],
    is_told: bool,
) -> None:
    message = run_message(record(context, outcome, *doubtful), context.paths, on)
    assert (message is not None) == is_told


def test_a_webhook_gets_the_words_as_they_are(webhook: Webhook) -> None:
    assert send(MESSAGE, settings(webhook.url())) == "sent to json://127.0.0.1"
    (post,) = webhook.posts
    assert (post["title"], post["message"], post["type"]) == (MESSAGE.title, MESSAGE.body, "failure")


def test_a_mailbox_gets_the_words_as_they_are(mailbox: Mailbox) -> None:
    assert send(MESSAGE, settings(mailbox.url())) == "sent to mailto://127.0.0.1"
    (mail,) = mailbox.mails
    assert mail["Subject"] == MESSAGE.title
    assert "zc@example.org" in mail["From"]
    assert mailbox.receivers == ["reader@example.org"]
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n").strip() == MESSAGE.body


def test_a_password_reaches_the_server_and_nobody_else(
    webhook: Webhook, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        taken = send(MESSAGE, settings(webhook.url("reader:geheim@")))
        webhook.status = 500
        refused = send(MESSAGE, settings(webhook.url("reader:geheim@")))
        nowhere = send(MESSAGE, settings("mailto://reader:geheim@127.0.0.1:1?to=a@b.org&from=c@d.org"))
        wrong = send(MESSAGE, settings("mailto://reader:geheim"))
    assert webhook.passwords == ["reader:geheim"] * 2
    assert taken.startswith("sent to json://127.0.0.1")
    assert refused.startswith("not sent to json://127.0.0.1: ")
    assert "500" in refused
    assert nowhere.startswith("not sent to mailto://127.0.0.1: ")
    assert wrong.startswith("not sent: notify_urls: address 1 (mailto://…) is none")
    for words in (taken, refused, nowhere, wrong, caplog.text, *capfd.readouterr()):
        assert "geheim" not in words


SECRET = "geheim"


class ServiceThatTellsItsToken:
    """A service as the library has many: the host is the token, and its failures name it."""

    host = SECRET

    def __init__(self, said: str) -> None:
        self.said = said

    def url(self, privacy: bool) -> str:
        return "ntfys://g...m" if privacy else f"ntfys://{SECRET}"

    def notify(self, **_: object) -> bool:
        if self.said:
            logging.getLogger("apprise").warning(self.said)
        return not self.said


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", "sent to address 2 (ntfys://…)"),
        (f"No connection to {SECRET}", "not sent to address 2 (ntfys://…): the server did not take it"),
        (
            f"Failed to post to {SECRET}: Not found, error=404.",
            "not sent to address 2 (ntfys://…): the server did not take it (status 404)",
        ),
    ],
)
def test_of_a_service_whose_host_is_a_token_only_kind_and_number_are_said(
    said: str, expected: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ours = notify._server
    monkeypatch.setattr(
        notify,
        "_server",
        lambda number, *rest: ServiceThatTellsItsToken(said) if number == 2 else ours(number, *rest),
    )
    with caplog.at_level(logging.DEBUG):
        outcome = send(MESSAGE, settings("json://127.0.0.1:1/", f"ntfys://{SECRET}"))
    assert outcome.split("; ")[1] == expected
    assert SECRET not in caplog.text


@pytest.mark.parametrize("url", ["slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "ntfy://mytopic"])
def test_the_librarys_own_services_have_no_host_in_the_words(
    url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(notify, "_deliver", lambda *_: "")  # nothing may leave this machine
    with caplog.at_level(logging.DEBUG):
        outcome = send(MESSAGE, settings(url))
    assert outcome.startswith(f"sent to address 1 ({url[:4]}")
    for part in url.split("://")[1].split("/"):
        assert part not in outcome + caplog.text


@pytest.mark.parametrize("trickles", [False, True])
def test_a_server_that_does_not_answer_is_given_up(webhook: Webhook, trickles: bool) -> None:
    webhook.trickles, webhook.wait_seconds = trickles, 0 if trickles else 10
    began = time.monotonic()
    outcome = send(MESSAGE, settings(webhook.url(), seconds=0.3))
    assert time.monotonic() - began < 4
    assert outcome.startswith("not sent to json://127.0.0.1: ")


def test_a_mail_server_that_does_not_answer_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        outcome = send(MESSAGE, settings(f"mailto://127.0.0.1:{port}?to=a@b.org&from=c@d.org", seconds=0.3))
        assert time.monotonic() - began < 4
    assert outcome.startswith("not sent to mailto://127.0.0.1: ")


def test_one_server_that_is_down_keeps_no_other_from_it(webhook: Webhook) -> None:
    outcome = send(MESSAGE, settings("json://127.0.0.1:1/", "mailto://nobody", webhook.url()))
    assert [one.split(" ")[0] for one in outcome.split("; ")] == ["not", "not", "sent"]
    assert "address 2 (mailto://…)" in outcome
    assert len(webhook.posts) == 1


def test_an_address_that_is_none_is_refused_in_words() -> None:
    check_addresses(settings("json://127.0.0.1/"))
    with pytest.raises(UsageError, match=r"address 2 \(nosuch://…\)"):
        check_addresses(settings("json://127.0.0.1/", "nosuch://x"))


def run_once(context: RunContext, urls: Settings, end: RunEnd) -> dict[str, object]:
    with watching_run(context.paths, START, urls, lambda: end):
        pass
    (row,) = read_runs(context.paths)
    return row


def test_a_failed_run_is_told_once_and_its_row_says_so(
    context: RunContext, webhook: Webhook, mailbox: Mailbox
) -> None:
    urls = settings(webhook.url(), mailbox.url())
    row = run_once(context, urls, RunEnd(Outcome.FAILED, "The reason."))
    assert row["notification_text"] == "sent to json://127.0.0.1; sent to mailto://127.0.0.1"
    assert [post["title"] for post in webhook.posts] == ["zc_pipeline: the run of 2024 failed"]
    assert "The reason." in webhook.posts[0]["message"]
    assert [mail["Subject"] for mail in mailbox.mails] == ["zc_pipeline: the run of 2024 failed"]


def test_a_message_that_fails_fails_no_run(
    context: RunContext, webhook: Webhook, caplog: pytest.LogCaptureFixture
) -> None:
    webhook.status = 503
    row = run_once(context, settings(webhook.url()), RunEnd(Outcome.STOPPED, "The reason."))
    assert row["outcome"] == "stopped"
    assert str(row["notification_text"]).startswith("not sent to json://127.0.0.1")
    assert "was not sent to json://127.0.0.1" in caplog.text


def test_nothing_is_sent_where_nothing_is_due(context: RunContext, webhook: Webhook) -> None:
    row = run_once(context, settings(webhook.url()), RunEnd(Outcome.FINISHED))
    assert (row["notification_text"], webhook.posts) == (None, [])


def test_the_library_is_needed_only_to_send() -> None:
    code = (
        "import sys; sys.modules['apprise'] = None\n"
        "import zc_pipeline.definitions\n"
        "from zc_pipeline.watching.notify import send, check_addresses\n"
        "from zc_pipeline.watching.messages import Message\n"
        "from zc_pipeline.settings import Settings\n"
        "print(send(Message('t', 'b', False), Settings(notify_urls=['json://x/'])))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "python -m pip install 'zc_pipeline[notify]'" in done.stdout
