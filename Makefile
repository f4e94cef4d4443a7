# Two commands: `make run` and `make test`. Each installs what it is missing (Scripts/setup).

PORT ?= 8080
# One folder for each port, so that two may run side by side.
DATA ?= demo-data$(if $(filter-out 8080,$(PORT)),-$(PORT))
# So many files of system tests run beside each other; most of their time is waiting.
TESTERS ?= 3
SWIFT_FILES = Package.swift Sources Tests Benchmarks Fuzzing
FUZZ_FLAGS = -Xswiftc -sanitize=fuzzer,address -Xcc -fsanitize=fuzzer-no-link,address \
	-Xswiftc -enable-testing -Xswiftc -use-ld=lld

.PHONY: help run test faults release bench fuzz deb format lint clean

help:
	@echo 'make run      build and serve the sample action, with a built-in mail outbox (PORT=8080)'
	@echo 'make test     run every test'
	@echo 'make faults   break the server in every way known, with a thousand kills (some half an hour, best as root)'
	@echo 'make release  build .build/release/outcry'
	@echo 'make bench    measure what a request costs, beside nginx (some eight minutes)'
	@echo 'make fuzz     feed every parser what it does not expect (FUZZ_SECONDS=600)'
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
	.venv/bin/python -m pytest Tests/System -n $(TESTERS) --dist loadfile -m 'not alone'
	.venv/bin/python -m pytest Tests/System -m alone

# Other lots: OUTCRY_FAULT_SEED=... make faults
faults:
	@Scripts/setup test
	swift build --product outcry
	@echo 'A thousand kills and the other faults take some half an hour; each story says how long it still takes.'
	OUTCRY_FAULT_RUNS=$${OUTCRY_FAULT_RUNS:-1000} .venv/bin/python -m pytest Tests/System/faults

release:
	@Scripts/setup
	swift build -c release --static-swift-stdlib --product outcry

bench: release
	@Scripts/setup bench
	swift build -c release --static-swift-stdlib --product bench-hello
	python3 Benchmarks/bench.py

fuzz:
	@Scripts/setup
	OUTCRY_FUZZ=1 swift build -c release --scratch-path .build-fuzz --product fuzz $(FUZZ_FLAGS)
	python3 Fuzzing/fuzz.py

deb:
	@Scripts/setup
	Packaging/build-deb

format:
	swift format --in-place --parallel --recursive $(SWIFT_FILES)

lint:
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)

clean:
	rm -rf .build .build-deb .build-fuzz .venv demo-data demo-data-* Tests/System/output Benchmarks/output Fuzzing/output
