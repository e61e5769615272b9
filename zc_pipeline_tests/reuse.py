"""What a test session has worked out once, and takes again where the very same is asked for.

Most tests of the pipeline run it over the same few drawn documents. Reading one of these, and holding a
table against its suite, are functions of what they are given: a file's bytes, a frame. So the first answer
stands for the others. Only equal input has an answer, down to the byte; a file with any problem is read each
time, so that readers that break down, limits and retries are what they are. Tests of the readers and of the
suites themselves (``isolation/``, ``schemas/``, ``parse/``) call these directly and are not touched by it.

``ZC_TESTS_REUSE=0`` works everything out each time.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pytest

from zc_pipeline.isolation import reading
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.parse.document import PageTextResult
from zc_pipeline.pipeline import executors
from zc_pipeline.schemas import suites
from zc_pipeline.schemas.gates import GateResult

Check = Callable[[str, pd.DataFrame], GateResult]
Read = Callable[[Path, Limits], PageTextResult]


def is_wanted() -> bool:
    """Whether answers may be taken again."""
    return os.environ.get("ZC_TESTS_REUSE", "1") != "0"


def remembering_check(check: Check) -> Check:
    """A check of a frame that works out each frame once. Frames are equal if they are stored alike."""
    known: dict[bytes, GateResult] = {}

    def checked(table: str, frame: pd.DataFrame) -> GateResult:
        key = hashlib.sha256(pickle.dumps((table, frame))).digest()
        if key not in known:
            known[key] = check(table, frame)
        return known[key]

    return checked


def remembering_read(read: Read) -> Read:
    """A reading that reads each content once for the same limits, settings and readers."""
    known: dict[object, PageTextResult] = {}

    def read_once(path: Path, limits: Limits) -> PageTextResult:
        settings = tuple(sorted(item for item in os.environ.items() if item[0].startswith("ZC_")))
        try:
            if not path.is_file():  # a pipe is not to be waited for
                return read(path, limits)
            content = hashlib.sha256(path.read_bytes()).digest()
        except OSError:
            return read(path, limits)
        key = (content, limits, settings, reading.default_readers())
        if key in known:
            return known[key]
        result = read(path, limits)
        if result.pages and not result.problems:
            known[key] = result
        return result

    return read_once


@contextmanager
def reusing() -> Iterator[None]:
    """Let runs of the pipeline in this process take answers again, for the length of the block."""
    with pytest.MonkeyPatch.context() as patch:
        check = remembering_check(suites.check_content)
        for name, module in list(sys.modules.items()):
            is_ours = name.startswith("zc_pipeline.") and not name.startswith("zc_pipeline.schemas")
            if is_ours and getattr(module, "check_content", None) is suites.check_content:
                patch.setattr(module, "check_content", check)
        patch.setattr(
            executors, "read_page_text_isolated", remembering_read(executors.read_page_text_isolated)
        )
        yield
