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

from zc_pipeline.errors import DocumentError
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.reading import render_page_isolated

Picture = npt.NDArray[np.uint8]
Renderer = Callable[[Path, int], "list[Picture] | None"]

DPI = 110
SCALE = DPI / 72
_SECONDS = 20
_LARGEST_PIXELS = 6_000_000


def poppler_missing() -> str | None:
    """Why pages cannot be drawn by Poppler here, None if they can."""
    return None if shutil.which("pdftoppm") else "pdftoppm (poppler-utils) is not installed"


def draw_by_poppler(path: Path, pages: int) -> list[Picture] | None:
    """A file's first pages as Poppler draws them, notes included; None where it draws none."""
    command = ["pdftoppm", "-q", "-gray", "-cropbox", "-r", str(DPI), "-l", str(pages), str(path)]
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


def draw_by_pdfium(path: Path, pages: int) -> list[Picture] | None:
    """A file's first pages as PDFium draws them, in a process of its own; None where it draws none."""
    found: list[Picture] = []
    try:
        for number in range(1, pages + 1):
            drawn = render_page_isolated(path, number, SCALE, Limits())
            if drawn.pixels_across * drawn.pixels_down > _LARGEST_PIXELS:
                return None
            colours = np.frombuffer(drawn.rgb, np.uint8).reshape(drawn.pixels_down, drawn.pixels_across, 3)
            found.append((colours @ np.array([0.299, 0.587, 0.114])).round().astype(np.uint8))
    except DocumentError:
        return None
    return found


RENDERERS: dict[str, Renderer] = {"poppler": draw_by_poppler, "pdfium": draw_by_pdfium}
