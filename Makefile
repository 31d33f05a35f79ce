# make demo: the main job. make test: every test. Both install what is missing first.
.PHONY: demo test check bench lint fmt packages
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

demo: packages node_modules/.package-lock.json
	@./netaware demo $(ARGS)

test: packages node_modules/.package-lock.json
	@vitest run --coverage $(ARGS)

# What must hold besides the tests: format and lint, types, no unused code or dependency.
check: node_modules/.package-lock.json
	@npm run --silent check

lint: node_modules/.package-lock.json
	@npm run --silent lint

fmt: node_modules/.package-lock.json
	@npm run --silent fmt

# Figures for docs/benchmarks.md. Not a test: it asserts nothing.
bench: node_modules/.package-lock.json
	@node benchmark/prioritize-bench.ts
	@node benchmark/strategies-bench.ts

packages:
	@./lab/install-packages.sh

node_modules/.package-lock.json: package.json package-lock.json
	@npm ci --loglevel=error >&2
	@touch $@
