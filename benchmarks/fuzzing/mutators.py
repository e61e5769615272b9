"""Ways to damage a PDF. Each takes the source of chance and a seed taken apart, and returns a file.

Four families: the bytes as they lie (`BYTES`), the objects and what refers to what (`OBJECTS`), what a page
draws and with which fonts (`DRAWING`), and what a viewer shows otherwise than a reader of text may think
(`TRICKS`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from random import Random

from .objects import REFERENCE, TOKEN, Parts, PdfObject, joined, stream

Mutator = Callable[[Random, Parts], bytes]

_NUMBER = re.compile(rb"[-+]?(?:\d+\.?\d*|\.\d+)")
_OPERATOR = re.compile(rb"[A-Za-z'\"][A-Za-z0-9*'\"]*")
_HOSTILE_NUMBERS = (b"0", b"-1", b"1", b"0.001", b"65536", b"2147483648", b"-99999999999", b"1e9", b"1.5")
_HOSTILE_VALUES = (
    *_HOSTILE_NUMBERS,
    b"null",
    b"true",
    b"[]",
    b"<<>>",
    b"()",
    b"/Name",
    b"[[[[[[[[]]]]]]]]",
    b"(\\377\\376)",
    b"999999 0 R",
    b"<FEFF>",
)
_PIECES = (
    b"endobj\n",
    b"endstream\n",
    b"stream\n",
    b"1 0 obj\n",
    b"<<",
    b">>",
    b"]",
    b"%",
    b"(",
    b"\x00" * 40,
    b"\xff" * 9,
    b" 0 R",
    b"startxref\n0\n%%EOF\n",
    b"trailer\n<<>>\n",
)
_EDITS = (1, 1, 1, 1, 2, 2, 4)


# --- bytes ----------------------------------------------------------------------------------------


def flip_bytes(chance: Random, seed: Parts) -> bytes:
    """A few bytes changed, anywhere."""
    data = bytearray(seed.data)
    for _ in range(chance.choice((1, 1, 2, 4, 16))):
        place = chance.randrange(len(data))
        data[place] = (
            data[place] ^ (1 << chance.randrange(8)) if chance.random() < 0.5 else chance.randrange(256)
        )
    return bytes(data)


def truncate(chance: Random, seed: Parts) -> bytes:
    """The end of the file missing."""
    return seed.data[: chance.randrange(len(seed.data))]


def delete_chunk(chance: Random, seed: Parts) -> bytes:
    """A piece cut out."""
    start, end = _chunk(chance, seed.data)
    return seed.data[:start] + seed.data[end:]


def double_chunk(chance: Random, seed: Parts) -> bytes:
    """A piece written twice."""
    start, end = _chunk(chance, seed.data)
    return seed.data[:end] + seed.data[start:]


def insert_chunk(chance: Random, seed: Parts) -> bytes:
    """Something put in: of PDF's words, of the file itself, or noise."""
    start, end = _chunk(chance, seed.data)
    piece = chance.choice((chance.choice(_PIECES), seed.data[start:end], chance.randbytes(end - start)))
    place = chance.randrange(len(seed.data))
    return seed.data[:place] + piece + seed.data[place:]


def _chunk(chance: Random, data: bytes) -> tuple[int, int]:
    start = chance.randrange(len(data))
    return start, min(len(data), start + int(2 ** (12 * chance.random())))


# --- objects --------------------------------------------------------------------------------------


def swap_objects(chance: Random, seed: Parts) -> bytes:
    """Two objects under each other's number."""
    one, other = chance.sample(sorted(seed.objects), 2)
    return seed.rebuilt({one: seed.objects[other], other: seed.objects[one]})


def drop_object(chance: Random, seed: Parts) -> bytes:
    """An object left out."""
    return seed.rebuilt({chance.choice(sorted(seed.objects)): None})


