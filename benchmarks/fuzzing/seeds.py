"""The documents that are damaged: one or two small pages each, printed by programs of independent makers.

    python -m benchmarks.fuzzing.seeds

writes them anew to `zc_pipeline_tests/fuzz/seeds`, for the programs that are installed. All of them are
accepted as they are, and their fonts draw real shapes: the picture of a page says which characters are on
it.
"""

from __future__ import annotations

import random
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

FOLDER = Path(__file__).parent.parent.parent / "zc_pipeline_tests" / "fuzz" / "seeds"
_A5 = (419.53, 595.28)
# Name → engine, variations. Rows that a page break cuts make two pages; all others fit on one.
_KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "platypus": ("platypus", ()),
    "platypus_split": ("platypus", ("rows_split",)),
    "typst": ("typst", ("no_unit_rows",)),
    "typst_rules": ("typst", ("rules_horizontal",)),
    "weasyprint": ("weasyprint", ()),
    "weasyprint_dark": ("weasyprint", ("header_dark", "zebra")),
    "chromium": ("chromium", ()),
    "calc": ("calc", ("real_spaces",)),
    "writer": ("writer", ()),
    "writer_split": ("writer", ("rows_split",)),
}


@dataclass(frozen=True)
class Seed:
    """A document to be damaged."""

    name: str
    data: bytes


def load_seeds(folder: Path = FOLDER) -> tuple[Seed, ...]:
    """The shipped seeds in order of their names."""
    return tuple(Seed(path.stem, path.read_bytes()) for path in sorted(folder.glob("*.pdf")))


def main() -> int:
    """Writes the seeds; returns the exit status."""
    from benchmarks.corpus import ENGINES
    from benchmarks.corpus.finish import finish

    engines = {engine.name: engine for engine in ENGINES}
    FOLDER.mkdir(parents=True, exist_ok=True)
    for number, (name, (engine_name, variations)) in enumerate(_KINDS.items(), start=1):
        engine = engines[engine_name]
        reason = engine.missing()
        if reason:
            print(f"skipped: {name}: {reason}")
            continue
        document = _document(name, number, variations)
        with tempfile.TemporaryDirectory() as scratch:
            failed = engine.draw([document], Path(scratch))
            if failed:
                print(f"failed: {name}: {failed}")
                continue
            path = Path(scratch) / f"{document.name}.pdf"
            finish(path, document, engine.native)
            (FOLDER / f"{name}.pdf").write_bytes(path.read_bytes())
        print(f"{name}: {(FOLDER / f'{name}.pdf').stat().st_size / 1000:.0f} kB")
    return 0


def _document(name: str, number: int, variations: tuple[str, ...]):  # type: ignore[no-untyped-def]
    """A document as `make_document` makes them, but of two or three projects."""
    from benchmarks.corpus.forms import Document, Look
    from benchmarks.corpus.variations import VARIATIONS, Draft, _make_form

    is_split = "rows_split" in variations
    draft = Draft(random.Random(f"fuzz/{name}"), Look(rows_split=is_split))
    draft.look = replace(draft.look, page_break="split_by_lines" if is_split else "moved_whole")
    for variation in variations:
        VARIATIONS[variation](draft)
    draft.units, draft.projects, draft.indicators = 1, 2, (2, 3) if not is_split else (5, 6)
    draft.look = replace(draft.look, page_size=_A5 if is_split else (500.0, 700.0), font_size=8.0)
    form = _make_form(draft, 900_000 + number, 0)
    return Document(
        name=f"fuzz-{name}",
        seed=number,
        variation="mix",
        parts=variations,
        forms=(form,),
        look=draft.look,
        cover=(),
        closing=(),
        must_hold=False,
    )


if __name__ == "__main__":
    sys.exit(main())
