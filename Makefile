# Every command of the project; `make` lists them. What they do stands in scripts/.

checked := $(wildcard Sources Tests Examples Fuzz Benchmarks)
# A module that is used and not named as a dependency is an error.
strict := --explicit-target-dependency-import-check error

SEED ?= 1
SEEDS ?= 1

.PHONY: help run test check bench fuzz simulate mutants sanitize release
help:  ## this list
	@sed --quiet 's/^\([a-z]*\): .*## /\1\t/p' $(MAKEFILE_LIST) | expand --tabs=10

run: release  ## build pingora-lb and try it with two servers inside (FLAGS="--listen ...")
	.build/pingora-lb --demo $(FLAGS)

test:  ## all tests; what CI runs
	@scripts/bootstrap
	swift test --disable-xctest

check:  ## all that must hold before a push: format, tests, examples, fuzzing, allocations
	@scripts/bootstrap
	swift format lint --strict --parallel --recursive $(checked)
	swift build --build-tests $(strict)
	swift test --disable-xctest $(strict)
	python3 Examples/check.py
	if [ -x scripts/fuzz ]; then scripts/fuzz --seconds 10; fi
	swift run --package-path Benchmarks/Micro --configuration release Micro

bench:  ## pingora-lb, nginx and HAProxy side by side, about ten minutes (FLAGS="--check")
	@scripts/bootstrap bench
	scripts/bench $(FLAGS)

fuzz:  ## fuzz parsers and whole exchanges (FLAGS="--seconds 600"; EXCHANGE_SECONDS=3600)
	scripts/fuzz $(FLAGS)

simulate:  ## seeds of the simulation, one or more (SEED=17 SEEDS=1000); the same gives the same
	@PINGORA_FIRST_SEED=$(SEED) PINGORA_SEEDS=$(SEEDS) \
	swift test --disable-xctest --filter SimulationReport

mutants:  ## plant known mistakes in a copy of the sources; the simulation must find each
	scripts/mutants $(FLAGS)

sanitize:  ## the tests with the address and the thread sanitizer (FLAGS=thread: only that)
	scripts/sanitize $(FLAGS)

release:  ## the binary as it is released: .build/pingora-lb
	@scripts/bootstrap
	@scripts/build-release
