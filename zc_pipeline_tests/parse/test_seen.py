"""What is read must be seen: text that no viewer shows, damaged streams, fonts that contradict themselves."""

from __future__ import annotations

import zlib
from contextlib import closing
from functools import partial
from hashlib import md5
from itertools import pairwise
from pathlib import Path

import pytest
from pdfminer.arcfour import Arcfour

from zc_pipeline.model import Box, PageContent, Problem, SecondReading
from zc_pipeline.parse import looks
from zc_pipeline.parse.drawn import check_drawn
from zc_pipeline.parse.looks import check_looks
from zc_pipeline.parse.readers import calls, pdfium
from zc_pipeline.parse.readers.grey import LARGER, CharacterPictures, GreyPage, GreyPages
from zc_pipeline.parse.readers.streams import MOST_PLACES, StreamReport, check_streams
from zc_pipeline.parse.reading import read_page_text
from zc_pipeline_tests.fuzz import SEEDS
from zc_pipeline_tests.isolation.hostile import stream, write_pdf

from .records import page_content, string

FIXTURES = sorted((Path(__file__).parent.parent / "fixtures" / "printed").glob("*/*.pdf"))


def paper(*inked: Box, across: int = 600, down: int = 400, shade: int = 0) -> GreyPage:
    """A white page of a pixel a point with some boxes filled."""
    rows = [bytearray(b"\xff" * across) for _ in range(down)]
    for box in inked:
        for y in range(int(box.top), int(box.bottom)):
            rows[y][int(box.x0) : int(box.x1)] = bytes([shade]) * int(box.width)
    return GreyPage(b"".join(map(bytes, rows)), across, down, 1.0)


def page(**how: object) -> PageContent:
    return page_content(string("甲乙", 100, 100, **how))  # type: ignore[arg-type]


BOTH = (Box(102, 103, 108, 108), Box(112, 103, 118, 108))


def test_a_character_without_ink_is_named() -> None:
    (problem,) = check_drawn(page(), paper(BOTH[0]))
    assert (problem.code, problem.raw, problem.page) == ("text_not_drawn", "乙", 1)


@pytest.mark.parametrize(
    ("content", "picture"),
    [
        (page(), paper(*BOTH)),
        (page(), paper(*BOTH, shade=200)),  # grey, and still to be seen
        (page(is_invisible=True), paper()),  # left out of the reading already
        (page(is_upright=False), paper()),
        (page(clip=Box(0, 0, 600, 105)), paper()),  # cut by a page break: the part may be a blank one
        (page(clip=Box(0, 0, 50, 50)), paper()),  # hidden
        (page_content(string("  ", 100, 100)), paper()),
    ],
)
def test_what_is_seen_or_not_taken_for_visible_is_no_problem(content: PageContent, picture: GreyPage) -> None:
    assert check_drawn(content, picture) == []


def test_so_pale_that_nobody_sees_it_is_not_drawn() -> None:
    (problem,) = check_drawn(page(), paper(*BOTH, shade=250))
    assert problem.raw == "甲乙"


def test_a_dash_that_fills_its_place_is_drawn() -> None:
    assert check_drawn(page(), paper(Box(101, 101, 109, 109), Box(111, 101, 119, 109))) == []


@pytest.mark.parametrize("path", [*FIXTURES, *SEEDS], ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_all_that_honest_programs_print_is_seen_and_whole(path: Path) -> None:
    assert unseen(path) == []
    streams = check_streams(path)
    assert streams.problems == ()
    assert check_looks(path, streams.doubled) == []


def unseen(path: Path) -> list[Problem]:
    with closing(GreyPages(path)) as pictures:
        return [
            problem
            for content in pdfium.read_pages(path)
            for problem in check_drawn(
                content, pictures.page(content.number), partial(pictures.page, content.number, LARGER)
            )
        ]


def drawn_with(path: Path, content: bytes, resources: bytes, **more: bytes) -> list[Problem]:
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R "
        b"/OCProperties << /OCGs [6 0 R] /D << /OFF [6 0 R] /Order [6 0 R] >> >> >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R /Resources << "
        b"/Font << /F1 5 0 R >> %s >> %s >>" % (resources, more.get("page", b"")),
        4: stream(content),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        6: b"<< /Type /OCG /Name (layer) >>",
        7: b"<< /Type /ExtGState /ca 0.02 >>",
        8: stream(
            b"", b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 9 9] /XStep 9 /YStep 9"
        ),
        9: b"<< /Type /Annot /Subtype /Stamp /Rect [40 90 200 130] /F 4 /AP << /N 10 0 R >> >>",
        10: stream(b"1 g 0 0 160 40 re f", b"/Type /XObject /Subtype /Form /BBox [0 0 160 40]"),
    }
    write_pdf(path, objects)
    return unseen(path)


