# Needs only make and Python 3.11 or newer. Another Python, beside the first one:
#   make test PYTHON=python3.13 VENV=.venv313

PYTHON ?= python3
VENV ?= .venv

BIN := $(VENV)/bin
PARALLEL := --numprocesses auto --dist worksteal
QUICK := --hypothesis-profile quick # fewer examples of each law; `coverage` tries more
INSTALL := -m pip install --quiet --disable-pip-version-check
heading = @printf '\n== %s\n' '$(1)'

.PHONY: help demo test check lint types imports coverage docs wheel lowest bench calibrate format clean
.NOTPARALLEL: # the steps of `check` come in order
.PRECIOUS: %/bin/python

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 16

demo: $(VENV)/.installed ## the library at work, on a real survey
	@$(BIN)/python examples/airport.py

test: $(VENV)/.installed-dev ## the tests, without the slow ones
	@$(BIN)/python -m pytest $(PARALLEL) $(QUICK)

check: lint types imports coverage docs wheel lowest ## everything that has to hold

lint: $(VENV)/.installed-dev ## ruff: rules and layout
	$(call heading,Lint: ruff)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: $(VENV)/.installed-dev ## mypy, strict
	$(call heading,Types: mypy)
	@$(BIN)/mypy

imports: $(VENV)/.installed-dev ## imports go one way
	$(call heading,Imports: import-linter)
	@$(BIN)/lint-imports --no-logo

coverage: $(VENV)/.installed-dev ## all tests and doctests; every branch is run
	$(call heading,Tests: all of them with the doctests and branch coverage)
	@$(BIN)/python -m pytest $(PARALLEL) -m '' --cov --doctest-modules --doctest-glob='*.md' tests src README.md docs

docs: $(VENV)/.installed-docs ## the site, strict, with every public name
	$(call heading,Docs: mkdocs)
	@$(BIN)/python tools/check_reference.py
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

wheel: $(VENV)/.installed-dev ## the wheel, built and imported alone
	$(call heading,Wheel: built and imported in an empty environment)
	@rm -rf dist
	@$(BIN)/python -m build -qq --outdir dist
	@$(PYTHON) -m venv --clear $(VENV)-wheel
	@$(VENV)-wheel/bin/python $(INSTALL) dist/*.whl
	@$(VENV)-wheel/bin/python -I -W error -c 'import cxmetrics; print("imported", cxmetrics.__file__)'

lowest: $(VENV)-lowest/.installed ## the tests with the oldest dependencies we promise
	$(call heading,Tests: with the lowest versions of the dependencies)
	@$(VENV)-lowest/bin/python -m pytest $(PARALLEL) $(QUICK)

bench: $(VENV)-bench/.installed ## the speed beside its peers; writes docs/explanation/performance.md
	@$(VENV)-bench/bin/python benchmarks/bench.py

calibrate: $(VENV)/.installed-plots ## whether the methods hold; writes docs/explanation/calibration.md
	@$(BIN)/python benchmarks/calibration.py

format: $(VENV)/.installed-dev ## what ruff can repair by itself
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

clean: ## remove all that the other targets made
	rm -rf $(VENV) $(VENV)-wheel $(VENV)-lowest $(VENV)-bench dist site .coverage .hypothesis .*_cache

# An environment is made once, and brought up to date when pyproject.toml changes.

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo 'Installing cxmetrics into $(VENV)'
	@$(BIN)/python $(INSTALL) --editable .
	@touch $@

$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	@echo 'Installing cxmetrics[$*] into $(VENV)'
	@$(BIN)/python $(INSTALL) --editable '.[$*]'
	@touch $@

$(VENV)-lowest/.installed: pyproject.toml tools/lowest.py | $(VENV)-lowest/bin/python
	@pins=$$($(PYTHON) tools/lowest.py) && echo "Installing $$pins into $(VENV)-lowest" && \
	  $(VENV)-lowest/bin/python $(INSTALL) --editable '.[dev]' $$pins
	@touch $@

# lifelines, one of the peers, needs an older pandas than the tests should have.
$(VENV)-bench/.installed: pyproject.toml | $(VENV)-bench/bin/python
	@echo 'Installing cxmetrics[bench] into $(VENV)-bench'
	@$(VENV)-bench/bin/python $(INSTALL) --editable '.[bench]'
	@touch $@

%/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo 'cxmetrics needs Python 3.11 or newer. Say where it is: make PYTHON=python3.13 ...' >&2; exit 1; }
	@$(PYTHON) -m venv $* || { rm -f $@; \
	  echo 'Python cannot make virtual environments here. Debian, Ubuntu: apt install python3-venv' >&2; exit 1; }
