#!/usr/bin/env bash
# Brings a model here before it is needed: `drawing-chat download ARGUMENT…`.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"
source ./setup.sh
run_installed download "$@"
