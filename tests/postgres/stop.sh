#!/bin/sh
# Stops the server that install.sh started for DIR, and removes DIR: tests/postgres/stop.sh DIR
set -eu

dir=${1:?usage: stop.sh DIR}
if [ ! -f "$dir/port" ]; then
    echo "$dir is not what install.sh makes" >&2
    exit 1
fi
dir=$(cd "$dir" && pwd)

# By hand, so that a server that was installed in another place meanwhile is stopped too.
pid=$(head -n 1 "$dir/data/postmaster.pid" 2>/dev/null || true)
if [ -n "$pid" ]; then
    # Without waiting for clients; see "Shutting Down the Server" in PostgreSQL's documentation.
    kill -INT "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.1
    done
fi
rm -rf "$dir"
