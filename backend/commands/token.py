"""`drawing-chat token add|list|revoke`: who may come in. A running server follows at once.

Exit status: 0 done · 1 it could not be done, the message says why · 2 a wrong option.
"""

from __future__ import annotations

import argparse
import sys
import time

from backend.config.settings import load_settings
from backend.errors import DrawingChatError
from backend.requests.owner import LOCAL_OWNER
from backend.storage.tokens import TokenFile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommand's own subcommands."""
    commands = parser.add_subparsers(metavar="WHAT", dest="what", required=True)
    adding = commands.add_parser("add", help="make a token; it is shown this once")
    adding.add_argument(
        "owner",
        metavar="OWNER",
        help="whose drawings and conversations it opens, for example a person's name; "
        f"`{LOCAL_OWNER}` owns what was made without a token",
    )
    commands.add_parser("list", help="show the tokens: id, owner, day")
    revoking = commands.add_parser("revoke", help="shut out whoever uses this token")
    revoking.add_argument("id", metavar="ID", help="as `list` shows it")


def run(arguments: argparse.Namespace) -> int:
    """Do it and say what was done; the exit status. The token alone goes to standard output."""
    file = TokenFile(load_settings().data_folder)
    try:
        if arguments.what == "add":
            token, secret = file.add(arguments.owner)
            print(f"Token {token.id} of {token.owner}; it is not shown again:", file=sys.stderr)
            print(secret)
        elif arguments.what == "list":
            for token in file.read():
                day = time.strftime("%Y-%m-%d", time.gmtime(token.created_at))
                print(f"{token.id}  {day}  {token.owner}")
        else:
            token = file.revoke(arguments.id)
            print(f"Token {token.id} of {token.owner} opens nothing any more.", file=sys.stderr)
            if not file.read():
                print(
                    "It was the last one. To work without tokens on this machine alone, delete "
                    f"{file.path}.",
                    file=sys.stderr,
                )
    except DrawingChatError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
