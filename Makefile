# For contributors; users need only ./quick_start.sh.
# The static checks of `make check` are in tests/checks/test_checks.py, for here and CI.
PYTHON := .venv/bin/python
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" npm --prefix frontend

.PHONY: check unit engine browser test format types page dev clean

check: ## style, types, imports, the page's tests, the unit tests
	PATH="$(CURDIR)/.venv/bin:$$PATH" $(PYTHON) -m pytest -q -n 2 tests/checks tests/unit tests/parts tests/drawings tests/faults

unit: ## the unit tests alone (seconds)
	$(PYTHON) -m pytest -q -n 2 tests/unit

engine: ## the real AsyncLLMEngine
	$(PYTHON) -m pytest -n 2 tests/engine

browser: ## the page in Chromium
	$(PYTHON) -m pytest -n 2 tests/browser

test: ## all of it, as CI does
	./run_tests.sh

format: ## format the Python and the page's code
	$(PYTHON) -m ruff check --fix . ; $(PYTHON) -m ruff format . ; $(NPM) run format

types: ## make the page's types from the backend's models
	$(NPM) run types

page: ## build the page
	$(NPM) run build

dev: ## the page from its sources, with a server that runs on port 8000
	$(NPM) run dev

clean: ## remove generated files
	rm -rf frontend/dist frontend/node_modules .mypy_cache .ruff_cache .pytest_cache test-results
