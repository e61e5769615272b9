"""A small data folder between two rounds, and real runs over it: with Dagster, as users do, or without."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Protocol

from zc_pipeline import linking, pipeline
from zc_pipeline.errors import PublicationStopped, UsageError
from zc_pipeline.report import summary_lines
from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES, WORKING_TABLES
from zc_pipeline.storage.parquet import read_table
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests import commands
from zc_pipeline_tests.crash.reader import Known, Place, Version, versions
from zc_pipeline_tests.drawing import draw_disclosure, faulty, make_disclosure

YEARS = (2023, 2024)
FINISHED = (0, 3)
_ROOT = Path(__file__).parent.parent.parent
_LONGEST_RUN = 600.0
_LOOK_EVERY = 0.001


# --- the files ------------------------------------------------------------------------------------


def draw_old(raw: Path) -> None:
    """The files of the first round: two documents and one that is refused, then six."""
    for year, names in zip(YEARS, ("ab", "abcdef"), strict=True):
        (raw / str(year)).mkdir(parents=True)
        for seed, name in enumerate(names, start=1):
            _draw(raw / str(year) / f"{name}.pdf", seed, 2)
    faulty.not_a_pdf(raw / "2023" / "broken.pdf")


def draw_new(raw: Path) -> None:
    """What comes in the second round: a third document, one replaced, and one in no year's folder."""
    _draw(raw / "2023" / "c.pdf", 3, 2)
    _draw(raw / "2024" / "b.pdf", 2, 3)
    faulty.not_a_pdf(raw / "loose.pdf")


def _draw(path: Path, seed: int, projects: int) -> None:
    """A disclosure of a department of its own: what has its seed is of the same department."""
    drawn = make_disclosure(seed, units=1, projects_per_unit=projects, year=int(path.parent.name))
    office = f"某市第{seed}局"
    units = tuple(replace(unit, name=f"{office}本级") for unit in drawn.units)
    draw_disclosure(replace(drawn, department=office, units=units), path)


# --- runs -----------------------------------------------------------------------------------------


class Run(Protocol):
    """A run as a process group of its own."""

    pid: int

    def poll(self) -> int | None:
        """The exit code (negative: the signal that ended it); None while it runs."""


@dataclass
class _Fork:
    process: BaseProcess

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    def poll(self) -> int | None:
        return self.process.exitcode


def start_light(
    data_dir: Path,
    log: Path,
    *,
    years: Sequence[int] = YEARS,
    last_step: int = 0,
    last_swap: int = 0,
    limit: Callable[[], object] | None = None,
) -> Run:
    """Start a run without Dagster.

    Args:
        data_dir: the data folder.
        log: what it says is added there; its last line counts its steps.
        years: of the years with something new, do these.
        last_step: it kills itself just before this step, counted from 1: a step opens, renames or removes a
            file of the data folder. 0 is never.
        last_swap: the same, counting only the steps that put a published table in place.
        limit: a function of a module that the run calls first.
    """
    process = commands.forks.Process(
        target=_light_process, args=(data_dir, log, tuple(years), last_step, last_swap, limit)
    )
    process.start()
    return _Fork(process)


def start_dagster(data_dir: Path, log: Path, **environment: object) -> Run:
    """Start ``zc-pipeline run``, with an instance of Dagster in ``home`` beside the data folder."""
    home = _home_beside(data_dir)
    with log.open("ab") as stream:
        return subprocess.Popen(  # type: ignore[return-value]
            [sys.executable, "-m", "zc_pipeline.cli", "run", "--data-dir", str(data_dir)],
            cwd=home,
            env=_variables(environment),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
        )


def fork_dagster(data_dir: Path, log: Path, **environment: object) -> Run:
    """The same from a process that has Dagster loaded, which spares most of the time before its work."""
    words = ("run", "--data-dir", str(data_dir))
    return _Fork(commands.start(words, _home_beside(data_dir), _variables(environment), log, log))


def _home_beside(data_dir: Path) -> Path:
    home = data_dir.parent / "home"
    home.mkdir(exist_ok=True)
    shutil.copy(_ROOT / "dagster.yaml", home)
    return home


def _variables(environment: Mapping[str, object]) -> dict[str, str]:
    given = {key: str(value) for key, value in environment.items()}
    return commands.own_variables(PYTHONPATH=str(_ROOT), **given)


def wait(run: Run) -> int:
    """Wait for a run to end; returns its exit code."""
    return _wait(run, lambda: False)


