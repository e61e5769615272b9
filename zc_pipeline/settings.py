"""What a user can set: every setting with its type, its default, what is allowed and what it means.

A setting is an environment variable (``ZC_MAX_PAGES``) or a line of the settings file (``max_pages``): the
file ``zc_pipeline.toml`` in the working folder, or the one that ``ZC_SETTINGS`` names. The variable counts
where both are there; an empty one counts as not there. ``docs/settings.md`` is rendered from here.

Every environment variable of the program is read here. Not here: what Dagster itself is told (its storage,
how many runs, how long they are kept: ``dagster.yaml``), nor what belongs to one call of a command.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo

from zc_pipeline.errors import UsageError
from zc_pipeline.isolation.limits import Limits
from zc_pipeline.model import SecondReading
from zc_pipeline.storage.address import address_in_words, checked_address, is_address

_PREFIX: Final = "ZC_"
DATA_DIR_VARIABLE: Final = "ZC_DATA_DIR"
SETTINGS_VARIABLE: Final = "ZC_SETTINGS"
SETTINGS_FILE: Final = "zc_pipeline.toml"
_DEFAULT_DATA_DIR: Final = "data"
_MB: Final = 1 << 20
_LIMITS: Final = Limits()
_PATHS: Final = frozenset({"data_dir", "log_file", "mirror_dir"})
_SECRET: Final = frozenset({"notify_urls"})
_LISTS: Final = frozenset({"notify_on", "notify_urls"})
_EVENTS: Final = ("failed", "held", "quiet")

# Where a group's settings stand in the docs and in `zc-pipeline settings`, with a sentence on the group.
GROUPS: Final = MappingProxyType(
    {
        "data": "Where the documents and the tables are.",
        "limits": "What one document may take; beyond it, it is refused, and the reason names the limit.",
        "reading": "How documents are read.",
        "schedule": "When the Dagster daemon looks for something new.",
        "watching": "What is said of the runs, and where.",
        "notification": "Who is told, by webhook or e-mail. Off until there is an address.",
    }
)


def _setting(group: str, description: str, allowed: str = "", default: Any = ..., **checks: Any) -> Any:
    extra: Any = {"group": group, "allowed": allowed}
    return Field(default, description=description, json_schema_extra=extra, **checks)


class Settings(BaseModel):
    """Every setting, checked. A field's name is its key in the file; ``ZC_`` and capitals: its variable."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    data_dir: str = _setting(
        "data",
        "Data folder: `raw/<year>/*.pdf` in it is read, `parquet/` in it is written. An address is worked on "
        "by way of a mirror on this machine ([remote data folders](remote.md)).",
        "a folder's path, or an address such as s3://bucket/folder",
        _DEFAULT_DATA_DIR,
    )
    mirror_dir: Path | None = _setting(
        "data",
        "Where the mirrors of data folders at an address lie, a folder each. None: "
        "`.cache/zc_pipeline/mirrors` in the user's home.",
        "a folder's path",
        None,
    )
    lock_wait_seconds: float = _setting(
        "data",
        "Seconds that a run waits for another run over the same data folder to end, before it gives up.",
        default=600.0,
        ge=0,
        le=86_400,
        allow_inf_nan=False,
    )

    max_pages: int = _setting("limits", "Pages of a file.", default=_LIMITS.pages, ge=1, le=100_000)
    max_seconds: float = _setting(
        "limits",
        "Seconds for opening a file and for all that does not grow with its pages.",
        default=_LIMITS.seconds,
        ge=0.1,
        le=86_400,
        allow_inf_nan=False,
    )
    max_seconds_per_page: float = _setting(
        "limits",
        "Seconds added for each page.",
        default=_LIMITS.seconds_per_page,
        ge=0,
        le=3_600,
        allow_inf_nan=False,
    )
    max_wait_factor: float = _setting(
        "limits",
        "Plain time on a busy machine, as a multiple of these seconds.",
        default=_LIMITS.wait_factor,
        ge=1,
        le=1_000,
        allow_inf_nan=False,
    )
    max_memory_mb: int = _setting(
        "limits",
        "Address space beyond what the readers take before they see the file, in MB.",
        default=_LIMITS.memory_bytes // _MB,
        ge=64,
        le=1_048_576,
    )
    max_file_mb: int = _setting(
        "limits", "Size of a file, in MB.", default=_LIMITS.file_bytes // _MB, ge=1, le=65_536
    )
    max_result_mb: int = _setting(
        "limits",
        "Size of what was read of a file, in MB.",
        default=_LIMITS.result_bytes // _MB,
        ge=1,
        le=65_536,
    )
    max_open_files: int = _setting(
        "limits",
        "Open files of the reader, its program's included.",
        default=_LIMITS.open_files,
        ge=16,
        le=65_536,
    )

    workers: int = _setting(
        "reading",
        "Documents that are read at the same time on this machine, each in a process of its own. 0: as many "
        "as the program has cores, at most 4.",
        default=0,
        ge=0,
        le=64,
    )
    executor: Literal["local", "dask"] = _setting(
        "reading",
        "Who reads: processes of this machine (`local`), or the workers of a Dask cluster (`dask`), which "
        "need no file system in common with it. Needs `pip install 'zc_pipeline[dask]'` on both.",
        default="local",
    )
    dask_scheduler: str = _setting(
        "reading",
        "Address of the cluster's scheduler, for `executor = dask`. Who reaches a scheduler can run programs "
        "on its workers: keep it in a network of its own, or use `tls://` and Dask's own settings.",
        "an address such as tcp://scheduler:8786 or tls://scheduler:8786",
        "",
    )
    second_reading: Literal["every", "sampled", "when_in_doubt"] = _setting(
        "reading",
        "Which pages pdfplumber reads: `every` page, `sampled` ones beside those in doubt, or only those in "
        "doubt (`when_in_doubt`). On the others a quick reading of the page's strings by the same library's "
        "fonts takes its place. Every page's characters are compared between two libraries and looked for in "
        "its picture, whatever the choice.",
        default="every",
    )

    schedule_enabled: bool = _setting(
        "schedule",
        "Whether the nightly schedule is on when Dagster first meets it. Later the switch in the UI counts.",
        default=True,
    )
    schedule_cron: str = _setting(
        "schedule",
        "When it looks: minute, hour, day of the month, month, day of the week.",
        "five fields of a crontab line of days that there are, such as 0 2 * * *",
        "0 2 * * *",
    )
    schedule_time_zone: str = _setting(
        "schedule", "Time zone of these times.", "a name such as Asia/Shanghai or UTC", "Asia/Shanghai"
    )

    quiet_days: int = _setting(
        "watching",
        "Days without a new disclosure after which the check `new_disclosures` of `raw_disclosures` warns "
        "and a message is sent. 0: never. Budgets are published once a year, in winter.",
        default=400,
        ge=0,
        le=3_660,
    )
    log_format: Literal["text", "json"] = _setting(
        "watching",
        "Lines of the log: `text` for people, or `json`, one object a line with `document` and `page`.",
        default="text",
    )
    log_file: Path | None = _setting(
        "watching",
        "File to which the log is added, instead of standard error. The program never shortens it.",
        "a file's path",
        None,
    )

    notify_urls: tuple[SecretStr, ...] = _setting(
        "notification",
        "Where messages go, as Apprise URLs: `json://host/path` and `jsons://` post JSON to a webhook, "
        "`mailto://` and `mailtos://user:password@host?to=address` send e-mail. Several are separated by "
        "blanks; in the file they are a list. Needs `pip install 'zc_pipeline[notify]'`.",
        "addresses such as jsons://example.org/hook, separated by blanks",
        (),
    )
    notify_on: tuple[Literal["failed", "held", "quiet"], ...] = _setting(
        "notification",
        "What is told: `failed`, a run that failed, was stopped or killed; `held`, documents that a run "
        "newly held or refused; `quiet`, no new disclosure for `quiet_days`.",
        "any of failed, held, quiet, separated by blanks",
        _EVENTS,
    )
    notify_seconds: float = _setting(
        "notification",
        "Seconds that one address may take to connect, and again to answer.",
        default=10.0,
        ge=0.1,
        le=300,
        allow_inf_nan=False,
    )

    @field_validator("*", mode="before")
    @classmethod
    def _no_flag_for_a_number(cls, value: Any, info: Any) -> Any:
        """A number is no ``true``, which pydantic would take for 1."""
        if isinstance(value, bool) and cls.model_fields[info.field_name].annotation is not bool:
            raise ValueError("a flag")
        return value

    @field_validator("data_dir")
    @classmethod
    def _is_place(cls, place: str) -> str:
        if not place.strip():
            raise ValueError("no folder")
        try:
            return checked_address(place) if is_address(place) else place
        except UsageError as error:
            raise ValueError("no address of a data folder") from error

    @field_validator("log_file", "mirror_dir", mode="before")
    @classmethod
    def _on_this_machine(cls, value: Any) -> Any:
        """An empty text is no file, as in the environment; as a path it would be the folder one stands in."""
        if is_address(value):
            raise ValueError("an address")
        return None if isinstance(value, str) and not value.strip() else value

    @field_validator("schedule_cron")
    @classmethod
    def _is_cron(cls, text: str) -> str:
        if not _is_crontab_line(text):
            raise ValueError("no crontab line")
        return " ".join(text.split())

    @field_validator("schedule_time_zone")
    @classmethod
    def _is_time_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (OSError, ValueError) as error:  # ZoneInfoNotFoundError is a KeyError, taken below
            raise ValueError("no time zone") from error
        except KeyError as error:
            raise ValueError("no time zone") from error
        return name

    @field_validator("dask_scheduler")
    @classmethod
    def _is_scheduler(cls, address: str) -> str:
        if address and not re.fullmatch(r"(?:tcp|tls)://[^\s/]+:\d+", address):
            raise ValueError("no address")
        return address

    @field_validator("notify_urls")
    @classmethod
    def _are_urls(cls, urls: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not all(re.fullmatch(r"[a-z][a-z0-9+.-]*://\S+", url.get_secret_value()) for url in urls):
            raise ValueError("no address")
        return urls

    @property
    def limits(self) -> Limits:
        """What one document may take."""
        return Limits(
            pages=self.max_pages,
            seconds=self.max_seconds,
            seconds_per_page=self.max_seconds_per_page,
            wait_factor=self.max_wait_factor,
            memory_bytes=self.max_memory_mb * _MB,
            file_bytes=self.max_file_mb * _MB,
            result_bytes=self.max_result_mb * _MB,
            open_files=self.max_open_files,
            second_reading=SecondReading(self.second_reading),
        )


_LEAP_YEAR: Final = 2024
_CRON_RANGES: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_CRON_PART: Final = re.compile(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?")


def _is_crontab_line(text: str) -> bool:
    """Whether a text is five fields of numbers, ranges, steps and lists of these, each within its range.

    One of its days must be in one of its months: Dagster refuses the 31st of February.
    """
    fields = text.split()
    is_well_formed = len(fields) == len(_CRON_RANGES) and all(
        _is_crontab_part(part, *allowed)
        for field, allowed in zip(fields, _CRON_RANGES, strict=True)
        for part in field.split(",")
    )
    if not is_well_formed:
        return False
    days, months = (_crontab_values(fields[at], *_CRON_RANGES[at]) for at in (2, 3))
    return min(days) <= max(monthrange(_LEAP_YEAR, month)[1] for month in months)


def _crontab_values(field: str, least: int, most: int) -> set[int]:
    """The numbers that a well-formed field stands for."""
    found: set[int] = set()
    for part in field.split(","):
        match = _CRON_PART.fullmatch(part)
        assert match is not None
        first, last, step = (None if one is None else int(one) for one in match.groups())
        low = least if first is None else first
        high = most if first is None else (first if last is None else last)
        found.update(range(low, high + 1, step or 1))
    return found


def _is_crontab_part(part: str, least: int, most: int) -> bool:
    match = _CRON_PART.fullmatch(part)
    if match is None:
        return False
    first, last, step = (None if one is None else int(one) for one in match.groups())
    return (
        (first is None or least <= first <= most)
        and (last is None or (first is not None and first <= last <= most))
        and (step is None or (step >= 1 and (first is None or last is not None)))
    )


@dataclass(frozen=True, slots=True)
class SettingInUse:
    """One setting as it holds now.

    Attributes:
        name: its key in the settings file.
        variable: its environment variable.
        group: one of :data:`GROUPS`.
        value: as text, secrets masked.
        origin: ``default``, the variable's name, or the file's path and line.
        meaning: a sentence.
    """

    name: str
    variable: str
    group: str
    value: str
    origin: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings and where they came from.

    Attributes:
        settings: all of them.
        origins: setting → variable, or place in the file; a default is not in it.
        file: the settings file, None where there is none.
        doubts: sentences on variables that look like a misspelt setting.
    """

    settings: Settings
    origins: Mapping[str, str]
    file: Path | None
    doubts: tuple[str, ...] = ()

    def in_use(self) -> Iterator[SettingInUse]:
        """Every setting, in the order of the docs."""
        for name, field in Settings.model_fields.items():
            yield SettingInUse(
                name,
                variable_of(name),
                group_of(field),
                value_text(getattr(self.settings, name)),
                self.origins.get(name, "default"),
                field.description or "",
            )


def variable_of(name: str) -> str:
    """The environment variable of a setting."""
    return _PREFIX + name.upper()


def group_of(field: FieldInfo) -> str:
    """The group of a setting."""
    return str(_extra(field)["group"])


def allowed_of(name: str) -> str:
    """What a setting takes, in words that complete "it takes …"."""
    field = Settings.model_fields[name]
    if words := _extra(field)["allowed"]:
        return str(words)
    if field.annotation is bool:
        return "true or false"
    choices = getattr(field.annotation, "__args__", ())
    if choices:
        return f"one of {', '.join(map(str, choices))}"
    bounds = {key: getattr(one, key) for one in field.metadata for key in ("ge", "le") if hasattr(one, key)}
    kind = "a whole number" if field.annotation is int else "a number"
    return f"{kind} from {bounds['ge']:,.10g} to {bounds['le']:,.10g}"


def _extra(field: FieldInfo) -> Mapping[str, Any]:
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    return extra


def value_text(value: object) -> str:
    """A setting's value in words; of an address only its kind, as the rest may hold a password."""
    if value is None or value in ((), ""):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, SecretStr):
        return value.get_secret_value().split("://", 1)[0] + "://…"
    if isinstance(value, tuple):
        return ", ".join(map(value_text, value))
    return f"{value:.10g}" if isinstance(value, float) else address_in_words(str(value))


def load_settings(environment: Mapping[str, str] | None = None) -> Loaded:
    """Read and check every setting.

    Args:
        environment: None takes the process's.

    Raises:
        UsageError: a value is not allowed, the file has a key that is no setting, is no TOML or is not
            there; a sentence each, naming the variable, or the file and its line.
    """
    environment = os.environ if environment is None else environment
    file = _settings_file(environment)
    values, origins, faults = _read_file(file) if file else ({}, {}, [])
    for name in Settings.model_fields:
        if text := environment.get(variable_of(name), "").strip():
            values[name] = tuple(text.split()) if name in _LISTS else text
            origins[name] = variable_of(name)
    try:
        settings = Settings(**values)
    except ValidationError as error:
        wrong = dict.fromkeys(str(one["loc"][0]) for one in error.errors())
        faults += [_fault(name, values[name], origins[name]) for name in wrong]
    if faults:
        raise UsageError("\n".join(faults))
    return Loaded(settings, origins, file, tuple(_doubts(environment)))


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Every setting, checked; arguments and errors as :func:`load_settings`."""
    return load_settings(environment).settings


def _settings_file(environment: Mapping[str, str]) -> Path | None:
    named = environment.get(SETTINGS_VARIABLE)
    if not named:
        file = Path(SETTINGS_FILE).resolve()
        return file if file.is_file() else None
    file = Path(named).resolve()
    if not file.is_file():
        raise UsageError(f"{SETTINGS_VARIABLE}={named!r}: there is no such file.")
    return file


def _read_file(file: Path) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """The file's values, the place of each, and a sentence for each key that is no setting."""
    try:
        text = file.read_text(encoding="utf-8")
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} is no TOML: {error}. A line is written as max_pages = 3000.") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not written in UTF-8: save it so.") from error
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
    values, origins, faults = {}, {}, []
    for key, value in content.items():
        place = f"{file}, line {_line_of(key, text)}"
        if key not in Settings.model_fields:
            near = difflib.get_close_matches(key.lower(), Settings.model_fields, n=1)
            hint = f"; did you mean {near[0]}?" if near else ". `zc-pipeline settings` lists them."
            faults.append(f"{place}: {key} is no setting{hint}")
            continue
        if key in _PATHS and isinstance(value, str) and value.strip():
            value = value if is_address(value) else str(file.parent / value)
        values[key] = value
        origins[key] = place
    return values, origins, faults


