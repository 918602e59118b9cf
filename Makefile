# Two commands do everything: "make run" and "make test".

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null)
LDFLAGS  = -X main.version=$(VERSION)
# Fuzz targets run this long each in "make fuzz".
FUZZTIME ?= 60s
# Inputs to a server with goroutines never look twice the same: little is tried to
# shorten them, or nothing else is.
FUZZMIN ?= 20x
# Benchmarks to run and how often; benchstat wants ten for a comparison.
BENCH ?= .
COUNT ?= 1

.PHONY: run test build console browser screenshots bench lint fuzz deps vet clean

run: build
	bin/itms demo

build: console
	$(GO) build -ldflags "$(LDFLAGS)" -o bin/itms ./cmd/itms
	$(GO) build -ldflags "$(LDFLAGS)" -o bin/cpesim ./cmd/cpesim

# The console is built again when a file of it is newer than its page.
UI   = web/ui
PAGE = $(UI)/dist/app/index.html

console: $(PAGE)

$(PAGE): $(UI)/node_modules/.package-lock.json $(wildcard $(UI)/*.*) $(shell find $(UI)/src $(UI)/public -type f)
	cd $(UI) && npm run build

$(UI)/node_modules/.package-lock.json: $(UI)/package-lock.json
	@command -v npm >/dev/null || { echo "the console is built with npm: install Debian's nodejs and npm" >&2; exit 1; }
	cd $(UI) && npm ci

# Random sequences of orders and contacts; with the race detector only a few are tried.
PROPERTIES = Converge|SameEnd|ForEver|AddUp

test: deps console lint
	$(GO) test -race -parallel 4 -timeout 30m ./...
	$(GO) test ./workorder -run '$(PROPERTIES)'
	$(MAKE) browser

# The console in a real browser, against the real binary and simulated devices.
browser: build
	cd $(UI) && npm run -s e2e

# Every page in both languages, into web/ui/screenshots, and the pictures of the README
# (docs/images) into a folder beside them. Drawn from the demo.
screenshots: build
	cd $(UI) && npm run -s screenshots

# Programs that tests run, each with the Debian package that has it. Tests of PostgreSQL
# start servers of their own.
PROGRAMS = postgres:postgresql \
	curl:curl \
	tftp:tftp-hpa \
	atftp:atftp \
	rdate:rdate \
	ip:iproute2 \
	sysctl:procps \
	dhcrelay:isc-dhcp-relay \
	dhclient:isc-dhcp-client \
	radclient:freeradius-utils \
	udhcpc:udhcpc \
	npm:npm \
	chromium:chromium

deps:
	@PATH="$$PATH:/usr/sbin:$$(echo /usr/lib/postgresql/*/bin | tr ' ' :)"; missing=; \
	for p in $(PROGRAMS); do command -v "$${p%:*}" >/dev/null || missing="$$missing $${p#*:}"; done; \
	if [ -z "$$missing" ]; then exit 0; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -qy $$missing; \
	else echo "missing Debian packages:$$missing" >&2; exit 1; fi

lint:
	@test -z "$$(gofmt -l .)" || { echo "not formatted:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

bench: deps
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) ./...

# Sequences of events per round of the property tests in "make fuzz": five rounds.
CHECKS ?= 2000

# One minute for each fuzz target of the tree, and 10,000 sequences of orders and contacts.
fuzz:
	$(GO) test ./workorder -run '$(PROPERTIES)' -rapid.checks=$(CHECKS) -timeout 2h
	@set -e; for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime $(FUZZMIN) $$pkg; \
		done; \
	done

clean:
	rm -rf bin
