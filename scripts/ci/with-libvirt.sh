#!/usr/bin/env bash
# scripts/ci/with-libvirt.sh COMMAND...
# Runs the command with SLIPWAY_TEST_LIBVIRT naming a file (JSON) of two clouds on this machine, east and west: a daemon of libvirt's each, with a
# network, a pool of bounded size and a small guest as its image. QEMU emulates the processors, so that no KVM is needed and none is used. All of it
# ends with the command. Needs root, bridges and taps on Debian 12, and two minutes where packages are missing.
#   LIBVIRT_FOLDER  its files are kept there, and used again next time; a temporary folder when left out
#   LIBVIRT_PORT    the first of three ports in a row, for TLS of both and for ssh; 21100 when left out
#   LIBVIRT_NET     the networks are the first two of it, as 10.215 is 10.215.1.0/24 and 10.215.2.0/24
#   LIBVIRT_WAIT_S  for how long packages are waited for; 900 when left out
# Exit code 75: it did not come up, and the command was not run.
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: $0 COMMAND..." >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
port=${LIBVIRT_PORT:-21100}
net=${LIBVIRT_NET:-10.215}
clouds=(east west)
starting=()
pool_mib=384
needed_kib=$((2 * 1024 * 1024))

unable() { echo "$0: $1" >&2; exit 75; }
[ "$(id -u)" -eq 0 ] || unable "the daemons need root"
grep -qs 'VERSION_CODENAME=bookworm' /etc/os-release || unable "they are made of Debian 12's packages"
[ "$(uname -m)" = x86_64 ] || unable "its guest is for x86_64"
[ -c /dev/net/tun ] || unable "there is no /dev/net/tun, through which guests reach their network"
free_kib=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
[ "${free_kib:-0}" -ge "$needed_kib" ] || unable "it needs 2 GiB of memory, of which $((${free_kib:-0} / 1024)) MiB are free"
unshare --mount true 2>/dev/null || unable "this machine lets nobody have a mount namespace of his own"

FETCH_WAIT_S=${LIBVIRT_WAIT_S:-900} "$here/libvirt/install.sh" || unable "its packages could not be installed"

kept=${LIBVIRT_FOLDER:-}
folder=${kept:-$(mktemp -d "${TMPDIR:-/tmp}/slipway-libvirt.XXXXXX")}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
chmod 711 "$folder"

bridge_of() { echo "sw$1$(($$ % 10000))"; }
uri_of() { echo "qemu+unix:///system?socket=$folder/$1/run/libvirt-sock"; }
in_cloud() { local cloud=$1; shift; timeout "${T:-60}" virsh -q -c "$(uri_of "$cloud")" "$@"; }

# end_pid PID: asks a process, and ends it where it is still there after ten seconds.
end_pid() {
  [ -n "$1" ] || return 0
  kill -CONT "$1" 2>/dev/null || return 0
  kill -TERM "$1" 2>/dev/null || return 0
  for _ in $(seq 100); do kill -0 "$1" 2>/dev/null || return 0; sleep 0.1; done
  kill -KILL "$1" 2>/dev/null || true
}

# daemon_of CLOUD: pids of what is or becomes its daemon. Whoever starts it may be ended before its pid is written down.
daemon_of() {
  local pid
  for pid in $(grep -lsaF -- "$folder/$1" /proc/[0-9]*/cmdline | cut -d/ -f3); do
    if { tr '\0' ' ' <"/proc/$pid/cmdline"; } 2>/dev/null | grep -qE '^([^ ]*/)?(libvirtd|setsid|unshare|sh) '; then echo "$pid"; fi
  done
}

