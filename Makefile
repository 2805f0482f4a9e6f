# The one vocabulary: people and continuous integration type the same commands.
# `make` alone lists the targets: a target is listed by the `##` on its line.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

tools := $(or $(CARGO_TARGET_DIR),target)/tools/bin
dist := $(or $(CARGO_TARGET_DIR),target)/dist

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# The development profile: it is ready in a third of the release build's time, its dependencies are
# optimised all the same, and `make test` afterwards finds them built.
.PHONY: demo
demo: ## a simulated vendor and the exporter wired to it; prints what to open, ends with Ctrl-C
	cargo run --locked -- demo

.PHONY: test
test: lint ## everything that must hold before a change lands: lint, all tests, a moment of fuzzing
	scripts/tools.sh
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
bench: ## memory and CPU at rest, next to Debian's node exporter in the same run
	scripts/tools.sh node_exporter
	cargo build --locked --release
	python3 benches/idle.py

.PHONY: soak
soak: ## hundreds of kills at random moments and months on an injected clock, every figure compared (KILLS=n, WEEKS=n)
	KILLS=$${KILLS:-200} WEEKS=$${WEEKS:-52} cargo test --locked --test it -- kill:: soak:: --nocapture

.PHONY: dashboards
dashboards: ## the Grafana dashboards in deploy/grafana/dashboards, written anew
	python3 -B scripts/dashboards

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
	scripts/tools.sh cargo_deny promtool prometheus alertmanager newest systemd_analyze python mandoc shells helm kubernetes_schemas node_exporter
