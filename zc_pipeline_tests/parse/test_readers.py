"""The two PDF readers and what the file as a whole may be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from zc_pipeline.errors import DocumentError
from zc_pipeline.model import Box, Char, PageContent, Rule, Verdict
from zc_pipeline.parse.document import hash_file
from zc_pipeline.parse.readers import pdfium, plumber
from zc_pipeline.parse.readers.paths import Matrix, path_rules
from zc_pipeline.parse.reading import read_disclosure, read_page_text
from zc_pipeline_tests.drawing import Layout, draw_disclosure, faulty, make_disclosure, with_project
from zc_pipeline_tests.isolation import hostile

from .sketch import HEAD, Sketch, project, total

SMALL = make_disclosure(3, units=1, projects_per_unit=2, indicators=(1, 2))


def first_page(path: Path) -> PageContent:
    return next(pdfium.read_pages(path))


def text(chars: tuple[Char, ...]) -> str:
    return "".join(char.text for char in chars if not char.text.isspace())


def codes(path: Path) -> list[str]:
    return [problem.code for problem in read_page_text(path).problems]


class TestUnreadableFiles:
    @pytest.mark.parametrize(
        ("make", "code"),
        [
            (faulty.not_a_pdf, "not_a_pdf"),
            (faulty.empty_file, "empty_file"),
            (faulty.truncated_pdf, "damaged_pdf"),
            (faulty.encrypted_pdf, "password_protected"),
            (faulty.no_text_layer, "no_text_layer"),
            (lambda path: faulty.no_text_layer(path, kind="rules"), "no_text_layer"),
            (faulty.no_target_table, "no_target_table"),
            (faulty.unknown_column, "unknown_column"),
        ],
        ids=[
            "web page",
            "empty",
            "truncated",
            "password",
            "scan",
            "rules only",
            "other table",
            "unknown column",
        ],
    )
    def test_they_are_refused_for_their_own_reason(self, tmp_path: Path, make: object, code: str) -> None:
        path = tmp_path / "file.pdf"
        make(path)  # type: ignore[operator]
        disclosure = read_disclosure(path)
        assert disclosure.verdict is Verdict.REFUSED
        assert disclosure.tables[0].reason_codes == (code,)
        problem = next(problem for problem in disclosure.problems if problem.code == code)
        assert problem.message.endswith((".", "。"))
        assert disclosure.tables[0].projects == ()

    @pytest.mark.parametrize("keep", [0.02, 0.2, 0.6, 0.9, 0.99])
    def test_a_file_cut_anywhere_is_refused_or_held(self, tmp_path: Path, keep: float) -> None:
        path = faulty.truncated_pdf(tmp_path / "file.pdf", SMALL, keep)
        assert read_disclosure(path).verdict is not Verdict.ACCEPTED

    def test_a_pdf_of_another_first_line_is_read(self, tmp_path: Path) -> None:
        path = tmp_path / "file.pdf"
        draw_disclosure(SMALL, path)
        path.write_bytes(b"\r\n\r\n" + path.read_bytes())
        assert "not_a_pdf" not in codes(path)

    @pytest.mark.parametrize("character", ["\ue000", "\uf0b7"])
    def test_characters_without_a_meaning_refuse_the_file(self, tmp_path: Path, character: str) -> None:
        path = tmp_path / "file.pdf"
        draw_disclosure(with_project(SMALL, 0, 0, goal=f"目标{character}"), path)
        assert "unmapped_characters" in codes(path)
        assert read_page_text(path).items == ()

    def test_a_letter_that_its_font_calls_a_blank_refuses_the_file(self, tmp_path: Path) -> None:
        """Both libraries read a blank; what is drawn there is a letter, and could be a digit of an amount."""
        assert "unmapped_characters" in codes(hostile.silent_page(tmp_path / "file.pdf"))

    def test_a_missing_file_is_an_error_of_the_call(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            read_disclosure(tmp_path / "none.pdf")

    def test_a_file_that_may_not_be_read_says_so(self, tmp_path: Path) -> None:
        assert codes(tmp_path) == ["file_unreadable"]

    def test_a_fault_of_the_program_holds_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "file.pdf"
        draw_disclosure(SMALL, path)

        def fail(_: object) -> None:
            raise ZeroDivisionError("oops")

        monkeypatch.setattr("zc_pipeline.parse.second_reading.read_page_items", fail)
        disclosure = read_disclosure(path)
        assert disclosure.verdict is Verdict.HELD
        assert disclosure.tables[0].reason_codes == ("internal_error",)

    def test_a_second_reader_that_fails_holds_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "file.pdf"
        draw_disclosure(SMALL, path)

        def fail(_: Path) -> None:
            raise DocumentError("reader_failed", "it gave up")

        monkeypatch.setattr(plumber, "read_pages", fail)
        assert read_disclosure(path).tables[0].reason_codes == ("reader_failed",)

    def test_readers_that_find_other_pages_hold_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "file.pdf"
        draw_disclosure(SMALL, path)
        monkeypatch.setattr(plumber, "read_pages", lambda _: iter(()))
        assert read_disclosure(path).tables[0].reason_codes == ("readers_disagree",)

    def test_readers_that_read_other_characters_hold_the_file(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = tmp_path / "file.pdf"
        draw_disclosure(SMALL, path)

        def misread(file: Path) -> Iterator[PageContent]:
            for page in pdfium.read_pages(file):
                yield replace(page, chars=page.chars[1:], reader="other")

        monkeypatch.setattr(plumber, "read_pages", misread)
        disclosure = read_disclosure(path)
        assert disclosure.tables[0].reason_codes == ("readers_disagree",)
        assert disclosure.problems[0].page == 1


class TestWhatAPageShows:
    @pytest.mark.parametrize("rotate", [0, 90, 180, 270])
    def test_a_turned_page_is_read_as_shown(self, tmp_path: Path, rotate: int) -> None:
        layout = Layout(rotate=rotate, cropbox=(9, 28, 17, 6), outside_text="页外文字")  # type: ignore[arg-type]
        drawn = draw_disclosure(SMALL, tmp_path / "file.pdf", layout)
        page = first_page(drawn.path)
        assert (page.width, page.height) == pytest.approx(layout.shown_size(), abs=0.1)
        assert page.rotation == rotate
        assert all(char.is_upright for char in page.chars)
        first = drawn.rows[0].box
        inside = text(tuple(c for c in page.chars if Box(*first).contains(*c.box.center)))
        assert inside.startswith("合计")
        facts = read_page_text(drawn.path).pages[0]
        assert facts.chars_off_page == 4

    def test_a_clip_is_told_for_each_character(self, tmp_path: Path) -> None:
        sketch = Sketch(tmp_path / "file.pdf")
        sketch.clip((100, 100, 300, 120))
        sketch.text(110, 95, "剪")
        sketch.unclip()
        sketch.text(110, 300, "全")
        sketch.page()
        page = first_page(sketch.save())
        clipped, free = page.chars
        assert clipped.clip == pytest.approx((100, 100, 300, 120), abs=0.1)
        assert free.clip == pytest.approx((0, 0, 842, 595), abs=0.1)

    def test_nested_clips_count_together(self, tmp_path: Path) -> None:
        sketch = Sketch(tmp_path / "file.pdf")
        sketch.clip((100, 100, 300, 120))
        sketch.clip((150, 90, 400, 110))
        sketch.text(160, 100, "剪")
        sketch.unclip()
        sketch.unclip()
        sketch.page()
        assert first_page(sketch.save()).chars[0].clip == pytest.approx((150, 100, 300, 110), abs=0.1)

    def test_rules_are_clipped_too(self, tmp_path: Path) -> None:
        sketch = Sketch(tmp_path / "file.pdf")
        sketch.clip((100, 100, 300, 120))
        sketch.rule(50, 110, 500, 110)
        sketch.rule(50, 200, 500, 200)
        sketch.unclip()
        sketch.page()
        (rule,) = first_page(sketch.save()).rules
        assert rule == pytest.approx((100, 110, 300, 110), abs=1.1)

    @pytest.mark.parametrize(
        ("how", "is_invisible"),
        [
            ({}, False),
            ({"mode": 3}, True),
            ({"gray": 1.0}, True),
            ({"gray": 0.5}, False),
            ({"mode": 7}, True),
        ],
        ids=["black", "render mode 3", "white", "grey", "clip only"],
    )
    def test_invisible_text_is_known(self, tmp_path: Path, how: dict[str, float], is_invisible: bool) -> None:
        sketch = Sketch(tmp_path / "file.pdf")
        sketch.text(100, 100, "文", **how)  # type: ignore[arg-type]
        sketch.page()
        (char,) = first_page(sketch.save()).chars
        assert char.is_invisible is is_invisible

    def test_white_text_on_a_dark_area_is_visible(self, tmp_path: Path) -> None:
        sketch = Sketch(tmp_path / "file.pdf")
        sketch.fill((90, 90, 200, 120), 0.2)
        sketch.text(100, 100, "文", gray=1.0)
        sketch.page()
        (char,) = first_page(sketch.save()).chars
        assert not char.is_invisible

    @pytest.mark.parametrize("gray", [1.0, 0.9, 0.0])
    def test_text_under_an_area_painted_later_is_invisible(self, tmp_path: Path, gray: float) -> None:
        sketch = Sketch(tmp_path / "file.pdf")
        sketch.text(100, 100, "旧")
        sketch.fill((90, 90, 120, 120), gray)
        sketch.text(100, 100, "新", gray=1.0 if gray == 0 else 0.0)
        sketch.page()
        old, new = first_page(sketch.save()).chars
        assert (old.is_invisible, new.is_invisible) == (True, False)

    @pytest.mark.parametrize(
        ("turned", "is_upright"), [(0, True), (90, False), (45, False), (180, False), (0.5, True)]
    )
    def test_turned_text_is_known(self, tmp_path: Path, turned: float, is_upright: bool) -> None:
        sketch = Sketch(tmp_path / "file.pdf")
        sketch.text(300, 300, "文", turned=turned)
        sketch.page()
        assert first_page(sketch.save()).chars[0].is_upright is is_upright

    def test_pictures_are_counted(self, tmp_path: Path) -> None:
        sketch = Sketch(tmp_path / "file.pdf")
        sketch.picture((0, 0, 100, 100))
        sketch.page()
        assert first_page(sketch.save()).image_count == 1

    def test_a_hyphen_at_a_lines_end_is_a_hyphen(self, tmp_path: Path) -> None:
        sketch = Sketch(tmp_path / "file.pdf")
        sketch.text(100, 100, "11-")
        sketch.text(100, 115, "数量")
        sketch.page()
        path = sketch.save()
        assert text(first_page(path).chars) == "11-数量"
        assert "readers_disagree" not in codes(path)

    def test_radicals_are_read_as_the_page_shows_them(self, tmp_path: Path) -> None:
        path = tmp_path / "file.pdf"
        draw_disclosure(with_project(SMALL, 0, 0, name="⼯业⼾外经费"), path)
        disclosure = read_disclosure(path)
        assert disclosure.tables[0].projects[0].project_name == "工业户外经费"
        assert [problem.code for problem in disclosure.problems] == ["radicals_mapped"]
        assert disclosure.verdict is Verdict.ACCEPTED

    def test_both_readers_see_the_same(self, specimen: Path) -> None:
        for first, second in zip(pdfium.read_pages(specimen), plumber.read_pages(specimen), strict=True):
            assert sorted(text(first.chars)) == sorted(text(second.chars))
            assert (first.width, first.height) == pytest.approx((second.width, second.height), abs=0.01)


@pytest.mark.parametrize(
    ("page", "verdict"),
    [
        (lambda sketch: sketch.picture((0, 0, 842, 595)), "page_unreadable"),
        (
            lambda sketch: [sketch.text(50 + 20 * n, 500, "侧着印的一行", turned=90) for n in range(9)],
            "page_unreadable",
        ),
        (lambda sketch: None, None),
        (lambda sketch: sketch.text(50, 50, "以下空白"), None),
    ],
    ids=["a picture", "sideways", "empty", "prose"],
)
def test_a_page_between_the_tables_pages_must_be_readable(
    tmp_path: Path, page: object, verdict: str | None
) -> None:
    sketch = Sketch(tmp_path / "file.pdf")
    sketch.rows(sketch.caption(), [HEAD, total("30.25"), project("甲", "10.25")])
    sketch.page()
    page(sketch)  # type: ignore[operator]
    sketch.page()
    sketch.rows(30, [HEAD, project("乙", "20.00")])
    sketch.page()
    disclosure = read_disclosure(sketch.save())
    assert disclosure.tables[0].reason_codes == ((verdict,) if verdict else ())


def test_a_watermark_on_every_page_is_left_out(tmp_path: Path) -> None:
    sketch = Sketch(tmp_path / "file.pdf")
    for rows in ([HEAD, total("30.25"), project("甲", "10.25")], [project("乙", "20.00")]):
        sketch.rows(sketch.caption() if rows[0] is HEAD else 30, rows)
        for n in range(20):
            sketch.text(100 + 20 * n, 300, "内部资料", turned=45)
        sketch.page()
    disclosure = read_disclosure(sketch.save())
    assert disclosure.verdict is Verdict.ACCEPTED
    assert {problem.code for problem in disclosure.problems} == {"turned_text"}


def test_a_files_name_is_its_content(tmp_path: Path) -> None:
    path = tmp_path / "file.pdf"
    path.write_bytes(b"abc")
    assert hash_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


class TestPaths:
    PAGE = Box(0, 0, 600, 400)

    @pytest.mark.parametrize(
        ("points", "filled", "stroked", "expected"),
        [
            ([(0, 10), (100, 10)], False, True, [Rule(0, 10, 100, 10)]),
            ([(0, 10), (100, 10.5)], False, True, [Rule(0, 10.25, 100, 10.25)]),
            ([(0, 10), (100, 14)], False, True, []),
            ([(0, 10), (0.5, 10)], False, True, []),
            ([(0, 10), (100, 10), (100, 10.6), (0, 10.6), (0, 10)], True, False, [Rule(0, 10.3, 100, 10.3)]),
            ([(0, 10), (100, 10), (100, 60), (0, 60), (0, 10)], True, False, []),
            (
                [(0, 10), (100, 10), (100, 60)],
                False,
                True,
                [Rule(0, 10, 100, 10), Rule(100, 10, 100, 60)],
            ),
        ],
        ids=["line", "leaning a hair", "slanted", "dot", "thin rectangle", "area", "many segments"],
    )
    def test_straight_paths_become_rules(
        self, points: list[tuple[float, float]], filled: bool, stroked: bool, expected: list[Rule]
    ) -> None:
        rules, _ = path_rules([points], is_filled=filled, is_stroked=stroked, clip=self.PAGE)
        assert rules == expected

    def test_only_the_visible_part_counts(self) -> None:
        rules, _ = path_rules(
            [[(0, 10), (500, 10)]], is_filled=False, is_stroked=True, clip=Box(100, 0, 200, 50)
        )
        assert rules == [Rule(99, 10, 201, 10)]

    def test_transformations_follow_each_other(self) -> None:
        move, grow = Matrix(1, 0, 0, 1, 5, 7), Matrix(2, 0, 0, 3, 0, 0)
        assert grow.then(move).apply(1, 1) == (7, 10)
        assert move.then(Matrix.identity()) == move
