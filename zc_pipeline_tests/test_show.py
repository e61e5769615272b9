"""From a value to the printed place: which cells are marked on which page, and what is said beside it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from zc_pipeline.defs.metadata import held_pictures
from zc_pipeline.errors import UsageError
from zc_pipeline.model import Box
from zc_pipeline.parse.document import hash_file
from zc_pipeline.pictures import Mark, MarkedPage, MarkKind, draw_pages, png_bytes, small_png
from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline.show import show, show_held
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests import commands
from zc_pipeline_tests.conftest import SPECIMEN
from zc_pipeline_tests.drawing import Layout, draw_disclosure, faulty, make_disclosure, with_project

Put = Callable[..., Path]
SCALE = 2  # pixels a point
STRIP = 30  # pixels of a caption of one line
BETWEEN = 4  # pixels between pages
SPECIMEN_ID = hash_file(SPECIMEN)
PAGE_HEIGHT = 1191  # of the sample's pages, landscape A4
# The column edges of the sample's table, measured on the page.
LEFT, INDICATORS, RIGHT = 34.0, 558.0, 808.0


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> DataPaths:
    """A folder with the sample, read."""
    paths = DataPaths(tmp_path_factory.mktemp("sample") / "data")
    folder = paths.raw_dir / "2024"
    folder.mkdir(parents=True)
    (folder / "sample.pdf").write_bytes(SPECIMEN.read_bytes())
    run_year(RunContext(paths, "test"), 2024)
    return paths


def project_id(number: int) -> str:
    return f"{SPECIMEN_ID[:20]}-t1-p{number:04d}"


def extent(picture: Image.Image, kind: MarkKind, top: int) -> tuple[float, float, float, float]:
    """The box around a mark's colour on the page that begins at a pixel row, in points of the page."""
    page = picture.crop((0, top + STRIP, picture.width, min(picture.height, top + STRIP + PAGE_HEIGHT)))
    bands = ImageChops.difference(page, Image.new("RGB", page.size, kind.color)).split()
    distance = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    box = distance.point([255] + [0] * 255).getbbox()
    assert box is not None, f"nothing is marked as {kind.label}"
    x0, y0, x1, y1 = box
    return x0 / SCALE, y0 / SCALE, (x1 - 1) / SCALE, (y1 - 1) / SCALE


def test_a_row_over_two_pages_is_marked_on_both(sample: DataPaths) -> None:
    shown = show(sample, project_id(4))
    assert shown.picture.size == (1684, 2 * (PAGE_HEIGHT + STRIP) + BETWEEN)
    first = extent(shown.picture, MarkKind.ROW, 0)
    second = extent(shown.picture, MarkKind.ROW, PAGE_HEIGHT + STRIP + BETWEEN)
    # Measured on the pages: the last row of page 1, the row below the heading of page 2.
    assert first == pytest.approx((34, 468, 808, 518), abs=3)
    assert second == pytest.approx((34, 64, 808, 105), abs=3)
    inner = shown.picture.getpixel((INDICATORS * SCALE, STRIP + 490 * SCALE))
    assert inner == MarkKind.ROW.color, "the edge between goal and indicators"
    said = "\n".join(shown.lines)
    assert "2024/sample.pdf, pages 1, 2 (p1g1r7 p2g1r2, joined by clipped_duplicate)" in said
    for words in ("招商业务工作经费", "printed          53.50", "parsed           535000.00 CNY", "万元"):
        assert words in said
    assert "施周期指标值:200亿元；年度指标值:200亿元。" in said
    assert "4. 2 效益指标 | 22 社会效益 | 引进项目达产后总产值 | cycle 200亿元 | annual 200亿元" in said
    assert shown.name == f"{project_id(4)}.png"


@pytest.mark.parametrize(("number", "pages"), [(1, "page 1"), (38, "pages 8, 9"), (48, "pages 10, 11")])
def test_every_project_is_found_on_its_pages(sample: DataPaths, number: int, pages: str) -> None:
    shown = show(sample, project_id(number))
    assert f"2024/sample.pdf, {pages} (" in shown.lines[1]
    assert shown.picture.height > pages.count(",") * PAGE_HEIGHT


def test_an_indicator_is_shown_with_its_cell_marked_more_strongly(sample: DataPaths) -> None:
    shown = show(sample, f"{project_id(1)}-i002")
    told = extent(shown.picture, MarkKind.TOLD, 0)
    row = extent(shown.picture, MarkKind.ROW, 0)
    assert told == pytest.approx((INDICATORS, 147.5, RIGHT, 286.5), abs=3)
    assert row[0] == pytest.approx(LEFT, abs=3)
    assert row[2] < INDICATORS + 3
    tinted = shown.picture.getpixel((round(RIGHT * SCALE) - 6, STRIP + 280 * SCALE))
    assert tinted == MarkKind.TOLD.value.fill
    said = "\n".join(shown.lines)
    assert "printed          2、1-产出指标；11-数量指标；软件配置完成率；" in said
    assert "annual_target    100%" in said


