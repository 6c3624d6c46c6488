# Kaiku's chores. `make` alone tells them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
LINT := $(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && $(BIN)/mypy && $(BIN)/lint-imports --no-logo

# What differs by database: every question asked of it, the loop as people meet it, and each channel once.
ON_POSTGRESQL := tests/storage tests/channels/test_contract.py $(addprefix tests/handlers/test_, \
	acting.py digests.py each.py filters.py receive.py respond.py dashboard_days.py) \
	$(addprefix tests/journeys/test_, main_loop.py cases.py digests.py exporting.py forgetting.py reading.py sealed_words.py)

.PHONY: help demo run check test faults simulation test-postgresql test-sealed test-teams bench fuzz mutants peers pins format clean

help: ## tell what can be done
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## try it: sandbox channel in the browser, no accounts, nothing leaves the machine
	@$(BIN)/python -m bot demo

run: $(VENV)/.runtime ## serve with the settings of the environment and .env
	@$(BIN)/python -m bot run

check: $(VENV)/.dev ## format, lint, types, arrows and each part by itself: a minute
	@$(LINT)
	@$(BIN)/pytest -q -n 2 -m "not peer and not browser and not slow and not whole" --hypothesis-profile=quick \
	  --ignore=tests/journeys --ignore=tests/channels --ignore=tests/browser --ignore=tests/faults

# A run of tests under a name. With PATIENT=yes those that failed are tried once more, one after the other: peers,
# browsers and kills share two cores, and a fault fails twice, a crowded machine does not. Three at a time, for they wait
# for one another: with two, two cores rest a third of the time.
SUITE = $(BIN)/pytest -q -o cache_dir=.pytest_cache/$(1) $(2)
RUN = $(call SUITE,$(1),-n 3 $(2)) || { test $$? = 1 -a "$(PATIENT)" && echo "Those that failed, alone:" && \
	$(call SUITE,$(1),--last-failed --last-failed-no-failures none $(2)); }

test: $(VENV)/.dev peers ## everything: check's linters, the whole suite with peers and browser
	@$(LINT)
	@$(call RUN,sqlite)
	@echo "And what remembers, once more on PostgreSQL …"
	@$(call RUN,postgresql,-m "not peer and not browser and not slow" --database postgresql $(ON_POSTGRESQL))

test-postgresql: $(VENV)/.dev peers ## the whole suite on PostgreSQL, of a server that the tests start
	@$(BIN)/pytest -q -n 2 --database postgresql

test-sealed: $(VENV)/.dev peers ## the whole suite with what people write sealed in every database
	@$(BIN)/pytest -q -n 2 --sealed

faults: $(VENV)/.dev peers ## kill it a thousand times, and every fault of docs/faults.md with three seeds; half an hour
	@$(BIN)/pytest -q -n 2 tests/faults --rounds 3 --deselect tests/faults/test_kills.py
	@$(BIN)/pytest -q tests/faults/test_kills.py --kills 1000 --timeout 3600

SEED ?= 1
simulation: $(VENV)/.dev ## a year of an organisation in virtual time, with everything going wrong: make simulation SEED=7
	@$(BIN)/python -m tests.simulation --seed $(SEED)

coverage: $(VENV)/.dev peers ## the whole suite once more, counting which lines it reached; takes twice as long
	@$(BIN)/pytest -q -n 2 --cov --cov-report=term:skip-covered

test-teams: $(VENV)/.dev ## the loop in Microsoft's Agents Playground (installed on demand; licensed for evaluation)
	@$(BIN)/pytest -q tests/bot/channels/teams/playground.py

bench: $(VENV)/.dev ## measure what the promises about speed rest on
	@$(BIN)/python -m tests.benchmarks

mutants: $(VENV)/.dev ## change the rules one sign at a time and see whether their tests notice; an hour
	@$(BIN)/python -m tests.mutants

fuzz: $(VENV)/.dev ## feed every reader of what comes in with hostile bytes: half an hour
	@$(BIN)/python -m tests.fuzzing

peers: $(VENV)/.dev ## install what tests need beyond Python: npm packages, Chromium
	@$(BIN)/python -m tests.peers.install

COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make pins"

pins: $(VENV)/.dev ## compile requirements*.txt anew from pyproject.toml
	@echo "Compiling the pins …"
	@$(COMPILE) --upgrade --output-file requirements.txt
	@for extra in teams matrix oidc parquet postgres; do \
	  $(COMPILE) --upgrade --extra $$extra --constraint requirements.txt --output-file requirements-$$extra.txt; done
	@$(COMPILE) --upgrade --all-extras --group dev --constraint requirements.txt --output-file requirements-dev.txt

format: $(VENV)/.dev ## put the code into its one shape
	@$(BIN)/ruff check --quiet --fix . || true
	@$(BIN)/ruff format .

clean: ## remove the environment, the caches and the results of runs
	@rm -rf $(VENV) mutants .cache .coverage .coverage.* htmlcov .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@rm -rf .import_linter_cache tests/peers/node_modules
	@find bot handlers storage tests -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Kaiku needs Python 3.11 or newer; $(PYTHON) is older or not there. Say which one: make PYTHON=python3.12 …" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
	  echo "$(PYTHON) cannot make environments. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "Making the environment $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(VENV)/bin/python
	@echo "Installing what Kaiku runs on (requirements.txt); the first time takes a minute …"
	@$(PIP) install --require-hashes -r requirements.txt
	@touch $@

# The development pins hold the runtime pins too.
$(VENV)/.dev: requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what Kaiku is built and tested with (requirements-dev.txt); the first time takes a minute or two …"
	@$(PIP) install --require-hashes -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime
