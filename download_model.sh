#!/usr/bin/env bash
# Brings a model here before it is needed: `drawing-chat download ARGUMENT…`.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where it was called as `sh …`
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
source ./setup.sh
run_installed download "$@"
