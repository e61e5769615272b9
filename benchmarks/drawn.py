"""Generated disclosures in any number: each with projects, a department and units of its own.

    python -m benchmarks.drawn FOLDER 5000      # drawn once, and kept for `benchmarks.all --corpus FOLDER`

Drawing is no part of any figure.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from zc_pipeline.storage.files import replace_file
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests.drawing import Disclosure, Layout, draw_disclosure, make_disclosure

YEAR: Final = 2024
PAGES_A_DOCUMENT: Final = 11
PROJECTS_A_UNIT: Final = 24  # of 2 units: 11 pages
_FEW_PROJECTS: Final = 5
_LAYOUT: Final = Layout(page_break="split_by_lines")
_UNITS_A_PAGE: Final = 0.186


def main(words: Sequence[str] | None = None) -> int:
    """Draw a folder of documents."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("documents", type=int)
    options = parser.parse_args(words)
    start = time.perf_counter()
    draw_corpus(options.folder, options.documents)
    print(f"{options.documents:,} documents in {options.folder}: {time.perf_counter() - start:,.0f} s")
    return 0


def draw(paths: DataPaths, numbers: Iterable[int], projects_per_unit: int = _FEW_PROJECTS) -> None:
    """Draw documents of one year into a data folder, each of a department of its own."""
    folder = paths.raw_dir / str(YEAR)
    folder.mkdir(parents=True, exist_ok=True)
    for number in numbers:
        draw_disclosure(of_its_own(number, projects_per_unit), folder / file_name(number), _LAYOUT)


def draw_corpus(folder: Path, count: int) -> list[Path]:
    """Draw what is missing of so many documents of about 11 pages, side by side; all of them, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / file_name(number) for number in range(count)]
    missing = [number for number, file in enumerate(files) if not file.exists()]
    if missing:
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as processes:
            for _ in processes.map(partial(_draw_one, folder), missing, chunksize=20):
                pass
    return files


def _draw_one(folder: Path, number: int) -> None:
    made = of_its_own(number, PROJECTS_A_UNIT)
    replace_file(folder / file_name(number), lambda beside: _draw_to(made, beside))


def _draw_to(made: Disclosure, path: Path) -> None:
    draw_disclosure(made, path, _LAYOUT)


def draw_long(path: Path, pages: int) -> int:
    """Draw one document of at least so many pages; how many it has."""
    units = max(round(pages * _UNITS_A_PAGE), 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        made = make_disclosure(1, units=units, projects_per_unit=PROJECTS_A_UNIT, year=YEAR)
        drawn = draw_disclosure(made, path, _LAYOUT)
        if drawn.page_count >= pages:
            return drawn.page_count
        units += max((pages - drawn.page_count) // 5, 1)


def of_its_own(number: int, projects_per_unit: int = _FEW_PROJECTS) -> Disclosure:
    """A disclosure whose department and units have names that no other's have."""
    made = make_disclosure(number, year=YEAR, projects_per_unit=projects_per_unit)
    units = tuple(replace(unit, name=f"{place(number)}{unit.name}") for unit in made.units)
    return replace(made, department=f"{place(number)}{made.department}", units=units)


def place(number: int) -> str:
    """A district of its own for each document: departments of different ones are different bodies."""
    digits = "甲乙丙丁戊己庚辛壬癸"
    return "".join(digits[int(digit)] for digit in f"{number:06d}") + "区"


def file_name(number: int) -> str:
    """The file of a document."""
    return f"{number:06d}.pdf"


if __name__ == "__main__":
    sys.exit(main())
