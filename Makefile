# Every recipe works from a plain python3 (3.11 or newer): the environment is made on first use.
PYTHON ?= python3
BIN := .venv/bin
MEEDOEN := $(BIN)/python -m meedoen
RUN_TESTS := $(BIN)/python -m pytest
READY := .venv/.ready
MUTMUT := build/mutants/tools

.DEFAULT_GOAL := help
.PHONY: help demo test test-noisy test-rough test-kafka test-ops check bench mutants lint docs sbom advisories up down

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Meedoen needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another with: make PYTHON=python3.12 ...")'
	@echo "Making .venv (once, about a minute) ..."
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY) ## a season, from a first talk to six months of relief
	$(MEEDOEN) demo $(DEMO)

test: $(READY) ## the default tests: Python alone, a real PostgreSQL and the embedded broker
	$(RUN_TESTS) -n auto --maxprocesses 4 --dist loadfile -m "not kafka and not node and not ops" $(PYTEST)

test-noisy: $(READY) ## the default tests on a noisy server: foreign transactions, vacuums, a busy processor
	MEEDOEN_NOISY=1 $(MAKE) test

test-rough: test-noisy ## the earlier name of test-noisy, until the next version

test-kafka: $(READY) ## delivery and faults on Apache Kafka and PostgreSQL
	MEEDOEN_REQUIRE_KAFKA=1 $(RUN_TESTS) -m kafka $(PYTEST)

test-ops: $(READY) ## dashboards and alerts against a real Prometheus, with a known load; skipped where there is none
	$(RUN_TESTS) -m ops $(PYTEST)

lint: $(READY) ## style, types and import directions
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy
	$(BIN)/python -c 'import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())'

docs: $(READY) ## write the generated pages: schemas, catalogue, AsyncAPI, OpenAPI, tables
	$(MEEDOEN) docs

bench: $(READY) ## every figure beside its floor, to build/bench.json
	$(MEEDOEN) bench $(BENCH)

$(MUTMUT)/.ready: requirements/mutants.txt $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --upgrade --target $(MUTMUT) -r requirements/mutants.txt
	@touch $@

mutants: $(MUTMUT)/.ready ## change the code that guards money, bit by bit, and list in docs/mutants.md what no test notices
	PYTHONPATH=$(CURDIR)/$(MUTMUT) $(BIN)/python tools/mutants/run.py $(MUTANTS)

sbom: $(READY) ## what ships and what builds it, as CycloneDX, in build/sbom
	$(BIN)/python tools/supply/sbom.py

advisories: $(READY) ## compare the locks with advisories in a folder: ADVISORIES=FOLDER (OSV files)
	$(BIN)/python tools/supply/advisories.py $(ADVISORIES)

up: $(READY) ## start everything here and leave it running
	$(MEEDOEN) up

down: $(READY) ## stop what up started
	$(MEEDOEN) down

check: lint test ## everything CI runs
	$(MEEDOEN) docs --check
	$(RUN_TESTS) -m node $(PYTEST)
	$(MAKE) test-kafka
	$(MAKE) test-ops
