# make demo: the main job. make test: every test. Both install what is missing first.
.PHONY: demo test test-cluster control-plane network-overhead check bench bench-scheduler bench-placement bench-estimation bench-check lint fmt packages prometheus
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

demo: packages node_modules/.package-lock.json
	@./netaware demo $(ARGS)

test: packages prometheus node_modules/.package-lock.json
	@vitest run --coverage $(ARGS)

# The suites that need a real control plane; `make test` runs them too where `make control-plane` was run.
test-cluster: packages node_modules/.package-lock.json
	@vitest run --project cluster $(ARGS)

# etcd, kube-apiserver, kube-controller-manager and kube-scheduler, built with Go into the user's cache; again only what is missing.
control-plane: node_modules/.package-lock.json
	@node test/control-plane/build.ts

# kube-scheduler with scheduler-plugins' NetworkOverhead compiled in, to compare with; into the user's cache as well.
network-overhead: node_modules/.package-lock.json
	@node test/control-plane/build-network-overhead.ts

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
	@node benchmark/burst-bench.ts
	@$(MAKE) --no-print-directory bench-placement
	@$(MAKE) --no-print-directory bench-estimation
	@$(MAKE) --no-print-directory bench-scheduler

# Pods/s of a real kube-scheduler; writes docs/benchmarks.md. With ARGS="--nodes 200 --rounds 1" a short one that does not.
bench-scheduler: node_modules/.package-lock.json
	@node benchmark/scheduler-bench.ts $(or $(ARGS),--write-docs)

# How good placements are and how long a plan takes; writes docs/benchmarks.md. ARGS="--planetlab DIR" adds cases of measured RTTs.
bench-placement: node_modules/.package-lock.json
	@node benchmark/placement-bench.ts $(or $(ARGS),--write-docs)

# How far estimates of unprobed links are off; writes docs/benchmarks.md. ARGS="--planetlab DIR" adds measured RTTs.
bench-estimation: node_modules/.package-lock.json
	@node benchmark/estimation-bench.ts $(or $(ARGS),--write-docs)

# The last results against their goals; fails where one is missed. With ARGS=placement-bench only that benchmark's.
bench-check: node_modules/.package-lock.json
	@node benchmark/check-bench.ts $(ARGS)

packages:
	@./lab/install-packages.sh

# For the tests alone.
prometheus: packages
	@./test/install-prometheus.sh

node_modules/.package-lock.json: package.json package-lock.json
	@npm ci --loglevel=error >&2
	@touch $@
