"""Tables with known truth, printed by programs of independent makers.

What belongs here: what is printed (`forms`), what can be particular about it (`variations`), one module per
engine that prints it, and what is done to a finished file (`finish`). What does not: reading a PDF. An engine
draws every `Document` alike; whatever it leaves out, `finish` adds, or it says so (`Engine.refuses`).
"""

from __future__ import annotations

from .chromium import ChromiumEngine
from .engine import Engine
from .forms import Document, ExpectedProject, Form, expected_projects
from .kit import KitEngine
from .office import CalcEngine, WriterEngine
from .platypus import PlatypusEngine
from .typst_engine import TypstEngine
from .variations import VARIATIONS, make_document
from .weasy import WeasyPrintEngine

ENGINES: tuple[Engine, ...] = (
    KitEngine(),
    PlatypusEngine(),
    TypstEngine(),
    WeasyPrintEngine(),
    ChromiumEngine(),
    CalcEngine(),
    WriterEngine(),
)
"""Every engine, present or not."""

ONLY: dict[str, str] = {
    "clipped_rows": "reportlab",
    "name_repeated": "reportlab",
    "printed_twice": "reportlab",
    "header_some": "reportlab",
    "rules_per_cell": "reportlab",
    "rules_thin_rects": "reportlab",
    "rules_one_path": "reportlab",
    "number_cells": "calc",
}
"""Variations that say something to one engine only."""


def refusal(engine: Engine, document: Document) -> str | None:
    """Why an engine does not print a document, None if it does."""
    for part in document.parts:
        if document.variation != "mix" and ONLY.get(part, engine.name) != engine.name:
            return f"{part} is for {ONLY[part]} only"
    return engine.refuses(document)


__all__ = [
    "ENGINES",
    "ONLY",
    "VARIATIONS",
    "Document",
    "Engine",
    "ExpectedProject",
    "Form",
    "expected_projects",
    "make_document",
    "refusal",
]
