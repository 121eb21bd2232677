"""Plausible drawing contents from a seed: materials, names, numbers, sizes, fits.

Tolerance classes match sizes as on real parts (ISO 286 classes, ISO 2768 general tolerances, ISO
261 threads, ISO 273 clearance holes); tolerance values are not calculated here.
"""

from __future__ import annotations

import random
from collections.abc import Iterable

#: Material and its density in g/cm³.
MATERIALS: dict[str, float] = {
    "S235JR": 7.85,
    "S355J2": 7.85,
    "C45": 7.85,
    "C45E": 7.85,
    "42CrMo4": 7.8,
    "16MnCr5": 7.8,
    "11SMn30": 7.85,
    "X5CrNi18-10": 7.9,
    "1.4301": 7.9,
    "1.4404": 7.95,
    "EN AW-6082": 2.7,
    "EN AW-7075": 2.8,
    "EN AW-5083": 2.66,
    "CuZn39Pb3": 8.4,
    "GJL-250": 7.2,
    "GJS-400": 7.1,
    "PA6": 1.14,
    "POM-C": 1.41,
    "PEEK": 1.32,
}

TITLES: dict[str, tuple[tuple[str, str], ...]] = {
    "plate": (
        ("BASE PLATE", "GRUNDPLATTE"),
        ("MOUNTING PLATE", "MONTAGEPLATTE"),
        ("COVER PLATE", "DECKPLATTE"),
        ("ADAPTER PLATE", "ADAPTERPLATTE"),
        ("SENSOR PLATE", "SENSORPLATTE"),
        ("GUIDE PLATE", "LEITPLATTE"),
    ),
    "flange": (
        ("FLANGE", "FLANSCH"),
        ("BEARING COVER", "LAGERDECKEL"),
        ("MOTOR FLANGE", "MOTORFLANSCH"),
        ("PIPE FLANGE", "ROHRFLANSCH"),
        ("HUB", "NABE"),
        ("RETAINING RING", "HALTERING"),
    ),
    "shaft": (
        ("DRIVE SHAFT", "ANTRIEBSWELLE"),
        ("SPINDLE", "SPINDEL"),
        ("ROLLER SHAFT", "ROLLENWELLE"),
        ("AXLE", "ACHSE"),
        ("GEAR SHAFT", "RITZELWELLE"),
        ("PUMP SHAFT", "PUMPENWELLE"),
    ),
    "bracket": (
        ("BRACKET", "HALTER"),
        ("ANGLE BRACKET", "WINKEL"),
        ("SUPPORT", "STUETZE"),
        ("MOTOR MOUNT", "MOTORHALTER"),
        ("CABLE HOLDER", "KABELHALTER"),
        ("CLAMP", "KLEMME"),
    ),
}

SURNAMES = (
    "MEYER WAGNER KIM SMITH KELLER NOVAK ROSSI PARK JONES BAUER LEHMANN CLARK DUBOIS CHOI WEBER "
    "HOFER LANGE TAYLOR FISCHER LEE"
).split()
FINISHES = ("Ra 3.2", "Ra 1.6", "Ra 6.3", "Ra 0.8", "Ra 12.5")
GENERAL_TOLERANCES = ("ISO 2768-mK", "ISO 2768-fH", "ISO 2768-cL", "ISO 2768-m", "ISO 2768-f")
COMPANIES = ("NORDWERK", "ALPINA TEC", "HANBIT", "MERIDIAN", "KRAFTMANN", "OSTSEE GMBH")
NOTES = (
    ("BREAK SHARP EDGES 0.5", "KANTEN GEBROCHEN 0.5"),
    ("DEBURR ALL EDGES", "ALLE KANTEN ENTGRATET"),
    ("ZINC PLATED 8 UM", "VERZINKT 8 UM"),
    ("ANODIZED BLACK", "SCHWARZ ELOXIERT"),
    ("HARDENED 58 HRC", "GEHAERTET 58 HRC"),
    ("PAINTED RAL 7035", "LACKIERT RAL 7035"),
)
THREADS = (
    *("M3", "M4", "M5", "M6", "M8", "M10", "M12", "M16", "M20", "M24", "M30"),
    *("M10×1", "M12×1.5", "M16×1.5", "M20×1.5", "M24×2"),
)
#: ISO 273, medium series: clearance holes of M4 to M20.
CLEARANCE_HOLES = (2.4, 3.4, 4.5, 5.5, 6.6, 9.0, 11.0, 13.5, 17.5, 22.0, 26.0, 33.0)
#: ISO 261, fine pitch 1.5 and 2 mm: threads at a shaft's end.
SHAFT_THREADS = {
    **{size: 1.5 for size in (10, 12, 14, 15, 16, 17, 18, 20, 22, 24, 25, 27, 28, 30)},
    **{size: 2.0 for size in (32, 33, 35, 36, 38, 39, 42, 45, 48, 52, 56, 60, 64, 68, 72, 76)},
}
HOLE_FITS = ("H7", "H7", "H7", "H8", "H6", "G7", "JS7", "P7", "F8")
SHAFT_FITS = ("h6", "k6", "g6", "m6", "js6", "f7", "n6", "p6", "h7")
DEVIATIONS = ("±0.1", "±0.2", "±0.05", "±0.15", "±0.3", "±0.02")


def drawing_number(rng: random.Random) -> str:
    """A drawing number in one of several companies' styles."""
    letters = "ABCDEFGHKLMNPRSTVWX"
    return rng.choice(
        (
            lambda: f"{rng.choice(letters)}-{rng.randint(100, 99999)}",
            lambda: f"{rng.randint(10, 99)}-{rng.randint(1000, 9999)}",
            lambda: f"{rng.choice(letters)}{rng.choice(letters)}{rng.randint(1000, 99999)}",
            lambda: f"{rng.randint(100, 999)}.{rng.randint(10, 999)}.{rng.randint(1, 99):02d}",
            lambda: f"{rng.randint(100000, 9999999)}",
        )
    )()


def revision(rng: random.Random) -> str:
    """A revision: a letter, or two digits."""
    return rng.choice("ABCDEFGH") if rng.random() < 0.75 else f"{rng.randint(0, 12):02d}"


def person(rng: random.Random) -> str:
    """A person: initial and surname."""
    return f"{rng.choice('ABCDEFGHJKLMNPRSTW')}. {rng.choice(SURNAMES)}"


def date(rng: random.Random) -> str:
    """A date in ISO 8601 or German format."""
    year, month, day = rng.randint(2012, 2026), rng.randint(1, 12), rng.randint(1, 28)
    if rng.random() < 0.6:
        return f"{year}-{month:02d}-{day:02d}"
    return f"{day:02d}.{month:02d}.{year}"


def rounded_size(rng: random.Random, low: float, high: float) -> float:
    """A size as designers choose it: mostly whole millimetres, sometimes halves or tenths."""
    value = rng.uniform(low, high)
    kind = rng.random()
    if kind < 0.35 and high > 20:
        return float(max(5, round(value / 5) * 5))
    if kind < 0.8:
        return float(max(1, round(value)))
    if kind < 0.92:
        return round(value * 2) / 2
    return round(value, 1)


def nearest(size: float, choices: Iterable[float]) -> float:
    """The choice closest to `size`."""
    return min(choices, key=lambda choice: abs(choice - size))


def number_text(value: float, decimal: str) -> str:
    """The number without trailing zeros, with the sheet's decimal sign."""
    return f"{value:.3f}".rstrip("0").rstrip(".").replace(".", decimal)
