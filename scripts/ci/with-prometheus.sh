#!/usr/bin/env bash
# scripts/ci/with-prometheus.sh COMMAND...
# Runs the command with SLIPWAY_TEST_PROMETHEUS pointing at the folder of `prometheus` and `promtool`. They are installed first where they are missing
# (Debian, as root), without starting the service. Exit code 75, with a reason in the last line, where they cannot be had.
#   FETCH_WAIT_S  for how long it is waited for what has to be fetched; 90 when left out
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: $0 COMMAND..." >&2; exit 2; }

find_binaries() {
  if command -v prometheus >/dev/null && command -v promtool >/dev/null; then dirname "$(command -v prometheus)"; fi
}

bin=$(find_binaries)
if [ -z "$bin" ]; then
  FETCH_WAIT_S=${FETCH_WAIT_S:-90} "$(dirname "${BASH_SOURCE[0]}")/apt-install.sh" prometheus >&2 || true
  bin=$(find_binaries)
fi
[ -n "$bin" ] || { echo "no Prometheus found and none could be installed"; exit 75; }

export SLIPWAY_TEST_PROMETHEUS=$bin
"$@"
