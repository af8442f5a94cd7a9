#!/usr/bin/env bash
# What generating the whole API costs, with the generator built for release. Needs python3.
set -euo pipefail
cd "$(dirname "$0")/../.."
. docs/bench/measure.sh
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
cargo build -q --release -p typed-api-generator --bin generator
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for run in 1 2 3 4 5; do
    measure "generate" "$CARGO_TARGET_DIR/release/generator" specs/stripe.yaml --out "$out"
done
"$CARGO_TARGET_DIR/release/generator" specs/stripe.yaml --check | grep -E "files|time"