def test_a_page_shows_all_that_was_read_of_it(sample: DataPaths) -> None:
    shown = show(sample, "sample.pdf")
    colors = {color for _, color in shown.picture.getcolors(1 << 24) or []}
    for kind in (MarkKind.CELL, MarkKind.LINE, MarkKind.CLIPPED):
        assert kind.color in colors
    assert not colors & {MarkKind.PROBLEM.color, MarkKind.ROW.color}
    said = "\n".join(shown.lines)
    assert "Table 1: accepted, pages 1 to 11, 51 projects, 171 indicators" in said
    assert "Page 1 of 11: 49 table cells, 2 of them cut by a clip, and 4 free lines" in said
    assert shown.name == "sample-page-1.png"
    for name in ("2024/sample.pdf", SPECIMEN_ID[:8], SPECIMEN_ID):
        assert "Page 9 of 11" in "\n".join(show(sample, name, 9).lines)


def test_a_copy_that_was_left_out_is_shown_too(context: RunContext, put_pdf: Put) -> None:
    path = put_pdf(make_disclosure(5), "twice.pdf", layout=Layout(page_break="printed_twice"))
    drawn = draw_disclosure(
        make_disclosure(5), path.parent.parent / "same", Layout(page_break="printed_twice")
    )
    index = drawn.crossing[0]
    run_year(context, 2024)
    shown = show(context.paths, f"{hash_file(path)[:20]}-t1-p{index + 1:04d}")
    pages = [row.page for row in drawn.rows_of(index)]
    assert f"pages {', '.join(map(str, pages))} (" in shown.lines[1]
    assert "printed twice" in shown.lines[1]


@pytest.mark.parametrize(
    "layout",
    [
        pytest.param(Layout(rotate=90), id="turned by 90"),
        pytest.param(Layout(rotate=180), id="turned by 180"),
        pytest.param(Layout(rotate=270), id="turned by 270"),
        pytest.param(Layout(cropbox=(30, 40, 50, 20)), id="crop box"),
        pytest.param(Layout(cropbox=(30, 40, 50, 20), rotate=90), id="crop box, turned"),
        pytest.param(Layout(orientation="portrait"), id="portrait"),
    ],
)
def test_marks_lie_where_the_row_is_drawn(context: RunContext, put_pdf: Put, layout: Layout) -> None:
    path = put_pdf(make_disclosure(3), "a.pdf", layout=layout)
    drawn = draw_disclosure(make_disclosure(3), path.parent.parent / "same", layout)
    run_year(context, 2024)
    shown = show(context.paths, f"{hash_file(path)[:20]}-t1-p0002")
    (row,) = drawn.rows_of(1)
    assert extent(shown.picture, MarkKind.ROW, 0) == pytest.approx(row.box, abs=2)


def held(put_pdf: Put, context: RunContext) -> Path:
    """A read document whose second project is printed with a wrong total."""
    path = put_pdf(with_project(make_disclosure(7), 0, 1, total="9,999.99"), "held.pdf")
    run_year(context, 2024)
    return path


def test_a_held_document_has_the_rows_of_its_problems_marked(context: RunContext, put_pdf: Put) -> None:
    path = held(put_pdf, context)
    shown = show(context.paths, "held.pdf")
    drawn = draw_disclosure(
        with_project(make_disclosure(7), 0, 1, total="9,999.99"), path.parent.parent / "same"
    )
    (row,) = drawn.rows_of(1)
    for y in (row.box[1], row.box[3]):
        at = round((row.box[0] + 20) * SCALE), round(y * SCALE) + STRIP
        assert shown.picture.getpixel(at) == MarkKind.PROBLEM.color
    said = "\n".join(shown.lines)
    assert "held (sources_do_not_add_up" in said
    assert "printed 9,999.99" in said
    with pytest.raises(
        UsageError, match=r"was held \(sources_do_not_add_up.*zc-pipeline show \w{8} --page 1"
    ):
        show(context.paths, f"{hash_file(path)[:20]}-t1-p0002")


def test_the_ui_gets_small_pictures_of_the_first_held_documents(context: RunContext, put_pdf: Put) -> None:
    for seed in range(1, 7):
        put_pdf(make_disclosure(seed), f"{seed}.pdf", layout=Layout(show_unit_line=False))
    run_year(context, 2024)
    (context.paths.raw_dir / "2024" / "2.pdf").unlink()
    assert len(list(show_held(context.paths, 2024))) == 6
    found = held_pictures(context.paths, 2024)
    assert list(found) == [f"held: 2024/{seed}.pdf" for seed in range(1, 6)]
    texts = [str(value.value) for value in found.values()]
    assert texts[1].startswith("There is no picture: ")
    assert "is gone" in texts[1]
    for text in (texts[0], *texts[2:]):
        assert text.startswith("![")
        assert "](data:image/png;base64,iVBOR" in text
        assert "money_unit_missing" in text
        assert len(text) < 150_000


