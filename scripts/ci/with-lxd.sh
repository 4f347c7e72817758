#!/usr/bin/env bash
# scripts/ci/with-lxd.sh COMMAND...
# Runs the command with SLIPWAY_TEST_LXD naming a file (JSON) of two LXD servers of its own, `east` and `west`, and stops them with all their
# machines when the command ends. Both are Debian's and real: containers of an image of busybox (scripts/ci/lxd/image.sh), a bridge with DHCP, a storage
# pool of its own size, and a project with limits and a client that is held to it each. A server that a test kills is started again at once, unless a
# test holds it back. Needs root on Debian; half a minute where packages are missing, else five seconds.
#   LXD_PORT    the first of two ports in a row for HTTPS; 28443 when left out
#   LXD_WAIT_S  for how long it is waited for, with the packages; 600 when left out
# Exit code 75: the servers did not come up, or this kernel starts no container for them, and the command was not run.
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: $0 COMMAND..." >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
clouds=(east west)
port=${LXD_PORT:-28443}
wait_s=${LXD_WAIT_S:-600}
project=slipway

unable() { echo "$0: $1" >&2; exit 75; }
[ "$(id -u)" -eq 0 ] || unable "LXD needs root"
command -v apt-get >/dev/null || unable "LXD is taken from Debian's packages, and there is no apt-get here"

packages=(lxd lxd-client squashfs-tools uidmap dnsmasq-base busybox-static iproute2 curl jq openssl attr acl)
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  FETCH_WAIT_S=$wait_s "$here/apt-install.sh" "${missing[@]}" >&2 || unable "its packages could not be installed"
fi
# Guests' users are none of this machine's.
for file in /etc/subuid /etc/subgid; do
  grep -qs '^root:' "$file" || echo root:100000:10000001 >>"$file"
done

folder=$(mktemp -d "${TMPDIR:-/tmp}/slipway-lxd.XXXXXX")
chmod 711 "$folder"
mkdir -p "$folder"/{log,tls,pid}
# Bridges and networks of its own: other servers may run on this machine.
net=10.$((100 + $$ % 100))
bridge() { echo "slx$1$(($$ % 100000))"; }
declare -A keepers=()

# api CLOUD METHOD PATH [JSON]: one call over the socket, as the server's administrator
api() {
  curl -sS -m 60 --unix-socket "$folder/$1/unix.socket" -X "$2" "http://lxd$3" ${4:+-d "$4"}
}

# call CLOUD METHOD PATH [JSON]: the same, to the end of its operation; fails with what LXD says against it
call() {
  local answer operation
  answer=$(api "$@")
  if [ "$(jq -r .type <<<"$answer")" = async ]; then
    operation=$(jq -r .operation <<<"$answer")
    answer=$(api "$1" GET "$operation/wait?timeout=60")
    [ "$(jq -r .metadata.status_code <<<"$answer")" = 200 ] || { jq -r .metadata.err <<<"$answer" >&2; return 1; }
  fi
  [ "$(jq -r .type <<<"$answer")" != error ] || { echo "$2 $3: $(jq -r .error <<<"$answer")" >&2; return 1; }
  jq -c .metadata <<<"$answer"
}

# Starts a server again whenever it has ended, until its folder says that this is over. What a test wants to be away lies in `hold`.
keep() {
  local cloud=$1 server
  trap '' INT TERM
  until [ -e "$folder/pid/over" ]; do
    if [ -e "$folder/pid/$cloud.hold" ]; then sleep 0.05; continue; fi
    LXD_DIR="$folder/$cloud" setsid lxd --group root >>"$folder/log/$cloud.log" 2>&1 </dev/null &
    server=$!
    echo "$server" >"$folder/pid/$cloud"
    wait "$server" 2>/dev/null || true
  done
}

