# make demo: set up, run OF-Diff and the controls, show them among the references.  make test: set up, run every test.
# make reference FROM=FOLDER: put what is new in a folder of runs or exports into the references, mark older versions.
# make repeat FORMER=COMMIT: keep references present whose work the present code repeats to the bit.
# make verify DATA=FOLDER: make references again, and note which come out the same and right.
# make tables: write the tables of docs/results/rivals.md and docs/methods/ofdiff.md anew from the references.
# make weights RUN=FOLDER NAME=METHOD@DATA: put a fitted model where `bench apply` finds it by name.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt

REFERENCES := leaderboard/reference
WEIGHTS := methods/weights

.PHONY: demo reference repeat verify tables weights test lint docs notebook dist lowest perf clean

.venv/pyvenv.cfg:
	$(PYTHON) -m venv .venv

.venv/run.stamp: .venv/pyvenv.cfg pyproject.toml constraints.txt $(REFERENCES)/pyproject.toml
	$(PIP) -e '.[torch]' -e $(REFERENCES)
	touch $@

.venv/dev.stamp: .venv/run.stamp
	$(PIP) -e '.[dev]'
	touch $@

demo: .venv/run.stamp
	$(BIN)/bench run --suite examples/demo.yaml --runs demo/runs
	$(BIN)/bench leaderboard demo/runs --out demo/site

reference: .venv/run.stamp
	$(BIN)/bench reference $(FROM) --into $(REFERENCES)/downbench_reference \
	  --commit "$$(git rev-parse --short HEAD)" $(OPTIONS)
	$(BIN)/python docs/hooks/reference_tables.py

# Fits of a few steps with the code of FORMER and of now, in a clean checkout.
repeat: .venv/run.stamp
	$(BIN)/python $(REFERENCES)/repeat $(FORMER) $(OPTIONS)

verify: .venv/run.stamp
	$(BIN)/python $(REFERENCES)/verify --data $(DATA) --commit "$$(git rev-parse --short HEAD)" $(OPTIONS)
	$(BIN)/python docs/hooks/reference_tables.py

tables: .venv/run.stamp
	$(BIN)/python docs/hooks/reference_tables.py

weights: .venv/run.stamp
	$(BIN)/bench weights $(RUN) --as $(NAME) --into $(WEIGHTS)/downbench_weights $(OPTIONS)

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/python -m pytest -n 2 --dist worksteal

# The site, in build/docs. Any warning is an error.
docs: .venv/dev.stamp
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

# The notebook of docs/use/python.md, made of its source and executed.
.venv/notebook.stamp: .venv/dev.stamp
	$(PIP) -e '.[notebook]'
	touch $@

notebook: .venv/notebook.stamp
	$(BIN)/jupytext --to ipynb --output docs/notebooks/first-look.ipynb docs/notebooks/first_look.py
	$(BIN)/jupyter execute --inplace docs/notebooks/first-look.ipynb

# Wheels and sources of the suite and of the two packages that hold data alone, in dist.
dist: .venv/dev.stamp
	for package in . $(REFERENCES) $(WEIGHTS); do $(BIN)/python -m build --outdir dist $$package || exit 1; done

# The lowest releases that pyproject.toml allows, in an environment of its own. It needs uv.
lowest:
	mkdir -p build
	uv venv --quiet --clear --python $(PYTHON) build/lowest
	uv pip compile --quiet --python build/lowest --resolution lowest-direct pyproject.toml -o build/lowest.txt
	uv pip install --quiet --python build/lowest -r build/lowest.txt pytest hypothesis
	uv pip install --quiet --python build/lowest --no-deps --editable .
	build/lowest/bin/python -m pytest tests/benchmark/scoring tests/metrics tests/datasets/reading

.venv/perf.stamp: .venv/dev.stamp
	$(PIP) -e '.[perf]'
	touch $@

perf: .venv/perf.stamp
	for script in tests/performance/bench_*.py; do $(BIN)/python $$script || exit 1; done

clean:
	rm -rf .venv demo build dist
