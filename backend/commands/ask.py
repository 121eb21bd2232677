"""`drawing-chat ask DRAWING… "question"`: ask a running server; the answer streams to the terminal.

Exit status: 0 answered · 1 incomplete, the message says why · 2 invalid options · 130 stopped with
Ctrl+C, which also stops the answer on the server.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import aclosing
from pathlib import Path
from typing import Any, TextIO

from backend.client import Client, Frame
from backend.config.settings import Settings, load_settings
from backend.errors import DrawingChatError

_REASONS = {
    "done": "",
    "stopped": "The answer was stopped.",
    "error": "The answer was interrupted.",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument(
        "words", metavar="DRAWING… QUESTION", nargs="+", help="drawing files, then the question"
    )
    parser.add_argument("--server", metavar="URL", help="default: host and port from the settings")
    parser.add_argument("--page", type=_page, metavar="NUMBER", help="page of each drawing")
    parser.add_argument(
        "--region", type=_region, metavar="X,Y,W,H", help="region of that page, in pixels"
    )
    parser.add_argument("--conversation", metavar="ID", help="continue this conversation")
    parser.add_argument(
        "--max-tokens", type=_page, metavar="NUMBER", help="maximum length of the answer"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object at the end")


def run(arguments: argparse.Namespace) -> int:
    """Ask and print the answer; returns the exit status."""
    *names, question = arguments.words
    paths = [Path(name) for name in names]
    for path in paths:
        if not path.is_file():
            print(f"{path}: no such file.", file=sys.stderr)
            return 2
    try:
        return asyncio.run(_ask(arguments, paths, question))
    except DrawingChatError as error:
        print(error, file=sys.stderr)
        return 1


async def _ask(arguments: argparse.Namespace, paths: list[Path], question: str) -> int:
    settings = load_settings()
    token = settings.token.get_secret_value() if settings.token else None
    async with Client(arguments.server or _server(settings), token=token) as client:
        drawings = [_reference((await client.upload(path))["id"], arguments) for path in paths]
        options = {"max_tokens": arguments.max_tokens} if arguments.max_tokens else {}
        frames = client.ask(
            question,
            drawings=drawings,
            conversation_id=arguments.conversation,
            options=options,
        )
        printer = Printer(sys.stdout, sys.stderr, as_json=arguments.json)
        try:
            async with aclosing(frames):
                async for frame in frames:
                    printer.show(frame)
        except asyncio.CancelledError:  # Ctrl+C
            if printer.turn_id:
                await client.stop(printer.turn_id)
            raise
        return printer.finish()


class Printer:
    """Prints a turn's frames: text as it arrives, or one JSON object at the end."""

    def __init__(self, out: TextIO, log: TextIO, *, as_json: bool) -> None:
        self.turn_id = ""
        self._out = out
        self._log = log
        self._as_json = as_json
        self._state = ""
        self._text: list[str] = []
        self._accepted: Frame = {}
        self._last: Frame = {}
        self._evidence: list[Any] = []
        self._tools: list[Frame] = []

    def show(self, frame: Frame) -> None:
        """Process the next frame."""
        kind = frame["type"]
        if kind == "accepted":
            self._accepted, self.turn_id = frame, frame["turn_id"]
        elif kind == "delta":
            self._text.append(frame["text"])
            if not self._as_json:
                print(frame["text"], end="", flush=True, file=self._out)
        elif kind == "evidence":
            self._evidence += frame["items"]
        elif kind == "tool":
            self._show_tool(frame)
        elif kind == "model":
            self._show_state(frame["model"])
        else:
            self._last = frame

    def _show_tool(self, frame: Frame) -> None:
        if frame["state"] == "running":
            if not self._as_json:
                print(f"[{frame['name']}]", file=self._log)
        else:
            kept = ("name", "state", "arguments", "result", "error")
            self._tools.append({key: frame[key] for key in kept})

    def finish(self) -> int:
        """Print the end; returns the exit status."""
        if self._as_json:
            print(json.dumps(self._result(), ensure_ascii=False, indent=2), file=self._out)
        elif self._text:
            print(file=self._out)
        kind = self._last.get("type", "error")
        if kind == "done":
            return 0
        print(self._last.get("message") or _REASONS[kind], file=self._log)
        return 1

    def _result(self) -> dict[str, Any]:
        last = self._last
        return {
            "status": "complete" if last.get("type") == "done" else last.get("type", "error"),
            "text": "".join(self._text),
            "conversation_id": self._accepted.get("conversation_id"),
            "turn_id": self.turn_id,
            "finish_reason": last.get("finish_reason"),
            "evidence": self._evidence,
            "tools": self._tools,
            "notes": last.get("notes", []),
            "shown": last.get("shown", []),
            "usage": last.get("usage"),
            "timing": last.get("timing"),
            "error": last.get("code"),
        }

    def _show_state(self, model: dict[str, Any]) -> None:
        if model["state"] != self._state:
            self._state = model["state"]
            print(f"The model is {self._state}.", file=self._log)


def _reference(drawing_id: str, arguments: argparse.Namespace) -> dict[str, Any]:
    reference: dict[str, Any] = {"id": drawing_id}
    if arguments.page or arguments.region:
        reference["page"] = arguments.page or 1
    if arguments.region:
        reference["region"] = arguments.region
    return reference


def _server(settings: Settings) -> str:
    host = settings.host
    if host in ("0.0.0.0", "::"):  # noqa: S104 — listened on, reached over loopback
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _page(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be a number from 1")
    return number


def _region(text: str) -> list[float]:
    values = [float(value) for value in text.split(",")]
    if len(values) != 4 or min(values[2:]) <= 0:
        raise argparse.ArgumentTypeError(
            "must be four numbers X,Y,W,H, with width and height above 0"
        )
    return values