def redirect_reference(chance: Random, seed: Parts) -> bytes:
    """A reference that leads to another object, or to its own."""
    number = chance.choice([n for n, one in seed.objects.items() if REFERENCE.search(one.head)])
    head = seed.objects[number].head
    match = chance.choice(list(REFERENCE.finditer(head)))
    target = number if chance.random() < 0.2 else chance.choice(sorted(seed.objects))
    return _with_head(seed, number, head[: match.start()] + b"%d 0 R" % target + head[match.end() :])


def swap_streams(chance: Random, seed: Parts) -> bytes:
    """A stream with another's content."""
    streams = [n for n, one in seed.objects.items() if one.raw is not None]
    one, other = chance.choice(streams), chance.choice(streams)
    content = seed.unpacked.get(other, seed.objects[other].raw or b"")
    return seed.rebuilt({one: seed.objects[one].with_content(content)})


def dictionary_value(chance: Random, seed: Parts) -> bytes:
    """A value of a dictionary or array replaced by a hostile one, or one of its entries left out."""
    number = chance.choice(sorted(seed.objects))
    tokens = TOKEN.findall(seed.objects[number].head)
    places = [n for n, token in enumerate(tokens) if not token.isspace() and token not in (b"<<", b">>")]
    if not places:
        return seed.plain
    for _ in range(chance.choice(_EDITS)):
        place = chance.choice(places)
        tokens[place] = b" " + chance.choice(_HOSTILE_VALUES) + b" " if chance.random() < 0.8 else b""
    return _with_head(seed, number, joined(tokens))


def page_tree(chance: Random, seed: Parts) -> bytes:
    """Pages doubled, left out, turned round, counted wrongly, or children of themselves."""
    number = chance.choice(seed.page_trees + seed.pages)
    head = seed.objects[number].head
    kids = re.search(rb"/Kids\s*\[([^\]]*)\]", head)
    references = [match.group() for match in REFERENCE.finditer(kids.group(1))] if kids else []
    choices: list[bytes] = []
    if kids and references:
        own = b"%d 0 R" % number
        for changed in (
            references * 2,
            references[::-1],
            references[1:],
            [*references, own],
            references * 60,
        ):
            choices.append(head[: kids.start(1)] + b" ".join(changed) + head[kids.end(1) :])
    for key in (rb"/Count", rb"/Rotate", rb"/Parent", rb"/Type"):
        value = (key + b" " + chance.choice(_HOSTILE_VALUES)).replace(b"\\", b"\\\\")
        choices.append(re.sub(key + rb"\s*(?:\d+ 0 R|[-\d]+|/\w+)", value, head))
    choices.append(head.replace(b"<<", b"<</Rotate %d" % chance.choice((90, 180, 270, 45, -90)), 1))
    choices = [one for one in choices if one != head] or [head]
    return _with_head(seed, number, chance.choice(choices))


def page_boxes(chance: Random, seed: Parts) -> bytes:
    """A page's boxes, unit or turn otherwise."""
    number = chance.choice(seed.pages)
    box = b"[%s]" % b" ".join(b"%d" % chance.randint(-100, 700) for _ in range(4))
    entry = chance.choice(
        (
            b"/MediaBox" + box,
            b"/CropBox" + box,
            b"/UserUnit %d" % chance.randint(0, 100),
            b"/Rotate %d" % chance.choice((0, 90, 180, 270, 360, 1, -90)),
        )
    )
    key = re.match(rb"/\w+", entry)
    head = re.sub(
        (key.group() if key else b"/") + rb"\s*(?:\[[^\]]*\]|[-\d]+)", b"", seed.objects[number].head
    )
    return _with_head(seed, number, head.replace(b"<<", b"<<" + entry, 1))


def damage_xref(chance: Random, seed: Parts) -> bytes:
    """The cross-reference table, its place or the trailer damaged; the objects whole."""
    data = seed.rebuilt({})
    start = data.rfind(b"xref\n0 ")
    tail = bytearray(data[start:])
    digits = [place for place, byte in enumerate(tail) if 48 <= byte <= 57]
    for _ in range(chance.choice((1, 2, 8, 40))):
        tail[chance.choice(digits)] = 48 + chance.randrange(10)
    whole = bytes(tail)
    if chance.random() < 0.3:
        whole = whole.replace(b"<<", b"<</Prev %d" % chance.choice((start, 0, 10**9)), 1)
    if chance.random() < 0.2:
        whole = whole[: chance.randrange(len(whole))]
    return data[:start] + whole


