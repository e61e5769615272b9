"""The quick second reading against pdfplumber, whose characters it must give in the same places."""

from __future__ import annotations

import time
from io import BytesIO
from pathlib import Path

import pytest
from pdfminer.cmapdb import CMapParser, FileUnicodeMap

from zc_pipeline.model import Char
from zc_pipeline.parse.readers import plumber, strings
from zc_pipeline.parse.readers.maps import read_map

PRINTED = Path(__file__).parent.parent / "fixtures" / "printed"
ONE_OF_EACH = [min(folder.glob("*.pdf"), key=lambda one: one.stat().st_size) for folder in PRINTED.iterdir()]


def page_pdf(path: Path, content: bytes, page: str = "", more: str = "") -> Path:
    """One page in Helvetica."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[10 20 310 420]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>"
        + f"/XObject<</X 6 0 R>>>>{page}>>".encode(),
        b"<</Length %d>>stream\n%b\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
        b"<</Type/XObject/Subtype/Form/BBox[0 0 99 99]/Matrix[2 0 0 2 5 5]/Length 38>>stream\n"
        b"BT /F1 9 Tf 1 2 Td (in a form) Tj ET    \nendstream",
    ]
    written, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    written += b"".join(b"%010d 00000 n \n" % place for place in places)
    written += b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start)
    path.write_bytes(written)
    return path


def same_place(one: Char, other: Char) -> bool:
    return one._replace(box=other.box, ink=other.ink) == other and one.box == pytest.approx(other.box)


def assert_same(path: Path) -> str:
    text = ""
    whole = list(plumber.read_pages(path))
    quick = list(strings.read_pages(path, range(1, len(whole) + 1)))
    assert len(quick) == len(whole)
    for one, other in zip(quick, whole, strict=True):
        assert one is not None
        assert (one.width, one.height, one.rotation) == (other.width, other.height, other.rotation)
        assert len(one.chars) == len(other.chars)
        assert all(map(same_place, one.chars, other.chars))
        text += "".join(char.text for char in one.chars)
    return text


@pytest.mark.parametrize("path", ONE_OF_EACH, ids=lambda path: path.parent.name)
def test_the_characters_of_each_printing_program(path: Path) -> None:
    assert assert_same(path)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"BT /F1 12 Tf 50 100 Td (a b) Tj 0 -14 Td (c) Tj T* (d) ' ET", "a bcd"),
        (b"BT/F1 12 Tf 1 0 0 1 50 100 Tm[(a)-250( )20.5<62>]TJ ET", "a b"),
        (rb"BT /F1 12 Tf (a\(b\)(c(d))\\\101\8\n) Tj ET", None),
        (rb"BT /F1 12 Tf (a\(b\)(c)\\\101\1023) Tj ET", "a(b)(c)\\AB3"),
        (b"BT /F1 12 Tf (a\\\nb) Tj <41\n42> Tj ET % (c) Tj\n", "abAB"),
        (b'BT /F1 12 Tf 3 Tc 5 Tw 80 Tz 2 Ts 14 TL (a b) Tj T* 1 2 (c d) " ET', "a bc d"),
        (b"q 2 0 0 2 9 9 cm 0 0 1 rg 1 w 0 0 m 9 9 l S BT /F1 9 Tf (a) Tj ET Q BT /F1 9 Tf (b) Tj ET", "ab"),
        (
            b"q .5 .2 -.2 .5 9 9 cm BT /F1 9 Tf 3 Tc (ab) Tj ET Q BT /F1 9 Tf 5 5 TD (b) Tj T* (c) Tj ET",
            "abbc",
        ),
        (b"/Span<</ActualText <FEFF0041> /MCID 0>>BDC BT /F1 9 Tf (b) Tj ET EMC q /X Do Q", "bin a form"),
        (b"q 1 0 0 1 5 5 cm 3 4 5 6 re W n Q 1 0 0 RG [3 2] 0 d 0 0 9 9 re f BT /F1 -9 Tf (x) Tj ET", "x"),
        (b"BI /W 1 /H 1 /BPC 8 /CS /G ID x EI BT /F1 9 Tf (a) Tj ET", None),
        (b"BT /F1 9 Tf (a Tj ET", None),
        (b"BT /F1 9 Tf 0.0.1 5 Td (a) Tj ET", None),
        (b"BT /F1 9 Tf <414> Tj ET", None),
        (b"/P <</A [1 << /B true >>]/C null>> BDC BT /F1 9 Tf (a) Tj ET EMC", "a"),
        (b"<< BT /F1 9 Tf (a) Tj ET", None),
        (b"BT /F1 9 Tf (a) Tj << ET", None),
        (b"/P << BT /F1 9 Tf (b) Tj ET >> BDC BT /F1 9 Tf (a) Tj ET", None),
        (b"BT /F1 9 Tf (a) Tj >> ET", None),
        (b"BT /F1 9 Tf [(a) << ] (b) >> TJ ET", None),
        (b"BT /F1 9 Tf [(a) ET BT (b)] TJ ET", None),
        (b"BT /F1 9 Tf [(a) true 5 (b)] TJ ET", None),
        (b"BT /F1 9 Tf [(a) null (b)] TJ ET", None),
        (b"[ BT /F1 9 Tf (a) Tj ET", None),
        (b"BT /F#31 9 Tf (a) Tj ET", None),
    ],
)
def test_the_strings_of_a_page(tmp_path: Path, content: bytes, text: str | None) -> None:
    path = page_pdf(tmp_path / "page.pdf", content)
    if text is None:
        assert list(strings.read_pages(path, {1})) == [None]
    else:
        assert assert_same(path) == text


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_turned_pages_and_crop_boxes(tmp_path: Path, rotation: int) -> None:
    page = f"/Rotate {rotation}/CropBox[30 50 300 380]"
    assert_same(page_pdf(tmp_path / "page.pdf", b"BT /F1 12 Tf 50 100 Td (a b) Tj ET", page))


def test_pages_that_are_not_wanted_are_passed_over(specimen: Path) -> None:
    pages = list(strings.read_pages(specimen, {2}))
    assert [page is not None for page in pages[:3]] == [False, True, False]


def test_a_file_that_cannot_be_opened_has_no_pages(tmp_path: Path) -> None:
    path = tmp_path / "no.pdf"
    path.write_bytes(b"%PDF-1.7 and nothing more")
    assert list(strings.read_pages(path, {1})) == []


@pytest.mark.parametrize(
    "meanings",
    [
        b"2 beginbfchar <01> <4E00> <02> <D842DFB7> endbfchar",
        b"1 beginbfrange <01> <03> <4E00> endbfrange 1 beginbfchar<01><4E8C>endbfchar",
        b"1 beginbfrange <0001> <0003> [<4E00> <4E8C0041>] endbfrange",
        b"1 beginbfrange <00> <0003> <4E00> endbfrange",
        b"2 beginbfchar <20> <0020> <20> <00A0> endbfchar",
        b"1 beginbfchar <01> /one endbfchar",
        b"1 begincidrange <01> <03> 7 endcidrange",
        b"1 beginbfchar <1> <4E00> endbfchar % <2> <4E01>",
        b"1 beginbfchar <01> <4E00>",
        b"<01> <4E00> endbfchar",
        b"2 beginbfchar <01> <4E00> <03> <05> <0050> endbfrange",
        b"2 beginbfchar <01> <4E00> beginbfchar <02> <4E8C> endbfchar",
        b"2 beginbfchar <01> <4E00> endbfrange <02> <4E8C> endbfchar",
        b"2\0beginbfchar\0<01> <4E00> endbfchar",
        b"/beginbfchar <01> <4E00> endbfchar 1 beginbfchar <02> <4E00> endbfchar",
        b"(1 beginbfchar) <01> <4E00> (endbfchar) 1 beginbfchar <02> <4E00> endbfchar",
        b"% 1 beginbfchar <01> <4E00> endbfchar\n1 beginbfchar <02> <4E00> endbfchar",
        b"[ 1 beginbfchar <01> <4E00> endbfchar",
        b"/A <</B 1>> def 1 beginbfchar <01> <4E00> endbfchar 1 <41> endcidchar",
        b"1 beginbfchar <01> <4E00> endbfchar endcmap 1 beginbfchar <02> <4E8C> endbfchar",
    ],
)
def test_maps_are_read_as_pdfminer_reads_them(meanings: bytes) -> None:
    content = (
        b"/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def "
        b"1 begincodespacerange <00> <FF> endcodespacerange " + meanings + b" endcmap end end"
    )
    expected = FileUnicodeMap()
    CMapParser(expected, BytesIO(content)).run()
    assert dict(read_map(content)) == expected.cid2unichr


def test_the_plain_form_needs_no_pdfminer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: CMapParser) -> None:
        raise AssertionError("pdfminer was asked")

    content = (
        b"%!PS-Adobe-3.0 Resource-CMap\n/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        b"/CIDSystemInfo 3 dict dup begin /Registry (Adobe) def /Supplement 0 def end def\n"
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def /CMapName /X-UCS def\n"
        b"1 begincodespacerange <00> <FF> endcodespacerange\n1 beginbfchar\n<01> <0041>\nendbfchar\n"
        b"1 beginbfrange\n<02> <03> <0042>\nendbfrange\nendcmap CMapName currentdict /CMap defineresource pop"
    )
    monkeypatch.setattr(CMapParser, "run", fail)
    assert read_map(content) == {1: "A", 2: "B", 3: "C"}


@pytest.mark.parametrize(
    "sections",
    [
        b"beginbfchar " * 40_000,
        b"endbfchar " * 20_000 + b"beginbfchar " * 20_000,
        b"beginbfchar endbfrange " * 20_000,
    ],
)
def test_no_map_takes_long(sections: bytes) -> None:
    started = time.process_time()
    read_map(b"begincmap " + sections)
    assert time.process_time() - started < 2.0


@pytest.mark.parametrize("content", [b"1" * 100_000 + b"-", b"1." + b"1" * 100_000 + b"-", b"(a" * 50_000])
def test_no_page_takes_long(tmp_path: Path, content: bytes) -> None:
    path = page_pdf(tmp_path / "page.pdf", content)
    started = time.process_time()
    assert list(strings.read_pages(path, {1})) == [None]
    assert time.process_time() - started < 2.0
