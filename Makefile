VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
STAMP := $(VENV)/.agnox-
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format docs run clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP)dev ## Make .venv with everything in it

# A stamp an extra: the demo needs a third of what the tests need. uv halves the time, pip alone does as well. Compiled
# now, as some systems forbid it later.
$(STAMP)%: pyproject.toml client/pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; $(PYTHON) is " \
		+ sys.version.split()[0] + ". Name another one, as in: make $(or $(MAKECMDGOALS),setup) PYTHON=python3.13")'
	@echo "Installing into $(VENV) ..."
	@if command -v uv >/dev/null 2>&1; then \
		uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(VENV) && \
		uv pip install --quiet --compile-bytecode --python $(BIN)/python -e ./client -e '.[$*]'; \
	else \
		$(PYTHON) -m venv $(VENV) && \
		if $(PIP) uv 2>/dev/null; then \
			$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -e ./client -e '.[$*]'; \
		else \
			$(PIP) -e ./client -e '.[$*]'; \
		fi; \
	fi
	@touch $(STAMP)demo $@

demo: $(STAMP)demo ## Show the main job on a simulated git host: HOST=github|gitlab|azure|gitea (AGNOX_DEMO=once ends by itself)
	@$(BIN)/agnox demo $(if $(HOST),--host $(HOST)) $(if $(filter once,$(AGNOX_DEMO)),--once)

test: setup ## Run all tests and report branch coverage
	@$(BIN)/python -m pytest -n 4 --dist loadfile --cov --cov-report=term:skip-covered $(ARGS)

check: setup ## Format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: setup ## Put the code into shape
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

docs: setup ## Write the pages that come from the code
	@$(BIN)/python -m bot.cli.pages docs

run: $(STAMP)demo ## Run the bot on this machine with the embedded database and queue
	@$(BIN)/agnox serve

clean: ## Remove .venv and what the tools left
	@rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
