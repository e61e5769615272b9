"""Are the gates any good? Plants single faults in true documents and counts which are found.

    python -m benchmarks.faults                             # 1,200 faults
    python -m benchmarks.faults --faults 1500 --seed 2
    python -m benchmarks.faults --markdown docs/faults.md

Every fault belongs to a kind and is called noticeable or unrevealable from the truth, before anything is
read. A noticeable one must hold or refuse the document, or leave every value as it was. Ends with status 1 if
one is missed or a faultless document is held.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zc_pipeline.model import Verdict

from .planting import drawn, page_text, rows
from .planting.documents import TrueDocument, controls, read_file, true_documents
from .planting.judging import Outcome, copy_pages, outcome_of, refused_by_gates
from .planting.kinds import Kind, Level, Planted

KINDS: tuple[Kind, ...] = (*drawn.KINDS, *page_text.KINDS, *rows.KINDS)
_FAULTS_PER_CONTROL = 50  # so many faults bring one further control
_TRIES = 40  # documents asked before a kind has no place left


@dataclass(frozen=True)
class Result:
    """One planted fault and what became of it."""

    kind: Kind
    document: str
    planted: Planted
    outcome: Outcome

    @property
    def is_missed(self) -> bool:
        """Whether wrong values were handed out though a reader of the page could have noticed."""
        return self.planted.noticeable and self.outcome is Outcome.ACCEPTED

    @property
    def words(self) -> str:
        """Kind, document and place."""
        return f"{self.kind.level.value}: {self.kind.name}: {self.document}, {self.planted.place}"


@dataclass(frozen=True)
class Report:
    """Everything that one run found."""

    results: tuple[Result, ...]
    controls: int
    held_controls: tuple[str, ...]
    seconds: float
    seed: int
    documents: int

    @property
    def missed(self) -> list[Result]:
        """Noticeable faults that were not found."""
        return [result for result in self.results if result.is_missed]

    @property
    def noticeable(self) -> list[Result]:
        """Faults that have to be found."""
        return [result for result in self.results if result.planted.noticeable]

    @property
    def is_good(self) -> bool:
        """Whether nothing was missed and no control was held."""
        return not self.missed and not self.held_controls


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    parser.add_argument("--faults", type=int, default=1200, help="how many to plant (default 1200)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--markdown", help="Markdown file for the table")
    options = parser.parse_args(arguments)
    report = run(options.faults, options.seed)
    print(render_text(report))
    if options.markdown:
        Path(options.markdown).write_text(render_markdown(report), encoding="utf-8")
        print(f"written: {options.markdown}")
    return 0 if report.is_good else 1


def run(faults: int, seed: int) -> Report:
    """Plants so many faults, evenly over the kinds, and reads the controls; equal seeds, equal results."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
        folder = Path(scratch)
        documents = list(true_documents(folder, seed))
        clean = [*documents, *_further_controls(folder, documents, seed, faults // _FAULTS_PER_CONTROL)]
        held = {control.name for control in clean if control.reading.verdict is not Verdict.ACCEPTED}
        held |= refused_by_gates(clean)
        results = []
        for kind, document, planted in plan(documents, faults, seed):
            outcome = outcome_of(document, planted, folder)
            results.append(Result(kind, document.name, planted, outcome))
    return Report(
        tuple(results), len(clean), tuple(sorted(held)), time.monotonic() - started, seed, len(documents)
    )


def plan(
    documents: Sequence[TrueDocument], faults: int, seed: int
) -> Iterator[tuple[Kind, TrueDocument, Planted]]:
    """Chooses the faults: the kinds in turn, each through the documents; no fault is planted twice.

    A kind with no other place left drops out, and the others get its share.
    """
    chances = {kind: random.Random(f"{seed}/{kind.level}/{kind.name}") for kind in KINDS}
    turns = {kind: chances[kind].sample(documents, len(documents)) for kind in KINDS}
    seen: set[tuple[Kind, str, str]] = set()
    left, planted_count = random.Random(seed).sample(KINDS, len(KINDS)), 0
    while left and planted_count < faults:
        for kind in tuple(left):
            if planted_count == faults:
                return
            found = _next(kind, turns[kind], chances[kind], seen)
            if found is None:
                left.remove(kind)
                continue
            planted_count += 1
            yield kind, *found


def _next(
    kind: Kind, turns: list[TrueDocument], chance: random.Random, seen: set[tuple[Kind, str, str]]
) -> tuple[TrueDocument, Planted] | None:
    for _ in range(_TRIES):
        document = turns.pop(0)
        turns.append(document)
        planted = kind.plant(document, chance)
        if planted is None or (kind, document.name, planted.place) in seen:
            continue
        seen.add((kind, document.name, planted.place))
        return document, planted
    return None


def _further_controls(
    folder: Path, documents: Sequence[TrueDocument], seed: int, count: int
) -> Iterator[TrueDocument]:
    """Faultless files that stand for what planting does: other contents, and pages copied in their order."""
    yield from controls(folder, seed, count)
    for document in documents[: min(count, len(documents))]:
        path = folder / f"{document.name}-copy.pdf"
        copy_pages(document.path, tuple(range(1, document.page_count + 1)), path)
        yield read_file(f"{document.name}, pages copied", path)


# --- the report ------------------------------------------------------------------------------------

_FOUND = (Outcome.HELD, Outcome.GATE, Outcome.COPY, Outcome.SAME)


def _groups(results: Iterable[Result], level: Level, *, noticeable: bool) -> dict[Kind, list[Result]]:
    found: dict[Kind, list[Result]] = {}
    for kind in KINDS:
        group = [r for r in results if r.kind is kind and r.planted.noticeable == noticeable]
        if group and kind.level is level:
            found[kind] = group
    return found


def _counts(group: Sequence[Result]) -> list[int]:
    return [
        len(group),
        *(sum(r.outcome is outcome for r in group) for outcome in (*_FOUND, Outcome.ACCEPTED)),
    ]


def _rate(report: Report) -> str:
    wanted = report.noticeable
    return f"{100 * (1 - len(report.missed) / len(wanted)):.2f} %" if wanted else "none planted"


def _total(report: Report) -> str:
    return (
        f"{len(report.results)} faults: {len(report.noticeable)} noticeable, "
        f"{len(report.missed)} of them missed ({_rate(report)} found); "
        f"{len(report.results) - len(report.noticeable)} unrevealable; "
        f"{report.controls} controls, {len(report.held_controls)} held; {report.seconds:.0f} s"
    )


def render_text(report: Report) -> str:
    """The table for a terminal."""
    lines = []
    for noticeable in (True, False):
        for level in Level:
            lines.append(f"\n{level.value}, {'noticeable' if noticeable else 'unrevealable'}")
            lines.append("planted  held  gate  copy  same  accepted  kind")
            for kind, group in _groups(report.results, level, noticeable=noticeable).items():
                planted, held, gate, copy, same, accepted = _counts(group)
                lines.append(f"{planted:7} {held:5} {gate:5} {copy:5} {same:5} {accepted:9}  {kind.name}")
    lines.append("")
    lines += [f"MISSED {result.words}" for result in report.missed]
    lines += [f"HELD CONTROL {name}" for name in report.held_controls]
    return "\n".join([*lines, _total(report)])


def render_markdown(report: Report) -> str:
    """The page for the documentation."""
    command = f"python -m benchmarks.faults --faults {len(report.results)} --seed {report.seed}"
    lines = [
        "# The fault table",
        "",
        "Who guards the gates? This page is written by a program that takes documents without fault, plants "
        "one fault in a copy, reads it and looks whether the document is held.",
        "",
        "```sh",
        f"{command} --markdown docs/faults.md",
        "```",
        "",
        f"**{_total(report)}.** Equal arguments plant equal faults. The command ends with status 1 if a "
        "noticeable fault is missed or a control is held. The test suite runs a share of the same with a "
        "fixed seed.",
        "",
        "## How to read it",
        "",
        f"- **Documents:** the sample in `data/raw` and {report.documents - 1} drawn ones: every kind of "
        "page break, with and without footers, totals, unit rows and indents, in 万元 and 元.",
        "- **Noticeable** is a fault that a careful reader of the page (or of the table at that level) could "
        "see by arithmetic, numbering or structure. This is decided from the truth, before anything is read.",
        "- **Held:** the parser holds or refuses the document. **By a gate:** the parser accepts it, and a "
        "table's gate holds it when the pipeline makes the tables; `read_disclosure` alone does not ask it.",
        "- **Copy dropped:** what is printed twice is read once, and the count of joined rows says so "
        "(`documents.joined_row_count`, and `stitched_rows.is_possible_repeat` marks the copy). "
        "**Same values:** the document is accepted, and every value is the true document's.",
        "- **Missed:** a wrong value was handed out. Of unrevealable faults this is *accepted*: it is no "
        "fault of the gates, but what acceptance does not promise.",
        "- **Drawn page:** the fault is on paper, and both PDF libraries read it. **Page text** and "
        "**stitched rows:** the fault lies between two stages, as if a stage had gone wrong.",
        f"- **Controls:** {report.controls} documents without fault, the true ones among them, through the "
        f"parser and the gates of the tables: {len(report.held_controls)} held.",
        "",
        "## Noticeable faults",
        "",
    ]
    for level in Level:
        lines += [
            f"### {level.value.capitalize()}",
            "",
            "| fault | planted | held | by a gate | copy dropped | same values | missed |",
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
        ]
        groups = _groups(report.results, level, noticeable=True)
        lines += [_row(kind.name, _counts(group)) for kind, group in groups.items()]
        everything = [result for group in groups.values() for result in group]
        lines += [_row("**all**", _counts(everything)), ""]
    lines += ["### Missed", ""]
    lines += [f"- {result.words}" for result in report.missed] or ["None."]
    lines += [
        "",
        "## Unrevealable faults",
        "",
        "Nothing printed contradicts these; no arithmetic and no structure reveals them. An accepted "
        "document does not promise that they are not there.",
        "",
        "| level | fault | why | planted | held | same values | accepted |",
        "| --- | --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for level in Level:
        for kind, group in _groups(report.results, level, noticeable=False).items():
            planted, held, gate, copy, same, accepted = _counts(group)
            cells = (level.value, kind.name, kind.why, planted, held + gate, copy + same, accepted)
            lines.append("| " + " | ".join(map(str, cells)) + " |")
    lines += [
        "",
        "## What it has found",
        "",
        "Runs with seeds 1 and 2 missed these, which are held since: a level of one kind below another's "
        "code; a line that a page break cuts, read from both pages; stitched rows in another order; a part "
        "of a row given to the row above; the total taken for a heading or a unit; a project named （续） "
        "alone. Seed 1 served to find them and was run several times; seed 2, run once after the repairs of "
        "seed 1, missed 1 of 1,076 noticeable faults: the last of the list.",
        "",
        "## What it does not show",
        "",
        "- Faults of a PDF's inner life (fonts, overlays, clips at odd places, missing rules) are not "
        "planted here; the tests of the page reader and the corpus of drawn tables cover these.",
        "- A changed amount differs by at least 1 in the printed unit (by 0.01 where the table says so): "
        "smaller changes can lie within what the rounding of the other amounts explains.",
        "- Faults are single. Two that cancel each other out are unrevealable by arithmetic.",
    ]
    return "\n".join(lines) + "\n"


def _row(name: str, counts: Sequence[int]) -> str:
    return f"| {name} | " + " | ".join(map(str, counts)) + " |"


if __name__ == "__main__":
    raise SystemExit(main())
