"""Callouts of the benchmark's sheets: values in parts, and how they are made up at random."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass, field

from backend.evidence.index.sheet_index import PageText


@dataclass(frozen=True)
class Callout:
    """A value in parts, all as written with a decimal point."""

    nominal: str
    symbol: str = ""
    tolerance: tuple[str, str] | None = None
    fit: str = ""
    count: int = 0
    suffix: str = ""
    words: str = ""

    def key(self) -> tuple[object, ...]:
        """What makes two callouts the same, apart from how they are written."""
        tolerance = self.tolerance and tuple(float(part) for part in self.tolerance)
        return (float(self.nominal), tolerance, self.fit)


@dataclass
class Sheet:
    """A page with the values that are known to stand on it; `kind` is its row in the report."""

    name: str
    kind: str
    page: PageText
    callouts: list[Callout]
    words: list[str] = field(default_factory=list)

    def numbers(self) -> set[float]:
        """Every number of the sheet's text, found without the grammar."""
        text = " ".join(item.text for item in self.page.items).replace(",", ".")
        return {float(part) for part in re.findall(r"\d+(?:\.\d+)?|\.\d+", text)}


FITS = ("H7", "H8", "H11", "g6", "h6", "k6", "p6", "f7", "H12", "js7")
MATERIALS = ("S235JR", "42CrMo4", "1.4301", "EN AW-6082", "C45E", "SUS304", "16MnCr5", "POM")
TOLERANCES = (("+0.1", "-0.1"), ("+0.10", "-0.20"), ("+0.05", "0"), ("0", "-0.2"),
               ("+0.021", "-0.008"), ("+0.2", "+0.1"), ("-0.05", "-0.15"))  # fmt: skip


def random_callout(rng: random.Random) -> Callout:
    """A dimension of any form."""
    places = rng.choice((0, 0, 1, 2, 2))
    nominal = f"{rng.uniform(1.2, 480):.{places}f}"
    form = rng.choice(("plain", "symbol", "tolerance", "fit", "radius", "angle", "counted"))
    if form == "symbol":
        return Callout(nominal, "Ø")
    if form == "tolerance":
        return Callout(nominal, rng.choice(("", "Ø")), rng.choice(TOLERANCES))
    if form == "fit":
        return Callout(nominal, "Ø", fit=rng.choice(FITS))
    if form == "radius":
        return Callout(f"{rng.uniform(0.5, 40):.1f}", "R")
    if form == "angle":
        return Callout(str(rng.randint(3, 179)), suffix="°")
    if form == "counted":
        return Callout(f"{rng.uniform(2, 30):.1f}", "Ø", count=rng.randint(2, 12))
    return Callout(nominal)


def random_thread(rng: random.Random) -> str:
    """A metric thread as a sheet writes it."""
    size = rng.choice(("M3", "M4", "M6", "M8x1", "M10", "M12x1.25", "M16", "M20x1.5"))
    return size + rng.choice(("", "-6H", "-6g"))
