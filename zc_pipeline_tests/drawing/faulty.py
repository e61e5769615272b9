"""Makers of inputs that must be refused, or held back for a person, each for its own reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

import pypdfium2
from reportlab.pdfgen.canvas import Canvas

from .draw import Drawn, Layout, draw_disclosure, draw_disclosures
from .fonts import register
from .truth import Disclosure, make_disclosure, with_project

PASSWORD = "open-sesame"
"""Opens what `encrypted_pdf` makes."""

UNKNOWN_HEADING = "备注事项甲"
"""Heading of the column that `unknown_column` adds."""


def not_a_pdf(path: Path) -> Path:
    """Writes a web page under the given name, as a server sends it when a download fails."""
    path.write_text(
        "<!DOCTYPE html><html><body><h1>404</h1><p>您访问的页面不存在</p></body></html>", encoding="utf-8"
    )
    return path


def empty_file(path: Path) -> Path:
    """Writes a file of no bytes."""
    path.write_bytes(b"")
    return path


def truncated_pdf(path: Path, disclosure: Disclosure | None = None, keep: float = 0.5) -> Path:
    """Writes the beginning of a good PDF, as a broken download leaves it.

    Args:
        path: Where to write.
        disclosure: What the whole PDF would have shown.
        keep: The part of its bytes that is kept.
    """
    draw_disclosure(disclosure or make_disclosure(1), path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * keep)])
    return path


def encrypted_pdf(path: Path, disclosure: Disclosure | None = None, password: str = PASSWORD) -> Drawn:
    """Draws a PDF that cannot be opened without its password."""
    return draw_disclosures([(disclosure or make_disclosure(1), Layout())], path, password=password)[0]


def no_text_layer(
    path: Path, disclosure: Disclosure | None = None, kind: Literal["image", "rules"] = "image"
) -> Path:
    """Draws pages on which no text can be read.

    Args:
        path: Where to write.
        disclosure: What a reader of the picture would see.
        kind: `image`: a scan, a picture of every page. `rules`: empty ruled tables.
    """
    drawn = draw_disclosure(disclosure or make_disclosure(1), path, Layout(footer=False))
    width, height = drawn.layout.shown_size()
    with pypdfium2.PdfDocument(path.read_bytes()) as document:
        pictures = [page.render(scale=1.5).to_pil().convert("L") for page in document]
    canvas = Canvas(str(path), pagesize=(width, height), invariant=1)
    for picture in pictures:
        if kind == "image":
            canvas.drawInlineImage(picture, 0, 0, width, height)
        else:
            canvas.grid(list(drawn.column_edges), [height - 80 - 60 * row for row in range(8)])
        canvas.showPage()
    canvas.save()
    return path


def no_target_table(path: Path) -> Path:
    """Draws a budget explanation: a page of prose and a page with a ruled table of another kind."""
    font: Final = "boxes"
    register(font)
    canvas = Canvas(str(path), invariant=1)
    prose = (
        "2024年部门预算公开说明",
        "一、部门主要职责",
        "（一）贯彻执行国家有关法律、法规和政策。",
        "（二）负责本区公共服务工作。",
        "二、收支总体情况",
        "2024年收入预算1,204.50万元，比上年增加36.20万元。",
        "三、绩效目标情况",
        "本部门无项目支出绩效目标。",
    )
    canvas.setFont(font, 11)
    for place, line in enumerate(prose):
        canvas.drawString(72, 760 - 22 * place, line)
    canvas.showPage()
    rows = (
        ("收入项目", "预算数", "支出项目", "预算数"),
        ("一、一般公共预算拨款", "1,204.50", "一、基本支出", "804.50"),
        ("二、政府性基金预算拨款", "", "二、项目支出", "400.00"),
        ("本年收入合计", "1,204.50", "本年支出合计", "1,204.50"),
    )
    xs, top, step = (72, 212, 297, 437, 522), 700, 22
    canvas.setFont(font, 14)
    canvas.drawString(240, 740, "收支总体情况表")
    canvas.setFont(font, 10)
    canvas.drawString(470, 710, "单位：万元")
    for place, row in enumerate(rows):
        for left, text in zip(xs, row, strict=False):
            canvas.drawString(left + 4, top - step * place - 15, text)
    canvas.grid(list(xs), [top - step * place for place in range(len(rows) + 1)])
    canvas.showPage()
    canvas.save()
    return path


def unknown_column(path: Path, disclosure: Disclosure | None = None, layout: Layout | None = None) -> Drawn:
    """Draws a good table with one column more, `UNKNOWN_HEADING`, filled in each project row."""
    widened = replace(layout or Layout(), extra_columns=((UNKNOWN_HEADING, "见附件"),))
    return draw_disclosure(disclosure or make_disclosure(1), path, widened)


def amount_not_a_number(
    path: Path,
    disclosure: Disclosure | None = None,
    text: str = "约40",
    unit_index: int = 0,
    project_index: int = 0,
    layout: Layout | None = None,
) -> Drawn:
    """Draws a table in which one project's total is no number. Sums stay those of the number it replaces."""
    planted = with_project(disclosure or make_disclosure(1), unit_index, project_index, total=text)
    return draw_disclosure(planted, path, layout)


def two_tables_one_file(
    path: Path,
    first: Disclosure | None = None,
    second: Disclosure | None = None,
    *,
    same_page: bool = False,
    layout: Layout | None = None,
) -> tuple[Drawn, Drawn]:
    """Draws two tables into one file, each below its own title, department and 单位 line.

    Args:
        path: Where to write.
        first: In 万元, if not given.
        second: In 元, if not given.
        same_page: The second begins on the page on which the first ends, if there is room.
        layout: Of both.
    """
    chosen = layout or Layout()
    tables = [(first or make_disclosure(1), chosen), (second or make_disclosure(2, money_unit="元"), chosen)]
    one, two = draw_disclosures(tables, path, same_page=same_page)
    return one, two
