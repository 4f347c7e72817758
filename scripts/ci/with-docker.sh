#!/usr/bin/env bash
# scripts/ci/with-docker.sh COMMAND...
# Runs the command with DOCKER_HOST pointing at a Docker daemon of its own (socket, data and state in a temporary folder)
# which holds one image, busybox:test, and stops that daemon with all its containers when the command ends. Needs root;
# Docker is installed first where it is missing (Debian).
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: $0 COMMAND..." >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "$0: a Docker daemon needs root" >&2; exit 2; }

missing=()
command -v dockerd >/dev/null || missing+=(docker.io)
command -v docker >/dev/null || missing+=(docker.io)
command -v iptables >/dev/null || missing+=(iptables)
# The image holds busybox and no libraries, so a dynamically linked one will not do.
if ! command -v busybox >/dev/null || ldd "$(command -v busybox)" >/dev/null 2>&1; then missing+=(busybox-static); fi
if [ ${#missing[@]} -gt 0 ]; then
  "$(dirname "${BASH_SOURCE[0]}")/apt-install.sh" "${missing[@]}" >&2
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/slipway-docker.XXXXXX")
export DOCKER_HOST="unix://$folder/docker.sock"
daemon=""

# A bridge of its own: docker0 may belong to another daemon, and two on one bridge hand out the same addresses.
bridge=slipway$$
bridge_address=10.213.$(($$ % 254 + 1)).1/24

stop() {
  local containers
  if [ -n "$daemon" ] && kill -0 "$daemon" 2>/dev/null; then
    containers=$(docker ps --all --quiet 2>/dev/null || true)
    # shellcheck disable=SC2086 # one word per container
    [ -z "$containers" ] || docker rm --force --volumes $containers >/dev/null 2>&1 || true
    docker network prune --force >/dev/null 2>&1 || true
    kill -TERM "$daemon" 2>/dev/null || true
    wait "$daemon" 2>/dev/null || true
  fi
  busybox ip link del "$bridge" 2>/dev/null || true
  rm -rf "$folder" || echo "$0: could not remove $folder" >&2
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

busybox ip link add name "$bridge" type bridge
busybox ip addr add "$bridge_address" dev "$bridge"
busybox ip link set "$bridge" up

# An own config file, so that a daemon.json of the machine's own daemon is not read.
echo '{}' >"$folder/daemon.json"
dockerd --host="$DOCKER_HOST" --data-root="$folder/data" --exec-root="$folder/exec" --pidfile="$folder/docker.pid" \
  --config-file="$folder/daemon.json" --bridge="$bridge" >"$folder/daemon.log" 2>&1 &
daemon=$!

for _ in $(seq 300); do
  if docker version >/dev/null 2>&1; then break; fi
  if ! kill -0 "$daemon" 2>/dev/null; then break; fi
  sleep 0.2
done
docker version >/dev/null || { cat "$folder/daemon.log" >&2; exit 1; }

mkdir -p "$folder/image/bin" "$folder/image/tmp" "$folder/image/etc"
cp "$(command -v busybox)" "$folder/image/bin/busybox"
for applet in $("$folder/image/bin/busybox" --list); do
  [ "$applet" = busybox ] || ln -s busybox "$folder/image/bin/$applet"
done
tar -C "$folder/image" -c . | docker import --change 'CMD ["/bin/sh"]' - busybox:test >/dev/null

"$@"
