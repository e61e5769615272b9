"""A PostgreSQL server of a test's own: Debian's programs, a temporary folder, a loopback port."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from zc_pipeline_tests.deploy.serving import free_port

USER, PASSWORD, DATABASE = "zc_pipeline", "only-for-this-test", "dagster"


def programs() -> Path | None:
    """The folder of ``initdb`` and ``pg_ctl``, of the newest version; None where there is none.

    Debian keeps them out of the PATH.
    """
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if found:
        return max(found, key=lambda folder: int(folder.parent.name))
    initdb = shutil.which("initdb")
    return Path(initdb).resolve().parent if initdb else None


def why_not() -> str | None:
    """Why no server can be started here; None where one can."""
    if programs() is None:
        return "no PostgreSQL server is installed (Debian: apt-get install postgresql)"
    if os.geteuid() == 0 and _other_user() is None:
        return "PostgreSQL does not run as root, and there is no user postgres or nobody"
    return None


def _other_user() -> pwd.struct_passwd | None:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


@contextmanager
def server() -> Iterator[str]:
    """Start a server with one empty database; yields its address as SQLAlchemy takes it."""
    found = programs()
    assert found is not None
    # Not below pytest's folder, which root keeps to itself. A socket's path must be short.
    with tempfile.TemporaryDirectory(prefix="zc_pg_") as name:
        folder = Path(name)
        data, password, log = folder / "data", folder / "password", folder / "log"
        password.write_text(PASSWORD, encoding="ascii")
        other = _other_user() if os.geteuid() == 0 else None
        for path in (folder, password) if other else ():
            os.chown(path, other.pw_uid, other.pw_gid)
        user, group = (other.pw_uid, other.pw_gid) if other else (None, None)
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "PGPASSWORD": PASSWORD}

        def run(program: str, *arguments: str) -> None:
            done = subprocess.run(
                [found / program, *arguments],
                user=user,
                group=group,
                extra_groups=[] if other else None,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{program}: {done.stdout}"

        port = free_port()
        run(
            "initdb",
            "-D",
            str(data),
            "-U",
            USER,
            "-A",
            "scram-sha-256",
            f"--pwfile={password}",
            "-N",
            "-E",
            "UTF8",
        )
        options = (
            f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
        )
        run("pg_ctl", "-D", str(data), "-l", str(log), "-o", options, "-w", "start")
        try:
            run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", USER, DATABASE)
            yield f"postgresql+psycopg2://{USER}:{PASSWORD}@127.0.0.1:{port}/{DATABASE}"
        finally:
            run("pg_ctl", "-D", str(data), "-m", "fast", "-w", "stop")
