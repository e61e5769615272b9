"""Makers of PDFs that mean harm to whoever opens them. Each writes the bytes itself and returns the path.

``MAKERS`` has them all. None is larger than a few megabytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

_FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
_TEXT = b"BT /F1 12 Tf 50 700 Td (words on a page) Tj ET\n"
_MB = 1 << 20


def write_pdf(path: Path, objects: Mapping[int, bytes], trailer: bytes = b"") -> Path:
    """Writes numbered objects with their cross-reference table; object 1 is the catalog."""
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    for number, body in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    size = max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 65535 f \n"
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (size, trailer.replace(b"@xref", b"%d" % start))
    out += b"startxref\n%d\n%%%%EOF\n" % start
    path.write_bytes(out)
    return path


def stream(content: bytes, entries: bytes = b"") -> bytes:
    """A stream object's body."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), entries, content)


def page(contents: bytes = b"4 0 R", resources: bytes = b"/Font << /F1 5 0 R >>", parent: int = 2) -> bytes:
    """A page object's body."""
    return b"<< /Type /Page /Parent %d 0 R /MediaBox [0 0 595 842] /Contents %s /Resources << %s >> >>" % (
        parent,
        contents,
        resources,
    )


def one_page(content: bytes = stream(_TEXT), resources: bytes = b"/Font << /F1 5 0 R >>") -> dict[int, bytes]:
    """The objects of a harmless file of one page: 1 catalog, 2 page tree, 3 page, 4 content, 5 font."""
    return {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: page(resources=resources),
        4: content,
        5: _FONT,
    }


# --- more bytes than the file has -----------------------------------------------------------------


def flate_bomb(path: Path, size_mb: int = 600, pages: int = 1) -> Path:
    """Writes a content stream of that size behind nested FlateDecode filters: 3 KB for 600 MB.

    Args:
        path: Where to write.
        size_mb: What it takes when it is unpacked.
        pages: So many pages have it as their content.
    """
    packed, layers = _deflated(b" " * _MB, size_mb), 1
    while layers < 4 and len(again := zlib.compress(packed, 9)) < len(packed):
        packed, layers = again, layers + 1
    objects = one_page(stream(packed, b"/Filter [%s]" % (b"/FlateDecode " * layers)))
    return write_pdf(path, objects | _pages(pages))