def packed_bytes(chance: Random, seed: Parts) -> bytes:
    """Bytes of a packed stream changed, its length right."""
    number = chance.choice([n for n, one in seed.objects.items() if one.raw])
    raw = bytearray(seed.objects[number].raw or b"")
    for _ in range(chance.choice(_EDITS)):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    return seed.rebuilt({number: PdfObject(seed.objects[number].head, bytes(raw))})


def filters_and_length(chance: Random, seed: Parts) -> bytes:
    """A stream that says another packing or another length than it has."""
    number = chance.choice([n for n, one in seed.objects.items() if one.raw])
    head = seed.objects[number].head
    other = chance.choice(
        (
            b"/Filter/ASCIIHexDecode",
            b"/Filter/LZWDecode",
            b"/Filter[/FlateDecode/FlateDecode]",
            b"/Filter/RunLengthDecode",
            b"/Filter/Unknown",
            b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns %d>>" % chance.choice((1, 5, 10**6)),
            b"/Filter/Crypt",
            b"",
        )
    )
    if chance.random() < 0.5 and b"/Filter" in head:
        head = re.sub(rb"/Filter\s*\[?\s*/\w+\s*\]?", other, head, count=1)
    else:
        head = re.sub(rb"/Length\s+\d+(?: 0 R)?", b"/Length " + chance.choice(_HOSTILE_VALUES), head)
    return _with_head(seed, number, head)


def _with_head(seed: Parts, number: int, head: bytes) -> bytes:
    return seed.rebuilt({number: seed.objects[number].with_head(head)})


# --- drawing --------------------------------------------------------------------------------------


def content_numbers(chance: Random, seed: Parts) -> bytes:
    """Numbers of a page's drawing changed: places, sizes, colours, matrices."""
    return _edit_tokens(chance, seed, _NUMBER.fullmatch, _other_number)


def content_strings(chance: Random, seed: Parts) -> bytes:
    """Texts that a page draws changed, or put in each other's place."""
    number, tokens = _drawing(chance, seed)
    places = [n for n, token in enumerate(tokens) if token[:1] in (b"(", b"<") and token != b"<<"]
    if len(places) < 2:
        return seed.plain
    for _ in range(chance.choice(_EDITS)):
        one, other = chance.sample(places, 2)
        match chance.randrange(4):
            case 0:
                tokens[one], tokens[other] = tokens[other], tokens[one]
            case 1:
                tokens[one] = tokens[other]
            case 2:
                tokens[one] = b"()"
            case _:
                tokens[one] = _other_string(chance, tokens[one])
    return _with_tokens(seed, number, tokens)


def content_operators(chance: Random, seed: Parts) -> bytes:
    """Operators left out, doubled or replaced by others that the page uses."""
    return _edit_tokens(chance, seed, _OPERATOR.fullmatch, _other_operator)


def content_lines(chance: Random, seed: Parts) -> bytes:
    """Runs of a page's drawing left out, doubled, or moved."""
    number, tokens = _drawing(chance, seed)
    start = chance.randrange(len(tokens))
    end = min(len(tokens), start + int(2 ** (8 * chance.random())))
    run = tokens[start:end]
    match chance.randrange(3):
        case 0:
            del tokens[start:end]
        case 1:
            tokens[end:end] = [b" ", *run]
        case _:
            del tokens[start:end]
            place = chance.randrange(len(tokens) + 1)
            tokens[place:place] = [b" ", *run, b" "]
    return _with_tokens(seed, number, tokens)


