# One way in for everything; bare `make` prints this help. Every target sets up what it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two workers by default on the smallest machine we support; xdist takes more where there are more cores.
WORKERS ?= auto
PYTEST := $(BIN)/python -m pytest -n $(WORKERS)
# Two stamps: the slow one follows the lock file, the quick one the project's own metadata.
INSTALLED := $(VENV)/.installed
READY := $(VENV)/.ready
ASSETS := node_modules/.package-lock.json
TEXTS := $(shell find src/mutualaid -name '*.po')
COMPILED := $(VENV)/.texts

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup check fix test test-slow test-all browser soak bench demo plans year mutation lock clean

help: ## 显示本帮助 · show this help
	@echo '职工互助保障平台 Mutualaid'
	@echo
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)$$/\1|\2/p' Makefile | \
		while IFS='|' read -r name text; do printf '  make %-10s %s\n' "$$name" "$$text"; done

setup: $(READY) ## 准备环境（.venv，依赖逐个校验哈希）· make .venv from the locked, hashed requirements
	@echo '就绪 · ready: $(BIN)/mutualaid --help'

check: $(READY) ## 全部静态检查，一次报告所有问题 · every static check; reports all failures
	@$(BIN)/python -m tools.check

fix: $(READY) ## 修正格式与可修的问题，重写生成的文档 · format, fix what can be, write generated documents
	$(BIN)/python -m ruff check --fix-only --quiet .
	$(BIN)/python -m ruff format .
	$(BIN)/python -m tools.messages
	$(BIN)/python -m tools.check_docs --fix

test: $(READY) ## 快速测试（约 6 分钟）· the fast tests, about six minutes on two cores
	$(PYTEST) -m 'not slow'

test-slow: $(READY) browser ## 仅慢速测试 · only the slow tests
	$(PYTEST) -m slow

test-all: $(READY) browser ## 全部测试 · all tests, fast and slow
	$(PYTEST)

browser: ## 浏览器测试所需的 Chromium 与中文字体 · Chromium and a Chinese font, for tests in a browser
	@sh tools/browser.sh

soak: $(READY) ## 以新的随机样例长跑性质测试 · the properties at length, on other random examples each time
	MUTUALAID_SOAK=1 $(PYTEST) -m slow -k at_length

bench: $(READY) ## 运行全部性能基准（与对照程序同场比较）· run every benchmark, beside its rivals
	@status=0; found=0; \
	for file in bench/bench_*.py; do \
		[ -e "$$file" ] || continue; found=1; \
		echo "== $$file"; $(BIN)/python -m "bench.$$(basename "$$file" .py)" || status=1; \
	done; \
	if [ $$found = 0 ]; then echo '还没有基准 · there are no benchmarks yet: bench/bench_*.py'; fi; \
	exit $$status

demo: $(READY) ## 演示：在本机运行整个系统，Ctrl-C 停止 · the whole product on this machine; Ctrl-C stops it
	@$(BIN)/mutualaid demo

plans: $(READY) ## 计划库：核对真实计划、逐步算例、网页 · real plans checked, decisions explained, pages
	@$(BIN)/mutualaid library

year: $(READY) ## 虚构的一年：合成、两个引擎核对、测算 · an invented year: drawn, decided twice, simulated
	@$(BIN)/mutualaid year

mutation: $(READY) ## 变异测试（引擎）· mutation testing of the engine
	$(BIN)/python -m mutmut run
	$(BIN)/python -m mutmut results

lock: requirements/lock.txt ## 重新锁定依赖版本与哈希 · lock the requirements anew
	@sh tools/lock.sh "$(PYTHON)"

clean: ## 删除生成物（保留 .venv）· remove what was generated, keep .venv
	rm -rf build dist mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find src tests tools bench -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

$(INSTALLED): requirements/dev.txt tools/setup_venv.sh
	@sh tools/setup_venv.sh "$(PYTHON)" "$(VENV)"
	@touch $@

# What browsers are served, each package checked by its hash.
$(ASSETS): package-lock.json tools/assets.sh $(INSTALLED)
	@sh tools/assets.sh "$(BIN)"
	@touch $@

# The English of the pages, compiled beside its sources.
$(COMPILED): $(INSTALLED) $(TEXTS) tools/messages.py
	@$(BIN)/python -m tools.messages --compile
	@touch $@

$(READY): $(INSTALLED) $(ASSETS) pyproject.toml | $(COMPILED)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation --editable .
	@touch $@
