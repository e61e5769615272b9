"""What all tests share: the sample, and a data folder to work in."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from zc_pipeline.pipeline import RunContext
from zc_pipeline.storage.paths import DataPaths
from zc_pipeline_tests import reuse
from zc_pipeline_tests.deploy.serving import Served, copy_configuration, dagster_dev, own_environment
from zc_pipeline_tests.drawing import Disclosure, Layout, draw_disclosure

ROOT = Path(__file__).parent.parent
SPECIMEN = ROOT / "data" / "raw" / "2024" / "zengcheng_keshang_2024.pdf"


# Side by side, the tests of a file stay together, and those that share what is made once a session.
_TOGETHER = {
    "book": "book",
    "crash": "crash",
    "export": "export",
    "defs/test_dagster_dev.py": "served",
    "ui": "served",
}


def pytest_configure() -> None:
    """Obey SIGINT, which shells have their background jobs ignore, and they their children: tests send it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Say which tests go to one worker, and begin with what takes long, so that no worker waits for it."""
    if not hasattr(config, "workerinput"):
        return
    slow = set()
    for item in items:
        place = item.path.relative_to(Path(__file__).parent).as_posix()
        group = next((name for start, name in _TOGETHER.items() if place.startswith(start)), place)
        item.add_marker(pytest.mark.xdist_group(group))
        if item.get_closest_marker("slow") and not item.get_closest_marker("long"):
            slow.add(group)
    items.sort(key=lambda item: next(item.iter_markers("xdist_group")).args[0] not in slow)


@pytest.fixture(scope="session", autouse=True)
def answers_once() -> Iterator[None]:
    """What ``reuse`` says, unless it is not wanted."""
    if not reuse.is_wanted():
        yield
        return
    with reuse.reusing():
        yield


@pytest.fixture(scope="session")
def specimen() -> Path:
    """The shipped sample: 11 pages, 2 units, 51 projects, 171 indicators."""
    return SPECIMEN


@pytest.fixture(scope="session")
def project_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A copy of the project's configuration, served for all who ask; the data folder holds the sample."""
    folder, data_dir = tmp_path_factory.mktemp("project"), tmp_path_factory.mktemp("elsewhere")
    copy_configuration(folder)
    shutil.copytree(SPECIMEN.parent, data_dir / "raw" / SPECIMEN.parent.name)
    with dagster_dev(folder, own_environment(data_dir)) as served:
        yield served
    assert {path.name for path in folder.iterdir()} >= {".dagster", "dagster.yaml"}


@pytest.fixture
def context(tmp_path: Path) -> RunContext:
    """A run over an empty data folder."""
    paths = DataPaths(tmp_path / "data")
    paths.raw_dir.mkdir(parents=True)
    return RunContext(paths, "test-run", datetime(2024, 3, 1, tzinfo=UTC))


@pytest.fixture
def put_pdf(context: RunContext) -> Callable[..., Path]:
    """Put a PDF (a file to copy, or a disclosure to draw) into a year's folder; returns its path."""

    def put(
        source: Path | Disclosure, name: str, year: int | str = 2024, layout: Layout | None = None
    ) -> Path:
        target = context.paths.raw_dir / str(year) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(source, Path):
            shutil.copy(source, target)
        else:
            draw_disclosure(source, target, layout)
        return target

    return put
