# Two verbs are all a fresh machine needs: `make run` and `make test`.

PYTHON ?= python3
PORT ?= 8501
WORKERS ?= 2
BIN := .venv/bin
# In memory where it can be: the tests' databases wait for the disk most of their time (measured: six times faster).
MEMORY := $(shell test -w /dev/shm && echo /dev/shm || echo $${TMPDIR:-/tmp})
PYTEST := TMPDIR=$(MEMORY) $(BIN)/python -m pytest
MANY := -n $(WORKERS) --dist loadfile

# One thread a process: the tests fill the cores by themselves, and threads that wait for each other are slower than none.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help run test check lint lock focus-check clean

help: ## list these verbs
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' $(MAKEFILE_LIST)

run: .venv/.app ## start the app and print its address
	@echo
	@echo "  ClaudePrompter is at http://127.0.0.1:$(PORT)  (Ctrl+C stops it)"
	@echo
	@$(BIN)/python -m streamlit run app.py --server.port $(PORT)

test: lint ## everything: lint, types, all tests with pages and a browser
	@$(BIN)/python tests/chromium.py
	@# The browser has both cores to itself: its tests measure how soon a page answers. What fails is tried once more by
	@# itself, and says so: a busy machine may make a test wait too long, a fault fails twice.
	@status=0; \
	$(PYTEST) $(MANY) -m "not e2e" || { echo "FAILED ONCE, trying what failed again:"; \
		$(PYTEST) --last-failed -m "not e2e"; } || status=1; \
	$(PYTEST) -m e2e || { echo "FAILED ONCE, trying what failed again:"; $(PYTEST) --last-failed -m e2e; } || status=1; \
	exit $$status

check: lint ## lint, types and unit tests, in under a minute
	$(PYTEST) $(MANY) -q -m "not ui and not e2e and not postgres"

lint: .venv/.dev ## style, types and the one-way imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: .venv/.dev ## compile requirements.txt anew from pyproject.toml
	PATH="$(CURDIR)/$(BIN):$$PATH" sh tests/lock.sh

focus-check: .venv/.dev ## the official validator on FOCUS exports (Python 3.12, its own 644 MB)
	$(BIN)/python -m tests.focus_check

clean: ## remove the virtual environment and caches; data stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.venv/.app: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; this is $$($(PYTHON) --version). Try: make run PYTHON=python3.12"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/.dev: .venv/.app tests/requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
	@touch $@
