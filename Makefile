# Everything is set up in .venv; nothing outside this folder is changed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv pip install --quiet --python $(BIN)/python
BRIEF  ?= Colourless film, Tg above 250 °C, dielectric constant below 2.8, no fluorine, made by polycondensation
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow check gpu embed chat clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-10s %s\n", $$1, $$2}'

$(VENV)/.uv:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Polysmith needs Python 3.11 or newer; name one with: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	@touch $@

$(VENV)/.core: $(VENV)/.uv pyproject.toml
	$(UV) -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	$(UV) -e '.[dev]'
	@touch $@

install: $(VENV)/.core ## install the core

demo: $(VENV)/.core ## run a real design brief to a printed, saved report
	$(BIN)/polysmith design "$(BRIEF)"

test: $(VENV)/.dev ## run the tests
	$(BIN)/python -m pytest

test-slow: $(VENV)/.dev ## run the slow tests as well
	$(BIN)/python -m pytest -m 'slow or not slow'

check: $(VENV)/.dev ## lint, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

embed: $(VENV)/.core ## add contextual embeddings (torch)
	$(BIN)/python -m pip install --quiet -e '.[embed]'

chat: $(VENV)/.core ## add the chat's packages
	$(UV) -e '.[chat]'

gpu: $(VENV)/.core ## use faiss-gpu instead of faiss-cpu (they share one module: never both)
	$(BIN)/uv pip uninstall --quiet --python $(BIN)/python faiss-cpu
	$(UV) 'faiss-gpu>=1.14.3'

clean: ## remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache build *.egg-info
