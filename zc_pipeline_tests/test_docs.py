"""The docs cannot lie: rendered pages are fresh, and what README shows is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from zc_pipeline.dictionary import PAGES
from zc_pipeline.errors import CATALOGUE
from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline_tests.conftest import ROOT


@pytest.mark.parametrize("name", PAGES)
def test_rendered_pages_are_fresh(name: str) -> None:
    shipped = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert shipped == PAGES[name](), f"docs/{name} is stale: run `make docs`"


def test_every_problem_code_in_the_sources_is_in_the_catalogue() -> None:
    used = set()
    for path in (ROOT / "zc_pipeline").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        used |= set(re.findall(r'(?:DocumentError|Problem)\(\s*(?:Stage\.\w+,\s*)?"([a-z_0-9]+)"', text))
    assert used, "no code was found: the pattern is out of date"
    assert used <= set(CATALOGUE)


def test_links_between_the_pages_lead_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_readme_reads_run(
    context: RunContext, put_pdf, specimen: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_pdf(specimen, "sample.pdf")
    run_year(context, 2024)
    monkeypatch.chdir(context.paths.data_dir.parent)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = [block for block in re.findall(r"```python\n(.*?)```", readme, re.S) if "parquet" in block]
    lines = [line for line in blocks[0].splitlines() if line.strip() and not line.startswith("#")]
    reads = [line for line in lines if "=" in line]
    assert len(reads) == 3, "README shows one read each for pandas, DuckDB and polars"
    names: dict[str, object] = {}
    for line in lines:
        exec(line, names)
    for line in reads:
        variable = line.split("=")[0].strip()
        table = names[variable]
        count = len(table) if hasattr(table, "__len__") else table.shape[0]  # type: ignore[attr-defined]
        assert count == 51, line
