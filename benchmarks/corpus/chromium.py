"""Documents printed by headless Chromium (HTML and CSS, PDF by Skia)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from .forms import Document
from .html import to_html

_PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-pdf-header-footer",
)
_TIMEOUT_S = 180


class ChromiumEngine:
    """See `engine.Engine`."""

    name = "chromium"
    native = frozenset({"watermark", "running_header", "footer", "overprint"})

    def missing(self) -> str | None:
        """See `engine.Engine`."""
        return None if _program() else f"none of {', '.join(_PROGRAMS)} is installed"

    def version(self) -> str:
        """See `engine.Engine`."""
        done = subprocess.run([_program() or "", "--version"], capture_output=True, text=True, check=False)
        return " ".join(done.stdout.split()[:2])

    def refuses(self, document: Document) -> str | None:
        """See `engine.Engine`."""
        return None

    def draw(self, documents: Sequence[Document], folder: Path) -> dict[str, str]:
        """See `engine.Engine`."""
        errors = {}
        with tempfile.TemporaryDirectory() as scratch:
            for document in documents:
                page = Path(scratch) / f"{document.name}.html"
                page.write_text(to_html(document), encoding="utf-8")
                target = folder / f"{document.name}.pdf"
                command = [
                    _program() or "",
                    *_FLAGS,
                    f"--user-data-dir={scratch}/profile",
                    f"--print-to-pdf={target}",
                    page.as_uri(),
                ]
                try:
                    done = subprocess.run(
                        command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
                    )
                except subprocess.TimeoutExpired:
                    errors[document.name] = f"no PDF within {_TIMEOUT_S} s"
                    continue
                if not target.exists():
                    errors[document.name] = done.stderr.strip()[-200:]
        return errors


def _program() -> str | None:
    return next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
