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
CHAPTERS  := $(wildcard nbs/[0-9]_*)
ESSAYS    := nbs/index.ipynb $(wildcard nbs/studies/*.ipynb) $(wildcard nbs/tutorials/*.ipynb)
START     := nbs/tutorials/start.ipynb
SOURCES   := nbs tests benchmarks docs reports

export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UNIT JOBS

.DEFAULT_GOAL := help
.PHONY: help setup report test check coverage rap lab docs export format essays example pictures bench lock clean hooks

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

setup: $(READY) ## create or refresh the environment in .venv

report: $(READY) ## publish what is stale; one place with UNIT="Bắc Ninh"
	@$(BIN)/digitransform publish $${UNIT:+--unit "$$UNIT"} $${JOBS:+--jobs "$$JOBS"} $(ARGS)

test: $(READY) ## run every test and every source notebook
	@$(BIN)/python -m pytest -q -n "$${JOBS:-2}" --dist worksteal $(ARGS)

coverage: $(READY) ## run the tests and say which lines of the package none of them reaches
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest -q -n 0 $(ARGS); code=$$?; $(BIN)/coverage combine -q; $(BIN)/coverage report; exit $$code

check: export ## export, format, check the data, and test what was touched
	@$(BIN)/digitransform check
	@$(BIN)/python tests/touched.py $(ARGS)

lab: $(READY) ## open the collection in JupyterLab, at the notebook to start from
	@PATH="$(abspath $(BIN)):$$PATH" $(BIN)/jupyter lab --ServerApp.root_dir=. $(START) $(ARGS)

docs: export ## build the pages about the package, notebooks executed (DOCS_EXECUTE=0: without outputs)
	@$(BIN)/python -m sphinx -q -j auto -b html docs docs/_build/html $(ARGS)
	@echo "Open docs/_build/html/index.html"

export: $(READY) format ## write digitransform/ and README.md from nbs/
	@$(BIN)/nbdev-export
	@$(BIN)/python docs/pages.py README.md

format: $(READY) ## strip outputs of source notebooks and format all sources
	@for part in $(CHAPTERS); do $(BIN)/nbdev-clean --fname "$$part" || exit 1; done
	@$(if $(TEMPLATES),$(BIN)/jupyter nbconvert --clear-output --inplace --log-level=ERROR $(TEMPLATES))
	@$(BIN)/ruff format --quiet $(SOURCES)

essays: $(READY) ## run the index and the studies and keep their outputs
	@$(BIN)/python docs/execute.py $(ESSAYS)

example: $(READY) ## compute the example edition and the data dictionary again
	@$(BIN)/python tests/edition/write_example.py

pictures: $(READY) ## take the two pictures of the README from the published site (needs a browser)
	@$(BIN)/python docs/pictures.py

bench: $(READY) ## time what benchmarks/README.md describes
	@for f in benchmarks/bench_*.py; do OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python "$$f" || exit 1; done

rap: ## look for the evidence of a reproducible analytical pipeline, and write docs/rap.md
	@$(BIN)/python docs/rap.py

lock: $(READY) ## resolve the newest versions again into requirements.lock
	@$(BIN)/python -m pip install --quiet uv
	@printf 'setuptools>=77\n' | $(BIN)/uv pip compile pyproject.toml - --all-extras --universal --python-version 3.11 \
	  --fork-strategy fewest --upgrade --generate-hashes --no-emit-index-url --no-header --quiet --output-file requirements.lock
	@echo "requirements.lock is written anew; run make test before committing it."

hooks: ## let git compare notebooks by their cells
	@if git rev-parse --git-dir >/dev/null 2>&1; then \
	  git config --local --remove-section merge.jupyternotebook 2>/dev/null; \
	  git config --local diff.jupyternotebook.command "'$(abspath $(BIN))/nbdev-diff-driver'"; fi

clean: ## remove what was built, and the environment; data and published reports stay
	@rm -rf $(VENV) _proc _docs _executed docs/_build docs/chapters docs/names.md build *.egg-info .pytest_cache .hypothesis

$(READY): requirements.lock pyproject.toml setup.py
	@found=; for p in $(if $(PYTHON),"$(PYTHON)",python3.11 python3 python); do \
	  if "$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$p; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo 'digitransform needs Python 3.11 or newer, and none was found; install it, or name it: make PYTHON=/path/to/python3.11' >&2; exit 2; fi; \
	echo "Setting up the environment in $(VENV) (once; a minute or two) ..."; \
	"$$found" -m venv "$(VENV)" && \
	$(BIN)/python -m pip install -qq --require-hashes -r requirements.lock && \
	$(BIN)/python -m pip install -qq --no-deps --no-build-isolation -e . && \
	$(MAKE) --no-print-directory hooks && \
	touch "$(READY)"
