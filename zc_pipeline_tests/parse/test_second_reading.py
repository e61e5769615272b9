"""Which pages the second reader reads too, and what is noticed where it does."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from zc_pipeline.errors import DocumentError
from zc_pipeline.model import PageContent, SecondReading
from zc_pipeline.parse.document import hash_file
from zc_pipeline.parse.readers import pdfium, plumber, strings
from zc_pipeline.parse.readers.grey import GreyPage, GreyPages
from zc_pipeline.parse.reading import read_disclosure, read_page_text
from zc_pipeline.parse.second_reading import SAMPLED_EACH, is_sampled
from zc_pipeline_tests.drawing import draw_disclosure, make_disclosure

EVERY, SAMPLED, WHEN_IN_DOUBT = SecondReading
IDS = [f"{number:064x}" for number in range(500)]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Several plain pages, in doubt for nothing."""
    path = tmp_path_factory.mktemp("plain") / "plain.pdf"
    draw_disclosure(make_disclosure(3, units=2, projects_per_unit=12, indicators=(2, 3)), path)
    assert 3 <= len(list(pdfium.read_pages(path))) <= SAMPLED_EACH
    return path


def misread(pages: set[int]) -> object:
    """A first reader that loses the last character of some pages."""
    true_pages = pdfium.read_pages

    def read_pages(path: Path) -> Iterator[PageContent]:
        for page in true_pages(path):
            inked = [place for place, char in enumerate(page.chars) if not char.text.isspace()]
            lost = inked[len(inked) // 2]
            chars = (*page.chars[:lost], *page.chars[lost + 1 :])
            yield replace(page, chars=chars) if page.number in pages else page

    return read_pages


def disagreements(path: Path, mode: SecondReading) -> list[int | None]:
    found = read_page_text(path, mode).problems
    return [problem.page for problem in found if problem.code == "readers_disagree"]


class TestTheSample:
    @pytest.mark.parametrize("pages", [1, 2, 9, 10, 11, 200])
    def test_each_document_has_some_page_and_about_one_in_ten(self, pages: int) -> None:
        for document_id in IDS[:60]:
            chosen = [number for number in range(1, pages + 1) if is_sampled(document_id, pages, number)]
            assert pages // SAMPLED_EACH <= len(chosen) <= pages // SAMPLED_EACH + 1
            assert chosen

    def test_every_page_has_its_turn(self) -> None:
        first = {next(n for n in range(1, 5) if is_sampled(one, 4, n)) for one in IDS}
        assert first == {1, 2, 3, 4}

    def test_the_choice_depends_on_nothing_else(self) -> None:
        """Written out, so that another machine or release that chose other pages would be noticed."""
        chosen = [next(n for n in range(1, 11) if is_sampled(one, 50, n)) for one in IDS[:8]]
        assert chosen == [9, 5, 7, 5, 10, 5, 4, 3]


class TestWhatIsReadTwice:
    def test_every_page(self, drawn: Path) -> None:
        read = read_page_text(drawn)
        assert read.read_twice == tuple(page.number for page in read.pages)

    def test_a_sample(self, drawn: Path) -> None:
        read = read_page_text(drawn, SAMPLED)
        count = len(read.pages)
        chosen = [n for n in range(1, count + 1) if is_sampled(hash_file(drawn), count, n)]
        assert list(read.read_twice) == chosen
        assert len(chosen) == 1

    def test_no_page_without_a_doubt(self, drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object) -> None:
            raise AssertionError("the file was opened by the second reader")

        monkeypatch.setattr(plumber, "read_pages", fail)
        monkeypatch.setattr(plumber, "read_some_pages", fail)
        assert read_page_text(drawn, WHEN_IN_DOUBT).read_twice == ()

    @pytest.mark.parametrize(
        "doubt",
        ["unmapped", "lost", "not understood"],
    )
    def test_the_page_in_doubt(self, drawn: Path, monkeypatch: pytest.MonkeyPatch, doubt: str) -> None:
        true_pages = pdfium.read_pages

        def read_pages(path: Path) -> Iterator[PageContent]:
            for page in true_pages(path):
                yield _doubtful(page, doubt) if page.number == 2 else page

        monkeypatch.setattr(pdfium, "read_pages", read_pages)
        if doubt == "not understood":
            monkeypatch.setattr(strings, "read_pages", _without_second(strings.read_pages))
        assert read_page_text(drawn, WHEN_IN_DOUBT).read_twice == (2,)

    def test_all_pages_where_the_quick_reading_gives_up(
        self, drawn: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(strings, "read_pages", lambda *_: (page for page in ()))
        assert read_page_text(drawn, WHEN_IN_DOUBT).read_twice == read_page_text(drawn).read_twice

    def test_text_that_is_not_to_be_seen_leads_to_a_whole_look(
        self, drawn: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        white = GreyPage(b"\xff" * 10_000, 100, 100, 0.1)
        monkeypatch.setattr(GreyPages, "page", lambda *_: white)
        read = read_page_text(drawn, WHEN_IN_DOUBT)
        assert {problem.code for problem in read.problems} == {"text_not_drawn"}
        assert len(read.read_twice) == len(read.pages)


def _doubtful(page: PageContent, doubt: str) -> PageContent:
    chars = list(page.chars)
    place = next(at for at, char in enumerate(chars) if char.text.isdecimal())
    if doubt == "unmapped":
        chars[place] = chars[place]._replace(is_unmapped=True)
    elif doubt == "lost":
        del chars[place]
    return replace(page, chars=tuple(chars))


def _without_second(read_pages: Callable[..., Iterator[PageContent | None]]) -> object:
    """A quick reader that does not understand the second page."""

    def some(path: Path, wanted: Container[int]) -> Iterator[PageContent | None]:
        return (None if at == 2 else page for at, page in enumerate(read_pages(path, wanted), start=1))

    return some


class TestWhatIsNoticed:
    def test_every_page_that_is_misread(self, drawn: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        pages = len(read_page_text(drawn).pages)
        monkeypatch.setattr(pdfium, "read_pages", misread({2, pages}))
        assert disagreements(drawn, EVERY) == [2, pages]

    @pytest.mark.parametrize("mode", [SAMPLED, WHEN_IN_DOUBT])
    def test_so_do_the_quicker_ways(
        self, drawn: Path, monkeypatch: pytest.MonkeyPatch, mode: SecondReading
    ) -> None:
        pages = len(read_page_text(drawn).pages)
        monkeypatch.setattr(pdfium, "read_pages", misread(set(range(1, pages + 1))))
        assert disagreements(drawn, mode) == list(range(1, pages + 1))

    def test_another_number_of_pages_is_noticed_where_the_second_reader_is_asked(
        self, drawn: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        true_pages = plumber.read_some_pages

        def one_more(path: Path, wanted: object) -> Iterator[PageContent | None]:
            yield from true_pages(path, wanted)  # type: ignore[arg-type]
            yield None

        monkeypatch.setattr(plumber, "read_some_pages", one_more)
        assert "readers_disagree" in [problem.code for problem in read_page_text(drawn, SAMPLED).problems]

    def test_a_second_reader_that_gives_up_holds_the_document(
        self, drawn: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise DocumentError("reader_failed", "it gave up")

        monkeypatch.setattr(plumber, "read_some_pages", fail)
        assert [problem.code for problem in read_page_text(drawn, SAMPLED).problems] == ["reader_failed"]

    def test_a_person_who_reads_one_file_gets_both_readers(
        self, drawn: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(pdfium, "read_pages", misread({1}))
        assert read_disclosure(drawn).tables[0].reason_codes == ("readers_disagree",)


@pytest.mark.parametrize(
    ("stored", "wanted", "is_enough"),
    [
        (EVERY, EVERY, True),
        (EVERY, SAMPLED, True),
        (EVERY, WHEN_IN_DOUBT, True),
        (SAMPLED, EVERY, False),
        (SAMPLED, WHEN_IN_DOUBT, True),
        (WHEN_IN_DOUBT, SAMPLED, False),
        (WHEN_IN_DOUBT, EVERY, False),
    ],
)
def test_a_stricter_mode_covers_a_weaker_one(
    stored: SecondReading, wanted: SecondReading, is_enough: bool
) -> None:
    assert stored.covers(wanted) is is_enough


@pytest.mark.parametrize("mode", [SAMPLED, WHEN_IN_DOUBT])
def test_the_page_text_is_the_same_in_every_mode(drawn: Path, specimen: Path, mode: SecondReading) -> None:
    for path in (drawn, specimen):
        assert read_page_text(path, mode) == read_page_text(path)
