#!/usr/bin/env bash
# scripts/ci/import-sshd.sh NAME PUBLIC-KEY
# Gives the Docker engine that DOCKER_HOST names an image NAME that is a machine with ssh: busybox, and this machine's sshd with its libraries and host keys of
# its own each time that one is started. The key logs in as root. Needs a busybox without libraries, and openssh-server.
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: $0 NAME PUBLIC-KEY" >&2; exit 2; }
name=$1
key=$2

root=$(mktemp -d "${TMPDIR:-/tmp}/slipway-sshd.XXXXXX")
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
mkdir -p "$root"/{bin,usr/sbin,usr/bin,usr/lib/openssh,etc/ssh,root/.ssh,run/sshd,dev,proc,sys}
mkdir -m 1777 "$root/tmp"

cp "$(command -v busybox)" "$root/bin/busybox"
for applet in $("$root/bin/busybox" --list); do
  [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done

# From OpenSSH 9.8 on a login is a program of its own.
for program in /usr/sbin/sshd /usr/bin/ssh-keygen /usr/lib/openssh/sshd-session /usr/lib/openssh/sshd-auth; do
  [ -x "$program" ] || continue
  mkdir -p "$root$(dirname "$program")"
  cp -L "$program" "$root$program"
  for library in $(ldd "$program" | grep -o '/[^ ]*'); do
    mkdir -p "$root$(dirname "$library")"
    cp -L "$library" "$root$library"
  done
done

printf 'root:x:0:0:root:/root:/bin/sh\nsshd:x:100:100:sshd:/run/sshd:/bin/false\n' >"$root/etc/passwd"
printf 'root:x:0:\nsshd:x:100:\n' >"$root/etc/group"
printf 'root:*:19000:0:99999:7:::\n' >"$root/etc/shadow"
cp "$key" "$root/root/.ssh/authorized_keys"

cat >"$root/start" <<'END'
#!/bin/sh
ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/host || exit 1
exec /usr/sbin/sshd -D -e -f /dev/null -h /etc/ssh/host -o UsePAM=no -o StrictModes=no -o PasswordAuthentication=no
END
chmod 755 "$root/start"
tar -C "$root" -c . | docker import --change 'ENV PATH=/bin:/usr/bin:/usr/sbin' --change 'CMD ["/start"]' - "$name"
