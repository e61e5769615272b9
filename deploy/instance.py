"""Write the dagster.yaml of a deployment: the project's own, with PostgreSQL as storage where that is chosen.

    python deploy/instance.py /var/lib/zc_pipeline/dagster

The switch is one environment variable. Where ``DAGSTER_POSTGRES_URL`` is set, Dagster's runs, events and
schedules are stored there; where it is not, in SQLite files. Everything else is as in the project's
dagster.yaml, comments included: only the block ``storage`` is another. The password stays in the environment:
what is written names the variable.

Ends with status 2 and a sentence where the address is none, or no server answers there.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from zc_pipeline.errors import UsageError
from zc_pipeline.storage.files import replace_file

URL_VARIABLE: Final = "DAGSTER_POSTGRES_URL"
SCHEME: Final = "postgresql+psycopg2"
OWN: Final = Path(__file__).parent.parent / "dagster.yaml"
_FORM: Final = f"{SCHEME}://user:password@host:5432/database"
_ESCAPED: Final = (
    "In the password, write %40 for @, %3A for :, %2F for /, %3F for ?, %23 for # and %25 for %."
)
_BLOCK: Final = "storage:"
_POSTGRES: Final = f"""\
storage:
  postgres:
    postgres_url:
      env: {URL_VARIABLE}
"""
_CONNECTS_WITHIN: Final = 10  # seconds


def with_postgres(text: str) -> str:
    """The text of a dagster.yaml with PostgreSQL in place of its storage, and all else as it is.

    Raises:
        UsageError: the text has no block ``storage``, or more would be changed than that.
    """
    lines = text.splitlines(keepends=True)
    start = next((at for at, line in enumerate(lines) if line.startswith(_BLOCK)), None)
    if start is None:
        raise UsageError(f"{OWN} has no block '{_BLOCK}': PostgreSQL cannot be put in its place.")
    end = start + 1
    while end < len(lines) and lines[end][:1] in (" ", "\t"):
        end += 1
    changed = "".join([*lines[:start], _POSTGRES, *lines[end:]])
    if not _differ_in_storage_only(text, changed):
        raise UsageError(f"{OWN} cannot be changed in its storage only: indent what stands below '{_BLOCK}'.")
    return changed


def _differ_in_storage_only(text: str, changed: str) -> bool:
    try:
        before, after = yaml.safe_load(text), yaml.safe_load(changed)
    except yaml.YAMLError:
        return False
    return {**before, "storage": None} == {**after, "storage": None}


def checked_url(url: str) -> str:
    """An address that Dagster takes.

    Raises:
        UsageError: it names another driver than the one that is installed, or a sign in its password would
            be taken for the end of the password. No word of it is in the sentence.
    """
    found = re.match(r"([A-Za-z][A-Za-z0-9+.-]*)://", url)
    scheme = found[1] if found else "no scheme"
    if scheme != SCHEME:
        raise UsageError(f"{URL_VARIABLE} must be {_FORM}, but begins with {scheme}.")
    if url.count("@") > 1:
        raise UsageError(f"{URL_VARIABLE} must be {_FORM}, but has more than one @. {_ESCAPED}")
    return url


def check_server(url: str) -> None:
    """Connect once, so that a wrong address is said here and not by a stack of Dagster's.

    Raises:
        UsageError: the packages are missing, or the server refuses.
    """
    try:
        import dagster_postgres  # noqa: F401
        import sqlalchemy
    except ImportError as error:
        raise UsageError(
            f"{URL_VARIABLE} is set, but the package {error.name} is missing: "
            "python -m pip install 'zc_pipeline[postgres]'"
        ) from error
    try:
        engine = sqlalchemy.create_engine(url, connect_args={"connect_timeout": _CONNECTS_WITHIN})
    except (sqlalchemy.exc.SQLAlchemyError, ValueError):
        # The library's words quote the part that it cannot read, which may be the password.
        raise UsageError(f"{URL_VARIABLE} must be {_FORM}, but cannot be read as that. {_ESCAPED}") from None
    try:
        with engine.connect():
            pass
        engine.dispose()
    except (sqlalchemy.exc.SQLAlchemyError, ValueError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise UsageError(f"PostgreSQL at {URL_VARIABLE} does not let us in: {reason}") from error


def write_instance(folder: Path, environment: Mapping[str, str]) -> str:
    """Write ``dagster.yaml`` into a folder, which is made where it is missing.

    Returns:
        What Dagster will store in: ``PostgreSQL`` or ``SQLite``.

    Raises:
        UsageError: see the functions above; nothing is written then.
    """
    text = OWN.read_text(encoding="utf-8")
    url = environment.get(URL_VARIABLE)
    if url:
        check_server(checked_url(url))
        text = with_postgres(text)
    folder.mkdir(parents=True, exist_ok=True)
    replace_file(folder / "dagster.yaml", lambda beside: _write(beside, text))
    return "PostgreSQL" if url else "SQLite"


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def main() -> None:
    """See the module's docstring."""
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print("Usage: python deploy/instance.py FOLDER", file=sys.stderr)
        sys.exit(2)
    folder = Path(sys.argv[1])
    try:
        kind = write_instance(folder, os.environ)
    except (UsageError, OSError) as error:
        print(error, file=sys.stderr)
        sys.exit(2)
    print(f"Dagster stores in {kind}. Start it with DAGSTER_HOME={folder.resolve()}")


if __name__ == "__main__":
    main()