# What a server that was killed has left: monitors of containers, and dnsmasq. They bear its folder in their command line.
end_orphans() {
  local pid line
  for pid in $(grep -lsaF -- "$folder/" /proc/[0-9]*/cmdline 2>/dev/null | cut -d/ -f3); do
    line=$(tr '\0' ' ' 2>/dev/null </proc/"$pid"/cmdline) || continue
    case $line in
      *'lxc monitor'*"$folder/"*)
        for child in $(cat /proc/"$pid"/task/"$pid"/children 2>/dev/null); do kill -KILL "$child" 2>/dev/null || true; done
        kill -TERM "$pid" 2>/dev/null || true ;;
      *dnsmasq*"$folder/"* | *forkproxy*"$folder/"*) kill -TERM "$pid" 2>/dev/null || true ;;
    esac
  done
}

stop() {
  local cloud pid stopping=()
  set +e
  trap '' INT TERM PIPE
  touch "$folder/pid/over"
  for cloud in "${clouds[@]}"; do
    pid=$(cat "$folder/pid/$cloud" 2>/dev/null) || continue
    # One that a test has stopped hears nothing until it goes on.
    kill -CONT "$pid" 2>/dev/null || continue
    (
      call "$cloud" PUT "/1.0/instances?project=$project" '{"state": {"action": "stop", "force": true, "timeout": 10}}' || true
      # SIGPWR asks it to end with its machines, SIGTERM would leave them running.
      kill -PWR "$pid" 2>/dev/null || true
      for _ in $(seq 150); do kill -0 "$pid" 2>/dev/null || exit 0; sleep 0.1; done
      kill -KILL "$pid" 2>/dev/null || true
    ) >/dev/null 2>&1 &
    stopping+=($!)
  done
  [ ${#stopping[@]} -eq 0 ] || wait "${stopping[@]}" 2>/dev/null || true
  [ ${#keepers[@]} -eq 0 ] || wait "${keepers[@]}" 2>/dev/null || true
  end_orphans
  for cloud in "${clouds[@]}"; do
    ip link del "$(bridge "$cloud")" 2>/dev/null || true
    "$here/bridge-traffic.sh" forget "$(bridge "$cloud")"
  done
  tac /proc/mounts | awk -v under="$folder/" 'index($2, under) == 1 {print $2}' | while read -r mounted; do
    umount -l "$mounted" 2>/dev/null || true
  done
  rm -rf --one-file-system "$folder" 2>/dev/null || echo "$0: could not remove $folder" >&2
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Whoever read what it says may be ended before it.
trap 'exit 141' PIPE

ip link add name "$(bridge east)" type bridge 2>/dev/null || unable "this kernel makes no bridges"
ip link del "$(bridge east)"
mkdir "$folder/pool-east"
mount -t tmpfs -o size=1m none "$folder/pool-east" 2>/dev/null || unable "this kernel mounts nothing for us"
umount "$folder/pool-east"

"$here/lxd/image.sh" "$folder/image.tar.gz"

# certificate NAME: of a client
certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=$1" -addext extendedKeyUsage=clientAuth \
    -keyout "$folder/tls/$1.key" -out "$folder/tls/$1.crt" 2>>"$folder/log/openssl.log"
}
certificate client
certificate stranger

for cloud in "${clouds[@]}"; do
  mkdir -p "$folder/$cloud" "$folder/pool-$cloud"
  mount -t tmpfs -o size=768m,mode=711 "slipway-lxd-$cloud" "$folder/pool-$cloud"
  keep "$cloud" &
  keepers[$cloud]=$!
done

# furnish CLOUD NUMBER: what belongs into a server
furnish() {
  local cloud=$1 number=$2 name operation
  name=$(bridge "$cloud")
  for _ in $(seq 240); do
    api "$cloud" GET /1.0 >/dev/null 2>&1 && break
    sleep 0.25
  done
  call "$cloud" PATCH /1.0 "{\"config\": {\"core.https_address\": \"127.0.0.1:$((port + number - 1))\", \"images.auto_update_interval\": \"0\"}}"
  call "$cloud" POST /1.0/storage-pools "{\"name\": \"lab\", \"driver\": \"dir\", \"config\": {\"source\": \"$folder/pool-$cloud\"}}"
  # Neither NAT nor rules of a firewall: this machine reaches the guests, and nothing else does.
  call "$cloud" POST /1.0/networks "{\"name\": \"$name\", \"type\": \"bridge\", \"config\": {\"ipv4.address\": \"$net.$number.1/24\", \"ipv4.nat\": \"false\",
    \"ipv4.firewall\": \"false\", \"ipv6.address\": \"none\", \"ipv6.firewall\": \"false\", \"ipv4.dhcp.ranges\": \"$net.$number.10-$net.$number.250\"}}"
  "$here/bridge-traffic.sh" allow "$name"
  call "$cloud" POST /1.0/projects "{\"name\": \"$project\", \"config\": {\"features.images\": \"false\", \"features.profiles\": \"false\",
    \"features.storage.volumes\": \"false\", \"limits.instances\": \"60\", \"limits.memory\": \"8GiB\", \"limits.cpu\": \"128\"}}"
  call "$cloud" PUT /1.0/profiles/default "{\"config\": {\"limits.memory\": \"64MiB\", \"limits.cpu\": \"1\"}, \"devices\": {
    \"root\": {\"type\": \"disk\", \"path\": \"/\", \"pool\": \"lab\"}, \"eth0\": {\"type\": \"nic\", \"network\": \"$name\", \"name\": \"eth0\"}}}"
  operation=$(curl -sS -m 60 --unix-socket "$folder/$cloud/unix.socket" -X POST -H 'content-type: application/octet-stream' -H 'X-LXD-public: true' \
    --data-binary "@$folder/image.tar.gz" http://lxd/1.0/images | jq -r .operation)
  api "$cloud" GET "$operation/wait?timeout=60" | jq -er .metadata.metadata.fingerprint >"$folder/$cloud.fingerprint"
  call "$cloud" POST /1.0/images/aliases "{\"name\": \"busybox\", \"target\": \"$(cat "$folder/$cloud.fingerprint")\"}"
  call "$cloud" POST /1.0/certificates "{\"type\": \"client\", \"name\": \"slipway\", \"restricted\": true, \"projects\": [\"$project\"],
    \"certificate\": \"$(openssl x509 -in "$folder/tls/client.crt" -outform der | base64 -w0)\"}"
  # Only a container that runs shows that this kernel lets LXD have its way.
  call "$cloud" POST "/1.0/instances?project=$project" '{"name": "first", "source": {"type": "image", "alias": "busybox"}}'
  call "$cloud" PUT "/1.0/instances/first/state?project=$project" '{"action": "start", "timeout": 30}'
  call "$cloud" PUT "/1.0/instances/first/state?project=$project" '{"action": "stop", "force": true, "timeout": 30}'
  call "$cloud" DELETE "/1.0/instances/first?project=$project"
}

furnishing=()
number=0
for cloud in "${clouds[@]}"; do
  number=$((number + 1))
  furnish "$cloud" "$number" >>"$folder/log/furnish-$cloud.log" 2>&1 &
  furnishing+=($!)
done
for pid in "${furnishing[@]}"; do
  wait "$pid" || unable "LXD does not do what it should here: $(tail -qn 1 "$folder"/log/furnish-*.log "$folder"/log/{east,west}.log | paste -sd ';')"
done

number=0
for cloud in "${clouds[@]}"; do
  number=$((number + 1))
  jq -n --arg cloud "$cloud" --arg folder "$folder" --arg url "https://127.0.0.1:$((port + number - 1))" --arg project "$project" \
    --arg network "$(bridge "$cloud")" --rawfile fingerprint "$folder/$cloud.fingerprint" '{($cloud): {
      url: $url, socket: "\($folder)/\($cloud)/unix.socket", project: $project, network: $network, pool: "lab", poolFolder: "\($folder)/pool-\($cloud)",
      serverCert: "\($folder)/\($cloud)/server.crt", clientCert: "\($folder)/tls/client.crt", clientKey: "\($folder)/tls/client.key",
      strangerCert: "\($folder)/tls/stranger.crt", strangerKey: "\($folder)/tls/stranger.key",
      fingerprint: ($fingerprint | rtrimstr("\n")), pidFile: "\($folder)/pid/\($cloud)", holdFile: "\($folder)/pid/\($cloud).hold"}}'
done | jq -s '{clouds: add}' >"$folder/lxd.json"

SLIPWAY_TEST_LXD=$folder/lxd.json "$@"
