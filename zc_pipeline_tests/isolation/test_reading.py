"""What comes back from another process is what would have been read in this one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from zc_pipeline.errors import DocumentError
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.reading import (
    count_pages_isolated,
    read_page_text_isolated,
    render_page_isolated,
)
from zc_pipeline.parse.document import PageTextResult
from zc_pipeline.parse.readers.render import render_page
from zc_pipeline.parse.reading import read_page_text
from zc_pipeline_tests.drawing import draw_disclosure, faulty, make_disclosure
from zc_pipeline_tests.isolation import hostile


@pytest.mark.parametrize(
    "make",
    [
        lambda path: draw_disclosure(make_disclosure(3), path),
        faulty.not_a_pdf,
        faulty.empty_file,
        faulty.truncated_pdf,
        faulty.encrypted_pdf,
        faulty.no_text_layer,
    ],
    ids=["good", "web page", "empty", "truncated", "password", "scan"],
)
def test_a_result_is_the_same_as_in_this_process(tmp_path: Path, make: Callable[[Path], object]) -> None:
    path = tmp_path / "file.pdf"
    make(path)
    expected = read_page_text(path)
    assert expected.items or expected.problems
    assert read_page_text_isolated(path) == expected


def test_a_file_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    (problem,) = read_page_text_isolated(tmp_path / "gone.pdf").problems
    assert (problem.code, "No such file" in problem.message) == ("file_unreadable", True)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.pdf"
    os.mkfifo(pipe)
    (problem,) = read_page_text_isolated(pipe).problems
    assert problem.code == "file_unreadable"


def test_names_that_are_no_text_are_read(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + "/表\udcff.pdf".encode("utf-8", "surrogateescape")))
    hostile.write_pdf(path, hostile.one_page())
    assert len(read_page_text_isolated(path).pages) == 1


def test_a_relative_path_is_of_the_caller(
    tmp_path: Path, plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_page_text_isolated(plain)  # the server has started in another folder
    monkeypatch.chdir(tmp_path)
    assert len(read_page_text_isolated(Path(plain.name)).pages) == 1


def test_threads_read_at_the_same_time(tmp_path: Path) -> None:
    paths = [tmp_path / f"{count}.pdf" for count in range(1, 7)]
    for pages, path in enumerate(paths, start=1):
        hostile.many_pages(path, pages)
    found: dict[Path, PageTextResult] = {}

    def read(path: Path) -> None:
        found[path] = read_page_text_isolated(path)

    threads = [threading.Thread(target=read, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(found[path].pages) for path in paths] == [1, 2, 3, 4, 5, 6]


class TestPictures:
    def test_a_page_is_drawn_as_in_this_process(self, specimen: Path) -> None:
        drawn = render_page_isolated(specimen, 3, 0.5)
        expected = render_page(specimen, 3, 0.5)
        assert (drawn.pixels_across, drawn.pixels_down) == expected.image.size
        assert (drawn.width, drawn.height) == (expected.width, expected.height)
        assert drawn.rgb == expected.image.tobytes()

    def test_pages_are_counted(self, specimen: Path) -> None:
        assert count_pages_isolated(specimen) == 11

    @pytest.mark.parametrize("number", [2, 0])
    def test_a_page_that_is_not_there_is_an_error(self, plain: Path, number: int) -> None:
        with pytest.raises(DocumentError):
            render_page_isolated(plain, number, 1.0)

    def test_what_is_no_pdf_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(DocumentError, match="cannot be opened") as caught:
            count_pages_isolated(faulty.not_a_pdf(tmp_path / "x.pdf"))
        assert caught.value.code == "damaged_pdf"

    def test_drawing_has_limits(self, tmp_path: Path) -> None:
        path = hostile.flate_bomb(tmp_path / "x.pdf", 400)
        with pytest.raises(DocumentError) as caught:
            render_page_isolated(path, 1, 1.0, Limits(memory_bytes=200 << 20))
        assert caught.value.code in ("memory_limit", "reader_crashed")
