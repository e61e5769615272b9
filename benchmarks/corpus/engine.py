"""What a drawing engine must offer, and the wording that all of them share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from .forms import Document, Look

RULE_WIDTH = {"thin": 0.5, "thick": 2.0, "double": 0.5, "hair": 0.1, "none": 0.0, "horizontal": 0.5}
"""Points; a double rule is two of them."""

LIGHT, DARK, STRIPE, PALE = "#d9e2f3", "#1f3864", "#f2f2f2", "#d8d8d8"
"""Fill of headings, fill of headings with white text, of every other row, colour of a watermark."""

_KEPT_SPACE = re.compile(r"[^\s](?: [^\s])+")
_BETWEEN_WORDS = re.compile(r"[0-9A-Za-z](?: [0-9A-Za-z])+")


class Engine(Protocol):
    """A program that prints documents as PDF."""

    name: str
    native: frozenset[str]
    """What it prints itself of watermark, frame, running_header and footer; the rest is stamped on later."""

    def missing(self) -> str | None:
        """Why it cannot be used here, None if it can."""

    def version(self) -> str:
        """Name and version for the report."""

    def refuses(self, document: Document) -> str | None:
        """What of this document it has no way to print, None if it prints all."""

    def draw(self, documents: Sequence[Document], folder: Path) -> dict[str, str]:
        """Writes `<name>.pdf` for each document.

        Returns:
            name → error, for documents that could not be drawn.
        """


def footer_parts(look: Look) -> tuple[str, str, str] | None:
    """The texts before, between and behind page number and page count; None prints no footer.

    Where the text between is empty, the count is not printed.
    """
    return {
        "official": ("第 ", " 页，共 ", " 页"),
        "dashes": ("- ", "", " -"),
        "slash": ("", " / ", ""),
        "latin": ("Page ", " of ", ""),
        "none": None,
    }[look.footer]


def split_kept(text: str) -> list[tuple[str, bool]]:
    """Cuts a text into pieces; a piece marked True holds a space and must stay on one line.

    A space at the end of a line cannot be seen. Spaces between Latin words are left to the engine.
    """
    pieces: list[tuple[str, bool]] = []
    at = 0
    for match in _KEPT_SPACE.finditer(text):
        if _BETWEEN_WORDS.fullmatch(match.group()):
            continue
        if match.start() > at:
            pieces.append((text[at : match.start()], False))
        pieces.append((match.group(), True))
        at = match.end()
    if at < len(text):
        pieces.append((text[at:], False))
    return pieces


def with_hard_spaces(text: str) -> str:
    """Writes no-break spaces where a line must not end, for engines that have no other means."""
    return "".join(piece.replace(" ", "\u00a0") if kept else piece for piece, kept in split_kept(text))
