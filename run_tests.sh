#!/usr/bin/env bash
# Sets up the project with its test tools and runs all tests.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # if started with sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ./setup.sh

usage() {
  cat <<'TEXT'
Usage: ./run_tests.sh [--unit] [--faults] [--engine] [--browser] [--help] [-- PYTEST-ARGUMENT…]

Sets up the project and its test tools in this folder, then runs all test suites, or only those
selected by options. The output ends with pytest's summary; the exit status is 0 only if all tests
passed.

  --unit      static checks (ruff, mypy, import-linter, tsc, vitest), unit tests, and tests
              with real files, processes and sockets
  --faults    drawing formats, damaged and hostile files, faults of the server
  --engine    the real AsyncLLMEngine on this machine
  --browser   the page in Chromium against the real server
TEXT
}

suites=()
while (($#)); do
  case "$1" in
    --unit) suites+=(tests/checks tests/unit tests/parts) ;;
    --faults) suites+=(tests/drawings tests/faults) ;;
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
      printf 'Unknown option: %s\n\n' "$1" >&2
      usage >&2
      exit 2
      ;;
  esac
  shift
done
((${#suites[@]})) || suites=(tests/checks tests/unit tests/parts tests/drawings tests/faults tests/engine tests/browser)

needs_browser=""
[[ " ${suites[*]} " != *" tests/browser "* ]] || needs_browser=yes
[[ -z "$needs_browser" ]] || STEPS=5
set_up test
[[ -z "$needs_browser" ]] || set_up_chromium
# Two processes, whatever the machine has: each may hold an engine, which takes 3 GB. An option -n
# behind it wins; see tests/work_sharing.py for the sharing.
exec "$PYTHON" -m pytest -n 2 "${suites[@]}" "$@"
