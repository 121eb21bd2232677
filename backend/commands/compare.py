"""`drawing-chat compare OLD NEW`: what changed between two drawing files, no server needed.

Takes both in as the server does and compares their texts page by page; scans are recognised
first. Exit status as `diff` has it: 0 the same, 1 something changed, 2 they cannot be compared.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from contextlib import AsyncExitStack
from itertools import zip_longest
from pathlib import Path
from typing import Any

from backend.commands import drawing_file
from backend.compare.comparison import comparison
from backend.errors import DrawingChatError
from backend.extraction.table_files import to_csv

_COLUMNS = ("page", "kind", "old", "new", "x", "y", "width", "height", "moved")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument("old", metavar="OLD", type=Path, help="a drawing file")
    parser.add_argument("new", metavar="NEW", type=Path, help="its later revision")
    parser.add_argument("--format", choices=("text", "json", "csv"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Compare and print; the exit status."""
    for path in (arguments.old, arguments.new):
        if not path.is_file():
            print(f"{path} cannot be read: no such file.", file=sys.stderr)
            return 2
    try:
        pages = asyncio.run(compared_files(arguments.old, arguments.new))
    except OSError as error:
        print(f"{error.filename} cannot be read: {error.strerror}.", file=sys.stderr)
        return 2
    except DrawingChatError as error:
        print(error, file=sys.stderr)
        return 2
    {"text": _print_text, "json": _print_json, "csv": _print_csv}[arguments.format](pages)
    silent = [page for page in pages if page["without_text"]]
    for page in silent:
        which = " and ".join(page["without_text"])
        print(
            f"Page {page['page']} has no text in the {which} drawing: not compared.",
            file=sys.stderr,
        )
    if silent:
        return 2
    return 1 if any(page["changes"] or page["only"] for page in pages) else 0


async def compared_files(old: Path, new: Path) -> list[dict[str, Any]]:
    """For each page what `comparison` says, its number, and `only`: `old` or `new` where the
    other drawing has no such page. Raises the tree's upload errors, `OSError` for a file."""
    async with AsyncExitStack() as stack:
        before, ours = await stack.enter_async_context(drawing_file.opened(old))
        after, theirs = await stack.enter_async_context(drawing_file.opened(new))
        pages: list[dict[str, Any]] = []
        for number, (one, other) in enumerate(zip_longest(ours.pages, theirs.pages), 1):
            page: dict[str, Any] = {"page": number, "only": None}
            if one is None or other is None:
                only = "new" if one is None else "old"
                page |= {"only": only, "without_text": [], "changes": []}
            else:
                texts = (
                    await before.text(drawing_file.OWNER, ours.id, number),
                    await after.text(drawing_file.OWNER, theirs.id, number),
                )
                page |= await asyncio.to_thread(comparison, *texts, one, other)
            pages.append(page)
        return pages


def _print_text(pages: list[dict[str, Any]]) -> None:
    for page in pages:
        if page["only"]:
            print(f"page {page['page']}: only in the {page['only']} drawing")
        for change in page["changes"]:
            old, new = change["old"]["text"], change["new"]["text"]
            said = old if old == new else " → ".join(text for text in (old, new) if text)
            x, y, *_ = _place(change)["box"]
            aside = ", moved" if change.get("moved") else ""
            print(f"page {page['page']}: {change['kind']:<7} {said}  (at {x:.0f}, {y:.0f}{aside})")
    if not any(page["only"] or page["changes"] or page["without_text"] for page in pages):
        print("No text changed.")


def _print_json(pages: list[dict[str, Any]]) -> None:
    print(json.dumps({"pages": pages}, ensure_ascii=False, indent=2))


def _print_csv(pages: list[dict[str, Any]]) -> None:
    rows: list[list[str | None]] = []
    for page in pages:
        number = str(page["page"])
        if page["only"]:
            rows.append([number, f"only in {page['only']}", *[None] * (len(_COLUMNS) - 2)])
        for change in page["changes"]:
            place = [f"{part:g}" for part in _place(change)["box"]]
            sides = change["old"]["text"], change["new"]["text"]
            moved = "yes" if change["kind"] == "moved" or change.get("moved") else "no"
            rows.append([number, change["kind"], *sides, *place, moved])
    sys.stdout.write(to_csv(_COLUMNS, rows).decode())


def _place(change: dict[str, Any]) -> dict[str, Any]:
    """Where to look: on the new sheet, and for what is gone on the old one."""
    side: dict[str, Any] = change["old" if change["kind"] == "removed" else "new"]
    return side
