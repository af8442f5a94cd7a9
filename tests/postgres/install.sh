#!/bin/sh
# Starts a PostgreSQL server of its own for the tests that need one, and prints its URL:
#
#     export TEST_POSTGRES_URL="$(tests/postgres/install.sh DIR)"
#
# DIR must be empty or missing, or what an earlier run made: then the server of that run is started
# again if it is not running. The server listens on the loopback interface and on a socket in DIR,
# and lets every user of this machine in, so keep nothing in it. It does not wait for the disk:
# what is tested is what happens when clients die, not when the machine does.
#
# Without the server's programs, Debian's package is installed, which needs the rights to do so.
# stop.sh stops the server and removes DIR.
set -eu

dir=${1:?usage: install.sh DIR}
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

find_programs() {
    found=$(command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -n 1)
    [ -n "$found" ] && dirname "$found"
}

if ! bin=$(find_programs); then
    # No cluster of the package's own: it would take the usual port.
    mkdir -p /etc/postgresql-common/createcluster.d
    echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/tests.conf
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    apt-get install -y -qq --no-install-recommends postgresql >&2
    bin=$(find_programs)
fi

# The server refuses to run as root. Its programs write to /dev/null, which in some containers only
# root may: they then get one of their own, which no other process sees.
as_owner() {
    if [ "$(id -u)" != 0 ]; then
        "$@"
    elif runuser -u postgres -- test -w /dev/null; then
        runuser -u postgres -- "$@"
    else
        [ -e "$dir/null" ] || mknod -m 666 "$dir/null" c 1 3
        unshare --mount sh -c 'mount --bind "$0" /dev/null && exec runuser -u postgres -- "$@"' \
            "$dir/null" "$@"
    fi
}

if [ ! -f "$dir/port" ]; then
    if [ -n "$(ls -A "$dir")" ] && [ ! -f "$dir/begun" ]; then
        echo "$dir has files that are not of this script" >&2
        exit 1
    fi
    : >"$dir/begun"
    # Everybody may look through it, since the server's user may be another.
    chmod 755 "$dir"
    rm -rf "$dir/data" "$dir/socket"
    mkdir "$dir/data" "$dir/socket"
    if [ "$(id -u)" = 0 ]; then
        chown postgres "$dir/data" "$dir/socket"
    fi
    as_owner "$bin/initdb" --pgdata "$dir/data" --username postgres --auth trust \
        --encoding UTF8 --locale C --no-sync >&2
    port=$(python3 -c '
import socket
with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    print(free.getsockname()[1])
')
    cat >>"$dir/data/postgresql.conf" <<CONF
listen_addresses = '127.0.0.1'
port = $port
unix_socket_directories = '$dir/socket'
max_connections = 300
fsync = off
CONF
    echo "$port" >"$dir/port"
fi

port=$(cat "$dir/port")
if ! as_owner "$bin/pg_ctl" --pgdata "$dir/data" status >/dev/null 2>&1; then
    as_owner "$bin/pg_ctl" --pgdata "$dir/data" --log "$dir/data/server.log" --wait start >&2
fi
echo "postgres://postgres@127.0.0.1:$port/postgres"
