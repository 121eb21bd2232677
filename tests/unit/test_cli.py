"""The command line: what it offers, what it refuses, its exit statuses."""

from __future__ import annotations

import runpy
import subprocess
import sys
from typing import Any

import pytest

from backend import __version__, cli
from backend.config.settings import PROJECT_ROOT, settings_table
from backend.errors import StorageUnusable

Output = pytest.CaptureFixture[str]


def status_of(*argv: str) -> int:
    """The exit status, also where argparse ends the program itself."""
    try:
        return cli.main(argv)
    except SystemExit as ended:
        assert isinstance(ended.code, int)
        return ended.code


def test_help_names_every_subcommand_and_the_exit_statuses(capsys: Output) -> None:
    assert status_of("--help") == 0
    text = capsys.readouterr().out
    for name, (summary, _, _) in cli.COMMANDS.items():
        assert name in text and summary.partition(" ")[0] in text
    assert "Exit status" in text


def test_the_module_is_the_command_too(capsys: Output, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["backend/cli.py", "version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(cli.__file__), run_name="__main__")
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"drawing-chat {__version__}\n"


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_every_subcommand_has_help(name: str, capsys: Output) -> None:
    assert status_of(name, "--help") == 0
    assert capsys.readouterr().out.startswith(f"usage: drawing-chat {name}")


@pytest.mark.parametrize("argv", [(), ("nope",), ("serve", "--nope"), ("version", "more")])
def test_wrong_usage_is_status_2(argv: tuple[str, ...], capsys: Output) -> None:
    assert status_of(*argv) == 2
    assert "usage: drawing-chat" in capsys.readouterr().err


def test_version(capsys: Output) -> None:
    assert status_of("version") == 0
    assert capsys.readouterr().out == f"drawing-chat {__version__}\n"


def test_settings_prints_the_table(capsys: Output) -> None:
    assert status_of("settings") == 0
    assert capsys.readouterr().out == settings_table()


def test_serve_passes_on_what_was_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, capsys: Output
) -> None:
    given: dict[str, object] = {}

    def main(**overrides: object) -> int:
        given.update(overrides)
        return 7

    monkeypatch.setattr("backend.main.main", main)
    monkeypatch.chdir(tmp_path)
    assert status_of("serve", "--port", "9000", "--data-folder", "here") == 7
    assert given == {"port": "9000", "data_folder": tmp_path / "here"}
    assert status_of("serve", "--port", "http") == 2
    assert capsys.readouterr().err.startswith("DRAWING_CHAT_PORT=http: must be ")


@pytest.mark.parametrize(
    ("raised", "status"), [(StorageUnusable("The folder is full."), 1), (KeyboardInterrupt(), 130)]
)
def test_expected_ends_are_a_line_and_a_status(
    raised: BaseException, status: int, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    def main(**overrides: object) -> int:
        raise raised

    monkeypatch.setattr("backend.main.main", main)
    assert status_of("serve") == status
    assert capsys.readouterr().err == ("The folder is full.\n" if status == 1 else "")


@pytest.mark.parametrize("status", [0, 1])
def test_doctor_asks_the_script_and_passes_its_status_on(
    status: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    ran: list[list[object]] = []

    def run(command: list[object], **options: object) -> subprocess.CompletedProcess[str]:
        ran.append(command)
        return subprocess.CompletedProcess([], status)

    monkeypatch.setattr(subprocess, "run", run)
    monkeypatch.setattr(cli, "PROJECT_ROOT", tmp_path)
    assert status_of("doctor") == 1 and not ran
    (tmp_path / "frontend" / "dist").mkdir(parents=True)
    (tmp_path / "frontend" / "dist" / "index.html").write_text("")
    assert status_of("doctor") == status
    assert ran == [[tmp_path / "fix_qwen_dependencies.sh", "--check"]]


def test_the_module_is_the_command() -> None:
    command = [sys.executable, "-m", "backend.cli", "version"]
    done = subprocess.run(command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith(__version__)
