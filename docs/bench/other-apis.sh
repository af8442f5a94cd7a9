#!/usr/bin/env bash
# Compares generators on the documents of tests/corpus/sample.txt: this one, progenitor, ploidy and
# openapi-generator (its generator `rust`):
#
#     cargo run -p corpus -- fetch
#     docs/bench/other-apis.sh [generate | compile | table]
#
# Without an argument, all. Each run of a generator is a process of its own, with limits. What has
# been measured is kept in target/other-apis and not measured again, so an interrupted run goes on
# where it was; remove the folder to begin again. FIRST=N takes the first N documents only,
# TOOLS="ours ploidy" these generators only.
#
# The documents and what the peers write from them stay below target/.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$PWD/target/other-apis
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$PWD/target}" CARGO_INCREMENTAL=0

is_missing=
require() {
    command -v "$1" >/dev/null && return
    echo "other-apis.sh needs $1: $2" >&2
    is_missing=yes
}
require cargo "https://rustup.rs"
require java "apt-get install default-jre-headless"
require python3 "apt-get install python3-pip"
[ -d target/corpus/package ] || {
    echo "other-apis.sh needs the documents: cargo run -p corpus -- fetch" >&2
    is_missing=yes
}
[ -z "$is_missing" ] || exit 1

# The programs, each once; all that are compiled are compiled for release.
tools=$folder/tools
mkdir -p "$tools"
[ -x "$tools/generator" ] || {
    cargo build --locked -q --release -p typed-api-generator --bin generator
    cp "$CARGO_TARGET_DIR/release/generator" "$tools/generator"
}
[ -x "$tools/bin/cargo-progenitor" ] ||
    cargo install --locked -q --root "$tools" --target-dir "$folder/build" cargo-progenitor@0.15.1
[ -x "$tools/bin/ploidy" ] ||
    cargo install --locked -q --root "$tools" --target-dir "$folder/build" ploidy@0.15.0
[ -f "$tools/openapi-generator.jar" ] || {
    python3 -m pip download -q --no-deps -d "$tools" openapi-generator-cli==7.26.0
    python3 -m zipfile -e "$tools"/openapi_generator_cli-*.whl "$tools/wheel"
    mv "$tools/wheel/openapi_generator_cli/openapi-generator.jar" "$tools"
}
# Java starts with half of the CPU time if the classes are read from an archive.
[ -f "$tools/openapi-generator.jsa" ] || {
    java -XX:ArchiveClassesAtExit="$tools/openapi-generator.jsa" -XX:+UseSerialGC \
        -jar "$tools/openapi-generator.jar" generate -g rust --skip-validate-spec \
        -i specs/petshop.yaml -o "$tools/warm" >/dev/null 2>&1
}

exec python3 docs/bench/peers/other_apis.py "$@"
