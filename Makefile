# A fresh machine needs Python 3.11 or newer and make; everything else comes from requirements.lock.
# Written for POSIX sh and GNU make 3.81, so that it runs on macOS as it is.

BIN := .venv/bin
STAMP := .venv/.installed
# The first Python that is new enough; `make report PYTHON=/path/to/python` chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)

# One version of each package for every system, with hashes and without the address of a registry.
LOCKED := --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock" $(if $(UPGRADE),--upgrade) --quiet
# Spark is large and most do without it: `make spark` adds it, and with it its tests run.
SPARK_STAMP := .venv/.spark

WORKSPACE ?= data/sample_shop
AS_OF ?= 2026-10-31

# Kernels run on this environment's Python, whatever else is installed for the user.
export JUPYTER_PREFER_ENV_PATH := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help report lab spark test notebooks lint types contracts docs check format lock clean setup anew

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

report: $(STAMP) ## Run the notebooks on the sample shop and write the report (WORKSPACE=..., AS_OF=...)
	@$(BIN)/segment-lib report "$(WORKSPACE)" --as-of "$(AS_OF)"

# JupyterLab asks no server for news or newer versions: nothing leaves the machine unasked.
lab: $(STAMP) ## Open JupyterLab on the notebooks (ARGS=--no-browser)
	@$(BIN)/python -m jupyterlab --LabApp.default_url=/lab/tree/notebooks --LabApp.news_url=None \
		--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate $(ARGS)

spark: $(SPARK_STAMP) ## Add Spark to .venv (400 MB; needs Java 17 or newer to run)
$(SPARK_STAMP): $(STAMP) requirements-spark.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements-spark.lock
	@touch $@

test: $(STAMP) ## Run the tests and the examples in the documentation
	@$(BIN)/python -m pytest

notebooks: $(STAMP) ## Execute every notebook
	@$(BIN)/python -m pytest --nbval-lax --nbval-current-env notebooks/

lint: $(STAMP) ## Check style (ruff)
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check

types: $(STAMP) ## Check types (mypy)
	@$(BIN)/mypy

contracts: $(STAMP) ## Check which module imports which (import-linter)
	@$(BIN)/lint-imports --no-logo

docs: $(STAMP) ## Check that everything public is documented (numpydoc)
	@find segment_lib -name '*.py' -exec $(BIN)/python -m numpydoc lint {} +

check: lint types contracts docs test notebooks ## Run every check

format: $(STAMP) ## Format the code and sort its imports
	@$(BIN)/ruff format --quiet
	@$(BIN)/ruff check --select I --fix --quiet

lock: $(STAMP) ## Bring requirements.lock up to pyproject.toml (UPGRADE=1: newest versions)
	@$(BIN)/uv pip compile $(LOCKED) --extra lab --extra postgres --extra dev pyproject.toml -o requirements.lock
	@sed -n 's/^spark = \["\(.*\)"\]/\1/p' pyproject.toml | $(BIN)/uv pip compile $(LOCKED) - -o requirements-spark.lock
	@echo "Wrote requirements.lock and requirements-spark.lock; the next make installs them."

clean: ## Remove .venv, caches, and what runs wrote for the sample shop
	@echo "Removing .venv, caches (__pycache__, .ipynb_checkpoints, .pytest_cache, .mypy_cache, .ruff_cache,"
	@echo "  .hypothesis, .import_linter_cache), reports/sample_shop, and tables, audiences, tasks in data/sample_shop."
	@echo "Other workspaces and their reports stay."
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache reports/sample_shop \
		data/sample_shop/tables data/sample_shop/audiences data/sample_shop/tasks
	@find segment_lib tests notebooks benchmarks -type d \( -name __pycache__ -o -name .ipynb_checkpoints \) \
		-prune -exec rm -rf {} + 2>/dev/null || true

setup: $(STAMP) # for other targets and scripts; every target does it where it is needed

# The stamp is written last: a set-up that failed or was interrupted is done again. It holds the folder's path, since an
# environment remembers where it was made: in a folder that was moved or copied it is made anew.
ifneq ($(shell cat $(STAMP) 2>/dev/null),$(CURDIR))
$(STAMP): anew
endif
anew:
$(STAMP): requirements.lock pyproject.toml
	@set -eu; \
	python="$(PYTHON)"; python="$${python:-python3}"; \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || { \
		found="$$("$$python" --version 2>&1)" || found="not to be found"; \
		echo "Python 3.11 or newer is needed; $$python is $$found." \
			"Install one, or name it: make PYTHON=/path/to/python3.12" >&2; exit 1; }; \
	"$$python" -c 'import ensurepip, venv' >/dev/null 2>&1 || { \
		echo "$$python cannot make virtual environments; install its venv module (Debian, Ubuntu: python3-venv)." >&2; \
		exit 1; }; \
	if [ "$$(cat $@ 2>/dev/null)" = "$(CURDIR)" ]; then \
		echo "Bringing .venv up to date ..."; rm $@; \
	else \
		echo "Setting up .venv (once, about a minute) ..."; "$$python" -m venv --clear .venv; \
	fi; \
	sed -n '/^uv==/,/# via/p' requirements.lock > .venv/uv.txt; \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r .venv/uv.txt; \
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock || { \
		echo "uv did not succeed (above); pip tries, which takes a few minutes ..." >&2; \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock; }; \
	$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	printf '%s\n' "$(CURDIR)" > $@; \
	echo "Set up with $$($(BIN)/python --version)."
