"""What a stage leaves free goes back to the system, and nothing holds what it does not show."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pytest

from zc_pipeline.pipeline import RunContext
from zc_pipeline.pipeline.working import _preview_of
from zc_pipeline.storage.memory import give_back_memory
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.frames import frame_of, merge_frames
from zc_pipeline_tests.tables.samples import project_row

_STATUS = Path("/proc/self/statm")


def _resident_mb() -> float:
    return int(_STATUS.read_text().split()[1]) * 4096 / 1e6


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")
def test_freed_blocks_leave_the_process() -> None:
    # Blocks below the size at which the C library maps each on its own; every tenth stays, so that the top
    # of the heap is in use and nothing goes back by itself.
    blocks: list[bytearray | None] = [bytearray(100_000) for _ in range(2_000)]
    kept = blocks[::10]
    del blocks
    before = _resident_mb()
    give_back_memory()
    assert _resident_mb() < before - 100
    assert len(kept) == 200


def test_a_run_gives_back_what_its_tables_took(tmp_path: Path) -> None:
    RunContext(DataPaths(tmp_path), "a-run")
    assert pa.default_memory_pool().backend_name == "system"


def test_a_preview_does_not_keep_the_other_rows() -> None:
    frame = frame_of("projects", (project_row(number) for number in range(1, 5_001)))
    shown = _preview_of(frame)
    assert shown.equals(frame.head(len(shown)))
    assert pa.Table.from_pandas(shown).get_total_buffer_size() < 50_000


def test_merged_frames_are_in_order_whoever_holds_their_parts() -> None:
    whole = frame_of("projects", (project_row(number) for number in range(1, 1_001)))
    parts = [whole.iloc[500:].reset_index(drop=True), whole.iloc[:500].reset_index(drop=True)]
    assert merge_frames("projects", parts).equals(whole)
    assert merge_frames("projects", (parts.pop() for _ in range(2))).equals(whole)
    assert merge_frames("projects", [whole]).equals(whole)
    assert merge_frames("projects", [whole.iloc[:0]]).equals(frame_of("projects", []))
