"""Files that mean harm end in a verdict that names the limit, in its time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from zc_pipeline import pipeline
from zc_pipeline.errors import CATALOGUE, Severity
from zc_pipeline.isolation.limits import BUSY_SLOWDOWN, Limits
from zc_pipeline.isolation.reading import default_readers, measure_page_text, read_page_text_isolated
from zc_pipeline.isolation.worker import _silent_pages
from zc_pipeline.model import Box, ItemKind, PageItem
from zc_pipeline.parse.document import PageTextResult
from zc_pipeline.parse.reading import read_page_text
from zc_pipeline.pipeline import RunContext
from zc_pipeline.storage.parquet import read_table
from zc_pipeline.tables.frames import records_of
from zc_pipeline_tests.drawing import make_disclosure
from zc_pipeline_tests.isolation import hostile
from zc_pipeline_tests.isolation.conftest import SMALL

Make = Callable[[Path], Path]


def codes(path: Path, limits: Limits) -> list[str]:
    return [problem.code for problem in read_page_text_isolated(path, limits).problems]


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: hostile.flate_bomb(path, 300), "memory_limit"),
        (hostile.run_length_bomb, "memory_limit"),
        (hostile.predictor_bomb, "memory_limit"),
        (hostile.widths_of_billions, "memory_limit"),
        (hostile.forms_of_billions, "memory_limit"),
        (lambda path: hostile.cmap_of_long_texts(path, 300), "memory_limit"),
        (lambda path: hostile.many_pages(path, 51), "page_limit"),
        (hostile.many_pages, "page_limit"),
        (hostile.endless_text, "time_limit"),
        (hostile.endless_rules, "time_limit"),
        (hostile.xref_stream_of_billions, "time_limit"),
    ],
    ids=[
        "nested FlateDecode",
        "RunLengthDecode",
        "predictor",
        "widths",
        "forms",
        "CMap",
        "51 pages",
        "100,000 pages",
        "text",
        "rules",
        "cross-references",
    ],
)
def test_the_limit_that_was_hit_is_named(tmp_path: Path, make: Make, code: str) -> None:
    path = make(tmp_path / "hostile.pdf")
    limits = replace(SMALL, seconds=1.0, memory_bytes=1 << 30) if code == "time_limit" else SMALL
    result, usage = measure_page_text(path, limits, default_readers())
    assert [problem.code for problem in result.problems] == [code]
    assert CATALOGUE[code].severity is Severity.REFUSED
    assert result.items == ()
    assert usage.cpu_seconds < BUSY_SLOWDOWN * limits.seconds_for(1) + 0.5
    assert usage.peak_mb < limits.memory_bytes / 2**20 + 100


@pytest.mark.parametrize(
    "make",
    [
        hostile.xref_loop,
        lambda path: hostile.xref_chain(path, 5_000),
        hostile.page_tree_loop,
        hostile.page_tree_parent_loop,
        hostile.length_loop,
        hostile.page_tree_of_billions,
        hostile.deep_page_tree,
        hostile.form_loop,
        hostile.cmap_loop,
        lambda path: hostile.deep_array(path, 50_000),
        lambda path: hostile.deep_object(path, 20_000),
        lambda path: hostile.deep_states(path, 50_000),
        lambda path: hostile.cmap_of_billions(path, 200),
    ],
)
def test_what_loops_or_nests_ends_in_a_verdict(tmp_path: Path, make: Make) -> None:
    path = make(tmp_path / "hostile.pdf")
    result, usage = measure_page_text(path, SMALL, default_readers())
    assert result.items or result.problems
    assert "reader_crashed" not in {problem.code for problem in result.problems}
    assert usage.cpu_seconds < BUSY_SLOWDOWN * SMALL.seconds_for(1) + 0.5


def test_more_pages_have_more_time(tmp_path: Path) -> None:
    path = hostile.flate_bomb(tmp_path / "x.pdf", 8, 20)
    tight = Limits(seconds=0.1, seconds_per_page=0.0)
    assert codes(path, tight) == ["time_limit"]
    assert "time_limit" not in codes(path, replace(tight, seconds_per_page=2.0))


def test_the_sentences_say_what_was_too_much(tmp_path: Path) -> None:
    pages = hostile.many_pages(tmp_path / "pages.pdf", 3001)
    (problem,) = read_page_text_isolated(pages).problems
    assert problem.message == "The file has 3,001 pages; the limit is 3,000."
    (problem,) = read_page_text_isolated(pages, Limits(file_bytes=100_000)).problems
    assert (problem.code, problem.message[:12]) == ("file_too_large", "The file has")


def test_a_page_of_letters_that_stand_for_blanks_refuses_the_file(tmp_path: Path) -> None:
    found = read_page_text_isolated(hostile.silent_page(tmp_path / "x.pdf")).problems
    assert [(problem.code, problem.page) for problem in found] == [("unmapped_characters", 2)]


def test_a_page_that_paints_text_and_gives_no_character_is_found(tmp_path: Path) -> None:
    path = hostile.silent_page(tmp_path / "x.pdf")
    first, second = read_page_text(path).pages
    items = (PageItem(1, 1, ItemKind.LINE, "a", "a", "100", False, Box(0, 0, 9, 9), "test"),)
    blank = replace(second, chars_drawn=0)
    (problem,) = _silent_pages(path, PageTextResult((first, blank), items, ()))
    assert (problem.code, problem.page) == ("page_unreadable", 2)
    assert _silent_pages(path, PageTextResult((first, replace(second, chars_drawn=4)), items, ())) == []


def test_blanks_and_invisible_text_are_no_silent_page(tmp_path: Path) -> None:
    for name, text in (("blank", b"BT /F1 12 Tf 50 700 Td (   ) Tj ET"), ("none", b"")):
        objects = hostile.one_page() | {3: hostile.page(), 6: hostile.stream(text)}
        objects[2] = b"<< /Type /Pages /Kids [3 0 R 7 0 R] /Count 2 >>"
        objects[7] = hostile.page(contents=b"6 0 R")
        path = hostile.write_pdf(tmp_path / f"{name}.pdf", objects)
        assert read_page_text_isolated(path).problems == ()


def test_a_font_loads_no_file_of_a_strangers_name(tmp_path: Path) -> None:
    import gzip
    import pickle

    class Marks:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "executed",)

    for name in ("evil.pickle.gz", "evil.json.gz", "evil"):
        (tmp_path / name).write_bytes(gzip.compress(pickle.dumps(Marks())))
    path = hostile.cmap_of_a_stranger(tmp_path / "x.pdf", tmp_path / "evil")
    result = read_page_text_isolated(path)
    assert result.items or result.problems
    assert not (tmp_path / "executed").exists()


class TestInARun:
    def test_a_hostile_document_is_refused_and_the_others_are_read(
        self, context: RunContext, put_pdf: Callable[..., Path], tmp_path: Path
    ) -> None:
        put_pdf(make_disclosure(1), "good.pdf")
        put_pdf(hostile.flate_bomb(tmp_path / "bomb.pdf", 400), "bomb.pdf")
        put_pdf(hostile.many_pages(tmp_path / "long.pdf", 60), "long.pdf")
        context = replace(context, limits=replace(SMALL, seconds=20.0))
        pipeline.run_year(context, 2024)
        stored = read_table(context.paths.published("documents", 2024), "documents")
        assert stored is not None
        found = {
            row["source_file"]: (row["verdict"], row["reason_codes"]) for row in records_of(stored.frame)
        }
        assert found == {
            "2024/good.pdf": ("accepted", ""),
            "2024/bomb.pdf": ("refused", "memory_limit"),
            "2024/long.pdf": ("refused", "page_limit"),
        }

    def test_a_verdict_of_a_limit_stands_until_the_limit_is_another(
        self, context: RunContext, put_pdf: Callable[..., Path], tmp_path: Path
    ) -> None:
        put_pdf(hostile.many_pages(tmp_path / "long.pdf", 3), "long.pdf")
        context = replace(context, limits=replace(SMALL, pages=2))
        pipeline.find_raw(context, 2024)
        assert pipeline.read_pages(context, 2024).made == 1
        assert pipeline.read_pages(context, 2024).made == 0
        more = replace(context, limits=SMALL)
        assert pipeline.read_pages(more, 2024).made == 1
        assert pipeline.read_pages(more, 2024).made == 0