def _deflated(chunk: bytes, times: int) -> bytes:
    """A chunk repeated, in zlib's format, without packing each copy anew."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(chunk) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = 1
    for _ in range(times):
        checksum = zlib.adler32(chunk, checksum)
    return b"\x78\xda" + block * times + b"\x03\x00" + checksum.to_bytes(4, "big")


def _pages(count: int) -> dict[int, bytes]:
    """The page tree of that many equal pages, from object 100 on."""
    kids = range(100, 100 + count)
    tree = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(b"%d 0 R" % one for one in kids), count)
    return {2: tree} | dict.fromkeys(kids, page())


def run_length_bomb(path: Path) -> Path:
    """Writes a content stream that FlateDecode and RunLengthDecode make 500 MB of."""
    packed = zlib.compress((b"\x81 " * (4 * _MB)) + b"\x80", 9)
    return write_pdf(path, one_page(stream(packed, b"/Filter [/FlateDecode /RunLengthDecode]")))


def predictor_bomb(path: Path) -> Path:
    """Writes a stream whose predictor says that a row has two billion columns."""
    entries = b"/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 2147483647 /Colors 4 >>"
    return write_pdf(path, one_page(stream(zlib.compress(_TEXT), entries)))


def object_stream_bomb(path: Path, size_mb: int = 900) -> Path:
    """Writes an object stream of that size with the page tree in it, found through an xref stream."""
    inner = b"2 0 3 50 "
    tree = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".ljust(50)
    packer = zlib.compressobj(1)
    packed = packer.compress(inner + tree + page())
    packed += b"".join([packer.compress(b" " * _MB) for _ in range(size_mb)]) + packer.flush()
    out = bytearray(b"%PDF-1.7\n")
    places = {}
    bodies = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        4: stream(_TEXT),
        5: _FONT,
        6: stream(packed, b"/Type /ObjStm /N 2 /First %d /Filter /FlateDecode" % len(inner)),
    }
    for number, body in bodies.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    places[7] = start = len(out)
    rows = [(0, 0, 0)] + [
        (2, 6, number - 2) if number in (2, 3) else (1, places[number], 0) for number in range(1, 8)
    ]
    table = b"".join(bytes([kind]) + place.to_bytes(4, "big") + bytes([index]) for kind, place, index in rows)
    out += b"7 0 obj\n%s\nendobj\n" % stream(table, b"/Type /XRef /Size 8 /W [1 4 1] /Root 1 0 R")
    out += b"startxref\n%d\n%%%%EOF\n" % start
    path.write_bytes(out)
    return path


# --- loops ----------------------------------------------------------------------------------------


def xref_loop(path: Path) -> Path:
    """Writes a cross-reference table that names itself as the one before it."""
    return write_pdf(path, one_page(), b"/Prev @xref")


def xref_chain(path: Path, links: int = 50_000) -> Path:
    """Writes that many cross-reference tables, each naming the next."""
    write_pdf(path, one_page())
    out = bytearray(path.read_bytes())
    before = int(out.split(b"startxref\n")[1].split(b"\n")[0])
    for _ in range(links):
        place = len(out)
        out += b"xref\n0 0\ntrailer\n<< /Size 6 /Root 1 0 R /Prev %d >>\n" % before
        before = place
    out += b"startxref\n%d\n%%%%EOF\n" % before
    path.write_bytes(out)
    return path


def xref_stream_of_billions(path: Path) -> Path:
    """Writes a cross-reference stream that claims two billion objects of no bytes each."""
    objects = one_page()
    write_pdf(path, objects)
    out = bytearray(path.read_bytes().split(b"xref\n")[0])
    start = len(out)
    entries = b"/Type /XRef /Size 2147483647 /Index [0 2147483647] /W [0 0 0] /Root 1 0 R"
    out += b"6 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF\n" % (stream(b"", entries), start)
    path.write_bytes(out)
    return path


def page_tree_loop(path: Path) -> Path:
    """Writes a page tree that is its own child."""
    objects = one_page()
    objects[2] = b"<< /Type /Pages /Kids [3 0 R 2 0 R] /Count 1000000000 >>"
    return write_pdf(path, objects)


def page_tree_parent_loop(path: Path) -> Path:
    """Writes a page that inherits from a tree that is its own parent."""
    objects = one_page()
    objects[2] = b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Parent 2 0 R >>"
    objects[3] = b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>"
    return write_pdf(path, objects)


def length_loop(path: Path) -> Path:
    """Writes a stream whose length is the stream itself."""
    objects = one_page()
    objects[4] = b"<< /Length 4 0 R >>\nstream\n%s\nendstream" % _TEXT
    return write_pdf(path, objects)


# --- many pages -----------------------------------------------------------------------------------


def many_pages(path: Path, pages: int = 100_000) -> Path:
    """Writes that many pages with a line of text each, all of one content."""
    return write_pdf(path, one_page() | _pages(pages))


def page_tree_of_billions(path: Path) -> Path:
    """Writes a page tree of 20 levels, each of which names the next ten times, and counts one page."""
    objects = one_page()
    levels = range(6, 26)
    for level in levels:
        kids = b"%d 0 R " % (level + 1 if level + 1 in levels else 3) * 10
        objects[level] = b"<< /Type /Pages /Parent 2 0 R /Kids [%s] /Count 1 >>" % kids
    objects[2] = b"<< /Type /Pages /Kids [6 0 R] /Count 1 >>"
    return write_pdf(path, objects)


def deep_page_tree(path: Path, levels: int = 50_000) -> Path:
    """Writes a page tree of that many levels above its only page."""
    objects = one_page()
    last = 6 + levels - 1
    objects[2] = b"<< /Type /Pages /Kids [6 0 R] /Count 1 >>"
    for level in range(6, last + 1):
        child, parent = (3 if level == last else level + 1), (2 if level == 6 else level - 1)
        objects[level] = b"<< /Type /Pages /Parent %d 0 R /Kids [%d 0 R] /Count 1 >>" % (parent, child)
    objects[3] = page(parent=last)
    return write_pdf(path, objects)


# --- pages that take long -------------------------------------------------------------------------


def form_loop(path: Path) -> Path:
    """Writes a form XObject that paints itself."""
    objects = one_page(stream(b"/X1 Do"), b"/XObject << /X1 6 0 R >> /Font << /F1 5 0 R >>")
    entries = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] "
    entries += b"/Resources << /XObject << /X1 6 0 R >> /Font << /F1 5 0 R >> >>"
    objects[6] = stream(_TEXT + b"/X1 Do", entries)
    return write_pdf(path, objects)


def forms_of_billions(path: Path, levels: int = 14, fan: int = 10) -> Path:
    """Writes form XObjects that paint the next ``fan`` times each: 10 to the 14th words in 14 objects."""
    objects = one_page(stream(b"/X1 Do"), b"/XObject << /X1 6 0 R >> /Font << /F1 5 0 R >>")
    for level in range(6, 6 + levels):
        content = _TEXT if level == 6 + levels - 1 else b"/X1 Do " * fan
        entries = b"/Type /XObject /Subtype /Form /BBox [0 0 595 842] "
        entries += b"/Resources << /XObject << /X1 %d 0 R >> /Font << /F1 5 0 R >> >>" % (level + 1)
        objects[level] = stream(content, entries)
    objects[6 + levels] = b"null"
    return write_pdf(path, objects)


def endless_text(path: Path, lines: int = 400_000) -> Path:
    """Writes a page of that many lines of text, one upon the other, in a few kilobytes."""
    return write_pdf(path, one_page(stream(zlib.compress(_TEXT * lines, 9), b"/Filter /FlateDecode")))


def endless_rules(path: Path, rules: int = 300_000) -> Path:
    """Writes a page of that many crossing rules: a grid of billions of cells."""
    across = b"".join(b"10 %.3f m 580 %.3f l S\n" % (y, y) for y in _spread(rules // 2, 840))
    down = b"".join(b"%.3f 10 m %.3f 830 l S\n" % (x, x) for x in _spread(rules // 2, 590))
    content = zlib.compress(_TEXT + across + down, 9)
    return write_pdf(path, one_page(stream(content, b"/Filter /FlateDecode")))


def _spread(count: int, reach: int) -> list[float]:
    return [reach * place / count for place in range(count)]


def deep_array(path: Path, levels: int = 1_000_000) -> Path:
    """Writes arrays nested that deep as an operand of the page's content."""
    content = b"[" * levels + b"]" * levels + b" TJ\n" + _TEXT
    return write_pdf(path, one_page(stream(zlib.compress(content, 9), b"/Filter /FlateDecode")))


