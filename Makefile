# Two commands: `make demo` runs the main job, `make test` passes all tests. Each sets up what it needs.
# `make check` is for daily work: the tests that need no server, browser, database or package index.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
READY := $(VENV)/.ready
# Each worker takes the test files one after the other. In `make test` each has a Label Studio of its own, about 1 GB of memory;
# as tests often wait for a server or a browser, there is one worker more than there are cores.
CASES ?= 20000
EXAMPLE := .standpoint/example
CORES = $(shell $(PYTHON) -c "import os; print(os.cpu_count() or 1)")
BY_FILE := --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# Compiled code is kept, whatever the environment says: else each worker compiles all tests, and each process all of our code.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test check fuzz label bench guide lint clean

demo: $(READY)           ## the whole way on the example, an invented corpus, through a real Label Studio
	test -e $(EXAMPLE)/guidelines/codebook.yaml || $(RUN)/standpoint init $(EXAMPLE) --template standpoint --example
	$(RUN)/standpoint --project $(EXAMPLE) demo

test: $(READY) chromium postgresql  ## all tests, with the real Label Studio, the real browser and a real PostgreSQL
	$(RUN)/python -m pytest --numprocesses $$(($(CORES) + 1)) $(BY_FILE)

check: $(READY)          ## the tests that need no server, browser, database or package index, in two minutes
	$(RUN)/python -m pytest --numprocesses auto $(BY_FILE) -m "not server and not browser and not database and not index"

fuzz: $(READY)           ## a hundred thousand damaged files and answers; an hour or more. CASES: of each of the five kinds
	FUZZ=$(CASES) $(RUN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist load tests/test_fuzz.py

label: $(READY)          ## Label Studio with both passes and all tasks, for a person; stays up
	$(RUN)/standpoint serve

bench: $(READY)          ## benchmarks beside their peers, in half an hour; figures in bench.json, README.md and docs/performance.md
	$(RUN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	$(RUN)/python scripts/bench/run.py

guide: $(READY)          ## the guide for annotators as a site, in .standpoint/guide
	$(RUN)/standpoint guide --build

lint: $(READY)
	$(RUN)/ruff check scripts tests docs/*.py setup.py
	$(RUN)/ruff format --check scripts tests docs/*.py setup.py
	$(RUN)/mypy
	$(RUN)/standpoint guide --check

# The marker is made last: a set-up that was broken off is begun again.
$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --upgrade 'pip==26.3'
	$(RUN)/python -m pip install --quiet --constraint constraints.txt --editable '.[guide,server,test]'
	touch $@

# The browser tests drive a real Chromium; Debian's package, where there is none yet and we may install it.
.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium fonts-noto-core fonts-noto-color-emoji >/dev/null; } \
	  || echo "no Chromium: the browser tests are skipped; install your system's chromium package to run them"

# The tests of a team's server start a cluster of their own; Debian's package, where there is none yet and we may install it.
.PHONY: postgresql
postgresql:
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get >/dev/null \
	  && apt-get -qq update && apt-get -qq install --yes --no-install-recommends postgresql >/dev/null; } \
	  || echo "no PostgreSQL: the tests of a team's server are skipped; install your system's postgresql package to run them"

clean:
	rm -rf $(VENV) .standpoint
