#!/bin/sh
# Installs localstripe, the stateful fake of Stripe that the end-to-end tests run against, in a
# virtual environment: tests/localstripe/install.sh [DIR]
#
# DIR is target/localstripe-venv by default, which is where the tests look unless
# LOCALSTRIPE_VENV names another. Needs Python 3.11 or later with venv, and the network; every
# package is pinned by version and hash. Does nothing if DIR already has what is pinned.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$here/../../target/localstripe-venv}
pinned=$here/requirements.txt
stamp=$dir/installed-requirements.txt

if cmp -s "$pinned" "$stamp"; then
    exit 0
fi
python3 -m venv --clear "$dir"
pip() {
    "$dir/bin/python" -m pip --disable-pip-version-check --quiet "$@"
}
pip install --require-hashes -r "$here/requirements-build.txt"
pip install --require-hashes --no-build-isolation -r "$pinned"
cp "$pinned" "$stamp"
