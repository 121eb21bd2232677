"""`drawing-chat tool NAME JSON`: one tool without a model, its answer printed as JSON.

Exit status 1 with `{"error": …}` where the tool refuses, 2 where the call itself is wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence

from backend.tools.engineering_tools import TOOLS
from backend.tools.tool import ToolError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the subcommand."""
    parser.add_argument("name", metavar="NAME", choices=sorted(TOOLS), help=", ".join(TOOLS))
    parser.add_argument("arguments", metavar="JSON", help='e.g. {"designation": "20 H7/g6"}')


def run(arguments: argparse.Namespace) -> int:
    """Run the tool; the exit status."""
    try:
        given = json.loads(arguments.arguments)
    except (ValueError, RecursionError):
        print("The arguments are not valid JSON.", file=sys.stderr)
        return 2
    try:
        answer = TOOLS[arguments.name](given)
    except ToolError as error:
        print(json.dumps({"error": str(error)}, ensure_ascii=False))
        return 1
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    return 0


def tool_command(argv: Sequence[str]) -> int:
    """The subcommand by itself."""
    parser = argparse.ArgumentParser(prog="drawing-chat tool")
    add_arguments(parser)
    return run(parser.parse_args(argv))
