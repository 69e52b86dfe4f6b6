# Every target does its own set-up: a virtual environment in .venv with the locked packages.
# A stamp file remembers what was installed, so only a changed lock or project file costs time.

PY := .venv/bin/python
STAMP := .venv/.installed
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow test-chaos lint format types imports generated check bench bench-sdk fidelity generate lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

$(STAMP): pyproject.toml requirements-dev.txt tools/setup.sh
	@sh tools/setup.sh
	@touch $@

setup: $(STAMP) ## Make .venv with everything that development needs

demo: $(STAMP) ## Run a traced agent and show its trace; ARGS=--once to exit afterwards
	@$(PY) -m spanbridge_ingest demo $(ARGS)

test: $(STAMP) ## Run the default tests; ARGS="-k name" to choose
	@$(PY) -m pytest -q -n 2 --dist loadfile $(ARGS)

test-slow: $(STAMP) ## Run the long tests
	@$(PY) -m pytest -q -n 2 --dist loadfile -m "slow and not chaos" --timeout 900 $(ARGS)

test-chaos: $(STAMP) ## Run the tests of crashes and outages, which need the machine for themselves
	@$(PY) -m pytest -q -m chaos --timeout 900 $(ARGS)

lint: $(STAMP) ## Check style and formatting
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

format: $(STAMP) ## Apply style and formatting
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

types: $(STAMP) ## Check types, strictly
	@$(PY) -m mypy

imports: $(STAMP) ## Check which part may import which
	@.venv/bin/lint-imports --no-cache

generated: $(STAMP) ## Check that committed generated files are current
	@sh tools/generate.sh --check

generate: $(STAMP) ## Write the generated files anew
	@sh tools/generate.sh

check: lint types imports generated test ## Everything a change must pass

bench: $(STAMP) ## Measure ingest; prints one JSON document
	@$(PY) benchmarks/ingest.py $(ARGS)

bench-sdk: $(STAMP) ## Measure what tracing costs an application, beside other ways; ARGS=--json
	@$(PY) benchmarks/sdk.py $(ARGS)

fidelity: $(STAMP) ## Measure how exactly recordings are read; ARGS="--emitter NAME", --json, --check
	@$(PY) -m benchmarks.fidelity $(ARGS)

lock: $(STAMP) ## Resolve requirements-dev.txt anew from pyproject.toml
	@sh tools/lock.sh $(ARGS)

clean: ## Remove the environment and every cache
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist
