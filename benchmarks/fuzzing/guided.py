"""The fuzzer of the parse rooms: scripts that reach new code are kept and changed further.

    python -m benchmarks.fuzzing.guided RUNS SEED RESULT.json

runs in a process of its own, started by :func:`run_rooms`: Atheris (libFuzzer) counts the branches of
``zc_pipeline.parse``, which it must see being imported. Where Atheris is not installed, scripts are made by
chance alone.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

_ROOT = Path(__file__).parent.parent.parent
_SUMMARY = re.compile(r"^SUMMARY: (.*)$", re.MULTILINE)
_COVERED = re.compile(r"cov: (\d+) ft: (\d+)")
_MOST_CASES = 200


@dataclass
class RoomsReport:
    """All that a run over damaged inputs found. ``broken``: what does not hold → how often, one script."""

    inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    broken: dict[str, tuple[int, str]] = field(default_factory=dict)
    branches: int | None = None
    seconds: float = 0.0
    fuzzer: str = "chance alone"

    def add(self, script: bytes, outcome: str | None, broken: str | None) -> None:
        """Count one input."""
        self.inputs += 1
        if outcome is not None:
            self.outcomes[outcome] += 1
        if broken is not None:
            key = re.sub(r"\d+", "0", broken)[:120]
            times, first = self.broken.get(key, (0, f"{broken[:300]} · script {script.hex()}"))
            if key in self.broken or len(self.broken) < _MOST_CASES:
                self.broken[key] = (times + 1, first)


def missing() -> str | None:
    """Why nothing guides the fuzzer here, None if Atheris does."""
    return None if find_spec("atheris") else "atheris is not installed"


def run_rooms(count: int, seed: int, *, workers: int = 1) -> RoomsReport:
    """Hold the parse rooms to their promises over so many damaged inputs.

    Args:
        count: how many.
        seed: of all chance; worker n adds n.
        workers: processes.
    """
    started = time.perf_counter()
    report = run_by_chance(count, seed) if missing() else _run_guided(count, seed, max(workers, 1))
    report.seconds = time.perf_counter() - started
    return report


def run_by_chance(count: int, seed: int) -> RoomsReport:
    """As :func:`run_rooms`, in this process and unguided; equal arguments make equal inputs."""
    from .rooms import MOST_BYTES

    report = RoomsReport()
    for index in range(count):
        chance = Random(f"room/{seed}-{index}")
        _try(chance.randbytes(1 + int(MOST_BYTES * chance.random() ** 2)), report)
    return report


def _try(script: bytes, report: RoomsReport) -> None:
    from .rooms import Broken, run_script

    try:
        report.add(script, run_script(script), None)
    except Broken as broken:
        report.add(script, None, str(broken))


def _run_guided(count: int, seed: int, workers: int) -> RoomsReport:
    report = RoomsReport(fuzzer="Atheris (libFuzzer)")
    with tempfile.TemporaryDirectory(prefix="rooms-") as scratch:
        folder = Path(scratch)
        running = []
        for number in range(workers):
            share = count // workers + (number < count % workers)
            command = [
                sys.executable,
                "-m",
                __name__,
                str(share),
                str(seed + number),
                str(folder / f"{number}.json"),
            ]
            log = (folder / f"{number}.log").open("wb")
            running.append(
                subprocess.Popen(
                    command,
                    cwd=_ROOT,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, "PYTHONHASHSEED": "0"},
                )
            )
            log.close()
        for number, process in enumerate(running):
            ended = process.wait()
            log_text = (folder / f"{number}.log").read_text(encoding="utf-8", errors="replace")
            result = folder / f"{number}.json"
            if not result.exists():
                raise RuntimeError(f"The fuzzer ended without a result: {log_text[-2000:]}")
            _merge(report, json.loads(result.read_text(encoding="utf-8")), log_text)
            if ended != 0:
                why = _SUMMARY.findall(log_text)
                report.broken[f"worker {number} ended early"] = (1, f"status {ended}: {'; '.join(why)}")
    return report


def _merge(report: RoomsReport, found: dict[str, Any], log: str) -> None:
    report.inputs += found["inputs"]
    report.outcomes.update(found["outcomes"])
    for key, (times, first) in found["broken"].items():
        before, kept = report.broken.get(key, (0, first))
        report.broken[key] = (before + times, kept)
    covered = [int(one) for one, _ in _COVERED.findall(log)]
    report.branches = max([report.branches or 0, *covered])


def main() -> int:
    """Fuzzes with Atheris until the count is reached."""
    import atheris

    with atheris.instrument_imports(include=["zc_pipeline.parse"]):
        from . import rooms
    runs, seed, result = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    report = RoomsReport()
    corpus = result.with_suffix("")
    rooms.seed_scripts(corpus)

    def test_one(script: bytes) -> None:
        _try(script, report)
        if report.inputs % 200 == 0 or report.inputs >= runs:
            content = {"inputs": report.inputs, "outcomes": report.outcomes, "broken": report.broken}
            beside = result.with_suffix(".new")
            beside.write_text(json.dumps(content), encoding="utf-8")
            beside.replace(result)
        if report.inputs >= runs:
            sys.stderr.flush()

    arguments = [
        sys.argv[0],
        str(corpus),
        f"-runs={runs}",
        f"-seed={seed + 1}",
        f"-max_len={rooms.MOST_BYTES}",
        "-timeout=120",
        "-rss_limit_mb=4096",
        "-print_final_stats=1",
    ]
    atheris.Setup(arguments, test_one)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
