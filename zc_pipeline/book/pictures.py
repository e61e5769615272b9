"""A page of a PDF as a small picture, and the file in which its content still lies."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

from zc_pipeline.isolation.limits import Limits
from zc_pipeline.isolation.reading import render_page_isolated
from zc_pipeline.parse.document import hash_file
from zc_pipeline.pictures import picture_of
from zc_pipeline.storage.raw import source_path

SCALE: Final = 1.75  # pixels a point: 9 pt text can be read
_LEVELS: Final = 8  # greys
_STEP: Final = 255 / (_LEVELS - 1)
_TABLE: Final = [round(round(level / _STEP) * _STEP) for level in range(256)]
# Raised when the same page would give another picture.
VERSION: Final = "1"


class PagePicture(NamedTuple):
    """A page as WebP without loss, in few greys, and its size in points."""

    webp: bytes
    width: float
    height: float


def page_picture(pdf: Path, number: int, limits: Limits) -> PagePicture:
    """Draw a page.

    Args:
        pdf: the file.
        number: of the page, from 1.
        limits: of the process that draws it.

    Raises:
        DocumentError: the file or the page cannot be drawn.
    """
    page = render_page_isolated(pdf, number, SCALE, limits)
    stream = io.BytesIO()
    picture_of(page).convert("L").point(_TABLE).save(stream, "WEBP", lossless=True, method=1)
    return PagePicture(stream.getvalue(), page.width, page.height)


def find_pdf(raw_dir: Path, names: Iterable[str], document_id: str) -> tuple[Path | None, str | None]:
    """The file that still has the content that was read.

    Args:
        raw_dir: where PDFs lie.
        names: paths below it that had this content.
        document_id: sha256 of the content.

    Returns:
        The path, or None and why not: ``gone`` or ``changed``.
    """
    found = [path for name in dict.fromkeys(names) if (path := source_path(raw_dir, name)).is_file()]
    for path in found:
        if hash_file(path) == document_id:
            return path, None
    return None, "changed" if found else "gone"