def text_state(chance: Random, seed: Parts) -> bytes:
    """A word about how text is drawn put in somewhere: its mode, colour, size, rise, width, spacing."""
    words = (
        b"%d Tr" % chance.randrange(8),
        b"%.2f g" % chance.random(),
        b"%.2f %.2f %.2f rg" % (chance.random(), chance.random(), chance.random()),
        b"1 g",
        b"%d Tz" % chance.choice((1, 50, 150, -100)),
        b"%d Ts" % chance.randint(-30, 30),
        b"%d Tc" % chance.randint(-9, 20),
        b"%d TL" % chance.randint(-20, 60),
        b"1 0 0 1 %d %d cm" % (chance.randint(-60, 60), chance.randint(-60, 60)),
        b"%.2f 0 0 %.2f 0 0 cm" % (chance.uniform(-1.2, 1.5), chance.uniform(-1.2, 1.5)),
        b"q",
        b"Q",
        b"BT",
        b"ET",
    )
    return _insert_words(chance, seed, chance.choice(words))


def clip_paths(chance: Random, seed: Parts) -> bytes:
    """A clip put in, left out, or made of another path."""
    number, tokens = _drawing(chance, seed)
    places = [n for n, token in enumerate(tokens) if token in (b"W", b"W*")]
    if places and chance.random() < 0.5:
        place = chance.choice(places)
        if chance.random() < 0.3:
            tokens[place] = b""
        else:
            before = [n for n in range(max(0, place - 30), place) if _NUMBER.fullmatch(tokens[n])]
            for spot in before[-4:]:
                tokens[spot] = _other_number(chance, tokens[spot], tokens)
        return _with_tokens(seed, number, tokens)
    box = b"%d %d %d %d re W n" % (
        chance.randint(0, 400),
        chance.randint(0, 500),
        chance.randint(1, 400),
        chance.randint(1, 400),
    )
    shape = b"%d %d m %d %d l %d %d l h W n" % tuple(chance.randint(0, 700) for _ in range(6))
    return _insert_words(chance, seed, chance.choice((box, shape)))


def character_maps(chance: Random, seed: Parts) -> bytes:
    """What a font's codes are said to be: entries changed, put in each other's place, or left out."""
    if not seed.cmaps:
        return seed.plain
    number = chance.choice(seed.cmaps)
    tokens = TOKEN.findall(seed.unpacked[number])
    places = [n for n, token in enumerate(tokens) if token[:1] == b"<" and len(token) > 2]
    if len(places) < 2:
        return seed.plain
    for _ in range(chance.choice(_EDITS)):
        one, other = chance.sample(places, 2)
        match chance.randrange(5):
            case 0:
                tokens[one], tokens[other] = tokens[other], tokens[one]
            case 1:
                tokens[one] = tokens[other]
            case 2:
                tokens[one] = b""
            case 3:
                tokens[one] = b"<%04X>" % chance.choice(
                    (0x35, 0x36, 0x30, 0x4E00, 0xE000, 0x20, 0xD800, 0xFFFD)
                )
            case _:
                tokens[one] = _other_string(chance, tokens[one])
    return seed.rebuilt({number: seed.objects[number].with_content(joined(tokens))})


def font_widths(chance: Random, seed: Parts) -> bytes:
    """How wide a font's glyphs are said to be."""
    numbers = [
        n
        for n, one in seed.objects.items()
        if re.search(rb"/W\b|/Widths\b|/DW\b", one.head) or re.fullmatch(rb"\s*\[[\d\s.\[\]]+\]\s*", one.head)
    ]
    if not numbers:
        return seed.plain
    number = chance.choice(numbers)
    tokens = TOKEN.findall(seed.objects[number].head)
    places = [n for n, token in enumerate(tokens) if _NUMBER.fullmatch(token)]
    for _ in range(chance.choice((1, 4, 40))):
        place = chance.choice(places)
        tokens[place] = chance.choice((b"0", b"1000", b"500", b"-300", b"250", b"99999"))
    return _with_head(seed, number, joined(tokens))


