# Everything from a fresh clone: Python 3.11 or newer and make are all that must be there.
#
#   make setup             the virtual environment in .venv, from the locks, with hashes
#   make test              what CI runs: lint, types, import contracts, tests
#   make judges            sessions of other people's clients, from npm, with the sandbox; needs Node.js as well
#   make demo              the four tools side by side; ARGS=--once plays the story and checks itself
#   make fuzz              50,000 generated texts through every converter, new questions to every property; an hour
#   make soak              20,000 histories of the simulation, on two cores; goes on where it was ended. SEED=number plays one batch
#   make mutants           sabotages of the engine, one line each, and whether the tests notice; half an hour
#   make kills             200 SIGKILLs of the daemon, and of PostgreSQL, in a sync of 2,000 tickets; half an hour
#   make lint              the part of `make test` that runs no test
#   make lock              the locks anew from pyproject.toml; ARGS=--upgrade takes newer versions
#   make clean             remove everything that can be made again

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ADF_SCHEMA := .judges/adf.schema.json
ARGS ?=

# The newest Python that is there and can make a virtual environment; PYTHON=... takes another.
usable = $(shell $(1) -c "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))" 2>/dev/null && echo $(1))
PYTHON ?= $(firstword $(foreach name,python3.14 python3.13 python3.12 python3.11 python3,$(call usable,$(name))))

# What a shell may have set for another project must not reach into this one.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV NODE_OPTIONS
export PIP_USER := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_PYTHON_DOWNLOADS := never

.PHONY: setup test lint judges fuzz soak mutants kills demo lock clean

setup: $(READY)

# A connector that lives outside, installed as anybody's is: found by its entry point alone.
EXAMPLE := examples/connector-gitlab

$(READY): pyproject.toml requirements-build.lock requirements-dev.lock $(EXAMPLE)/pyproject.toml
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || { \
	  python="$(PYTHON)"; \
	  test -n "$$python" || { echo "Loopwright needs Python 3.11 or newer with its venv module, and none was found:"; \
	    echo "install it (on Debian: apt-get install python3 python3-venv), or name one: make setup PYTHON=/path/to/python"; \
	    exit 1; }; \
	  echo "Making $(VENV) with $$("$$python" --version)"; \
	  "$$python" -m venv --clear $(VENV); }
	@echo "Installing what the locks name, checked by hash"
	@{ $(BIN)/pip install --quiet --require-hashes --no-deps -r requirements-build.lock && \
	  $(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements-dev.lock; } || \
	  { echo "uv could not do it; trying with pip alone, which takes longer"; \
	    $(BIN)/pip install --quiet --require-hashes --no-deps -r requirements-dev.lock; }
	@$(BIN)/pip install --quiet --no-index --no-deps --no-build-isolation --editable . --editable $(EXAMPLE)
	@touch $@

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint $(ADF_SCHEMA)
	$(BIN)/pytest -n 4 $(ARGS)

judges: setup .judges/.ready
	$(BIN)/pytest -s tests/judges/test_npm.py $(ARGS)

NPM := tests/judges/npm

.judges/.ready: $(NPM)/package.json $(NPM)/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' >/dev/null 2>&1 && npm --version >/dev/null 2>&1 || { \
	  echo "The judges from npm need Node.js 20 or newer with npm, and none was found:"; \
	  echo "install them (on Debian: apt-get install nodejs npm)"; \
	  exit 1; }
	@echo "Installing the clients that judge the sandbox, checked by hash"
	@mkdir -p .judges
	@cp $^ .judges/
	@ln -sfn ../$(NPM) .judges/sessions
	@cd .judges && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

fuzz: setup $(ADF_SCHEMA)
	LOOPWRIGHT_FUZZ=50000 LOOPWRIGHT_FUZZ_SEED=$$(date +%s) $(BIN)/pytest -n 4 tests/connectors/text/test_fuzz.py $(ARGS)

soak: setup
	$(BIN)/python -m tests.simulation.soak $(if $(SEED),--seed $(SEED)) $(ARGS)

mutants: setup
	$(BIN)/python -m tests.mutants $(ARGS)

kills: setup
	$(BIN)/python -m tests.crash.kills $(ARGS)

# Atlassian's own schema of its documents, by npm; without npm or a network the tests that ask for it say so.
$(ADF_SCHEMA):
	@mkdir -p $(@D) && cd $(@D) && \
	  npm pack --silent @atlaskit/adf-schema@57.7.22 >/dev/null 2>&1 && \
	  echo "53693004c8c3d3ccbff2f8dcc172aaf3ef84dae402216fda4602cb1bbe10c62b  atlaskit-adf-schema-57.7.22.tgz" | \
	    sha256sum --check --quiet && \
	  tar -xzf atlaskit-adf-schema-57.7.22.tgz --strip-components=4 package/dist/json-schema/v1/full.json && \
	  mv full.json $(@F) && rm atlaskit-adf-schema-57.7.22.tgz || \
	  echo "Atlassian's document schema could not be had by npm: documents are not held to it"

demo: setup
	$(BIN)/loopwright demo $(ARGS)

COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --custom-compile-command "make lock" $(ARGS)

lock:
	@$(BIN)/uv --version >/dev/null || { echo "run 'make setup' first"; exit 1; }
	$(COMPILE) pyproject.toml --output-file requirements.lock
	$(COMPILE) pyproject.toml --group dev --constraint requirements.lock --output-file requirements-dev.lock
	$(COMPILE) --group install --group build --constraint requirements-dev.lock --output-file requirements-build.lock

clean:
	rm -rf $(VENV) .judges .demo .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