def _line_of(key: str, text: str) -> int:
    """The line on which a key of the file's top level stands, from 1."""
    pattern = re.compile(rf"\s*\[*\s*[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    return next((n for n, line in enumerate(text.splitlines(), start=1) if pattern.match(line)), 1)


def _fault(name: str, value: Any, origin: str) -> str:
    takes = f"is not allowed: it takes {allowed_of(name)}."
    shown = "…" if name in _SECRET else _written(value)
    if origin == variable_of(name):
        return f"{origin}={shown} {takes}"
    return f"{origin}: {name} = {shown} {takes}"


def _written(value: Any) -> str:
    """A value about as it was written, but for passwords."""
    if isinstance(value, bool):
        return str(value).lower()
    text = " ".join(value) if isinstance(value, tuple) else value
    return repr(address_in_words(text) if isinstance(text, str) else text)


def _doubts(environment: Mapping[str, str]) -> Iterator[str]:
    """Variables that look like a misspelt setting: it would be without effect."""
    known = {SETTINGS_VARIABLE, *map(variable_of, Settings.model_fields)}
    for name in sorted(environment):
        if name.startswith(_PREFIX) and name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            if near:
                yield f"{name} is no setting and has no effect; did you mean {near[0]}?"


# --- for those who need one part ------------------------------------------------------------------


def data_dir(given: str | Path | None = None, environment: Mapping[str, str] | None = None) -> Path | str:
    """The data folder: as given, else as the settings say, else ``data`` below the working folder.

    Returns:
        A path; an address as text (``remote.opened`` makes a folder of either).

    Raises:
        UsageError: as :func:`load_settings`, or what is given is empty or an address of no data folder.
    """
    if given is not None and not str(given).strip():
        raise UsageError("The data folder that is given has no name: give a path or an address, or nothing.")
    place = read_settings(environment).data_dir if given is None else given
    return checked_address(str(place)) if is_address(place) else Path(place).resolve()


def names_data_dir(environment: Mapping[str, str] | None = None) -> bool:
    """Whether the environment or the file names a data folder."""
    return "data_dir" in load_settings(environment).origins


@dataclass(frozen=True, slots=True)
class LimitVariable:
    """One environment variable that sets a limit: ``field`` of :class:`Limits`, in ``1 / unit`` of it."""

    name: str
    field: str
    unit: int = 1


LIMIT_VARIABLES: Final = tuple(
    LimitVariable(variable_of(name), field, unit)
    for name, field, unit in (
        ("max_pages", "pages", 1),
        ("max_seconds", "seconds", 1),
        ("max_seconds_per_page", "seconds_per_page", 1),
        ("max_wait_factor", "wait_factor", 1),
        ("max_memory_mb", "memory_bytes", _MB),
        ("max_file_mb", "file_bytes", _MB),
        ("max_result_mb", "result_bytes", _MB),
        ("max_open_files", "open_files", 1),
    )
)


def read_limits(environment: Mapping[str, str] | None = None) -> Limits:
    """What one document may take: the defaults, but for what is set.

    Args:
        environment: None takes the process's.

    Raises:
        UsageError: a setting has a value that is not allowed; the sentence names it.
    """
    return read_settings(environment).limits


# --- in words -------------------------------------------------------------------------------------

_STORAGE_NOTE: Final = (
    "Dagster's own storage (SQLite below `.dagster/`, or PostgreSQL), the number of runs at a time and how "
    "long their records are kept are set in `dagster.yaml`, which Dagster reads."
)


def settings_lines(loaded: Loaded) -> list[str]:
    """Every setting with its value, where it came from and what it means, as plain lines."""
    none = f"none ({SETTINGS_FILE} in the working folder, or the file that {SETTINGS_VARIABLE} names)"
    lines = [f"File: {loaded.file or none}"]
    in_use = list(loaded.in_use())
    for group, meaning in GROUPS.items():
        lines += ["", f"{group.capitalize()}: {meaning}"]
        for one in in_use:
            if one.group == group:
                lines += [f"  {one.name} = {one.value}  ({one.origin})"]
                lines += [f"      {one.variable}: {one.meaning}"]
    return [*lines, "", _STORAGE_NOTE, *(["", *loaded.doubts] if loaded.doubts else [])]


def render_settings() -> str:
    """The page of settings as Markdown."""
    parts = [
        "# Settings",
        "",
        "Every setting is an environment variable, or a line of the settings file: `zc_pipeline.toml` in the "
        "working folder, or the file that `ZC_SETTINGS` names. The variable counts where both are there. All "
        "are checked when a command starts and when Dagster loads the code: a value that is not allowed, or "
        "a key of the file that is no setting, ends it with a sentence. A relative path in the file starts "
        "at the file's folder. `zc-pipeline settings` prints what holds and where it came from. This page is "
        "rendered from `zc_pipeline/settings.py`: change it there and run `make docs`.",
        "",
        "```toml",
        "# zc_pipeline.toml",
        'data_dir = "/srv/budget"',
        "max_pages = 5000",
        'schedule_cron = "30 3 * * *"',
        'notify_urls = ["mailtos://user:password@mail.example.org?to=budget@example.org"]',
        "```",
        "",
    ]
    defaults = Settings()
    for group, meaning in GROUPS.items():
        parts += [f"## {group.capitalize()}", "", meaning, ""]
        parts += ["| in the file | variable | default | takes | meaning |", "| --- | --- | --- | --- | --- |"]
        for name, field in Settings.model_fields.items():
            if group_of(field) == group:
                default = value_text(getattr(defaults, name))
                cells = [f"`{name}`", f"`{variable_of(name)}`", f"`{default}`", allowed_of(name)]
                parts.append("| " + " | ".join([*cells, field.description or ""]) + " |")
        parts.append("")
    parts += [
        "An address may hold a password: let only the user who runs the program read the settings file "
        "(`chmod 600`). What is printed and logged of an address is its kind alone.",
        "",
        "## Storage",
        "",
        _STORAGE_NOTE,
    ]
    return "\n".join(parts).rstrip() + "\n"
