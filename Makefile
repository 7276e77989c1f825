# Everything is set up by itself: uv comes from PyPI where it is missing, every version is pinned in constraints.txt.
PYTHON ?= python3
PERSONA ?=
ARGS ?=
UV := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
BIN := .venv/bin
# Outside the checkout, where `make serve` would take what is installed for changed sources and start again.
EVALS := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/langgraph-roleplay/evals-$(firstword $(shell echo "$(CURDIR)" | cksum))
EVALS_PYTHON := PYTHONPATH=$(EVALS)/sources $(EVALS)/bin/python
SOURCES := pyproject.toml $(wildcard *.py */*.py */*/*.py */*.md */*.html */*.jsonl */*/*.json */*/*.jsonl)
export UV_PYTHON_DOWNLOADS := never
# What .env sets (see .env.example) holds for every command here.
-include .env
export $(shell sed -n 's/^\([A-Z_]*\)=.*/\1/p' .env 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help chat serve test check bench trials eval eval-test drawing format constraints clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

chat: .venv/.ready ## Talk to a character (PERSONA=alice chooses another)
	@$(BIN)/roleplay chat $(PERSONA) $(ARGS)

serve: .venv/.ready-dev ## Start the LangGraph server on langgraph.json
	@$(BIN)/langgraph dev --no-browser $(ARGS)

test: .venv/.ready-dev ## Run all tests (ARGS=tests/unit_tests for a part)
	@$(BIN)/python -m pytest $(ARGS)

check: .venv/.ready-dev ## Check format, lint and types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy

bench: .venv/.ready-bench ## Measure turns, checkpoints and memory beside their rivals (ARGS=locomo for a part)
	@$(BIN)/python -m langgraph_roleplay.evals.bench $(ARGS)

trials: .venv/.ready-dev ## Run the long trials whole: kills, junk, leaks (ARGS="--only killing")
	@$(BIN)/python -m langgraph_roleplay.evals.trials $(ARGS)

eval: $(EVALS)/.ready ## Score conversations, ragas' judge among the metrics (ARGS="--limit 3")
	@$(EVALS_PYTHON) -c 'from langgraph_roleplay.cli import main; main()' eval run conversation $(if $(PERSONA),--persona $(PERSONA)) $(ARGS)

eval-test: $(EVALS)/.ready-test ## Run the tests that need ragas
	@$(EVALS_PYTHON) -m pytest tests/unit_tests/evals tests/integration_tests/evals $(ARGS)

drawing: .venv/.ready ## Draw the graphs anew, after its stations or edges have changed
	@$(BIN)/python -c 'from langgraph_roleplay.graphs.roleplay import graph as g; print(g.get_graph().draw_mermaid(), end="")' \
		> graphs/roleplay.mmd
	@$(BIN)/python -c 'from langgraph_roleplay.graphs.reminisce import graph as g; print(g.get_graph().draw_mermaid(), end="")' \
		> graphs/reminisce.mmd

format: .venv/.ready-dev ## Format and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

constraints: $(UV) ## Pin every version anew, with hashes and without addresses
	$(UV) pip compile pyproject.toml --extra embedded --extra documents --group dev --group bench --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --upgrade --quiet --output-file constraints.txt
	$(UV) pip compile pyproject.toml --extra embedded --extra documents --extra evals --group dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --no-header --upgrade --quiet --output-file constraints-evals.txt

clean: ## Remove what was installed here (not your conversations)
	rm -rf .venv "$(EVALS)" .uv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

.uv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@echo "Getting uv from your package index ..."
	@$(PYTHON) -m venv .uv \
		|| { rm -rf .uv; echo "This Python can't make environments: install its venv module (Debian: python3-venv)."; exit 1; }
	@.uv/bin/python -m pip install --quiet --disable-pip-version-check 'uv==0.13.9'

.venv/bin/python: | $(UV)
	@$(UV) venv --quiet --python $(PYTHON) .venv

.venv/.ready: constraints.txt $(SOURCES) | .venv/bin/python
	@echo "Installing what the chat needs ..."
	@$(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[embedded,documents]'
	@touch $@

.venv/.ready-dev: .venv/.ready
	@echo "Installing what tests and server need ..."
	@$(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt --editable '.[embedded,documents]' --group dev
	@touch $@

.venv/.ready-bench: .venv/.ready-dev
	@echo "Installing the rivals ..."
	@$(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt --group bench
	@touch $@

# ragas pulls openai down: it gets an environment of its own, so that the chat's stays with the newest. The package is
# linked there, because installing it would write its modules to build/ here.
$(EVALS)/bin/python: | $(UV)
	@$(UV) venv --quiet --python $(PYTHON) $(EVALS)

$(EVALS)/.ready: constraints-evals.txt pyproject.toml | $(EVALS)/bin/python
	@echo "Installing what the eval needs ..."
	@$(UV) pip install --quiet --python $(EVALS)/bin/python --constraint constraints-evals.txt \
		--requirement pyproject.toml --extra embedded --extra evals
	@mkdir -p $(EVALS)/sources && ln -sfn "$(CURDIR)" $(EVALS)/sources/langgraph_roleplay
	@touch $@

$(EVALS)/.ready-test: $(EVALS)/.ready
	@$(UV) pip install --quiet --python $(EVALS)/bin/python --constraint constraints-evals.txt \
		hypothesis pytest pytest-asyncio pytest-socket
	@touch $@