def font_dictionary(chance: Random, seed: Parts) -> bytes:
    """A font of another kind, encoding or descendant."""
    if not seed.fonts:
        return seed.plain
    number = chance.choice(seed.fonts)
    head = seed.objects[number].head
    entry = chance.choice(
        (
            b"/Encoding/Identity-H",
            b"/Encoding/Identity-V",
            b"/Encoding/WinAnsiEncoding",
            b"/Encoding/UniGB-UCS2-H",
            b"/Encoding<</Differences[48/nine/eight/seven 65/A]>>",
            b"/Subtype/Type1",
            b"/Subtype/TrueType",
            b"/Subtype/CIDFontType0",
            b"/Subtype/Type3",
            b"/CIDToGIDMap/Identity",
            b"/DescendantFonts[%d 0 R]" % chance.choice(seed.fonts),
            b"/ToUnicode/Identity-H",
            b"/BaseFont/Helvetica",
        )
    )
    key = re.match(rb"/\w+", entry)
    pattern = (key.group() if key else b"/") + rb"\b\s*(?:\[[^\]]*\]|\d+ 0 R|/[^\s/<>\[\]]+)"
    return _with_head(seed, number, re.sub(pattern, b"", head).replace(b"<<", b"<<" + entry, 1))


def font_program(chance: Random, seed: Parts) -> bytes:
    """Bytes of an embedded font changed: its shapes, its tables."""
    programs = [n for n in seed.font_programs if seed.unpacked.get(n)]
    if not programs:
        return seed.plain
    number = chance.choice(programs)
    data = bytearray(seed.unpacked[number])
    for _ in range(chance.choice((1, 2, 8, 64))):
        data[chance.randrange(len(data))] = chance.randrange(256)
    return seed.rebuilt({number: seed.objects[number].with_content(bytes(data))})


def swap_fonts(chance: Random, seed: Parts) -> bytes:
    """Texts drawn with another font of the page."""
    number, tokens = _drawing(chance, seed)
    places = [n for n, token in enumerate(tokens) if token == b"Tf"]
    names = sorted({tokens[m] for n in places for m in range(max(0, n - 4), n) if tokens[m][:1] == b"/"})
    if len(names) < 2:
        return font_dictionary(chance, seed)
    spots = [m for n in places for m in range(max(0, n - 4), n) if tokens[m] in names]
    for spot in chance.sample(spots, min(len(spots), chance.choice((1, 2, 5)))):
        tokens[spot] = chance.choice(names)
    return _with_tokens(seed, number, tokens)


# --- tricks ---------------------------------------------------------------------------------------


def paint_over(chance: Random, seed: Parts) -> bytes:
    """A shape painted over what was drawn, or below what comes."""
    x, y = chance.randint(0, 450), chance.randint(0, 650)
    across, down = chance.randint(4, 200), chance.randint(4, 60)
    box = b"%d %d %d %d re" % (x, y, across, down)
    slanted = b"%d %d m %d %d l %d %d l %d %d l h" % (
        x,
        y,
        x + across,
        y + 3,
        x + across,
        y + down,
        x,
        y + down,
    )
    curved = b"%d %d m %d %d %d %d %d %d c h" % (x, y, x, y + down, x + across, y + down, x + across, y)
    shape = chance.choice((box, box, slanted, curved))
    colour = chance.choice((b"1 g", b"1 1 1 rg", b"0.97 g", b"0 0 0 0 k", b"0.9 0.9 0.2 rg", b"0 g"))
    picture = b"q %d 0 0 %d %d %d cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xff EI Q" % (across, down, x, y)
    words = chance.choice((b"q %s %s f Q" % (colour, shape), b"q %s %s f Q" % (colour, shape), picture))
    at_end = chance.random() < 0.7
    return _insert_words(chance, seed, words, at_end=at_end)


