"""Documents printed by typst."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from .engine import DARK, LIGHT, PALE, RULE_WIDTH, STRIPE, footer_parts, split_kept
from .forms import AMOUNT_KEYS, Document, Form, Look, Row, column_widths


class TypstEngine:
    """See `engine.Engine`."""

    name = "typst"
    native = frozenset({"watermark", "frame", "running_header", "footer", "overprint"})

    def missing(self) -> str | None:
        """See `engine.Engine`."""
        try:
            import typst  # noqa: F401
        except ImportError as error:
            return f"typst cannot be used: {error}"
        return None

    def version(self) -> str:
        """See `engine.Engine`."""
        return f"typst {version('typst')}"

    def refuses(self, document: Document) -> str | None:
        """See `engine.Engine`."""
        return "no double rules" if document.look.rules == "double" else None

    def draw(self, documents: Sequence[Document], folder: Path) -> dict[str, str]:
        """See `engine.Engine`."""
        import typst

        errors = {}
        with tempfile.TemporaryDirectory() as scratch:
            for document in documents:
                source = Path(scratch) / "main.typ"
                source.write_text(_source(document), encoding="utf-8")
                try:
                    typst.compile(str(source), output=str(folder / f"{document.name}.pdf"))
                except Exception as error:  # a fault of one drawing must not end the corpus
                    errors[document.name] = repr(error)
        return errors


def _source(document: Document) -> str:
    look = document.look
    width, height = look.shown_size
    parts = footer_parts(look)
    footer = "none"
    if parts:
        before, between, after = map(_string, parts)
        count = f"{between} + str(counter(page).final().first()) + " if parts[1] else ""
        footer = f"context align(center, {before} + str(counter(page).get().first()) + {count}{after})"
    header = f"align(center, {_string(look.running_header)})" if look.running_header else "none"
    mark = (
        f'place(center + horizon, rotate(-28deg, text(40pt, fill: rgb("{PALE}"), {_string(look.watermark)})))'
        if look.watermark
        else "none"
    )
    if look.frame:
        inset = 8.0
        mark = (
            f"{{ place(dx: {inset}pt, dy: {inset}pt, rect(width: {width - 2 * inset}pt, "
            f"height: {height - 2 * inset}pt, stroke: 1.5pt + maroon)); {mark if look.watermark else ''} }}"
        )
    lines = [
        f"#set page(width: {width}pt, height: {height}pt, margin: {look.margin}pt, header: {header}, "
        f"footer: {footer}, background: {mark})",
        f'#set text(font: "{look.font}", size: {look.font_size}pt, lang: "zh", region: "cn", '
        "hyphenate: false)",
        f"#set par(leading: 0.45em, justify: {_flag(look.justify)})",
        f"#set table.cell(breakable: {_flag(look.rows_split)})",
        "#let twice(body) = block({ place(dx: 0.3pt, body); body })",
    ]
    pages = [f"#text({look.font_size + 2}pt, {_content(text, look)})" for text in document.cover]
    pages += [_table(form, look) for form in document.forms]
    pages += [f"#text({look.font_size + 2}pt, {_content(text, look)})" for text in document.closing]
    return "\n".join(lines) + "\n" + "\n#pagebreak()\n".join(pages)


def _table(form: Form, look: Look) -> str:
    widths = column_widths(form, look)
    weight = ', weight: "bold"' if look.bold else ""
    title = f"align(center, text(15pt{weight}, {_content(form.title, look)}))"
    left, right = _content(form.department_line, look), _content(form.unit_line, look)
    captions = f"grid(columns: (1fr, auto), {left}, {right})"
    line = RULE_WIDTH[look.rules]
    stroke = {
        "none": "none",
        "horizontal": f"(x, y) => (top: {line}pt, bottom: {line}pt)",
    }.get(look.rules, f"{line}pt")
    above = f"#{title}\n#{captions}\n"
    head = ""
    levels = form.head_height + look.captions_repeat
    if look.captions_repeat:
        above = ""
        head = f"table.cell(colspan: {len(widths)}, stroke: none, {{ {title}; {captions} }}),\n"
    fill = {"no": "none", "light": f'rgb("{LIGHT}")', "dark": f'rgb("{DARK}")'}[look.header_fill]
    colour = ", fill: white" if look.header_fill == "dark" else ""
    for cell in form.heading():
        head += (
            f"table.cell(rowspan: {cell.row_span}, colspan: {cell.column_span}, fill: {fill}, "
            f"align: center + horizon, text({_content(cell.text, look)}{weight}{colour})),\n"
        )
    aligns = ", ".join("right" if column.key in AMOUNT_KEYS else "left" for column in form.columns)
    vertical = "horizon" if look.middle else "top"
    stripes = f'(x, y) => if y >= {levels} and calc.odd(y) {{ rgb("{STRIPE}") }}' if look.zebra else "none"
    repeat = "true" if look.header_repeat == "every" else "false"
    body = "".join(_row(form, row, look) for row in form.rows)
    return (
        f"{above}#table(columns: ({', '.join(f'{width:.2f}pt' for width in widths)}), inset: 3pt, "
        f"stroke: {stroke}, fill: {stripes}, align: (x, y) => ({aligns}).at(x) + {vertical},\n"
        f"table.header(repeat: {repeat},\n{head}),\n{body})"
    )


def _row(form: Form, row: Row, look: Look) -> str:
    cells = ""
    for column, text in zip(form.columns, form.cells(row), strict=True):
        if column.key == "name" and row.kind == "project":
            text = look.indent + text
        shown = _content(text, look)
        if column.key == "name" and look.overprint:
            shown = f"twice({shown})"
        if look.bold and row.kind != "project":
            shown = f'text(weight: "bold", {shown})'
        cells += f"{shown}, "
    return cells + "\n"


def _content(text: str, look: Look) -> str:
    """Returns an expression that prints the text."""
    pieces = []
    for piece, kept in split_kept(look.write(text)):
        if kept:
            pieces.append(f"box({_string(piece)})")
            continue
        pieces.append(" + linebreak() + ".join(_string(line) for line in piece.split("\n")))
    return " + ".join(pieces) or '""'


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _flag(value: bool) -> str:
    return "true" if value else "false"
