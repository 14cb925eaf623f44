# The workflow, written down. `make help` lists the targets.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ORACLES := .venv-oracles
PIP_QUIET := --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup run test lint types unit format bench oracles lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.installed ## create .venv and install from the lock; leaves .venv/bin/archiver

run: setup ## start scheduler.py with config.toml
	@$(BIN)/python scheduler.py

test: lint types unit ## lint, types and every test

lint: $(VENV)/.installed-dev
	@$(BIN)/ruff check . && $(BIN)/ruff format --check --quiet .

types: $(VENV)/.installed-dev
	@$(BIN)/mypy

unit: $(VENV)/.installed-dev
	@$(BIN)/pytest -n auto --dist loadgroup

format: $(VENV)/.installed-dev ## put the code into its form
	@$(BIN)/ruff check --fix-only --quiet . ; $(BIN)/ruff format .

bench: $(VENV)/.installed-dev ## print the figures of docs/reference/performance.md
	@$(BIN)/python -m bench

oracles: $(ORACLES)/.installed ## other people's tools that judge our files, in .venv-oracles

lock: $(VENV)/.installed-dev ## make the lock files again from pyproject.toml
	@$(VENV)/bin/python -m pip install $(PIP_QUIET) uv
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command 'make lock' --extra build pyproject.toml \
	    --output-file requirements/run.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command 'make lock' --extra build --extra dev --constraint requirements/run.lock pyproject.toml \
	    --output-file requirements/dev.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --custom-compile-command 'make lock' requirements/oracles.in --output-file requirements/oracles.lock

clean: ## remove what make created (never the archive in data/)
	rm -rf $(VENV) $(ORACLES) .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; %s is %s. Name another with make PYTHON=…" % (sys.executable, sys.version.split()[0])) if sys.version_info < (3, 11) else None'
	@echo "Creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements/run.lock pyproject.toml | $(BIN)/python
	@echo "Installing from requirements/run.lock (once; about a minute)"
	@$(BIN)/python -m pip install $(PIP_QUIET) --require-hashes -r requirements/run.lock
	@$(BIN)/python -m pip install $(PIP_QUIET) --no-deps --no-build-isolation --editable .
	@$(BIN)/archiver replay install --optional
	@touch $@

$(VENV)/.installed-dev: requirements/dev.lock $(VENV)/.installed
	@echo "Installing the development tools from requirements/dev.lock"
	@$(BIN)/python -m pip install $(PIP_QUIET) --require-hashes -r requirements/dev.lock
	@touch $@

$(ORACLES)/.installed: requirements/oracles.lock
	@echo "Installing other people's checkers into $(ORACLES)"
	@$(PYTHON) -m venv $(ORACLES)
	@$(ORACLES)/bin/python -m pip install $(PIP_QUIET) --require-hashes -r requirements/oracles.lock
	@touch $@