def annotation(chance: Random, seed: Parts) -> bytes:
    """A note on the page that viewers draw: a text, or a white box."""
    fonts = [n for n in seed.fonts if b"/Type0" in seed.objects[n].head] or list(seed.fonts)
    x, y = chance.randint(20, 400), chance.randint(20, 600)
    words = chance.choice(
        (b"1 g 0 0 200 40 re f", b"BT /F0 9 Tf 2 4 Td <0005000600070008> Tj ET", b"0 g 0 0 60 9 re f")
    )
    base = max(seed.objects) + 1
    kind = chance.choice((b"/Stamp", b"/FreeText", b"/Widget/FT/Tx", b"/Square", b"/Redact"))
    note = b"<</Type/Annot/Subtype%s/Rect[%d %d %d %d]/F %d/Contents(99.99)/AP<</N %d 0 R>>>>" % (
        kind,
        x,
        y,
        x + 200,
        y + 40,
        chance.choice((4, 4, 4, 2, 0)),
        base + 1,
    )
    resources = b"/Resources<</Font<</F0 %d 0 R>>>>" % fonts[0] if fonts else b""
    look = stream(words, b"/Type/XObject/Subtype/Form/BBox[0 0 200 40]" + resources)
    page = chance.choice(seed.pages)
    head = re.sub(rb"/Annots\s*(?:\[[^\]]*\]|\d+ 0 R)", b"", seed.objects[page].head)
    changed = seed.objects[page].with_head(head.replace(b"<<", b"<</Annots[%d 0 R]" % base, 1))
    return seed.rebuilt({page: changed, base: PdfObject(note), base + 1: look})


def optional_content(chance: Random, seed: Parts) -> bytes:
    """A part of the drawing in a layer that is switched off, or on."""
    catalogs = [n for n in seed.page_trees if re.search(rb"/Type\s*/Catalog", seed.objects[n].head)]
    base = max(seed.objects) + 1
    is_off = chance.random() < 0.8
    layer = PdfObject(b"<</Type/OCG/Name(layer)>>")
    setting = b"/OCProperties<</OCGs[%d 0 R]/D<</%s[%d 0 R]/Order[%d 0 R]>>>>" % (
        base,
        b"OFF" if is_off else b"ON",
        base,
        base,
    )
    changed: dict[int, PdfObject | None] = {base: layer}
    for number in catalogs:
        one = seed.objects[number]
        changed[number] = one.with_head(one.head.replace(b"<<", b"<<" + setting, 1))
    number, tokens = _drawing(chance, seed)
    _wrap_texts(chance, tokens, b"/OC /FuzzLayer BDC ", b" EMC ")
    changed[number] = seed.objects[number].with_content(joined(tokens))
    changed |= _with_resource(seed, b"/Properties", b"/FuzzLayer %d 0 R" % base)
    return seed.rebuilt(changed)


def actual_text(chance: Random, seed: Parts) -> bytes:
    """A part of the drawing that says of itself to be another text."""
    number, tokens = _drawing(chance, seed)
    said = chance.choice((b"(9)", b"<FEFF0039>", b"()", b"<FEFF5341>"))
    _wrap_texts(chance, tokens, b"/Span <</ActualText %s>> BDC " % said, b" EMC ")
    return _with_tokens(seed, number, tokens)


def transparency(chance: Random, seed: Parts) -> bytes:
    """A part of the drawing nearly transparent, blended away, or behind a mask."""
    base = max(seed.objects) + 1
    mask = b"/SMask<</Type/Mask/S/Luminosity/G %d 0 R>>" % (base + 1)
    state = chance.choice(
        (
            b"/ca %.2f" % chance.choice((0, 0.02, 0.1, 0.5)),
            b"/BM/Screen",
            b"/BM/Difference",
            b"/CA 0/ca 0",
            mask,
        )
    )
    group = stream(
        b"%.1f g 0 0 700 900 re f" % chance.choice((0, 0.5, 1)),
        b"/Type/XObject/Subtype/Form/BBox[0 0 700 900]/Group<</S/Transparency/CS/DeviceGray>>",
    )
    number, tokens = _drawing(chance, seed)
    _wrap_texts(chance, tokens, b"q /FuzzState gs ", b" Q ")
    changed: dict[int, PdfObject | None] = {
        base: PdfObject(b"<</Type/ExtGState%s>>" % state),
        base + 1: group,
        number: seed.objects[number].with_content(joined(tokens)),
    }
    changed |= _with_resource(seed, b"/ExtGState", b"/FuzzState %d 0 R" % base)
    return seed.rebuilt(changed)


def pattern_text(chance: Random, seed: Parts) -> bytes:
    """Text filled with a pattern that paints nothing, or white."""
    base = max(seed.objects) + 1
    paint = chance.choice((b"", b"1 g 0 0 9 9 re f", b"0 g 0 0 9 9 re f"))
    tile = stream(
        paint,
        b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 9 9]/XStep 9/YStep 9/Resources<<>>",
    )
    number, tokens = _drawing(chance, seed)
    _wrap_texts(chance, tokens, b"q /Pattern cs /FuzzTile scn ", b" Q ")
    changed: dict[int, PdfObject | None] = {
        base: tile,
        number: seed.objects[number].with_content(joined(tokens)),
    }
    changed |= _with_resource(seed, b"/Pattern", b"/FuzzTile %d 0 R" % base)
    return seed.rebuilt(changed)


def form_object(chance: Random, seed: Parts) -> bytes:
    """The page's drawing moved to a form object with a place and a frame of its own."""
    number = chance.choice(seed.contents)
    pages = [n for n in seed.pages if b"%d 0 R" % number in seed.objects[n].head] or list(seed.pages)
    base = max(seed.objects) + 1
    found = re.search(rb"/Resources\s*(\d+ 0 R)", seed.objects[pages[0]].head)
    # A form object without resources of its own takes the page's.
    resources = b"/Resources " + found.group(1) if found else b""
    matrix = chance.choice(
        (
            b"1 0 0 1 0 0",
            b"1 0 0 1 %d %d" % (chance.randint(-99, 99), chance.randint(-99, 99)),
            b"0.5 0 0 0.5 0 0",
        )
    )
    box = b"0 0 %d %d" % (chance.choice((900, 300, 0)), chance.choice((1200, 400, 50)))
    entries = b"/Type/XObject/Subtype/Form/BBox[%s]/Matrix[%s]%s" % (box, matrix, resources)
    return seed.rebuilt(
        {
            base: stream(seed.unpacked[number], entries),
            number: seed.objects[number].with_content(b"/FuzzForm Do " * chance.choice((1, 1, 1, 2))),
            **_with_resource(seed, b"/XObject", b"/FuzzForm %d 0 R" % base),
        }
    )


# --- tokens ---------------------------------------------------------------------------------------


def _drawing(chance: Random, seed: Parts) -> tuple[int, list[bytes]]:
    number = chance.choice(seed.contents)
    return number, list(seed.tokens[number])


def _with_tokens(seed: Parts, number: int, tokens: Sequence[bytes]) -> bytes:
    return seed.rebuilt({number: seed.objects[number].with_content(joined(tokens))})


def _edit_tokens(
    chance: Random,
    seed: Parts,
    is_meant: Callable[[bytes], object],
    change: Callable[[Random, bytes, Sequence[bytes]], bytes],
) -> bytes:
    number, tokens = _drawing(chance, seed)
    places = [n for n, token in enumerate(tokens) if is_meant(token)]
    for _ in range(chance.choice(_EDITS)):
        place = chance.choice(places)
        tokens[place] = change(chance, tokens[place], tokens)
    return _with_tokens(seed, number, tokens)


def _other_number(chance: Random, token: bytes, _: Sequence[bytes]) -> bytes:
    value = float(token)
    return chance.choice(
        (
            b"%.2f" % (value + chance.uniform(-20, 20)),
            b"%.2f" % (value + chance.uniform(-2, 2)),
            b"%.2f" % (value * chance.choice((-1, 0.5, 2, 1.1))),
            b"%d" % chance.randint(0, 700),
            chance.choice(_HOSTILE_NUMBERS[:7]),
        )
    )


def _other_string(chance: Random, token: bytes) -> bytes:
    inner = bytearray(token[1:-1])
    if not inner:
        return token
    for _ in range(chance.choice((1, 1, 2))):
        place = chance.randrange(len(inner))
        if token[:1] == b"<":
            inner[place : place + 1] = b"%X" % chance.randrange(16)
        else:
            inner[place] = chance.choice(b"0123456789ABCDEFabcdef!#$%&") if chance.random() < 0.8 else 92
    return token[:1] + bytes(inner) + token[-1:]


