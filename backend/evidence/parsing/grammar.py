"""Parses values in text: dimensions, tolerances, threads, fits, materials, numbers, references.

Reads folded text (see `folding.py`) of answers and sheets alike; a value never crosses a line break
or a table bar. Words around a number (diameter, Radius, 지름) count only in answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import Decimal

from backend.engineering.thread_tables import COARSE_PITCH
from backend.evidence.parsing.value import GROUPING, Kind, Reading, Span, decimals
from backend.evidence.parsing.vocabulary import (
    ANGLE_WORDS,
    CHAMFER_WORD,
    COUNTED_BEFORE,
    DIAMETER_AFTER,
    DIAMETER_BEFORE,
    DIGIT_GROUPS,
    HOW_MANY,
    IDENTIFIER,
    MASKED,
    MATERIAL,
    PITCH,
    RADIUS_AFTER,
    RADIUS_BEFORE,
    REVISION,
    STANDARD,
    UNITS,
)

NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:\.\d{3})+,\d+"
    rf"|\d{{1,3}}(?:{GROUPING}\d{{3}})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?|(?<!\d)[.,]\d+)"
)
BEFORE = r"(?<![A-Za-z0-9_])(?<!\d[.,/:-])(?<![A-Za-z_][./_-])(?<![+±])(?<!(?<!\d)(?<!\d\s)-)"
AFTER = r"(?![A-Za-z0-9_])(?![.,/:]\d)(?!-\d)(?!-[A-Za-z]{1,2}(?![A-Za-z]))"
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
UNIT = rf"(?:(?:{_UNIT})(?![A-Za-z])|in\.?(?=\s*(?:[,;:)\]/±+|-]|$|\.\s|\.$)))"
_GRADE = r"(?:1[0-8]|[1-9])(?!\d)"
FIT_CLASS = (
    rf"(?:[A-HJ-NP-VX-Z]|JS|CD|EF|FG|Z[ABC]){_GRADE}|(?:[a-hj-np-vx-z]|js|cd|ef|fg|z[abc]){_GRADE}"
)
FIT = rf"(?:{FIT_CLASS})(?:\s?[/-]\s?(?:{FIT_CLASS}))?"
_ZERO = r"0(?:[.,]0+)?(?![.,]?\d)"
#: `4x`, `4X` (ASME Y14.5), and `4-` (KS, JIS) before a text that can only be a callout.
_COUNT = (
    rf"(?:(?P<count>\d{{1,3}})(?:\s?[xX]\s*|\s?-\s?(?=S?\s?[Ø□R]\s?{NUMBER}|M\s?\d)"
    rf"|\s?{COUNTED_BEFORE}\s*(?=S?\s?[Ø□R]\s?{NUMBER}|M\s?\d)))?"
)
_COUNT_AFTER = (
    r"(?:(?:\s*[(/]\s*|\s+)(?P<count_2>\d{1,2})\s?"
    rf"(?:[xX](?!\s*(?:[\d.#]|S?\s?[Ø□RM]\s?{NUMBER}))|{HOW_MANY})\)?"
    r"|\s*\(?\s*(?i:typ)\.?\s?[xX]?\s?(?P<count_3>\d{1,2})\s?\)?(?![\w.,]))?"
)
TOLERANCE = (
    rf"(?:±|\+\s?/\s?-|\+-|\\pm)\s?(?P<both>\d{{1,2}}/(?:2|4|8|16|32|64)(?!\d)|{NUMBER})"
    rf"|\^?\{{?(?P<sign_1>[+-])\s?(?P<first>{NUMBER})\}}?(?:\s?(?:{_UNIT}))?"
    rf"\s*(?:[/_]|(?<!m),)?\s*\{{?(?P<sign_2>[+–-])\s?(?P<second>{NUMBER})\}}?"
    rf"|\^?\{{?(?P<sign_3>[+-])\s?(?P<third>{NUMBER})\}}?(?:\s*[/_]\s*|\s+)\{{?{_ZERO}\}}?"
    rf"|\^?\{{?{_ZERO}\}}?(?:\s*[/_]\s*|\s+)\{{?(?P<sign_4>[+–-])\s?(?P<fourth>{NUMBER})\}}?"
    rf"|(?P<sign_5>[+-])(?P<fifth>{NUMBER})"
)
_JOIN = (
    r"\s*[,(]?\s*(?:(?:with|mit|having)\s+(?:an?\s+|einer\s+|der\s+)?"
    r"(?:tolerances?|Toleranz(?:en)?)\s+(?:of\s+|von\s+)?|(?:tolerance|Toleranz|공차)\s*:?\s*)?"
)
DIMENSION = re.compile(
    rf"{BEFORE}(?!{_ZERO}\s?/?\s?[+-]\s?\d){_COUNT}"
    rf"(?:(?P<symbol>S\s?Ø|SR|Ø|R|□)\s*)?(?P<number>{NUMBER})"
    rf"(?:\s?/\s?(?P<limit>\d*[.,]\d+)|(?:\s[-–]\s|[-–])(?P<limit_2>\d*[.,]\d+)(?!\d|[.,]\d))?"
    rf"(?:\s?(?P<unit>{UNIT}))?"
    rf"(?:\s*(?P<fit>{FIT})(?![A-Za-z0-9_]))?(?P<tolerance>{_JOIN}(?:{TOLERANCE}))?"
    rf"(?:\s{{0,3}}(?P<unit_2>{UNIT}))?{_COUNT_AFTER}"
    rf"(?:{AFTER}|(?(symbol)(?=[xX]\s?\d)|(?!)))"  # Ø11x6.8: a counterbore and its depth
)
_PRODUCT = re.compile(
    rf"{BEFORE}{NUMBER}(?:\s?[xX]\s?{NUMBER}){{2,}}(?:\s?(?P<unit>{UNIT}))?{AFTER}(?!\s?°)"
)
_CHAMFER = re.compile(
    rf"{BEFORE}(?:(?P<count_a>\d{{1,3}})\s?[xX]\s*)?(?P<angle_a>\d{{1,2}}(?:[.,]\d+)?)\s?°\s?[xX]\s?"
    rf"(?P<number_a>{NUMBER}){_COUNT_AFTER.replace('count_', 'count_a')}{AFTER}"
    rf"|{BEFORE}(?<![Ø.,])(?<!Ø\s)(?:(?P<count>\d{{1,3}})\s?[xX]\s+)?(?P<number>{NUMBER})\s?(?:mm)?\s?[xX]\s?"
    rf"(?P<angle>{NUMBER})\s?°(?![A-Za-z0-9]){_COUNT_AFTER}"
    rf"|{BEFORE}(?:(?P<count_c>\d{{1,3}})\s?[xX-]\s?)?C\s?(?P<c>{NUMBER}){AFTER}"
    rf"|{BEFORE}(?:(?P<count_w>\d{{1,3}})\s?[xX]\s*)?{CHAMFER_WORD}\s?[:=]?\s?(?P<w>{NUMBER})(?:\s?mm)?(?!\s?°)(?!\s?[xX]\s?\d){AFTER}"
    rf"|{BEFORE}(?:(?P<count_v>\d{{1,3}})\s?[xX]\s*)?(?P<v>{NUMBER})(?:\s?mm)?\s{CHAMFER_WORD}(?![A-Za-z])"
)
#: On a sheet `0.5x0.5` has two equal legs and `0,50x45` an angle without its sign.
_BARE_CHAMFER = re.compile(
    rf"{BEFORE}(?<![Ø.,])(?<!Ø\s)(?:(?P<count>\d{{1,3}})\s?[xX]\s+)?(?P<number>{NUMBER})\s?[xX]\s?"
    rf"(?:(?P<angle>30|45|60)|(?P<leg>{NUMBER})){_COUNT_AFTER}(?!\s?°){AFTER}"
)
#: `2X 45°`: ASME writes a count as a number, X and a space.
_COUNTED_ANGLE = re.compile(r"\d{1,2}X\s+\d{1,3}(?:[.,]\d+)?\s?°")
#: Chamfers are less steep than this.
_COUNTED_FROM = 75
_LARGEST_BARE_CHAMFER = 12
_THREAD = re.compile(
    rf"{BEFORE}{_COUNT}(?P<symbol>MJ?|Tr|(?<!\d\s)G|Rc|Rp|R(?=\s?\d\s?/\s?\d+\s*ISO\s?7))\s?"
    rf"(?P<number>\d\s\d\s?/\s?\d|\d+\s?/\s?\d+|{NUMBER})(?:\s?[xX]\s?(?P<pitch>{NUMBER})|{PITCH}(?P<pitch_2>{NUMBER}))?"
    rf"(?:\s?[-–]?\s?(?P<cls>\d[eghEGH](?:\d[eghEGH])?(?:\s?/\s?\d[eghEGH](?:\d[eghEGH])?)?))?"
    rf"(?:(?<=\d)\s?(?P<side>[AB])(?![A-Za-z0-9]))?"
    rf"(?:\s?-?\s?(?P<hand>LH))?{_COUNT_AFTER}(?![A-Za-z0-9_])(?![.,:]\d)(?!-\d)"
)
_UNIFIED = re.compile(
    rf"{BEFORE}(?:(?P<count>\d{{1,3}})\s?[xX]\s+)?(?P<size>\d?\.\d{{3,4}}|\d[\s-]\d{{1,2}}/\d{{1,2}}|\d{{1,2}}/\d{{1,2}}|#?\d{{1,2}})"
    r"\"?\s?-\s?(?P<tpi>\d{1,2}(?:\s1/2)?)\s?-?\s?(?P<series>UN(?:EF|JF|JC|[CFSR])?|\d{1,2}-?UN)"
    rf"(?:\s?-?\s?(?P<cls>[123][AB]))?(?:\s?-?\s?(?P<hand>LH))?{_COUNT_AFTER}(?![A-Za-z0-9_])"
)
#: American pipe threads (ASME B1.20.1): `3/4-14 NPT`, `1/4 NPTF`, `NPT 1/4`.
_PIPE_SIZE = r"(?:\d[\s-]\d/\d|\d{1,2}/\d{1,2}|\d{1,2})"
_PIPE = re.compile(
    rf"{BEFORE}(?:(?P<count>\d{{1,3}})\s?[xX]\s+)?(?P<size>{_PIPE_SIZE})\"?\s?-?\s?(?P<tpi>\d{{1,2}}(?:[.,]5|\s1/2)?)?"
    rf"\s?-?\s?(?P<series>NPTF|NPT|NPSM|NPS)(?![A-Za-z0-9_])"
    rf"|(?<![A-Za-z0-9_])(?P<series_2>NPTF|NPT)\s?(?P<size_2>{_PIPE_SIZE})\"?(?![\w/.,]\d)"
)
#: ISO 1302 roughness grades N1 to N12, and a fillet weld's throat or leg (ISO 2553).
_GRADE_OF_ROUGHNESS = re.compile(r"(?<![A-Za-z0-9_.-])N(?P<number>1[0-2]|[1-9])(?![A-Za-z0-9_.,-])")
_WELD = re.compile(
    r"(?<![A-Za-z0-9_.])(?P<symbol>[az])\s?(?P<number>\d{1,2}(?:[.,]\d)?)\s?(?:[▷◺△⊿∆]|(?=$))(?:\s?\d+)?"
)
_ROUGHNESS = re.compile(
    rf"(?<![A-Za-z0-9_])(?P<symbol>Ra|Rz|Rq|Rt|Rmax)\s*[:=]?\s*(?:of\s+|von\s+)?(?P<number>{NUMBER})"
    rf"(?:\s?(?P<unit>µm|um|µin))?{AFTER}"
)
#: A scale; ISO 5455 has whole numbers, older sheets 1:2,5.
_RATIO = re.compile(
    r"(?<![\d.,/])(?<!\d:)(?:\d{1,4}\s?:\s?\d{1,4}(?:[.,]\d)?|\d[.,]\d\s?:\s?1)(?![\d.,]?\d|:)"
)
#: Degrees with minutes, or with a tolerance in minutes.
_DEGREES = r"(?:°|degrees?|deg\.?|Grad|도)"
_MINUTES = r"(?:'|min(?:utes?|uten?)?\b\.?|분)"
_ANGLE = re.compile(
    rf"{BEFORE}(?:(?P<count>\d{{1,3}})\s?[xX]\s*)?(?P<number>\d{{1,3}}(?:[.,]\d+)?)\s?{_DEGREES}"
    rf"(?:\s?(?P<minutes>\d{{1,2}}(?:[.,]\d+)?)\s?{_MINUTES}(?:\s?(?P<seconds>\d{{1,2}}(?:[.,]\d+)?)\s?(?:\"|''))?)?"
    rf"(?:\s?±\s?(?P<both>(?:\d{{1,2}}\s?°\s?)?\d{{1,2}}\s?'|\d{{1,2}}(?:[.,]\d+)?\s?°(?!\s?\d)))?"
    r"(?![A-Za-z0-9_'])"
)
_ANGLE_TOLERANCE = re.compile(r"(?<![\w.,)%])±\s?(?P<both>(?:\d{1,2}\s?°\s?)?\d{1,2}\s?')(?!['\w])")
#: A hardness has its scale as often in front as behind: `HRC 58-62`, `HRC 60+2`. In `550 HV 10` the
#: number behind is the load.
_HARDNESS = re.compile(
    r"(?<![A-Za-z0-9_])(?<!\d\s)(?P<scale>HRC|(?:HBW?|HV)(?=\s?\d{3}))\s?(?P<one>\d{2,4}(?:[.,]\d)?)"
    r"(?:\s?(?:[-–+…]|to|bis|~)\s?(?P<two>\d{1,4}(?:[.,]\d)?))?(?![A-Za-z0-9_])(?![.,:]\d)"
)
_SHEET_OF = re.compile(
    r"(?i:\b(?:sheet|page|blatt|seite)|시트)\s*:?\s*(\d{1,4}\s*(?i:of|von|/)\s*\d{1,4})(?!\d)"
)
_TOLERANCE = re.compile(rf"(?<![\w.,)%])(?:{TOLERANCE})(?:\s?(?P<unit>{UNIT}))?{AFTER}")
#: `+/- 0.25mm` without a size before it: the space does not make it two values.
_PLUS_MINUS = re.compile(
    rf"(?<![\w)\]°\"'])(?<![\d)\]°\"']\s)(?<!mm\s)(?<!in\s)(?:±|\+\s?/\s?-|\+-)\s+(?P<size>{NUMBER})"
    rf"(?:\s?(?P<unit>{UNIT}))?{AFTER}"
)
#: Alone, only classes that cannot be a paper size (A4) or a grid field (B3): H and h, or grades
#: from 5 on.
_FIT = re.compile(
    rf"(?<![A-Za-z0-9_./-])(?P<fit>(?=[Hh]\d|[A-Za-z]{{1,2}}(?:[5-9]|1\d)){FIT}){AFTER}"
)
_RANGE = re.compile(
    rf"{BEFORE}(?!{_ZERO}\s-\d)(?P<one>(?!0\d)\d{{1,4}}(?:[.,]\d+)?)\s?(?P<unit_1>mm|°)?\s?[-–]\s?"
    rf"(?P<two>(?!0\d)\d{{1,4}}(?:[.,]\d+)?)(?:\s?(?P<unit>{UNIT}))?{AFTER}(?![-–])"
)
_LIST = re.compile(r"(?<![\w.,])\d+(?:,\d+){2,}(?![\w.,]?\d)")
_FRACTION = re.compile(
    rf"{BEFORE}(?:(?P<symbol>Ø)\s?)?(?:(?P<whole>\d{{1,3}})[\s-])?(?P<top>\d{{1,2}})/(?P<bottom>\d{{1,3}})"
    r"(?:\s{0,2}(?P<unit>\"|inch(?:es)?\b|Zoll|인치|in\b))"
)
_PART_OF = re.compile(rf"{BEFORE}(\d{{1,3}}\s?/\s?\d{{1,3}}){AFTER}(?!/)")
_PLAIN = re.compile(rf"{BEFORE}(?P<number>{NUMBER}){AFTER}")

#: Lines, gaps and digits are bounded, so that reading stays linear for any input.
_LINE = re.compile(r"[^\n\r|]{1,1000}")
_GAP = re.compile(r"\s{4,}")
#: `DP12` is a depth, not a code.
_DEPTH = re.compile(r"(?<![\w.-])DP(?=\d{1,2}(?:[.,]\d+)?(?![\w-]))")
_ENDLESS_NUMBER = re.compile(r"\d{20,}")
#: Every value but a material or a revision has a digit.
_ANY_VALUE = re.compile(rf"\d|{MATERIAL.pattern}|{REVISION.pattern}")
#: A count without unit or symbol before a word: counted, not read.
_LARGEST_COUNT = 100


def read(text: str, *, words: bool = True) -> list[Span]:
    """Return all values of a folded text in order, without overlaps. `words`: it is
    running prose.
    """
    text = _DEPTH.sub(" ↧", text)
    text = _GAP.sub(lambda match: "\n" * len(match[0]), text)
    text = _ENDLESS_NUMBER.sub(lambda match: "_" * len(match[0]), text)
    spans: list[Span] = []
    for line in _LINE.finditer(text):
        found = sorted(_read_line(line[0], words), key=lambda span: span.start)
        spans += [Span(line.start() + one.start, line.start() + one.end, one.reading)
                  for one in found]  # fmt: skip
    return spans


def _read_line(line: str, words: bool) -> Iterator[Span]:
    if not _ANY_VALUE.search(line):
        return
    free = _Free(line)
    for match in MASKED.finditer(line) if words else ():
        free.take(match.start(), match.end())
    for pattern, reader in _STEPS:
        for match in pattern.finditer(line):
            if not free.is_free(match.start(), match.end()):
                continue
            for span in reader(match, line, words):
                free.take(span.start, span.end)
                yield span


class _Free:
    """The characters that no value has taken yet."""

    def __init__(self, text: str) -> None:
        self._taken = bytearray(len(text))

    def is_free(self, start: int, end: int) -> bool:
        return not any(self._taken[start:end])

    def take(self, start: int, end: int) -> None:
        self._taken[start:end] = b"\x01" * (end - start)


Reader = Callable[[re.Match[str], str, bool], Iterator[Span]]


def _as_words(kind: str) -> Reader:
    def reader(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
        group = 1 if match.re.groups and match[1] else 0
        start, end = match.span(group)
        end = start + len(text[start:end].rstrip(" .,;:-"))
        yield Span(start, end, Reading(kind, words=text[start:end]))  # type: ignore[arg-type]

    return reader


def _read_thread(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    number = " ".join(match["number"].split()).replace(" /", "/").replace("/ ", "/")
    numbers = decimals(number) if "/" not in number else ()
    written = match["pitch"] or match["pitch_2"]
    pitch, end = decimals(written)[0] if written else None, None
    if match["pitch"] and numbers and is_screw_length(match["symbol"], numbers[0], pitch):
        pitch, end = None, match.end("number")  # M6x20 is a screw 20 long
    name = (match["cls"] or match["side"] or "").replace(" ", "") if end is None else ""
    name += "LH" if match["hand"] and end is None else ""
    start, stop = _trimmed(match, text)
    yield Span(start, end or stop, Reading(
        "thread", numbers, match["symbol"], count=_count(match), pitch=pitch,
        thread_class=name or None, words=None if numbers else number,
    ))  # fmt: skip


def is_screw_length(symbol: str, diameter: Decimal, pitch: Decimal | None) -> bool:
    """Whether the number after the x of a metric thread is too large for a pitch.

    The coarse series of ISO 261 has the largest pitch of each diameter.
    """
    if symbol not in ("M", "MJ") or pitch is None:
        return False
    return pitch > COARSE_PITCH.get(diameter, max(Decimal(1), diameter / 5))


def _read_unified(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    size = unified_size(match["size"])
    name = f"{size}-{match['tpi']}{match['series']}".replace(" ", "-")
    yield Span(*_trimmed(match, text), Reading(
        "thread", (), "UN", count=_count(match),
        thread_class=(match["cls"] or "") + ("LH" if match["hand"] else "") or None, words=name,
    ))  # fmt: skip


def _read_pipe(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    series, size = match["series"] or match["series_2"], match["size"] or match["size_2"]
    yield Span(*_trimmed(match, text), Reading(
        "thread", (), series, count=_count(match), words=" ".join(size.split()),
    ))  # fmt: skip


def _read_chamfer(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    if _COUNTED_ANGLE.match(match[0]) and match["number"] and "." not in match["number"]:
        return
    size = next(match[name] for name in ("number", "number_a", "c", "w", "v") if match[name])
    angle = match["angle"] or match["angle_a"]
    if angle and match["number"] and size.isdigit() and decimals(angle)[0] >= _COUNTED_FROM:
        return  # 3 x 120° are three angles
    symbol = None if angle else "C"
    yield Span(*_trimmed(match, text), Reading(
        "chamfer", decimals(size), symbol, count=_count(match),
        angle=decimals(angle)[0] if angle else None,
    ))  # fmt: skip


def _read_bare_chamfer(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    size = decimals(match["number"])[0]
    if words or size > _LARGEST_BARE_CHAMFER or not re.search("[.,]", match["number"]):
        return
    if match["leg"] and decimals(match["leg"])[0] != size:
        return
    angle = Decimal(match["angle"]) if match["angle"] else Decimal(45)
    yield Span(*_trimmed(match, text), Reading(
        "chamfer", (size,), count=_count(match), angle=angle
    ))  # fmt: skip


def _read_grade(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    if not words:
        yield Span(*match.span(), Reading("roughness", (), "N", words=match[0]))


def _read_weld(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    if not words:
        yield Span(match.start(), match.end("number"), Reading(
            "weld", decimals(match["number"]), match["symbol"]
        ))  # fmt: skip


def _read_roughness(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    numbers = decimals(match["number"])
    yield Span(*_trimmed(match, text), Reading("roughness", numbers, match["symbol"]))


def _read_hardness(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    start, unit = match.start(), UNITS[match["scale"]]
    for name in ("one", "two"):
        if match[name]:
            yield Span(start, match.end(name), Reading(
                "dimension", decimals(match[name]), unit=unit
            ))  # fmt: skip
        start = match.start("two")


def _read_ratio(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    yield Span(*match.span(), Reading("ratio", words=match[0].replace(" ", "").replace(",", ".")))


def _read_angle(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    minutes = match["minutes"] or (match["both"] or "").endswith("'")
    if minutes:  # an angle without minutes is read as a dimension
        size = _degrees(match["number"], match["minutes"], match["seconds"])
        both = _angle_of(match["both"]) if match["both"] else None
        tolerance = None if both is None else (both, -both)
        yield Span(*match.span(), Reading(
            "angle", (size,), unit="°", count=_count(match), tolerance=tolerance
        ))  # fmt: skip


def _read_angle_tolerance(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    both = _angle_of(match["both"])
    yield Span(*match.span(), Reading("tolerance", unit="°", tolerance=(both, -both)))


def _angle_of(text: str) -> Decimal:
    """Return `0°30'`, `30'` or `0.5°` in degrees."""
    degrees, sign, minutes = text.rpartition("°")
    if not minutes.strip(" '"):
        return _degrees(degrees)
    return _degrees(degrees if sign else "0", minutes)


def _degrees(*parts: str | None) -> Decimal:
    """Convert degrees, minutes and seconds to degrees, with the tools' four decimals."""
    sizes = [decimals(part.strip(" '"))[0] if part else Decimal(0) for part in parts]
    value = sum((size / 60**power for power, size in enumerate(sizes)), Decimal(0))
    return round(value, 4).normalize() if len(sizes) > 1 else value


