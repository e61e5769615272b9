"""Documents printed by LibreOffice: Writer and Calc, from flat OpenDocument files."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path

from .engine import DARK, LIGHT, RULE_WIDTH, STRIPE, footer_parts, with_hard_spaces
from .forms import AMOUNT_KEYS, Document, Form, Look, column_widths

_PROGRAMS = ("soffice", "libreoffice")
_BATCH = 24
_TIMEOUT_S = 600
_CALC_LONGEST = 1100  # characters of a cell: Calc prints no row higher than a page


def _program() -> str | None:
    return next((found for name in _PROGRAMS if (found := shutil.which(name))), None)


def _version() -> str:
    done = subprocess.run([_program() or "", "--version"], capture_output=True, text=True, check=False)
    return " ".join(done.stdout.split()[:2])


def _convert(sources: Sequence[Path], folder: Path, profile: Path) -> dict[str, str]:
    """Prints files, many in one start of the program."""
    errors: dict[str, str] = {}
    for start in range(0, len(sources), _BATCH):
        batch = sources[start : start + _BATCH]
        command = [
            _program() or "",
            f"-env:UserInstallation={profile.as_uri()}",
            "--headless",
            "--norestore",
            "--convert-to",
            "pdf",
            "--outdir",
            str(folder),
            *map(str, batch),
        ]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
            message = done.stderr.strip()[-200:]
        except subprocess.TimeoutExpired:
            message = f"no PDF within {_TIMEOUT_S} s"
        for source in batch:
            if not (folder / f"{source.stem}.pdf").exists():
                errors[source.stem] = message or "no PDF was made"
    return errors


class WriterEngine:
    """See `engine.Engine`."""

    name = "writer"
    native = frozenset({"running_header", "footer"})

    def missing(self) -> str | None:
        """See `engine.Engine`."""
        return None if _program() else f"none of {', '.join(_PROGRAMS)} is installed"

    def version(self) -> str:
        """See `engine.Engine`."""
        return f"{_version()} Writer"

    def refuses(self, document: Document) -> str | None:
        """See `engine.Engine`."""
        return "no text printed twice" if document.look.overprint else None

    def draw(self, documents: Sequence[Document], folder: Path) -> dict[str, str]:
        """See `engine.Engine`."""
        with tempfile.TemporaryDirectory() as scratch:
            sources = []
            for document in documents:
                source = Path(scratch) / f"{document.name}.fodt"
                source.write_text(_flat_text(document), encoding="utf-8")
                sources.append(source)
            return _convert(sources, folder, Path(scratch) / "profile")


class CalcEngine:
    """See `engine.Engine`."""

    name = "calc"
    native = frozenset({"running_header", "footer"})

    def missing(self) -> str | None:
        """See `engine.Engine`."""
        return None if _program() else f"none of {', '.join(_PROGRAMS)} is installed"

    def version(self) -> str:
        """See `engine.Engine`."""
        return f"{_version()} Calc"

    def refuses(self, document: Document) -> str | None:
        """See `engine.Engine`."""
        if document.look.overprint:
            return "no text printed twice"
        for form in document.forms:
            if any(len(cell) > _CALC_LONGEST for row in form.rows for cell in form.cells(row)):
                return "no row longer than a page"
        return None

    def draw(self, documents: Sequence[Document], folder: Path) -> dict[str, str]:
        """See `engine.Engine`."""
        with tempfile.TemporaryDirectory() as scratch:
            sources = []
            for document in documents:
                source = Path(scratch) / f"{document.name}.fods"
                source.write_text(_flat_sheets(document), encoding="utf-8")
                sources.append(source)
            return _convert(sources, folder, Path(scratch) / "profile")


# --- Writer ----------------------------------------------------------------------------------------

_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}"'
    for prefix, name in (
        ("office", "office:1.0"),
        ("style", "style:1.0"),
        ("text", "text:1.0"),
        ("table", "table:1.0"),
        ("fo", "xsl-fo-compatible:1.0"),
        ("svg", "svg-compatible:1.0"),
        ("number", "datastyle:1.0"),
    )
)


def _flat_text(document: Document) -> str:
    look = document.look
    width, height = look.shown_size
    styles: list[str] = []
    body: list[str] = []
    broken = False
    for text in document.cover:
        body.append(_paragraph(text, look, "prose-next" if broken else "prose"))
        broken = True
    for index, form in enumerate(document.forms):
        styles.append(_table_styles(form, look, index))
        body.append(_paragraph(form.title, look, "title-next" if broken else "title"))
        body.append(_paragraph(f"{form.department_line}\t{form.unit_line}", look, "captions"))
        body.append(_writer_table(form, look, index))
        broken = True
    body += [_paragraph(text, look, "prose-next") for text in document.closing]
    size = look.font_size
    weight = "bold" if look.bold else "normal"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {_NAMESPACES} office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">
{_fonts(look)}
<office:styles><style:default-style style:family="paragraph">
<style:paragraph-properties style:punctuation-wrap="simple" style:line-break="strict"/>
<style:text-properties style:font-name="F" style:font-name-asian="F" fo:font-size="{size}pt"
 style:font-size-asian="{size}pt" fo:language="zh" fo:country="CN" style:language-asian="zh"
 style:country-asian="CN"/></style:default-style></office:styles>
<office:automatic-styles>
{_page_style(look, width, height)}
{_paragraph_style("center", size, "center")}
{_paragraph_style("cell", size, "justify" if look.justify else "start")}
{_paragraph_style("cell-bold", size, "start", weight=weight)}
{_paragraph_style("amount", size, "end")}
{_paragraph_style("amount-bold", size, "end", weight=weight)}
{_paragraph_style("head", size, "center", weight=weight, colour=_head_ink(look))}
{_paragraph_style("title", 15, "center", weight=weight)}
{_paragraph_style("title-next", 15, "center", weight=weight, broken=True)}
{_paragraph_style("prose", size + 2, "start")}
{_paragraph_style("prose-next", size + 2, "start", broken=True)}
<style:style style:name="captions" style:family="paragraph"><style:paragraph-properties>
<style:tab-stops>
<style:tab-stop style:position="{look.frame_width - 1}pt" style:type="right"/></style:tab-stops>
</style:paragraph-properties></style:style>
{"".join(styles)}
</office:automatic-styles>
<office:master-styles>{_master(look)}</office:master-styles>
<office:body><office:text>{"".join(body)}</office:text></office:body></office:document>"""


