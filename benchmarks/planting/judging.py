"""What the reading makes of a planted fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import pandas as pd
import pypdfium2

from zc_pipeline.model import TargetTable, Verdict
from zc_pipeline.parse.document import stitch_items
from zc_pipeline.schemas.shape import check_shape
from zc_pipeline.schemas.suites import check_content
from zc_pipeline.tables.disclosures import SeenDisclosure, indicators_frame, projects_frame
from zc_pipeline.tables.stitched_rows import stitched_rows_frame
from zc_pipeline_tests.drawing import draw_disclosure

from .documents import YEAR, TrueDocument, document_id, judge, read_file
from .kinds import Planted

_SEEN = datetime(YEAR, 1, 1, tzinfo=UTC)


class Outcome(StrEnum):
    """What became of a fault."""

    HELD = "held"  # held or refused by the parser
    GATE = "held by a table's gate"  # accepted by the parser, held when the tables are made
    COPY = "copy dropped"  # read as the true document; a row more is marked and counted as a copy
    SAME = "same values"  # read as the true document, pages included: the fault left no wrong value
    ACCEPTED = "accepted"  # handed out with other values


def outcome_of(document: TrueDocument, planted: Planted, folder: Path) -> Outcome:
    """Reads what was planted and compares it with the true document."""
    found = read_planted(document, planted, folder)
    outcome = compare(document, found, with_pages=planted.items is not None or planted.rows is not None)
    if outcome is Outcome.ACCEPTED and planted.noticeable and refused_by_gates([found]):
        return Outcome.GATE
    return outcome


def read_planted(document: TrueDocument, planted: Planted, folder: Path) -> TrueDocument:
    """The reading of the document with the fault in it."""
    if planted.items is not None or planted.rows is not None:
        stitched = replace(document.stitched, rows=planted.rows or ())
        if planted.items is not None:
            stitched = stitch_items(planted.items)
        reading = judge(document.name, document.page_text, stitched)
        return replace(document, stitched=stitched, reading=reading)
    path = folder / "planted.pdf"
    if planted.pages is not None:
        copy_pages(document.path, planted.pages, path)
    elif document.drawn is not None:
        draw_disclosure(
            planted.truth or document.drawn.disclosure, path, planted.layout or document.drawn.layout
        )
    else:
        raise ValueError("the specimen cannot be drawn anew")
    return read_file(document.name, path)


def copy_pages(source: Path, pages: tuple[int, ...], target: Path) -> None:
    """Writes a file with some pages of another, in any order."""
    old, new = pypdfium2.PdfDocument(source), pypdfium2.PdfDocument.new()
    new.import_pages(old, [page - 1 for page in pages])
    new.save(target)
    new.close()
    old.close()


def compare(true: TrueDocument, found: TrueDocument, *, with_pages: bool) -> Outcome:
    """Holds a reading against the true document's; ``with_pages`` where the rows cannot be on other pages."""
    if found.reading.verdict is not Verdict.ACCEPTED:
        return Outcome.HELD
    copies = [
        (
            sum(table.rows_joined for table in one.reading.tables),
            sum(row.repeats_previous for row in one.rows),
        )
        for one in (true, found)
    ]
    is_copy = any(after > before for before, after in zip(*copies, strict=True))
    # A row that stands on two pages, and is said to, is on both.
    with_pages = with_pages and not is_copy
    values = [[_values(table, with_pages) for table in one.reading.tables] for one in (true, found)]
    if values[0] != values[1]:
        return Outcome.ACCEPTED
    return Outcome.COPY if is_copy else Outcome.SAME


def _values(table: TargetTable, with_pages: bool) -> list[object]:
    """Everything an analyst is handed out, but for ids."""
    facts = table.facts
    return [
        (facts.department_name, facts.money_unit) if facts else None,
        table.printed_total_cny,
        [
            (
                project.unit_name,
                project.project_name,
                (project.total_cny, project.fiscal_cny, project.special_account_cny, project.other_cny),
                (project.total_text, project.fiscal_text, project.special_account_text, project.other_text),
                project.performance_goal,
                project.indicators_text,
                (project.page_first, project.page_last) if with_pages else None,
            )
            for project in table.projects
        ],
    ]


def refused_by_gates(documents: Sequence[TrueDocument]) -> set[str]:
    """Names of accepted documents that the gates of the tables hold, asked as a run of the pipeline does."""
    names = {document_id(document.name): document.name for document in documents}
    seen = [SeenDisclosure(document.reading, _SEEN, "planted") for document in documents]
    rows = [stitched_rows_frame(document_id(one.name), YEAR, one.rows) for one in documents]
    frames = {
        "stitched_rows": pd.concat(rows, ignore_index=True),
        "projects": projects_frame(seen),
        "indicators": indicators_frame(seen),
    }
    failures = [
        failure
        for table, frame in frames.items()
        for gate in (check_shape, check_content)
        for failure in gate(table, frame).failures
    ]
    return {names[failure.document_id] if failure.document_id else "a whole table" for failure in failures}
