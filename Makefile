# Every target sets up what it needs: python3, its venv module and make are enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CODE := hpq tests bench

.PHONY: demo test lint bench clean help
help:
	@echo "make demo    a small search from end to end, with its picture (five minutes at most)"
	@echo "make test    lint and all tests"
	@echo "make lint    ruff and mypy"
	@echo "make bench   the benchmarks behind the figures in the docs"

demo: $(VENV)/installed
	$(BIN)/hpq demo

test: lint
	$(BIN)/pytest -n 2

lint: $(VENV)/installed-dev
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy

bench: $(VENV)/installed-bench
	$(BIN)/python bench/queues.py
	$(BIN)/python bench/reader.py
	$(BIN)/python bench/monitor.py
	$(BIN)/python bench/model.py
	$(BIN)/python bench/samplers.py
	$(BIN)/python bench/statistics.py

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "hpq needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) -V 2>&1); try make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "python3 -m venv failed: install the venv module (Debian, Ubuntu: apt install python3-venv) and try again"; exit 1; }

# torch first and alone: under the constraint it is one wheel, and no other package may choose another.
$(VENV)/installed: $(VENV)/bin/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install -q -c constraints.txt torch
	$(BIN)/python -m pip install -q -c constraints.txt -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[dev]'
	@touch $@

$(VENV)/installed-bench: $(VENV)/installed-dev
	$(BIN)/python -m pip install -q -c constraints.txt -e '.[dev,bench]'
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache
