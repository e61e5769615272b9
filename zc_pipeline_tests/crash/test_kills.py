"""A handful of kills; ``python -m benchmarks.kills`` makes as many as wanted."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.kills import (
    ANY_TIME,
    DAGSTER,
    LIGHT,
    STEP,
    SWAP,
    WRITING,
    Kill,
    make_plan,
    render_markdown,
    run,
)
from zc_pipeline_tests.crash.scene import SECOND_ROUND, Scene

SHORT = [Kill(LIGHT, STEP, SECOND_ROUND, 0.3), Kill(LIGHT, SWAP, SECOND_ROUND, 0.2)]
FULL = [
    *SHORT,
    Kill(LIGHT, ANY_TIME, SECOND_ROUND, 0.6),
    Kill(LIGHT, SWAP, SECOND_ROUND, 0.7),
    Kill(DAGSTER, WRITING, SECOND_ROUND, 0.1),
]


@pytest.mark.slow
@pytest.mark.parametrize("plan", [SHORT, pytest.param(FULL, marks=pytest.mark.long)], ids=["short", "full"])
def test_a_killed_run_leaves_whole_tables_and_the_next_run_completes_it(
    scene: Scene, tmp_path: Path, plan: list[Kill]
) -> None:
    report = run(plan, tmp_path, made={SECOND_ROUND: scene})
    assert report.faults == []
    assert report.survived == len(plan)
    # The reader was there, and saw the moments that the ids are for.
    assert report.seen.reads > 200 * len(plan)
    assert report.seen.mixed > 0
    phases = {str(trial.phase) for trial in report.trials if trial.kill.aim == SWAP}
    assert any(phase.startswith(("between two", "writing")) for phase in phases)
    words = f"{len(plan)} of {len(plan)} kills survived"
    assert words in render_markdown(report, len(plan), 0)


def test_a_plan_has_every_kind_of_kill_and_is_the_same_for_a_seed() -> None:
    plan = make_plan(100, 7)
    assert plan == make_plan(100, 7) != make_plan(100, 8)
    assert {(kill.road, kill.aim) for kill in plan} == {
        (LIGHT, STEP),
        (LIGHT, ANY_TIME),
        (LIGHT, WRITING),
        (LIGHT, SWAP),
        (DAGSTER, ANY_TIME),
        (DAGSTER, WRITING),
    }
    assert len({kill.scene for kill in plan}) == 2
    assert all(0 <= kill.chance < 1 for kill in plan)
