# Needs Python 3.11 or newer, make and a package registry; everything else goes into .venv.
#   make report UNIT="Bắc Ninh"     one unit                  make report JOBS=4          processes at work
#   make report ARGS="--draws 500"  any option of the command make PYTHON=python3.12 ...  another Python

SHELL  := /bin/bash
VENV   ?= .venv
PYTHON ?=
UNIT   ?=
JOBS   ?=
ARGS   ?=

BIN       := $(VENV)/bin
READY     := $(VENV)/.ready
TEMPLATES := $(wildcard reports/*.ipynb)

export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UNIT JOBS

.DEFAULT_GOAL := help
.PHONY: help setup report test lab docs export clean-notebooks bench lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(READY) ## create or refresh the environment in .venv

report: $(READY) ## publish what is stale; one place with UNIT="Bắc Ninh"
	@$(BIN)/digitransform publish $${UNIT:+--unit "$$UNIT"} $${JOBS:+--jobs "$$JOBS"} $(ARGS)

test: $(READY) ## run every test and every source notebook
	@$(BIN)/python -m pytest -q -n "$${JOBS:-2}" --dist worksteal $(ARGS)

lab: $(READY) ## open the collection in JupyterLab
	@$(BIN)/jupyter lab --ServerApp.root_dir=. $(ARGS)

docs: $(READY) ## build the pages about the package (with DOCS_EXECUTE=1 the notebooks are run)
	@$(BIN)/python -m sphinx -q -j auto -b html docs docs/_build/html $(ARGS)
	@echo "Open docs/_build/html/index.html"

export: $(READY) clean-notebooks ## write digitransform/ and README.md from nbs/
	@$(BIN)/nbdev-export
	@$(BIN)/python docs/pages.py README.md

clean-notebooks: $(READY) ## strip outputs and stray metadata from the notebooks
	@$(BIN)/nbdev-clean
	@$(if $(TEMPLATES),$(BIN)/jupyter nbconvert --clear-output --inplace --log-level=ERROR $(TEMPLATES))

bench: $(READY) ## time what benchmarks/README.md describes
	@for f in benchmarks/bench_*.py; do [ -e "$$f" ] || { echo "No benchmarks/bench_*.py yet."; break; }; OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python "$$f" || exit 1; done

lock: $(READY) ## resolve the newest versions again into requirements.lock
	@$(BIN)/python -m pip install --quiet uv
	@printf 'setuptools>=77\n' | $(BIN)/uv pip compile pyproject.toml - --all-extras --universal --python-version 3.11 \
	  --fork-strategy fewest --upgrade --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock
	@echo "requirements.lock is written anew; run make test before committing it."

clean: ## remove what was built, and the environment; data and published reports stay
	@rm -rf $(VENV) _proc _docs _executed docs/_build docs/rooms build *.egg-info .pytest_cache .hypothesis

$(READY): requirements.lock pyproject.toml setup.py
	@found=; for p in $(if $(PYTHON),"$(PYTHON)",python3.11 python3 python); do \
	  if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$p; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo 'digitransform needs Python 3.11 or newer, and none was found; install it, or name it: make PYTHON=/path/to/python3.11' >&2; exit 2; fi; \
	echo "Setting up the environment in $(VENV) (once; a minute or two) ..."; \
	"$$found" -m venv "$(VENV)" && \
	$(BIN)/python -m pip install -qq --require-hashes -r requirements.lock && \
	$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e . && \
	touch "$(READY)"
