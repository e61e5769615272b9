"""Figures beside their goals, and the machine that they were measured on: one form for every benchmark.

What falls short is marked in the row itself. A part that could not be measured leaves a row too, which says
why.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

MET: Final = "met"
FALLS_SHORT: Final = "**falls short**"
_GB: Final = 1 << 30
_LONGEST: Final = 300  # characters of a reason


@dataclass(frozen=True)
class Finding:
    """One figure beside its goal.

    Attributes:
        what: is measured.
        figure: with its unit.
        goal: in words; empty where there is none.
        is_met: None where there is no goal, or where this measuring is too small to judge it.
        is_missing: it could not be measured; ``figure`` says why.
    """

    what: str
    figure: str
    goal: str = ""
    is_met: bool | None = None
    is_missing: bool = False

    @property
    def row(self) -> str:
        """The row of the table."""
        verdict = {None: "", True: MET, False: FALLS_SHORT}[self.is_met]
        return f"| {self.what} | {self.figure} | {self.goal} | {verdict} |"


def markdown_table(findings: Iterable[Finding]) -> list[str]:
    """The lines of the Markdown table of some findings."""
    return ["| what | figure | goal | |", "| --- | ---: | ---: | --- |", *(one.row for one in findings)]


def not_measured(what: str, error: BaseException) -> Finding:
    """The row of what could not be measured: it falls short, and says why."""
    said = " ".join(f"{type(error).__name__}: {error}".replace("|", "/").split())
    return Finding(what, f"not measured: {said[-_LONGEST:]}", is_met=False, is_missing=True)


def falls_short(findings: Iterable[Finding]) -> bool:
    """Whether a goal is missed."""
    return any(one.is_met is False for one in findings)


def machine() -> str:
    """The machine, on one line: ``Linux x86_64, 2 processors, Python 3.11.7``."""
    python = platform.python_version()
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors, Python {python}"


def machine_in_full() -> str:
    """The machine with its processor, memory, system and what else it had to do."""
    parts = [machine()]
    if model := _first_after(Path("/proc/cpuinfo"), "model name"):
        parts.append(model)
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GB
        parts.append(f"{memory:.0f} GB of memory")
        parts.append(f"load before it began {os.getloadavg()[0]:.1f}")
    except (OSError, ValueError):  # a system without these
        pass
    return ", ".join(parts)


def versions(names: Sequence[str]) -> str:
    """Versions of installed packages, those that are not installed left out."""
    found = []
    for name in names:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return ", ".join(found)


def _first_after(path: Path, label: str) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(label)), "")
