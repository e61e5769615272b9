"""Does any moment at which a run is killed leave something behind that is not whole?

    python -m benchmarks.kills --kills 100 --seed 1 --write docs/kills.md

Draws a small data folder over two years, in which a file was added and another replaced since the last run
(in some trials: everything is new). Runs over it are killed, with all their processes, by SIGKILL: at a
random time, while published tables are being written, just before one of the run's steps in the file
system, or just before a table is put in place. While a run works and is killed, and while the next one
completes its work, a reader keeps reading all published tables. Ends with status 1 if one file was ever
not whole, if tables of two publications were ever given as one, or if a next run did not come to what an
undisturbed one comes to.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from zc_pipeline import linking
from zc_pipeline.storage.files import replace_file, text_writer
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.crash import scene as scenes
from zc_pipeline_tests.crash.reader import DamagedError, Seen, keep_reading, versions
from zc_pipeline_tests.crash.scene import FIRST_ROUND, SECOND_ROUND, YEARS, Run, Scene

DAGSTER, LIGHT = "zc-pipeline run", "without Dagster"
ANY_TIME, WRITING = "any time", "while writing"
STEP, SWAP = "before a step", "before a table is put in place"
# What a run with Dagster takes beyond one without, until its first run tells.
_DAGSTER_SECONDS = 6.0
# After the first staged file is seen: as long as writing and replacing a year's tables takes.
_WRITING_SECONDS = 0.06
_MOST_ATTEMPTS = 4
_processes = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Kill:
    """One kill to be made: on which road, aimed how, in which scene; ``chance`` places it."""

    road: str
    aim: str
    scene: str
    chance: float


@dataclass(frozen=True)
class Trial:
    """What became of one kill.

    ``phase`` is where the run was, None where it had ended before; ``faults`` are what must not be.
    """

    kill: Kill
    phase: str | None
    seen: Seen
    faults: tuple[str, ...]
    seconds: float


@dataclass
class Report:
    """Everything that one series of kills found."""

    trials: list[Trial] = field(default_factory=list)
    seen: Seen = field(default_factory=Seen)
    too_late: int = 0
    seconds: float = 0.0

    @property
    def faults(self) -> list[str]:
        """What must not be."""
        return [fault for trial in self.trials for fault in trial.faults]

    @property
    def survived(self) -> int:
        """Kills after which all was well."""
        return sum(not trial.faults for trial in self.trials)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=100, help="how many (default 100)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", metavar="FILE.md", help="Markdown file for the tables")
    options = parser.parse_args(arguments)

    def tell(trial: Trial) -> None:
        kill = trial.kill
        words = "; ".join(trial.faults) or "whole, and completed by the next run"
        phase = trial.phase or "too late"
        print(f"{kill.road}, {kill.aim}, {kill.scene}: {phase}: {words} ({trial.seconds:.1f} s)", flush=True)

    with tempfile.TemporaryDirectory(prefix="kills-") as scratch:
        report = run(make_plan(options.kills, options.seed), Path(scratch), tell)
    print(render_text(report))
    if options.write:
        text = render_markdown(report, options.kills, options.seed)
        replace_file(Path(options.write), text_writer(text))
        print(f"written: {options.write}")
    return 1 if report.faults or not report.trials else 0


def make_plan(kills: int, seed: int) -> list[Kill]:
    """So many kills; every fifth with Dagster, every fifth of each road in the first round."""
    chance = random.Random(seed)
    light = (STEP, ANY_TIME, WRITING, SWAP)
    plan = []
    for number in range(kills):
        if number % 5 == 4:
            road, aim = DAGSTER, (ANY_TIME, WRITING)[number // 5 % 2]
        else:
            road, aim = LIGHT, light[number % 5]
        scene = FIRST_ROUND if number // 5 % 5 == 4 else SECOND_ROUND
        plan.append(Kill(road, aim, scene, chance.random()))
    return plan


def run(
    plan: Sequence[Kill],
    scratch: Path,
    tell: Callable[[Trial], object] = lambda _: None,
    made: Mapping[str, Scene] | None = None,
) -> Report:
    """Make all kills of a plan; one that comes when the run has ended is made again, somewhat earlier.

    Args:
        plan: the kills.
        scratch: an empty folder.
        tell: what is to be done with each trial when it is over.
        made: the scenes, by name; None makes those that the plan needs.
    """
    started = time.monotonic()
    names = [name for name in (SECOND_ROUND, FIRST_ROUND) if any(kill.scene == name for kill in plan)]
    made = scenes.make_scenes(scratch, names) if made is None else made
    report = Report()
    for number, kill in enumerate(plan):
        for attempt in range(_MOST_ATTEMPTS):
            earlier = Kill(kill.road, kill.aim, kill.scene, kill.chance * 0.7**attempt)
            trial = try_kill(earlier, made[kill.scene], scratch / f"trial_{number}_{attempt}")
            tell(trial)
            report.seen.add(trial.seen)
            if trial.phase is not None or trial.faults:
                report.trials.append(trial)
                break
            report.too_late += 1
    report.seconds = time.monotonic() - started
    return report


def try_kill(kill: Kill, scene: Scene, folder: Path) -> Trial:
    """Run over a copy of the scene, kill the run, look, and let the next run complete the work."""
    started = time.monotonic()
    paths = scene.copy_to(folder)
    log = folder / "log"
    faults: list[str] = []
    with _reading(paths, scene) as seen:
        is_killed = _run_and_kill(kill, scene, paths, log)
        phase = scenes.phase_of(paths, scene) if is_killed else None
        faults += _faults_after_kill(paths, scene)
        code = scenes.wait(_start(kill.road, paths, log))
        if code not in scenes.FINISHED:
            faults.append(f"the next run ended with {code}: {_tail(log)}")
    faults += _faults_after_next_run(paths, scene)
    faults += seen.faults
    if not faults:
        shutil.rmtree(folder)
    where = f"{kill.road}, {kill.aim}, {kill.scene}, {phase}: "
    return Trial(kill, phase, seen, tuple(where + one for one in faults), time.monotonic() - started)


def _start(road: str, paths: DataPaths, log: Path) -> Run:
    start = scenes.start_dagster if road == DAGSTER else scenes.start_light
    return start(paths.data_dir, log)


def _run_and_kill(kill: Kill, scene: Scene, paths: DataPaths, log: Path) -> bool:
    """Start a run and kill it as planned; returns whether it was the kill that ended it."""
    if kill.aim in (STEP, SWAP):
        # The run does it itself: nobody else could meet the moment between two of its steps.
        count = {STEP: scene.steps, SWAP: scene.swaps}[kill.aim]
        last = {STEP: "last_step", SWAP: "last_swap"}[kill.aim]
        run = scenes.start_light(paths.data_dir, log, **{last: 1 + int(kill.chance * count)})
        return scenes.wait(run) < 0
    run = _start(kill.road, paths, log)
    if kill.aim == WRITING:
        scenes.wait_until(run, lambda: scenes.is_publishing(paths))
        until = time.monotonic() + kill.chance * _WRITING_SECONDS
    else:
        longest = scene.seconds + (_DAGSTER_SECONDS if kill.road == DAGSTER else 0.0)
        until = time.monotonic() + kill.chance * longest
    scenes.wait_until(run, lambda: time.monotonic() >= until)
    return scenes.kill(run)


@contextmanager
def _reading(paths: DataPaths, scene: Scene) -> Iterator[Seen]:
    """Have a process read all tables during the block; what it saw is filled in at its end."""
    seen = Seen()
    here, there = multiprocessing.Pipe()
    process = _processes.Process(target=keep_reading, args=(there, paths.data_dir, YEARS, scene.known))
    process.start()
    there.close()
    try:
        assert here.recv() == "reading"
        yield seen
        here.send("stop")
        seen.add(here.recv())
    except EOFError:
        seen.blame("the reader itself failed")
    finally:
        here.close()
        process.join()


def _faults_after_kill(paths: DataPaths, scene: Scene) -> list[str]:
    """What a kill must not leave behind."""
    try:
        found = versions(paths, YEARS)
    except DamagedError as error:
        return [f"after the kill: {error}"]
    return [
        f"after the kill: {table} of {year} is of no publication"
        for (table, year), version in found.items()
        if version not in scene.known[table, year]
    ]


def _faults_after_next_run(paths: DataPaths, scene: Scene) -> list[str]:
    """How the folder differs from what an undisturbed run makes of it."""
    try:
        found = versions(paths, YEARS)
    except DamagedError as error:
        return [f"after the next run: {error}"]
    faults = [
        f"after the next run: {table} of {year} is not as after an undisturbed one"
        for (table, year), version in found.items()
        if version != scene.after[table, year]
    ]
    known = scenes.first_seen(DataPaths(scene.before))
    now = scenes.first_seen(paths)
    if any(now.get(document, since) != since for document, since in known.items()):
        faults.append("after the next run: a document of the first round has another date of first sight")
    if scenes.working_files(paths) != scene.working:
        faults.append("after the next run: other working files than after an undisturbed one")
    left = scenes.staged_files(paths.data_dir)
    if left:
        faults.append(f"after the next run: {left[0].name} is left over")
    pending = linking.pending_years(paths)
    if pending:
        faults.append(f"after the next run: {pending} are not done")
    return faults


def _tail(log: Path) -> str:
    return " / ".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:])


# --- the report -----------------------------------------------------------------------------------


def render_text(report: Report) -> str:
    """The report for a terminal."""
    lines = ["", f"{report.survived} of {len(report.trials)} kills survived"]
    lines += [f"  {count:4} {phase}" for phase, count in _phases(report).most_common()]
    lines += [_words_on_reading(report), f"{report.seconds:.0f} s"]
    lines += [f"FAULT {fault}" for fault in report.faults]
    return "\n".join(lines)


def _phases(report: Report) -> Counter[str]:
    return Counter(str(trial.phase) for trial in report.trials)


def _words_on_reading(report: Report) -> str:
    seen = report.seen
    return (
        f"{seen.reads:,} files were read meanwhile, each whole and of one publication; {seen.mixed:,} times "
        f"tables of two publications lay beside each other, and their ids said so each time."
    )


def render_markdown(report: Report, kills: int, seed: int) -> str:
    """The report as a page of the docs."""
    roads = Counter((trial.kill.road, trial.kill.aim) for trial in report.trials)
    paragraphs = [
        f"**{report.survived} of {len(report.trials)} kills survived**: no table was ever half, and the next "
        "run came to what an undisturbed one comes to. The command ends with status 1 otherwise.",
        _words_on_reading(report),
        f"The {len(report.trials)} kills took {report.seconds / 60:.0f} minutes; {report.too_late} runs more "
        f"had ended before their kill. Load at the end: {os.getloadavg()[0]:.1f}.",
    ]
    lines = [
        _HEAD.format(kills=kills, seed=seed),
        *(textwrap.fill(one, 105) + "\n" for one in paragraphs),
        "| killed while | kills |",
        "| --- | ---: |",
        *(f"| {phase} | {count} |" for phase, count in _phases(report).most_common()),
        "",
        "| run | aimed at | kills |",
        "| --- | --- | ---: |",
        *(f"| {road} | {aim} | {count} |" for (road, aim), count in sorted(roads.items())),
        "",
        *(f"- {fault}" for fault in report.faults),
        *([""] if report.faults else []),
        _RULES,
    ]
    return "\n".join(lines)


_HEAD = """\
# Kills

