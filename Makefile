# `make run` and `make test` are all that a newcomer needs: .ci/prepare installs what is missing on the machine, and says so.
#
#     make run ARGS='--listen 127.0.0.1:9000'      arguments for `roster serve`
#     make test ARGS='users:: -- --nocapture'      arguments for `cargo test`

PREPARE := sh .ci/prepare
# With a database of one's own, no PostgreSQL server is needed here.
PREPARE_RUN := $(PREPARE) $(if $(DATABASE_URL),--without-server)
PREPARE_BUILD := $(PREPARE) --without-server
# What judges the OpenAPI document and uses it: Python and Node programs, installed into target/tools.
TOOLS := $(PREPARE) --with-tools sh .ci/tools
# Nobody watches over CI, so there Cargo.lock is law.
LOCKED := $(if $(CI),--locked)

DIESEL := target/tools/bin/diesel
# As Cargo.lock has diesel.
DIESEL_VERSION := 2.3.14

.DEFAULT_GOAL := help
.PHONY: help run test check fmt openapi schema doc lint-api api-change clients fuzz

help: ## Say what there is (this)
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

run: ## Run the service on http://localhost:8080, on a Postgres of its own unless DATABASE_URL is set
	@$(PREPARE_RUN) cargo run $(LOCKED) -- serve $(ARGS)

test: ## Run all tests, each on a database of its own
	@$(PREPARE) cargo test $(LOCKED) $(ARGS)

check: ## Format and lint, as CI asks for it
	@$(PREPARE_BUILD) cargo fmt --check
	@$(PREPARE_BUILD) cargo clippy $(LOCKED) --all-targets -- -D warnings

fmt: ## Format the code
	@cargo fmt

openapi: ## Write openapi/ anew, from the code: the document, its examples and the tables of permissions.md
	@$(PREPARE) env ROSTER_WRITE_EXAMPLES=1 cargo test $(LOCKED) --test api story::the_examples
	@$(PREPARE_BUILD) cargo build $(LOCKED)
	@mkdir -p openapi target
	@$(PREPARE_BUILD) cargo run $(LOCKED) --quiet -- openapi > target/openapi.json
	@$(PREPARE_BUILD) cargo run $(LOCKED) --quiet -- permissions > target/permissions.md
	@mv target/openapi.json openapi/openapi.json
	@mv target/permissions.md openapi/permissions.md

schema: $(DIESEL) ## Write src/schema.rs anew, from the migrations; DATABASE_URL says on which empty database
	@test -n "$(DATABASE_URL)" || { echo 'make schema: DATABASE_URL must name an empty database' >&2; exit 1; }
	@$(DIESEL) migration run

$(DIESEL):
	$(PREPARE_BUILD) cargo install --locked --root target/tools --version $(DIESEL_VERSION) \
		--no-default-features --features postgres diesel_cli

doc: ## Build the documentation of the code; target/doc/roster/index.html is the map
	@RUSTDOCFLAGS='-D warnings' $(PREPARE_BUILD) cargo doc $(LOCKED) --no-deps --document-private-items

lint-api: ## Lint the OpenAPI document
	@$(TOOLS) redocly lint --config openapi/redocly.yaml openapi/openapi.json
	@$(TOOLS) spectral lint --ruleset openapi/.spectral.yaml --fail-severity warn openapi/openapi.json
	@$(TOOLS) openapi-spec-validator openapi/openapi.json

api-change: ## Say whether the document breaks clients of the last release
	@$(TOOLS) python openapi/tools/api_change_test.py
	@$(TOOLS) python openapi/tools/api_change.py openapi/released.json openapi/openapi.json openapi/CHANGES.md

clients: ## Generate clients in TypeScript and Python, and have each manage users of a service
	@$(TOOLS) cargo build $(LOCKED)
	@$(TOOLS) python .ci/with-service sh tests/clients/run

fuzz: ## Fuzz a service; FUZZ_EXAMPLES=200 is the thorough way, FUZZ_SEED=1 repeats
	@$(TOOLS) cargo build $(LOCKED)
	@$(TOOLS) python .ci/with-service python openapi/fuzz/run.py
