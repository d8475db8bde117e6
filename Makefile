# Everything a checkout needs; each target sets up its own environment from uv.lock.
.DEFAULT_GOAL := help
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null || echo $(CURDIR)/.uv/bin/uv)
RUN := $(UV) run --frozen

.PHONY: help run demo test test-postgres check smoke bench soak soak-feeds fuzz screenshots fmt setup

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(CURDIR)/.uv/bin/uv:
	$(PYTHON) -m venv .uv
	.uv/bin/pip install --quiet --disable-pip-version-check uv

# Compiled here and once: where Python may not write its bytecode itself, each start would compile all it imports.
setup: $(if $(findstring .uv/,$(UV)),$(UV))  ## set up the environment from uv.lock
	@$(UV) sync --frozen --quiet --compile-bytecode
	@$(UV) run --frozen --quiet python -m compileall -q digest tests

run: setup  ## start the dashboard (and an engine, if none runs)
	$(RUN) digest watch

demo: setup  ## a simulated news day: no network, no token
	$(RUN) digest demo

test: setup .venv/rewritten  ## run the tests
	$(RUN) pytest -n auto --dist worksteal

test-postgres: setup .venv/rewritten  ## run the tests with every store on PostgreSQL 15, which they start (Debian's packages)
	$(RUN) pytest -n auto --dist worksteal --postgres

# pytest rewrites every test before it runs it: once, here, and not anew in each worker of a run.
.venv/rewritten: uv.lock $(shell find tests -name '*.py') | setup
	@PYTHONDONTWRITEBYTECODE= $(RUN) pytest -n0 --collect-only > .venv/collected && touch $@ || true

check: setup  ## linters, types, import contracts
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy
	$(RUN) lint-imports

smoke: setup  ## build the wheel and try it in a clean environment elsewhere
	UV="$(UV)" sh tests/smoke.sh

bench: setup  ## run the benchmarks and print their figures
	$(RUN) python -m tests.bench

SOAK_KILLS ?= 1000
SOAK_SEED ?= 1
soak: setup  ## kills, faults of parts, limits, hostile feeds, many feeds, the dashboard: what must hold for long; over three hours
	$(RUN) python -m tests.soak --kills $(SOAK_KILLS) --seed $(SOAK_SEED)
	$(RUN) python -m tests.soak --kills $(SOAK_KILLS) --seed $(SOAK_SEED) --hold
	$(RUN) python -m tests.soak --kills $$(($(SOAK_KILLS) / 5)) --seed $(SOAK_SEED) --flood
	$(RUN) python -m tests.soak --parts $$(($(SOAK_KILLS) / 5)) --seed $(SOAK_SEED)
	$(RUN) python -m tests.soak --limits 10000 --seed $(SOAK_SEED)
	$(RUN) python -m tests.soak --strangers
	$(RUN) python -m tests.soak --steady
	$(RUN) python -m tests.soak --desk

SOAK_FEEDS ?= 20000
SOAK_HOURS ?= 4
soak-feeds: setup  ## very many feeds in virtual time: what they take, and whether what is old goes; half an hour
	$(RUN) python -m tests.soak --day --feeds $(SOAK_FEEDS) --hours $(SOAK_HOURS) --seed $(SOAK_SEED)
	$(RUN) python -m tests.soak --day --feeds $$(($(SOAK_FEEDS) / 10)) --hours 0.5 --days 8 --seed $(SOAK_SEED)

FUZZ_SECONDS ?= 60
FUZZ_SEED ?= 1
fuzz: setup  ## read mutated documents for FUZZ_SECONDS, from the folder FUZZ_CORPUS if it is given
	$(RUN) python -m tests.fuzz --seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED) --corpus "$(FUZZ_CORPUS)" --keep "$(FUZZ_KEEP)"

screenshots: setup  ## draw the README's pictures anew
	$(RUN) python -m tests.screenshots

fmt: setup  ## format the code
	$(RUN) ruff check --fix .
	$(RUN) ruff format .
