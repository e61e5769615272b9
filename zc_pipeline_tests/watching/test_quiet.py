"""How long no new disclosure came, and that it is told once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from zc_pipeline.pipeline import RunContext, find_raw
from zc_pipeline.settings import Settings
from zc_pipeline.watching.quiet import look_quiet
from zc_pipeline.watching.watch import tell_of_quiet
from zc_pipeline_tests.drawing import make_disclosure
from zc_pipeline_tests.watching.conftest import Webhook

FIRST = datetime(2024, 3, 1, tzinfo=UTC)
Put = Callable[..., Path]


def test_before_anything_was_read_nothing_is_too_long(context: RunContext) -> None:
    quiet = look_quiet(context.paths, 1)
    assert (quiet.last_new_at, quiet.is_too_long) == (None, False)
    assert quiet.words == "No disclosure was read yet."


def test_the_latest_first_sight_of_any_year_counts(context: RunContext, put_pdf: Put) -> None:
    put_pdf(make_disclosure(1), "one.pdf", 2023)
    find_raw(context, 2023)
    put_pdf(make_disclosure(2), "two.pdf", 2024)
    find_raw(replace(context, now=FIRST + timedelta(days=10)), 2024)
    find_raw(replace(context, now=FIRST + timedelta(days=20)), 2024)  # nothing is new
    (context.paths.table_dir("raw_disclosures") / "raw_disclosures_2022.parquet").write_bytes(b"damaged")

    quiet = look_quiet(context.paths, 30, FIRST + timedelta(days=39, hours=23))
    assert (quiet.last_new_at, quiet.days, quiet.is_too_long) == (FIRST + timedelta(days=10), 29, False)
    quiet = look_quiet(context.paths, 30, FIRST + timedelta(days=40))
    assert quiet.is_too_long
    assert quiet.words == ("The last new disclosure was met on 2024-03-11, 30 days ago; the limit is 30.")
    assert not look_quiet(context.paths, 0, FIRST + timedelta(days=4000)).is_too_long


def test_a_silence_is_told_once_and_the_next_one_again(
    context: RunContext, put_pdf: Put, webhook: Webhook
) -> None:
    settings = Settings(notify_urls=(webhook.url(),), quiet_days=30)  # type: ignore[arg-type]
    put_pdf(make_disclosure(1), "one.pdf")
    find_raw(context, 2024)
    for days in (29, 30, 31, 60):
        tell_of_quiet(context.paths, settings, FIRST + timedelta(days=days))
    assert [post["title"] for post in webhook.posts] == ["zc_pipeline: no new disclosure for 30 days"]
    assert webhook.posts[0]["message"] == (
        "The last new disclosure was met on 2024-03-01, 30 days ago; the limit is 30.\n"
        f"Look whether documents still arrive in {context.paths.raw_dir}."
    )
    put_pdf(make_disclosure(2), "two.pdf")
    find_raw(replace(context, now=FIRST + timedelta(days=61)), 2024)
    tell_of_quiet(context.paths, settings, FIRST + timedelta(days=62))
    assert len(webhook.posts) == 1
    tell_of_quiet(context.paths, settings, FIRST + timedelta(days=100))
    assert len(webhook.posts) == 2