def wrong_calls(paths: DataPaths) -> Iterator[tuple[str, int | None, str]]:
    yield "nowhere.pdf", None, "Nothing read so far is named 'nowhere.pdf'"
    yield SPECIMEN_ID[:7], None, "at least 8 digits"
    yield f"{'0' * 20}-t1-p0001", None, "is of no document read so far"
    yield project_id(99), None, "has 51 projects: there is no"
    yield f"{SPECIMEN_ID[:20]}-t2-p0001", None, "has no table 2"
    yield f"{project_id(1)}-i099", None, "has 6 indicators: there is no"
    yield "sample.pdf", 12, "has 11 pages: there is no page 12"
    yield project_id(1), 2, "--page goes with a document"


def test_wrong_calls_are_refused_in_words(sample: DataPaths) -> None:
    for identity, page, words in wrong_calls(sample):
        with pytest.raises(UsageError, match=words):
            show(sample, identity, page)


def test_a_file_that_is_gone_or_changed_is_not_shown(context: RunContext, put_pdf: Put) -> None:
    path = put_pdf(make_disclosure(1), "a.pdf")
    other = put_pdf(path, "copy.pdf")
    run_year(context, 2024)
    identity = f"{hash_file(path)[:20]}-t1-p0001"
    path.unlink()
    assert show(context.paths, identity).lines, "the copy has the same content"
    other.write_bytes(other.read_bytes() + b"\n%changed")
    with pytest.raises(UsageError, match="was changed since it was read"):
        show(context.paths, identity)
    other.unlink()
    with pytest.raises(UsageError, match="is gone"):
        show(context.paths, identity)


def test_a_refused_file_says_why_it_has_no_picture(context: RunContext, put_pdf: Put) -> None:
    put_pdf(make_disclosure(1), "good.pdf")
    faulty.not_a_pdf(context.paths.raw_dir / "2024" / "page.pdf")
    faulty.no_text_layer(context.paths.raw_dir / "2024" / "scan.pdf")
    run_year(context, 2024)
    with pytest.raises(UsageError, match=r"(?s)refused \(not_a_pdf\).*no page that can be shown"):
        show(context.paths, "page.pdf")
    shown = show(context.paths, "scan.pdf")
    assert "nothing was read of it" in "\n".join(shown.lines)


def test_a_name_of_two_documents_is_refused(context: RunContext, put_pdf: Put) -> None:
    for year in (2023, 2024):
        put_pdf(make_disclosure(1, year=year), "a.pdf", year)
        run_year(context, year)
    with pytest.raises(UsageError, match=r"2 documents: 2023/a.pdf, 2024/a.pdf. Name one of them"):
        show(context.paths, "a.pdf")
    assert show(context.paths, "2023/a.pdf").lines[0].startswith("2023/a.pdf")


def test_before_any_run_there_is_nothing_to_show(context: RunContext) -> None:
    with pytest.raises(UsageError, match="Call `zc-pipeline run`"):
        show(context.paths, "a.pdf")


def test_the_command_writes_the_picture_and_says_where(sample: DataPaths, tmp_path: Path) -> None:
    call = partial(commands.call, "show", "--data-dir", sample.data_dir, cwd=tmp_path)
    done = call(project_id(4))
    assert done.returncode == 0, done.stderr
    target = tmp_path / f"{project_id(4)}.png"
    assert done.stdout.splitlines()[-1] == f"Picture     {target}"
    assert "招商业务工作经费" in done.stdout
    with Image.open(target) as picture:
        assert picture.format == "PNG"
    assert call("sample.pdf", "--page", "2", "--out", "a/b.png").returncode == 0
    assert (tmp_path / "a" / "b.png").exists()
    for words, said in ((["sample.pdf", "--page", "12"], "no page 12"), (["x", "--out", "x.jpg"], ".png")):
        wrong = call(*words)
        assert wrong.returncode == 2
        assert said in wrong.stderr.strip().splitlines()[-1]


def test_pictures_keep_marks_on_the_page_and_get_as_small_as_asked() -> None:
    page = Image.new("RGB", (200, 100), "white")
    marks = (
        Mark(Box(-20, -10, 30, 30), MarkKind.ROW),
        Mark(Box(90, 40, 130, 80), MarkKind.ROW),
        Mark(Box(300, 10, 320, 20), MarkKind.ROW),
    )
    picture = draw_pages([MarkedPage(page, 100, 50, marks, "page 1 of 1")])
    marked = extent(picture, MarkKind.ROW, picture.height - page.height - STRIP)
    assert marked == (0, 0, 99.5, 49.5)
    noise = Image.effect_noise((900, 600), 80).convert("RGB")
    small = small_png(noise, 30_000)
    assert len(small) <= 30_000 < len(png_bytes(noise))
    with Image.open(io.BytesIO(small)) as found:
        assert found.format == "PNG"
