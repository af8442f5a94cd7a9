#!/usr/bin/env bash
# Compares the generated client with async-stripe and with bare reqwest, and prints tables with
# ratios:
#
#     docs/bench/compare.sh [calls] [throughput] [protocols] [decode] [compile | compile-debug | compile-release]
#
# Without arguments, all. Instructions are counted by callgrind, so that they hardly depend on
# what else the machine does; calls per second, megabytes per second and CPU seconds do.
set -euo pipefail
cd "$(dirname "$0")/peers"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/../../../target/peers}" CARGO_INCREMENTAL=0

is_missing=
require() {
    command -v "$1" >/dev/null && return
    echo "compare.sh needs $1: $2" >&2
    is_missing=yes
}
require cargo "https://rustup.rs"
require python3 "apt-get install python3"
require valgrind "apt-get install valgrind"
require strip "apt-get install binutils"
[ -z "$is_missing" ] || exit 1

parts=("$@")
[ $# -gt 0 ] || parts=(calls throughput protocols decode compile)
for part in "${parts[@]}"; do
    case "$part" in
    calls | throughput | decode) cargo build --locked -q --release --bins -p peers ;;
    protocols)
        cargo build --locked -q --release -p protocols
        cargo build --locked -q --release -p protocols --features http2 \
            --target-dir "$CARGO_TARGET_DIR/http2"
        ;;
    compile)
        python3 measure.py compile-debug
        part=compile-release
        ;;
    compile-debug | compile-release) ;;
    *)
        echo "usage: compare.sh [calls] [throughput] [protocols] [decode] [compile | compile-debug | compile-release]" >&2
        exit 1
        ;;
    esac
    python3 measure.py "$part"
done
