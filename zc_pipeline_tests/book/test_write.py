"""The folder: whole or not at all, never over something else, and nothing in it that needs a network."""

from __future__ import annotations

import re
import shutil
from functools import partial
from pathlib import Path

import pytest

from zc_pipeline.book import pages
from zc_pipeline.book.write import write_book
from zc_pipeline.errors import Severity, UsageError
from zc_pipeline.model import Join, SumScope, Verdict
from zc_pipeline.parse.document import hash_file
from zc_pipeline.parse.forms.base import COLUMNS
from zc_pipeline.schemas import TABLES
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests import commands
from zc_pipeline_tests.book.conftest import SCRIPT_NAME
from zc_pipeline_tests.book.test_data import loaded
from zc_pipeline_tests.conftest import SPECIMEN

KEY = f"2024-{hash_file(SPECIMEN)[:20]}"
HERE = Path(pages.__file__).parent


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.fixture
def own(data: DataPaths, tmp_path: Path) -> DataPaths:
    """A copy of the data folder that a test may spoil."""
    shutil.copytree(data.data_dir, tmp_path / "data")
    return DataPaths(tmp_path / "data")


def test_a_second_writing_changes_nothing_and_draws_nothing(own: DataPaths, tmp_path: Path) -> None:
    target = tmp_path / "book"
    first = write_book(own, target)
    assert first.drawn == first.pictures > 11
    times = {path: path.stat().st_mtime_ns for path in target.rglob("*") if path.is_file()}
    before = contents(target)
    second = write_book(own, target)
    assert (second.drawn, second.changed, second.pictures) == (0, 0, first.pictures)
    assert contents(target) == before
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert [path.name for path in tmp_path.iterdir()] in (["data", "book"], ["book", "data"])


def test_what_others_put_into_a_book_stays(own: DataPaths, tmp_path: Path) -> None:
    target = tmp_path / "book"
    write_book(own, target, with_pictures=False)
    (target / "notes").mkdir()
    (target / "notes" / "mine.txt").write_text("x")
    stale = target / "documents" / "stale.html"
    stale.write_text("mine, too")
    write_book(own, target, with_pictures=False, year=2024)
    assert (target / "notes" / "mine.txt").read_text() == "x"
    assert stale.exists()
    assert (target / "documents" / f"{KEY}.html").exists()
    assert not list((target / "documents").glob("2023-*")), "the book's own pages of another year are gone"


@pytest.mark.parametrize("name", ["index.html", "book.json", ".hidden"])
def test_a_folder_with_something_else_is_left_alone(data: DataPaths, tmp_path: Path, name: str) -> None:
    target = tmp_path / "site"
    target.mkdir()
    (target / name).write_text('{"kind": "another"}')
    with pytest.raises(UsageError, match="holds something that is no book"):
        write_book(data, target)
    assert contents(tmp_path) == {f"site/{name}": b'{"kind": "another"}'}