TEXT = b"BT /F1 12 Tf 50 100 Td (123.45) Tj ET\n"


@pytest.mark.parametrize(
    ("content", "resources", "page_entries"),
    [
        (b"/OC /L BDC %s EMC" % TEXT, b"/Properties << /L 6 0 R >>", b""),
        (b"/G gs %s" % TEXT, b"/ExtGState << /G 7 0 R >>", b""),
        (b"/Pattern cs /P scn %s" % TEXT, b"/Pattern << /P 8 0 R >>", b""),
        (TEXT + b"1 g 40 90 m 200 90 l 200 130 l 120 150 l 40 130 l h f", b"", b""),
        (TEXT + b"q 160 0 0 40 40 90 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \xff EI Q", b"", b""),
        (TEXT, b"", b"/Annots [9 0 R]"),
    ],
    ids=["layer", "transparent", "pattern", "shape over it", "picture over it", "note over it"],
)
def test_text_that_no_viewer_shows_is_found(
    tmp_path: Path, content: bytes, resources: bytes, page_entries: bytes
) -> None:
    (problem,) = drawn_with(tmp_path / "a.pdf", content, resources, page=page_entries)
    assert problem.code == "text_not_drawn"
    assert problem.raw == "123.45"


def test_plain_text_is_seen(tmp_path: Path) -> None:
    assert drawn_with(tmp_path / "a.pdf", TEXT, b"") == []


def with_stream(path: Path, body: bytes) -> list[str]:
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R >>",
        4: body,
    }
    return [problem.code for problem in check_streams(write_pdf(path, objects)).problems]


PACKED = zlib.compress(b"q Q " * 500)


@pytest.mark.parametrize(
    ("raw", "filters", "expected"),
    [
        (PACKED, b"/Filter /FlateDecode", []),
        (PACKED + b"\n", b"/Filter /FlateDecode", []),
        (PACKED[:-6] + b"\0" + PACKED[-5:], b"/Filter /FlateDecode", ["damaged_stream"]),
        (PACKED[:-8], b"/Filter /FlateDecode", ["damaged_stream"]),
        (b"\0" + PACKED, b"/Filter /FlateDecode", ["damaged_stream"]),
        (b"q Q", b"", []),
        (b"00>", b"/Filter /ASCIIHexDecode", []),
    ],
)
def test_a_stream_unpacks_as_it_was_packed(
    tmp_path: Path, raw: bytes, filters: bytes, expected: list[str]
) -> None:
    assert with_stream(tmp_path / "a.pdf", stream(raw, filters)) == expected


MALFORMED = TEXT + b"q l Q"


def test_predicted_bytes_are_looked_at_as_they_are(tmp_path: Path) -> None:
    """PNG's "Up": each row is the difference to the one above it."""
    expected = []
    for number, content in enumerate((TEXT + b"q Q", MALFORMED)):
        rows = [bytes(16), *(content[place : place + 16].ljust(16) for place in range(0, len(content), 16))]
        packed = zlib.compress(
            b"".join(
                b"\2" + bytes((one - above) % 256 for one, above in zip(row, before, strict=True))
                for before, row in pairwise(rows)
            )
        )
        parameters = b"/Filter /FlateDecode /DecodeParms << /Predictor 12 /Columns 16 >>"
        expected.append(with_stream(tmp_path / f"{number}.pdf", stream(packed, parameters)))
        expected.append(with_stream(tmp_path / f"{number}.pdf", stream(packed[:-6], parameters)))
    assert expected == [[], ["damaged_stream"], ["malformed_content"], ["damaged_stream"]]


# The user's password of an encrypted file is empty: so anybody can open it. RC4 with 40 bits.
PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")
OWNER = bytes(range(32))
KEY = md5(PADDING + OWNER + b"\xfc\xff\xff\xff" + b"name", usedforsecurity=False).digest()[:5]


