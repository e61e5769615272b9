# One command each. README gives the same steps in plain Python.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
READY_BENCH := $(VENV)/.ready-bench
WORKERS ?= 2

.PHONY: run test test-long dev check golden docs bench lock clean

run: $(READY) ## process everything new below data/raw and publish the tables
	@$(BIN)/zc-pipeline run $(ARGS)

test: $(READY_DEV) ## run the tests, side by side on WORKERS cores
	@$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup --no-loadscope-reorder $(ARGS)

test-long: $(READY_DEV) ## the long forms: Dagster's daemons, all kinds of faults, kills of the real command
	@$(BIN)/python -m pytest -m long $(ARGS)

dev: $(READY) ## the Dagster UI on http://127.0.0.1:3000
	@$(BIN)/dagster dev --host 127.0.0.1 --port 3000

check: $(READY_DEV) ## lint, types, the rule of who imports whom, and known-vulnerable versions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q zc_pipeline_tests/test_rooms.py zc_pipeline_tests/test_docs.py
	@$(BIN)/python tools/audit.py $(AUDIT_ARGS)

golden: $(READY_DEV) ## rewrite the golden files; review them in the diff
	@ZC_REWRITE_GOLDEN=1 $(BIN)/python -m pytest -q zc_pipeline_tests/test_golden.py
	@git --no-pager diff --stat -- zc_pipeline_tests/golden

docs: $(READY_DEV) ## rewrite the pages that are rendered from the code
	@$(BIN)/python -m zc_pipeline.dictionary

bench: $(READY_BENCH) ## measure speed and scale beside their goals; ARGS=--quick for a try, else about an hour
	@$(BIN)/python -m benchmarks.all $(if $(findstring --quick,$(ARGS)),,--write docs/benchmarks.md) $(ARGS)

lock: $(READY_DEV) ## write requirements*.lock anew from pyproject.toml
	@$(BIN)/python tools/lock.py

clean: ## remove the environment and what tools left; data stays
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(READY): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing locked dependencies into $(VENV) (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@

$(READY_DEV): $(READY) requirements-dev.lock
	@echo "Installing locked test dependencies into $(VENV) (once) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@

# Yardsticks, each by itself: what cannot be installed beside the locked versions is skipped, and the table says so.
$(READY_BENCH): $(READY_DEV) benchmarks/requirements.txt
	@echo "Installing what is measured against into $(VENV) (once) …"
	@while read -r yardstick; do \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint requirements.lock \
			--constraint requirements-dev.lock "$$yardstick" </dev/null || echo "Skipped: $$yardstick"; \
	done < benchmarks/requirements.txt
	@touch $@
