# The two commands a newcomer needs: `make run` and `make test`.
# Everything they install goes into .uv and .venv beside this file.

PY      := .venv/bin/python
UV      := .uv/bin/uv
STAMPS  := .venv/.stamps

.PHONY: run test lint rig bench lock words clean

run: $(STAMPS)/run $(STAMPS)/reader ## start Tandem with its demo contract on this machine
	@$(PY) -m flask --app app serve

test: $(STAMPS)/dev $(STAMPS)/reader lint ## everything the build server checks
	$(PY) tests/needs.py
	$(PY) -m pytest -q -n auto --maxprocesses 4 --dist loadfile

lint: $(STAMPS)/dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

rig: $(STAMPS)/dev ## random moves of both parties, then lines cut, browsers and servers killed; an hour and a half
	$(PY) -m tests.rig.pure
	$(PY) -m tests.rig.databases
	$(PY) tests/needs.py
	$(PY) -m tests.rig.basement.long

bench: $(STAMPS)/dev ## what we promise about speed, as ratios
	$(PY) -m bench

lock: $(UV) ## renew the lock files after a change in pyproject.toml
	$(UV) pip compile -q pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock
	$(UV) pip compile -q pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -c requirements.lock -o requirements-dev.lock

words: $(STAMPS)/dev ## gather new sentences into translations/*/LC_MESSAGES/messages.po
	.venv/bin/pybabel -q extract -F babel.cfg -k N_ -k _say -k _say_many:1,2 --sort-output --omit-header --no-location -o translations/messages.pot .
	.venv/bin/pybabel -q update --no-fuzzy-matching --no-wrap --ignore-obsolete -i translations/messages.pot -d translations

clean:
	rm -rf .venv .uv

$(UV):
	@command -v python3 >/dev/null || { echo "Tandem needs Python 3.11 or newer: apt-get install python3-venv"; exit 1; }
	python3 -m venv .uv
	.uv/bin/pip install -q --disable-pip-version-check 'uv>=0.13,<0.14'

$(STAMPS)/reader: qr/fetching.py | $(STAMPS)/run ## the barcode reader for browsers that have none
	@$(PY) qr/fetching.py
	@touch $@

$(STAMPS)/run: requirements.lock $(wildcard translations/*/LC_MESSAGES/messages.po) | $(UV)
	@test -x $(PY) || $(UV) venv -q --python '>=3.11' .venv
	@test -e $(STAMPS)/dev || $(UV) pip sync -q --compile-bytecode --python $(PY) --require-hashes requirements.lock
	@$(PY) -m babel.messages.frontend -q compile -d translations
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements-dev.lock $(wildcard translations/*/LC_MESSAGES/messages.po) | $(UV)
	@test -x $(PY) || $(UV) venv -q --python '>=3.11' .venv
	$(UV) pip sync -q --compile-bytecode --python $(PY) --require-hashes requirements-dev.lock
	@$(PY) -m babel.messages.frontend -q compile -d translations
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/run
