.PHONY: setup report test science lint scoreboard named-effort baseline sampler calibration lock
LEAKBOUND = .venv/bin/leakbound
ATTEMPTS = ../shared/data

report: setup
	$(LEAKBOUND) assess experiments/candidates/deepseek-v3.toml --until 2024-12-26 --out results/deepseek-v3

test: setup
	.venv/bin/python -m pytest -m "not slow" -n 2 --dist loadfile

science: setup
	.venv/bin/python -m pytest

lint: setup
	.venv/bin/ruff check src tests experiments benchmarks
	.venv/bin/ruff format --check src tests experiments benchmarks
	.venv/bin/mypy

scoreboard: setup
	.venv/bin/python experiments/backtest.py --attempts $(ATTEMPTS) --out results

named-effort: setup
	.venv/bin/python experiments/named_effort.py

baseline: setup
	.venv/bin/python experiments/baseline.py

sampler: setup
	.venv/bin/python experiments/sampler.py

calibration: export GLIBC_TUNABLES = glibc.malloc.tcache_max=8192:glibc.malloc.tcache_count=64
calibration: setup
	@status=0; \
	$(LEAKBOUND) calibrate --out results/calibration || status=$$?; \
	$(LEAKBOUND) calibrate --seed 2 --out results/calibration/seed-2 || status=$$?; \
	$(LEAKBOUND) calibrate --seed 3 --out results/calibration/seed-3 || status=$$?; \
	$(LEAKBOUND) calibrate --variant posterior --out results/calibration || status=$$?; \
	$(LEAKBOUND) calibrate --variant posterior --seed 2 --out results/calibration/seed-2 || status=$$?; \
	.venv/bin/python experiments/posterior_truths.py || status=$$?; \
	.venv/bin/python experiments/posterior_truths.py --seed 2 --folder results/calibration/seed-2 || status=$$?; \
	exit $$status

setup:
	@sh scripts/setup.sh

lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-annotate --no-header \
	  --python-version 3.12 --group dev --extra inspect -o requirements.lock pyproject.toml
