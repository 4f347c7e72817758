#!/usr/bin/env bash
# scripts/ci/lxd/image.sh FILE
# Writes an image for LXD's containers: busybox (statically linked) alone, which asks DHCP for an address, runs user data that begins with #! as root,
# tells of both on its console, and serves /www on port 80.
set -euo pipefail

[ $# -eq 1 ] || { echo "usage: $0 FILE" >&2; exit 2; }
tree=$(mktemp -d "${TMPDIR:-/tmp}/slipway-image.XXXXXX")
trap 'rm -rf "$tree"' EXIT
root=$tree/rootfs
mkdir -p "$tree/templates" "$root"/{bin,sbin,etc,proc,sys,dev,tmp,root,run,var/log,www/cgi-bin}

cp /bin/busybox "$root/bin/busybox"
for applet in $(/bin/busybox --list); do
  [ "$applet" = busybox ] || ln -sf /bin/busybox "$root/bin/$applet"
done
ln -sf /bin/busybox "$root/sbin/init"

cat >"$root/etc/inittab" <<'END'
::sysinit:/etc/rc
::respawn:/bin/httpd -f -p 80 -h /www
::ctrlaltdel:/bin/reboot
END

cat >"$root/etc/rc" <<'END'
#!/bin/sh
exec >/dev/console 2>&1
export PATH=/bin:/sbin HOME=/root
hostname -F /etc/hostname
echo "guest: boot of $(hostname)"
ip link set lo up
if [ -e /sys/class/net/eth0 ]; then
  ip link set eth0 up
  udhcpc -i eth0 -n -q -t 20 -T 1 -s /etc/leased
fi
if [ "$(head -c 2 /etc/user-data)" = '#!' ]; then
  echo "guest: user data begins"
  cp /etc/user-data /run/user-data
  chmod +x /run/user-data
  /run/user-data
  echo "guest: user data ended with $?"
fi
echo "guest: ready"
END

cat >"$root/etc/leased" <<'END'
#!/bin/sh
[ "$1" = bound ] || exit 0
ip addr flush dev "$interface"
ip addr add "$ip/$mask" dev "$interface"
[ -z "$router" ] || ip route add default via "$router"
echo "guest: address $ip"
END
chmod +x "$root/etc/rc" "$root/etc/leased"

echo 'root:x:0:0:root:/root:/bin/sh' >"$root/etc/passwd"
echo 'root:x:0:' >"$root/etc/group"

cat >"$tree/metadata.yaml" <<'END'
architecture: x86_64
creation_date: 1
properties: { description: busybox for tests, os: busybox, release: test }
templates:
  /etc/hostname: { when: [create, copy, rename], template: hostname.tpl }
  /etc/user-data: { when: [create, copy, start], template: user-data.tpl }
END
sed -i "s/^architecture: .*/architecture: $(uname -m)/" "$tree/metadata.yaml"
echo '{{ container.name }}' >"$tree/templates/hostname.tpl"
printf '%s%s' '{% if config_get("cloud-init.user-data", "") != "" %}{{ config_get("cloud-init.user-data", "") }}' \
  '{% else %}{{ config_get("user.user-data", "") }}{% endif %}' >"$tree/templates/user-data.tpl"

tar -C "$tree" --sort=name --mtime=@1 --owner=0 --group=0 --numeric-owner -cf - metadata.yaml templates rootfs | gzip -n >"$1"
