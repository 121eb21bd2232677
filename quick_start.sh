#!/usr/bin/env bash
# Sets up and starts Drawing Chat. Safe to run again at any time.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # if started with sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
source ./setup.sh

usage() {
  cat <<'TEXT'
Usage: ./quick_start.sh [--setup-only] [--host ADDRESS] [--port NUMBER] [--no-browser] [--help]

Sets up the project in this folder and starts Drawing Chat on http://127.0.0.1:8000/.
The first run takes a few minutes, later runs a few seconds.

  --setup-only     set up without starting the server
  --host ADDRESS   listen on this address; any address except loopback requires an access token
  --port NUMBER    listen on this port (1 to 65535)
  --no-browser     do not open a browser
  --help           show this help

All settings: docs/settings.md, or .venv/bin/drawing-chat settings
TEXT
}

refuse() {
  printf '%s\n\n' "$1" >&2
  usage >&2
  exit 2
}

setup_only="" browser=yes
while (($#)); do
  case "$1" in
    --setup-only) setup_only=yes ;;
    --no-browser) browser="" ;;
    --host | --port)
      [[ $# -ge 2 && -n "$2" ]] || refuse "$1 needs a value."
      if [[ "$1" == --host ]]; then
        export DRAWING_CHAT_HOST="$2"
      elif [[ "$2" =~ ^[1-9][0-9]{0,4}$ ]] && (($2 <= 65535)); then
        export DRAWING_CHAT_PORT="$2"
      else
        refuse "--port must be a number from 1 to 65535, not $2."
      fi
      shift
      ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) refuse "Unknown option: $1" ;;
  esac
  shift
done

# Prints the program that opens a URL on this desktop; fails if there is none.
find_opener() {
  if [[ -n "${CI:-}" ]]; then
    return 1
  elif grep -qi microsoft /proc/version 2>/dev/null; then
    command -v wslview || command -v explorer.exe
  elif [[ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]]; then
    command -v xdg-open
  elif [[ "$(uname)" == Darwin ]]; then
    command -v open
  else
    return 1
  fi
}

# Opens the page as soon as the server responds. Gives up when the server ends; its process is
# this shell, which execs it.
open_page_when_up() { # opener url host port server's-pid
  while kill -0 "$5" 2>/dev/null; do
    if (exec 3<>"/dev/tcp/$3/$4" && printf 'GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n' >&3 &&
      IFS= read -r -t 5 line <&3 && [[ "$line" == *" 200 "* ]]) 2>/dev/null; then
      exec "$1" "$2"
    fi
    sleep 0.3
  done
}

started=$SECONDS
set_up
say "Set up in $((SECONDS - started)) s."
if [[ -n "$setup_only" ]]; then
  say "Start with: ./quick_start.sh"
  exit 0
fi

if [[ -n "$browser" ]] && opener="$(find_opener)"; then
  # Load the settings, because .env can also set the address and port. The server itself reports
  # invalid ones.
  if where="$("$PYTHON" -c 'from backend.config.settings import load_settings
from backend.http.server import url
settings = load_settings()
print(url(settings), url(settings).split("//")[1].rsplit(":", 1)[0].strip("[]"), settings.port)' 2>/dev/null)"; then
    read -r url host port <<<"$where"
    # Start it in the background twice, so that it is no child of the server, which would not reap it.
    (open_page_when_up "$opener" "$url" "$host" "$port" $$ </dev/null >/dev/null 2>&1 &)
  fi
fi
exec "$PYTHON" backend/main.py
