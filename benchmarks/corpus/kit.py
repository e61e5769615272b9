"""Documents printed by the drawing kit of the tests: reportlab's canvas, every line placed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import reportlab

from zc_pipeline_tests.drawing import HEADINGS, Layout, draw_disclosures, truth

from .forms import Document, Form, Look, Row

_KNOWN = frozenset(HEADINGS)


class KitEngine:
    """See `engine.Engine`."""

    name = "reportlab"
    native = frozenset({"rotate", "crop"})

    def missing(self) -> str | None:
        """See `engine.Engine`."""
        return None

    def version(self) -> str:
        """See `engine.Engine`."""
        return f"reportlab {reportlab.__version__} (canvas)"

    def refuses(self, document: Document) -> str | None:
        """See `engine.Engine`."""
        look = document.look
        if any(
            column.key not in _KNOWN or column.group for form in document.forms for column in form.columns
        ):
            return "only the usual columns"
        if look.rules != "thin" or look.header_fill != "no" or look.zebra:
            return "only thin rules and no fills"
        if look.overprint or look.bold or look.captions_repeat or look.justify or not look.break_anywhere:
            return "only one weight, ragged lines broken anywhere"
        if not look.middle or look.font != Look().font:
            return "cells in the middle, its own font"
        if document.closing:
            return "no prose behind the table"
        if not all(any(row.kind == "unit" for row in form.rows) for form in document.forms):
            return "no projects without a unit"
        whole = look.page_break in ("moved_whole", "printed_twice")
        if whole and any(len(row.cell("indicators")) > 1400 for form in document.forms for row in form.rows):
            return "a row longer than a page cannot move whole"
        return None

    def draw(self, documents: Sequence[Document], folder: Path) -> dict[str, str]:
        """See `engine.Engine`."""
        errors = {}
        for document in documents:
            layouts = [_layout(document, form, first=not index) for index, form in enumerate(document.forms)]
            drawn = [
                (_disclosure(form, document.look), layout)
                for form, layout in zip(document.forms, layouts, strict=True)
            ]
            try:
                draw_disclosures(drawn, folder / f"{document.name}.pdf")
            except Exception as error:  # a fault of one drawing must not end the corpus
                errors[document.name] = repr(error)
        return errors


def _layout(document: Document, form: Form, first: bool) -> Layout:
    look = document.look
    return Layout(
        page_size=look.page_size,
        orientation="landscape" if look.landscape else "portrait",
        font_size=look.font_size,
        margins=(look.margin, look.margin, look.margin, look.margin + 38),
        page_break=look.page_break,
        headers=look.header_repeat,
        rules=look.kit_rules,
        total_last=form.rows[-1].kind == "total",
        footer=False,
        show_department=form.department is not None,
        show_unit_line=bool(form.unit_line),
        unit_spelling=form.unit_line,
        rotate=look.rotate,
        cropbox=(look.crop,) * 4 if look.crop else None,
        outside_text="校样 CMYK 2024" if look.crop else "",
        columns=tuple(column.key for column in form.columns),
        header_spellings={column.key: look.write(column.heading) for column in form.columns},
        indent_projects=bool(look.indent),
        cover_pages=document.cover if first else (),
    )


@dataclass(frozen=True)
class _Packed(truth.Indicator):
    """An indicator whose printed text is given."""

    text: str = ""

    def packed(self) -> str:
        """Returns the given text."""
        return self.text


def _disclosure(form: Form, look: Look) -> truth.Disclosure:
    units: list[truth.Unit] = []
    totals: dict[str, str] = {}
    for row in form.rows:
        amounts = {kind: row.amounts.get(kind, "") for kind in truth.AMOUNTS}
        if row.kind == "total":
            totals = amounts
        elif row.kind == "unit":
            units.append(truth.Unit(look.write(row.name), *_in_order(amounts), ()))
        else:
            if not units:
                raise ValueError("a project without a unit's row above it")
            last = units[-1]
            units[-1] = truth.Unit(
                last.name,
                *_in_order({kind: getattr(last, kind) for kind in truth.AMOUNTS}),
                (*last.projects, _project(row, amounts, look)),
            )
    title, department = look.write(form.title), look.write(form.department or "")
    return truth.Disclosure(title, department, form.money_unit, tuple(units), *_in_order(totals))


def _in_order(amounts: dict[str, str]) -> tuple[str, str, str, str]:
    total, fiscal, special_account, other = (amounts.get(kind, "") for kind in truth.AMOUNTS)
    return total, fiscal, special_account, other


def _project(row: Row, amounts: dict[str, str], look: Look) -> truth.Project:
    packed = tuple(_Packed(i.number, "", "", "", "", "", "", "", look.write(i.text)) for i in row.indicators)
    return truth.Project(look.write(row.name), goal=look.write(row.goal), indicators=packed, **amounts)
