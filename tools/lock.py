"""Write requirements.lock and requirements-dev.lock: names and versions, nothing else.

Resolves the dependencies of pyproject.toml anew in an empty environment, so that what happens to be
installed does not matter. `make lock` calls it.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
OWN_NAME = "zc_pipeline"


def frozen_names(extra: str | None) -> list[str]:
    """Names and versions of everything that the project (with an extra) installs."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        target = f"{ROOT}[{extra}]" if extra else str(ROOT)
        subprocess.run([python, "-m", "pip", "install", "--quiet", target], check=True)
        frozen = subprocess.run(
            [python, "-m", "pip", "list", "--format=freeze", "--exclude", OWN_NAME, "--exclude", "pip"],
            check=True,
            capture_output=True,
            text=True,
        )
    return sorted(frozen.stdout.split(), key=str.lower)


def main() -> None:
    """Write both files; the second holds only what the first does not."""
    run = frozen_names(None)
    dev = frozen_names("dev")
    versions = dict(line.split("==") for line in dev)
    differing = [line for line in run if versions.get(line.split("==")[0]) != line.split("==")[1]]
    if differing:
        sys.exit(f"The dev extra resolves to other versions of {differing}; narrow pyproject.toml.")
    (ROOT / "requirements.lock").write_text("\n".join(run) + "\n", encoding="utf-8")
    (ROOT / "requirements-dev.lock").write_text(
        "\n".join(line for line in dev if line not in set(run)) + "\n", encoding="utf-8"
    )


if __name__ == "__main__":
    main()
