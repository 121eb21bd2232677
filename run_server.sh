#!/usr/bin/env bash
# Starts the server without setting anything up: `drawing-chat serve ARGUMENT…`. Run
# ./quick_start.sh --setup-only first.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # if started with sh
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
source ./setup.sh
run_installed serve "$@"
