"""PostgreSQL as Dagster's storage: the switch, and a real server behind the real webserver and daemons."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy
import yaml

from deploy import instance
from zc_pipeline.errors import UsageError
from zc_pipeline_tests import commands
from zc_pipeline_tests.conftest import ROOT
from zc_pipeline_tests.deploy import cluster
from zc_pipeline_tests.deploy.serving import dagster_dev, own_environment
from zc_pipeline_tests.drawing import draw_disclosure, make_disclosure

OWN = (ROOT / "dagster.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    if (reason := cluster.why_not()) is not None:
        pytest.skip(reason)
    with cluster.server() as address:
        yield address


def test_the_two_instances_differ_in_their_storage_only() -> None:
    changed = instance.with_postgres(OWN)
    own, postgres = yaml.safe_load(OWN), yaml.safe_load(changed)
    assert own.pop("storage").keys() == {"sqlite"}
    assert postgres.pop("storage") == {"postgres": {"postgres_url": {"env": "DAGSTER_POSTGRES_URL"}}}
    assert postgres == own
    comments = [line for line in OWN.splitlines() if line.startswith("#")]
    assert [line for line in changed.splitlines() if line.startswith("#")] == comments


def test_a_storage_that_is_not_a_block_is_refused() -> None:
    with pytest.raises(UsageError, match="no block"):
        instance.with_postgres("telemetry:\n  enabled: false\n")
    with pytest.raises(UsageError, match="in its storage only"):
        instance.with_postgres("storage:\n- a\ntelemetry: {}\n")


@pytest.mark.parametrize("wrong", ["postgresql://u:p@h/d", "postgres://u:p@h/d", "h:5432"])
def test_an_address_that_dagster_would_not_take_is_refused_before_anything_is_written(
    wrong: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=r"must be postgresql\+psycopg2://") as caught:
        instance.write_instance(tmp_path / "home", {"DAGSTER_POSTGRES_URL": wrong})
    assert "p@" not in str(caught.value)
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "wrong",
    [
        "postgresql+psycopg2://reader:ge@heim@127.0.0.1:1/d",
        "postgresql+psycopg2://reader:geheim",
        "postgresql+psycopg2://127.0.0.1:geheim/d",
        "reader:geheim@127.0.0.1/d?x=://",
    ],
    ids=["an @ in the password", "no host", "no port", "no scheme"],
)
def test_no_part_of_a_password_is_in_the_sentence(wrong: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"must be postgresql\+psycopg2://user:password@host") as caught:
        instance.write_instance(tmp_path / "home", {"DAGSTER_POSTGRES_URL": wrong})
    assert "heim" not in str(caught.value)
    assert not (tmp_path / "home").exists()


def test_without_the_variable_the_instance_is_the_projects_own(tmp_path: Path) -> None:
    assert instance.write_instance(tmp_path / "home", {"DAGSTER_POSTGRES_URL": ""}) == "SQLite"
    assert (tmp_path / "home" / "dagster.yaml").read_text(encoding="utf-8") == OWN


def _write(home: Path, address: str, tmp_path: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, ROOT / "deploy" / "instance.py", home],
        env=own_environment(tmp_path, DAGSTER_POSTGRES_URL=address),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_server_that_does_not_let_us_in_is_said_in_a_sentence(url: str, tmp_path: Path) -> None:
    done = _write(tmp_path / "home", url.replace(cluster.PASSWORD, "another"), tmp_path)
    assert done.returncode == 2
    assert "does not let us in" in done.stderr
    assert "password authentication failed" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "home").exists()


@pytest.mark.slow
def test_a_run_is_recorded_there_and_nothing_in_sqlite(url: str, tmp_path: Path) -> None:
    """The command's own run, through the instance that is written; the servers' part is in the long form."""
    home, data_dir = tmp_path / "home", tmp_path / "data"
    (data_dir / "raw" / "2024").mkdir(parents=True)
    draw_disclosure(make_disclosure(3), data_dir / "raw" / "2024" / "one.pdf")
    done = _write(home, url, tmp_path)
    assert (done.returncode, done.stdout.split(".")[0]) == (0, "Dagster stores in PostgreSQL"), done.stderr
    assert cluster.PASSWORD not in (home / "dagster.yaml").read_text(encoding="utf-8")
    ran = commands.call(
        *("run", "--data-dir", data_dir), cwd=tmp_path, DAGSTER_HOME=str(home), DAGSTER_POSTGRES_URL=url
    )
    assert ran.returncode == 0, ran.stderr
    ((status, made),) = _stored_runs(url).values()
    assert (status, made > 0) == ("SUCCESS", True)
    assert _sqlite_files(tmp_path) == []


def _stored_runs(url: str) -> dict[str, tuple[str, int]]:
    """Each run's status, and how many tables it made, by the server's own words."""
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(
            sqlalchemy.text(
                "select run_id, status, (select count(*) from event_logs"
                " where event_logs.run_id = runs.run_id"
                " and dagster_event_type = 'ASSET_MATERIALIZATION') from runs"
            )
        ).fetchall()
    engine.dispose()
    return {run_id: (status, events) for run_id, status, events in rows}


def _sqlite_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and b"SQLite" in path.read_bytes()[:16]]


@pytest.mark.long
def test_runs_events_and_schedules_are_stored_there_and_nothing_in_sqlite(url: str, tmp_path: Path) -> None:
    folder, data_dir = tmp_path / "project", tmp_path / "data"
    home = folder / "home"
    folder.mkdir()
    for name in ("workspace.yaml", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (data_dir / "raw" / "2024").mkdir(parents=True)
    draw_disclosure(make_disclosure(3), data_dir / "raw" / "2024" / "one.pdf")

    done = _write(home, url, tmp_path)
    assert (done.returncode, done.stdout.split(".")[0]) == (0, "Dagster stores in PostgreSQL"), done.stderr
    assert cluster.PASSWORD not in (home / "dagster.yaml").read_text(encoding="utf-8")

    environment = own_environment(data_dir, DAGSTER_HOME=str(home), DAGSTER_POSTGRES_URL=url)
    with dagster_dev(folder, environment) as served:
        run_id, status = served.run_year(2024)
        assert status == "SUCCESS", (folder / "dev.log").read_text()
    assert (data_dir / "parquet" / "projects" / "projects_2024.parquet").is_file()

    # Read by the server's own words, not through Dagster.
    engine = sqlalchemy.create_engine(url)
    with engine.connect() as connection:
        schedules = connection.execute(
            sqlalchemy.text("select instigator_body from instigators where instigator_type = 'SCHEDULE'")
        ).fetchall()
        daemons = connection.execute(sqlalchemy.text("select daemon_type from daemon_heartbeats")).scalars()
        assert "SCHEDULER" in set(daemons)
    engine.dispose()
    status, made = _stored_runs(url)[run_id]
    assert (status, made > 0) == ("SUCCESS", True)
    assert any("nightly" in body for (body,) in schedules)
    assert _sqlite_files(tmp_path) == []
