"""The two commands, in a small project whose tools are stand-ins that note their calls."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

PROJECT_ROOT = Path(__file__).resolve().parent.parent.parent

PYTHON = f"""#!/bin/sh
if [ "$1 $2" = "-m venv" ]; then
  echo venv >>calls
  mkdir -p "$3/bin" && cp "$(dirname "$0")/venv-python" "$3/bin/python"
else
  exec "{sys.executable}" "$@"
fi
"""
VENV_PYTHON = f"""#!/bin/sh
case "$1 $2" in
  "-m pip") echo "pip $*" | sed 's/.* -r/pip -r/' >>calls ;;
  "-m compileall") ;;
  *) exec "{sys.executable}" "$@" ;;
esac
"""
INSTALL = """#!/bin/sh
echo "install $*" >>calls
sh ./during-install
"""
NPM = """#!/bin/sh
echo "npm $1" >>../calls
[ "$1" = ci ] && mkdir -p node_modules
[ "$1" = run ] && mkdir -p dist && echo page >dist/index.html
exit 0
"""
SERVER = """
import sys
sys.path.pop(0)  # backend, whose http would hide that of the standard library
import http.server, os
class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
    def log_message(self, *words):
        pass
port = int(os.environ.get("DRAWING_CHAT_PORT", "8000"))
with http.server.HTTPServer(("127.0.0.1", port), Health) as server:
    print("pid", os.getpid(), port, os.environ["VIRTUAL_ENV"], flush=True)
    server.serve_forever()
