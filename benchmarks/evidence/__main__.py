"""The command: sheets, answers, the report; status 1 where an aim is missed."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

import benchmarks.evidence
from benchmarks.evidence.callouts import Sheet
from benchmarks.evidence.made_sheets import demo_sheet, dxf_sheet, synthetic_sheet
from benchmarks.evidence.real_sheets import real_sheets
from benchmarks.evidence.scoring import ELSEWHERE, PLANTED, TRUE, Score, score_answers

#: The aims: true values that are graded found, planted errors that are not.
LEAST_FOUND, LEAST_CAUGHT = 0.97, 0.99
#: Each real drawing is as often in the round as there are that many of it.
REAL_SHARE = 8


def make_sheets(rng: random.Random, drawings: Path) -> list[Sheet]:
    """The sheets in the order in which answers go round them."""
    sheets = [synthetic_sheet(number, rng) for number in range(40)]
    with tempfile.TemporaryDirectory() as folder:
        sheets += [dxf_sheet(number, rng, Path(folder)) for number in range(8)]
        sheets += [demo_sheet(number, rng, Path(folder)) for number in range(16)]
    return sheets + list(real_sheets(drawings)) * REAL_SHARE


def report(score: Score, answers: int) -> bool:
    """Print the table and the two figures; whether they reach the aims."""
    kinds = score.kinds()
    print(f"{answers} answers. Each cell: graded found / all.\n")
    print("| values | " + " | ".join([*kinds, "all"]) + " |")
    print("|---|" + "---|" * (len(kinds) + 1))
    for group in (TRUE, *PLANTED, ELSEWHERE):
        cells = [score.of(group, kind) for kind in kinds] + [score.of(group)]
        print(f"| {group} | " + " | ".join(f"{found} / {all_}" for found, all_ in cells) + " |")
    (found, total), (passed, planted) = score.of(TRUE), score.planted()
    caught = planted - passed
    print(f"\ntrue values found: {found / total:.2%} of {total}")
    print(f"planted errors not found: {caught / planted:.2%} of {planted}")
    return found >= LEAST_FOUND * total and caught >= LEAST_CAUGHT * planted


def main() -> int:
    """Read the command line, score, report."""
    parser = argparse.ArgumentParser(
        description=benchmarks.evidence.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--drawings", type=Path, default=Path("../shared/drawings"))
    parser.add_argument("--answers", type=int, default=600)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311
    sheets, score = make_sheets(rng, options.drawings), Score()
    for mistake in score_answers(sheets, options.answers, rng, score):
        if options.show:
            value = mistake.value
            print(f"{mistake.sheet} {value.kind}: {value.text!r} {mistake.seen}")
    return 0 if report(score, options.answers) else 1


if __name__ == "__main__":
    sys.exit(main())
