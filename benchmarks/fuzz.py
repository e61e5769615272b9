"""Damaged files and inputs by the thousand: does any hang, crash the batch, or come out silently wrong?

    python -m benchmarks.fuzz                                        # a few hundred of each
    python -m benchmarks.fuzz --mutants 10000 --items 90000 --workers 2 --write docs/fuzz.md
    python -m benchmarks.fuzz --mutants 500 --only "character maps" --keep out/fuzz

Mutants are PDFs: each is read in a throw-away process like any file of a run, joined and judged, and what is
accepted is held against a picture of its pages. Items are inputs of the parse rooms, changed by a fuzzer
that is led by the code they reach. Ends with status 1 if a file or input hangs, raises, or is accepted with
values that its page does not draw. `--keep` leaves such files in a folder.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from zc_pipeline.storage.files import replace_file, text_writer

from .fuzzing.guided import RoomsReport, missing, run_rooms
from .fuzzing.judge import Judgement
from .fuzzing.mutants import Case, Counts, MutantReport, run_mutants
from .fuzzing.mutators import MUTATORS
from .fuzzing.pictures import poppler_missing
from .fuzzing.seeds import load_seeds

_COLUMNS = ("mutants", "accepted", "held", "refused", "limit hit", "reader crashed", "hang", "fault")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--mutants", type=int, default=400, help="damaged files (default 400)")
    parser.add_argument("--items", type=int, default=2000, help="inputs of the parse rooms (default 2000)")
    parser.add_argument("--seed", type=int, default=1, help="of all chance (default 1)")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: cores)")
    parser.add_argument("--only", action="append", default=[], choices=sorted(MUTATORS), metavar="MUTATOR")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="folder for files that must be looked at")
    parser.add_argument("--write", type=Path, metavar="FILE.md", help="Markdown file for the tables")
    options = parser.parse_args(arguments)
    for reason in filter(None, (poppler_missing(), missing())):
        print(f"without: {reason}", flush=True)
    mutants = run_mutants(
        options.mutants,
        options.seed,
        workers=options.workers,
        only=options.only,
        keep=options.keep,
        progress=True,
    )
    rooms = (
        run_rooms(options.items, options.seed, workers=options.workers) if options.items else RoomsReport()
    )
    print(render_text(mutants, rooms))
    if options.write:
        text = render_markdown(mutants, rooms, options.seed)
        replace_file(options.write, text_writer(text))
        print(f"written: {options.write}")
    return 1 if mutants.cases or rooms.broken else 0


# --- rendering ------------------------------------------------------------------------------------


def _cells(counts: Counts) -> tuple[int, ...]:
    verdicts = [counts.verdicts[one] for one in ("accepted", "held", "refused")]
    return (counts.mutants, *verdicts, counts.limits, counts.crashed_readers, counts.hangs, counts.faults)


def _judged(counts: Counts) -> tuple[int, ...]:
    return tuple(counts.judgements[one.value] for one in Judgement)


def _total(mutants: MutantReport, rooms: RoomsReport) -> str:
    whole = mutants.total
    wrong = whole.judgements[Judgement.WRONG.value]
    return (
        f"{whole.mutants + rooms.inputs:,} cases: {whole.mutants:,} damaged files and {rooms.inputs:,} "
        "damaged "
        f"inputs; {whole.hangs} hang, {whole.faults + len(rooms.broken)} faults of the program, {wrong} "
        "accepted "
        "with values that their page does not draw"
    )


def render_text(mutants: MutantReport, rooms: RoomsReport) -> str:
    """The tables for a terminal."""
    lines = [" ".join(f"{name:>14}" for name in _COLUMNS) + "  mutator"]
    for name, counts in [*mutants.counts.items(), ("all", mutants.total)]:
        lines.append(" ".join(f"{cell:>14,}" for cell in _cells(counts)) + f"  {name}")
    lines.append("")
    for judgement, count in zip(Judgement, _judged(mutants.total), strict=True):
        lines.append(f"{count:>8,}  {judgement.value}")
    lines.append("")
    lines += [f"{count:>8,}  {outcome}" for outcome, count in sorted(rooms.outcomes.items())]
    lines += [f"TO LOOK AT  {_words(case)}" for case in mutants.cases]
    lines += [f"BROKEN  {times} times: {first}" for times, first in rooms.broken.values()]
    rate = mutants.total.mutants / max(mutants.seconds, 0.01)
    lines.append(
        f"{_total(mutants, rooms)}; {mutants.seconds:.0f} s ({rate:.1f} files a second) and "
        f"{rooms.seconds:.0f} s "
        f"({rooms.fuzzer}, {rooms.branches or 'no'} branches counted)"
    )
    return "\n".join(lines)


def _words(case: Case) -> str:
    return f"{case.name}: {case.what}: {'; '.join(case.words[:3])}{f' · {case.file}' if case.file else ''}"


def render_markdown(mutants: MutantReport, rooms: RoomsReport, seed: int) -> str:
    """The page of the docs."""
    return "\n".join(_markdown(mutants, rooms, seed)) + "\n"


def _markdown(mutants: MutantReport, rooms: RoomsReport, seed: int) -> Iterator[str]:
    whole = mutants.total
    yield from (
        "# Fuzzing",
        "",
        "PDFs come from strangers and from programs nobody has seen. This page is written by a program "
        "that damages "
        "files and inputs in thousands of ways and looks what becomes of them.",
        "",
        "```sh",
        f"python -m benchmarks.fuzz --mutants {whole.mutants} --items {rooms.inputs} --seed {seed} --write "
        "docs/fuzz.md",
        "```",
        "",
        f"**{_total(mutants, rooms)}.** The command ends with status 1 if any of these is not 0. The test "
        "suite runs "
        "a share of the same with a fixed seed.",
        "",
        "## Damaged files",
        "",
        f"Seeds: {len(load_seeds())} tables of one or two pages from {_programs()}, and now and then the "
        "fixtures and "
        "pages of the sample. Each mutant is read in a process of its own under the default limits, "
        "joined, judged; "
        f"the slowest took {mutants.slowest:.1f} s of a core.",
        "",
        f"| damage | {' | '.join(_COLUMNS)} |",
        "| --- |" + " ---: |" * len(_COLUMNS),
        *(_row(name, _cells(counts)) for name, counts in mutants.counts.items()),
        _row("**all**", _cells(whole)),
        "",
        "*Limit hit* and *reader crashed* are refused, with the limit or the crash as the reason. A *hang* "
        "is a file "
        "without a verdict in its time; a *fault* an error of this program's own.",
        "",
        "## Are the accepted ones right?",
        "",
        f"Renderers: {' and '.join(mutants.renderers)}. A copy that is accepted is drawn, and its picture "
        "held against the "
        "seed's, character by character. What is read must be drawn there, in pixels that are the seed's "
        "or look "
        "like that character; what is drawn as before must still be read; nothing else may be drawn in the "
        "table; "
        "values may differ only by characters whose picture differs. A copy that draws another letter and "
        "is read "
        "so is another document.",
        "",
        f"| damage | {' | '.join(one.value for one in Judgement)} |",
        "| --- |" + " ---: |" * len(Judgement),
        *(
            _row(name, _judged(counts))
            for name, counts in mutants.counts.items()
            if counts.judgements.total()
        ),
        _row("**all**", _judged(whole)),
        "",
        "*Renderers differ*: one shows what is read, the other does not; damaged files have no one "
        "picture. A "
        "renderer that draws nothing at all is not asked.",
        "",
        "### Read otherwise than drawn, or without a verdict",
        "",
        *(
            [f"- `{case.name}`: {case.what}: {'; '.join(case.words[:2])}" for case in mutants.cases[:60]]
            or ["None."]
        ),
        *([f"- and {len(mutants.cases) - 60} more"] if len(mutants.cases) > 60 else []),
        "",
        "## Damaged inputs of the parse rooms",
        "",
        f"{rooms.inputs:,} inputs in {rooms.seconds:,.0f} s: pages of characters and rules, page items "
        "over pages, "
        "texts. What must hold of any: no error but this package's own; the same input gives the same "
        "result; every "
        "character is in a cell, a line, or counted as not shown; none is invented; what is accepted adds "
        "up by "
        f"arithmetic that is not the parser's. Led by: {rooms.fuzzer}"
        + (f", {rooms.branches:,} branches of `zc_pipeline.parse` seen." if rooms.branches else "."),
        "",
        "| input | what became of it | inputs |",
        "| --- | --- | ---: |",
        *(
            f"| {kind} | {outcome} | {count:,} |"
            for (kind, outcome), count in sorted(_grouped(rooms).items())
        ),
        "",
        "### Broken promises",
        "",
        *([f"- {times} times: {first}" for times, first in rooms.broken.values()] or ["None."]),
        "",
        "## What it does not show",
        "",
        "- A picture says what characters look like, not what they mean: a font whose shapes were drawn "
        "wrongly from "
        "the start looks as its maker drew it.",
        "- The judge compares with the seed. Characters that the seed does not draw are only looked for as "
        "ink.",
        "- Text below the table, such as a page's number, is no value and is not judged.",
        "- Two characters printed over each other, both read, count as drawn though nobody can read them.",
    )


def _programs() -> str:
    names = sorted({seed.name.split("_")[0] for seed in load_seeds()})
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _grouped(rooms: RoomsReport) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for words, count in rooms.outcomes.items():
        kind, _, outcome = words.partition(": ")
        if kind == "text":
            outcome = "an amount" if outcome.startswith("amount,") else "no amount"
        found[kind, outcome] = found.get((kind, outcome), 0) + count
    return found


def _row(name: str, cells: Sequence[int]) -> str:
    return f"| {name} | {' | '.join(f'{cell:,}' for cell in cells)} |"


if __name__ == "__main__":
    raise SystemExit(main())
