#!/usr/bin/env bash
# scripts/ci/apt-install.sh PACKAGE...
# Installs Debian packages without questions and without starting the services they bring.
#   FETCH_WAIT_S  for how long it is waited for what has to be fetched; 1800 when left out. What was fetched is installed to the end: dpkg, cut off
#                 half-way, installs nothing more until somebody mends it.
set -euo pipefail

wait_s=${FETCH_WAIT_S:-1800}
[ "$(id -u)" -eq 0 ] || { echo "$0: installing $* needs root" >&2; exit 2; }
command -v apt-get >/dev/null || { echo "$0: no apt-get here; install $* by hand" >&2; exit 2; }

# Packages ask /usr/sbin/policy-rc.d before they start their service: 101 means no.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi

export DEBIAN_FRONTEND=noninteractive
# Somebody else may be installing.
locks=(-o DPkg::Lock::Timeout=120)
fetching() { timeout --foreground --kill-after=10 $((wait_s > SECONDS ? wait_s - SECONDS : 1)) apt-get -qq "${locks[@]}" "$@"; }
fetching update
fetching install -y --no-install-recommends --download-only "$@"
apt-get install -y -qq "${locks[@]}" --no-install-recommends --no-download "$@"
