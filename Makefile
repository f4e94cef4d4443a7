# Two commands: `make run` and `make test`. Each installs what it is missing (Scripts/setup).

PORT ?= 8080
# One folder for each port, so that two may run side by side.
DATA ?= demo-data$(if $(filter-out 8080,$(PORT)),-$(PORT))
SWIFT_FILES = Package.swift Sources Tests Benchmarks

.PHONY: help run test release bench deb format lint clean

help:
	@echo 'make run      build and serve the sample action, with a built-in mail outbox (PORT=8080)'
	@echo 'make test     run every test'
	@echo 'make release  build .build/release/outcry'
	@echo 'make bench    measure what a request costs, beside nginx (some eight minutes)'
	@echo 'make deb      build a Debian package that needs no Swift on its machine'
	@echo 'make format   format the Swift files in place'
	@echo 'make lint     check their format'
	@echo 'make clean    remove what was built, the tests'"'"' environment and the sample data'

run:
	@Scripts/setup
	swift build --product outcry
	@exec .build/debug/outcry serve --demo --data $(DATA) --listen 127.0.0.1:$(PORT)

test:
	@Scripts/setup test
	$(MAKE) --no-print-directory lint
	Scripts/build-tests
	swift test
	.venv/bin/python -m pytest Tests/System

release:
	@Scripts/setup
	swift build -c release --product outcry

bench: release
	@Scripts/setup bench
	swift build -c release --product bench-hello
	python3 Benchmarks/bench.py

deb:
	@Scripts/setup
	Packaging/build-deb

format:
	swift format --in-place --parallel --recursive $(SWIFT_FILES)

lint:
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)

clean:
	rm -rf .build .venv demo-data demo-data-* Tests/System/output Benchmarks/output
