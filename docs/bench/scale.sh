#!/usr/bin/env bash
# How the work grows with the document: ten times the components and operations of the newest one.
# Needs python3.
set -euo pipefail
cd "$(dirname "$0")/../.."
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}"
cargo build -q --release -p typed-api-generator --bin generator --example multiply
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
for copies in 1 10; do
    "$CARGO_TARGET_DIR/release/examples/multiply" --copies "$copies" --out "$out/$copies"
done
python3 - "$CARGO_TARGET_DIR/release/generator" "$out" <<'PY'
import os, subprocess, sys
generator, out = sys.argv[1:]
def measure(copies):
    """The least CPU seconds of five runs, and the peak memory in MB."""
    folder, best, peak = f"{out}/{copies}", None, 0
    for run in range(5):
        command = [generator, f"{folder}/document.json", "--out", f"{folder}/crate{run}",
                   "--names", f"{folder}/names{run}.toml"]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, use = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            sys.exit(f"the generator failed on {folder}/document.json")
        seconds = use.ru_utime + use.ru_stime
        best = seconds if best is None else min(best, seconds)
        peak = max(peak, use.ru_maxrss / 1024)
    print(f"{copies:3} times the document {best:8.2f} CPU s {peak:7.0f} MB")
    return best, peak
(small, little), (large, much) = measure(1), measure(10)
print(f"ratio                  {large / small:8.1f}       {much / little:7.1f}")
PY
