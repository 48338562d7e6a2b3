# Hands over to tools/setup (packages) and Meson; see README.md.
BUILD ?= build

.PHONY: all setup setup-bench setup-browser setup-suricata check check-sanitize demo lab-start lab-stop bench fuzz flips kill screenshots clean
all: setup $(BUILD)/build.ninja
	@ninja -C $(BUILD)

setup:
	@tools/setup

setup-browser: setup
	@tools/setup browser

# what benchmarks are measured against: clingo, SWI-Prolog, hyperfine
setup-bench: setup
	@tools/setup bench

# Suricata, a network engine for trials; adds Debian's backports suite for it alone
setup-suricata: setup
	@tools/setup suricata

$(BUILD)/build.ninja:
	@meson setup $(BUILD) >/dev/null

check: setup-browser all
	@tools/check $(BUILD)

# every test with the address and undefined-behaviour sanitizers; takes about three times as long
check-sanitize: setup-browser
	@[ -f $(BUILD)-sanitize/build.ninja ] || meson setup $(BUILD)-sanitize -Db_sanitize=address,undefined \
	  -Db_lundef=false >/dev/null
	@ninja -C $(BUILD)-sanitize
	@tools/check $(BUILD)-sanitize

demo: all
	@tools/demo $(BUILD)

lab-start: all
	@tests/lab/lab start

lab-stop:
	@tests/lab/lab stop

bench: all
	@ninja -C $(BUILD) benchmark

fuzz: all
	@tools/fuzz $(BUILD)

flips: all
	@tools/flips $(BUILD)

kill: all
	@tools/kill $(BUILD)

# the README's pictures, made anew
screenshots: setup-browser all
	@tools/screenshots $(BUILD)

clean:
	rm -rf $(BUILD)
