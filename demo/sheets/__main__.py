"""Generates sheets: `python -m demo.sheets --seed 7 --count 3 --out FOLDER`."""

from __future__ import annotations

import argparse
import random
from pathlib import Path

from demo.sheets.layout import Paper, plain_style
from demo.sheets.parts import PARTS
from demo.sheets.render import render


def main() -> None:
    """Write each sheet as DXF, PDF, PNG and JSON with its ground truth."""
    parser = argparse.ArgumentParser(prog="demo.sheets", description=main.__doc__)
    parser.add_argument("--seed", type=int, default=0, help="seed of the first sheet")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kind", choices=sorted(PARTS), help="default: random")
    parser.add_argument("--paper", choices=("A4", "A3"), default="A4")
    parser.add_argument("--plain", action="store_true", help="as the demo model reads them (A4)")
    parser.add_argument("--worn", action="store_true", help="make the PNG look like a scan")
    arguments = parser.parse_args()
    for seed in range(arguments.seed, arguments.seed + arguments.count):
        style = plain_style(random.Random(seed)) if arguments.plain else None  # noqa: S311
        paper: Paper = "A4" if arguments.plain else arguments.paper
        sheet = render(seed, arguments.kind, paper=paper, style=style)
        sheet.save(arguments.out, worn=arguments.worn)
        print(arguments.out / sheet.truth.name)


if __name__ == "__main__":
    main()
