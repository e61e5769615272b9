"""Documents printed by reportlab's own table layout (platypus), which shares nothing with the drawing kit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import reportlab
from reportlab.lib.colors import HexColor, black, white
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    LongTable,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from .engine import DARK, LIGHT, RULE_WIDTH, STRIPE, with_hard_spaces
from .forms import AMOUNT_KEYS, WIDE_KEYS, Document, Form, Look, Row, column_widths

_FONT_FILE = "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"
_FONT = "corpus-zenhei"


class PlatypusEngine:
    """See `engine.Engine`."""

    name = "platypus"
    native: frozenset[str] = frozenset()

    def missing(self) -> str | None:
        """See `engine.Engine`."""
        try:
            _register()
        except (TTFError, OSError) as error:
            return f"the font {_FONT_FILE} cannot be used: {error}"
        return None

    def version(self) -> str:
        """See `engine.Engine`."""
        return f"reportlab {reportlab.__version__} (platypus)"

    def refuses(self, document: Document) -> str | None:
        """See `engine.Engine`."""
        look = document.look
        if look.font != Look().font:
            return "no OpenType fonts with PostScript outlines"
        if look.bold:
            return "the font has no bold weight"
        if look.captions_repeat:
            return "captions are no part of the table"
        if not look.rows_split and any(cell for form in document.forms for cell in _too_long(form)):
            return "a row longer than a page cannot move whole"
        return None

    def draw(self, documents: Sequence[Document], folder: Path) -> dict[str, str]:
        """See `engine.Engine`."""
        _register()
        errors = {}
        for document in documents:
            try:
                _draw(document, folder / f"{document.name}.pdf")
            except Exception as error:  # a fault of one drawing must not end the corpus
                errors[document.name] = repr(error)[:300]
        return errors


@cache
def _register() -> None:
    pdfmetrics.registerFont(TTFont(_FONT, _FONT_FILE, subfontIndex=0))


def _too_long(form: Form) -> list[str]:
    return [row.cell("indicators") for row in form.rows if len(row.cell("indicators")) > 1500]


def _draw(document: Document, path: Path) -> None:
    look = document.look
    width, height = look.shown_size
    frame = Frame(look.margin, look.margin, width - 2 * look.margin, height - 2 * look.margin, 0, 0, 0, 0)
    template = BaseDocTemplate(str(path), pagesize=(width, height), invariant=1)
    template.addPageTemplates([PageTemplate("page", [frame])])
    story: list[Any] = []
    prose = _style(look, TA_LEFT, look.font_size + 2, leading=20)
    for text in document.cover:
        story += [Paragraph(_markup(text, look), prose), PageBreak()]
    for index, form in enumerate(document.forms):
        story += [PageBreak()] if index else []
        story += _table(form, look)
    for text in document.closing:
        story += [PageBreak(), Paragraph(_markup(text, look), prose)]
    template.build(story)


def _style(
    look: Look, alignment: int, size: float | None = None, leading: float | None = None, **more: Any
) -> ParagraphStyle:
    size = size or look.font_size
    return ParagraphStyle(
        "cell",
        fontName=_FONT,
        fontSize=size,
        leading=leading or size * 1.3,
        alignment=alignment,
        wordWrap="CJK",
        **more,
    )


def _table(form: Form, look: Look) -> list[Any]:
    """Builds the table.

    Where a row is divided, reportlab repeats the heading above its first part too, without a rule between:
    rows are divided only where they must be, or where no heading is repeated.
    """
    widths = column_widths(form, look)
    title = _style(look, TA_CENTER, 15)
    captions = Table(
        [
            [
                Paragraph(_markup(form.department_line, look), _style(look, TA_LEFT)),
                Paragraph(_markup(form.unit_line, look), _style(look, TA_RIGHT)),
            ]
        ],
        colWidths=[sum(widths) * 0.6, sum(widths) * 0.4],
    )
    levels = form.head_height
    grid: list[list[Any]] = [[""] * len(widths) for _ in range(levels)]
    commands: list[tuple[Any, ...]] = [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE" if look.middle else "TOP"),
        *(("LEFTPADDING", (0, 0), (-1, -1), 3), ("RIGHTPADDING", (0, 0), (-1, -1), 3)),
        *(("TOPPADDING", (0, 0), (-1, -1), 3), ("BOTTOMPADDING", (0, 0), (-1, -1), 3)),
    ]
    colour = white if look.header_fill == "dark" else black
    for cell in form.heading():
        grid[cell.row][cell.column] = Paragraph(
            _markup(cell.text, look), _style(look, TA_CENTER, textColor=colour)
        )
        end = (cell.column + cell.column_span - 1, cell.row + cell.row_span - 1)
        if end != (cell.column, cell.row):
            commands.append(("SPAN", (cell.column, cell.row), end))
    for row in form.rows:
        grid.append(_row(form, row, look, widths))
    commands += _ruling(look, levels, len(grid))
    table = LongTable(
        grid,
        colWidths=widths,
        repeatRows=levels if look.header_repeat == "every" else 0,
        splitByRow=1,
        splitInRow=1 if look.rows_split and (look.header_repeat == "first" or _too_long(form)) else 0,
        style=commands,
    )
    return [Paragraph(_markup(form.title, look), title), Spacer(1, 8), captions, table]


def _ruling(look: Look, levels: int, count: int) -> list[tuple[Any, ...]]:
    commands: list[tuple[Any, ...]] = []
    width = RULE_WIDTH[look.rules]
    whole = ((0, 0), (-1, -1))
    if look.header_fill != "no":
        fill = HexColor(LIGHT if look.header_fill == "light" else DARK)
        commands.append(("BACKGROUND", (0, 0), (-1, levels - 1), fill))
    if look.zebra:
        for line in range(levels, count, 2):
            commands.append(("BACKGROUND", (0, line), (-1, line), HexColor(STRIPE)))
    if look.rules == "horizontal":
        commands += [("LINEABOVE", *whole, width, black), ("LINEBELOW", *whole, width, black)]
    elif look.rules == "double":
        for kind in ("INNERGRID", "BOX"):
            commands.append((kind, *whole, width, black, None, None, None, 2, 1.2))
    elif look.rules != "none":
        commands.append(("GRID", *whole, width, black))
    return commands


def _row(form: Form, row: Row, look: Look, widths: Sequence[float]) -> list[Any]:
    cells: list[Any] = []
    for column, width, text in zip(form.columns, widths, form.cells(row), strict=True):
        if column.key in AMOUNT_KEYS:
            style = _style(look, TA_RIGHT)
        elif column.key in WIDE_KEYS[1:] and look.justify:
            style = _style(look, TA_JUSTIFY)
        else:
            style = _style(look, TA_LEFT)
        if column.key == "name" and row.kind == "project":
            text = look.indent + text
        markup = _markup(_wrapped(text, width - 6, look.font_size), look)
        twice = column.key == "name" and look.overprint
        cells.append((_Twice if twice else Paragraph)(markup, style) if text else "")
    return cells


def _wrapped(text: str, width: float, size: float) -> str:
    """Breaks the lines of a text with spaces, so that no line ends at one: reportlab would break there."""
    if " " not in text:
        return text
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for unit in re.findall(r"\S(?: +\S)+|.", paragraph):
            if line and pdfmetrics.stringWidth(line + unit, _FONT, size) > width:
                lines.append(line)
                line = ""
            line += unit
        lines.append(line)
    return "\n".join(lines)


def _markup(text: str, look: Look) -> str:
    return escape(with_hard_spaces(look.write(text))).replace("\n", "<br/>")


class _Twice(Paragraph):  # type: ignore[misc]
    """A paragraph drawn twice, a little apart, as old programs made text bold."""

    def draw(self) -> None:
        """Draws the copy first."""
        self.canv.saveState()
        self.canv.translate(0.3, 0)
        super().draw()
        self.canv.restoreState()
        super().draw()