stop_cloud() {
  local cloud=$1 file pid domain
  for pid in $(daemon_of "$cloud"); do
    kill -CONT "$pid" 2>/dev/null || true
    for domain in $(T=15 in_cloud "$cloud" list --uuid 2>/dev/null); do
      T=20 in_cloud "$cloud" destroy "$domain" >/dev/null 2>&1 || true
    done
    T=15 in_cloud "$cloud" net-destroy lab >/dev/null 2>&1 || true
    end_pid "$pid"
  done
  # What a killed daemon has left running.
  for file in "$folder/$cloud"/run/qemu/*.pid "$folder/$cloud"/run/network/*.pid; do
    [ -e "$file" ] || continue
    pid=$(cat "$file")
    [ -e "/proc/$pid/cmdline" ] || continue
    if tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qE "qemu-system|dnsmasq"; then kill -KILL "$pid" 2>/dev/null || true; fi
  done
  ip link del "$(bridge_of "$cloud")" 2>/dev/null || true
  "$here/bridge-traffic.sh" forget "$(bridge_of "$cloud")"
  umount -l "$folder/$cloud/pool" 2>/dev/null || true
}

stop() {
  local cloud job
  set +e
  trap '' INT TERM PIPE
  # What is still being started goes first: nothing comes up behind the back of what ends it.
  for job in "${starting[@]}"; do kill -KILL -- "-$job" 2>/dev/null; done
  wait
  for cloud in "${clouds[@]}"; do stop_cloud "$cloud" & done
  [ ! -e "$folder/sshd.pid" ] || end_pid "$(cat "$folder/sshd.pid")"
  wait
  [ -n "$kept" ] || rm -rf --one-file-system "$folder" || true
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
# Whoever read what it says may be ended before it.
trap 'exit 141' PIPE

bridge=$(bridge_of try)
ip link add name "$bridge" type bridge 2>/dev/null || unable "this machine lets nobody make a bridge"
ip link del "$bridge"

[ -e "$folder/guest.qcow2" ] || "$here/libvirt/guest.sh" "$folder/guest.qcow2" || unable "its guest could not be made"

# Certificates of an authority of its own: the daemons', and a client's.
if [ ! -e "$folder/pki/client.pem" ]; then
  mkdir -p "$folder/pki"
  (
    cd "$folder/pki"
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=authority" -addext basicConstraints=critical,CA:TRUE \
      -keyout authority.key -out authority.pem
    for who in server client; do
      openssl req -newkey rsa:2048 -nodes -subj "/CN=$who" -keyout "$who.key" -out "$who.csr"
      printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=%sAuth\nkeyUsage=digitalSignature,keyEncipherment\n' "$who" >"$who.ext"
      openssl x509 -req -in "$who.csr" -CA authority.pem -CAkey authority.key -CAcreateserial -days 3650 -extfile "$who.ext" -out "$who.pem"
    done
  ) >"$folder/pki/log" 2>&1 || unable "no certificates could be made"
fi

# write_cloud CLOUD NUMBER: its settings
write_cloud() {
  local cloud=$1 no=$2
  local mine=$folder/$cloud
  mkdir -p "$mine"/{etc/hooks,etc/qemu,lib,run,cache,log,pool,faults}
  rm -f "$mine"/faults/*
  mountpoint -q "$mine/pool" || mount -t tmpfs -o "size=${pool_mib}m,mode=711" "slipway-$cloud" "$mine/pool"
  cp "$folder/guest.qcow2" "$mine/pool/guest.qcow2"
  cat >"$mine/etc/libvirtd.conf" <<END
unix_sock_dir = "$mine/run"
auth_unix_rw = "none"
auth_unix_ro = "none"
listen_tls = 1
listen_tcp = 0
tls_port = "$((port + no - 1))"
listen_addr = "127.0.0.1"
key_file = "$folder/pki/server.key"
cert_file = "$folder/pki/server.pem"
ca_file = "$folder/pki/authority.pem"
host_uuid = "5a11b0a7-0000-4000-8000-00000000000$no"
log_outputs = "3:stderr"
END
  cat >"$mine/etc/qemu.conf" <<END
stdio_handler = "file"
cgroup_controllers = []
namespaces = []
security_driver = "none"
user = "root"
group = "root"
dynamic_ownership = 0
END
  # Both daemons choose names of taps in one network, and would choose the same in the same moment.
  cat >"$mine/etc/hooks/qemu" <<END
#!/bin/sh
[ "\$2" = prepare ] || exit 0
cd "$mine/faults" || exit 0
[ ! -e delay ] || sleep "\$(cat delay)"
[ ! -e refusal ] || { cat refusal >&2; exit 1; }
flock -w 20 "$folder/tap.lock" sleep 0.1
END
  chmod +x "$mine/etc/hooks/qemu"
}

# fill_cloud CLOUD NUMBER: its network and its pool
fill_cloud() {
  local cloud=$1 no=$2
  in_cloud "$cloud" net-info lab >/dev/null 2>&1 || in_cloud "$cloud" net-define /dev/stdin <<END
<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>
  <name>lab</name><forward mode='open'/><bridge name='$(bridge_of "$cloud")' stp='off' delay='0'/>
  <ip address='$net.$no.1' netmask='255.255.255.0'><dhcp><range start='$net.$no.10' end='$net.$no.250'/></dhcp></ip>
  <dnsmasq:options><dnsmasq:option value='no-ping'/></dnsmasq:options>
</network>
END
  in_cloud "$cloud" net-start lab
  "$here/bridge-traffic.sh" allow "$(bridge_of "$cloud")"
  in_cloud "$cloud" pool-info lab >/dev/null 2>&1 || in_cloud "$cloud" pool-define-as lab dir --target "$folder/$cloud/pool"
  in_cloud "$cloud" pool-start lab 2>/dev/null || true
  in_cloud "$cloud" pool-refresh lab
  # The first look at QEMU takes seconds, and would otherwise meet the first machine.
  in_cloud "$cloud" domcapabilities --virttype qemu >/dev/null
}

# A daemon of a run before it may have had another bridge.
up() {
  local cloud=$1 no=$2
  write_cloud "$cloud" "$no"
  rm -f "$folder/$cloud/etc/qemu/networks/lab.xml"
  "$here/libvirt/daemon.sh" "$folder" "$cloud"
  fill_cloud "$cloud" "$no"
}

# Each in a group of its own, to be ended with all that it has begun.
set -m
for no in 1 2; do
  up "${clouds[$((no - 1))]}" "$no" >"$folder/up-$no.log" 2>&1 &
  starting+=($!)
done
set +m
for no in 1 2; do
  wait "${starting[$((no - 1))]}" || { tail -n 4 "$folder/up-$no.log" >&2; unable "${clouds[$((no - 1))]} did not come up"; }
done
starting=()

# For qemu+ssh: a server that lets in one key alone.
mkdir -p "$folder/ssh" /run/sshd
[ -e "$folder/ssh/host" ] || ssh-keygen -q -t ed25519 -N '' -f "$folder/ssh/host"
[ -e "$folder/ssh/client" ] || ssh-keygen -q -t ed25519 -N '' -f "$folder/ssh/client"
[ -e "$folder/ssh/stranger" ] || ssh-keygen -q -t ed25519 -N '' -f "$folder/ssh/stranger"
cp "$folder/ssh/client.pub" "$folder/ssh/authorized"
echo "[127.0.0.1]:$((port + 2)) $(cut -d ' ' -f 1,2 "$folder/ssh/host.pub")" >"$folder/ssh/known"
/usr/sbin/sshd -f /dev/null -h "$folder/ssh/host" -p $((port + 2)) -E "$folder/ssh/log" -o ListenAddress=127.0.0.1 -o UsePAM=no \
  -o StrictModes=no -o PasswordAuthentication=no -o PermitRootLogin=prohibit-password -o "AuthorizedKeysFile=$folder/ssh/authorized" \
  -o "PidFile=$folder/sshd.pid" || unable "no ssh server could be started"

cloud_json() {
  printf '"%s": {"uri": "%s", "socket": "%s", "tls": "qemu+tls://127.0.0.1:%s/system", "folder": "%s"}' \
    "$1" "$(uri_of "$1")" "$folder/$1/run/libvirt-sock" "$((port + $2 - 1))" "$folder/$1"
}
cat >"$folder/libvirt.json" <<END
{"folder": "$folder", "daemon": "$here/libvirt/daemon.sh", "pool": "lab", "network": "lab", "image": "guest.qcow2",
 "ssh": "root@127.0.0.1:$((port + 2))", "clouds": {$(cloud_json east 1), $(cloud_json west 2)}}
END

SLIPWAY_TEST_LIBVIRT=$folder/libvirt.json "$@"
