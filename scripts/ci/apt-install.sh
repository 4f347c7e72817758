#!/usr/bin/env bash
# Installs Debian packages without questions and without starting the services they bring.
set -euo pipefail

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
apt-get update -qq
apt-get install -y -qq --no-install-recommends "$@"
