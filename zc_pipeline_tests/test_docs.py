"""The docs cannot lie: rendered pages are fresh, and what README shows is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from zc_pipeline.dictionary import PAGES
from zc_pipeline.errors import CATALOGUE
from zc_pipeline.pipeline import RunContext, run_year
from zc_pipeline.storage.releases import read_releases
from zc_pipeline_tests.conftest import ROOT

READMES = (ROOT / "README.md", ROOT / "README.zh-CN.md")


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


def _blocks(path: Path) -> list[tuple[str, str]]:
    """The language and the content of each code block of a page, in order."""
    text = path.read_text(encoding="utf-8")
    return [(found[1], found[2]) for found in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)]


def _prose(path: Path) -> str:
    return re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)


def _without_comments(code: str) -> list[str]:
    """The lines of a block as a shell, Python or YAML sees them: comments are in the reader's language."""
    return [
        line for line in (re.sub(r"(^|\s+)#\s.*$", "", line).rstrip() for line in code.splitlines()) if line
    ]


def _links(path: Path) -> set[str]:
    """Where the links and images of a page lead, but for the link from one README to the other."""
    return {
        target for target in re.findall(r"\]\(([^)]+)\)", _prose(path)) if not target.startswith("README")
    }


def test_both_readmes_show_the_same_commands() -> None:
    english, chinese = (_blocks(path) for path in READMES)
    assert {"sh", "python", "yaml", ""} <= {language for language, _ in english}, "the pattern is out of date"
    assert [language for language, _ in chinese] == [language for language, _ in english]
    for (language, wanted), (_, shown) in zip(english, chinese, strict=True):
        if language == "yaml":  # a person's name and reason, which the next test reads
            continue
        assert _without_comments(shown) == _without_comments(wanted)
        options = [re.findall(r"--[a-z-]+", code) for code in (wanted, shown)]  # those in comments too
        assert options[0] == options[1]


def test_both_readmes_show_the_same_release(tmp_path: Path) -> None:
    shown = []
    for path in READMES:
        (example,) = (content for language, content in _blocks(path) if language == "yaml")
        (tmp_path / "releases.yaml").write_text(example, encoding="utf-8")
        assert len(read_releases(tmp_path / "releases.yaml")) == 1
        (entry,) = yaml.safe_load(example)
        shown.append({key: value for key, value in entry.items() if key not in ("name", "reason")})
    assert shown[0] == shown[1]


def test_both_readmes_have_the_same_sections_lists_and_tables() -> None:
    shapes = [
        re.findall(r"^(#+(?= )|[-|](?= )|!(?=\[))", _prose(path), re.M)  # headings, items, rows, images
        for path in READMES
    ]
    assert set(shapes[0]) == {"#", "##", "-", "|", "!"}, "the pattern is out of date"
    assert shapes[1] == shapes[0]


def test_both_readmes_name_the_same_codes_options_and_files() -> None:
    english, chinese = (
        set(re.findall(r"`([^`]+)`", _prose(path).replace("<fiscal year>", "<预算年度>"))) for path in READMES
    )
    assert english - chinese == set(), "README.md says it, README.zh-CN.md does not"
    assert chinese - english == set(), "README.zh-CN.md says it, README.md does not"


def test_both_readmes_link_to_each_other_and_to_the_same_pages() -> None:
    english, chinese = READMES
    assert f"]({chinese.name})" in english.read_text(encoding="utf-8").split("\n\n")[1]
    assert f"]({english.name})" in chinese.read_text(encoding="utf-8").split("\n\n")[1]
    assert _links(chinese) == _links(english)
    for target in _links(english):
        translated = Path(target).with_suffix(".zh-CN.md")
        if (ROOT / translated).exists():
            assert translated.as_posix() in _links(chinese), f"{target} has a Chinese version: link to it"