def deep_object(path: Path, levels: int = 500_000) -> Path:
    """Writes a page with dictionaries nested that deep among its resources."""
    nested = b"<</A " * levels + b"0" + b">>" * levels
    return write_pdf(path, one_page(resources=b"/Font << /F1 5 0 R >> /Properties %s" % nested))


def deep_states(path: Path, levels: int = 3_000_000) -> Path:
    """Writes a page that saves its graphics state that often and never goes back."""
    content = zlib.compress(b"q " * levels + _TEXT, 9)
    return write_pdf(path, one_page(stream(content, b"/Filter /FlateDecode")))


# --- fonts ----------------------------------------------------------------------------------------

_CMAP_HEAD = b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /H def\n"
_CMAP_TAIL = b"endcmap end end\n"


def _with_font(
    path: Path, *, encoding: bytes = b"/Identity-H", to_unicode: bytes = b"", glyphs: bytes = b""
) -> Path:
    """Writes a page of four characters in a CID font.

    Args:
        path: Where to write.
        encoding: The font's entry: a name, or a reference to object 8.
        to_unicode: The entries and content of the font's map to Unicode, a stream's body; none where empty.
        glyphs: Further entries of the descendant font.
    """
    objects = one_page(stream(b"BT /F1 12 Tf 50 700 Td <0041004200430044> Tj ET"))
    objects[5] = (
        b"<< /Type /Font /Subtype /Type0 /BaseFont /Hostile /Encoding %s /DescendantFonts [6 0 R] %s >>"
        % (encoding, b"/ToUnicode 7 0 R" if to_unicode else b"")
    )
    objects[6] = (
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Hostile /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 1000 %s >>" % glyphs
    )
    objects[7] = to_unicode or b"null"
    cmap = _CMAP_HEAD + b"/H usecmap\n1 begincidrange <0000> <FFFF> 0 endcidrange\n" + _CMAP_TAIL
    objects[8] = stream(cmap, b"/Type /CMap /CMapName /H /UseCMap 8 0 R")
    return write_pdf(path, objects)


