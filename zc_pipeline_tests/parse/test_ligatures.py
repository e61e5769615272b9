"""Glyphs that stand for several letters: nothing of them is lost, and bold print is not doubled."""

from __future__ import annotations

from pathlib import Path

import pytest

from zc_pipeline.model import Char, PageContent, SecondReading
from zc_pipeline.parse.ligatures import part_ligatures
from zc_pipeline.parse.pages import collapse_overprints
from zc_pipeline.parse.reading import read_page_text

from .records import char, page_content

PRINTED = Path(__file__).parent.parent / "fixtures" / "ligatures" / "typst_libertinus.pdf"
WIDTH = 7.5  # of a glyph ffi in a size of 9


def in_one_place(text: str, x: float = 20.0) -> list[Char]:
    """Letters as PDFium reports those of one glyph."""
    return [char(letter, x, 10, width=WIDTH) for letter in text]


def glyph(text: str, x: float = 20.0) -> Char:
    """The same by a reader that reports one text for a glyph; its boxes are a bit higher."""
    return char(text, x, 9.6, width=WIDTH, height=10.8)


def first_page(*groups: list[Char]) -> PageContent:
    return page_content([char("O", 12, 10), *(one for group in groups for one in group), char("c", 30, 10)])


def second_page(*chars: Char) -> PageContent:
    return page_content([char("O", 12, 9.6), *chars, char("c", 30, 9.6)], reader="second")


def text_of(page: PageContent) -> str:
    return "".join(one.text for one in collapse_overprints(page.chars))


@pytest.mark.parametrize("letters", ["ff", "ffi", "ffl", "tt"])
def test_letters_of_one_glyph_stand_side_by_side(letters: str) -> None:
    page = part_ligatures(first_page(in_one_place(letters)), second_page(glyph(letters)))
    parts = [one.box for one in page.chars[1:-1]]
    assert [box.x0 for box in parts] == pytest.approx(
        [20.0 + WIDTH * place / len(letters) for place in range(len(letters))]
    )
    assert parts[-1].x1 == pytest.approx(20.0 + WIDTH)
    assert text_of(page) == f"O{letters}c"


def test_a_letter_printed_twice_in_one_place_stays_one() -> None:
    """The other reader reports two glyphs of one letter."""
    page = first_page(in_one_place("ff"))
    assert part_ligatures(page, second_page(glyph("f"), glyph("f"))) is page
    assert text_of(page) == "Ofc"


@pytest.mark.parametrize("again", [20.0, 20.3])
def test_a_glyph_for_several_letters_that_is_printed_twice_is_there_once(again: float) -> None:
    first = first_page(in_one_place("ffi"), in_one_place("ffi", again))
    page = part_ligatures(first, second_page(glyph("ffi"), glyph("ffi", again)))
    assert text_of(page) == "Offic"


def test_a_glyph_elsewhere_on_the_page_says_nothing_of_this_place() -> None:
    first = first_page(in_one_place("ff"))
    assert part_ligatures(first, second_page(glyph("f"), glyph("ff", 80.0))) is first


def test_different_letters_of_one_glyph_keep_their_place() -> None:
    """None of them would be left out."""
    first = first_page(in_one_place("fi"))
    assert part_ligatures(first, second_page(glyph("fi"))) is first
    assert text_of(first) == "Ofic"


@pytest.mark.parametrize("mode", list(SecondReading))
def test_a_printed_ffi_is_read_whole(mode: SecondReading) -> None:
    """A glyph for ffi (Libertinus), in a document that Typst printed: the page shows Office 365."""
    found = read_page_text(PRINTED, mode)
    text = "".join(item.text for item in found.items).replace("\n", "")
    assert "Office 365" in text
    assert "Ofice" not in text
    assert not [problem for problem in found.problems if problem.severity.value != "notice"]
