"""Templates to pages: the shells into which scripts put the data. Everything that is filled in is escaped."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import jinja2
import yaml

_HERE: Final = Path(__file__).parent
LANGUAGES: Final = ("zh", "en")
LISTS: Final = ("documents", "problems", "reconciliation")
ASSETS: Final = ("book.css", "book.js", "index.js", "lists.js", "document.js")


@cache
def read_texts() -> Mapping[str, tuple[str, str]]:
    """Key → Chinese and English words of the pages."""
    content = yaml.safe_load((_HERE / "texts.yaml").read_text(encoding="utf-8"))
    return {key: (chinese, english) for key, (chinese, english) in content.items()}


def read_asset(name: str) -> str:
    """A style sheet or script of the pages."""
    return (_HERE / "assets" / name).read_text(encoding="utf-8")


def index_page(language: str) -> str:
    """The page of search: ``index.html``."""
    return _render("index.html", language, "", "index.html", heading=_words(language)("nav.search"))


def list_page(language: str, kind: str) -> str:
    """A page that is one list: ``documents``, ``problems`` or ``reconciliation``."""
    return _render(
        "list.html", language, "", f"{kind}.html", kind=kind, heading=_words(language)(f"nav.{kind}")
    )


def document_page(language: str, key: str, heading: str, source_file: str) -> str:
    """The page of one document, in ``documents/``."""
    return _render("document.html", language, "../", None, key=key, heading=heading, source_file=source_file)


def _words(language: str) -> Callable[..., str]:
    def words(key: str, **values: object) -> str:
        return read_texts()[key][LANGUAGES.index(language)].format(**values)

    return words


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates", encoding="utf-8"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )


def _render(template: str, language: str, root: str, here: str | None, **values: Any) -> str:
    page = _environment().get_template(template)
    return page.render(language=language, root=root, here=here, t=_words(language), **values) + "\n"
