# make demo: the main job. make test: every test. Both install what is missing first.
BENCHES := $(patsubst benchmark/%-bench.ts,%,$(wildcard benchmark/*-bench.ts))

.PHONY: demo test test-cluster control-plane network-overhead check bench bench-check lint fmt packages prometheus $(BENCHES:%=bench-%)
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

# All benchmarks, each of which writes results/NAME-bench.json and its block of docs/benchmarks.md; one that fails does not
# keep the others from running. Not a test: it asserts nothing. With ARGS=--short a small round that leaves the page as it is.
# PLANETLAB=DIR is the folder with PlanetLab's round-trip times (rtt_ms_*.tsv.gz; docs/benchmarks.md says where they are to be had),
# without which bench-estimation and bench-placement leave the page as it is, too.
PLANETLAB ?=
WITH_PLANETLAB := estimation placement

bench: node_modules/.package-lock.json
	@failed=; for bench in $(BENCHES); do $(MAKE) --no-print-directory bench-$$bench || failed="$$failed $$bench"; done; \
	test -z "$$failed" || { echo "failed:$$failed" >&2; exit 1; }

# One of them, benchmark/NAME-bench.ts; its options, and what of it the page has, are told in docs/benchmarks.md.
$(BENCHES:%=bench-%): bench-%: node_modules/.package-lock.json
	@node benchmark/$*-bench.ts $(or $(ARGS),--write-docs) $(if $(filter $*,$(WITH_PLANETLAB)),$(if $(PLANETLAB),--planetlab "$(PLANETLAB)"))

# The last results beside their goals; fails where one is missed. With ARGS=placement-bench only that benchmark's,
# with ARGS=--write the measured values and margins are kept in benchmark/goals.yaml.
bench-check: node_modules/.package-lock.json
	@node benchmark/check-goals.ts $(ARGS)

packages:
	@./lab/install-packages.sh

# For the tests alone.
prometheus: packages
	@./test/install-prometheus.sh

node_modules/.package-lock.json: package.json package-lock.json
	@npm ci --loglevel=error >&2
	@touch $@
