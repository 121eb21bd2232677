"""`drawing-chat check DRAWING ANSWER.txt`: any text graded against a drawing, no server needed.

Takes the drawing in as the server does, decode workers and all, and grades with `evidence`.
Exit status 1 when a value of the text is not on the drawing, 2 when one of the two cannot be read.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.commands import drawing_file
from backend.errors import DrawingChatError
from backend.evidence.grading.grader import Graded, grade
from backend.evidence.index.sheet_index import PageText
from backend.evidence.parsing.answer_reader import find_values

_WORDS = {
    "found": "stands on the sheet",
    "computed": "computed",
    "by_eye": "no exact text to hold it against",
    "not_found": "NOT ON THE SHEET",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument("drawing", metavar="DRAWING", type=Path, help="a drawing file")
    parser.add_argument("answer", metavar="ANSWER", help="a text file, or - for standard input")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(arguments: argparse.Namespace) -> int:
    """Grade and print; the exit status."""
    try:
        text = _read(arguments.answer)
        if not arguments.drawing.is_file():
            print(f"{arguments.drawing} cannot be read: no such file.", file=sys.stderr)
            return 2
        pages = asyncio.run(drawing_pages(arguments.drawing))
    except OSError as error:
        print(f"{error.filename} cannot be read: {error.strerror}.", file=sys.stderr)
        return 2
    except DrawingChatError as error:
        print(error, file=sys.stderr)
        return 2
    except UnicodeDecodeError:
        print("The answer is not a UTF-8 text.", file=sys.stderr)
        return 2
    graded = grade(find_values(text), pages)
    if arguments.json:
        print(json.dumps(_as_json(graded), ensure_ascii=False, indent=2))
    else:
        _print(graded)
    return 1 if any(one.status == "not_found" for one in graded) else 0


def check_command(argv: Sequence[str]) -> int:
    """The subcommand by itself."""
    parser = argparse.ArgumentParser(prog="drawing-chat check")
    add_arguments(parser)
    return run(parser.parse_args(argv))


async def drawing_pages(path: Path) -> list[PageText]:
    """The text of every page of a drawing file, a scan's recognised. Raises the tree's upload
    errors."""
    return await drawing_file.page_texts(path)


def _read(name: str) -> str:
    return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")


def _as_json(graded: list[Graded]) -> dict[str, Any]:
    items = []
    for one in graded:
        places = [
            {
                "page": place.page,
                "box": [round(part, 1) for part in place.box],
                "source": place.source,
                "text": place.text,
            }
            for place in one.places
        ]
        items.append({**one.item(), "places": places})
    return {"items": items, "counts": dict(Counter(one.status for one in graded))}


def _print(graded: list[Graded]) -> None:
    for one in graded:
        place = one.places[0] if one.places else None
        where = f", page {place.page} at {place.box[0]:.0f}, {place.box[1]:.0f}" if place else ""
        print(f"{one.value.text:<28} {_WORDS[one.status]}{where}")
    if not graded:
        print("No values in this text.")
