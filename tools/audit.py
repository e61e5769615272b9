"""Look up the locked versions in the list of known vulnerabilities: `make check` calls it.

    python tools/audit.py [--only requirements.lock] [options of pip-audit]

Ends with status 1 where a locked version is known to be vulnerable, and names it with the version that is
not. Where the index of vulnerabilities cannot be reached, or knows none of the packages, nothing was checked:
that is said on a line of its own that begins with NOTICE, with status 0, so that work without a network goes
on. Whatever else fails is an error with status 2. ``--ignore-vuln ID`` accepts one for which there is no
version yet that is not vulnerable.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
LOCKS: Final = ("requirements.lock", "requirements-dev.lock")
# What pip-audit, requests and urllib3 say when nobody answers.
_UNREACHABLE: Final = re.compile(
    r"Could not connect|ConnectionError|Connection(Reset|Refused|Aborted)|Connect(ion )?[Tt]imeout|"
    r"ReadTimeout|NameResolutionError|Max retries exceeded|ProxyError|SSLError|"
    r"\b(403|407|429|5\d\d) (Client|Server) Error"
)


@dataclass(frozen=True, slots=True)
class Audit:
    """What came of an audit.

    Attributes:
        checked: how many packages were looked up.
        unknown: names of those that the index does not know.
        vulnerable: a sentence for each known vulnerability.
        unreachable: why the index was not reached; None where it was.
        failure: what else went wrong; None where nothing did.
    """

    checked: int = 0
    unknown: tuple[str, ...] = ()
    vulnerable: tuple[str, ...] = ()
    unreachable: str | None = None
    failure: str | None = None

    @property
    def status(self) -> int:
        """The exit code: 1 vulnerable, 2 failed, else 0."""
        return 1 if self.vulnerable else 2 if self.failure else 0

    def lines(self, lock: str) -> list[str]:
        """What to print."""
        if self.vulnerable:
            return [f"{lock} holds versions that are known to be vulnerable:", *self.vulnerable]
        if self.failure:
            return [f"The audit of {lock} failed: {self.failure}"]
        if self.unreachable:
            return [f"NOTICE: {lock} was not audited: {self.unreachable}"]
        if self.unknown:
            return [
                f"NOTICE: the index of vulnerabilities knows {self.checked} packages of {lock}, without a "
                f"finding, but not {', '.join(self.unknown)}."
            ]
        return [f"{lock}: {self.checked} packages, none known to be vulnerable"]


def judge(status: int, output: str, errors: str) -> Audit:
    """What a run of pip-audit says.

    Args:
        status: its exit code; it does not tell "vulnerable" from "failed".
        output: its standard output, JSON where it came to an end.
        errors: its standard error.
    """
    try:
        dependencies: list[dict[str, Any]] = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        said = errors.strip().splitlines() or [f"pip-audit ended with status {status} and without a word"]
        if _UNREACHABLE.search(errors):
            return Audit(unreachable="the index of vulnerabilities cannot be reached")
        return Audit(failure=said[-1])
    looked_up = [one for one in dependencies if "skip_reason" not in one]
    unknown = tuple(one["name"] for one in dependencies if "skip_reason" in one)
    vulnerable = tuple(_sentence(one, found) for one in looked_up for found in one.get("vulns", ()))
    if not looked_up:
        why = "the index knows none of its packages: it is none, or cannot be reached"
        return Audit(unknown=unknown, unreachable=why if unknown else "it names no package")
    if status != 0 and not vulnerable:
        return Audit(failure=f"pip-audit ended with status {status}: {errors.strip()[-300:]}")
    return Audit(len(looked_up), unknown, vulnerable)


def _sentence(dependency: dict[str, Any], found: dict[str, Any]) -> str:
    names = " ".join([found["id"], *found.get("aliases", ())])
    fixes = found.get("fix_versions") or ()
    remedy = f"not in {', '.join(fixes)}" if fixes else "no version without it is known"
    return f"  {dependency['name']} {dependency['version']}: {names}; {remedy}"


def audit(lock: Path, options: list[str]) -> Audit:
    """Run pip-audit over a lock file: what is in it, and nothing else, is looked up."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--no-deps", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return judge(done.returncode, done.stdout, done.stderr)


def main() -> None:
    """See the module's docstring."""
    options = sys.argv[1:]
    locks = [ROOT / name for name in LOCKS]
    if options[:1] == ["--only"] and len(options) > 1:
        locks, options = [Path(options[1])], options[2:]
    worst = 0
    for lock in locks:
        result = audit(lock, options)
        print("\n".join(result.lines(lock.name)), flush=True)
        worst = max(worst, result.status)
    sys.exit(worst)


if __name__ == "__main__":
    main()
