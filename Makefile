# Everything starts from Python >= 3.11, make and a package index; nothing is installed by hand.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
JOBS   ?= auto

.PHONY: run test check demo evaluate bench nightly clean help

help:
	@echo "make run       set up, then the main job: config + seeds -> corpus + digest"
	@echo "make demo      two simulated months of invented news, offline, in a temporary folder"
	@echo "make test      set up, then the tests"
	@echo "make check     lint, types, import layers, coverage"
	@echo "make evaluate  triage and matching against the labelled data (DERMAI_SHARED, default ../shared)"
	@echo "make bench     what each step costs"
	@echo "make nightly   the long sweeps: every kill point, ten minutes of fuzzing, new examples for every property"
	@echo "make clean     remove what these targets made, but never the corpus"

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

# Exit codes 4 (no source could be reached) and 7 (digest marked) are answers, not failures:
# the program has said which and why, and the corpus is written.
run: $(READY)
	@$(BIN)/dermai-feed run; code=$$?; \
	case $$code in \
	  0) ;; \
	  4) echo "make: exit code 4 of dermai-feed means that no source over the network could be reached; the corpus was written from what is here." ;; \
	  7) echo "make: exit code 7 of dermai-feed means that the digest is marked as degraded; the report above says why." ;; \
	  *) exit $$code ;; \
	esac

test: $(READY)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not nightly" -q

check: $(READY)
	$(BIN)/ruff format --check src tests scripts
	$(BIN)/ruff check src tests scripts
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pylint --disable=all --enable=duplicate-code --min-similarity-lines=7 --ignore-imports=y --ignore-signatures=y src/dermai_feed
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m "not nightly" -q --cov --cov-report=term --cov-fail-under=95

demo: $(READY)
	$(BIN)/dermai-feed demo

evaluate: $(READY)
	$(BIN)/dermai-feed evaluate all

bench: $(READY)
	$(BIN)/python scripts/bench.py

nightly: $(READY)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m nightly -q
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m hypothesis --hypothesis-profile=nightly -q

clean:
	rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
