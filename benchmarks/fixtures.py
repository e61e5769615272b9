"""Prints the small documents that ship with the tests: every engine, every variation, and their truth.

    python -m benchmarks.fixtures

For each engine that is installed, chooses mixed documents until every variation that it can print is in one,
draws them, and writes PDF and truth to `zc_pipeline_tests/fixtures/printed/<engine>/`. The truth is what was
printed, never what was read: the tests hold the reading against it on machines that have none of the engines.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from .comparing import LineEnds, compare_table
from .corpus import ENGINES, Document, Engine, expected_projects, make_document, refusal
from .corpus.finish import finish
from .corpus.forms import AMOUNT_KEYS, ExpectedProject

FOLDER = Path(__file__).parent.parent / "zc_pipeline_tests" / "fixtures" / "printed"
_SEEDS = 400
_DOCUMENTS = 5  # of each engine
_LARGEST_KB = 160


def main(arguments: Sequence[str] | None = None) -> int:
    """Rewrites the fixtures; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fixtures", description=__doc__)
    parser.add_argument("--engine", action="append", help="only this engine; may be given several times")
    options = parser.parse_args(arguments)
    covered: set[str] = set()
    for engine in ENGINES:
        if engine.missing() or (options.engine and engine.name not in options.engine):
            print(f"skipped: {engine.name}: {engine.missing() or 'not asked for'}")
            continue
        written = list(_write(engine, FOLDER / engine.name, covered))
        print(f"{engine.name}: {len(written)} documents, {sum(written) / 1000:.0f} kB")
    print(f"{len(covered)} variations are in some document.")
    return 0


def _write(engine: Engine, folder: Path, covered: set[str]) -> Iterator[int]:
    """Writes an engine's documents; yields their sizes in bytes. ``covered`` gains their variations."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    chosen = 0
    for document in _by_what_they_add(engine, covered):
        with tempfile.TemporaryDirectory() as scratch:
            if engine.draw([document], Path(scratch)):
                continue
            path = Path(scratch) / f"{document.name}.pdf"
            finish(path, document, engine.native)
            size = path.stat().st_size
            if size > 1000 * _LARGEST_KB or _hides_blanks(document, path):
                continue
            (folder / path.name).write_bytes(path.read_bytes())
        text = json.dumps(truth_of(document), ensure_ascii=False, indent=1)
        (folder / f"{document.name}.json").write_text(text + "\n", encoding="utf-8")
        covered |= set(document.parts)
        chosen += 1
        yield size
        if chosen == _DOCUMENTS:
            return


def _by_what_they_add(engine: Engine, covered: set[str]) -> Iterator[Document]:
    """Mixed documents that an engine can print, each time the one with most variations not yet covered."""
    left = [
        document
        for seed in range(_SEEDS)
        if not (document := make_document("mix", 700_000_000 + seed)).must_hold
        and "rules_none" not in document.parts
        and refusal(engine, document) is None
    ]
    while left:
        best = max(left, key=lambda document: (len(set(document.parts) - covered), document.name))
        left.remove(best)
        yield best


def _hides_blanks(document: Document, path: Path) -> bool:
    """Whether a printed blank stands at the end of a line, where nobody can see it."""
    ends = LineEnds(path)
    from zc_pipeline import read_disclosure

    tables = read_disclosure(path).tables
    differences = [
        difference
        for form, table in zip(document.forms, tables, strict=False)
        for difference in compare_table(form, table)
    ]
    return bool(differences) and all(map(ends.explain, differences))


def truth_of(document: Document) -> dict[str, Any]:
    """What the pages show, by the names of the package's records; amounts as text in yuan."""
    return {
        "variations": list(document.parts),
        "tables": [[_project(project) for project in expected_projects(form)] for form in document.forms],
    }


def _project(project: ExpectedProject) -> dict[str, Any]:
    amounts = {f"{key}_cny": project.amounts[key] for key in AMOUNT_KEYS}
    texts = {f"{key}_text": text for key, text in project.amount_texts.items()}
    return {
        "department_name": project.department_name,
        "unit_name": project.unit_name,
        "project_name": project.project_name,
        "performance_goal": project.goal,
        "indicators_text": "".join(indicator.text for indicator in project.indicators),
        **{name: None if amount is None else f"{amount:.2f}" for name, amount in amounts.items()},
        **texts,
        "indicators": [
            {
                "indicator_number": indicator.number,
                "level1_code": str(indicator.level1_code),
                "level1_name": indicator.level1_name,
                "level2_code": str(indicator.level2_code),
                "level2_name": indicator.level2_name,
                "indicator_name": indicator.name,
                "cycle_target": indicator.cycle_target,
                "annual_target": indicator.annual_target,
                "indicator_text": indicator.text,
            }
            for indicator in project.indicators
        ],
    }


if __name__ == "__main__":
    sys.exit(main())
