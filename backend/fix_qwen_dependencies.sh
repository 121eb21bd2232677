#!/usr/bin/env bash
# Runs ../fix_qwen_dependencies.sh with the same arguments.
exec "$(dirname "$(readlink -f "$0")")/../fix_qwen_dependencies.sh" "$@"
