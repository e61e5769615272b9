"""How many target tables are read exactly, whatever printed them?

    python -m benchmarks.exactness --documents 30
    python -m benchmarks.exactness --documents 700 --long 60 --write docs/exactness.md

Draws tables of known content with every engine that is installed, reads each file, compares every value with
what was printed, and prints one line per engine and variation. Ends with status 1 if a value that differs
from its page was handed out as good.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

from . import baselines
from .comparing import Outcome, Result, read_and_judge, summed
from .corpus import ENGINES, VARIATIONS, Document, Engine, make_document, refusal
from .corpus.finish import finish
from .findings import machine, versions

_LIBRARIES = ("pypdfium2", "pdfplumber", "pdfminer.six", "camelot-py", "tabula-py")
_BATCH = {"calc": 10, "writer": 10}
_LONG_ENGINES = ("reportlab", "platypus", "typst", "writer")
_A5 = (419.53, 595.28)
_LONG_LOOKS: tuple[dict[str, Any], ...] = (
    {"page_size": _A5, "landscape": True, "font_size": 8.0, "margin": 36.0},
    {"font_size": 12.0, "margin": 50.0},
)
"""Little on a page gives many page breaks for the time it takes to read."""

_WIDE = ("two_tier_subtotal", "two_tier_parts", "all_sources", "columns_extra")
"""On the small page the columns of these are so narrow that rows do not fit on a page: text is lost."""

_MIX_EVERY = 4
_LONG_UNITS = 24
_NOT_LONG = (
    "row_over_pages",
    "forty_indicators",
    "two_departments",
    "printed_twice",
    "unit_missing",
    "unit_contradictory",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark; returns the exit status."""
    options = _options(arguments)
    engines = [engine for engine in ENGINES if not options.engine or engine.name in options.engine]
    present = []
    for engine in engines:
        reason = engine.missing()
        if reason:
            print(f"skipped: {engine.name}: {reason}", flush=True)
        else:
            print(f"engine: {engine.name}: {engine.version()}", flush=True)
            present.append(engine)
    if not present:
        print("No engine is left to draw with.")
        return 2
    plan = plan_corpus(present, options)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="corpus-") as scratch:
        folder = Path(options.keep or scratch)
        folder.mkdir(parents=True, exist_ok=True)
        results, others, undrawn = run(plan, folder, options)
    seconds = time.monotonic() - started
    report = Report(results, others, undrawn, present, seconds, options)
    print(report.text())
    if options.write:
        Path(options.write).write_text(report.markdown(), encoding="utf-8")
        print(f"written: {options.write}")
    if options.details:
        Path(options.details).write_text(report.details(), encoding="utf-8")
    return 1 if summed(results, "wrong") else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.exactness", description=__doc__)
    parser.add_argument("--documents", type=int, default=60, help="how many to draw (default 60)")
    parser.add_argument("--long", type=int, help="how many of them are long (default 1 in 12)")
    parser.add_argument(
        "--long-units",
        type=int,
        default=_LONG_UNITS,
        help="how many times longer these are (default %(default)s)",
    )
    parser.add_argument("--engine", action="append", help="only this engine; may be given several times")
    parser.add_argument(
        "--variation", action="append", help="only this variation; may be given several times"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--baselines", type=int, default=0, help="also read so many with the usual readers")
    parser.add_argument("--keep", help="folder for the drawn files; otherwise they are thrown away")
    parser.add_argument("--write", help="Markdown file for the table")
    parser.add_argument("--details", help="JSON file with every document's outcome")
    return parser.parse_args(arguments)


# --- what to draw ----------------------------------------------------------------------------------


def plan_corpus(engines: Sequence[Engine], options: argparse.Namespace) -> list[tuple[Engine, Document]]:
    """Chooses documents: engines in turn, each through all its variations in an order of its own.

    Every fourth document mixes variations. An engine's second round has other seeds.
    """
    names = options.variation or [*VARIATIONS]
    long_count = options.documents // 12 if options.long is None else options.long
    sources = {engine.name: _documents(engine, names, options.seed) for engine in engines}
    plan: list[tuple[Engine, Document]] = []
    turns = cycle(engines)
    idle = 0
    while len(plan) < options.documents - long_count and idle < len(engines):
        engine = next(turns)
        document = next(sources[engine.name], None)
        idle = idle + 1 if document is None else 0
        if document is not None:
            plan.append((engine, document))
    patient = [engine for engine in engines if engine.name in _LONG_ENGINES] or list(engines)
    fitting = [name for name in names if name not in _NOT_LONG] or names
    for number, engine in zip(range(long_count), cycle(patient)):
        made = _long_document(engine, fitting, options.seed + number, options.long_units)
        if made is not None:
            plan.append((engine, made))
    return plan


def _documents(engine: Engine, names: Sequence[str], seed: int) -> Iterator[Document]:
    """Yields an engine's documents without end, or none if it can draw none of the variations."""
    chance = random.Random(f"{engine.name}/{seed}")
    own = [known.name for known in ENGINES].index(engine.name) * 100_000_000
    mixing = len(names) == len(VARIATIONS)
    for round_number in range(1_000):
        order = list(names)
        chance.shuffle(order)
        made = 0
        for place, name in enumerate(order):
            wanted = [name, "mix"] if mixing and place % (_MIX_EVERY - 1) == 0 else [name]
            for variation in wanted:
                document = _first_drawable(
                    engine, variation, own + seed * 10_000 + round_number * 100 + place
                )
                if document is not None:
                    made += 1
                    yield document
        if not made:
            return


def _first_drawable(engine: Engine, variation: str, seed: int) -> Document | None:
    """A mix that an engine cannot print gets other seeds; a named variation is tried twice."""
    for attempt in range(12 if variation == "mix" else 2):
        document = make_document(variation, seed + 1_000_000 * attempt)
        if refusal(engine, document) is None:
            return document
    return None


def _long_document(engine: Engine, names: Sequence[str], seed: int, scale: int) -> Document | None:
    chance = random.Random(f"long/{engine.name}/{seed}")
    for attempt in range(20):
        name = chance.choice(names)
        document = make_document(name, 50_000_000 + seed * 100 + attempt, scale=scale)
        size = chance.choice(_LONG_LOOKS)
        if name in _WIDE:
            size = _LONG_LOOKS[-1]
        document = replace(document, name=f"long-{document.name}", look=replace(document.look, **size))
        if refusal(engine, document) is None:
            return document
    return None


# --- drawing and reading ---------------------------------------------------------------------------


def run(
    plan: Sequence[tuple[Engine, Document]], folder: Path, options: argparse.Namespace
) -> tuple[list[Result], dict[str, list[Result]], list[str]]:
    """Draws and reads everything.

    Returns:
        results of the package; results of each baseline; documents that could not be drawn, with the error.
    """
    sampled = {id(document) for _, document in _sample(plan, options.baselines, options.seed)}
    batches = list(_batches(plan, sampled))
    results: list[Result] = []
    others: dict[str, list[Result]] = defaultdict(list)
    undrawn: list[str] = []
    started = time.monotonic()
    with ProcessPoolExecutor(options.processes) as pool:
        waiting = [
            pool.submit(_run_batch, engine.name, documents, chosen, folder, bool(options.keep))
            for engine, documents, chosen in batches
        ]
        for number, done in enumerate(as_completed(waiting), 1):
            found, compared, errors = done.result()
            results += found
            undrawn += errors
            for name, more in compared.items():
                others[name] += more
            print(
                f"[{number}/{len(waiting)}] {time.monotonic() - started:5.0f} s  "
                f"{found[0].engine if found else '-':10}  {len(results)} documents, "
                f"{sum(result.page_breaks for result in results)} page breaks, "
                f"{summed(results, 'exact')} exact, {summed(results, 'held')} held, "
                f"{summed(results, 'refused')} refused, {summed(results, 'wrong')} wrong",
                flush=True,
            )
            for error in errors:
                print(f"  not drawn: {error}", flush=True)
    return results, dict(others), undrawn


def _sample(plan: Sequence[tuple[Engine, Document]], count: int, seed: int) -> list[tuple[Engine, Document]]:
    short = [item for item in plan if not item[1].name.startswith("long-") and not item[1].must_hold]
    return random.Random(seed).sample(short, min(count, len(short)))


def _batches(
    plan: Sequence[tuple[Engine, Document]], sampled: set[int]
) -> Iterator[tuple[Engine, list[Document], set[str]]]:
    """Groups documents by engine, long ones alone and first, for the last process not to wait long."""
    waiting: dict[str, list[Document]] = defaultdict(list)
    engines = {engine.name: engine for engine, _ in plan}
    for engine, document in plan:
        if document.name.startswith("long-"):
            yield engine, [document], set()
        else:
            waiting[engine.name].append(document)
    for name, documents in waiting.items():
        size = _BATCH.get(name, 5)
        for start in range(0, len(documents), size):
            batch = documents[start : start + size]
            yield engines[name], batch, {item.name for item in batch if id(item) in sampled}


def _run_batch(
    name: str, documents: list[Document], sampled: set[str], folder: Path, keep: bool
) -> tuple[list[Result], dict[str, list[Result]], list[str]]:
    """Draws some documents with one engine and reads them, in a process of its own."""
    engine = next(engine for engine in ENGINES if engine.name == name)
    target = folder / name
    target.mkdir(exist_ok=True)
    errors = _draw(engine, documents, target)
    results: list[Result] = []
    others: dict[str, list[Result]] = defaultdict(list)
    for document in documents:
        path = target / f"{document.name}.pdf"
        if document.name in errors or not path.exists():
            errors.setdefault(document.name, "no file")
            continue
        finish(path, document, engine.native)
        started = time.monotonic()
        result = read_and_judge(name, document, path)
        result.seconds = time.monotonic() - started
        results.append(result)
        if document.name in sampled:
            for baseline in baselines.BASELINES:
                if baseline.missing() is None:
                    others[baseline.name].append(baselines.measure(baseline, name, document, path))
        if not keep:
            path.unlink()
    return results, dict(others), [f"{name} {stem}: {error}" for stem, error in errors.items()]


def _draw(engine: Engine, documents: Sequence[Document], folder: Path) -> dict[str, str]:
    """Draws documents; what an engine fails on is named, and the others are drawn all the same."""
    try:
        return engine.draw(documents, folder)
    except Exception as error:
        if len(documents) == 1:
            return {documents[0].name: f"{type(error).__name__}: {error}"}
    failed = [_draw(engine, [document], folder) for document in documents]
    return {name: reason for one in failed for name, reason in one.items()}


# --- the report ------------------------------------------------------------------------------------

_OUTCOMES: tuple[Outcome, ...] = ("exact", "held", "refused", "wrong")


class Report:
    """The outcome as text, Markdown or JSON."""

    def __init__(
        self,
        results: Sequence[Result],
        others: dict[str, list[Result]],
        undrawn: Sequence[str],
        engines: Sequence[Engine],
        seconds: float,
        options: argparse.Namespace,
    ) -> None:
        self._results = sorted(results, key=lambda r: (r.engine, r.document.variation, r.document.name))
        self._others = others
        self._undrawn = undrawn
        self._engines = engines
        self._seconds = seconds
        self._options = options

    def text(self) -> str:
        """The whole table, the reasons and the differences, for a terminal."""
        lines = ["", _line("engine", "variation", "docs", "breaks", "exact", "held", "refused", "WRONG")]
        for (engine, variation), group in self._groups().items():
            codes = _codes(group)
            lines.append(_counted(engine, variation, group) + (f"  {codes}" if codes else ""))
        lines += ["", _line("engine", "", "docs", "breaks", "exact", "held", "refused", "WRONG")]
        for engine in sorted({result.engine for result in self._results}):
            group = [result for result in self._results if result.engine == engine]
            lines.append(_counted(engine, "all", group))
        lines += ["", "reasons: " + (_codes(self._results) or "none")]
        for result in self._results:
            if result.outcome == "wrong":
                lines.append(f"WRONG {result.engine} {result.document.name} {result.document.parts}")
                lines += [f"    {difference}" for difference in result.differences[:4]]
        for name, group in self._others.items():
            lines.append(f"baseline {name}: {_baseline_words(group)}")
        lines += [f"not drawn: {error}" for error in self._undrawn]
        lines += ["", self.total()]
        return "\n".join(lines)

    def total(self) -> str:
        """The last line."""
        results = self._results
        free = [result for result in results if not result.document.must_hold]
        share = 100 * summed(free, "exact") / len(free) if free else 0.0
        kept = [result for result in results if result.document.must_hold and result.outcome != "wrong"]
        return (
            f"total: {len(results)} documents, {sum(r.page_breaks for r in results)} page breaks, "
            f"{sum(r.pages for r in results)} pages: {summed(results, 'exact')} exact "
            f"({share:.1f} % of those that can be), {summed(results, 'held')} held "
            f"({len(kept)} of them rightly), "
            f"{summed(results, 'refused')} refused, {summed(results, 'wrong')} silently wrong, "
            f"in {self._seconds:.0f} s"
        )

    def markdown(self) -> str:
        """The page for the documentation."""
        command = ["python -m benchmarks.exactness", f"--documents {self._options.documents}"]
        for name in ("long", "baselines"):
            if getattr(self._options, name):
                command.append(f"--{name} {getattr(self._options, name)}")
        if self._options.long_units != _LONG_UNITS:
            command.append(f"--long-units {self._options.long_units}")
        command.append(f"--seed {self._options.seed} --write {self._options.write}")
        heads = "| documents | page breaks | exact | held | refused | silently wrong |"
        rule = "| ---: | ---: | ---: | ---: | ---: | ---: |"
        lines = [
            "# How exactly tables are read",
            "",
            "<!-- Written by benchmarks/exactness.py; do not edit. -->",
            "",
            "Tables of known content, printed by programs of independent makers in many ways, read by "
            "`read_disclosure`, and every value compared with what the page shows. *Silently wrong* is a "
            "document that was accepted although a value differs: this number must be 0. *Held* and "
            "*refused* documents name a reason and hand out nothing.",
            "",
            f"**{self.total()[len('total: ') :]}.**",
            "",
            "## To repeat",
            "",
            "```sh",
            "python -m pip install -r benchmarks/requirements.txt",
            "apt-get install chromium libreoffice-calc libreoffice-writer libpango-1.0-0 libpangoft2-1.0-0 "
            "fonts-wqy-zenhei fonts-noto-cjk default-jre-headless  # Debian; what is missing is skipped",
            " ".join(command),
            "```",
            "",
            f"Last run: {machine()}; {'; '.join(engine.version() for engine in self._engines)}; "
            f"{versions(_LIBRARIES)}.",
            "",
            "## By engine",
            "",
            f"| engine {heads}",
            f"| --- {rule}",
        ]
        for engine in sorted({result.engine for result in self._results}):
            group = [result for result in self._results if result.engine == engine]
            lines.append(f"| {engine} | {_cells(group)} |")
        lines += ["", "## By variation", "", f"| variation {heads} reasons |", f"| --- {rule} --- |"]
        for variation in sorted({result.document.variation for result in self._results}):
            group = [result for result in self._results if result.document.variation == variation]
            lines.append(f"| {variation} | {_cells(group)} | {_codes(group)} |")
        lines += ["", "## By engine and variation", "", f"| engine | variation {heads} reasons |"]
        lines += [f"| --- | --- {rule} --- |"]
        for (engine, variation), group in self._groups().items():
            lines.append(f"| {engine} | {variation} | {_cells(group)} | {_codes(group)} |")
        if self._others:
            lines += [
                "",
                "## The usual readers on a sample",
                "",
                "Each followed by the joining a user would write (`benchmarks/baselines.py`), compared with "
                "the same truth, blanks and widths of characters not counted. None of them says which "
                "documents are wrong; *failed* is no table at all or an error.",
                "",
                "| reader | documents | exact | wrong | failed | projects right |",
                "| --- | ---: | ---: | ---: | ---: | ---: |",
            ]
            own = self._own_sample()
            counts = " | ".join(str(summed(own, outcome)) for outcome in ("exact", "wrong"))
            unread = summed(own, "held") + summed(own, "refused")
            lines.append(f"| zc_pipeline | {len(own)} | {counts} | {unread} (held or refused) | – |")
            for name, group in self._others.items():
                counts = " | ".join(str(summed(group, outcome)) for outcome in ("exact", "wrong", "failed"))
                lines.append(f"| {name} | {len(group)} | {counts} | {_projects_right(group)} |")
        return "\n".join(lines) + "\n"

    def details(self) -> str:
        """Every document as JSON."""
        rows = [
            {
                "engine": result.engine,
                "document": result.document.name,
                "parts": result.document.parts,
                "outcome": result.outcome,
                "pages": result.pages,
                "seconds": round(result.seconds, 2),
                "codes": result.codes,
                "messages": result.messages,
                "differences": [str(difference) for difference in result.differences],
            }
            for result in [*self._results, *(r for group in self._others.values() for r in group)]
        ]
        return json.dumps(rows, ensure_ascii=False, indent=1)

    def _own_sample(self) -> list[Result]:
        names = {(r.engine.split("/")[0], r.document.name) for group in self._others.values() for r in group}
        return [result for result in self._results if (result.engine, result.document.name) in names]

    def _groups(self) -> dict[tuple[str, str], list[Result]]:
        groups: dict[tuple[str, str], list[Result]] = defaultdict(list)
        for result in self._results:
            groups[result.engine, result.document.variation].append(result)
        return groups


def _line(engine: str, variation: str, *counts: object) -> str:
    return f"{engine:11}{variation:19}" + "".join(f"{count!s:>9}" for count in counts)


def _counted(engine: str, variation: str, group: Sequence[Result]) -> str:
    breaks = sum(result.page_breaks for result in group)
    return _line(engine, variation, len(group), breaks, *(summed(group, outcome) for outcome in _OUTCOMES))


def _cells(group: Sequence[Result]) -> str:
    breaks = sum(result.page_breaks for result in group)
    counts = [len(group), breaks, *(summed(group, outcome) for outcome in _OUTCOMES)]
    return " | ".join(map(str, counts))


def _codes(group: Iterable[Result]) -> str:
    """Reasons of held and refused documents, each with the number of documents."""
    counts = Counter(
        code for result in group if result.outcome in ("held", "refused") for code in result.codes
    )
    return ", ".join(f"{code} {count}" for code, count in counts.most_common())


def _baseline_words(group: Sequence[Result]) -> str:
    return (
        f"{len(group)} documents, {summed(group, 'exact')} exact, {summed(group, 'wrong')} wrong, "
        f"{summed(group, 'failed')} failed, {_projects_right(group)} of the projects right, "
        f"{sum(result.seconds for result in group):.0f} s"
    )


def _projects_right(group: Sequence[Result]) -> str:
    projects = sum(result.projects for result in group)
    return f"{100 * sum(result.projects_right for result in group) / projects:.0f} %" if projects else "-"


if __name__ == "__main__":
    sys.exit(main())
