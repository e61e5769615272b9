"""The definitions load, quickly, and say of the tables what the specs say."""

import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import dagster as dg
import pytest

from zc_pipeline.definitions import defs
from zc_pipeline.defs.metadata import asset_spec, column_lineage, column_schema
from zc_pipeline.defs.partitions import FISCAL_YEARS, WITH_YEAR_BEFORE
from zc_pipeline.defs.resources import DataFolder, default_data_dir
from zc_pipeline.defs.schedules import LONGEST_RUN
from zc_pipeline.schemas import LINK_TABLES, PUBLISHED_TABLES, RUN_TABLES, TABLES
from zc_pipeline.storage.raw import FIRST_YEAR, TIME_ZONE, last_year

ROOT = Path(__file__).parents[2]
HERE = ZoneInfo(TIME_ZONE)


def specs() -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}


def test_every_table_is_an_asset_and_no_other() -> None:
    dg.Definitions.validate_loadable(defs)
    assert specs().keys() == TABLES.keys() - set(RUN_TABLES)


def test_assets_say_what_the_specs_say() -> None:
    for name, spec in specs().items():
        table = TABLES[name]
        assert spec.group_name == table.layer
        assert {dep.asset_key.to_user_string() for dep in spec.deps} == set(table.source)
        assert table.row_meaning in (spec.description or "")
        assert spec.partitions_def == FISCAL_YEARS
        assert spec.kinds
        assert spec.owners
        assert (spec.freshness_policy is not None) == (name in PUBLISHED_TABLES)
        columns = spec.metadata["dagster/column_schema"].columns
        assert [column.name for column in columns] == table.column_names
        assert all(column.description for column in columns)


def test_links_depend_on_both_years_and_no_other_table_does() -> None:
    for name, spec in specs().items():
        across = {dep.asset_key.to_user_string() for dep in spec.deps if dep.partition_mapping is not None}
        assert across == (set(TABLES[name].source) - set(LINK_TABLES) if name in LINK_TABLES else set())


@pytest.mark.parametrize(("year", "expected"), [("2010", ["2010"]), ("2024", ["2023", "2024"])])
def test_the_year_before_need_not_exist(year: str, expected: list[str]) -> None:
    found = WITH_YEAR_BEFORE.get_upstream_mapped_partitions_result_for_partitions(
        FISCAL_YEARS.subset_with_partition_keys([year]), FISCAL_YEARS, FISCAL_YEARS
    )
    assert list(found.partitions_subset.get_partition_keys()) == expected
    assert not list(found.required_but_nonexistent_partition_keys)


def test_columns_carry_their_unit() -> None:
    columns = {column.name: column for column in column_schema(TABLES["projects"]).columns}
    assert columns["total_cny"].tags == {"unit": "CNY"}
    assert columns["total_cny"].constraints.nullable
    assert columns["project_id"].constraints.unique


@pytest.mark.parametrize("table", TABLES)
def test_lineage_names_existing_columns(table: str) -> None:
    lineage = column_lineage(TABLES[table]).deps_by_column
    for column, deps in lineage.items():
        assert column in TABLES[table].column_names
        for dep in deps:
            source = dep.asset_key.to_user_string()
            assert dep.column_name in TABLES[source].column_names, f"{table}.{column}"


def test_lineage_of_an_amount_leads_to_the_printed_text() -> None:
    deps = column_lineage(TABLES["projects"]).deps_by_column["total_cny"]
    assert [(dep.asset_key.to_user_string(), dep.column_name) for dep in deps] == [
        ("stitched_rows", "total_text")
    ]


@pytest.mark.parametrize(
    ("now", "last"),
    [
        (datetime(2024, 1, 1, 0, 0, 1, tzinfo=HERE), 2025),
        (datetime(2024, 6, 30, 12, tzinfo=HERE), 2025),
        (datetime(2024, 12, 31, 23, 59, 59, tzinfo=HERE), 2025),
        (datetime(2025, 1, 1, 0, 0, 1, tzinfo=HERE), 2026),
    ],
)
def test_years_run_from_2010_to_next_year(now: datetime, last: int) -> None:
    keys = FISCAL_YEARS.get_partition_keys(current_time=now)
    assert keys == [str(year) for year in range(2010, last + 1)]
    assert int(keys[0]) == FIRST_YEAR
    assert int(keys[-1]) == last_year(now.date())


def test_an_asset_without_sources_has_no_lineage() -> None:
    assert "dagster/column_lineage" not in asset_spec("raw_disclosures").metadata


def test_loading_imports_no_gate_library() -> None:
    """Great Expectations and pandera take seconds to import; the code server must not wait for them."""
    code = (
        "import sys, zc_pipeline.definitions;"
        "print([name for name in ('great_expectations', 'pandera') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "[]"
    assert "Warning" not in done.stderr


def test_the_instance_is_configured_as_the_rooms_assume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text())
    monkeypatch.chdir(tmp_path)
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        assert not instance.telemetry_enabled
        assert not instance.nux_enabled
        assert instance.run_monitoring_max_runtime_seconds == LONGEST_RUN.total_seconds()
        assert instance.managed_python_loggers == ["zc_pipeline"]
    stored = {path.name for path in tmp_path.iterdir()}
    assert stored == {"dagster.yaml", ".dagster"}


class TestDataFolder:
    def test_given(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ZC_DATA_DIR", "/elsewhere")
        assert DataFolder(data_dir=str(tmp_path)).paths.data_dir == tmp_path

    def test_by_the_environment(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ZC_DATA_DIR", str(tmp_path))
        assert DataFolder().paths.data_dir == tmp_path

    def test_beside_the_dagster_yaml_of_the_working_folder(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("ZC_DATA_DIR", raising=False)
        (tmp_path / "dagster.yaml").touch()
        monkeypatch.chdir(tmp_path)
        assert default_data_dir() == tmp_path / "data"

    def test_else_of_the_project(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("ZC_DATA_DIR", raising=False)
        monkeypatch.chdir(tmp_path)
        assert default_data_dir() == ROOT / "data"
