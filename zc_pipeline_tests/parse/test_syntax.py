"""Drawing instructions: what keeps to the grammar passes, what each viewer mends in its own way is named."""

from __future__ import annotations

import time
import zlib

import pytest

from zc_pipeline.parse.readers.syntax import first_break

FLATE_WITH_EI = zlib.compress(b"a EI b", 0)  # kept as it is, between a head and a sum
TEXT = b"BT /F1 8 Tf 1 0 0 1 20 30 Tm (a) Tj ET"


@pytest.mark.parametrize(
    "instructions",
    [
        b"",
        b" \n% nothing but a comment\n",
        TEXT,
        b"q 1 0 0 -1 0 595 cm /G0 gs 0 0 0 rg 10 20 30 40 re W* n BT/F0 10 Tf[(\\000a)-250<00A1>]TJ ET Q",
        b"0.5 w 1 J [3 2] 0 d 10 10 m 20 10 l 30 10 40 20 50 30 c h S",
        b"10 10 m 0 0 1 RG 20 10 l S",  # state between the parts of a path
        b"n 10 10 20 20 re f*",  # a path that was never begun
        b"/Span <</MCID 3 /ActualText (\\(x\\))/A [1 (b) /C <</D null>>]>> BDC " + TEXT + b" EMC",
        b"BT (a(b(c)d)e\\)) ' 1 2 (x) \" T* 0 -12 TD ET",
        b"/Cs1 cs 0.2 .3 1. scn /P0 scn /P1 SCN -0.0 g 1.000 G 0 0 0 1 k",
        b"BI /W 2 /H 2 /CS /G /BPC 8 ID \xff\x00Q q(\xff EI " + TEXT,
        b"/X0 Do q /X1 Do Q",
        TEXT + b" Q \n EMC Q ",  # restored too often, where nothing follows
        b"BT (q Q Q) Tj ET",
        b"500 0 d0",
        b"q W n " + TEXT + b" Q h n W* f S",  # no path: nothing to clip or paint
        b"10 10 20 20 re f S",
        b"BX /x 1 [2] foo EX " + TEXT,  # operators of a later version
        b"BX q foo 0 g EX BT BX bar EX (a) Tj ET Q",
        b"BT BX (x) foo EX (a) Tj ET",
        b"Q q " + TEXT + b" Q",  # all is still as it was at first
        b"q Q Q /Artifact BMC Q q 0 g Q EMC",
    ],
)
def test_what_keeps_to_the_grammar(instructions: bytes) -> None:
    assert first_break(instructions) is None


@pytest.mark.parametrize(
    ("instructions", "broken"),
    [
        (b"BT (a) Tj Tj ET", "BT (a) Tj Tj ET"),  # no string for the second
        (b"q 0 0 rg " + TEXT + b" Q", "0 0 rg"),
        (b"0 17.39 0 rg " + TEXT, "0 17.39 0 rg"),  # there is no such green
        (b"BT 20 30 Td q 0 g 5 5 10 10 re f Q (a) Tj ET", "BT 20 30 Td q"),  # a path within a text
        (b"q l " + TEXT + b" Q", "l BT"),
        (b"10 10 m 20 10 l Q S", "10 10 m"),
        (b"1 2 3 re f", "1 2 3 re f"),
        (TEXT + b" Q " + TEXT, "Q BT"),  # restores what was never saved
        (b"BT (a Tj ET", "BT (a Tj ET"),  # a string without an end
        (TEXT + b" BT (a) Tj", "BT (a) Tj"),  # a text without an end
        (b"0 0 0 rgb " + TEXT, "0 0 0 rgb"),
        (b"BX q l EX " + TEXT, "l EX"),  # of a known operator the operands are known
        (b"BX foo EX foo " + TEXT, "foo BT"),
        (b"W 5 5 10 10 re f " + TEXT, "W 5 5"),  # would clip by the path that comes next
        (b"0 g Q q " + TEXT, "Q q"),
        (b"BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q " + TEXT, "Q BT"),
        (b"--5 0 m 1 1 l S", "--5 0 m"),
        (b"/G0 gs 7", "7"),
    ],
)
def test_what_viewers_mend_each_in_its_own_way(instructions: bytes, broken: str) -> None:
    found = first_break(instructions)
    assert found is not None
    assert found.startswith(broken)


@pytest.mark.parametrize(
    "image",
    [
        b"/W 1 /H 1 /BPC 8 /CS /G /F /AHx ID 00>EI",
        b"/W 1 /H 1 /BPC 8 /CS /G /F [/A85 /Fl] ID EI abc EI ~>EI",
        b"/W 5 /H 2 /BPC 8 /CS /G ID EI EI EI E\nEI",
        b"/W 5 /H 1 /BPC 8 /CS /RGB ID 0123456 EI (Q Q EI",
        b"/Width 12 /Height 3 /ImageMask true ID x EI x EI",  # rows of two bytes each
        b"/W 6 /H 1 /BPC 8 /CS [/I /RGB 1 <000000FFFFFF>] ID ( EI ( EI",
        b"/W 9 /H 9 /F /DCT /L 8 ID ( EI ( (\nEI",
        b"/W 2 /H 2 /F /Fl /DP <</Columns 3>> ID " + FLATE_WITH_EI + b" EI",
        b"/W 2 /H 2 /F /CCF ID (\xff\nEI",  # nothing says where it ends
        b"/W 2 /H 2 /BPC 8 /CS /G ID 7 bytes EI",  # more than it says
    ],
)
def test_an_inline_image_ends_where_it_says(image: bytes) -> None:
    assert first_break(b"q BI " + image + b" Q " + TEXT) is None
    found = first_break(b"q BI " + image + b" Q l " + TEXT)
    assert found is not None
    assert found.startswith("l BT")


def test_an_inline_image_without_an_end_is_named() -> None:
    found = first_break(b"q BI /W 1 /H 1 /BPC 8 /CS /G ID x Q " + TEXT)
    assert found is not None
    assert found.startswith("BI /W 1")


@pytest.mark.parametrize(
    "piece",
    [
        b"BI /F /A85 ID x EI ",
        b"BI /F /Fl ID x\x9c EI ",
        b"BI ID ",
        b"h ",
        b"W ",
        b"Q ",
        b"BX ",
        b"BX foo ",
        b"(",
        b"[",
        b"<<",
        b"1 ",
        b"BT ",
        b"q ",
        b"BI ",
        b"/a ",
        b"((((",
        b"\\(",
        b"<a",
    ],
)
def test_no_instructions_take_long(piece: bytes) -> None:
    started = time.process_time()
    first_break(piece * (200_000 // len(piece)))
    first_break(TEXT + piece * 20_000 + TEXT)
    assert time.process_time() - started < 2.0