def _other_operator(chance: Random, token: bytes, tokens: Sequence[bytes]) -> bytes:
    match chance.randrange(4):
        case 0:
            return b""
        case 1:
            return token + b" " + token
        case _:
            used = sorted({one for one in tokens if _OPERATOR.fullmatch(one)})
            return chance.choice(used)


def _insert_words(chance: Random, seed: Parts, words: bytes, *, at_end: bool = False) -> bytes:
    number, tokens = _drawing(chance, seed)
    ends = [n + 1 for n, token in enumerate(tokens) if _OPERATOR.fullmatch(token)]
    place = len(tokens) if at_end or not ends else chance.choice(ends)
    # What is put in at the end must not depend on what the drawing left behind.
    if at_end:
        tokens[:0] = [b"q "]
        place, words = len(tokens), b"Q " + words
    tokens[place:place] = [b" " + words + b" "]
    return _with_tokens(seed, number, tokens)


def _wrap_texts(chance: Random, tokens: list[bytes], before: bytes, after: bytes) -> None:
    """Put words around a run of whole BT…ET blocks, in place."""
    starts = [n for n, token in enumerate(tokens) if token == b"BT"]
    ends = [n for n, token in enumerate(tokens) if token == b"ET"]
    if not starts or len(starts) != len(ends):
        tokens[:0], tokens[len(tokens) :] = [before], [after]
        return
    first = chance.randrange(len(starts))
    last = min(len(ends) - 1, first + chance.choice((0, 0, 1, 5, 40)))
    if any(token in (b"q", b"Q") for token in tokens[starts[first] : ends[last]]):
        last = first
    tokens[ends[last]] += b" " + after
    tokens[starts[first]] = b" " + before + tokens[starts[first]]


def _with_resource(seed: Parts, kind: bytes, entry: bytes) -> dict[int, PdfObject | None]:
    """Every page's resources with one entry more."""
    changed: dict[int, PdfObject | None] = {}
    for page in seed.pages:
        number, head = page, seed.objects[page].head
        found = re.search(rb"/Resources\s*(\d+) 0 R", head)
        if found:
            number = int(found.group(1))
            head = seed.objects[number].head
            at = head.find(b"<<")
        else:
            place = re.search(rb"/Resources\s*<<", head)
            at = place.end() - 2 if place else -1
        if at < 0:
            continue
        own = re.search(re.escape(kind) + rb"\s*<<", head)
        indirect = re.search(re.escape(kind) + rb"\s*(\d+) 0 R", head)
        if own:
            head = head[: own.end()] + entry + b" " + head[own.end() :]
        elif indirect and int(indirect.group(1)) in seed.objects:
            number = int(indirect.group(1))
            head = seed.objects[number].head.replace(b"<<", b"<<" + entry + b" ", 1)
        else:
            head = head[: at + 2] + kind + b"<<" + entry + b">>" + head[at + 2 :]
        changed[number] = seed.objects[number].with_head(head)
    return changed


BYTES: tuple[Mutator, ...] = (flip_bytes, truncate, delete_chunk, double_chunk, insert_chunk)
OBJECTS: tuple[Mutator, ...] = (
    swap_objects,
    drop_object,
    redirect_reference,
    swap_streams,
    dictionary_value,
    page_tree,
    page_boxes,
    damage_xref,
    packed_bytes,
    filters_and_length,
)
DRAWING: tuple[Mutator, ...] = (
    content_numbers,
    content_strings,
    content_operators,
    content_lines,
    text_state,
    clip_paths,
    character_maps,
    font_widths,
    font_dictionary,
    font_program,
    swap_fonts,
)
TRICKS: tuple[Mutator, ...] = (
    paint_over,
    annotation,
    optional_content,
    actual_text,
    transparency,
    pattern_text,
    form_object,
)
MUTATORS: Mapping[str, Mutator] = {
    one.__name__.replace("_", " "): one for one in (*BYTES, *OBJECTS, *DRAWING, *TRICKS)
}
"""Every mutator by its name in words."""
