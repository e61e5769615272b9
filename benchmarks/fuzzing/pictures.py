"""Pages as pictures, drawn by programs that are not asked for the text; and a second opinion on the text.

A picture is a grey array: rows from the top, 0 black, 255 white.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pdfminer.pdfdocument import PDFDocument
from pdfminer.pdfpage import PDFPage
from pdfminer.pdfparser import PDFParser
from pdfminer.pdftypes import PDFStream, resolve1

from zc_pipeline.errors import DocumentError
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.reading import render_page_isolated

Picture = npt.NDArray[np.uint8]
Renderer = Callable[[Path, int, float], "list[Picture] | None"]

SCALE = 110 / 72
LARGER = 4 * SCALE  # for small and pale characters
_SECONDS = 20
_LARGEST_POINTS = 2_500_000  # square points of a page


def poppler_missing() -> str | None:
    """Why pages cannot be drawn by Poppler here, None if they can."""
    return None if shutil.which("pdftoppm") else "pdftoppm (poppler-utils) is not installed"


def draw_by_poppler(path: Path, pages: int, scale: float) -> list[Picture] | None:
    """A file's first pages as Poppler draws them, notes included; None where it draws none."""
    dpi = f"{72 * scale:.0f}"
    command = ["pdftoppm", "-q", "-gray", "-cropbox", "-r", dpi, "-l", str(pages), str(path)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None
    return _pictures_of(done.stdout) or None


def _pictures_of(stdout: bytes) -> list[Picture]:
    """Grey maps (P5) that follow each other."""
    found: list[Picture] = []
    position = 0
    while stdout[position : position + 2] == b"P5":
        fields: list[int] = []
        position += 2
        while len(fields) < 3:
            while stdout[position : position + 1].isspace():
                position += 1
            end = position
            while stdout[end : end + 1].isdigit():
                end += 1
            fields.append(int(stdout[position:end]))
            position = end
        width, height, _ = fields
        start = position + 1
        position = start + width * height
        if position > len(stdout):
            break
        found.append(np.frombuffer(stdout, np.uint8, width * height, start).reshape(height, width))
    return found


def read_by_poppler(path: Path) -> str | None:
    """A file's text as Poppler reads it; None where it reads none, or is not installed."""
    if poppler_missing():
        return None
    command = ["pdftotext", "-q", "-raw", "-cropbox", str(path), "-"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None
    return done.stdout.decode("utf-8", "replace") or None


def page_contents(path: Path) -> list[bytes]:
    """The instructions of each page, unpacked; empty where a file cannot be taken apart."""
    found: list[bytes] = []
    try:
        with path.open("rb") as opened:
            for page in PDFPage.create_pages(PDFDocument(PDFParser(opened))):
                streams = [resolve1(part) for part in page.contents]
                found.append(b"\n".join(one.get_data() for one in streams if isinstance(one, PDFStream)))
    except Exception:  # pdfminer raises whatever a damaged file leads it to
        return []
    return found


def draw_by_pdfium(path: Path, pages: int, scale: float) -> list[Picture] | None:
    """A file's first pages as PDFium draws them, in a process of its own; None where it draws none."""
    found: list[Picture] = []
    try:
        for number in range(1, pages + 1):
            drawn = render_page_isolated(path, number, scale, Limits())
            if drawn.pixels_across * drawn.pixels_down > _LARGEST_POINTS * scale * scale:
                return None
            colours = np.frombuffer(drawn.rgb, np.uint8).reshape(drawn.pixels_down, drawn.pixels_across, 3)
            found.append((colours @ np.array([0.299, 0.587, 0.114])).round().astype(np.uint8))
    except DocumentError:
        return None
    return found


RENDERERS: dict[str, Renderer] = {"poppler": draw_by_poppler, "pdfium": draw_by_pdfium}
