"""Records to bytes and back; bytes that are no records."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zc_pipeline.errors import CATALOGUE, Stage
from zc_pipeline.isolation.messages import (
    BadMessage,
    FrameBuffer,
    MessageTooLarge,
    frame,
    record_batches,
    to_record,
    to_records,
)
from zc_pipeline.model import Box, ItemKind, PageItem, Problem

_NUMBERS = st.floats(allow_nan=False, allow_infinity=False, width=32)
_INTS = st.integers(0, 2**31 - 1)
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
ITEMS = st.builds(
    PageItem,
    page=_INTS,
    item_number=_INTS,
    kind=st.sampled_from(ItemKind),
    text=_TEXTS,
    drawn_text=_TEXTS,
    line_shown_pct=_TEXTS,
    is_clipped=st.booleans(),
    box=st.builds(Box, _NUMBERS, _NUMBERS, _NUMBERS, _NUMBERS),
    reader=_TEXTS,
    grid_number=st.none() | _INTS,
    indent=st.none() | _NUMBERS,
)
PROBLEMS = st.builds(
    Problem,
    stage=st.sampled_from(Stage),
    code=st.sampled_from(sorted(CATALOGUE)),
    message=_TEXTS,
    page=st.none() | _INTS,
    raw=st.none() | _TEXTS,
)


@given(st.lists(ITEMS, max_size=5), st.lists(PROBLEMS, max_size=5), st.integers(1, 50))
def test_records_come_back_as_they_were(items: list[PageItem], problems: list[Problem], step: int) -> None:
    sent = b"".join([*record_batches("items", items), *record_batches("problems", problems)])
    buffer = FrameBuffer(len(sent))
    contents = [
        content for start in range(0, len(sent), step) for content in buffer.add(sent[start : start + step])
    ]
    found: dict[str, list[Any]] = {"items": [], "problems": []}
    for content in contents:
        for name, values in content.items():
            found[name] += values
    assert [to_record(PageItem, one) for one in found["items"]] == items
    assert [to_record(Problem, one) for one in found["problems"]] == problems
    assert to_records(PageItem, found["items"]) == items
    assert to_records(Problem, found["problems"]) == problems


def test_many_records_are_divided() -> None:
    problem = Problem(Stage.PAGE_TEXT, "readers_disagree", "x" * 1000)
    batches = list(record_batches("problems", [problem] * 1000))
    assert len(batches) > 2
    assert max(map(len, batches)) < 300_000


def test_a_record_larger_than_a_frame_is_refused() -> None:
    with pytest.raises(MessageTooLarge):
        list(record_batches("problems", [Problem(Stage.PAGE_TEXT, "readers_disagree", "x" * 9_000_000)]))


GOOD = ["page_text", "readers_disagree", "words", None, 1, None, None]


def test_the_good_one_is_good() -> None:
    assert to_record(Problem, GOOD) == Problem(Stage.PAGE_TEXT, "readers_disagree", "words", page=1)


@pytest.mark.parametrize(
    "values",
    [
        GOOD[:-1],
        [*GOOD, None],
        {"stage": "page_text"},
        None,
        ["no_stage", *GOOD[1:]],
        [None, *GOOD[1:]],
        [*GOOD[:2], None, *GOOD[3:]],
        [*GOOD[:2], "half \ud800 a character", *GOOD[3:]],
        [*GOOD[:4], "1", None, None],
        [*GOOD[:4], True, None, None],
        [*GOOD[:4], 1.0, None, None],
        [*GOOD[:4], 2**40, None, None],
    ],
)
def test_values_of_another_kind_are_refused(values: object) -> None:
    with pytest.raises(BadMessage):
        to_record(Problem, values)
    with pytest.raises(BadMessage):
        to_records(Problem, [GOOD, values, GOOD])


@given(st.binary(max_size=200))
def test_any_bytes_are_frames_or_refused(content: bytes) -> None:
    with contextlib.suppress(BadMessage):
        list(FrameBuffer(1000).add(content))


def test_more_than_is_allowed_is_refused() -> None:
    with pytest.raises(MessageTooLarge):
        list(FrameBuffer(10).add(frame({"items": [1, 2, 3]})))
