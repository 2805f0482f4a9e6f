# The one vocabulary: people and continuous integration type the same commands.
# `make` alone lists the targets: a target is listed by the `##` on its line.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

target := $(or $(CARGO_TARGET_DIR),target)
tools := $(target)/tools/bin
dist := $(target)/dist

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# The development profile: it is ready in a third of the release build's time, its dependencies are
# optimised all the same, and `make test` afterwards finds them built.
.PHONY: demo
demo: ## a simulated vendor and the exporter wired to it; prints what to open, ends with Ctrl-C
	cargo run --locked -- demo

.PHONY: test
test: lint ## everything that must hold before a change lands: lint, all tests, a moment of fuzzing
	scripts/tools.sh
	scripts/static.sh dev
	cargo test --locked
	scripts/fuzz.sh 5

.PHONY: lint
lint: ## formatting, clippy and documentation without a warning, licences, bans and sources
	cargo fmt --check
	cargo clippy --locked --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --locked --no-deps --document-private-items
	scripts/tools.sh cargo_deny
	$(tools)/cargo-deny --locked check bans licenses sources

.PHONY: audit
audit: ## known vulnerabilities in dependencies (downloads the advisory database)
	scripts/tools.sh cargo_deny
	$(tools)/cargo-deny --locked check advisories

.PHONY: bench
bench: ## every measurement there is, in one report: benches/results/report.md
	benches/report.sh bench-idle bench-micro bench-load bench-ledger bench-scale

.PHONY: bench-idle
bench-idle: ## memory and CPU at rest, next to Debian's node exporter in the same run
	scripts/tools.sh node_exporter
	scripts/static.sh release >&2
	python3 benches/idle.py

.PHONY: bench-ledger
bench-ledger: ## a million meetings in the look-back window: memory, disk and time, next to plain redb and a plain reader
	cargo bench --locked --bench ledger
	cargo build --locked --release
	python3 benches/lookback.py

.PHONY: bench-scale
bench-scale: ## CPU, memory and lag per application, from 1 to 10,000 of them, scraped by a real Prometheus
	scripts/tools.sh node_exporter prometheus
	cargo build --locked --release
	python3 -B benches/scale.py

.PHONY: bench-micro
bench-micro: ## the steps of a poll and of a scrape, one by one
	cargo bench --quiet --locked --features bench --bench micro -- --quiet >&2
	python3 benches/micro.py

.PHONY: bench-load
bench-load: ## scrapes a second and their latency, next to static bytes, registries and Debian's node exporter
	scripts/tools.sh node_exporter python wrk
	cargo build --locked --release
	cargo build --locked --release --bench peers
	python3 benches/load.py

.PHONY: soak
soak: ## hundreds of kills, a thousand reloads and months on an injected clock, every figure compared (KILLS=n, RELOADS=n, WEEKS=n)
	KILLS=$${KILLS:-200} RELOADS=$${RELOADS:-1000} WEEKS=$${WEEKS:-52} STOP_SECONDS=$${STOP_SECONDS:-180} \
		cargo test --locked --test it -- kill:: reload::many soak:: matrix::host --nocapture

.PHONY: dashboards
dashboards: ## the Grafana dashboards in deploy/grafana/dashboards, written anew
	python3 -B scripts/dashboards

month := $(or $(CARGO_TARGET_DIR),target)/month.openmetrics

.PHONY: pictures
pictures: ## the pictures of the READMEs, drawn anew from a simulated month and from the demo (a few minutes)
	scripts/tools.sh prometheus promtool chromium
	cargo build --locked --bins --example month
	$(or $(CARGO_TARGET_DIR),target)/debug/examples/month $(month)
	python3 -B scripts/pictures $(tools) $(month)
	python3 -B scripts/pictures/status_page.py $(tools) $(or $(CARGO_TARGET_DIR),target)/debug/netease-meeting-exporter

# What is handed out has no path of this machine in it, so that everybody's build is the same.
binaries package image release: export RUSTFLAGS = --remap-path-prefix=$(CURDIR)=/build --remap-path-prefix=$(or $(CARGO_HOME),$(HOME)/.cargo)=/cargo
binaries package image release: export CFLAGS = -ffile-prefix-map=$(CURDIR)=/build -ffile-prefix-map=$(or $(CARGO_HOME),$(HOME)/.cargo)=/cargo

.PHONY: binaries
binaries:
	cargo build --locked --release
	scripts/static.sh release

.PHONY: package
package: binaries ## the Debian package, in target/dist
	scripts/tools.sh cargo_deb
	scripts/package.sh $(target)/release/netease-meeting-exporter $(dist)

.PHONY: image
image: binaries ## the container image, as an OCI archive in target/image
	scripts/tools.sh containers
	scripts/image.sh $(target)/static/release/netease-meeting-exporter $(target)/image/context $(target)/image/netease-meeting-exporter.tar

.PHONY: release
release: package image chart ## everything that is handed out, with a bill of materials and checksums, in target/dist
	scripts/tools.sh cargo_cyclonedx
	scripts/bill-of-materials.sh $(dist)/netease-meeting-exporter.cdx.json
	cp $(target)/image/netease-meeting-exporter.tar $(target)/static/release/netease-meeting-exporter $(dist)
	cd $(dist) && rm -f SHA256SUMS && sha256sum -- * >SHA256SUMS

.PHONY: reproducible
reproducible: ## the release's binaries twice, from the same commit in two folders, and compared
	scripts/reproducible.sh

.PHONY: chart
chart: ## the Helm chart, with rules and dashboards in it, packed into target/dist
	scripts/tools.sh helm
	$(tools)/helm lint --strict deploy/helm/netease-meeting-exporter
	$(tools)/helm package deploy/helm/netease-meeting-exporter --destination $(dist)

.PHONY: attack
attack: ## attacks on the web server, and what a good client notices of them (SECONDS_EACH=n, IDLE=n)
	scripts/tools.sh openssl
	cargo build --locked --release
	python3 benches/attack.py "$${CARGO_TARGET_DIR:-target}/release/netease-meeting-exporter"

.PHONY: fuzz
fuzz: ## every fuzz target for ten minutes (SECONDS_EACH=n, TARGETS="a b")
	scripts/fuzz.sh $${SECONDS_EACH:-600} $${TARGETS:-}

.PHONY: tools
tools: ## what the tests and benchmarks need besides Rust, into target/tools (nothing is installed)
	scripts/tools.sh
	scripts/tools.sh node_exporter cargo_cyclonedx
	scripts/tools.sh cargo_deny promtool prometheus alertmanager newest systemd_analyze systemd_socket_activate curl openssl python mandoc shells chromium helm kubernetes_schemas node_exporter
