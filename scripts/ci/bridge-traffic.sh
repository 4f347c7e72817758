#!/usr/bin/env bash
# scripts/ci/bridge-traffic.sh allow|forget BRIDGE
# Lets guests on a bridge reach each other where this machine's firewall would drop what is forwarded. Docker has it do so, also on bridges that are none
# of Docker's, and also when it has ended. Nothing is to be done where there is no iptables.
set -euo pipefail

[ $# -eq 2 ] || { echo "usage: $0 allow|forget BRIDGE" >&2; exit 2; }
command -v iptables >/dev/null || exit 0
rule=(FORWARD -i "$2" -o "$2" -j ACCEPT)
case $1 in
  allow) iptables -w 10 -C "${rule[@]}" 2>/dev/null || iptables -w 10 -I "${rule[@]}" ;;
  forget) iptables -w 10 -D "${rule[@]}" 2>/dev/null || true ;;
  *) exit 2 ;;
esac