def encrypted_stream(raw: bytes, entries: bytes) -> bytes:
    """Object 4."""
    key = md5(KEY + bytes((4, 0, 0, 0, 0)), usedforsecurity=False).digest()[:10]
    return stream(Arcfour(key).encrypt(raw), entries)


def check_encrypted(path: Path, fourth: bytes) -> StreamReport:
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R >>",
        4: fourth,
        5: b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>"
        % (OWNER.hex().encode(), Arcfour(KEY).encrypt(PADDING).hex().encode()),
    }
    name = b"<%s>" % b"name".hex().encode()
    return check_streams(write_pdf(path, objects, b"/Encrypt 5 0 R /ID [%s %s]" % (name, name)))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (zlib.compress(TEXT), []),
        (zlib.compress(MALFORMED), ["malformed_content"]),
        (PACKED[:-8], ["damaged_stream"]),
    ],
)
def test_streams_of_an_encrypted_file(tmp_path: Path, raw: bytes, expected: list[str]) -> None:
    report = check_encrypted(tmp_path / "a.pdf", encrypted_stream(raw, b"/Filter /FlateDecode"))
    assert [problem.code for problem in report.problems] == expected


@pytest.mark.parametrize("filters", [b"", b"/Filter /ASCIIHexDecode"])
def test_maps_however_packed(tmp_path: Path, filters: bytes) -> None:
    twice = cmap(("0001", "0035"), ("0002", "0035"))
    raw = twice.hex().encode() + b">" if filters else twice
    assert check_encrypted(tmp_path / "a.pdf", encrypted_stream(raw, filters)).doubled == {"5"}
    assert check_streams(write_pdf(tmp_path / "b.pdf", file_with(stream(raw, filters)))).doubled == {"5"}


def cmap(*entries: tuple[str, str]) -> bytes:
    lines = b"".join(b"<%s> <%s>\n" % (code.encode(), text.encode()) for code, text in entries)
    return (
        b"/CIDInit /ProcSet findresource begin begincmap 1 begincodespacerange <0000> <FFFF> "
        b"endcodespacerange %d beginbfchar\n%sendbfchar endcmap end" % (len(entries), lines)
    )


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((("0001", "0035"), ("0002", "0036")), set()),
        ((("0001", "0035"), ("0002", "0035")), {"5"}),
        ((("0001", "0020"), ("0002", "0020")), set()),
        ((("0001", "0000"), ("0002", "0000")), set()),
    ],
)
def test_characters_that_a_font_gives_to_several_glyphs_are_named(
    tmp_path: Path, entries: tuple[tuple[str, str], ...], expected: set[str]
) -> None:
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] >>",
        4: stream(cmap(*entries)),
    }
    assert check_streams(write_pdf(tmp_path / "a.pdf", objects)).doubled == expected


def doubled(path: Path, content: bytes, differences: bytes) -> list[Problem]:
    """A page in Helvetica whose map says 5 of the codes A and B; ``differences`` say what these draw."""
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        4: stream(content),
        5: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R "
        b"/Encoding << /Type /Encoding /Differences [65 %s] >> >>" % differences,
        6: stream(cmap(("41", "0035"), ("42", "0035")).replace(b"<0000> <FFFF>", b"<00> <FF>")),
    }
    write_pdf(path, objects)
    found = check_streams(path).doubled
    assert found == {"5"}
    return check_looks(path, found)


@pytest.mark.parametrize("other", [b"/six", b"/three", b"/eight", b"/period"])
def test_two_shapes_that_a_font_calls_one_character_are_found(tmp_path: Path, other: bytes) -> None:
    text = b"BT /F1 12 Tf 50 100 Td (A) Tj ET BT /F1 9 Tf 90 100.3 Td (B) Tj ET"
    (problem,) = doubled(tmp_path / "a.pdf", text, b"/five " + other)
    assert (problem.code, problem.raw, problem.page) == ("ambiguous_font", "5", 1)