A run is killed (SIGKILL, with all its processes) while a reader keeps reading all published tables; then the
next run completes the work. This page is written by a program that does so many times:

```sh
python -m benchmarks.kills --kills {kills} --seed {seed} --write docs/kills.md
```
"""
_RULES = """\
## What holds, and what does not

- A file changes in one step: a reader has the old one or the new one, whole.
- The tables of a year are replaced one directly after the other. A reader in that moment, or after a kill in
  it, finds tables of two publications beside each other; the `publication_id` in their metadata says so.
  `export`, `book` and the links between years look at it, wait for up to two seconds, and then say it in a
  sentence.
- A year whose tables do not belong together, or of which one is missing or damaged, is published anew by the
  next run. What a killed run had begun beside the tables is removed then.
- One run at a time writes below a data folder. Another waits (`ZC_LOCK_WAIT_SECONDS`), saying on whom, and
  gives up with a sentence. The lock is the kernel's (`flock`): it ends with the process, killed or not.
- Over NFS the lock holds between machines where the server and the mount pass locks on; where a shared file
  system locks for one machine only, let one machine do the runs. Where a file system knows no locks, a run
  ends with a sentence.
- On a full disk, or without permission to write, a run ends with a sentence that names the folder; the tables
  stay as they were.
"""


if __name__ == "__main__":
    sys.exit(main())
