# Every target makes the environment it needs, once, and refreshes it when the pins change.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
NBVAL := -p no:cacheprovider --nbval --nbval-sanitize-with tests/nbval_sanitize.cfg -n 2 --dist loadscope chapters
# Imitates a reader's other, older processor: what survives this is not an accident of ours.
OTHER_CPU := ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=AVX2 MKL_CBWR=COMPATIBLE OPENBLAS_CORETYPE=Haswell \
	NPY_DISABLE_CPU_FEATURES="X86_V3 X86_V4 AVX512_ICL AVX512_SPR"

.PHONY: help book serve pdf lab test check chapters notebooks test-portable bench newest clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(READY): requirements.txt pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $(READY)

book: $(READY)  ## build the book and print where its first page is
	$(BIN)/jupyter-book build --all -W -n --keep-going .
	@echo "The book: file://$(CURDIR)/_build/html/index.html"

serve: book  ## build the book and open it in a browser
	$(BIN)/python -m webbrowser http://localhost:8000/ &
	$(BIN)/python -m http.server 8000 --bind 127.0.0.1 --directory _build/html

pdf: book  ## print the whole book into one PDF (needs Chromium or Chrome)
	$(BIN)/python _ext/pdf.py

lab: $(READY)  ## open the chapters in JupyterLab
	$(BIN)/jupyter lab --notebook-dir chapters

check: $(READY)  ## lint and fast tests, for daily work
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pytest -m "not slow" -n 2

test: $(READY)  ## everything: lint, tests, notebooks, book, browser
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/pytest
	$(MAKE) notebooks

notebooks: $(READY)
	OMP_NUM_THREADS=1 $(BIN)/pytest $(NBVAL)

test-portable: $(READY)  ## the notebooks again, as on another processor
	OMP_NUM_THREADS=1 $(OTHER_CPU) $(BIN)/pytest $(NBVAL)

chapters: $(READY)  ## pair, execute and clean the chapters; NAME=01_rnn for one
	OMP_NUM_THREADS=1 $(BIN)/python _ext/chapters.py $(NAME)

bench: $(READY)  ## time the course's code against torch's
	$(BIN)/python benchmarks/run.py

newest:  ## fill the environment with the newest versions allowed, for a look at what will break
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python .ci/newest.py > $(VENV)/newest.txt
	$(BIN)/python -m pip install --quiet --upgrade --requirement $(VENV)/newest.txt
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	touch $(READY)

clean:  ## remove what was built, and the environment
	rm -rf _build build *.egg-info $(VENV)
