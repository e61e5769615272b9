"""The values for Dagster's Helm chart: their names, and what the instance and the runs become of them.

The chart's own schema is no package that could be installed here; ``helm lint`` checks against it. What is
checked: every name and type against a schema of the parts used, what Dagster itself makes of the settings,
and that they are those of the project's ``dagster.yaml``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from zc_pipeline.settings import Settings, variable_of
from zc_pipeline_tests.conftest import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
VALUES: dict[str, Any] = yaml.safe_load((FOLDER / "values.yaml").read_text(encoding="utf-8"))
SCHEMA = json.loads((FOLDER / "values.schema.json").read_text(encoding="utf-8"))
OWN: dict[str, Any] = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
(DEPLOYMENT,) = VALUES["dagster-user-deployments"]["deployments"]
LAUNCHER = VALUES["runLauncher"]["config"]["k8sRunLauncher"]
ENVIRONMENT = {one["name"]: one["value"] for one in DEPLOYMENT["env"]}


def test_names_and_types() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(VALUES, SCHEMA)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("dagsterDaemon", "runCoordinator", "config", "queuedRunCoordinator", "maxConcurrentRun"), 1),
        (("dagsterDaemon", "runCoordinator", "config", "queuedRunCoordinator", "maxConcurrentRuns"), "one"),
        (("runLauncher", "config", "k8sRunLauncher", "env"), []),
        (("runLauncher", "config", "k8sRunLauncher", "resources", "limits", "memory"), "6 GB"),
        (("userDeployments",), {}),
        (("postgresql", "postgresqlPassword"), "secret"),
    ],
)
def test_a_name_or_a_type_that_is_wrong_is_refused(place: tuple[str, ...], value: object) -> None:
    values = json.loads(json.dumps(VALUES))
    *way, last = place
    part = values
    for name in way:
        part = part[name]
    part[last] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(values, SCHEMA)


def test_the_instance_is_that_of_the_project() -> None:
    """What stands in dagster.yaml stands here too, in the chart's words."""
    coordinator = VALUES["dagsterDaemon"]["runCoordinator"]["config"]["queuedRunCoordinator"]
    assert coordinator["maxConcurrentRuns"] == OWN["concurrency"]["runs"]["max_concurrent_runs"]
    for name, block in VALUES["additionalInstanceConfig"].items():
        assert block == OWN[name], name
    for name, block in (("runMonitoring", "run_monitoring"), ("runRetries", "run_retries")):
        assert not VALUES["dagsterDaemon"][name]["enabled"]  # else the block would stand there twice
        assert block in VALUES["additionalInstanceConfig"]
    for name in ("sensors", "schedules"):
        own = {_camel(key): value for key, value in OWN[name].items()}
        assert VALUES["dagsterDaemon"][name] == own
    for kind in ("sensor", "schedule"):
        kept = OWN["retention"][kind]["purge_after_days"]
        assert VALUES["retention"][kind]["purgeAfterDays"] == kept
    assert VALUES["pythonLogs"] == {_camel(key): value for key, value in OWN["python_logs"].items()}
    assert VALUES["telemetry"] == OWN["telemetry"]


def _camel(name: str) -> str:
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


def test_dagster_takes_what_the_chart_hands_on() -> None:
    """Dagster's own check of an instance's settings, and of what its launcher of Kubernetes jobs takes."""
    pytest.importorskip("dagster_k8s", reason="dagster-k8s is not installed (extra kubernetes)")
    from dagster._config import process_config, resolve_to_config_type
    from dagster._core.instance.config import dagster_instance_config_schema
    from dagster_k8s import K8sRunLauncher

    instance = {
        **VALUES["additionalInstanceConfig"],
        "python_logs": OWN["python_logs"],
        "retention": OWN["retention"],
        "run_coordinator": {
            "module": "dagster.core.run_coordinator",
            "class": "QueuedRunCoordinator",
            "config": {"max_concurrent_runs": 1},
        },
    }
    done = process_config(resolve_to_config_type(dagster_instance_config_schema()), instance)
    assert done.success, done.errors
    run_config = LAUNCHER["runK8sConfig"]
    launcher = {
        "service_account_name": "dagster",
        "dagster_home": "/opt/dagster/dagster_home",
        "instance_config_map": "dagster-instance",
        "postgres_password_secret": "dagster-postgresql-secret",
        "image_pull_policy": LAUNCHER["imagePullPolicy"],
        "load_incluster_config": LAUNCHER["loadInclusterConfig"],
        "resources": LAUNCHER["resources"],
        "volumes": DEPLOYMENT["volumes"],
        "volume_mounts": DEPLOYMENT["volumeMounts"],
        "run_k8s_config": {
            "pod_spec_config": run_config["podSpecConfig"],
            "job_spec_config": run_config["jobSpecConfig"],
        },
    }
    done = process_config(resolve_to_config_type(K8sRunLauncher.config_type()), launcher)
    assert done.success, done.errors


def test_settings_are_settings_and_the_volume_is_where_they_say() -> None:
    known = {variable_of(name) for name in Settings.model_fields}
    assert {name for name in ENVIRONMENT if name.startswith("ZC_")} <= known
    (volume,) = DEPLOYMENT["volumes"]
    (mount,) = DEPLOYMENT["volumeMounts"]
    assert mount == {"name": volume["name"], "mountPath": ENVIRONMENT["ZC_DATA_DIR"]}
    assert DEPLOYMENT["includeConfigInLaunchedRuns"]["enabled"]


def test_a_run_has_the_cores_and_the_memory_that_its_readers_may_take() -> None:
    limits = LAUNCHER["resources"]["limits"]
    workers = int(ENVIRONMENT["ZC_WORKERS"])
    assert limits["cpu"] == ENVIRONMENT["ZC_WORKERS"]
    assert int(limits["memory"].removesuffix("Gi")) * 1024 > workers * Settings().max_memory_mb


def test_the_image_and_its_user_are_those_of_the_container_file() -> None:
    text = (ROOT / "deploy" / "Containerfile").read_text(encoding="utf-8")
    extras = re.search(r'"\.\[([a-z0-9,]+)\]"', text)
    assert extras is not None
    assert {"dask", "kubernetes", "postgres"} <= set(extras[1].split(","))
    user = int(re.findall(r"^USER (\d+)$", text, re.M)[-1])
    assert DEPLOYMENT["podSecurityContext"]["runAsUser"] == user
    assert LAUNCHER["runK8sConfig"]["podSpecConfig"]["security_context"]["run_as_user"] == user


def test_the_image_leaves_an_instance_that_is_given_as_it_is(tmp_path: Path) -> None:
    """The chart mounts dagster.yaml, which cannot be replaced."""
    environment = {**os.environ, "DAGSTER_INSTANCE_GIVEN": ENVIRONMENT["DAGSTER_INSTANCE_GIVEN"]}
    environment["DAGSTER_HOME"] = str(tmp_path / "not_there")
    entry = ROOT / "deploy" / "entry.sh"
    done = subprocess.run([entry, "echo", "ran"], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "ran\n"
    assert not (tmp_path / "not_there").exists()
