# What people do here. Python 3.11 or newer is enough for `make run`; it works from any folder: make -C PATH run.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
RUN_READY := .venv/ready-to-run
TEST_READY := .venv/ready-to-test
# The modules that make pages and schemas from the code, each when run by itself.
PAGES := adapters.settings_page adapters.postgres.data_dictionary adapters.reference
# Each has servers of its own, and mostly waits for them: some 700 MB a process.
PROCESSES ?= 3
PIP_INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: help run test soak bench lint format docs wheel clean

help: ## Show this.
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

run: $(RUN_READY) ## Start everything on this machine with sample data; Ctrl-C ends it, the data stay.
	@$(BIN)/launchpad run

test: lint ## Check style, types and imports, then run every test, on real servers. ARGS="-k app" picks some; PROCESSES=0 runs them one after the other.
	$(BIN)/python -m pytest --numprocesses=$(PROCESSES) --dist=loadfile --no-loadscope-reorder $(ARGS)

soak: $(TEST_READY) ## The same tests at large counts; PART=spine picks a part, SEED=1 repeats a run.
	@seed=$${SEED:-$$($(BIN)/python -c 'import secrets; print(secrets.randbelow(2**32))')}; \
	echo "SEED=$$seed"; \
	$(BIN)/python -m pytest --counts=soak --timeout=3600 --hypothesis-seed=$$seed $(if $(PART),-m part_$(PART)) $(ARGS)

bench: $(TEST_READY) ## Measure, beside what it is measured against; writes bench/results.json.
	$(BIN)/python -m bench $(ARGS)

lint: $(TEST_READY) ## Style, types, and who may import whom.
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-cache > .venv/imports.txt || { cat .venv/imports.txt; exit 1; }

format: $(TEST_READY) ## Format the code, and mend what can be mended without thought.
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format --quiet

docs: $(TEST_READY) ## Make anew the pages and schemas that are generated from the code.
	@for page in $(PAGES); do $(BIN)/python -m $$page || exit 1; done

wheel: $(TEST_READY) ## Build the wheel into dist/.
	$(BIN)/python -m hatchling build -t wheel

clean: ## Remove what was installed and built here; the data of `make run` lie elsewhere and stay.
	rm -rf .venv dist .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
		{ echo "Python 3.11 or newer is needed: set PYTHON=/path/to/it, or on Debian or Ubuntu: sudo apt install python3"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "Python's venv is needed; on Debian or Ubuntu: sudo apt install python3-venv"; exit 1; }
	@$(PYTHON) -m venv .venv

# A second run skips the install, until the pins or the dependencies change.
$(RUN_READY): pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing into .venv, once; this takes a minute or two."
	@$(PIP_INSTALL) --editable '.[local]'
	@touch $@

$(TEST_READY): pyproject.toml constraints.txt | .venv/bin/python
	@echo "Installing into .venv, once; this takes a minute or two."
	@$(PIP_INSTALL) --editable '.[local,test]'
	@touch $(RUN_READY) $@
