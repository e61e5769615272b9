"""Documents printed by WeasyPrint (HTML and CSS, text shaped by Pango)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from .forms import Document
from .html import to_html


class WeasyPrintEngine:
    """See `engine.Engine`."""

    name = "weasyprint"
    native = frozenset({"watermark", "running_header", "footer", "overprint"})

    def missing(self) -> str | None:
        """See `engine.Engine`."""
        try:
            import weasyprint  # noqa: F401
        except (ImportError, OSError) as error:
            return f"WeasyPrint cannot be used: {error}"
        return None

    def version(self) -> str:
        """See `engine.Engine`."""
        import weasyprint

        return f"WeasyPrint {weasyprint.__version__}"

    def refuses(self, document: Document) -> str | None:
        """See `engine.Engine`."""
        return None

    def draw(self, documents: Sequence[Document], folder: Path) -> dict[str, str]:
        """See `engine.Engine`."""
        import weasyprint

        logging.getLogger("weasyprint").setLevel(logging.ERROR)
        logging.getLogger("fontTools").setLevel(logging.ERROR)
        errors = {}
        for document in documents:
            try:
                weasyprint.HTML(string=to_html(document)).write_pdf(folder / f"{document.name}.pdf")
            except Exception as error:  # a fault of one drawing must not end the corpus
                errors[document.name] = repr(error)
        return errors
