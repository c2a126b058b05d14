# `just` lists these recipes. Each is one or two plain commands.

_list:
    @just --list

# Serve sample data on http://127.0.0.1:8080
demo:
    cargo run -- demo

# All tests, on SQLite and on PostgreSQL
test *arguments:
    cargo test {{ arguments }}

# All checks before a change lands
check:
    .ci/run

# Generate the OpenAPI documents
openapi:
    cargo run -- openapi > openapi/openapi.json
    cargo run -- openapi --format 3.0 > openapi/openapi-3.0.json

# Generate the table of settings
settings:
    cargo run -- config settings > docs/settings.md

# A token for development, signed with LOGBOOK_JWT_SECRET
token account +roles:
    cargo run -- token --account {{ account }} {{ prepend("--role ", roles) }}

# Fuzz a target of fuzz/ (needs nightly Rust and cargo-fuzz 0.13.1)
fuzz target seconds="600":
    mkdir -p fuzz/corpus/{{ target }}
    cargo +nightly fuzz run {{ target }} fuzz/corpus/{{ target }} fuzz/seeds/{{ target }} -- -max_total_time={{ seconds }}