@pytest.mark.parametrize(
    ("text", "glyphs"),
    [
        (b"BT /F1 12 Tf 50 100 Td (A) Tj ET BT /F1 7.3 Tf 90.4 100.3 Td (B) Tj ET", b"/five /five"),
        (b"0 g 40 90 200 40 re f 1 g BT /F1 12 Tf 50 100 Td (A) Tj ET "
         b"0 g BT /F1 12 Tf 50 50 Td (B) Tj ET", b"/five /five"),
        (b"BT /F1 12 Tf 50 100 Td (AAA) Tj ET", b"/five /six"),
    ],
    ids=["two sizes", "white on black", "only one is drawn"],
)  # fmt: skip
def test_glyphs_that_look_the_same_may_be_one_character(tmp_path: Path, text: bytes, glyphs: bytes) -> None:
    assert doubled(tmp_path / "a.pdf", text, glyphs) == []


def test_a_file_that_cannot_be_opened_is_left_to_the_readers(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7\nnothing")
    assert check_streams(path) == StreamReport()


class TestTheSecondLook:
    """The pages that are read twice are drawn too, and no others."""

    @pytest.fixture
    def covered(self, tmp_path: Path) -> Path:
        drawn_with(tmp_path / "a.pdf", TEXT + b"1 g 40 90 m 200 90 l 200 130 l 120 150 l 40 130 l h f", b"")
        return tmp_path / "a.pdf"

    def test_a_page_that_is_read_twice_is_looked_at(self, covered: Path) -> None:
        read = read_page_text(covered)
        assert read.read_twice == (1,)
        assert "text_not_drawn" in {problem.code for problem in read.problems}

    def test_a_page_that_is_in_no_other_doubt_is_drawn_too(self, covered: Path) -> None:
        read = read_page_text(covered, SecondReading.WHEN_IN_DOUBT)
        assert "text_not_drawn" in {problem.code for problem in read.problems}


def test_a_shape_between_its_neighbours_is_not_taken_for_a_character() -> None:
    """The ink of the characters beside it reaches into the place of a glyph that is damaged."""
    beside = [Box(99, 101, 102, 109), Box(108, 101, 112, 109)]
    (problem,) = check_drawn(page_content(string("甲", 100, 100)), paper(*beside))
    assert problem.raw == "甲"


def test_a_small_sign_is_looked_for_in_a_larger_picture() -> None:
    sign = page_content(string("甲", 100, 100))
    larger = paper(Box(204, 206, 216, 216), across=1200, down=800)._replace(scale=2.0)
    assert check_drawn(sign, paper(), lambda: larger) == []
    assert check_drawn(sign, paper(), paper) != []


def file_with(*streams: bytes) -> dict[int, bytes]:
    return {
        1: b"<< /Type /Catalog /Pages 2 0 R >>",
        2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        3: b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 200] >>",
        **dict(enumerate(streams, start=4)),
    }


def test_what_was_found_is_kept_where_an_object_cannot_be_got(tmp_path: Path) -> None:
    twice = stream(cmap(("0001", "0035"), ("0002", "0035")))
    damaged = stream(PACKED[:-8], b"/Filter /FlateDecode")
    path = write_pdf(tmp_path / "a.pdf", file_with(b"(nothing)", twice, damaged, b"(nothing)"))
    data = path.read_bytes()
    for number in (4, 7):
        place = b"%010d 00000 n" % data.index(b"%d 0 obj" % number)
        assert data.count(place) == 1
        data = data.replace(place, b"9999999999 00000 n")
    path.write_bytes(data)
    report = check_streams(path)
    assert report.doubled == {"5"}
    assert [problem.code for problem in report.problems] == ["damaged_stream"]
    assert "object 6" in report.problems[0].message


def test_a_map_of_characters_that_cannot_be_understood_is_damaged(tmp_path: Path) -> None:
    broken = (
        cmap(("0001", "0035")).replace(b"beginbfchar", b"beginbfrange").replace(b"endbfchar", b"endbfrange")
    )
    broken = broken.replace(b"<0001> <0035>", b"<0001> <0001> /five")
    twice = stream(cmap(("0001", "0035"), ("0002", "0035")))
    report = check_streams(write_pdf(tmp_path / "a.pdf", file_with(stream(broken), twice)))
    assert [problem.code for problem in report.problems] == ["damaged_stream"]
    assert report.doubled == {"5"}


