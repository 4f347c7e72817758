#!/usr/bin/env bash
# scripts/ci/with-go-templates.sh COMMAND...
# Runs the command with SLIPWAY_TEST_RENDER naming a program that renders the templates of deploy/helm (test/helm/render.go). Go and sprig are installed
# first where they are missing (Debian, as root). Exit code 75, with a reason in the last line, where they cannot be had.
#   FETCH_WAIT_S  for how long it is waited for what has to be fetched; 90 when left out
set -euo pipefail

[ $# -gt 0 ] || { echo "usage: $0 COMMAND..." >&2; exit 2; }
here=$(dirname "${BASH_SOURCE[0]}")
packages=/usr/share/gocode

has_all() { command -v go >/dev/null && [ -d "$packages/src/github.com/Masterminds/sprig" ]; }

has_all || FETCH_WAIT_S=${FETCH_WAIT_S:-90} "$here/apt-install.sh" golang-go golang-github-masterminds-sprig-dev >&2 || true
has_all || { echo "no Go with sprig found and none could be installed"; exit 75; }

folder=$(mktemp -d "${TMPDIR:-/tmp}/slipway-render.XXXXXX")
trap 'rm -rf "$folder"' EXIT
# Debian's packages lie in a GOPATH, and nothing is fetched.
GO111MODULE=off GOPATH=$packages GOCACHE=$folder/cache go build -o "$folder/render" "$here/../../test/helm/render.go"
SLIPWAY_TEST_RENDER=$folder/render "$@"