def _fonts(look: Look) -> str:
    return (
        f'<office:font-face-decls><style:font-face style:name="F" svg:font-family="\'{look.font}\'"/>'
        "</office:font-face-decls>"
    )


def _page_style(look: Look, width: float, height: float, more: str = "") -> str:
    """The page with room for head and foot line taken from its margins."""
    half = look.margin / 2
    way = "landscape" if look.landscape else "portrait"
    head = half if look.running_header else look.margin
    foot = half if footer_parts(look) else look.margin
    styles = ""
    for name, wanted in (("header", look.running_header), ("footer", footer_parts(look))):
        inner = f'<style:header-footer-properties fo:min-height="{half}pt"/>' if wanted else ""
        styles += f"<style:{name}-style>{inner}</style:{name}-style>"
    return (
        f'<style:page-layout style:name="page"><style:page-layout-properties fo:page-width="{width}pt" '
        f'fo:page-height="{height}pt" style:print-orientation="{way}" '
        f'fo:margin-top="{head}pt" fo:margin-bottom="{foot}pt" fo:margin-left="{look.margin}pt" '
        f'fo:margin-right="{look.margin}pt"{more}/>{styles}</style:page-layout>'
    )


def _master(look: Look) -> str:
    """The master page with its head and foot line."""
    header = '<style:header style:display="false"/>'
    if look.running_header:
        header = f"<style:header><text:p>{escape(look.running_header)}</text:p></style:header>"
    footer = '<style:footer style:display="false"/>'
    parts = footer_parts(look)
    if parts:
        before, between, after = map(escape, parts)
        count = f"{_spaced(between)}<text:page-count>1</text:page-count>" if between else ""
        footer = (
            f"<style:footer><text:p>{_spaced(before)}<text:page-number>1</text:page-number>{count}"
            f"{_spaced(after)}</text:p></style:footer>"
        )
    return (
        f'<style:master-page style:name="Standard" style:page-layout-name="page">{header}{footer}'
        "</style:master-page>"
    )


def _head_ink(look: Look) -> str:
    return "#ffffff" if look.header_fill == "dark" else ""


def _border(look: Look) -> str:
    line = RULE_WIDTH[look.rules]
    return {
        "none": 'fo:border="none"',
        "horizontal": f'fo:border-top="{line}pt solid #000000" fo:border-bottom="{line}pt solid #000000" '
        'fo:border-left="none" fo:border-right="none"',
        "double": 'fo:border="2.5pt double #000000" style:border-line-width="0.5pt 1.5pt 0.5pt"',
    }.get(look.rules, f'fo:border="{max(line, 0.05)}pt solid #000000"')