def _wait(run: Run, is_enough: Callable[[], bool]) -> int:
    deadline = time.monotonic() + _LONGEST_RUN
    while (code := run.poll()) is None and not is_enough():
        if time.monotonic() > deadline:
            kill(run)
            raise TimeoutError(f"a run took more than {_LONGEST_RUN:g} s")
        time.sleep(_LOOK_EVERY)
    return 0 if code is None else code


def wait_until(run: Run, is_so: Callable[[], bool]) -> bool:
    """Wait until something is so, or the run has ended; returns whether the run still works."""
    _wait(run, is_so)
    return run.poll() is None


def kill(run: Run) -> bool:
    """Kill a run with all its processes at once; returns whether it was this that ended it."""
    with contextlib.suppress(ProcessLookupError):
        try:
            os.killpg(run.pid, signal.SIGKILL)
        except ProcessLookupError:  # it is no group yet
            os.kill(run.pid, signal.SIGKILL)
    return wait(run) == -signal.SIGKILL


def _light_process(
    data_dir: Path,
    log: Path,
    years: Sequence[int],
    last_step: int,
    last_swap: int,
    limit: Callable[[], object] | None,
) -> None:
    os.setsid()
    stream = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for standard in (1, 2):
        os.dup2(stream, standard)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("zc_pipeline").setLevel(logging.INFO)
    steps = swaps = 0
    below = str(data_dir) + os.sep

    def count_step(event: str, words: tuple[object, ...]) -> None:
        nonlocal steps, swaps
        if event not in ("open", "os.rename", "os.remove"):
            return
        path = words[0]
        if not isinstance(path, str | os.PathLike) or not os.fspath(path).startswith(below):
            return
        steps += 1
        is_swap = event == "os.rename" and _is_published(Path(os.fspath(words[1])))  # type: ignore[call-overload]
        swaps += is_swap
        if steps == last_step or (is_swap and swaps == last_swap):
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count_step)
    if limit is not None:
        limit()
    code = _light(DataPaths(data_dir), years)
    print(f"steps {steps} {swaps}", flush=True)
    sys.exit(code)


def _is_published(path: Path) -> bool:
    """Whether a path is that of a published table of a year."""
    table = path.parent.name
    return table in (*PUBLISHED_TABLES, *LINK_TABLES) and path.name[-12:-8].isdigit()


def _light(paths: DataPaths, years: Sequence[int]) -> int:
    """What ``zc-pipeline run`` does, without Dagster; returns the exit code."""
    context = pipeline.RunContext(paths, uuid.uuid4().hex)
    try:
        with context.lock():
            todo = [year for year in linking.pending_years(paths) if year is None or year in years]
            if None in todo:
                pipeline.publish_unfiled(context)
            for year in todo:
                if year is not None:
                    pipeline.run_year(context, year)
                    linking.link_year(context, year)
                    linking.link_following_year(context, year)
            return 3 if summary_lines(paths, todo)[1] else 0
    except UsageError as error:
        print(error)
        return 2
    except PublicationStopped as error:
        print(error)
        return 1


# --- the scene ------------------------------------------------------------------------------------


@dataclass
class Scene:
    """A data folder before a run, and what undisturbed runs make of it.

    Attributes:
        name: ``second round`` or ``first round``.
        before: the folder, to be copied.
        known: at each place, every version that an undisturbed run has there at any time.
        after: at each place, what lies there in the end.
        working: names of the working files in the end, below the folder of tables.
        seconds: how long a run without Dagster takes, about.
        steps, swaps: of a run without Dagster, about; see :func:`start_light`.
    """

    name: str
    before: Path
    known: Known = field(default_factory=dict)
    after: dict[Place, Version | None] = field(default_factory=dict)
    working: frozenset[str] = frozenset()
    seconds: float = 0.0
    steps: int = 0
    swaps: int = 0

    def copy_to(self, folder: Path) -> DataPaths:
        """A data folder of its own in a folder."""
        return DataPaths(shutil.copytree(self.before, folder / "data"))


SECOND_ROUND, FIRST_ROUND = "second round", "first round"


def make_scenes(scratch: Path, names: Sequence[str] = (SECOND_ROUND, FIRST_ROUND)) -> dict[str, Scene]:
    """The second round after a first one, and everything at once on an empty folder.

    Raises:
        AssertionError: an undisturbed run fails, or two versions of a table name the same publications, so
            that a reader could not tell them apart.
    """
    old, new = scratch / "old", scratch / "new"
    draw_old(old)
    draw_new(shutil.copytree(old, new))
    scenes = {}
    for name in names:
        before = scratch / name.replace(" ", "_") / "data"
        if name == SECOND_ROUND:
            shutil.copytree(old, before / "raw")
            _run_undisturbed(before, YEARS)
        shutil.copytree(new, before / "raw", dirs_exist_ok=True)
        scenes[name] = Scene(name, before)
        _measure(scenes[name])
    return scenes


