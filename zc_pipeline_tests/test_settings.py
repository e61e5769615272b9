"""What a user can set: where it is read from, what is refused, and in which words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from zc_pipeline.errors import UsageError
from zc_pipeline.settings import (
    GROUPS,
    LIMIT_VARIABLES,
    Settings,
    allowed_of,
    data_dir,
    group_of,
    load_settings,
    names_data_dir,
    read_limits,
    read_settings,
    render_settings,
    settings_lines,
)
from zc_pipeline_tests.commands import call, last_line


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str, name: str = "zc_pipeline.toml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def origin(name: str, environment: dict[str, str]) -> str:
    return next(one.origin for one in load_settings(environment).in_use() if one.name == name)


def test_without_anything_the_defaults_hold(folder: Path) -> None:
    settings = read_settings({})
    assert settings == Settings()
    assert (settings.workers, settings.executor, settings.second_reading) == (0, "local", "every")
    assert (settings.schedule_cron, settings.schedule_time_zone) == ("0 2 * * *", "Asia/Shanghai")
    assert settings.schedule_enabled
    assert settings.notify_urls == (), "nobody is told unless a person says so"
    assert data_dir(environment={}) == folder / "data"
    assert not names_data_dir({})


def test_the_file_in_the_working_folder_counts(folder: Path) -> None:
    file = write(folder, '# mine\nmax_pages = 12\nschedule_enabled = false\nnotify_on = ["held"]\n')
    settings = read_settings({})
    assert (settings.max_pages, settings.schedule_enabled, settings.notify_on) == (12, False, ("held",))
    assert read_limits({}).pages == 12
    assert origin("max_pages", {}) == f"{file}, line 2"
    assert origin("max_seconds", {}) == "default"


def test_a_file_may_be_named_and_its_paths_start_there(folder: Path) -> None:
    (folder / "etc").mkdir()
    file = write(folder / "etc", 'data_dir = "../budget"\nlog_file = "/var/log/zc.log"\n', "mine.toml")
    environment = {"ZC_SETTINGS": str(file)}
    assert data_dir(environment=environment) == folder / "budget"
    assert read_settings(environment).log_file == Path("/var/log/zc.log")
    assert names_data_dir(environment)
    with pytest.raises(UsageError, match=r"ZC_SETTINGS='nowhere\.toml': there is no such file"):
        read_settings({"ZC_SETTINGS": "nowhere.toml"})


def test_a_variable_counts_more_than_the_file_and_an_empty_one_not_at_all(folder: Path) -> None:
    write(folder, "max_pages = 12\nmax_file_mb = 3\n")
    environment = {"ZC_MAX_PAGES": "34", "ZC_MAX_FILE_MB": ""}
    assert (read_limits(environment).pages, read_limits(environment).file_bytes) == (34, 3 << 20)
    assert origin("max_pages", environment) == "ZC_MAX_PAGES"


def test_lists_in_a_variable_are_separated_by_blanks(folder: Path) -> None:
    settings = read_settings({"ZC_NOTIFY_URLS": "json://a/x,y  mailto://b", "ZC_NOTIFY_ON": "held quiet"})
    assert [url.get_secret_value() for url in settings.notify_urls] == ["json://a/x,y", "mailto://b"]
    assert settings.notify_on == ("held", "quiet")


@pytest.mark.parametrize(
    ("name", "value", "takes"),
    [
        ("ZC_WORKERS", "65", "a whole number from 0 to 64"),
        ("ZC_WORKERS", "two", "a whole number from 0 to 64"),
        ("ZC_EXECUTOR", "cluster", "one of local, dask"),
        ("ZC_DATA_DIR", "file:///srv/x", "a folder's path, or an address such as s3://bucket/folder"),
        ("ZC_DATA_DIR", "S3://bucket/x", "a folder's path, or an address such as s3://bucket/folder"),
        ("ZC_DATA_DIR", "simplecache::s3://bucket/x", "a folder's path, or an address"),
        ("ZC_MIRROR_DIR", "s3://bucket/mirrors", "a folder's path"),
        ("ZC_LOG_FILE", "s3://bucket/log", "a file's path"),
        ("ZC_DASK_SCHEDULER", "scheduler:8786", "an address such as tcp://scheduler:8786"),
        ("ZC_SECOND_READING", "never", "one of every, sampled, when_in_doubt"),
        ("ZC_SCHEDULE_ENABLED", "perhaps", "true or false"),
        ("ZC_SCHEDULE_CRON", "0 2 * *", "five fields of a crontab line"),
        ("ZC_SCHEDULE_CRON", "0 24 * * *", "five fields of a crontab line"),
        ("ZC_SCHEDULE_CRON", "0 5-2 * * *", "five fields of a crontab line"),
        ("ZC_SCHEDULE_CRON", "0 */0 * * *", "five fields of a crontab line"),
        ("ZC_SCHEDULE_CRON", "0 2 31 2 *", "five fields of a crontab line of days that there are"),
        ("ZC_SCHEDULE_CRON", "0 2 30-31 2 1", "five fields of a crontab line of days that there are"),
        ("ZC_SCHEDULE_CRON", "0 2 31 4,6,9,11 *", "five fields of a crontab line of days that there are"),
        ("ZC_SCHEDULE_TIME_ZONE", "Shanghai", "a name such as Asia/Shanghai or UTC"),
        ("ZC_SCHEDULE_TIME_ZONE", "../etc", "a name such as Asia/Shanghai or UTC"),
        ("ZC_QUIET_DAYS", "-1", "a whole number from 0 to 3,660"),
        ("ZC_LOG_FORMAT", "xml", "one of text, json"),
        ("ZC_NOTIFY_ON", "held often", "any of failed, held, quiet"),
        ("ZC_NOTIFY_SECONDS", "nan", "a number from 0.1 to 300"),
    ],
)
def test_a_variable_that_is_not_allowed_is_named(folder: Path, name: str, value: str, takes: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_settings({name: value})
    assert str(caught.value).startswith(f"{name}={value!r} is not allowed: it takes {takes}")


CRON_LINES = (
    "*/15 * * * *",
    "0 2 * * 1-5",
    "0,30 1-5/2 1 1 0",
    "5  4 * * 7",
    "0 2 29 2 *",
    "0 2 31 2,3 *",
    "0 2 */31 2 *",
)


@pytest.mark.parametrize("cron", CRON_LINES)
def test_crontab_lines_that_are_allowed(folder: Path, cron: str) -> None:
    assert read_settings({"ZC_SCHEDULE_CRON": cron}).schedule_cron == " ".join(cron.split())


def test_dagster_takes_every_crontab_line_that_is_allowed(folder: Path) -> None:
    import dagster as dg

    for cron in CRON_LINES:
        dg.ScheduleDefinition(name="one", cron_schedule=cron, job_name="job")
    with pytest.raises(dg.DagsterInvalidDefinitionError):
        dg.ScheduleDefinition(name="one", cron_schedule="0 2 31 2 *", job_name="job")


@pytest.mark.parametrize("empty", ['""', '"  "'])
def test_an_empty_log_file_is_none(folder: Path, empty: str) -> None:
    write(folder, f"log_file = {empty}\n")
    assert read_settings({}).log_file is None


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("max_pages = 0", "line 1: max_pages = 0 is not allowed: it takes a whole number from 1 to 100,000."),
        ("\nmax_pages = true", "line 2: max_pages = true is not allowed"),
        ("\n\nmax_page = 3", "line 3: max_page is no setting; did you mean max_pages?"),
        ("[limits]\nmax_pages = 3", "line 1: limits is no setting"),
        ("colour = 1", "line 1: colour is no setting. `zc-pipeline settings` lists them."),
        ("notify_urls = 'mailto://u:geheim@h'", "notify_urls = … is not allowed"),
        ("data_dir = 3", "line 1: data_dir = 3 is not allowed: it takes a folder's path, or an address"),
        ("max_pages = ", "is no TOML"),
        ("max_pages = 1\nmax_pages = 2", "is no TOML"),
    ],
)
def test_a_line_of_the_file_that_is_not_allowed_is_named(folder: Path, text: str, sentence: str) -> None:
    file = write(folder, text)
    with pytest.raises(UsageError) as caught:
        read_settings({})
    assert str(file) in str(caught.value)
    assert sentence in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_a_file_that_is_not_utf8_is_named(folder: Path) -> None:
    (folder / "zc_pipeline.toml").write_bytes('data_dir = "预算"'.encode("gbk"))
    with pytest.raises(UsageError, match="not written in UTF-8"):
        read_settings({})


def test_everything_wrong_is_said_at_once(folder: Path) -> None:
    write(folder, "max_pages = 0\nmax_page = 1\n")
    with pytest.raises(UsageError) as caught:
        read_settings({"ZC_WORKERS": "-1"})
    assert len(str(caught.value).splitlines()) == 3


def test_a_misspelt_variable_is_doubted_and_a_foreign_one_is_not(folder: Path) -> None:
    doubts = load_settings({"ZC_MAX_PAGE": "1", "ZC_REWRITE_GOLDEN": "1", "ZC_MAX_PAGES": "1"}).doubts
    assert doubts == ("ZC_MAX_PAGE is no setting and has no effect; did you mean ZC_MAX_PAGES?",)


def test_secrets_are_shown_nowhere(folder: Path) -> None:
    loaded = load_settings({"ZC_NOTIFY_URLS": "mailtos://u:geheim@h?to=x json://y/geheim"})
    words = "\n".join(settings_lines(loaded)) + repr(loaded) + str(loaded.settings)
    assert "geheim" not in words
    assert "notify_urls = mailtos://…, json://…  (ZC_NOTIFY_URLS)" in words
    with pytest.raises(UsageError) as caught:
        read_settings({"ZC_NOTIFY_URLS": "geheim"})
    assert "geheim" not in str(caught.value)
    cause = caught.value.__cause__ or caught.value.__context__
    assert "geheim" not in str(cause)


def test_every_setting_is_described(folder: Path) -> None:
    lines, page = "\n".join(settings_lines(load_settings({}))), render_settings()
    for name, field in Settings.model_fields.items():
        assert group_of(field) in GROUPS
        assert (field.description or "").endswith(".")
        assert allowed_of(name)
        for text in (lines, page):
            assert name in text
            assert f"ZC_{name.upper()}" in text
        row = next(line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        assert row.count(" | ") == 4
    assert {one.name for one in LIMIT_VARIABLES} == {
        f"ZC_{name.upper()}" for name in Settings.model_fields if name.startswith("max_")
    }


def test_commands_check_all_settings_first(tmp_path: Path) -> None:
    done = call("status", cwd=tmp_path, ZC_QUIET_DAYS="never")
    assert done.returncode == 2
    assert last_line(done).startswith("ZC_QUIET_DAYS='never' is not allowed")
    done = call("settings", cwd=tmp_path, ZC_WORKERS="2", ZC_WORKER="3", ZC_NOTIFY_URLS="json://geheim")
    assert done.returncode == 0
    assert "workers = 2  (ZC_WORKERS)" in done.stdout
    assert "ZC_WORKER is no setting" in done.stderr
    assert "geheim" not in done.stdout + done.stderr


def test_the_code_location_does_not_load_with_a_wrong_setting(tmp_path: Path) -> None:
    write(tmp_path, 'schedule_cron = "at night"\n')
    done = subprocess.run(
        [sys.executable, "-c", "import zc_pipeline.definitions"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    sentence = done.stderr.strip().splitlines()[-1]
    assert f"{tmp_path / 'zc_pipeline.toml'}, line 1: schedule_cron = 'at night' is not allowed" in sentence


def test_the_schedule_follows_the_settings(tmp_path: Path) -> None:
    write(
        tmp_path,
        'schedule_cron = "30 3 * * 1-5"\nschedule_time_zone = "UTC"\nschedule_enabled = false\n',
    )
    code = (
        "from zc_pipeline.defs.schedules import nightly as n;"
        "print(n.cron_schedule, n.execution_timezone, n.default_status.value)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "30 3 * * 1-5 UTC STOPPED"


def test_reading_needs_no_settings_library() -> None:
    code = "import sys, zc_pipeline; print({'pydantic', 'zc_pipeline.settings'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
