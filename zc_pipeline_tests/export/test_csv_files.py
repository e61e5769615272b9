from __future__ import annotations

import csv
import hashlib
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from zc_pipeline.dictionary import Language
from zc_pipeline.export.csv_files import count_formula_like
from zc_pipeline.export.published import joined_frames, read_published
from zc_pipeline.export.run import Targets, export_published
from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES, TABLES
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline.tables.frames import frame_of, records_of
from zc_pipeline_tests.export.conftest import FORMULA_NAME
from zc_pipeline_tests.tables.samples import project_row

needs_frictionless = pytest.mark.skipif(
    importlib.util.find_spec("frictionless") is None, reason="frictionless is not installed"
)


@pytest.fixture(scope="module")
def folder(published: DataPaths, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All years as CSV."""
    target = tmp_path_factory.mktemp("csv") / "out"
    export_published(published, Targets(csv=target))
    return target


def rows_of(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))


def validate(package: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "frictionless", "validate", package.name],
        cwd=package.parent,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_files_begin_with_the_byte_order_mark_and_column_names(folder: Path) -> None:
    tables = {*PUBLISHED_TABLES, *LINK_TABLES}
    assert {path.name for path in folder.iterdir()} == {f"{table}.csv" for table in tables} | {
        "datapackage.json"
    }
    for table in tables:
        content = (folder / f"{table}.csv").read_bytes()
        assert content.startswith(b"\xef\xbb\xbf")
        assert content[3:].decode().splitlines()[0] == ",".join(TABLES[table].column_names)


def test_every_value_is_in_the_files_unchanged(published: DataPaths, folder: Path) -> None:
    frames = joined_frames(read_published(published))
    for table in PUBLISHED_TABLES:
        written, stored = rows_of(folder, table), records_of(frames[table])
        assert len(written) == len(stored)
        for row, expected in zip(written, stored, strict=True):
            for name, value in expected.items():
                if value is None:
                    assert row[name] == ""
                elif isinstance(value, bool):
                    assert row[name] == str(value)
                elif name == "first_seen_at":
                    assert pd.Timestamp(row[name]) == value
                    assert "T" in row[name]
                else:
                    assert row[name] == str(value)
    names = {row["project_name"] for row in rows_of(folder, "projects")}
    assert FORMULA_NAME in names, "kept as printed, without an apostrophe"


def test_formula_like_texts_are_counted_and_said(published: DataPaths, tmp_path: Path) -> None:
    lines = export_published(published, Targets(csv=tmp_path), years=[2023])
    # The project's name on its row and on each of its indicators; one target.
    frames = joined_frames(read_published(published, [2023]))
    expected = sum(
        value.startswith(("=", "+", "-", "@")) and len(value) > 1
        for frame in frames.values()
        for row in records_of(frame)
        for value in row.values()
        if isinstance(value, str)
    )
    assert expected >= 3
    assert any(f"{expected} texts" in line and "formulas" in line for line in lines)
    quiet = export_published(published, Targets(csv=tmp_path), years=[2024])
    assert not any("formulas" in line for line in quiet)
    row = project_row(1, performance_goal="\t=1", total_text="-", unit_name=None, project_name="a=1")
    assert count_formula_like({"projects": frame_of("projects", [row])}) == 1, "a dash alone is no formula"


def test_the_data_package_describes_every_column(published: DataPaths, folder: Path, tmp_path: Path) -> None:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    resources = {resource["name"]: resource for resource in package["resources"]}
    assert set(resources) == {*PUBLISHED_TABLES, *LINK_TABLES}
    for one in read_published(published):
        assert one.publication_id in package["description"]
    for name, resource in resources.items():
        content = (folder / resource["path"]).read_bytes()
        assert resource["bytes"] == len(content)
        assert resource["hash"] == "sha256:" + hashlib.sha256(content).hexdigest()
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        assert list(fields) == TABLES[name].column_names
    total = next(one for one in resources["projects"]["schema"]["fields"] if one["name"] == "total_cny")
    assert (total["type"], total["title"], total["unit"]) == ("number", "总计（元）", "CNY")
    assert resources["projects"]["schema"]["primaryKey"] == ["project_id"]
    assert resources["indicators"]["schema"]["foreignKeys"][-1] == {
        "fields": ["project_id"],
        "reference": {"resource": "projects", "fields": ["project_id"]},
    }
    export_published(published, Targets(csv=tmp_path), language=Language.ENGLISH)
    english = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    assert english["resources"][1]["schema"]["fields"][7]["description"].isascii()


@needs_frictionless
def test_frictionless_finds_the_data_package_valid(folder: Path) -> None:
    done = validate(folder / "datapackage.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("VALID") == len(PUBLISHED_TABLES) + len(LINK_TABLES)
    assert "INVALID" not in done.stdout


@needs_frictionless
@pytest.mark.parametrize(
    ("table", "old", "new"),
    [
        ("documents", ",accepted,", ",perhaps,"),
        ("projects", ",1187000.00,", ",118.70万元,"),
        ("indicators", "-t1-p0001,", "-t1-p9999,"),
    ],
    ids=["unknown verdict", "amount that is none", "indicator of no project"],
)
def test_frictionless_finds_planted_faults(
    folder: Path, tmp_path: Path, table: str, old: str, new: str
) -> None:
    for path in folder.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    package = json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        del resource["bytes"], resource["hash"]
    (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    path = tmp_path / f"{table}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    done = validate(tmp_path / "datapackage.json")
    assert done.returncode != 0
    assert "INVALID" in done.stdout
