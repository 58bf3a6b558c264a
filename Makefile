# `make demo` and `make test` need Python 3.11+, git and make; everything else they get themselves,
# into .venv (and node_modules) in this directory.
SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
UV := UV_SYSTEM_CERTS=1 $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes

.PHONY: help install demo test check lock clean

help:
	@echo "make demo     see the daemon work on a sample project (no account, no network service)"
	@echo "make test     set everything up and run all tests"
	@echo "make check    everything fast: format, lint, types, layers, quick tests"
	@echo "make install  the command bin/coffee-maker, and nothing else"

install: .venv/.base bin/coffee-maker
	@echo "The command is $(CURDIR)/bin/coffee-maker"
	@echo "To find it by name:  export PATH=\"$(CURDIR)/bin:\$$PATH\""

demo: .venv/.base
	@$(BIN)/python -m coffee_maker demo

test: .venv/.dev node_modules/.installed
	@$(BIN)/python -m pytest -n auto --dist worksteal

check: .venv/.dev
	@scripts/check

lock: .venv/.uv
	@scripts/lock

clean:
	rm -rf .venv bin node_modules build

.venv/.uv: requirements/uv.txt
	@scripts/bootstrap "$(PYTHON)"
	@touch $@

.venv/.base: .venv/.uv requirements/base.txt requirements/build.txt pyproject.toml
	@echo "Installing what coffee_maker needs into .venv"
	@$(INSTALL) -r requirements/build.txt -r requirements/base.txt
	@$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline -e .
	@touch $@

# A folder with nothing else in it: .venv/bin on the PATH would put our Python before the user's.
bin/coffee-maker:
	@mkdir -p bin
	@ln -sf ../.venv/bin/coffee-maker $@

.venv/.dev: .venv/.base requirements/dev.txt
	@echo "Installing what the tests need into .venv"
	@$(INSTALL) -r requirements/dev.txt
	@touch $@

# The real Claude Code, in the versions the tests drive; without npm those tests say that they skip.
node_modules/.installed: package.json package-lock.json
	@scripts/install-claude-code
	@mkdir -p node_modules && touch $@