"""

#: What a machine or a suite around the tests may have set, and what decides over the scripts' ways.
NOT_INHERITED = ("CI", "DISPLAY", "WAYLAND_DISPLAY", "CHROMIUM")


#: The one-line entries, with the subcommand that each becomes.
ENTRIES = {"run_server.sh": "serve", "download_model.sh": "download"}


class Project:
    """A folder with the real scripts and stand-ins for all that they call."""

    def __init__(self, root: Path) -> None:
        self.root = root / "a project"
        self.bin = root / "bin"
        self.bin.mkdir()
        # All of the backend: quick_start.sh reads the settings to learn which page to open.
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PROJECT_ROOT / "backend", self.root / "backend", ignore=ignored)
        for folder in ("frontend/src", "demo"):
            (self.root / folder).mkdir(parents=True)
        for name in ("setup.sh", "quick_start.sh", "run_tests.sh", *ENTRIES):
            shutil.copy(PROJECT_ROOT / name, self.root / name)
        self.script(self.bin / "python3.11", PYTHON)
        self.script(self.bin / "venv-python", VENV_PYTHON)
        self.script(self.bin / "npm", NPM)
        self.script(self.bin / "node", "#!/bin/sh\n")
        self.script(self.root / "fix_qwen_dependencies.sh", INSTALL)
        self.write("during-install", "")
        for name in ("cpu", "qwen", "no_deps"):
            self.write(f"requirements_{name}.txt", "")
        for name in ("pyproject.toml", "calls"):
            self.write(name, "")
        for name in ("package.json", "package-lock.json", "src/main.ts"):
            self.write(f"frontend/{name}", "{}")
        self.write("demo/__init__.py", "")
        self.write("backend/main.py", SERVER)
        self.environment = {
            **{key: value for key, value in os.environ.items() if key not in NOT_INHERITED},
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "TMPDIR": str(root),
        }

    def script(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o755)

    def write(self, name: str, text: str) -> None:
        (self.root / name).write_text(text)

    def start(self, *command: str) -> subprocess.Popen[str]:
        # A suite that was started in the background ignores SIGINT, and so would its children.
        return subprocess.Popen(
            ["env", "--default-signal=INT", "bash", *command],
            cwd=self.root.parent,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, *command: str) -> tuple[int, str]:
        process = self.start(*command)
        output, _ = process.communicate(timeout=60)
        return process.returncode, output

    def set_up(self) -> tuple[int, str]:
        return self.run(f"{self.root}/quick_start.sh", "--setup-only")

    def source(self, commands: str) -> tuple[int, str]:
        """Run `commands` after setup.sh has been sourced."""
        return self.run("-c", f"set -euo pipefail; cd '{self.root}'; . ./setup.sh; {commands}")

    def calls(self) -> list[str]:
        """What was called since the last look."""
        lines = (self.root / "calls").read_text().split("\n")[:-1]
        self.write("calls", "")
        return lines


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


INSTALLED = ["install --install -e .", "pip -r requirements_no_deps.txt"]
ALL = ["venv", *INSTALLED, "npm ci", "npm run"]


def wait_until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("name", ["quick_start.sh", "run_tests.sh"])
def test_options(project: Project, name: str) -> None:
    script = f"{project.root}/{name}"
    status, output = project.run(script, "--help")
    assert status == 0 and output.startswith(f"Usage: ./{name}")
    status, output = project.run(script, "--nope")
    assert status == 2 and "Unknown option: --nope" in output and "Usage:" in output
    assert project.calls() == []


@pytest.mark.parametrize(
    "arguments", [["--port"], ["--port", "http"], ["--port", "65536"], ["--port", "0"], ["--host"]]
)
def test_a_wrong_port_or_host_is_refused_before_anything_is_set_up(
    project: Project, arguments: list[str]
) -> None:
    status, output = project.run(f"{project.root}/quick_start.sh", *arguments)
    assert status == 2
    assert "must be a number" in output or "needs a value" in output
    assert project.calls() == []


def test_a_second_run_does_nothing_and_a_changed_file_only_its_step(project: Project) -> None:
    status, output = project.set_up()
    assert status == 0, output
    assert "[3/3]" in output and "Set up in" in output
    assert project.calls() == ALL
    status, output = project.set_up()
    assert status == 0 and output.count("up to date") == 3
    assert project.calls() == []
    for name, redone in [
        ("requirements_cpu.txt", INSTALLED),
        ("requirements_no_deps.txt", INSTALLED),
        ("pyproject.toml", INSTALLED),
        ("frontend/src/main.ts", ["npm run"]),
        ("frontend/package-lock.json", ["npm ci", "npm run"]),
    ]:
        with (project.root / name).open("a") as file:
            file.write("# changed\n")
        assert project.set_up()[0] == 0
        assert project.calls() == redone, name
    with (project.root / "pyproject.toml").open("a") as file:
        file.write("[tool.ruff]\nline-length = 100\n")
    assert project.set_up()[0] == 0
    assert project.calls() == []
    shutil.rmtree(project.root / "frontend/dist")
    assert project.set_up()[0] == 0
    assert project.calls() == ["npm run"]


def test_the_test_tools_are_added_once_and_kept(project: Project) -> None:
    assert project.source("set_up test")[0] == 0
    assert "install --install -e .[test]" in project.calls()
    assert project.set_up()[0] == 0
    assert project.calls() == []
    project.write("requirements_cpu.txt", "changed")
    assert project.set_up()[0] == 0
    assert project.calls() == ["install --install -e .[test]", INSTALLED[1]]


def test_a_failed_step_says_why_and_is_taken_up_again(project: Project) -> None:
    project.write("during-install", "echo 'failed: Temporary failure in name resolution'; exit 1")
    status, output = project.set_up()
    assert status == 1
    assert "No network" in output and "Temporary failure" in output
    assert project.calls() == ALL[:2]
    project.write("during-install", "echo 'OSError: No space left on device'; exit 1")
    status, output = project.set_up()
    assert status == 1 and "The disk is full" in output
    assert project.calls() == ALL[1:2]
    # Without a CPU build of torch pip also fails to reach the index that is tried last.
    trouble = "echo 'NewConnectionError'; echo 'The CPU build of torch is missing: …'; exit 1"
    project.write("during-install", trouble)
    status, output = project.set_up()
    assert status == 1 and "Make the CPU build of torch available" in output
    assert "No network" not in output
    project.calls()
    project.write("during-install", "")
    assert project.set_up()[0] == 0
    assert project.calls() == ALL[1:]


INTERRUPTIBLE = "echo Installing collected packages: torch; echo $$ >installing; exec sleep 60"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_an_interrupted_install_ends_and_is_made_anew(project: Project, number: int) -> None:
    project.write("during-install", INTERRUPTIBLE)
    process = project.start(f"{project.root}/quick_start.sh", "--setup-only")
    note = project.root / "installing"
    wait_until(lambda: note.exists() and note.read_text().strip())
    installer = int(note.read_text())
    process.send_signal(number)
    if number == signal.SIGKILL:
        os.kill(installer, signal.SIGKILL)
    process.communicate(timeout=20)
    assert (
        process.returncode == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[number]
    )
    wait_until(lambda: not psutil.pid_exists(installer))
    project.calls()
    project.write("during-install", "")
    assert project.set_up()[0] == 0
    assert project.calls() == ALL


def test_a_moved_or_broken_environment_is_made_anew(project: Project) -> None:
    project.set_up()
    project.calls()
    moved = project.root.with_name("moved")
    project.root.rename(moved)
    project.root = moved
    assert project.set_up()[0] == 0
    assert project.calls() == ["venv", *INSTALLED, "npm run"]
    (project.root / ".venv/bin/python").unlink()
    assert project.set_up()[0] == 0
    assert project.calls()[0] == "venv"


def test_a_second_set_up_waits_for_the_first(project: Project) -> None:
    with (project.root / "setup.sh").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        process = project.start(f"{project.root}/quick_start.sh", "--setup-only")
        assert process.stdout is not None
        assert "Waiting for another setup" in process.stdout.readline()
        assert project.calls() == []
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert project.calls() == ALL


def test_without_a_fitting_python_the_message_says_which(project: Project) -> None:
    for name in ("python3.11", "python3.12", "python3", "python"):
        project.script(project.bin / name, "#!/bin/sh\nexit 1\n")
    project.environment["PYENV_ROOT"] = "/nonexistent"
    status, output = project.set_up()
    assert status == 1 and "needs Python 3.11 or 3.12" in output


@pytest.mark.parametrize("name", ["quick_start.sh", "run_tests.sh", "run_server.sh"])
def test_a_script_that_is_called_with_sh_is_run_by_bash(project: Project, name: str) -> None:
    status, output = project.run("-c", f"cd '{project.root}' && exec sh {name} --help")
    assert "pipefail" not in output
    if name == "run_server.sh":
        assert status == 1 and "not set up yet" in output
    else:
        assert status == 0 and output.startswith("Usage:")


def test_a_folder_that_belongs_to_another_is_refused(project: Project) -> None:
    assert project.source("refuse_foreign_folder")[0] == 0
    # Root may write everywhere, so that it becomes somebody else; who cannot read this folder.
    other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    script = (PROJECT_ROOT / "setup.sh").read_text() + "\nROOT=/usr VENV=/usr/lib\n"
    done = subprocess.run(
        [*(other if os.geteuid() == 0 else []), "bash", "-eus"],
        input=script + "refuse_foreign_folder",
        cwd="/",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "may not write to /usr." in done.stderr and "sudo chown -R" in done.stderr


def test_too_little_room_is_told_before_the_install(project: Project) -> None:
    project.script(project.bin / "df", "#!/bin/sh\necho h\necho d 9 9 2097152 1% /\n")
    status, output = project.set_up()
    assert status == 1 and "Only 2 GiB are free" in output
    assert project.calls() == ["venv"]


def test_node_that_is_too_old_is_not_taken(project: Project) -> None:
    for version, fits in [("18.1.0", 1), ("20.18.0", 1), ("20.19.0", 0), ("22.12.0", 0)]:
        node = '#!/bin/sh\nshift\necho "$1" | sed \'s/process.versions.node/"' + version
        node += "\"/; s/process.exit/quit/' >program\n" + f"exit {fits}\n"
        project.script(project.bin / "node", node)
        status, _ = project.source("node_fits")
        assert status == fits


def test_the_hash_follows_content_and_names_and_nothing_made(project: Project) -> None:
    def hash_now() -> str:
        return project.source("hash_of frontend demo")[1]

    first = hash_now()
    assert len(first.strip()) == 64
    (project.root / "frontend/node_modules").mkdir()
    project.write("frontend/node_modules/x.js", "x")
    assert hash_now() == first
    (project.root / "frontend/src/main.ts").rename(project.root / "frontend/src/other.ts")
    second = hash_now()
    project.write("frontend/src/other.ts", "{ }")
    assert len({first, second, hash_now()}) == 3


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_the_script_becomes_the_server_and_opens_the_page_once_it_answers(
    project: Project, tmp_path: Path
) -> None:
    opened = tmp_path / "opened"
    project.script(project.bin / "xdg-open", f'#!/bin/sh\necho "$1" >"{opened}"\n')
    project.environment["DISPLAY"] = ":0"
    port = free_port()
    process = project.start(f"{project.root}/quick_start.sh", "--port", str(port))
    try:
        assert process.stdout is not None
        line = next(line for line in process.stdout if line.startswith("pid "))
        assert line == f"pid {process.pid} {port} {project.root}/.venv\n"
        wait_until(lambda: opened.exists() and opened.read_text())
        assert opened.read_text() == f"http://127.0.0.1:{port}/\n"
    finally:
        process.terminate()
        process.communicate(timeout=20)
    assert process.returncode == -signal.SIGTERM


def test_no_browser_is_opened_when_told_so_or_without_a_desktop(
    project: Project, tmp_path: Path
) -> None:
    assert project.set_up()[0] == 0
    project.write("backend/main.py", "print('served')")
    opened = tmp_path / "opened"
    project.script(project.bin / "xdg-open", f'#!/bin/sh\necho "$1" >"{opened}"\n')
    assert project.run(f"{project.root}/quick_start.sh")[0] == 0
    project.environment["DISPLAY"] = ":0"
    assert project.run(f"{project.root}/quick_start.sh", "--no-browser")[0] == 0
    assert not opened.exists()


def installed_command(project: Project) -> None:
    (project.root / ".venv/bin").mkdir(parents=True)
    tell = 'printf "%s\\n" "$PWD" "$VIRTUAL_ENV" "$(command -v drawing-chat)" "$@"; exit 3'
    project.script(project.root / ".venv/bin/drawing-chat", f"#!/bin/sh\n{tell}\n")


@pytest.mark.parametrize(("name", "subcommand"), ENTRIES.items())
def test_an_entry_becomes_the_installed_command_from_any_folder(
    project: Project, name: str, subcommand: str, tmp_path: Path
) -> None:
    installed_command(project)
    (tmp_path / "linked").symlink_to(project.root / name)
    for script in (project.root / name, tmp_path / "linked"):
        status, output = project.run(str(script), "--model", "two words", "")
        assert status == 3
        venv = project.root / ".venv"
        told = [project.root.parent, venv, venv / "bin/drawing-chat", subcommand]
        assert output.split("\n") == [*map(str, told), "--model", "two words", "", ""]
    assert project.calls() == []


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_before_the_set_up_says_what_to_run(project: Project, name: str) -> None:
    script = f"{project.root}/{name}"
    missing = f"\nDrawing Chat is not set up yet. Run: {project.root}/quick_start.sh --setup-only\n"
    assert project.run(script) == (1, missing)
    installed_command(project)
    (project.root / ".venv/setup").mkdir()
    project.write(".venv/setup/installing", "")  # an install that was cut short
    assert project.run(script) == (1, missing)


@pytest.mark.parametrize("name", ["quick_start.sh", "run_tests.sh", *ENTRIES])
def test_a_script_can_be_run_and_is_understood(name: str) -> None:
    assert os.access(PROJECT_ROOT / name, os.X_OK)
    assert subprocess.run(["bash", "-n", PROJECT_ROOT / name], timeout=20).returncode == 0


CHROMIUM_MISSING = "#!/bin/sh\nexit 127\n"
APT_GET = """#!/bin/sh
echo "apt-get $1" >>calls
[ "$1" = install ] && printf '#!/bin/sh\\necho Chromium 1\\n' >"$(command -v chromium)"
exit 0
"""


@pytest.mark.parametrize("user", [0, 1000])
def test_chromium_is_taken_from_the_machine_else_installed(project: Project, user: int) -> None:
    commands = 'STEPS=1; set_up_chromium; echo "CHROMIUM=$CHROMIUM"'
    for name in ("chromium-browser", "google-chrome", "google-chrome-stable", "chromium"):
        project.script(project.bin / name, CHROMIUM_MISSING)
    project.script(project.bin / "id", f"#!/bin/sh\necho {user}\n")
    project.script(project.bin / "apt-get", APT_GET)
    (project.root / ".venv/bin").mkdir(parents=True)
    project.script(
        project.root / ".venv/bin/python",
        '#!/bin/sh\necho "python $*" >>calls\n[ "$1 $2" = "-m playwright" ]\n',
    )
    status, output = project.source(commands)
    assert status == 0, output
    asked, *installed = project.calls()
    assert asked == "python -"
    if user == 0:
        assert installed == ["apt-get update", "apt-get install"]
        assert output.rstrip().endswith(f"CHROMIUM={project.bin}/chromium")
        assert "up to date" in project.source(commands)[1]
        assert project.calls() == []
    else:
        assert installed == ["python -m playwright install chromium"]
        assert output.rstrip().endswith("CHROMIUM=")


def test_run_tests_runs_the_suites_that_are_named_in_order(project: Project) -> None:
    (project.root / "tests").mkdir()
    project.write("pytest.py", "import sys; print('pytest', *sys.argv[1:]); sys.exit(5)")
    script = f"{project.root}/run_tests.sh"
    unit, faults = "tests/checks tests/unit tests/parts", "tests/drawings tests/faults"
    project.script(project.bin / "chromium", "#!/bin/sh\necho Chromium 1\n")
    for arguments, suites in [
        ([], f"{unit} {faults} tests/engine tests/browser"),
        (["--unit"], unit),
        (["--faults"], faults),
        (["--engine", "--browser"], "tests/engine tests/browser"),
        (["--engine", "--", "-k", "x"], "tests/engine -k x"),
    ]:
        status, output = project.run(script, *arguments)
        assert status == 5
        assert output.rstrip().split("\n")[-1] == f"pytest -n 2 {suites}"
