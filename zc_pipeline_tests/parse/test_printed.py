"""Small documents printed by independent programs, each with what it prints: `fixtures/printed/<program>/`.

`python -m benchmarks.fixtures` writes them where the programs are installed; reading them needs none.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from zc_pipeline.model import Project, Verdict
from zc_pipeline.parse.reading import read_disclosure

FOLDER = Path(__file__).parent.parent / "fixtures" / "printed"
PDFS = sorted(FOLDER.glob("*/*.pdf"))
# Limits by name: not read, and the reason that must be given.
HELD = {
    # No rule ends the last row of a page, and a page number such as 3 / 5 stands right below its name.
    "writer/mix-700000393": "rows_unclear",
}


def shown(value: object) -> str:
    """A value as text; a no-break space looks like any other, and nothing is like an empty text."""
    return "" if value is None else str(value).replace("\u00a0", " ")


def differences(truth: dict[str, Any], project: Project) -> list[str]:
    """Names of the values that were read otherwise than printed."""
    found = [
        name
        for name, value in truth.items()
        if name != "indicators" and shown(value) != shown(getattr(project, name))
    ]
    if len(truth["indicators"]) != len(project.indicators):
        return [*found, f"{len(project.indicators)} indicators"]
    return found + [
        f"{name} of indicator {indicator['indicator_number']}"
        for indicator, read in zip(truth["indicators"], project.indicators, strict=True)
        for name, value in indicator.items()
        if shown(value) != shown(getattr(read, name))
    ]


def test_programs_of_several_makers_are_there() -> None:
    assert len({path.parent.name for path in PDFS}) >= 5


@pytest.mark.parametrize("path", PDFS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_value_is_read_as_it_is_printed_or_the_document_is_held(path: Path) -> None:
    truth = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    disclosure = read_disclosure(path, fiscal_year=2024)
    reason = HELD.get(f"{path.parent.name}/{path.stem}")
    if reason is not None:
        assert disclosure.verdict is Verdict.HELD
        assert reason in {problem.code for problem in disclosure.problems}
        return
    assert disclosure.verdict is Verdict.ACCEPTED, [problem.message for problem in disclosure.problems]
    assert len(disclosure.tables) == len(truth["tables"])
    for printed, table in zip(truth["tables"], disclosure.tables, strict=True):
        names = [project["project_name"] for project in printed]
        assert [project.project_name for project in table.projects] == [shown(name) for name in names]
        for expected, project in zip(printed, table.projects, strict=True):
            assert differences(expected, project) == []