def _paragraph_style(
    name: str, size: float, align: str, *, weight: str = "normal", colour: str = "", broken: bool = False
) -> str:
    paint = f' fo:color="{colour}"' if colour else ""
    page = ' fo:break-before="page"' if broken else ""
    return (
        f'<style:style style:name="{name}" style:family="paragraph">'
        f'<style:paragraph-properties fo:text-align="{align}"{page}/>'
        f'<style:text-properties fo:font-size="{size}pt" style:font-size-asian="{size}pt"'
        f' fo:font-weight="{weight}" style:font-weight-asian="{weight}"{paint}/></style:style>'
    )


def _table_styles(form: Form, look: Look, index: int) -> str:
    border = _border(look)
    vertical = "middle" if look.middle else "top"
    fills = {"no": "", "light": LIGHT, "dark": DARK}
    cells = ""
    for name, fill in (("head", fills[look.header_fill]), ("cell", ""), ("stripe", STRIPE)):
        paint = f' fo:background-color="{fill}"' if fill else ""
        cells += (
            f'<style:style style:name="{name}{index}" style:family="table-cell"><style:table-cell-properties '
            f'{border} fo:padding="3pt" style:vertical-align="{vertical}"{paint}/></style:style>'
        )
    columns = "".join(
        f'<style:style style:name="column{index}-{place}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width:.2f}pt"/></style:style>'
        for place, width in enumerate(column_widths(form, look))
    )
    keep = "auto" if look.rows_split else "always"
    return (
        f'<style:style style:name="table{index}" style:family="table"><style:table-properties '
        f'style:width="{look.frame_width:.2f}pt" table:align="left" table:border-model="collapsing" '
        f'style:may-break-between-rows="true"/></style:style>{columns}{cells}'
        f'<style:style style:name="row{index}" style:family="table-row"><style:table-row-properties '
        f'fo:keep-together="{keep}"/></style:style>'
    )


def _writer_table(form: Form, look: Look, index: int) -> str:
    columns = "".join(
        f'<table:table-column table:style-name="column{index}-{place}"/>'
        for place in range(len(form.columns))
    )
    heading = ""
    cells = form.heading()
    for level in range(form.head_height):
        line = ""
        for place in range(len(form.columns)):
            found = next((cell for cell in cells if (cell.row, cell.column) == (level, place)), None)
            if found is None:
                line += "<table:covered-table-cell/>"
                continue
            line += (
                f'<table:table-cell table:style-name="head{index}" office:value-type="string" '
                f'table:number-rows-spanned="{found.row_span}" '
                f'table:number-columns-spanned="{found.column_span}">{_paragraph(found.text, look, "head")}'
                "</table:table-cell>"
            )
        heading += f'<table:table-row table:style-name="row{index}">{line}</table:table-row>'
    if look.header_repeat == "every":
        heading = f"<table:table-header-rows>{heading}</table:table-header-rows>"
    rows = ""
    for number, row in enumerate(form.rows):
        style = f"stripe{index}" if look.zebra and number % 2 else f"cell{index}"
        line = ""
        for column, text in zip(form.columns, form.cells(row), strict=True):
            name = "amount" if column.key in AMOUNT_KEYS else "cell"
            name += "-bold" if row.kind != "project" or (column.key == "name" and look.bold) else ""
            if column.key == "name" and row.kind == "project":
                text = look.indent + text
            line += (
                f'<table:table-cell table:style-name="{style}" office:value-type="string">'
                f"{_paragraph(text, look, name)}</table:table-cell>"
            )
        rows += f'<table:table-row table:style-name="row{index}">{line}</table:table-row>'
    start = f'<table:table table:name="T{index}" table:style-name="table{index}">'
    return f"{start}{columns}{heading}{rows}</table:table>"


def _paragraph(text: str, look: Look, style: str) -> str:
    shown = escape(with_hard_spaces(look.write(text)))
    shown = shown.replace("\n", "<text:line-break/>").replace("\t", "<text:tab/>")
    return f'<text:p text:style-name="{style}">{shown}</text:p>'


def _spaced(text: str) -> str:
    return text.replace(" ", "<text:s/>")


# --- Calc ------------------------------------------------------------------------------------------