def _measure(scene: Scene) -> None:
    """Find out what an undisturbed run does, year by year, and how long it takes."""
    paths = scene.copy_to(scene.before.parent / "measured")
    states = [versions(paths, YEARS)]
    started = time.monotonic()
    for year in YEARS:
        steps, swaps = _run_undisturbed(paths.data_dir, (year,))
        scene.steps, scene.swaps = scene.steps + steps, scene.swaps + swaps
        states.append(versions(paths, YEARS))
    scene.seconds = time.monotonic() - started
    # The links of a year are made anew when the year before is, and again with the year itself.
    scene.known = {place: frozenset(state[place] for state in states) for place in states[0]}
    for place, found in scene.known.items():
        labels = [one.label for one in found if one is not None]
        if place[0] != "raw_disclosures":
            assert len(labels) == len(set(labels)), f"two versions of {place} name the same publications"
    scene.after = states[-1]
    scene.working = working_files(paths)


def _run_undisturbed(data_dir: Path, years: Sequence[int]) -> tuple[int, int]:
    """Run without Dagster; returns how many steps and swaps it took."""
    log = data_dir.parent / "undisturbed.log"
    code = wait(start_light(data_dir, log, years=years))
    said = log.read_text(encoding="utf-8")
    assert code in FINISHED, said
    _, steps, swaps = said.splitlines()[-1].split()
    return int(steps), int(swaps)


# --- what lies there ------------------------------------------------------------------------------


def working_files(paths: DataPaths) -> frozenset[str]:
    """The working tables' files, by name below the folder of tables."""
    return frozenset(
        path.relative_to(paths.parquet_dir).as_posix()
        for table in WORKING_TABLES
        for path in paths.table_dir(table).glob("*/*.parquet")
    )


def staged_files(folder: Path) -> list[Path]:
    """Files that a run has begun below a folder and not put in place."""
    return sorted(folder.rglob(".*.tmp"))


def is_publishing(paths: DataPaths) -> bool:
    """Whether published tables are being written at this moment."""
    for table in (*PUBLISHED_TABLES, *LINK_TABLES):
        with contextlib.suppress(FileNotFoundError), os.scandir(paths.table_dir(table)) as entries:
            if any(entry.name.endswith(".tmp") and "unfiled" not in entry.name for entry in entries):
                return True
    return False


def first_seen(paths: DataPaths) -> dict[tuple[int, str], object]:
    """When each document of a year was first seen."""
    return {
        (year, row.document_id): row.first_seen_at
        for year in YEARS
        if (stored := read_table(paths.published("raw_disclosures", year), "raw_disclosures"))
        for row in stored.frame.itertuples()
    }


def phase_of(paths: DataPaths, scene: Scene) -> str:
    """Where a run was when it was killed, by what it left behind."""
    if not scene.working and not paths.parquet_dir.exists():
        return "starting"
    for year in YEARS:
        found = _phase_of_year(paths, scene, year)
        if found is not None:
            return found
    return "after the last table"


def _phase_of_year(paths: DataPaths, scene: Scene, year: int) -> str | None:
    """None for a year that is done."""
    now, after = versions(paths, YEARS), scene.after
    out = [now[table, year] == after[table, year] for table in PUBLISHED_TABLES]
    links = [now[table, year] == after[table, year] for table in LINK_TABLES]
    staged = {path.parent.name for path in staged_files(paths.parquet_dir)}
    if all(out):
        if all(links):
            return None
        if any(links):
            return "between two tables of links"
        return "writing links" if staged & set(LINK_TABLES) else "between tables and links"
    if any(out):
        return "between two published tables"
    if staged & set(PUBLISHED_TABLES):
        return "writing published tables"
    if now["raw_disclosures", year] != after["raw_disclosures", year]:
        return "starting" if year == YEARS[0] else "between two years"
    there = working_files(paths)
    for table, phase in zip(WORKING_TABLES, ("reading pages", "joining rows"), strict=True):
        if not {name for name in scene.working if name.startswith(f"{table}/{year}/")} <= there:
            return phase
    return "judging"
