#!/usr/bin/env bash
# scripts/ci/libvirt/guest.sh IMAGE
# Makes a bootable disk of 24 MiB (qcow2): Debian's kernel for clouds, unpacked and not installed, with busybox as all of its system. The guest
# reads a NoCloud seed, asks for an address, and runs user data that begins with #! once it has one; what that leaves running stays.
set -euo pipefail

image=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

kernel=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
if [ -z "$kernel" ]; then
  apt-get -qq update
  kernel=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-[0-9].*\)$/\1/p' | head -n 1)
fi
download() { apt-get -qq -o APT::Sandbox::User=root download "$kernel"; }
download || { apt-get -qq update && download; }
dpkg -x ./*.deb kernel

mkdir -p tree/{bin,dev,etc,modules,proc,run,seed,sys,tmp,www}
cp "$(command -v busybox)" tree/bin/busybox
for applet in $(tree/bin/busybox --list); do
  [ "$applet" = busybox ] || ln -s busybox "tree/bin/$applet"
done
no=10
for module in virtio_ring virtio virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci failover net_failover virtio_net virtio_blk \
  cdrom isofs; do
  file=$(find kernel/lib/modules -name "$module.ko" | head -n 1)
  [ -z "$file" ] || cp "$file" "tree/modules/$no-$module.ko"
  no=$((no + 1))
done

cat >tree/init <<'INIT'
#!/bin/sh
export PATH=/bin HOME=/
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
exec </dev/console >/dev/console 2>&1
for module in /modules/*.ko; do insmod "$module"; done
mount -t iso9660 -o ro /dev/vdb /seed && echo "guest: has a seed"
hostname "$(sed -n 's/^local-hostname: *//p' /seed/meta-data)"
ip link set lo up
ip link set eth0 up && udhcpc -i eth0 -n -q -t 30 -T 1 -s /etc/lease -x "hostname:$(hostname)"
echo "guest: $(hostname) is up"
if head -c 2 /seed/user-data | grep -q '#!'; then
  cp /seed/user-data /run/user-data
  chmod +x /run/user-data
  /run/user-data </dev/null &
fi
while :; do sleep 3600; done
INIT
cat >tree/etc/lease <<'LEASE'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr add "$ip/$mask" dev "$interface"
[ -z "$router" ] || ip route add default via "$router"
LEASE
chmod +x tree/init tree/etc/lease
(cd tree && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --quiet | gzip -1n) >initrd

cat >syslinux.cfg <<'BOOT'
DEFAULT guest
PROMPT 0
TIMEOUT 0
LABEL guest
  KERNEL vmlinuz
  APPEND initrd=initrd console=ttyS0 quiet panic=1 tsc=reliable no_timer_check random.trust_cpu=on
BOOT
truncate --size=24M disk
mkfs.fat -F 16 -n GUEST disk >/dev/null
mcopy -i disk kernel/boot/vmlinuz-* ::vmlinuz
mcopy -i disk initrd syslinux.cfg ::
syslinux --install disk
qemu-img convert -O qcow2 disk "$image.part"
mv "$image.part" "$image"
