#!/bin/sh
# The container's way in: write the instance's dagster.yaml as the environment says, then run the program.
# Where DAGSTER_INSTANCE_GIVEN is set, somebody else brings that file, as Dagster's Helm chart does.
set -eu
here=$(dirname "$0")
[ -n "${DAGSTER_INSTANCE_GIVEN:-}" ] || python "$here/instance.py" "$DAGSTER_HOME"
exec "$@"
