"""The command `drawing-chat`: picks the subcommand and loads only what that one needs.

Knows names and exit statuses; what a subcommand does is in the module named beside it, which
has `add_arguments(parser)` and `run(arguments) -> int`.

Exit status: 0 done · 1 it could not be done, the message says why · 2 a wrong option or
setting · 3 the server's engine could not be brought back · 130 ended with Ctrl+C.
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
    """Run one subcommand; the exit status."""
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
    """The parser with all subcommands; only the chosen one's module is loaded."""
    parser = argparse.ArgumentParser(
        prog="drawing-chat",
        description="Chat about technical drawings on your own GPU.",
        epilog="Exit status: 0 done, 1 it could not be done, 2 a wrong option or setting, "
        "3 the server's engine could not be brought back, 130 ended with Ctrl+C. "
        "Settings come from DRAWING_CHAT_… variables and from .env.",
    )
    subcommands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, (summary, add_arguments, run) in COMMANDS.items():
        subparser = subcommands.add_parser(name, help=summary, description=summary)
        subparser.set_defaults(run=run)
        if name == chosen:
            add_arguments(subparser)
    return parser


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", metavar="ADDRESS", help="listen on this address")
    parser.add_argument("--port", metavar="NUMBER", help="listen on this port")
    parser.add_argument("--model", metavar="NAME", help="model on the hub, or a folder")
    parser.add_argument("--data-folder", metavar="FOLDER", help="drawings and conversations")


def _serve(arguments: argparse.Namespace) -> int:
    names = ("host", "port", "model", "data_folder")
    given = {name: getattr(arguments, name) for name in names}
    overrides: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
    if "data_folder" in overrides:  # on a command line a path counts from where one stands
        overrides["data_folder"] = Path.cwd() / overrides["data_folder"]
    load_settings(**overrides)  # a wrong one is told before the server's modules are loaded
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
    print("The settings are in order.")
    if not (PROJECT_ROOT / "frontend" / "dist" / "index.html").is_file():
        print("The page has not been built: ./quick_start.sh --setup-only")
        return 1
    print("The page is built.")
    script = PROJECT_ROOT / "fix_qwen_dependencies.sh"
    environment = {**os.environ, "VIRTUAL_ENV": sys.prefix}
    return subprocess.run([script, "--check"], env=environment, check=False).returncode  # noqa: S603


def _nothing(parser: argparse.ArgumentParser) -> None:
    """For subcommands without options."""


def _lazy(module: str) -> tuple[AddArguments, Run]:
    """`add_arguments` and `run` of a module that is imported when they are called."""

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
    "compare": ("What changed between two drawing files.", *_lazy("backend.commands.compare")),
    "extract": ("Tables from a folder of drawings.", *_lazy("backend.commands.extract")),
    "data": ("Show, clean, back up or restore the data.", *_lazy("backend.commands.data")),
    "token": ("Make, list or revoke access tokens.", *_lazy("backend.commands.token")),
    "plan": ("Show which model fits the GPUs, and why.", *_lazy("backend.commands.plan")),
    "models": ("List the models, or recommend one.", *_lazy("backend.commands.models")),
    "download": ("Bring a model from the hub.", *_lazy("backend.commands.download")),
    "tool": ("Run one tool without a model.", *_lazy("backend.commands.tool")),
    "version": ("Print the version.", _nothing, _version),
}


if __name__ == "__main__":
    sys.exit(main())
