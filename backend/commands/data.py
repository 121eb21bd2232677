"""`drawing-chat data usage|clean|backup|restore`: manage the data folder.

Exit status: 0 done · 1 failed, with the reason · 2 wrong options.
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
    """Add the subcommands."""
    commands = parser.add_subparsers(metavar="COMMAND", dest="what", required=True)
    commands.add_parser("usage", help="show how much space the data folder uses")
    commands.add_parser("clean", help="delete caches and unused files")
    making = commands.add_parser("backup", help="write drawings and conversations to a file")
    making.add_argument("file", metavar="FILE.tar", type=Path)
    restoring = commands.add_parser("restore", help="restore a backup; stop the server first")
    restoring.add_argument(
        "file",
        metavar="FILE.tar",
        type=Path,
        nargs="?",
        help="the backup; default: the server's newest automatic copy of the database",
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command; returns the exit status."""
    folder = load_settings().data_folder
    try:
        if arguments.what == "usage":
            _print_usage(folder)
        elif arguments.what == "clean":
            print(f"{_size(usage.clean(folder))} freed.")
        elif arguments.what == "backup":
            count = backup.back_up(folder, arguments.file)
            print(f"{arguments.file}: the database and {count} drawing files.")
        elif arguments.file is None:
            copy, aside = backup.restore_copy(folder)
            print(f"Restored the copy of {day_and_time(copy)}. {_moved(aside)}".rstrip())
        else:
            aside = backup.restore(folder, arguments.file)
            print(f"Restored. {_moved(aside)}".rstrip())
    except DrawingChatError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _moved(aside: Path | None) -> str:
    return f"The previous data is in {aside}." if aside else ""


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