def _read_sheet_of(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    written = re.sub(r"\s*(?i:of|von|/)\s*", "/", match[1])
    yield Span(*match.span(1), Reading("ratio", words=written))


def _read_fraction(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    if int(match["bottom"]):
        value = Decimal(match["top"]) / Decimal(match["bottom"]) + int(match["whole"] or 0)
        yield Span(*_trimmed(match, text), Reading("dimension", (value,), match["symbol"], "in"))


def _read_range(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    unit = UNITS.get(match["unit"] or match["unit_1"] or "")
    if decimals(match["one"])[0] >= decimals(match["two"])[0]:
        return  # 35.00-0.20 is a size with its tolerance
    if unit is None and _are_limits(match["one"], match["two"]):
        return  # 5.8-5.85 are the limits of one size
    for name in ("one", "two"):
        kind = "angle" if unit == "°" else "dimension" if unit else "number"
        yield Span(*match.span(name), Reading(kind, decimals(match[name]), unit=unit))  # type: ignore[arg-type]


def _read_list(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    for part in re.finditer(r"\d+", match[0]):
        start = match.start() + part.start()
        yield Span(start, start + len(part[0]), Reading("number", (Decimal(part[0]),)))


def _read_product(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    unit = UNITS.get(match["unit"] or "")
    for part in re.finditer(NUMBER, match[0]):
        start = match.start() + part.start()
        yield Span(start, start + len(part[0]), Reading("dimension", decimals(part[0]), unit=unit))


def _read_dimension(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    start, end = _trimmed(match, text)
    raw = (match["symbol"] or "").strip()
    symbol = raw.replace(" ", "") or None
    written = match["unit"] or match["unit_2"]
    unit = "in" if (written or "").startswith("in") else UNITS.get(written or "")
    if words and unit is None and (degrees := ANGLE_WORDS.match(text, end)):
        end, unit = degrees.end(), "°"
    if symbol is None and unit != "°":
        symbol = _symbol_from_words(text, start, end)
    tolerance = read_tolerance(match) if match["tolerance"] else None
    limits = None
    numbers = decimals(match["number"])
    if match["limit_2"] and not _are_limits(match["number"], match["limit_2"]):
        yield from _read_number_before_range(match, text, words)
        return
    if match["limit"] or match["limit_2"]:
        other = decimals(match["limit"] or match["limit_2"])[0]
        pair = sorted((numbers[0], other), reverse=True)
        limits, numbers = (pair[0], pair[1]), (pair[0],)
    count = _count(match)
    plain = not (symbol or unit or tolerance or limits or match["fit"] or count)
    small = plain and numbers[0] == numbers[0].to_integral() and numbers[0] <= _LARGEST_COUNT
    kind = ("angle" if unit == "°" else "count" if small and match["number"].isdigit()
            else "number" if plain else "dimension")  # fmt: skip
    fit = fit_of(match["fit"]) if match["fit"] else None
    yield Span(start, end, Reading(
        kind, numbers, symbol, unit, count, tolerance, limits, fit,  # type: ignore[arg-type]
    ))  # fmt: skip


def _are_limits(one: str, other: str) -> bool:
    """`1.000-.998` and `5.8-5.85`: two sizes that are close together and have decimals."""
    if not re.search(r"[.,]", one):
        return False
    low, high = sorted((decimals(one)[0], decimals(other)[0]))
    return Decimal(0) < high - low <= high / 10


def _read_number_before_range(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    """`35.00-0.20` is a size with one deviation; `5-10` are two numbers."""
    number, other = decimals(match["number"]), decimals(match["limit_2"])
    sign = text[match.end("number") : match.start("limit_2")]
    symbol = (match["symbol"] or "").replace(" ", "") or None
    unit = UNITS.get(match["unit"] or "")
    if number[0] > other[0] and "-" in sign and not sign.endswith(" "):
        yield Span(match.start(), match.end("limit_2"), Reading(
            "dimension", number, symbol, unit, _count(match), (Decimal(0), -other[0])
        ))  # fmt: skip
        return
    for name in ("number", "limit_2"):
        kind: Kind = "dimension" if unit or symbol else "number"
        start = match.start() if name == "number" else match.start(name)
        reading = Reading(kind, decimals(match[name]), symbol, unit)
        yield Span(start, match.end(name), reading)


def fit_of(written: str) -> str:
    """Return a class, or a pair with the hole's first: `k6/H7` is `H7/k6`."""
    one, _, other = re.sub(r"\s?[/-]\s?", "/", written).partition("/")
    if not other:
        return one
    return f"{other}/{one}" if one[0].islower() and other[0].isupper() else f"{one}/{other}"


_UNIFIED_DECIMALS = {
    "060": "#0", "073": "#1", "086": "#2", "099": "#3", "112": "#4", "125": "#5", "138": "#6",
    "164": "#8", "190": "#10", "216": "#12", "250": "1/4", "3125": "5/16", "312": "5/16",
    "375": "3/8", "4375": "7/16", "437": "7/16", "438": "7/16", "500": "1/2", "5625": "9/16",
    "562": "9/16", "625": "5/8", "750": "3/4", "875": "7/8", "1000": "1",
}  # fmt: skip


def unified_size(written: str) -> str:
    """Return the size's name in ASME B1.1: `.250` is 1/4, `10` is #10, `1 1/2` is 1-1/2."""
    if "." in written:
        whole, _, part = written.partition(".")
        key = (whole.lstrip("0") + part) if whole.strip("0") else part
        return _UNIFIED_DECIMALS.get(key, _UNIFIED_DECIMALS.get(key.rstrip("0"), written))
    if written.isdigit() and int(written) in (0, 1, 2, 3, 4, 5, 6, 8, 10, 12) and written != "1":
        return written
    return re.sub(r"\s", "-", written)


def _read_lone_tolerance(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    unit = UNITS.get(match["unit"] or "")
    single = bool(match["fifth"])
    value = read_tolerance(match)
    numbers = (value[0] or value[1],) if single else ()
    tolerance = None if single else value
    yield Span(*_trimmed(match, text), Reading("tolerance", numbers, None, unit, None, tolerance))


def _read_plus_minus(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    size = decimals(match["size"])[0]
    unit = UNITS.get(match["unit"] or "")
    reading = Reading("tolerance", unit=unit, tolerance=(size, -size))
    yield Span(*match.span(), reading)


def _read_lone_fit(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    yield Span(*match.span(), Reading("fit", fit=fit_of(match["fit"])))


def _read_plain(match: re.Match[str], text: str, words: bool) -> Iterator[Span]:
    yield Span(*match.span(), Reading("number", decimals(match["number"])))


def read_tolerance(match: re.Match[str]) -> tuple[Decimal, Decimal]:
    """Return (upper, lower) of a match of `TOLERANCE`; a single `-0.2` is 0/-0.2."""
    if match["both"]:
        top, _, bottom = match["both"].partition("/")
        value = Decimal(top) / Decimal(bottom) if bottom else decimals(top)[0]
        return (value, -value)
    values = [
        decimals(match[name])[0] * (1 if match[sign] == "+" else -1)
        for sign, name in (("sign_1", "first"), ("sign_2", "second"), ("sign_3", "third"),
                           ("sign_4", "fourth"), ("sign_5", "fifth"))
        if match[name]
    ]  # fmt: skip
    if len(values) == 1:
        values.append(Decimal(0))
    return (max(values), min(values))


def _symbol_from_words(text: str, start: int, end: int) -> str | None:
    lead = text[max(0, start - 40) : start]
    if RADIUS_BEFORE.search(lead) or RADIUS_AFTER.match(text, end):
        return "R"
    if DIAMETER_BEFORE.search(lead) or DIAMETER_AFTER.match(text, end):
        return "Ø"
    return None


def _count(match: re.Match[str]) -> int | None:
    groups = match.groupdict()
    written = next(
        (groups[name] for name in groups if name.startswith("count") and groups[name]), None
    )
    return int(written) if written else None


def _trimmed(match: re.Match[str], text: str) -> tuple[int, int]:
    start, end = match.span()
    end = start + len(text[start:end].rstrip(" ,("))
    if text.count("(", start, end) > text.count(")", start, end) and text[end : end + 1] == ")":
        end += 1
    return start, end


_STEPS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (STANDARD, _as_words("reference")),
    (MATERIAL, _as_words("material")),
    (DIGIT_GROUPS, _as_words("reference")),
    (REVISION, _as_words("reference")),
    (_SHEET_OF, _read_sheet_of),
    (_UNIFIED, _read_unified),
    (_PIPE, _read_pipe),
    (_THREAD, _read_thread),
    (_ROUGHNESS, _read_roughness),
    (_GRADE_OF_ROUGHNESS, _read_grade),
    (_WELD, _read_weld),
    (_HARDNESS, _read_hardness),
    (_CHAMFER, _read_chamfer),
    (_BARE_CHAMFER, _read_bare_chamfer),
    (_FRACTION, _read_fraction),
    (_ANGLE, _read_angle),
    (_ANGLE_TOLERANCE, _read_angle_tolerance),
    (_RATIO, _read_ratio),
    (_PLUS_MINUS, _read_plus_minus),
    (_RANGE, _read_range),
    (_LIST, _read_list),
    (_PRODUCT, _read_product),
    (DIMENSION, _read_dimension),
    (_TOLERANCE, _read_lone_tolerance),
    (_FIT, _read_lone_fit),
    (_PART_OF, _read_sheet_of),
    (IDENTIFIER, _as_words("reference")),
    (_PLAIN, _read_plain),
)