def _flat_sheets(document: Document) -> str:
    look = document.look
    width, height = look.shown_size
    sheets = [_prose_sheet(f"封面{index}", text, look) for index, text in enumerate(document.cover)]
    sheets += [_table_sheet(form, look, index) for index, form in enumerate(document.forms)]
    sheets += [_prose_sheet(f"说明{index}", text, look) for index, text in enumerate(document.closing)]
    styles = "".join(_sheet_styles(form, look, index) for index, form in enumerate(document.forms))
    paper = _page_style(
        look, width, height, ' style:scale-to-X="1" style:scale-to-Y="0" style:print="objects"'
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document {_NAMESPACES} office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
{_fonts(look)}
<office:styles><style:default-style style:family="table-cell"><style:text-properties style:font-name="F"
 style:font-name-asian="F" fo:font-size="{look.font_size}pt" style:font-size-asian="{look.font_size}pt"/>
</style:default-style></office:styles>
<office:automatic-styles>{paper}
<number:number-style style:name="grouped"><number:number number:decimal-places="2"
 number:min-decimal-places="2" number:min-integer-digits="1" number:grouping="true"/></number:number-style>
<number:number-style style:name="ungrouped"><number:number number:decimal-places="2"
 number:min-decimal-places="2" number:min-integer-digits="1"/></number:number-style>
<style:style style:name="sheet" style:family="table" style:master-page-name="Standard"/>
<style:style style:name="row" style:family="table-row"><style:table-row-properties
 style:use-optimal-row-height="true"/></style:style>
<style:style style:name="prose-column" style:family="table-column"><style:table-column-properties
 style:column-width="{look.frame_width - 2:.2f}pt"/></style:style>
{_cell_style("prose", look, 'fo:border="none"', size=look.font_size + 2)}
{_cell_style("title", look, 'fo:border="none"', align="center", size=15, bold=look.bold)}
{_cell_style("left", look, 'fo:border="none"', wrap=False)}
{_cell_style("right", look, 'fo:border="none"', align="end", wrap=False)}
{styles}
</office:automatic-styles>
<office:master-styles>{_master(look)}</office:master-styles>
<office:body><office:spreadsheet>{"".join(sheets)}</office:spreadsheet></office:body></office:document>"""


def _cell_style(
    name: str,
    look: Look,
    border: str,
    *,
    align: str = "start",
    size: float | None = None,
    bold: bool = False,
    fill: str = "",
    colour: str = "",
    wrap: bool = True,
    format: str = "",
) -> str:
    size = size or look.font_size
    paint = f' fo:background-color="{fill}"' if fill else ""
    ink = f' fo:color="{colour}"' if colour else ""
    weight = "bold" if bold else "normal"
    data = f' style:data-style-name="{format}"' if format else ""
    return (
        f'<style:style style:name="{name}" style:family="table-cell"{data}>'
        f"<style:table-cell-properties {border} "
        f'fo:wrap-option="{"wrap" if wrap else "no-wrap"}" fo:padding="2pt" '
        f'style:vertical-align="{"middle" if look.middle or name.startswith("head") else "top"}"{paint} '
        f'style:text-align-source="fix"/><style:paragraph-properties fo:text-align="{align}"/>'
        f'<style:text-properties fo:font-size="{size}pt" style:font-size-asian="{size}pt" '
        f'style:font-name="F" style:font-name-asian="F" fo:font-weight="{weight}" '
        f'style:font-weight-asian="{weight}"{ink}/></style:style>'
    )


def _sheet_styles(form: Form, look: Look, index: int) -> str:
    border = _border(look)
    fills = {"no": "", "light": LIGHT, "dark": DARK}
    styles = _cell_style(
        f"head{index}",
        look,
        border,
        align="center",
        bold=look.bold,
        fill=fills[look.header_fill],
        colour=_head_ink(look),
    )
    for stripe, fill in (("", ""), ("-stripe", STRIPE)):
        for kind, bold in (("", False), ("-bold", look.bold)):
            name = f"{index}{kind}{stripe}"
            align = "justify" if look.justify else "start"
            styles += _cell_style(f"cell{name}", look, border, align=align, bold=bold, fill=fill)
            styles += _cell_style(
                f"amount{name}", look, border, align="end", bold=bold, fill=fill, wrap=False
            )
            for format in ("grouped", "ungrouped"):
                styles += _cell_style(
                    f"{format}{name}",
                    look,
                    border,
                    align="end",
                    bold=bold,
                    fill=fill,
                    wrap=False,
                    format=format,
                )
    widths = column_widths(form, look)
    shrink = (look.frame_width - 4) / sum(widths)
    return styles + "".join(
        f'<style:style style:name="column{index}-{place}" style:family="table-column">'
        f'<style:table-column-properties style:column-width="{width * shrink:.2f}pt"/></style:style>'
        for place, width in enumerate(widths)
    )


def _prose_sheet(name: str, text: str, look: Look) -> str:
    return (
        f'<table:table table:name="{name}" table:style-name="sheet">'
        '<table:table-column table:style-name="prose-column"/>'
        f"{_sheet_row([_sheet_cell(text, look, 'prose')])}</table:table>"
    )


def _table_sheet(form: Form, look: Look, index: int) -> str:
    count = len(form.columns)
    columns = "".join(
        f'<table:table-column table:style-name="column{index}-{place}"/>' for place in range(count)
    )
    covered = "<table:covered-table-cell/>"
    half = _caption_split(form, look)
    captions = _sheet_row([_sheet_cell(form.title, look, "title", columns=count), covered * (count - 1)])
    captions += _sheet_row(
        [
            _sheet_cell(form.department_line, look, "left", columns=half),
            covered * (half - 1),
            _sheet_cell(form.unit_line, look, "right", columns=count - half),
            covered * (count - half - 1),
        ]
    )
    heading = ""
    cells = form.heading()
    for level in range(form.head_height):
        line = []
        for place in range(count):
            head = next((cell for cell in cells if (cell.row, cell.column) == (level, place)), None)
            line.append(
                _sheet_cell(head.text, look, f"head{index}", columns=head.column_span, rows=head.row_span)
                if head
                else covered
            )
        heading += _sheet_row(line)
    if look.header_repeat == "every":
        repeated = captions + heading if look.captions_repeat else heading
        top = "" if look.captions_repeat else captions
        heading = f"{top}<table:table-header-rows>{repeated}</table:table-header-rows>"
    else:
        heading = captions + heading
    body = ""
    for number, row in enumerate(form.rows):
        suffix = f"{index}{'-bold' if row.kind != 'project' else ''}"
        suffix += "-stripe" if look.zebra and number % 2 else ""
        line = []
        for column, text in zip(form.columns, form.cells(row), strict=True):
            if column.key in AMOUNT_KEYS:
                line.append(_amount_cell(text, look, suffix))
                continue
            indent = look.indent if column.key == "name" and row.kind == "project" else ""
            line.append(_sheet_cell(indent + text if text else "", look, f"cell{suffix}"))
        body += _sheet_row(line)
    start = f'<table:table table:name="绩效{index}" table:style-name="sheet">'
    return f"{start}{columns}{heading}{body}</table:table>"


def _caption_split(form: Form, look: Look) -> int:
    """How many columns the department's name gets: all but those that the money unit needs."""
    widths = column_widths(form, look)
    split = len(widths) - 1
    while split > 1 and sum(widths[split:]) < 11 * look.font_size:
        split -= 1
    return split


def _amount_cell(text: str, look: Look, suffix: str) -> str:
    plain = text.replace(",", "")
    if look.numbers and plain.isascii() and plain.removeprefix("-").replace(".", "", 1).isdigit():
        grouped = "," in text or len(plain.removeprefix("-")) < len("1000.00")
        style = f"{'grouped' if grouped else 'ungrouped'}{suffix}"
        return (
            f'<table:table-cell table:style-name="{style}" office:value-type="float" office:value="{plain}"/>'
        )
    return _sheet_cell(text, look, f"amount{suffix}")


def _sheet_cell(text: str, look: Look, style: str, *, columns: int = 1, rows: int = 1) -> str:
    spans = f' table:number-columns-spanned="{columns}" table:number-rows-spanned="{rows}"'
    if not text:
        return f'<table:table-cell table:style-name="{style}"{spans if columns * rows > 1 else ""}/>'
    lines = escape(with_hard_spaces(look.write(text))).split("\n")
    paragraphs = "".join(f"<text:p>{line}</text:p>" for line in lines)
    return (
        f'<table:table-cell table:style-name="{style}" office:value-type="string"'
        f"{spans if columns * rows > 1 else ''}>{paragraphs}</table:table-cell>"
    )


def _sheet_row(cells: Sequence[str]) -> str:
    return f'<table:table-row table:style-name="row">{"".join(cells)}</table:table-row>'
