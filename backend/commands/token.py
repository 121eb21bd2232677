"""`drawing-chat token add|list|revoke`: manage access tokens. Takes effect without a restart.

Exit status: 0 done · 1 failed, with the reason · 2 wrong options.
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
    """Add the subcommands."""
    commands = parser.add_subparsers(metavar="COMMAND", dest="what", required=True)
    adding = commands.add_parser("add", help="create a token; it is shown only once")
    adding.add_argument(
        "owner",
        metavar="OWNER",
        help="owner of the drawings and conversations that it gives access to, for example a "
        f"person's name; `{LOCAL_OWNER}` owns everything created without a token",
    )
    commands.add_parser("list", help="list the tokens: id, date, owner")
    revoking = commands.add_parser("revoke", help="revoke a token")
    revoking.add_argument("id", metavar="ID", help="id from `token list`")


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit status. Only a new token goes to standard output."""
    file = TokenFile(load_settings().data_folder)
    try:
        if arguments.what == "add":
            token, secret = file.add(arguments.owner)
            print(f"Token {token.id} for {token.owner}, shown only once:", file=sys.stderr)
            print(secret)
        elif arguments.what == "list":
            for token in file.read():
                day = time.strftime("%Y-%m-%d", time.gmtime(token.created_at))
                print(f"{token.id}  {day}  {token.owner}")
        else:
            token = file.revoke(arguments.id)
            print(f"Token {token.id} of {token.owner} is revoked.", file=sys.stderr)
            if not file.read():
                print(
                    "It was the last one. To allow local access without a token again, delete "
                    f"{file.path}.",
                    file=sys.stderr,
                )
    except DrawingChatError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