@pytest.mark.parametrize(
    "unseen_text",
    [
        b"BT /F1 12 Tf 350 100 Td (B) Tj ET",
        b"BT 3 Tr /F1 12 Tf 50 50 Td (B) Tj ET",
        b"q 0 0 5 5 re W n BT /F1 12 Tf 50 50 Td (B) Tj ET Q",
    ],
    ids=["off the page", "invisible", "clipped"],
)
@pytest.mark.parametrize("glyphs", [b"/five /five", b"/five /six"])
def test_a_glyph_that_is_nowhere_to_be_seen_is_not_compared(
    tmp_path: Path, unseen_text: bytes, glyphs: bytes
) -> None:
    text = b"BT /F1 12 Tf 50 100 Td (A) Tj ET " + unseen_text
    assert doubled(tmp_path / "a.pdf", text, glyphs) == []


def test_a_glyph_that_is_seen_at_a_later_place_is_compared(tmp_path: Path) -> None:
    text = b"BT /F1 12 Tf 50 100 Td (A) Tj ET " + b"BT /F1 12 Tf 350 100 Td (B) Tj ET " * 5
    (problem,) = doubled(tmp_path / "a.pdf", text + b"BT /F1 12 Tf 90 100 Td (B) Tj ET", b"/five /six")
    assert problem.raw == "5"


def test_a_glyph_that_may_be_seen_at_a_place_not_looked_at_is_another(tmp_path: Path) -> None:
    hidden = b"BT /F1 12 Tf 350 100 Td (B) Tj ET " * MOST_PLACES
    text = b"BT /F1 12 Tf 50 100 Td (A) Tj ET " + hidden + b"BT /F1 12 Tf 90 100 Td (B) Tj ET"
    assert [problem.raw for problem in doubled(tmp_path / "a.pdf", text, b"/five /six")] == ["5"]


def test_a_shape_that_fills_its_box_is_compared(tmp_path: Path) -> None:
    text = b"BT /F1 12 Tf 50 100 Td (A) Tj ET BT /F1 9 Tf 90 100 Td (B) Tj ET"
    assert doubled(tmp_path / "a.pdf", text, b"/hyphen /hyphen") == []
    assert doubled(tmp_path / "a.pdf", text, b"/hyphen /five") != []


def test_nothing_is_drawn_where_one_glyph_alone_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("a character was drawn")

    monkeypatch.setattr(CharacterPictures, "draw", fail)
    assert doubled(tmp_path / "a.pdf", b"BT /F1 12 Tf 50 100 Td (AAA) Tj ET", b"/five /six") == []


def test_a_page_is_opened_once_for_all_its_characters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    look_through = calls.drawn_characters

    def counted(text_page: int) -> calls.Characters:
        opened.append(text_page)
        return look_through(text_page)

    monkeypatch.setattr(calls, "drawn_characters", counted)
    text = b"BT /F1 12 Tf 50 100 Td (A) Tj ET BT /F1 12 Tf 90 100 Td (B) Tj ET"
    assert doubled(tmp_path / "a.pdf", text, b"/five /five") == []
    assert len(opened) == 1


def test_more_glyphs_than_can_be_compared_count_as_different(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "_MOST_COMPARED", 2)
    text = b"BT /F1 12 Tf 50 100 Td (A) Tj ET BT /F1 12 Tf 90 100 Td (B) Tj ET"
    assert [problem.raw for problem in doubled(tmp_path / "a.pdf", text, b"/five /five")] == ["5"]


@pytest.mark.parametrize("grey", [b"0.80", b"0.85", b"0.90"])
def test_a_small_pale_page_number_is_seen(tmp_path: Path, grey: bytes) -> None:
    assert drawn_with(tmp_path / "a.pdf", grey + b" g BT /F1 7 Tf 50 100 Td (- 1 -) Tj ET", b"") == []


def test_a_soft_ground_is_no_stroke(tmp_path: Path) -> None:
    """Where nothing is drawn, paper that grows darker from one side to the other shows no character."""
    ground = b"".join(
        b"%.3f g %.1f 90 1.5 40 re f " % (1 - 0.02 * step, 45 + 1.5 * step) for step in range(30)
    )
    text = b"/G gs BT /F1 24 Tf 50 100 Td (3) Tj ET"
    (problem,) = drawn_with(tmp_path / "a.pdf", ground + text, b"/ExtGState << /G 7 0 R >>")
    assert problem.raw == "3"
