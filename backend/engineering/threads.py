"""Screw threads from their designation: metric (ISO 261, ISO 965-1), unified (ASME B1.1), pipe
threads (ISO 228-1, ISO 7-1, ASME B1.20.1) and Tr (ISO 2904).

Metric threads have limits for the classes of ISO 965-1 up to 180 mm, unified threads (UNC, UNF,
UNEF) those of ASME B1.1; the others have basic dimensions only. Multi-start threads and other types
are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from backend.engineering.engineering_errors import NotUnderstood, OutsideTables
from backend.engineering.pipe_threads import pipe_thread
from backend.engineering.thread_tables import (
    COARSE_PITCH,
    CREST_TOLERANCE,
    DEVIATIONS,
    PITCH_DIAMETER_TOLERANCE,
    R40,
    TAPPING_DRILL,
)
from backend.engineering.unified_threads import SERIES
from backend.engineering.unified_threads import limits as unified_limits

FINE_PITCH = "Fine pitch: whether ISO 261 lists this pair is not checked."
DRILL_LISTED = "Tapping drill: ISO 2306."
DRILL_COMPUTED = "Tapping drill: diameter minus pitch, not a listed drill."

#: ISO 68-1 profile: 2·3/8·H, 2·5/8·H and, for the bolt's rounded root, 2·17/24·H, with H = √3/2·P.
_PITCH_DIAMETER = Decimal("0.6495190528")
_MINOR_NUT = Decimal("1.0825317547")
_MINOR_BOLT = Decimal("1.2268693220")

_CLASS = r"\d[A-Za-z](?:\d[A-Za-z])?"
_METRIC = re.compile(
    rf"(?:\d+\s*[x×X]\s*)?M\s*(?P<d>\d+(?:[.,]\d+)?)(?:\s*[x×X*]\s*(?P<p>\d+(?:[.,]\d+)?))?"
    rf"(?:\s*[-–\s]\s*(?P<one>{_CLASS})(?:\s*/\s*(?P<two>{_CLASS}))?)?"
    r"(?:\s*[-–\s]\s*(?P<hand>LH|RH))?"
)
_UNIFIED = re.compile(
    r"(?P<size>\d?\.\d{3,4}|(?:#|No\.?\s*)?\d{1,2}|\d{1,2}\s*/\s*\d{1,2}|\d(?:\s*-\s*|\s+)\d\s*/\s*\d{1,2})"
    r"\s*[\"”]?\s*(?:[-–]|(?=UN[CEF]))\s*(?P<tpi>\d{1,2}(?:\.5)?)?\s*-?\s*(?P<series>UNC|UNF|UNEF)?"
    r"(?:\s*-\s*(?P<cls>[123][AB]))?(?:\s*-?\s*(?P<hand>LH|RH))?",
)


@dataclass(frozen=True, slots=True)
class Range:
    """Smallest and largest size; None if the standard sets no limit."""

    smallest: Decimal | None
    largest: Decimal | None


@dataclass(frozen=True, slots=True)
class Thread:
    """Basic dimensions in `unit`; `external` and `internal` hold limits by diameter name."""

    standard: str
    designation: str
    series: str
    unit: Literal["mm", "in"]
    major: Decimal
    pitch: Decimal
    pitch_diameter: Decimal
    minor_internal: Decimal | None
    minor_external: Decimal | None
    left_hand: bool = False
    threads_per_inch: Decimal | None = None
    external: dict[str, Range] = field(default_factory=dict)
    internal: dict[str, Range] = field(default_factory=dict)
    tapping_drill: Decimal | None = None
    notes: tuple[str, ...] = ()


def thread(designation: str) -> Thread:
    """Parse `M10x1.5-6g`, `M8-6H/6g`, `1/4-20 UNC-2A`. Raises `NotUnderstood`, `OutsideTables`."""
    text = designation.strip()
    if match := _METRIC.fullmatch(text):
        return _metric(match)
    if match := _UNIFIED.fullmatch(text):
        return _unified(match)
    if (pipe := pipe_thread(text)) is not None:
        return Thread(
            standard=pipe.standard,
            designation=pipe.designation,
            series=pipe.designation.split()[-1]
            if pipe.unit == "in"
            else _letters(pipe.designation),
            unit="in" if pipe.unit == "in" else "mm",
            major=pipe.major,
            pitch=pipe.pitch,
            pitch_diameter=pipe.pitch_diameter,
            minor_internal=pipe.minor,
            minor_external=None if pipe.designation.startswith("Tr") else pipe.minor,
            left_hand=text.endswith("LH"),
            threads_per_inch=pipe.threads_per_inch,
            notes=pipe.notes,
        )
    raise NotUnderstood(
        f"“{designation}” is not a metric thread like M10x1.5-6g, a unified one like 1/4-20 UNC, "
        "a pipe thread like G1/2 or 3/4 NPT, or one like Tr40x7. Other threads are not supported."
    )


def _letters(designation: str) -> str:
    return designation[: len(designation) - len(designation.lstrip("GRTrcp"))]


# ── Metric ────────────────────────────────────────────────────────────────────────────────


def _metric(match: re.Match[str]) -> Thread:
    major = Decimal(match["d"].replace(",", ".")).normalize()
    coarse = COARSE_PITCH.get(major)
    if match["p"]:
        pitch = Decimal(match["p"].replace(",", ".")).normalize()
    elif coarse is not None:
        pitch = coarse
    else:
        raise OutsideTables(f"There is no coarse pitch for M{major:f} in ISO 261: write the pitch.")
    base = _grade_6(major, pitch)
    is_coarse = pitch == coarse
    external, internal = _classes(match)
    notes = [] if is_coarse else [FINE_PITCH]
    if is_coarse:
        drill, source = TAPPING_DRILL[major], DRILL_LISTED
    else:
        drill, source = major - pitch, DRILL_COMPUTED
    notes.append(source)
    pitch_diameter = _thousandth(major - _PITCH_DIAMETER * pitch)
    minor = _thousandth(major - _MINOR_NUT * pitch)
    written = f"M{major:f}" if is_coarse else f"M{major:f}x{pitch:f}"
    return Thread(
        standard="ISO 261, ISO 965-1",
        designation=written,
        series="coarse" if is_coarse else "fine",
        unit="mm",
        major=major,
        pitch=pitch,
        pitch_diameter=pitch_diameter,
        minor_internal=minor,
        minor_external=_thousandth(major - _MINOR_BOLT * pitch),
        left_hand=match["hand"] == "LH",
        external=_external(external, major, pitch, pitch_diameter, base) if external else {},
        internal=_internal(internal, pitch, major, pitch_diameter, minor, base) if internal else {},
        tapping_drill=drill,
        notes=tuple(notes),
    )


def _grade_6(major: Decimal, pitch: Decimal) -> int:
    """Td2 of grade 6 in µm; also checks that ISO 965-1 covers the size and pitch."""
    if major >= Decimal("0.99"):
        for upper, row in PITCH_DIAMETER_TOLERANCE.items():
            if major <= upper:
                if pitch in row:
                    return int(row[pitch])
                break
    raise OutsideTables(f"ISO 965-1 (0.99 to 180 mm) has no tolerances for M{major:f}x{pitch:f}.")


def _classes(match: re.Match[str]) -> tuple[str | None, str | None]:
    """Parse the classes of bolt and nut: `6g`, `5g6g`, `6H`, `6H/6g`."""
    names = [name for name in (match["one"], match["two"]) if name]
    external = [name for name in names if name[1].islower()]
    internal = [name for name in names if name[1].isupper()]
    mixed = any(len({letter.islower() for letter in name[1::2]}) > 1 for name in names)
    if len(external) > 1 or len(internal) > 1 or mixed:
        raise NotUnderstood("A thread has one class for the bolt (6g) and one for the nut (6H).")
    return (external[0] if external else None, internal[0] if internal else None)


def _external(
    name: str, major: Decimal, pitch: Decimal, pitch_diameter: Decimal, base: int
) -> dict[str, Range]:
    (grade_2, letter_2), (grade_d, letter_d) = _split(name)
    if letter_2 != letter_d:
        raise NotUnderstood(f"{name}: both diameters of a bolt must have the same position.")
    deviation = _deviation(letter_2, pitch, "efgh")
    if not 3 <= grade_2 <= 9 or (grade_2 == 7 and pitch < Decimal("0.35")):
        raise OutsideTables(f"ISO 965-1 has no grade {grade_2} for d2 at pitch {pitch}.")
    if grade_2 > 7 and pitch < Decimal("0.8"):
        raise OutsideTables(f"ISO 965-1 has no grade {grade_2} for d2 at pitch {pitch}.")
    if grade_d not in (4, 6, 8) or (grade_d == 8 and pitch < Decimal("0.8")):
        raise OutsideTables(f"ISO 965-1 has no grade {grade_d} for d at pitch {pitch}.")
    crest = CREST_TOLERANCE[pitch][1]
    return {
        "major": _below(major - deviation, _step(crest, grade_d - 6)),
        "pitch": _below(pitch_diameter - deviation, _step(base, grade_2 - 6)),
    }


def _internal(
    name: str, pitch: Decimal, major: Decimal, pitch_diameter: Decimal, minor: Decimal, base: int
) -> dict[str, Range]:
    (grade_2, letter_2), (grade_1, letter_1) = _split(name)
    if letter_2 != letter_1:
        raise NotUnderstood(f"{name}: both diameters of a nut must have the same position.")
    deviation = _deviation(letter_2.lower(), pitch, "gh") if letter_2 in "GH" else None
    if deviation is None:
        raise OutsideTables(f"ISO 965-1 has the positions G and H for nuts, not {letter_2}.")
    crest = CREST_TOLERANCE[pitch][0]
    for grade in (grade_2, grade_1):
        finest_pitch = {4: "0.2", 5: "0.25", 6: "0.3", 7: "0.5", 8: "0.8"}.get(grade)
        if finest_pitch is None or pitch < Decimal(finest_pitch):
            raise OutsideTables(f"ISO 965-1 has no grade {grade} for a nut of pitch {pitch}.")
    # TD2 of grade 6 is 1.32 times Td2: five steps of R40
    return {
        "major": Range(major + deviation, None),
        "pitch": _above(pitch_diameter + deviation, _step(base, grade_2 - 6, 5)),
        "minor": _above(minor + deviation, _step(crest, grade_1 - 6)),
    }


def _split(name: str) -> tuple[tuple[int, str], tuple[int, str]]:
    first = (int(name[0]), name[1])
    return first, ((int(name[2]), name[3]) if len(name) == 4 else first)


def _deviation(letter: str, pitch: Decimal, allowed: str) -> Decimal:
    """Distance from the basic profile in mm."""
    if letter not in allowed:
        raise OutsideTables(f"ISO 965-1 has no position {letter}: e, f, g, h and G, H.")
    value = 0 if letter == "h" else DEVIATIONS[pitch]["efg".index(letter)]
    if value is None:
        raise OutsideTables(f"ISO 965-1 has no position {letter} at pitch {pitch}.")
    return Decimal(value) / 1000


def _step(grade_6: int, grades: int, extra: int = 0) -> Decimal:
    """The tolerance for a grade offset, in mm: four steps of R40 per grade."""
    return Decimal(R40[R40.index(grade_6) + 4 * grades + extra]) / 1000


def _below(largest: Decimal, width: Decimal) -> Range:
    return Range(_thousandth(largest - width), _thousandth(largest))


def _above(smallest: Decimal, width: Decimal) -> Range:
    return Range(_thousandth(smallest), _thousandth(smallest + width))


def _thousandth(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.001"), ROUND_HALF_UP)


# ── Unified ───────────────────────────────────────────────────────────────────────────────


def _unified(match: re.Match[str]) -> Thread:
    size = _unified_size(match["size"], match["tpi"])
    if size not in SERIES:
        raise OutsideTables(f"{size} is not a supported size of the unified series.")
    major, *listed_pitches = SERIES[size]
    per_inch, series, cls = match["tpi"], match["series"], match["cls"]
    if per_inch is None and series is None:
        raise NotUnderstood("Write the threads per inch or the series: 1/4-20 or 1/4-UNC.")
    listed = dict(zip(("UNC", "UNF", "UNEF"), listed_pitches, strict=True))
    if series is None:
        series = next((name for name, value in listed.items() if str(value) == per_inch), None)
    expected = listed.get(series or "")
    if series is None or expected is None or per_inch not in (None, str(expected)):
        has = ", ".join(f"{name} has {value or 'no'}" for name, value in listed.items())
        raise OutsideTables(f"{size}: {has} threads per inch.")
    pitch = 1 / expected
    bolt: dict[str, Range] = {}
    nut: dict[str, Range] = {}
    if cls is not None:
        found = unified_limits(size, series, cls)
        ranges = {"major": Range(*found.major), "pitch": Range(*found.pitch)}
        if found.minor is not None:
            ranges["minor"] = Range(*found.minor)
        bolt, nut = (ranges, {}) if cls[1] == "A" else ({}, ranges)
    return Thread(
        standard="ASME B1.1",
        designation=f"{size}-{expected} {series}",
        series=series,
        unit="in",
        major=major,
        pitch=_inch(pitch),
        pitch_diameter=_inch(major - _PITCH_DIAMETER * pitch),
        minor_internal=_inch(major - _MINOR_NUT * pitch),
        minor_external=_inch(major - Decimal("1.1907849302") * pitch),
        left_hand=match["hand"] == "LH",
        threads_per_inch=expected,
        external=bolt,
        internal=nut,
    )


def _unified_size(text: str, per_inch: str | None) -> str:
    """Normalise a size: `No. 10`, `10` and `#10` are equal; `1 1/8` and `1-1/8` too.

    1 to 4 are inches unless the threads per inch are those of the numbered size: 4-40 is #4.
    """
    if "." in text and not text.startswith("No"):
        wanted = Decimal(text)
        return next((name for name, row in SERIES.items() if _same(row[0], wanted)), text)
    size = re.sub(r"No\.?\s*", "#", text)
    size = re.sub(r"\s*/\s*", "/", size)
    size = re.sub(r"(?<=\d)(?:\s*-\s*|\s+)(?=\d)", "-", size)
    numbered = f"#{size}"
    pitches = [str(value) for value in SERIES.get(numbered, ())[1:]]
    return numbered if pitches and (size not in SERIES or per_inch in pitches) else size


def _same(major: Decimal, written: Decimal) -> bool:
    """Convert a decimal size: `.312` is written for 5/16, `.250` for 1/4."""
    return abs(major - written) < Decimal("0.0006")


def _inch(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.0001"), ROUND_HALF_UP)
