"""Pipe and trapezoidal threads: basic dimensions from the tables of their standards.

G (ISO 228-1), R, Rc, Rp (ISO 7-1), NPT, NPTF (ASME B1.20.1, B1.20.3), Tr (ISO 2904).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from backend.engineering.engineering_errors import OutsideTables


@dataclass(frozen=True, slots=True)
class PipeThread:
    """Basic dimensions in `unit`; for a taper thread, at its gauge plane (NPT: at the small
    end)."""

    standard: str
    designation: str
    unit: str
    major: Decimal
    pitch: Decimal
    pitch_diameter: Decimal
    minor: Decimal | None
    threads_per_inch: Decimal | None
    notes: tuple[str, ...] = ()


#: ISO 228-1 (and the gauge plane for the sizes of ISO 7-1): threads per inch, major, pitch and
#: minor diameter in mm.
WHITWORTH_PIPE: dict[str, tuple[int, str, str, str]] = {
    "1/16": (28, "7.723", "7.142", "6.561"), "1/8": (28, "9.728", "9.147", "8.566"),
    "1/4": (19, "13.157", "12.301", "11.445"), "3/8": (19, "16.662", "15.806", "14.950"),
    "1/2": (14, "20.955", "19.793", "18.631"), "5/8": (14, "22.911", "21.749", "20.587"),
    "3/4": (14, "26.441", "25.279", "24.117"), "7/8": (14, "30.201", "29.039", "27.877"),
    "1": (11, "33.249", "31.770", "30.291"), "1-1/8": (11, "37.897", "36.418", "34.939"),
    "1-1/4": (11, "41.910", "40.431", "38.952"), "1-1/2": (11, "47.803", "46.324", "44.845"),
    "1-3/4": (11, "53.746", "52.267", "50.788"), "2": (11, "59.614", "58.135", "56.656"),
    "2-1/4": (11, "65.710", "64.231", "62.752"), "2-1/2": (11, "75.184", "73.705", "72.226"),
    "2-3/4": (11, "81.534", "80.055", "78.576"), "3": (11, "87.884", "86.405", "84.926"),
    "3-1/2": (11, "100.330", "98.851", "97.372"), "4": (11, "113.030", "111.551", "110.072"),
    "5": (11, "138.430", "136.951", "135.472"), "6": (11, "163.830", "162.351", "160.872"),
}  # fmt: skip
#: The sizes of ISO 7-1.
SEALING_SIZES = ("1/16", "1/8", "1/4", "3/8", "1/2", "3/4", "1", "1-1/4", "1-1/2", "2", "2-1/2",
                 "3", "4", "5", "6")  # fmt: skip
#: ASME B1.20.1: threads per inch and outside diameter of the pipe in inches.
AMERICAN_PIPE: dict[str, tuple[str, str]] = {
    "1/16": ("27", "0.3125"), "1/8": ("27", "0.405"), "1/4": ("18", "0.540"),
    "3/8": ("18", "0.675"), "1/2": ("14", "0.840"), "3/4": ("14", "1.050"),
    "1": ("11.5", "1.315"), "1-1/4": ("11.5", "1.660"), "1-1/2": ("11.5", "1.900"),
    "2": ("11.5", "2.375"), "2-1/2": ("8", "2.875"), "3": ("8", "3.500"),
    "3-1/2": ("8", "4.000"), "4": ("8", "4.500"), "5": ("8", "5.563"), "6": ("8", "6.625"),
}  # fmt: skip
TAPER = "Taper 1:16; the diameters are those at the gauge plane."
TAPER_SMALL_END = "Taper 1:16; the pitch diameter is that at the small end of the external thread."

_DESIGNATION = re.compile(
    r"(?P<kind>G|Rc|Rp|R)\s?(?P<size>\d[\s-]\d/\d|\d/\d{1,2}|\d)\s?\"?\s?(?P<cls>[AB])?(?:\s?-?\s?LH)?"
    r"|(?P<npt>\d[\s-]\d/\d|\d/\d{1,2}|\d)\s?\"?\s?(?:-\s?(?P<tpi>\d{1,2}(?:\.5)?)\s?-?)?\s?(?P<series>NPTF?)"
    r"|(?P<series_2>NPTF?)\s?(?P<npt_2>\d[\s-]\d/\d|\d/\d{1,2}|\d)\"?"
    r"|Tr\s?(?P<tr>\d{1,3})\s?[x×X]\s?(?P<lead>\d{1,2}(?:[.,]5)?)(?:\s?-?\s?(?P<tr_cls>\d[A-Za-z]))?(?:\s?LH)?"
)


def pipe_thread(designation: str) -> PipeThread | None:
    """Parse `G1/2 A`, `Rp 3/4`, `3/4-14 NPT` or `Tr40x7`; None for other designations.

    Raises `OutsideTables` for a size that the standard does not define.
    """
    match = _DESIGNATION.fullmatch(designation.strip())
    if match is None:
        return None
    if match["tr"]:
        return _trapezoidal(int(match["tr"]), Decimal(match["lead"].replace(",", ".")))
    if match["kind"]:
        return _whitworth(match["kind"], _size(match["size"]), match["cls"])
    return _american(
        match["series"] or match["series_2"], _size(match["npt"] or match["npt_2"]), match["tpi"]
    )


def _size(text: str) -> str:
    return re.sub(r"\s", "-", text.strip())


def _whitworth(kind: str, size: str, cls: str | None) -> PipeThread:
    standard = "ISO 228-1" if kind == "G" else "ISO 7-1"
    if size not in WHITWORTH_PIPE or (kind != "G" and size not in SEALING_SIZES):
        raise OutsideTables(f"{standard} has no thread {kind}{size}.")
    per_inch, major, pitch_diameter, minor = WHITWORTH_PIPE[size]
    taper = kind in ("R", "Rc")
    return PipeThread(
        standard, f"{kind}{size}{' ' + cls if cls else ''}", "mm", Decimal(major),
        _round(Decimal("25.4") / per_inch, "0.001"), Decimal(pitch_diameter), Decimal(minor),
        Decimal(per_inch), (TAPER,) if taper else (),
    )  # fmt: skip


def _american(series: str, size: str, written: str | None) -> PipeThread:
    standard = "ASME B1.20.1" if series == "NPT" else "ASME B1.20.3"
    if size not in AMERICAN_PIPE:
        raise OutsideTables(f"{standard} has no thread {size} {series}.")
    per_inch, outside = AMERICAN_PIPE[size]
    if written not in (None, per_inch):
        raise OutsideTables(f"{size} {series} has {per_inch} threads per inch.")
    pitch, major = 1 / Decimal(per_inch), Decimal(outside)
    small_end = major - (Decimal("0.05") * major + Decimal("1.1")) * pitch
    return PipeThread(
        standard, f"{size}-{per_inch} {series}", "in", major, _round(pitch, "0.00001"),
        _round(small_end, "0.00001"), None, Decimal(per_inch), (TAPER_SMALL_END,),
    )  # fmt: skip


def _trapezoidal(diameter: int, pitch: Decimal) -> PipeThread:
    """ISO 2904: d2 = d - P/2, D1 = d - P."""
    if (
        not 8 <= diameter <= 300
        or not Decimal("1.5") <= pitch <= 44
        or pitch > Decimal(diameter) / 3
    ):
        raise OutsideTables(f"ISO 2904 has no thread Tr{diameter}x{pitch:f}.")
    major = Decimal(diameter)
    return PipeThread(
        "ISO 2904", f"Tr{diameter}x{pitch:f}", "mm", major, pitch, major - pitch / 2,
        major - pitch, None,
    )  # fmt: skip


def _round(value: Decimal, places: str) -> Decimal:
    return value.quantize(Decimal(places), ROUND_HALF_UP)