def cmap_of_billions(path: Path, ranges: int = 20_000) -> Path:
    """Writes a ToUnicode map of that many ranges, each over four billion codes."""
    lines = b"1 beginbfrange <00000000> <FFFFFFFF> <0041> endbfrange\n" * ranges
    content = zlib.compress(_CMAP_HEAD + lines + _CMAP_TAIL, 9)
    return _with_font(path, to_unicode=stream(content, b"/Filter /FlateDecode"))


def cmap_of_long_texts(path: Path, size_mb: int = 1000) -> Path:
    """Writes a ToUnicode map that gives codes texts of 20,000 characters, again and again."""
    text = b"4e2d" * 20_000
    chunk = b"".join(b"1 beginbfchar <%04x> <%s> endbfchar\n" % (code, text) for code in range(0x41, 0x4D))
    content = zlib.compress(_deflated(chunk, size_mb), 9)
    return _with_font(path, to_unicode=stream(content, b"/Filter [/FlateDecode /FlateDecode]"))


def cmap_of_a_stranger(path: Path, wanted: Path) -> Path:
    """Writes a font whose encoding is named like a file elsewhere on the disk (without its suffix)."""
    return _with_font(path, encoding=b"/" + b"".join(b"#%02x" % byte for byte in str(wanted).encode()))


def cmap_loop(path: Path) -> Path:
    """Writes an encoding that uses itself."""
    return _with_font(path, encoding=b"8 0 R")


def widths_of_billions(path: Path) -> Path:
    """Writes a font whose widths are given for two billion glyphs in one range."""
    return _with_font(path, glyphs=b"/W [0 2147483647 500]")


# --- pages without characters ---------------------------------------------------------------------


def silent_page(path: Path) -> Path:
    """Writes two pages of text; the letters of the second stand for blanks, says the font."""
    to_unicode = _CMAP_HEAD + b"1 begincodespacerange <00> <FF> endcodespacerange\n"
    to_unicode += b"1 beginbfchar <61> <0020> endbfchar\n" + _CMAP_TAIL
    objects = one_page() | _pages(2)
    objects[101] = page(contents=b"6 0 R", resources=b"/Font << /F1 7 0 R >>")
    objects[6] = stream(b"BT /F1 12 Tf 50 700 Td (aaaa) Tj ET")
    objects[7] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 8 0 R >>"
    objects[8] = stream(to_unicode)
    return write_pdf(path, objects)


MAKERS: dict[str, Callable[[Path], Path]] = {
    "FlateDecode nested, 600 MB in 3 KB": flate_bomb,
    "FlateDecode nested, 4 GB": lambda path: flate_bomb(path, 4096),
    "FlateDecode, 200 MB on each of 50 pages": lambda path: flate_bomb(path, 200, 50),
    "RunLengthDecode within FlateDecode, 500 MB": run_length_bomb,
    "predictor of two billion columns": predictor_bomb,
    "object stream of 900 MB": object_stream_bomb,
    "cross-reference table names itself": xref_loop,
    "50,000 cross-reference tables": xref_chain,
    "cross-reference stream of two billion objects": xref_stream_of_billions,
    "page tree is its own child": page_tree_loop,
    "page tree is its own parent": page_tree_parent_loop,
    "stream is its own length": length_loop,
    "100,000 pages": many_pages,
    "page tree of 10^20 pages in 3 KB": page_tree_of_billions,
    "page tree of 50,000 levels": deep_page_tree,
    "form XObject paints itself": form_loop,
    "form XObjects paint 10^14 words": forms_of_billions,
    "400,000 lines of text on a page": endless_text,
    "300,000 rules on a page": endless_rules,
    "arrays nested a million deep in a page's content": deep_array,
    "dictionaries nested 500,000 deep": deep_object,
    "three million saved graphics states": deep_states,
    "CMap of 20,000 ranges over four billion codes": cmap_of_billions,
    "CMap of 1 GB of text": cmap_of_long_texts,
    "encoding that uses itself": cmap_loop,
    "widths of two billion glyphs": widths_of_billions,
}
