"""The rule of the rooms: who may import whom, and which library belongs where."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import zc_pipeline

PACKAGE = Path(zc_pipeline.__file__).parent
# From the ground up: a room imports only from rooms before it in this list (and from itself).
ROOMS = [
    "errors",
    "model",
    "parse",
    "isolation",
    "schemas",
    "tables",
    "storage",
    "settings",
    "remote",
    "dictionary",
    "pipeline",
    "linking",
    "report",
    "pictures",
    "show",
    "export",
    "book",
    "watching",
    "defs",
    "cli",
    "definitions",
]
# Library → the places that may import it.
LIBRARIES = {
    "dagster": ("defs", "definitions"),
    "pypdfium2": tuple(f"parse/readers/{name}" for name in ("pdfium", "calls", "render", "grey")),
    "pdfplumber": ("parse/readers/plumber",),
    "pdfminer": tuple(f"parse/readers/{name}" for name in ("plumber", "streams", "strings", "maps", "fonts")),
    "PIL": ("pictures",),
    "pandera": ("schemas/shape",),
    "great_expectations": ("schemas/suites",),
    "click": ("cli",),
    "jinja2": ("book/pages",),
    "xlsxwriter": ("export/workbook",),
    "duckdb": ("export/duckdb_file",),
    "fsspec": ("remote/folder",),
    "s3fs": (),  # fsspec finds the packages of its stores itself
    "distributed": ("pipeline/executors",),
    "pandas": ("schemas", "tables", "storage", "pipeline", "linking", "report", "defs", "export"),
    "apprise": ("watching/notify",),
    "structlog": ("watching/logs",),
    "pydantic": ("settings", "defs"),
    "pyarrow": ("schemas", "tables", "storage", "dictionary", "defs", "watching"),
}
MODULES = sorted(PACKAGE.rglob("*.py"))


def imports_of(path: Path) -> Iterator[str]:
    """Every module that a file imports, at its top or inside functions, but for type checking only."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or ""


def place_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if parts[0] == "zc_pipeline" and len(parts) > 1 else None


@pytest.mark.parametrize("path", MODULES, ids=place_of)
def test_a_room_imports_only_from_rooms_before_it(path: Path) -> None:
    place = place_of(path)
    if place == "__init__":
        return
    own = ROOMS.index(place.split("/")[0])
    for module in imports_of(path):
        room = room_of(module)
        if room is not None:
            assert ROOMS.index(room) <= own, f"{place} imports {module}, which stands above it"


@pytest.mark.parametrize("path", MODULES, ids=place_of)
def test_libraries_stay_in_their_rooms(path: Path) -> None:
    place = place_of(path)
    for module in imports_of(path):
        allowed = LIBRARIES.get(module.split(".")[0])
        if allowed is not None:
            assert any(place == one or place.startswith(one + "/") for one in allowed), (
                f"{place} imports {module}, which belongs to {', '.join(allowed)}"
            )


def test_every_room_says_what_belongs_there_and_what_does_not() -> None:
    for package in sorted(PACKAGE.rglob("__init__.py")):
        if package.parent == PACKAGE:
            continue
        docstring = ast.get_docstring(ast.parse(package.read_text(encoding="utf-8"))) or ""
        assert "not" in docstring.lower(), f"{place_of(package)}: the docstring does not say what stays out"


@pytest.mark.parametrize(
    ("statement", "libraries"),
    [
        ("from zc_pipeline import read_disclosure", ["pandas", "dagster", "pandera", "great_expectations"]),
        ("import zc_pipeline.definitions", ["pypdfium2", "pdfplumber", "pdfminer", "great_expectations"]),
    ],
    ids=["reading a disclosure", "the code location"],
)
def test_libraries_that_are_not_needed_are_not_loaded(statement: str, libraries: list[str]) -> None:
    code = f"import sys; {statement}; print(sorted({{*{libraries}}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
