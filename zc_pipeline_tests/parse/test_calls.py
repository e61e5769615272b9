"""PDFium asked in bulk says what it says when asked one by one, through pypdfium2's own declarations."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium_c
import pytest

from zc_pipeline.parse.readers import calls, pdfium

PRINTED = Path(__file__).parent.parent / "fixtures" / "printed"
ONE_OF_EACH = [sorted(folder.glob("*.pdf"))[0] for folder in sorted(PRINTED.iterdir()) if folder.is_dir()]


def text_pages(path: Path) -> Iterator[pypdfium2.PdfTextPage]:
    with pypdfium2.PdfDocument(path) as document:
        for index in range(len(document)):
            page = document[index]
            text_page = page.get_textpage()
            yield text_page
            text_page.close()
            page.close()


def tiny_pdf(path: Path, meanings: str, shown: str) -> Path:
    """One line in Helvetica, with a table that says which characters its letters are."""
    stream = f"BT /F1 20 Tf 50 100 Td ({shown}) Tj ET"
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def "
        f"1 begincodespacerange <00> <FF> endcodespacerange {meanings} endcmap end end"
    )
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Resources<</Font<</F1 5 0 R>>>>/Contents 4 0 R>>",
        f"<</Length {len(stream)}>>stream\n{stream}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding/ToUnicode 6 0 R>>",
        f"<</Length {len(table)}>>stream\n{table}\nendstream",
    ]
    content, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, start=1):
        places.append(len(content))
        content += f"{number} 0 obj{one}endobj\n".encode("ascii")
    start = len(content)
    content += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode("ascii")
    content += b"".join(f"{place:010d} 00000 n \n".encode("ascii") for place in places)
    content += f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF".encode("ascii")
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("path", ONE_OF_EACH, ids=lambda path: path.parent.name)
def test_characters_and_boxes_are_those_of_single_calls(path: Path) -> None:
    rect = pdfium_c.FS_RECTF()
    sides = [ctypes.c_double() for _ in range(4)]
    for page in text_pages(path):
        drawn = calls.drawn_characters(calls.address_of(page.raw))
        indices = [
            index for index in range(page.count_chars()) if pdfium_c.FPDFText_IsGenerated(page, index) != 1
        ]
        assert drawn.indices == indices
        assert drawn.codes == [pdfium_c.FPDFText_GetUnicode(page, index) for index in indices]
        for place, index in enumerate(indices):
            pdfium_c.FPDFText_GetLooseCharBox(page, index, rect)
            loose = [rect.left, rect.top, rect.right, rect.bottom]
            assert drawn.loose[4 * place : 4 * place + 4] == loose
            pdfium_c.FPDFText_GetCharBox(page, index, *sides)
            assert drawn.tight[4 * place : 4 * place + 4] == [side.value for side in sides]
            handle = pdfium_c.FPDFText_GetTextObject(page, index)
            assert drawn.objects[place] == (calls.address_of(handle) if handle else None)


@pytest.mark.parametrize(
    ("meanings", "shown", "read"),
    [
        ("1 beginbfchar <41> <D842DFB7> endbfchar", "xAy", "x𠮷y"),
        ("2 beginbfchar <41> <D842DFB7> <42> <00660069> endbfchar", "BAB", "fi𠮷fi"),
        ("1 beginbfchar <41> <D842> endbfchar", "xAy", "xy"),
        ("1 beginbfchar <41> <DFB7> endbfchar", "xAy", "x\ufffdy"),
    ],
    ids=["beyond 16 bits", "several for one glyph", "first half alone", "second half alone"],
)
def test_characters_of_several_units(tmp_path: Path, meanings: str, shown: str, read: str) -> None:
    (page,) = pdfium.read_pages(tiny_pdf(tmp_path / "tiny.pdf", meanings, shown))
    assert "".join(char.text for char in page.chars) == read


def test_a_character_called_zero_has_no_meaning(tmp_path: Path) -> None:
    """PDFium's bulk text has another code in its place, which is no character."""
    meanings = "1 beginbfchar <41> <0000> endbfchar"
    (page,) = pdfium.read_pages(tiny_pdf(tmp_path / "tiny.pdf", meanings, "xAy"))
    assert [char.text for char in page.chars if not char.is_unmapped] == ["x", "y"]
    assert any(char.is_unmapped for char in page.chars)


def test_blanks_that_pdfium_adds_are_counted_and_left_out(tmp_path: Path) -> None:
    path = tiny_pdf(tmp_path / "tiny.pdf", "", "x) Tj 100 0 Td (y) Tj (z")
    (page,) = pdfium.read_pages(path)
    assert "".join(char.text for char in page.chars) == "xyz"
    assert page.blanks_added == 1


def test_an_empty_page_has_no_characters(tmp_path: Path) -> None:
    (page,) = pdfium.read_pages(tiny_pdf(tmp_path / "tiny.pdf", "", ""))
    assert page.chars == ()