def test_an_empty_folder_is_taken_and_a_file_refused(data: DataPaths, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    write_book(data, tmp_path / "empty", with_pictures=False)
    assert (tmp_path / "empty" / "index.html").exists()
    (tmp_path / "file").write_text("x")
    with pytest.raises(UsageError, match="is a file"):
        write_book(data, tmp_path / "file")


def test_a_fault_on_the_way_leaves_the_book_as_it_was(own: DataPaths, tmp_path: Path) -> None:
    target = tmp_path / "book"
    write_book(own, target, with_pictures=False)
    before = contents(target)
    own.working("page_text", 2024, hash_file(SPECIMEN)).write_bytes(b"spoilt")
    with pytest.raises(UsageError, match=r"`page_text` of 2024/sample.pdf is not there.*zc-pipeline run"):
        write_book(own, target, with_pictures=False)
    assert contents(target) == before
    assert not [path for path in tmp_path.iterdir() if path.name not in ("data", "book")]


def test_without_its_pdf_a_page_says_that_there_is_no_picture(own: DataPaths, tmp_path: Path) -> None:
    sample = own.raw_dir / "2024" / "sample.pdf"
    target = tmp_path / "book"

    def head(**how: bool) -> dict[str, object]:
        write_book(own, target, **how)
        found: dict[str, object] = loaded(target / "data" / "documents" / f"{KEY}.js")
        return found

    assert head()["no_picture"] is None
    assert (target / "pictures" / KEY / "11.webp").exists()
    sample.write_bytes(sample.read_bytes() + b"\n%changed")
    assert head()["no_picture"] == "changed"
    assert not (target / "pictures" / KEY).exists()
    sample.unlink()
    gone = head()
    assert gone["no_picture"] == "gone"
    assert gone["pages"]["1"][2] is None  # type: ignore[index]
    assert gone["pages"]["1"][:2] == pytest.approx([842, 595], abs=1)  # type: ignore[index]
    assert head(with_pictures=False)["no_picture"] == "none"
    assert not (target / "pictures").exists()


def test_before_any_run_there_is_nothing_to_write(data: DataPaths, tmp_path: Path) -> None:
    empty = DataPaths(tmp_path / "none")
    with pytest.raises(UsageError, match="Call `zc-pipeline run` first"):
        write_book(empty, tmp_path / "book")
    with pytest.raises(UsageError, match="No documents of 2019 are published"):
        write_book(data, tmp_path / "book", year=2019)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_asked_of_a_network_and_no_file_is_large(book: Path) -> None:
    for name, content in contents(book).items():
        assert len(content) < 2_000_000, name
        if name.endswith((".html", ".css", ".js")) and not name.startswith("data/"):
            assert not re.search(rb"https?:|//[a-z0-9-]+\.[a-z]|@import|url\(", content), name
            assert not re.search(
                rb"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b", content
            ), name


def test_pages_escape_what_documents_print() -> None:
    page = pages.document_page("zh", "2024-0", f'{SCRIPT_NAME}"', "<i>.pdf")
    assert "<script>document" not in page
    assert "<i>" not in page
    assert "&lt;script&gt;document.title=&#39;taken&#39;&lt;/script&gt;&amp;amp;" in page
    assert 'data-heading="&lt;script&gt;' in page


def test_every_word_of_the_pages_is_in_the_dictionary_and_used() -> None:
    texts = pages.read_texts()
    sources = [path.read_text(encoding="utf-8") for path in sorted((HERE / "assets").glob("*.js"))]
    sources += [path.read_text(encoding="utf-8") for path in sorted((HERE / "templates").glob("*.html"))]
    whole = "\n".join(sources) + (HERE / "pages.py").read_text(encoding="utf-8")
    groups = "|".join(sorted({key.split(".")[0] for key in texts}))
    named = set(re.findall(rf'["\'`]((?:{groups})\.[a-z_0-9]+)["\'`]', whole))
    named = {key for key in named if not key.endswith((".html", ".js", ".css"))}
    assert named <= set(texts)
    built = tuple(
        f"{start}."
        for start in ("verdict", "severity", "scope", "column", "join", "reason", "nav", "quantity")
    )
    unused = {
        key
        for key in texts
        if key not in named
        and not key.startswith(built)
        and not re.match(r"book\.theme_|document\.picture_|index\.is_|index\.(cycle|annual)$", key)
        and not re.match(r"(documents|problems|reconciliation)\.(count|lead|different|unexplained)$", key)
    }
    assert unused == set()
    for key, (chinese, english) in texts.items():
        assert isinstance(chinese, str), key
        assert isinstance(english, str), key
        assert sorted(re.findall(r"\{\w+\}", chinese)) == sorted(re.findall(r"\{\w+\}", english)), key


def test_every_value_that_pages_put_into_words_has_one() -> None:
    reasons = next(one for one in TABLES["indicators"].fields if one.name == "annual_reason").allowed
    assert reasons
    words = {
        "verdict": Verdict,
        "severity": Severity,
        "scope": SumScope,
        "join": Join,
        "column": COLUMNS,
        "reason": reasons,
    }
    expected = {f"{group}.{value}" for group, values in words.items() for value in values}
    assert expected <= set(pages.read_texts())


def test_the_command_writes_a_book_and_says_where(data: DataPaths, tmp_path: Path) -> None:
    call = partial(commands.call, "book", "--data-dir", data.data_dir, cwd=tmp_path)
    done = call("out", "--no-pictures", "--language", "en", "--year", "2024")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == f"Book        {tmp_path / 'out' / 'index.html'}"
    assert "Projects    51" in done.stdout
    assert '<html lang="en"' in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "a.txt").write_text("x")
    wrong = call("other")
    assert wrong.returncode == 2
    assert "holds something that is no book" in wrong.stderr.strip().splitlines()[-1]
