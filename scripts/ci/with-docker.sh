#!/usr/bin/env bash
# scripts/ci/with-docker.sh COMMAND...
# Runs the command with DOCKER_HOST pointing at a Docker daemon of its own (socket, data and state in a temporary folder)
# which holds one image, busybox:test, and stops that daemon with all its containers when the command ends. The daemon is also reached
# over TLS and over ssh, on two ports of loopback; one that is killed is started again. SLIPWAY_TEST_DOCKER names a file (JSON) that
# says how. Needs root; Docker and ssh are installed first where they are missing (Debian).
#   DOCKER_PORT  the first of the two ports; one that follows from the script's pid when left out
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: $0 COMMAND..." >&2; exit 2; }
[ "$(id -u)" -eq 0 ] || { echo "$0: a Docker daemon needs root" >&2; exit 2; }

missing=()
command -v dockerd >/dev/null || missing+=(docker.io)
command -v docker >/dev/null || missing+=(docker.io)
command -v docker-compose >/dev/null || missing+=(docker-compose)
command -v iptables >/dev/null || missing+=(iptables)
command -v openssl >/dev/null || missing+=(openssl)
command -v ssh >/dev/null || missing+=(openssh-client)
[ -x /usr/sbin/sshd ] || missing+=(openssh-server)
# The image holds busybox and no libraries, so a dynamically linked one will not do.
if ! command -v busybox >/dev/null || ldd "$(command -v busybox)" >/dev/null 2>&1; then missing+=(busybox-static); fi
if [ ${#missing[@]} -gt 0 ]; then
  "$(dirname "${BASH_SOURCE[0]}")/apt-install.sh" "${missing[@]}" >&2
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/slipway-docker.XXXXXX")
export DOCKER_HOST="unix://$folder/docker.sock"
port=${DOCKER_PORT:-$((21200 + $$ % 400 * 2))}
ssh_port=$((port + 1))
keeper=""

# A bridge of its own: docker0 may belong to another daemon, and two on one bridge hand out the same addresses.
bridge=slipway$$
bridge_address=10.213.$(($$ % 254 + 1)).1/24

stop() {
  local containers mounted
  touch "$folder/over"
  if [ -n "$keeper" ] && kill -0 "$keeper" 2>/dev/null; then
    containers=$(docker ps --all --quiet 2>/dev/null || true)
    # shellcheck disable=SC2086 # one word per container
    [ -z "$containers" ] || docker rm --force --volumes $containers >/dev/null 2>&1 || true
    docker network prune --force >/dev/null 2>&1 || true
    [ ! -e "$folder/docker.pid" ] || kill -TERM "$(cat "$folder/docker.pid")" 2>/dev/null || true
    wait "$keeper" 2>/dev/null || true
  fi
  [ ! -e "$folder/sshd.pid" ] || kill -TERM "$(cat "$folder/sshd.pid")" 2>/dev/null || true
  busybox ip link del "$bridge" 2>/dev/null || true
  # A daemon that was killed has left its folder mounted on itself.
  for mounted in $(cut -d ' ' -f 2 /proc/mounts | grep -F "$folder/" | sort -r); do umount -l "$mounted" || true; done
  rm -rf "$folder" || echo "$0: could not remove $folder" >&2
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

busybox ip link add name "$bridge" type bridge
busybox ip addr add "$bridge_address" dev "$bridge"
busybox ip link set "$bridge" up

# Certificates of an authority of its own: the daemon's, and a client's; and another authority, which has signed neither.
mkdir "$folder/pki"
(
  cd "$folder/pki"
  for who in authority stranger; do
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$who" \
      -addext basicConstraints=critical,CA:TRUE -keyout "$who.key" -out "$who.pem"
  done
  for who in server client; do
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$who" -keyout "$who.key" -out "$who.csr"
    printf 'subjectAltName=IP:127.0.0.1\nextendedKeyUsage=%sAuth\n' "$who" >"$who.ext"
    openssl x509 -req -in "$who.csr" -CA authority.pem -CAkey authority.key -CAcreateserial -days 30 -extfile "$who.ext" -out "$who.pem"
  done
  # A client that nobody who is trusted has signed.
  openssl x509 -req -in client.csr -CA stranger.pem -CAkey stranger.key -CAcreateserial -days 30 -extfile client.ext -out stranger-client.pem
) >"$folder/pki/log" 2>&1 || { cat "$folder/pki/log" >&2; exit 1; }

# An own config file, so that a daemon.json of the machine's own daemon is not read.
echo '{}' >"$folder/daemon.json"
run_daemon() {
  dockerd --host="$DOCKER_HOST" --data-root="$folder/data" --exec-root="$folder/exec" --pidfile="$folder/docker.pid" \
    --config-file="$folder/daemon.json" --bridge="$bridge" --host="tcp://127.0.0.1:$port" --tlsverify \
    --tlscacert="$folder/pki/authority.pem" --tlscert="$folder/pki/server.pem" --tlskey="$folder/pki/server.key"
}
# Its containerd has died with it, and where nobody reaps it the next daemon would take it for alive and wait for it.
forget_containerd() {
  local file=$folder/exec/containerd/containerd.pid
  for _ in $(seq 50); do
    if ! grep -qs '^State:.[^Z]' "/proc/$(cat "$file" 2>/dev/null || echo none)/status"; then break; fi
    sleep 0.1
  done
  rm -f "$file"
}
keep_daemon() {
  local ended
  until [ -e "$folder/over" ]; do
    ended=0
    run_daemon || ended=$?
    # As one that was killed: one that cannot be started is not tried again.
    [ "$ended" -eq 137 ] || break
    forget_containerd
  done
}
keep_daemon >"$folder/daemon.log" 2>&1 &
keeper=$!

# A server that lets in one key, and another one for one command alone.
mkdir -p "$folder/ssh" /run/sshd
for who in host client kept stranger; do ssh-keygen -q -t ed25519 -N '' -f "$folder/ssh/$who"; done
cp "$folder/ssh/client.pub" "$folder/ssh/authorized"
echo "restrict,command=\"docker -H $DOCKER_HOST system dial-stdio\" $(cat "$folder/ssh/kept.pub")" >>"$folder/ssh/authorized"
echo "[127.0.0.1]:$ssh_port $(cut -d ' ' -f 1,2 "$folder/ssh/host.pub")" >"$folder/ssh/known"
echo "[127.0.0.1]:$ssh_port $(cut -d ' ' -f 1,2 "$folder/ssh/stranger.pub")" >"$folder/ssh/another"
: >"$folder/ssh/none"
/usr/sbin/sshd -f /dev/null -h "$folder/ssh/host" -p "$ssh_port" -E "$folder/ssh/log" -o ListenAddress=127.0.0.1 -o UsePAM=no \
  -o StrictModes=no -o PasswordAuthentication=no -o PermitRootLogin=prohibit-password -o MaxStartups=100 \
  -o "AuthorizedKeysFile=$folder/ssh/authorized" -o "PidFile=$folder/sshd.pid"

for _ in $(seq 300); do
  if docker version >/dev/null 2>&1; then break; fi
  if ! kill -0 "$keeper" 2>/dev/null; then break; fi
  sleep 0.2
done
docker version >/dev/null || { cat "$folder/daemon.log" >&2; exit 1; }

mkdir -p "$folder/image/bin" "$folder/image/tmp" "$folder/image/etc"
cp "$(command -v busybox)" "$folder/image/bin/busybox"
for applet in $("$folder/image/bin/busybox" --list); do
  [ "$applet" = busybox ] || ln -s busybox "$folder/image/bin/$applet"
done
tar -C "$folder/image" -c . | docker import --change 'CMD ["/bin/sh"]' - busybox:test >/dev/null

cat >"$folder/docker.json" <<END
{"folder": "$folder", "tlsPort": $port, "sshPort": $ssh_port}
END
SLIPWAY_TEST_DOCKER=$folder/docker.json "$@"
