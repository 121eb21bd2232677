#!/usr/bin/env bash
# Sets everything up, with the test tools, and runs all tests.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where it was called as `sh …`
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ./setup.sh

usage() {
  cat <<'TEXT'
Usage: ./run_tests.sh [--unit] [--engine] [--browser] [--help] [-- PYTEST-ARGUMENT…]

Sets everything up in this folder, with the test tools, and runs all suites; with options, only
those named. Ends with pytest's summary; the exit status is 0 only when all tests passed.

  --unit      static checks (ruff, mypy, import-linter, tsc, vitest), the unit tests, and the
              parts with real files, processes and sockets
  --engine    the real AsyncLLMEngine on this machine
  --browser   the page in Chromium, with the real server and engine
TEXT
}

suites=()
while (($#)); do
  case "$1" in
    --unit) suites+=(tests/checks tests/test_*.py tests/parts tests/drawings tests/faults) ;;
    --engine) suites+=(tests/engine) ;;
    --browser) suites+=(tests/browser) ;;
    -h | --help)
      usage
      exit 0
      ;;
    --)
      shift
      break
      ;;
    *)
      printf 'There is no option %s.\n\n' "$1" >&2
      usage >&2
      exit 2
      ;;
  esac
  shift
done
((${#suites[@]})) || suites=(tests/checks tests/test_*.py tests/parts tests/drawings tests/faults tests/engine tests/browser)

needs_browser=""
[[ " ${suites[*]} " != *" tests/browser "* ]] || needs_browser=yes
[[ -z "$needs_browser" ]] || STEPS=5
set_up test
[[ -z "$needs_browser" ]] || set_up_chromium
exec "$PYTHON" -m pytest "${suites[@]}" "$@"
