"""`drawing-chat data usage|clean|backup|restore`: the data folder from the command line.

Exit status: 0 done · 1 it could not be done, the message says why · 2 a wrong option.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from backend.config.settings import load_settings
from backend.errors import DrawingChatError
from backend.storage import backup
from backend.storage import disk_usage as usage
from backend.storage.automatic_backups import day_and_time


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommand's own subcommands."""
    commands = parser.add_subparsers(metavar="WHAT", dest="what", required=True)
    commands.add_parser("usage", help="show what the data folder holds")
    commands.add_parser("clean", help="remove caches and files that no drawing needs")
    making = commands.add_parser("backup", help="write drawings and conversations to a file")
    making.add_argument("file", metavar="FILE.tar", type=Path)
    restoring = commands.add_parser("restore", help="bring a backup back; the server must be off")
    restoring.add_argument(
        "file",
        metavar="FILE.tar",
        type=Path,
        nargs="?",
        help="a backup; left out: the newest copy of the database that the server made",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it and say what was done; the exit status."""
    folder = load_settings().data_folder
    try:
        if arguments.what == "usage":
            _print_usage(folder)
        elif arguments.what == "clean":
            print(f"{_size(usage.clean(folder))} freed.")
        elif arguments.what == "backup":
            count = backup.back_up(folder, arguments.file)
            print(f"{arguments.file}: database and {count} drawing files.")
        elif arguments.file is None:
            copy, aside = backup.restore_copy(folder)
            print(f"Restored: the copy of {day_and_time(copy)}. {_moved(aside)}".rstrip())
        else:
            aside = backup.restore(folder, arguments.file)
            print(f"Restored. {_moved(aside)}".rstrip())
    except DrawingChatError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _moved(aside: Path | None) -> str:
    return f"What was there before is in {aside}." if aside else ""


def _print_usage(folder: Path) -> None:
    found = usage.usage_of(folder)
    rows = [
        ("Drawings", f"{found.drawings}", found.blob_bytes),
        ("Conversations", f"{found.conversations}", found.database_bytes),
        ("Messages", f"{found.messages}", None),
        ("Caches", "", found.cache_bytes),
        ("Other files", "", found.other_bytes),
    ]
    print(folder)
    for name, count, size in rows:
        print(f"{name:<14}{count:>8}  {'' if size is None else _size(size):>10}".rstrip())


def _size(size: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if abs(size) < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
