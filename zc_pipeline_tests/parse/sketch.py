"""Draws single awkward pages by hand: every text, rule, clip and picture where the test wants it.

Whole disclosures in regular layouts come from ``zc_pipeline_tests.drawing``; this is for what no regular
printer does. Points are measured from the top left corner of the page, downwards.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from zc_pipeline_tests.drawing.fonts import register, text_width

Box = tuple[float, float, float, float]
Row = Sequence[str]

FONT = "boxes"
SIZE = 9.0
LINE = 12.0
PAD = 3.0
EDGES = (30.0, 130.0, 180.0, 230.0, 280.0, 330.0, 500.0, 800.0)
"""Column edges of a table of seven columns."""

HEAD = (
    "项目名称（资金\n使用单位）",
    "总计",
    "财政拨款",
    "财政专户\n拨款",
    "其他资金",
    "绩效目标",
    "绩效指标",
)


def indicator(number: int, value: str = "5次") -> str:
    """One packed indicator on two lines."""
    return f"{number}、1-产出指标；11-数量指标；检查次数；\n实施周期指标值:{value}；年度指标值:{value}。"


def project(name: str, amount: str, count: int = 1, goal: str = "完成任务。") -> tuple[str, ...]:
    """A project's row, all its money from 财政拨款."""
    indicators = "\n".join(indicator(number) for number in range(1, count + 1))
    return (name, amount, amount, "", "", goal, indicators)


def total(amount: str, name: str = "合计") -> tuple[str, ...]:
    """A total's or a unit's row."""
    return (name, amount, amount, "", "", "", "")


