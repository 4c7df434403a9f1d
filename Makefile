# The two commands:  make demo   make test
PYTHON ?= python3
OWN := .venv/bin/python

.PHONY: help demo demo-reset test test-full coverage bench stop lock format

help:
	@echo "make demo        run the demo: an invented authority, on this machine only"
	@echo "make test        set up what the tests need, and run them"
	@echo "make demo-reset  drop the demo's data and start over"
	@echo "make test-full   the long tests: a look at every page, kills, corpora, many random cases"
	@echo "make coverage    which lines the tests of make test go through"
	@echo "make bench       measure loading, figures and pages"
	@echo "make stop        stop the demo and the embedded database; the data is kept"
	@echo "make format      put the code into shape"
	@echo "make lock        make the lock files anew"

demo:
	@$(PYTHON) config/bootstrap.py run

demo-reset:
	@$(PYTHON) config/bootstrap.py run --reset

test:
	@$(PYTHON) config/bootstrap.py test

test-full:
	@$(PYTHON) config/bootstrap.py test long

coverage:
	@$(PYTHON) config/bootstrap.py test coverage

bench:
	@$(PYTHON) config/bootstrap.py setup
	@$(OWN) -m benchmarks

stop:
	@test ! -x $(OWN) || $(OWN) manage.py stop

format:
	@$(OWN) -m ruff check --fix .
	@$(OWN) -m ruff format .

# Hashes and no addresses, for any index or mirror, any Python from 3.11 and any platform.
LOCK := .venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --quiet --upgrade
GROUP = $(subst compile pyproject.toml,compile,$(LOCK)) --group
lock:
	@$(OWN) -m pip install --quiet --require-hashes -r config/locks/lock.txt
	@$(LOCK) --output-file config/locks/app.txt
	@$(GROUP) test --constraint config/locks/app.txt --output-file config/locks/test.txt
	@$(GROUP) services --no-deps --output-file config/locks/services.txt
	@$(GROUP) node --no-deps --output-file config/locks/node.txt
	@$(GROUP) lock --output-file config/locks/lock.txt
	@cd config/frontend && npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved
