"""The scene that all tests of this folder share."""

from __future__ import annotations

import pytest

from zc_pipeline_tests.crash.scene import SECOND_ROUND, Scene, make_scenes


@pytest.fixture(scope="session")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A data folder with something new since its last run; to be copied, never run over itself."""
    return make_scenes(tmp_path_factory.mktemp("scene"), (SECOND_ROUND,))[SECOND_ROUND]