class Sketch:
    """A PDF being drawn. Call :meth:`page` after each page and :meth:`save` at the end."""

    def __init__(self, path: Path, size: tuple[float, float] = (842.0, 595.0)) -> None:
        register(FONT)
        self.path = path
        self._height = size[1]
        self._canvas = Canvas(str(path), pagesize=size, invariant=1)

    def text(
        self,
        left: float,
        top: float,
        text: str,
        *,
        size: float = SIZE,
        gray: float = 0.0,
        mode: int = 0,
        turned: float = 0.0,
    ) -> None:
        """Draws one line; ``mode`` is the text render mode, ``turned`` an angle in degrees.

        A negative size turns each character by half a turn around where it begins.
        """
        canvas = self._canvas
        canvas.saveState()
        canvas.setFillGray(gray)
        canvas.translate(left, self._height - top - size * 0.88)
        canvas.rotate(turned)
        drawn = canvas.beginText(0, 0)
        drawn.setFont(FONT, size)
        drawn.setTextRenderMode(mode)
        drawn.textOut(text)
        canvas.drawText(drawn)
        canvas.restoreState()

    def rule(self, x0: float, top: float, x1: float, bottom: float) -> None:
        """Strokes one line."""
        self._canvas.setLineWidth(0.6)
        self._canvas.line(x0, self._height - top, x1, self._height - bottom)

    def frame(self, box: Box) -> None:
        """Strokes a rectangle."""
        x0, top, x1, bottom = box
        self._canvas.rect(x0, self._height - bottom, x1 - x0, bottom - top, stroke=1, fill=0)

    def fill(self, box: Box, gray: float) -> None:
        """Fills a rectangle."""
        x0, top, x1, bottom = box
        self._canvas.saveState()
        self._canvas.setFillGray(gray)
        self._canvas.rect(x0, self._height - bottom, x1 - x0, bottom - top, stroke=0, fill=1)
        self._canvas.restoreState()

    def fill_all(self, boxes: Sequence[Box], gray: float) -> None:
        """Fills several rectangles as one path."""
        path = self._canvas.beginPath()
        for x0, top, x1, bottom in boxes:
            path.rect(x0, self._height - bottom, x1 - x0, bottom - top)
        self._canvas.saveState()
        self._canvas.setFillGray(gray)
        self._canvas.drawPath(path, stroke=0, fill=1)
        self._canvas.restoreState()

    def stroke(self, x0: float, top: float, x1: float, bottom: float, width: float, gray: float) -> None:
        """Strokes one line of some width and brightness."""
        self._canvas.saveState()
        self._canvas.setLineWidth(width)
        self._canvas.setStrokeGray(gray)
        self._canvas.line(x0, self._height - top, x1, self._height - bottom)
        self._canvas.restoreState()

    def polygon(self, corners: Sequence[tuple[float, float]], gray: float) -> None:
        """Fills a shape with these corners."""
        path = self._canvas.beginPath()
        path.moveTo(corners[0][0], self._height - corners[0][1])
        for x, top in corners[1:]:
            path.lineTo(x, self._height - top)
        path.close()
        self._canvas.saveState()
        self._canvas.setFillGray(gray)
        self._canvas.drawPath(path, stroke=0, fill=1)
        self._canvas.restoreState()

    @contextmanager
    def clipped(self, *shapes: Sequence[tuple[float, float]]) -> Iterator[None]:
        """What is drawn meanwhile shows within these shapes only, which are one clip."""
        path = self._canvas.beginPath()
        for corners in shapes:
            path.moveTo(corners[0][0], self._height - corners[0][1])
            for x, top in corners[1:]:
                path.lineTo(x, self._height - top)
            path.close()
        self._canvas.saveState()
        self._canvas.clipPath(path, stroke=0, fill=0)
        yield
        self._canvas.restoreState()

    def mirrored(self, left: float, top: float, text: str, times: float = 1.0) -> None:
        """Draws a line that hangs head down from its baseline, so many times as high."""
        self._canvas.saveState()
        self._canvas.transform(1, 0, 0, -times, left, self._height - top)
        drawn = self._canvas.beginText(0, 0)
        drawn.setFont(FONT, SIZE)
        drawn.textOut(text)
        self._canvas.drawText(drawn)
        self._canvas.restoreState()

    def skewed(self, left: float, top: float, text: str, slant: float) -> None:
        """Draws a line whose characters stand upright and whose baseline rises, by an angle in degrees."""
        self._canvas.saveState()
        self._canvas.translate(left, self._height - top - SIZE * 0.88)
        self._canvas.skew(slant, 0)
        drawn = self._canvas.beginText(0, 0)
        drawn.setFont(FONT, SIZE)
        drawn.textOut(text)
        self._canvas.drawText(drawn)
        self._canvas.restoreState()

    def picture(self, box: Box) -> None:
        """Draws a grey picture."""
        from PIL import Image

        x0, top, x1, bottom = box
        picture = ImageReader(Image.new("L", (8, 8), 128))
        self._canvas.drawImage(picture, x0, self._height - bottom, x1 - x0, bottom - top)

    def note(self, box: Box, text: str) -> None:
        """Puts a comment on the page."""
        x0, top, x1, bottom = box
        box = (x0, self._height - bottom, x1, self._height - top)
        self._canvas.freeTextAnnotation(text, "/Helv 9 Tf 0 g", Rect=list(box))

    def link(self, box: Box) -> None:
        """Lays a link over a part of the page; nothing is drawn."""
        x0, top, x1, bottom = box
        self._canvas.linkURL("https://example.org/", (x0, self._height - bottom, x1, self._height - top))

    def clip(self, box: Box) -> None:
        """Hides what is drawn outside the box, until :meth:`unclip`."""
        x0, top, x1, bottom = box
        self._canvas.saveState()
        path = self._canvas.beginPath()
        path.rect(x0, self._height - bottom, x1 - x0, bottom - top)
        self._canvas.clipPath(path, stroke=0, fill=0)

    def unclip(self) -> None:
        """Ends the last clip."""
        self._canvas.restoreState()

    def cell(self, box: Box, text: str, *, at: float | None = None) -> None:
        """Draws lines in the middle of a box, or with the first one's top at ``at``."""
        lines = text.split("\n")
        top = (box[1] + box[3] - len(lines) * LINE) / 2 if at is None else at
        for number, line in enumerate(lines):
            self.text(box[0] + PAD, top + number * LINE + (LINE - SIZE) / 2, line)

    def row(
        self,
        top: float,
        cells: Row,
        *,
        edges: Sequence[float] = EDGES,
        height: float | None = None,
        rules: bool = True,
        clip_cells: float | None = None,
    ) -> float:
        """Draws a row with its rules and returns where it ends.

        Args:
            top: its upper edge.
            cells: its texts.
            edges: of its columns.
            height: where not as high as its text.
            rules: draw the edges of its cells.
            clip_cells: clip every cell to its own box, this much smaller on each side.
        """
        bottom = top + (height or row_height(cells))
        for (left, right), text in zip(pairwise(edges), cells, strict=True):
            box = (left, top, right, bottom)
            if clip_cells is not None:
                inset = clip_cells
                self.clip((left + inset, top + inset, right - inset, bottom - inset))
            if text:
                self.cell(box, text)
            if clip_cells is not None:
                self.unclip()
            if rules:
                self.frame(box)
        return bottom

    def rows(self, top: float, rows: Sequence[Row], **how: object) -> float:
        """Draws rows below each other and returns where the last one ends."""
        for cells in rows:
            top = self.row(top, cells, **how)  # type: ignore[arg-type]
        return top

    def caption(
        self,
        top: float = 20.0,
        *,
        title: str = "2024年项目支出绩效目标表",
        department: str | None = "云岭市图书馆",
        unit: str | None = "万元",
    ) -> float:
        """Draws title, department and money unit and returns where the table may begin."""
        self.text(300, top, title)
        if department:
            self.text(EDGES[0], top + 16, f"部门名称：{department}")
        if unit:
            self.text(700, top + 16, f"单位：{unit}")
        return top + 34

    def foot(self, number: int, count: int) -> None:
        """Draws the page's number."""
        text = f"第 {number} 页，共 {count} 页"
        self.text((842 - text_width(text, SIZE, FONT)) / 2, self._height - 25, text)

    def page(self, rotation: int = 0) -> None:
        """Ends the page."""
        if rotation:
            self._canvas.setPageRotation(rotation)
        self._canvas.showPage()

    def save(self) -> Path:
        """Writes the file."""
        self._canvas.save()
        return self.path


def row_height(cells: Row) -> float:
    """How high a row is drawn."""
    return max(text.count("\n") + 1 for text in cells) * LINE + 2 * PAD
