"""`drawing-chat tool NAME JSON`: run a tool without a model and print its result as JSON.

Arguments may also be given one by one, in the order the tool defines: `tool limits_and_fits "20
H7/g6"`, `tool general_tolerance 25 m`. Tools that read a drawing take its file with `--drawing`;
`img_idx` then counts its pages from 0.

Exit status: 0 done · 1 the tool refused, with `{"error": …}` · 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from backend.commands import drawing_file
from backend.errors import DrawingChatError
from backend.model.service import ModelImage
from backend.tools.engineering_tools import TOOLS
from backend.tools.sheet_tools import SHEET_TOOLS, SheetTools, View
from backend.tools.tool_definition import Json, ToolError
from backend.tools.toolbox import Toolbox


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommand's options."""
    names = [*TOOLS, *SHEET_TOOLS]
    parser.add_argument("name", metavar="NAME", choices=sorted(names), help=", ".join(names))
    parser.add_argument(
        "arguments", metavar="JSON", nargs="+", help='e.g. {"designation": "20 H7/g6"}, or 20 H7/g6'
    )
    parser.add_argument("--drawing", metavar="FILE", type=Path, help="the drawing to read")
    parser.add_argument("--image", metavar="PNG", type=Path, help="write the crop to this file")
    # The option's name in earlier versions.
    parser.add_argument("--picture", dest="image", type=Path, help=argparse.SUPPRESS)


def run(arguments: argparse.Namespace) -> int:
    """Run the tool; returns the exit status."""
    try:
        given = _given(arguments.name, arguments.arguments)
    except (ValueError, RecursionError):
        print("The arguments are not valid JSON.", file=sys.stderr)
        return 2
    if arguments.name in SHEET_TOOLS and arguments.drawing is None:
        print(f"{arguments.name} reads a drawing: add --drawing FILE.", file=sys.stderr)
        return 2
    try:
        if arguments.name in SHEET_TOOLS:
            answer, image = asyncio.run(_look(arguments.name, given, arguments.drawing))
            if image is not None and arguments.image is not None:
                _save(image, arguments.image)
        else:
            answer = TOOLS[arguments.name](given)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}.", file=sys.stderr)
        return 2
    except (ToolError, DrawingChatError) as error:
        print(json.dumps({"error": str(error)}, ensure_ascii=False))
        return 1
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    return 0


def _given(name: str, words: Sequence[str]) -> Any:
    """Parse the arguments: one JSON object, or words in the order the tool defines, the last
    argument taking all remaining words. Raises `ValueError` for invalid JSON."""
    properties = {**TOOLS, **SHEET_TOOLS}[name].parameters["properties"]
    plain = all("array" not in schema["type"] for schema in properties.values())
    if words[0].lstrip()[:1] in ("{", "[", '"') or not plain:
        return json.loads(" ".join(words))
    names = list(properties)
    if len(names) == 1:
        return {names[0]: " ".join(words)}
    return dict(zip(names, words, strict=False)) | (
        {names[-1]: " ".join(words[len(names) - 1 :])} if len(words) > len(names) else {}
    )


def tool_command(argv: Sequence[str]) -> int:
    """The subcommand as a program of its own."""
    parser = argparse.ArgumentParser(prog="drawing-chat tool")
    add_arguments(parser)
    return run(parser.parse_args(argv))


async def _look(name: str, given: Any, path: Path) -> tuple[Json, ModelImage | None]:
    async with drawing_file.opened(path) as (library, info):
        views = [View(info.id, page.number) for page in info.pages]
        tools = SheetTools(library, drawing_file.OWNER, [info.id], views)
        looked = await Toolbox(tools).call(name, given)
    return _named(looked.result, info.id, path.name), looked.image


def _named(result: Json, drawing_id: str, name: str) -> Json:
    """The result with the file's name instead of a drawing id that is no longer valid."""

    def renamed(values: Json) -> Json:
        return {**values, "drawing": name} if values.get("drawing") == drawing_id else values

    if "items" in result:
        return {**result, "items": [renamed(item) for item in result["items"]]}
    return renamed(result)


def _save(image: ModelImage, path: Path) -> None:
    Image.frombytes("RGB", (image.width, image.height), image.rgb).save(path, "PNG")
