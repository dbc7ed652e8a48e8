# Everything that is needed is set up in .venv by the targets themselves.
PYTHON ?= python3
SPEC ?= examples/team-chat-flawed.rtreview.yaml
BIN := .venv/bin

# Where Python has a pip, .venv needs none of its own: to install one takes as long as all else together.
# Where .venv stands first in PATH, Python is its own, and may have none.
PIP = $(if $(shell $(PYTHON) -m pip --version 2> /dev/null),$(PYTHON) -m pip --python $(BIN)/python,\
	$(BIN)/python -m ensurepip > /dev/null && $(BIN)/python -m pip) install --quiet --disable-pip-version-check

# Else each of the many processes that tests start compiles the program again.
unexport PYTHONDONTWRITEBYTECODE

# A process of tests for each core; one that has nothing left takes over from another.
PARALLEL := --numprocesses=auto --dist=worksteal

.PHONY: help review quick test check fuzz update docs bench lowest dist vscode trial clean

help: ## Show what can be made.
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 10

review: .venv/program ## Review an example, or SPEC=my.yaml.
	@$(BIN)/rtreview $(SPEC) || [ $$? -eq 1 ]

quick: .venv/installed ## Run the tests that need no browser and little time.
	$(BIN)/pytest $(PARALLEL) -m "not slow"

test: .venv/installed ## Run all tests.
	$(BIN)/pytest $(PARALLEL)

check: .venv/installed ## Run all that CI runs: format, lint, types, quick tests with coverage, slow ones.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest $(PARALLEL) -m "not slow" --cov --cov-report=term
	$(BIN)/pytest $(PARALLEL) -m slow

fuzz: .venv/installed ## Try damaged inputs on every command, for SECONDS=600, by another seed each time.
	$(BIN)/python tests/fuzz/fuzz.py --seconds $(or $(SECONDS),600) --seed $$(date +%s)

update: .venv/installed ## Write anew what is generated: schemas, expected reports, documentation, examples.
	$(BIN)/pytest --update

docs: .venv/docs ## Build the site into build/site; a link that leads nowhere fails it.
	@$(BIN)/python docs/site/publish.py
	@echo "build/site/index.html"

bench: .venv/bench ## Compare the speed with yamllint and check-jsonschema.
	$(BIN)/python tests/benchmarks/bench.py

lowest: .venv/lowest ## Run the quick tests with the lowest versions of what the program needs.
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python build/lowest
	$(BIN)/uv pip install --quiet --python build/lowest/bin/python --resolution lowest-direct \
		--editable '.[lsp,mcp,report,tools]'
	@# What is generated from help and pictures follows from the versions that `dev` names.
	PATH="$(CURDIR)/build/lowest/bin:$$PATH" build/lowest/bin/python -m pytest $(PARALLEL) -m "not slow" \
		--ignore=tests/test_generated.py

dist: ## Build the sdist, the wheel from it, and its SBOM into dist/.
	bash .ci/dist.sh dist

vscode: ## Package the extension for VS Code, as dist/rtreview.vsix; needs npm and Node 22.
	@mkdir -p dist
	cd editors/vscode && npm install --no-audit --no-fund --no-package-lock && npm run package

trial: .venv/installed vscode ## Try the extension in a real editor: CODE_SERVER=code-server, and a browser.
	$(BIN)/python tests/vscode/trial.py

clean: ## Remove the environment and what tools leave behind.
	rm -rf editors/vscode/node_modules .venv .mypy_cache .pytest_cache .ruff_cache .coverage .hypothesis build dist

.venv/program: pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "rtreview needs Python 3.11 or newer")'
	$(PYTHON) -m venv --without-pip .venv
	$(PIP) --no-compile --editable .
	@touch $@

.venv/installed: .venv/program
	$(PIP) --editable '.[dev]'
	@touch $@

.venv/docs: .venv/program
	$(PIP) --editable '.[docs]'
	@touch $@

.venv/lowest: .venv/installed
	$(PIP) --editable '.[lowest]'
	@touch $@

.venv/bench: .venv/installed
	$(PIP) --editable '.[bench]'
	@touch $@
