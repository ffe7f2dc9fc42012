# Everything is set up in .venv; nothing outside this folder is changed.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
UV     := $(BIN)/uv pip install --quiet --python $(BIN)/python
BRIEF  ?= Colourless film, Tg above 250 °C, dielectric constant below 2.8, no fluorine, made by polycondensation
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help install demo test test-slow test-llm test-ui check gpu embed chat serve-env clean

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
	$(BIN)/python -m pytest -m 'not llm and not ui'

test-llm: $(VENV)/.dev ## run the tests against a real served model (after make serve-env)
	$(BIN)/python -m pytest -m llm tests/agent/llm

test-ui: $(VENV)/.dev chat ## run the tests of the chat in a real browser (Chromium and playwright must be there)
	$(BIN)/python -m pytest -m ui tests/browser

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

# vLLM in an environment of its own: with a GPU the wheel of the vLLM project, else a build for processors, which asks for
# torch+cpu: from the folder that UV_FIND_LINKS names, or from PyTorch's own index.
SERVE   := .venv-serve
SERVING := agent/llm/serving
serve-env: $(VENV)/.uv ## install vLLM for polysmith serve (3 GB)
	test -d $(SERVE) || $(PYTHON) -m venv $(SERVE)
	cp -r $(SERVING)/vllm_metadata $(SERVE)/
	if command -v nvidia-smi >/dev/null && nvidia-smi >/dev/null 2>&1; then \
	  $(BIN)/uv pip install --python $(SERVE)/bin/python -r $(SERVING)/requirements-gpu.txt; \
	else \
	  test -n "$$UV_FIND_LINKS" || set -- --torch-backend cpu; \
	  $(BIN)/uv pip install --python $(SERVE)/bin/python "$$@" --override $(SERVING)/overrides-cpu.txt \
	    -r $(SERVING)/requirements-cpu.txt $(SERVE)/vllm_metadata; \
	fi
	$(SERVE)/bin/vllm --version

clean: ## remove the environment and caches
	rm -rf $(VENV) $(SERVE) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache build *.egg-info
