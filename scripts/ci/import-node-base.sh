#!/usr/bin/env bash
# scripts/ci/import-node-base.sh NAME NODE
# Gives the Docker engine that DOCKER_HOST names an image NAME to build deploy/Dockerfile on where none can be pulled: busybox, the program NODE with its
# libraries, this machine's npm, and the authorities that this machine trusts. Needs a busybox without libraries and npm.
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: $0 NAME NODE" >&2; exit 2; }
name=$1
node=$2

root=$(mktemp -d "${TMPDIR:-/tmp}/slipway-base.XXXXXX")
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"
mkdir -p "$root/bin" "$root/usr/bin" "$root/usr/local/bin" "$root/usr/local/lib/node_modules" "$root/etc/ssl/certs"
mkdir -m 1777 "$root/tmp"

cp "$(command -v busybox)" "$root/bin/busybox"
for applet in $("$root/bin/busybox" --list); do
  [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
ln -s /bin/env "$root/usr/bin/env"

cp -L "$node" "$root/usr/local/bin/node"
# Node's own, and what only packages that build the console ask for beside them.
libraries=$(ldd "$node" | grep -o '/[^ ]*')
for library in $libraries "$(dirname "$(ldd "$node" | grep -o '/[^ ]*/libc\.so\.6')")/librt.so.1"; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

npm=$(dirname "$(dirname "$(readlink -f "$(command -v npm)")")")
cp -R "$npm" "$root/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"

changes=(--change "ENV PATH=/usr/local/bin:/usr/bin:/bin")
authorities=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}
if [ -r "$authorities" ]; then
  cp -L "$authorities" "$root/etc/ssl/certs/ca-certificates.crt"
  changes+=(--change "ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt")
fi
tar -C "$root" -c . | docker import "${changes[@]}" - "$name"
