#!/usr/bin/env bash
# scripts/ci/openstack/install.sh
# Brings what is not there yet of the packages of up.sh. Fetching them ends after FETCH_WAIT_S, and installing them by itself only.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=packages.sh
source "$here/openstack/packages.sh"

fetching() {
  timeout --foreground --kill-after=10 $((FETCH_WAIT_S > SECONDS ? FETCH_WAIT_S - SECONDS : 1)) apt-get -qq "$@"
}
# The folder is root's.
fetch() { fetching -o APT::Sandbox::User=root download "$@"; }

# shellcheck disable=SC2086 # one word per package
dpkg -s $libraries >/dev/null 2>&1 || "$here/apt-install.sh" $libraries >&2
[ ! -e "$unpacked/complete" ] || exit 0
mkdir -p "$unpacked/deb"
cd "$unpacked/deb"
# shellcheck disable=SC2086
{ fetch $services || { fetching update && fetch $services; }; } >&2
for package in ./*.deb; do dpkg -x "$package" "$unpacked"; done
touch "$unpacked/complete"
