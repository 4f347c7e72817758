#!/usr/bin/env bash
# scripts/ci/libvirt/daemon.sh FOLDER CLOUD
# Starts the daemon of one cloud, whose files are there, and waits until it answers. Its state lies over libvirt's own folders in a mount
# namespace of its own, so that two system daemons do not meet. Nor do they see KVM: it may be opened on machines, themselves virtual, on which no guest
# comes up with it, and tests mean the same everywhere. Its pid is in CLOUD/daemon.pid of the folder.
set -euo pipefail

folder=$1 cloud=$2
mine=$folder/$cloud

rm -f "$mine/run/libvirtd.pid"
# A file that cannot be written, unlike a device: libvirt takes what can be opened for usable, and asks QEMU again and again.
: >"$mine/no-kvm"
# shellcheck disable=SC2016 # for the inner shell
setsid unshare --mount --propagation private sh -c '
  for pair in etc:/etc/libvirt lib:/var/lib/libvirt run:/run/libvirt cache:/var/cache/libvirt log:/var/log/libvirt; do
    mkdir -p "${pair#*:}" && mount --bind "$0/${pair%%:*}" "${pair#*:}" || exit 1
  done
  if [ -e /dev/kvm ]; then
    mount --bind "$0/no-kvm" /dev/kvm && mount -o remount,bind,ro /dev/kvm || exit 1
  fi
  exec libvirtd --listen --config "$0/etc/libvirtd.conf" --pid-file "$0/run/libvirtd.pid"' \
  "$mine" >>"$mine/daemon.log" 2>&1 </dev/null &
daemon=$!
echo "$daemon" >"$mine/daemon.pid"

for _ in $(seq 240); do
  if timeout 5 virsh -q -c "qemu+unix:///system?socket=$mine/run/libvirt-sock" uri >/dev/null 2>&1; then exit 0; fi
  kill -0 "$daemon" 2>/dev/null || break
  sleep 0.25
done
echo "$0: $cloud does not answer" >&2
tail -n 5 "$mine/daemon.log" >&2
exit 1
