"""The `drawing-chat` command; loads only the chosen subcommand.

Subcommands are in commands/; each module has `add_arguments(parser)` and `run(arguments) -> int`.

Exit status: 0 done · 1 failed, with the reason · 2 wrong options or settings · 3 the server's
engine could not be restarted · 130 interrupted with Ctrl+C.
"""

from __future__ import annotations

import argparse
import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from backend import __version__
from backend.config.settings import PROJECT_ROOT, load_settings, settings_table
from backend.errors import DrawingChatError, SettingsError

AddArguments = Callable[[argparse.ArgumentParser], None]
Run = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand; returns the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    arguments = build_parser(argv[0] if argv else "").parse_args(argv)
    run: Run = arguments.run
    try:
        return run(arguments)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    except DrawingChatError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def build_parser(chosen: str = "") -> argparse.ArgumentParser:
    """The parser with all subcommands; loads only the chosen one's module."""
    parser = argparse.ArgumentParser(
        prog="drawing-chat",
        description="Chat about technical drawings on your own GPU.",
        epilog="Exit status: 0 done, 1 failed, 2 wrong options or settings, 3 the server's engine "
        "could not be restarted, 130 interrupted with Ctrl+C. Settings are read from "
        "DRAWING_CHAT_… environment variables and from .env.",
    )
    subcommands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (summary, add_arguments, run) in COMMANDS.items():
        subparser = subcommands.add_parser(name, help=summary, description=summary)
        subparser.set_defaults(run=run)
        if name == chosen:
            add_arguments(subparser)
    return parser


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", metavar="ADDRESS", help="address to listen on")
    parser.add_argument("--port", metavar="NUMBER", help="port to listen on")
    parser.add_argument(
        "--model", metavar="NAME", help="a model's name, a repository on the hub, or a folder"
    )
    parser.add_argument(
        "--data-folder", metavar="FOLDER", help="folder for drawings and conversations"
    )


def _serve(arguments: argparse.Namespace) -> int:
    names = ("host", "port", "model", "data_folder")
    given = {name: getattr(arguments, name) for name in names}
    overrides: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if "data_folder" in overrides:  # relative to the current folder on the command line
        overrides["data_folder"] = Path.cwd() / overrides["data_folder"]
    load_settings(**overrides)  # report wrong settings before loading the server's modules
    from backend import main as server

    return server.main(**overrides)


def _settings(arguments: argparse.Namespace) -> int:
    print(settings_table(), end="")
    return 0


def _version(arguments: argparse.Namespace) -> int:
    print(f"drawing-chat {__version__}")
    return 0


def _doctor(arguments: argparse.Namespace) -> int:
    from backend.http.token_store import check_bind
    from backend.model.vllm.engine_args import check_sleep

    settings = load_settings()
    check_bind(settings)
    check_sleep(settings)
    print("The settings are valid.")
    if not (PROJECT_ROOT / "frontend" / "dist" / "index.html").is_file():
        print("The page has not been built. Run: ./quick_start.sh --setup-only")
        return 1
    print("The page is built.")
    script = PROJECT_ROOT / "fix_qwen_dependencies.sh"
    environment = {**os.environ, "VIRTUAL_ENV": sys.prefix}
    return subprocess.run([script, "--check"], env=environment, check=False).returncode  # noqa: S603


def _nothing(parser: argparse.ArgumentParser) -> None:
    """For subcommands without options."""


def _lazy(module: str) -> tuple[AddArguments, Run]:
    """`add_arguments` and `run` of a module that is imported on the first call."""

    def add_arguments(parser: argparse.ArgumentParser) -> None:
        importlib.import_module(module).add_arguments(parser)

    def run(arguments: argparse.Namespace) -> int:
        status: int = importlib.import_module(module).run(arguments)
        return status

    return add_arguments, run


COMMANDS: dict[str, tuple[str, AddArguments, Run]] = {
    "serve": ("Start the server.", _add_serve, _serve),
    "settings": ("Print the table of all settings.", _nothing, _settings),
    "doctor": ("Check settings, page and dependencies.", _nothing, _doctor),
    "ask": ("Ask a running server about drawings.", *_lazy("backend.commands.ask")),
    "check": ("Grade a text against a drawing file.", *_lazy("backend.commands.check")),
    "compare": ("Compare two drawing files.", *_lazy("backend.commands.compare")),
    "extract": ("Extract tables from a folder of drawings.", *_lazy("backend.commands.extract")),
    "data": ("Show, clean, back up or restore the data folder.", *_lazy("backend.commands.data")),
    "token": ("Create, list or revoke access tokens.", *_lazy("backend.commands.token")),
    "plan": ("Report which model fits the GPUs, and why.", *_lazy("backend.commands.plan")),
    "models": ("List the models, or recommend one.", *_lazy("backend.commands.models")),
    "download": (
        "Download a model from the Hugging Face hub.",
        *_lazy("backend.commands.download"),
    ),
    "tool": ("Run one of the model's tools directly.", *_lazy("backend.commands.tool")),
    "version": ("Print the version.", _nothing, _version),
}


if __name__ == "__main__":
    sys.exit(main())
