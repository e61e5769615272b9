"""A document as one HTML page with print styles, for the engines that read HTML."""

from __future__ import annotations

from html import escape

from .engine import DARK, LIGHT, PALE, RULE_WIDTH, STRIPE, footer_parts, split_kept
from .forms import WIDE_KEYS, Document, Form, Look, Row, column_widths


def to_html(document: Document) -> str:
    """Returns the document as HTML."""
    look = document.look
    pages = [_prose(text) for text in document.cover]
    pages += [_table(form, look, first=not pages and not index) for index, form in enumerate(document.forms)]
    pages += [_prose(text) for text in document.closing]
    extras = ""
    if look.watermark:
        extras += f'<div class="watermark">{escape(look.watermark)}</div>'
    return (
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">'
        f"<title>{escape(document.name)}</title>"
        f"<style>{_style(document)}</style></head><body>{extras}{''.join(pages)}</body></html>"
    )


def _style(document: Document) -> str:
    look = document.look
    width, height = look.shown_size
    size = look.font_size
    boxes = ""
    parts = footer_parts(look)
    if parts:
        before, between, after = parts
        count = f'"{between}" counter(pages)' if between else ""
        boxes += (
            f'@bottom-center {{ content: "{before}" counter(page) {count} "{after}"; font-size: {size}pt }}'
        )
    if look.running_header:
        boxes += f'@top-center {{ content: "{look.running_header}"; font-size: {size}pt }}'
    line = RULE_WIDTH[look.rules]
    weight = "bold" if look.bold else "normal"
    border = {
        "none": "border: none",
        "horizontal": f"border-top: {line}pt solid #000; border-bottom: {line}pt solid #000",
        "double": "border: 2.25pt double #000",
    }.get(look.rules, f"border: {line}pt solid #000")
    anywhere = "word-break: break-all; line-break: anywhere;" if look.break_anywhere else ""
    fill = {"no": "", "light": f"background: {LIGHT};", "dark": f"background: {DARK}; color: #fff;"}
    return f"""
@page {{ size: {width}pt {height}pt; margin: {look.margin}pt; {boxes} }}
* {{ -webkit-print-color-adjust: exact; print-color-adjust: exact }}
body {{ margin: 0; font: {size}pt/1.35 "{look.font}"; color: #000; }}
section {{ break-before: page; }} section.first {{ break-before: auto; }}
h1 {{ font-size: 15pt; text-align: center; margin: 0 0 6pt; font-weight: {weight}; }}
.caption {{ display: flex; justify-content: space-between; margin-bottom: 4pt; }}
table {{ border-collapse: collapse; table-layout: fixed; width: 100%; }}
thead {{ display: {"table-header-group" if look.header_repeat == "every" else "table-row-group"}; }}
tr {{ break-inside: {"auto" if look.rows_split else "avoid"}; }}
th, td {{ {border}; padding: 3pt; vertical-align: {"middle" if look.middle else "top"}; {anywhere} }}
th {{ font-weight: {weight}; text-align: center; {fill[look.header_fill]} }}
th.bare {{ border: none; background: none; color: #000; font-weight: normal; padding: 0; }}
td.amount {{ text-align: right; white-space: nowrap; word-break: normal; line-break: auto; }}
td.wide {{ text-align: {"justify" if look.justify else "left"}; }}
tr.total td, tr.unit td {{ font-weight: {weight}; }}
{f"tbody tr:nth-child(even) td {{ background: {STRIPE}; }}" if look.zebra else ""}
.keep {{ white-space: nowrap; }}
.twice {{ position: relative; display: block; }}
.twice span {{ position: absolute; left: .3pt; top: 0; width: 100%; }}
.watermark {{ position: fixed; top: 42%; left: 20%; font-size: 40pt; color: {PALE}; transform: rotate(-28deg);
  z-index: -1; white-space: nowrap; }}
p {{ font-size: {size + 2}pt; line-height: 1.8; white-space: pre-line; }}
"""


def _prose(text: str) -> str:
    return f"<section><p>{escape(text)}</p></section>"


def _table(form: Form, look: Look, first: bool) -> str:
    widths = column_widths(form, look)
    columns = "".join(f'<col style="width:{width:.2f}pt">' for width in widths)
    title = f"<h1>{_text(form.title, look)}</h1>"
    captions = (
        f'<div class="caption"><span>{_text(form.department_line, look)}</span>'
        f"<span>{_text(form.unit_line, look)}</span></div>"
    )
    above = title + captions
    repeated = ""
    if look.captions_repeat:
        repeated = f'<tr><th class="bare" colspan="{len(widths)}">{above}</th></tr>'
        above = ""
    heading = ""
    for level in range(form.head_height):
        cells = "".join(
            f'<th rowspan="{cell.row_span}" colspan="{cell.column_span}">{_text(cell.text, look)}</th>'
            for cell in form.heading()
            if cell.row == level
        )
        heading += f"<tr>{cells}</tr>"
    body = "".join(_row(form, row, look) for row in form.rows)
    return (
        f'<section class="{"first" if first else "next"}">{above}<table><colgroup>{columns}</colgroup>'
        f"<thead>{repeated}{heading}</thead><tbody>{body}</tbody></table></section>"
    )


def _row(form: Form, row: Row, look: Look) -> str:
    cells = ""
    for column, text in zip(form.columns, form.cells(row), strict=True):
        kind = "amount" if column.align == "right" else "wide" if column.key in WIDE_KEYS[1:] else "name"
        shown = _text(text, look)
        if column.key == "name":
            shown = (look.indent if row.kind == "project" else "") + shown
            if look.overprint:
                shown = f'<span class="twice">{shown}<span>{shown}</span></span>'
        cells += f'<td class="{kind}">{shown}</td>'
    return f'<tr class="{row.kind}">{cells}</tr>'


def _text(text: str, look: Look) -> str:
    pieces = []
    for piece, kept in split_kept(look.write(text)):
        shown = escape(piece).replace("\n", "<br>")
        pieces.append(f'<span class="keep">{shown}</span>' if kept else shown)
    return "".join(pieces)
