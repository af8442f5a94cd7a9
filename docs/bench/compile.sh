#!/usr/bin/env bash
# What the generated crate and programs that use it cost to compile: each crate alone, one job,
# incremental off, dependencies prebuilt, Cargo's default profiles. Three runs; read the best.
# Needs python3 for the figures.
set -euo pipefail
cd "$(dirname "$0")/programs"
. ../measure.sh
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/../../../target/bench}" CARGO_INCREMENTAL=0
library=../../../generated-example/src/lib.rs

cargo check -q && cargo build -q && cargo build -q --release
for run in 1 2 3; do
    echo "run $run"
    touch "$library"; measure "library, check" cargo check -j1 -p typed-api-stripe
    touch "$library"; measure "library, debug" cargo build -j1 -p typed-api-stripe
    touch "$library"; measure "library, release" cargo build -j1 -p typed-api-stripe --release
    cargo build -q && cargo build -q --release
    for bin in baseline one_customer twelve_resources; do
        touch "src/bin/$bin.rs"; measure "$bin, debug" cargo build -j1 --bin "$bin"
        touch "src/bin/$bin.rs"; measure "$bin, release" cargo build -j1 --release --bin "$bin"
    done
done
for bin in baseline one_customer twelve_resources; do
    strip -o "$CARGO_TARGET_DIR/stripped" "$CARGO_TARGET_DIR/release/$bin"
    printf '%-44s %6.2f MB stripped\n' "$bin" "$(stat -c %s "$CARGO_TARGET_DIR/stripped" | awk '{print $1/1e6}')"
done
