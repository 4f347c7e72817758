#!/usr/bin/env bash
# scripts/ci/with-postgres.sh COMMAND...
# Runs the command with DATABASE_URL pointing at a PostgreSQL of its own, in a temporary folder and on a free loopback
# port, and stops that server when the command ends. PostgreSQL is installed first where it is missing (Debian, as root).
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: $0 COMMAND..." >&2; exit 2; }

# Debian keeps the server's programs out of PATH, one folder per version.
find_binaries() {
  local folder
  folder=$(find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
  if [ -n "$folder" ] && [ -x "$folder/initdb" ]; then
    echo "$folder"
  elif command -v initdb >/dev/null && command -v postgres >/dev/null; then
    dirname "$(command -v initdb)"
  fi
}

bin=$(find_binaries)
if [ -z "$bin" ]; then
  "$(dirname "${BASH_SOURCE[0]}")/apt-install.sh" postgresql >&2
  bin=$(find_binaries)
fi
[ -n "$bin" ] || { echo "$0: no PostgreSQL found and none could be installed" >&2; exit 2; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/slipway-postgres.XXXXXX")
server=""

# The server refuses to run as root.
unprivileged=()
if [ "$(id -u)" -eq 0 ]; then
  user=postgres
  id "$user" >/dev/null 2>&1 || user=nobody
  unprivileged=(setpriv "--reuid=$user" "--regid=$(id -gn "$user")" --clear-groups)
  chown "$user" "$folder"
fi

stop() {
  if [ -n "$server" ] && kill -INT "$server" 2>/dev/null; then
    wait "$server" 2>/dev/null || true
  fi
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

free_port() {
  node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

cd "$folder"
"${unprivileged[@]}" "$bin/initdb" --pgdata="$folder/data" --username=slipway --auth=trust --encoding=UTF8 --locale=C \
  --no-sync >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; exit 1; }

# The data is thrown away at the end, so nothing waits for a disk.
port=$(free_port)
"${unprivileged[@]}" "$bin/postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 \
  -c unix_socket_directories="$folder" -c max_connections=200 -c fsync=off -c full_page_writes=off \
  >"$folder/server.log" 2>&1 &
server=$!

for _ in $(seq 150); do
  if "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; then break; fi
  if ! kill -0 "$server" 2>/dev/null; then break; fi
  sleep 0.2
done
"$bin/createdb" -h 127.0.0.1 -p "$port" -U slipway slipway || { cat "$folder/server.log" >&2; exit 1; }

cd "$OLDPWD"
export DATABASE_URL="postgres://slipway@127.0.0.1:$port/slipway"
"$@"
