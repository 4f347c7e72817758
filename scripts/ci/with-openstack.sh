#!/usr/bin/env bash
# scripts/ci/with-openstack.sh COMMAND...
# Runs the command with SLIPWAY_TEST_OPENSTACK naming a file (JSON) of addresses, users and names of an OpenStack control plane of its own on
# this machine's loopback, and stops that when the command ends. Every service is Debian's and real, but the hypervisor, which is Nova's
# own fake, and the network, which has no data plane. Needs root on Debian 12, 3 GiB of free memory, and four minutes where packages are missing.
#   OPENSTACK_FOLDER  its databases and logs are kept there, and used again next time; a temporary folder when left out
#   OPENSTACK_PORT    the first of ten ports in a row; 21000 when left out
#   OPENSTACK_HOSTS   compute hosts and their zones; "cmp1:az1 cmp2:az2" when left out
#   OPENSTACK_WAIT_S  for how long it is waited for, with the packages, which are installed to the end once they have been fetched; 1800 when
#                     left out
# Exit code 75: it did not come up, and the command was not run. What each service says is in log/ of the folder; without a folder of its own,
# the last lines are shown.
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: $0 COMMAND..." >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
needed_kib=$((3 * 1024 * 1024))
wait_s=${OPENSTACK_WAIT_S:-1800}

unable() { echo "$0: $1" >&2; exit 75; }
[ "$(id -u)" -eq 0 ] || unable "the control plane needs root"
grep -qs 'VERSION_CODENAME=bookworm' /etc/os-release || unable "the control plane is made of Debian 12's packages"
free_kib=$(sed -n 's/^MemAvailable: *\([0-9]*\) kB$/\1/p' /proc/meminfo)
[ "${free_kib:-0}" -ge "$needed_kib" ] || unable "it needs 3 GiB of memory, of which $((${free_kib:-0} / 1024)) MiB are free"

kept=${OPENSTACK_FOLDER:-}
folder=${kept:-$(mktemp -d "${TMPDIR:-/tmp}/slipway-openstack.XXXXXX")}
rm -rf "$folder/pid"
mkdir -p "$folder"/{etc,log,run,images,state,done,pid,rabbitmq}
folder=$(cd "$folder" && pwd)
starting=

# end SECONDS PID...: asks all of them at once, and ends what is still there after so long.
end() {
  local most=$1 pid
  shift
  for pid in "$@"; do
    # One that a test has stopped hears nothing until it goes on.
    kill -CONT -- "-$pid" 2>/dev/null || true
    kill -TERM -- "-$pid" 2>/dev/null || true
  done
  for _ in $(seq $((most * 10))); do
    for pid in "$@"; do ! kill -0 -- "-$pid" 2>/dev/null || { sleep 0.1; continue 2; }; done
    break
  done
  for pid in "$@"; do kill -KILL -- "-$pid" 2>/dev/null || true; done
}

stop() {
  local database others=() file
  # What it ran last may outlive it.
  [ -z "$starting" ] || end 5 "$starting"
  database=$(cat "$folder/pid/mariadb" 2>/dev/null || true)
  for file in "$folder"/pid/*; do
    [ ! -e "$file" ] || [ "$file" = "$folder/pid/mariadb" ] || others+=("$(cat "$file")")
  done
  # What is thrown away need not be put in order first.
  end $((${#kept} > 0 ? 5 : 0)) "${others[@]}"
  [ -z "$database" ] || end $((${#kept} > 0 ? 10 : 0)) "$database"
  wait 2>/dev/null || true
  [ -n "$kept" ] || rm -rf "$folder" || true
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# By itself: the deadline ends what it meets, and dpkg must not be among that.
FETCH_WAIT_S=$wait_s "$here/openstack/install.sh" || unable "its packages could not be installed"
left_s=$((wait_s - SECONDS))
[ "$left_s" -gt 0 ] || unable "its packages took $SECONDS s, and it had $wait_s"

# Beside this shell, so that it hears a signal meanwhile; `timeout` makes it a group of its own.
OPENSTACK_FOLDER=$folder timeout --kill-after=10 "$left_s" "$here/openstack/up.sh" &
starting=$!
code=0
wait "$starting" || code=$?
[ "$code" -ne 124 ] || unable "it was not up within $wait_s s"
[ "$code" -eq 0 ] || unable "it did not come up"

SLIPWAY_TEST_OPENSTACK=$folder/openstack.json "$@"
