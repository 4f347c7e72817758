#!/usr/bin/env bash
# scripts/ci/libvirt/install.sh
# Debian's packages for two daemons of libvirt's and a small guest; nothing where they are there already.
set -euo pipefail

packages=(libvirt-clients libvirt-daemon libvirt-daemon-driver-qemu libvirt-daemon-system qemu-system-x86 qemu-utils seabios
  ipxe-qemu dnsmasq-base busybox-static cpio mtools dosfstools syslinux openssl iproute2 openssh-client openssh-server netcat-openbsd)

if dpkg-query -W -f='${Status}\n' "${packages[@]}" 2>/dev/null | grep -vq 'install ok installed' ||
  ! dpkg-query -W "${packages[@]}" >/dev/null 2>&1; then
  "$(dirname "${BASH_SOURCE[0]}")/../apt-install.sh" "${packages[@]}" >&2
fi
