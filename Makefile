# Every command of the course. `make help` lists them.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(CURDIR)/$(VENV)/bin
DEMO := demo
# what the gate tries on kernels that start cold, too
COLD := reads_course reads_home reads_references reads_descriptors network unix_sockets namespaces mounts rights leaves_processes \
	shared_files place chooses_a_line unread_channel huge_shape
# torch alone takes as much room as all else: the lowest one is tried in the workflow, with NOT_LOWEST=
NOT_LOWEST ?= torch
ASSIGNMENTS := $(basename $(notdir $(wildcard authoring/*.py)))
# two targets at once, of which each takes one core or waits; older versions of make mix what they print
AT_ONCE = $(MAKE) --no-print-directory -j 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

# what is started below finds nbgrader, jupyter and handgrad of this environment
export PATH := $(BIN):$(PATH)
# one core for each kernel: the arrays are small, and several kernels share the machine
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help setup lock notebooks release pack lab demo test lint stale lowest truth attacks cold kills nbval docs bench clean

help: ## list every target
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: $(VENV)/.ready ## make the environment in .venv

$(VENV)/.ready: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] < (3, 11) and "handgrad needs Python 3.11 or newer")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock -e .
	@touch $@

lock: ## write requirements.lock from pyproject.toml; with UPGRADE=--upgrade it takes the newest versions
	uv pip compile pyproject.toml --quiet --all-extras --group dev --universal --python-version 3.11 $(UPGRADE) \
		--custom-compile-command "make lock" --output-file requirements.lock

notebooks: setup ## build the source notebooks and the public cases from their text
	handgrad notebooks

release: setup ## build the notebooks that students get
	@for name in $(ASSIGNMENTS); do nbgrader generate_assignment $$name --force --log-level=WARN || exit 1; done

pack: setup ## write what students get, as a folder and a zip, in pack/
	handgrad pack

lab: setup ## open JupyterLab on the course, with nbgrader's extensions
	jupyter lab

demo: export HANDGRAD_COURSE := $(CURDIR)/$(DEMO)
demo: ASSIGNMENT ?= mlp_backprop
demo: setup ## grade the sample submissions in demo/ and show what comes out
	rm -rf $(DEMO)
	mkdir -p $(DEMO)/source
	cp -r source/$(ASSIGNMENT) $(DEMO)/source
	nbgrader generate_assignment $(ASSIGNMENT) --log-level=WARN
	handgrad samples $(ASSIGNMENT) --into $(DEMO)/submitted
	@why=$$(python -c 'from handgrad.running import sandbox; print(sandbox.available() or "")'); \
	if [ -n "$$why" ]; then echo "There is no sandbox here: $$why."; echo "The samples are ours, so they run without."; fi; \
	nbgrader autograde $(ASSIGNMENT) --log-level=ERROR $${why:+--ExecuteProbes.unprotected=True}
	nbgrader generate_feedback $(ASSIGNMENT) --log-level=WARN
	handgrad report $(ASSIGNMENT) --course $(DEMO)

# one process more than cores, as tests wait for what they started and for clocks
test: setup ## run every test
	@$(AT_ONCE) lint stale
	python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
	@$(AT_ONCE) lowest nbval cold docs
	@$(MAKE) --no-print-directory truth

# old versions may warn of each other
lowest: setup ## run the fast tests on the lowest versions that pyproject.toml allows
	@mkdir -p build && echo $(NOT_LOWEST) | tr ' ' '\n' > build/not_lowest
	uv venv --quiet --clear --python $(BIN)/python build/lowest/core
	uv pip install --quiet --resolution lowest-direct --python build/lowest/core --group test -e .
	build/lowest/core/bin/python -m pytest -W default -q -n 2 -p no:cacheprovider @tests/fast_students.txt
	uv venv --quiet --clear --python $(BIN)/python build/lowest/grading
	uv pip install --quiet --resolution lowest-direct --python build/lowest/grading --excludes build/not_lowest \
		--group test -e '.[cluster,grading]'
	PATH="$(CURDIR)/build/lowest/grading/bin:$$PATH" python -m pytest -W default -q -n 2 -p no:cacheprovider @tests/fast_graders.txt

lint: setup ## check style, types, and which way imports run
	ruff check
	ruff format --check
	mypy
	lint-imports --no-cache

stale: setup ## find what differs from what it is built from
	handgrad notebooks --check

nbval: setup ## run the source notebooks and compare their outputs
	python -m pytest --nbval source/ -p tests.ipc -p no:cacheprovider -q

truth: setup ## grade the corpus of right and wrong solutions, and count
	handgrad truth

docs: setup ## build the pages of docs/ and the notebooks in build/docs; a broken link fails
	sphinx-build --fail-on-warning --keep-going --quiet docs build/docs
	@echo "open build/docs/index.html"

attacks: export HANDGRAD_ALL_ATTACKS := 1
attacks: setup ## grade every hostile submission, a third of which the gate grades, and make others up for longer
	python -m pytest tests/unit/test_fuzz.py -q
	python -m pytest tests/attacks -q
	HANDGRAD_KERNELS=cold python -m pytest tests/attacks -q

cold: setup ## grade a few hostile submissions on kernels that start cold
	HANDGRAD_KERNELS=cold HANDGRAD_ATTACKS="$(COLD)" python -m pytest tests/attacks -q

kills: export HANDGRAD_KILLS ?= 300
kills: setup ## kill the grader, and what it starts, 300 times at random; the gate does so 30 times
	python -m pytest tests/grader/test_kills.py -q

bench: setup ## measure grading beside stock nbgrader, in one run
	python benchmarks/grading.py

clean: ## remove what was built, and the environment
	rm -rf $(VENV) $(DEMO) build docs/notebooks *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
