# Everything starts here: `make build` makes a release, `make test` proves the code.
# uv is used where it is there, plain venv and pip where not; both install from the lock alone.

VENV := .venv
BIN := $(VENV)/bin
CACHE := .cache
PYTHON ?= $(shell for p in python3 python3.11 python3.12 python3.13 python3.14 python; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$p" && break; done)
UV := $(shell command -v uv 2>/dev/null)
BENCH := $(CACHE)/bench-venv
VALIDATE := $(CACHE)/validate-venv
DEPLOY := $(CACHE)/deploy-venv
OLD_CLIENTS := $(CACHE)/duckdb-1.1/.installed $(CACHE)/duckdb-1.4/.installed

export DAGSTER_DISABLE_TELEMETRY := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# The tests start Python some fifty times, which would compile our modules each time.
unexport PYTHONDONTWRITEBYTECODE
# Behind the proxy of an administration only the machine's own certificates are right.
export UV_SYSTEM_CERTS ?= 1

# Real files of the upstreams, where they stand beside the repository; the tests say so if not.
ifneq ($(wildcard ../shared/data/MANIFEST.md),)
export OBSERVATORY_REAL_DATA ?= $(abspath ../shared/data)
endif

ifdef UV
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --no-deps
LOCKED := $(INSTALL) --require-hashes --compile-bytecode
OFFLINE := --offline
INTO := $(UV) pip install --quiet --python $(BIN)/python --no-deps --require-hashes --only-binary :all:
else
INSTALL := $(BIN)/python -m pip install --quiet --no-deps
LOCKED := $(INSTALL) --require-hashes
OFFLINE := --no-index
INTO := $(INSTALL) --require-hashes --only-binary :all:
endif

CHECK_DEPLOY := $(DEPLOY)/bin/python -m tests.deployment

.PHONY: help build live test test-system cluster-test check-deploy licences sbom audit coverage docs check soak translations fuzz rehearse lint ui bench validate-exports lock clean
.DELETE_ON_ERROR:

help:
	@echo "make build   set everything up and make a release, offline, from the figures that come along"
	@echo "make ui      open the graph, the runs and the schedule in a browser, http://127.0.0.1:3000"
	@echo "make test    set everything up and run the quick tests: Python alone, minutes"
	@echo "make test-system  whole builds, a real daemon, browser and office, faults and kills"
	@echo "make cluster-test  several machines played here: PostgreSQL, broker, S3, workers, proxy; faults (an hour)"
	@echo "make check-deploy  image, Compose file and chart of deploy/, by their standards' own libraries"
	@echo "make licences  list the licences of what the image holds; make sbom  the same as CycloneDX"
	@echo "make audit   look for known vulnerabilities in what the image holds"
	@echo "make coverage     the quick tests, and which lines they reach"
	@echo "make lint    check format, style, types and imports"
	@echo "make check   make lint, then both tiers of tests"
	@echo "make live    ask every provider one small thing: is it there, and is it as we know it?"
	@echo "make docs    the site of the documentation, in .cache/docs"
	@echo "make bench   run the benchmarks, or those that begin so: make bench CASES=tsv"
	@echo "make validate-exports  every export of the current release by its standard's own validator"
	@echo "make fuzz    10,000 damaged files through every reader"
	@echo "make rehearse  four nightly refreshes of every dataset, upstreams played here (minutes)"
	@echo "make soak    builds and publications killed and interrupted at random points, while others read (minutes)"
	@echo "make translations  bring the overlays of the languages up to date with the texts"
	@echo "make lock    resolve the dependencies again (needs uv)"
	@echo "make clean   remove the environment and all caches; generated data stays"

build: $(VENV)/.use
	$(BIN)/observatory build

live: $(VENV)/.use
	$(BIN)/observatory doctor

ui: $(VENV)/.use
	$(BIN)/observatory ui

test: $(VENV)/.dev $(OLD_CLIENTS)
	$(BIN)/python -m pytest

test-system: $(VENV)/.dev $(OLD_CLIENTS) $(VALIDATE)/.installed $(DEPLOY)/.installed
	sh tests/programs.sh
	$(BIN)/python -m pytest -m system

cluster-test: $(VENV)/.dev
	sh tests/programs.sh
	$(BIN)/python -m tests.scale.cluster

check-deploy: $(DEPLOY)/.installed
	$(CHECK_DEPLOY)

licences: $(VENV)/.dev
	$(BIN)/python deploy/third_party.py

sbom: $(DEPLOY)/.installed
	@mkdir -p dist
	$(DEPLOY)/bin/cyclonedx-py requirements requirements-scale.lock --pyproject pyproject.toml \
		--output-reproducible --of JSON -o dist/observatory.cdx.json
	@echo "dist/observatory.cdx.json"

audit: $(DEPLOY)/.installed
	$(DEPLOY)/bin/python deploy/audit.py

coverage: $(VENV)/.dev $(OLD_CLIENTS)
	@rm -rf $(CACHE)/coverage && mkdir -p $(CACHE)/coverage
	$(BIN)/python -m pytest --cov --cov-report=term:skip-covered --cov-report=html:$(CACHE)/coverage/pages

docs: $(VENV)/.dev
	$(BIN)/sphinx-build --quiet --nitpicky -W --keep-going -d $(CACHE)/doctrees docs $(CACHE)/docs

soak: $(VENV)/.dev
	OBSERVATORY_KILLS=20 OBSERVATORY_READERS=8 OBSERVATORY_SOAK_RELEASES=20 $(BIN)/python -m pytest -n0 -rP \
		--timeout 3600 -m system -k "kill or readers_never" tests/flow/test_kill.py tests/unit/test_release.py
	OBSERVATORY_INTERRUPTS=20 $(BIN)/python -m pytest -n0 -rP --timeout 7200 -m system tests/flow/test_interrupt.py
	OBSERVATORY_EXAMPLES=soak $(BIN)/python -m pytest --timeout 3600 \
		$$(grep -rl "hypothesis import" tests/unit tests/contract)

fuzz: $(VENV)/.dev
	$(BIN)/python -m tests.fuzz $(READERS)

rehearse: $(VENV)/.dev
	$(BIN)/python -m tests.upstreams rehearse

# Texts that a change brought get a place in every overlay of catalog/languages.
translations: $(VENV)/.use
	$(BIN)/python -m catalog.translations

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/ty check .
	$(BIN)/python deploy/third_party.py --check

check: lint test test-system check-deploy audit

bench: $(VENV)/.dev $(BENCH)/.installed
	$(BIN)/python -m benchmarks $(CASES)

$(VENV)/.made:
ifeq ($(PYTHON),)
	@echo "No Python 3.11 or newer is found; install one, or name it: make PYTHON=/path/to/python3" >&2
	@exit 1
endif
ifdef UV
	test -x $(BIN)/python || $(UV) venv --quiet --no-python-downloads --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')" $(VENV)
else
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip --upgrade
endif
	@touch $@

# What development needs holds what use needs, so one environment serves both.
$(VENV)/.use: requirements.lock pyproject.toml | $(VENV)/.made
	$(LOCKED) -r requirements.lock
	$(INSTALL) $(OFFLINE) --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml | $(VENV)/.made
	$(LOCKED) -r requirements-dev.lock
	$(INSTALL) $(OFFLINE) --no-build-isolation --editable .
	@touch $(VENV)/.use $@

# Old DuckDB clients, which must open a release too; each in a folder of its own.
$(CACHE)/duckdb-%/.installed: tests/old_clients/duckdb-%.lock | $(VENV)/.dev
	@rm -rf $(@D) && mkdir -p $(@D)
	@if $(INTO) --target $(@D) -r $<; then touch $@; else \
		echo "DuckDB $* cannot be installed for this Python; the tests that open a release with it will be skipped." >&2; fi

# The libraries that the readers are compared with stay out of the environment of use.
$(BENCH)/.installed: requirements-bench.lock | $(VENV)/.dev
ifdef UV
	@rm -rf $(BENCH) && $(UV) venv --quiet --no-python-downloads --python $(BIN)/python $(BENCH)
	$(UV) pip install --quiet --python $(BENCH)/bin/python --no-deps --require-hashes --compile-bytecode -r $<
else
	@rm -rf $(BENCH) && $(BIN)/python -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install --quiet --no-deps --require-hashes -r $<
endif
	@touch $@

# Exports of the current release, proved; then planted faults, which must be refused, in a small one.
validate-exports: $(VENV)/.dev $(VALIDATE)/.installed
	$(BIN)/observatory export --all $(CACHE)/exports
	$(BIN)/observatory feeds $(CACHE)/exports/feeds
	$(VALIDATE)/bin/python -m tests.validate $(CACHE)/exports "$${OBSERVATORY_HOME:-data}/releases/current"
	$(BIN)/python -m pytest -n0 -m system tests/system/test_exports.py

# The validators of the export standards stay out of the environment of use, too.
$(VALIDATE)/.installed: requirements-validate.lock | $(VENV)/.made
ifdef UV
	@rm -rf $(VALIDATE) && $(UV) venv --quiet --no-python-downloads --python $(BIN)/python $(VALIDATE)
	$(UV) pip install --quiet --python $(VALIDATE)/bin/python --no-deps --require-hashes --compile-bytecode -r $<
else
	@rm -rf $(VALIDATE) && $(BIN)/python -m venv $(VALIDATE)
	$(VALIDATE)/bin/python -m pip install --quiet --no-deps --require-hashes -r $<
endif
	@touch $@

# What checks image, Compose file and chart, and lists and audits what the image holds.
$(DEPLOY)/.installed: requirements-deploy.lock | $(VENV)/.made
ifdef UV
	@rm -rf $(DEPLOY) && $(UV) venv --quiet --no-python-downloads --python $(BIN)/python $(DEPLOY)
	$(UV) pip install --quiet --python $(DEPLOY)/bin/python --no-deps --require-hashes --compile-bytecode -r $<
else
	@rm -rf $(DEPLOY) && $(BIN)/python -m venv $(DEPLOY)
	$(DEPLOY)/bin/python -m pip install --quiet --no-deps --require-hashes -r $<
endif
	@touch $@

lock:
ifdef UV
	$(UV) pip compile pyproject.toml --quiet --universal --generate-hashes --python-version 3.11 --no-header --group build -o requirements.lock
	$(UV) pip compile pyproject.toml --quiet --universal --generate-hashes --python-version 3.11 --no-header --group build --group dev --group docs --extra mcp --extra notebooks --extra scale --constraint requirements.lock -o requirements-dev.lock
	$(UV) pip compile pyproject.toml --quiet --universal --generate-hashes --python-version 3.11 --no-header --group build --extra scale --constraint requirements-dev.lock -o requirements-scale.lock
	$(UV) pip compile --group bench --constraint requirements.lock --quiet --universal --generate-hashes --python-version 3.11 --no-header -o requirements-bench.lock
	$(UV) pip compile --group validate --constraint requirements.lock --quiet --universal --generate-hashes --python-version 3.11 --no-header -o requirements-validate.lock
	$(UV) pip compile --group deploy --quiet --universal --generate-hashes --python-version 3.11 --no-header -o requirements-deploy.lock
	for v in 1.1.3 1.4.4; do echo "duckdb==$$v" | $(UV) pip compile - --quiet --universal --generate-hashes \
		--python-version 3.11 --no-header --no-annotate -o tests/old_clients/duckdb-$${v%.*}.lock; done
else
	@echo "Resolving the dependencies needs uv; install it with: pip install uv" >&2
	@exit 1
endif

clean:
	rm -rf $(VENV) $(CACHE) .pytest_cache .ruff_cache .hypothesis dist *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
