#!/usr/bin/env bash
# Starts the server that ./quick_start.sh --setup-only has set up: `drawing-chat serve ARGUMENT…`.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where it was called as `sh …`
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
source ./setup.sh
run_installed serve "$@"
