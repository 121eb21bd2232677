"""Answers questions by a standard's table or arithmetic: fits, threads, tolerances, units."""

from __future__ import annotations

import re
from decimal import Decimal

from backend.engineering import fits, threads, tolerances, units
from backend.engineering.engineering_errors import EngineeringError
from backend.sheet_answers.phrases import phrase
from backend.sheet_answers.reply import Reply

_NUMBER = r"\d+(?:[.,]\d+)?"
_CONVERT = re.compile(
    rf"(?P<quantity>{_NUMBER}(?:\s*[-/]\s*\d+(?:/\d+)?)?\s*(?P<from>mm|cm|m|in|inch|inches|\"|zoll|µm|um|kg|g|lb|lbs))"
    r"\s*(?:in|into|to|as|nach|zu|=|->|→|은|는|을|를|이|에서)?\s*(?:how many|wie viele?|몇)?\s*"
    r"(?P<to>mm|millimet(?:er|re)s?|cm|inch(?:es)?|zoll|µm|um|kg|g|lbs?|인치|밀리미터|밀리)\b",
    re.IGNORECASE,
)
_UNITS = {"zoll": "in", '"': "in", "inch": "in", "inches": "in", "인치": "in", "밀리미터": "mm",
          "밀리": "mm", "lbs": "lb", "um": "µm"}  # fmt: skip
_FIT = re.compile(
    rf"[ØøΦ⌀]?\s*(?P<size>{_NUMBER})\s*(?P<fit>[A-Za-z]{{1,2}}\d{{1,2}}(?:\s*/\s*[a-z]{{1,2}}\d{{1,2}})?)(?!\w)"
)
_THREAD = re.compile(
    rf"(?<!\w)(?:M\s?{_NUMBER}(?:\s*[x×]\s*{_NUMBER})?(?:\s*-\s*\d[a-zA-Z]\w*)?|"
    r"\d+/\d+\s*-\s*\d+\s*UN[CF]\w*|#\d+-\d+\s*UN[CF]\w*)"
)
_IN_UNIT = re.compile(
    r"\b(?:in|into|to|nach)\s+(?P<unit>inch(?:es)?|zoll|mm|millimet(?:er|re)s?|pounds?|lbs?|kg)\b",
    re.IGNORECASE,
)
_DRILL = re.compile(
    r"tapping|tap.?drill|drill size|core hole|pitch|kernloch(?!tiefe)|steigung|vorbohr"
    r"|탭\s?드릴|피치|기초\s?구멍",
    re.IGNORECASE,
)
_CLASS = re.compile(r"2768\s*(?:-\s*1)?\s*-?\s*([fmcv])[HKL]?\b", re.IGNORECASE)


def answer_conversion(reply: Reply, question: str, unit: str | None = None) -> bool:
    """Answer `1.250 in to mm`; False if the question has no conversion. `unit` is the sheet's own,
    used for `33.40 in inches`.
    """
    match = _CONVERT.search(question)
    if match is None:
        return False
    target = _UNITS.get(match["to"].casefold(), match["to"].casefold())
    target = "mm" if target.startswith("millim") else target
    start = _UNITS.get(match["from"].casefold(), match["from"])
    quantity = match["quantity"].removesuffix(match["from"]).strip()
    if start == target:
        start = unit if unit and unit != target else {"in": "mm", "mm": "in"}.get(target, start)
    quantity = f"{quantity} {start}"
    try:
        found = units.convert(quantity, target)
    except EngineeringError:
        return False
    _computed(reply, f"{found.rounded:f} {found.unit}", f" = {quantity}")
    return True


def answer_fit(reply: Reply, question: str) -> bool:
    """Answer `20 H7` by ISO 286; False if the question names none."""
    match = _FIT.search(_THREAD.sub(" ", question))
    if match is None:
        return False
    designation = f"{match['size'].replace(',', '.')} {match['fit'].replace(' ', '')}"
    try:
        fit = fits.limits_and_fits(designation)
    except EngineeringError:
        return False
    for name, limits in ((fit.hole_class, fit.hole), (fit.shaft_class, fit.shaft)):
        if limits is not None:
            low, high = fit.size_mm + limits.lower_um / 1000, fit.size_mm + limits.upper_um / 1000
            reply.line(f"{match['size']} {name}: ")
            _computed(reply, f"{_plain(low)}", " – ")
            _computed(reply, f"{_plain(high)}", " mm (ISO 286)")
    _play(reply, fit)
    return True


def _play(reply: Reply, fit: fits.Fit) -> None:
    """Add the clearance or interference of a hole and a shaft."""
    low, high = fit.clearance_min_um, fit.clearance_max_um
    if low is None or high is None:
        return
    kind, first, second = "clearance", low, high
    if low < 0:
        kind, first, second = ("transition", -low, high) if high > 0 else (
            "interference", -high, -low)  # fmt: skip
    sizes = {"low": f"{_plain(first / 1000)} mm", "high": f"{_plain(second / 1000)} mm"}
    reply.line()
    _computed(reply, phrase(reply.language, kind, **sizes), " (ISO 286)")


def answer_thread(reply: Reply, question: str) -> bool:
    """Answer with pitch, diameters and tapping drill of a thread; False if the question
    names none.
    """
    match = _THREAD.search(question)
    if match is None:
        return False
    try:
        found = threads.thread(match[0])
    except EngineeringError:
        return False
    reply.line(f"{found.designation}: ")
    words = {
        "en": ("pitch", "tapping drill", "minor diameter"),
        "de": ("Steigung", "Kernlochbohrer", "Kerndurchmesser"),
        "ko": ("피치", "탭 드릴", "골지름"),
    }[reply.language]
    if found.pitch is not None:
        reply.say(f"{words[0]} ")
        _computed(reply, _plain(found.pitch), f" {found.unit}")
    if found.tapping_drill is not None:
        reply.say(f", {words[1]} ")
        _computed(reply, _plain(found.tapping_drill), f" {found.unit}")
    if found.minor_internal is None:
        return True
    reply.say(f", {words[2]} ")
    _computed(reply, _plain(found.minor_internal), f" {found.unit} ({found.standard})")
    return True


def answer_general_tolerance(reply: Reply, question: str, sheet_class: str | None) -> bool:
    """Answer with the ISO 2768-1 tolerance of a size; the class is the question's, else the
    sheet's.
    """
    own = _CLASS.search(question) or (_CLASS.search(sheet_class) if sheet_class else None)
    rest = _CLASS.sub(" ", question)
    size = re.search(rf"(?<![\w.,-]){_NUMBER}(?=\s*mm\b|[\s?.!]|$)", rest)
    if own is None or size is None:
        return False
    nominal = Decimal(size[0].replace(",", "."))
    try:
        found = tolerances.general_tolerance(nominal, own[1].lower())
    except EngineeringError:
        return False
    low, high = nominal - found.deviation, nominal + found.deviation
    reply.line()
    _computed(reply, f"±{_plain(found.deviation)}", " mm: ")
    _computed(reply, _plain(low), " – ")
    _computed(reply, _plain(high), f" mm (ISO 2768-{found.tolerance_class})")
    return True


def _computed(reply: Reply, text: str, after: str) -> None:
    reply.cite(text, drawing=None, page=None, box=None, status="computed", source="standard")
    reply.say(after)


def _plain(value: Decimal) -> str:
    text = f"{value.normalize():f}"
    return text


def asks_drill(question: str) -> bool:
    """Whether the question asks for a thread's drill or pitch, which no sheet dimensions."""
    return bool(_DRILL.search(question)) and bool(_THREAD.search(question))


def convert_cited(reply: Reply, question: str) -> None:
    """Add the first value of the reply in the unit that the question names, if it is another."""
    wanted = _IN_UNIT.search(question)
    if wanted is None or len(reply.citations) == 0 or len(reply.citations) > 6:
        return
    target = _unit_of(wanted)
    for citation in reply.citations:
        number = re.search(rf"(?<![\d.,]){_NUMBER}(?:\s*(kg|g|lbs?|mm|in))?", citation.text)
        if number is None or citation.status == "computed":
            continue
        own = number[1] or ("in" if target == "mm" else "mm" if target == "in" else None)
        if own is None or own == target:
            continue
        value = re.match(_NUMBER, number[0])
        if value is None:
            continue
        try:
            found = units.convert(f"{value[0].replace(',', '.')} {own}", target)
        except EngineeringError:
            continue
        reply.say(" = ")
        _computed(reply, f"{found.rounded:f} {found.unit}", "")
        return


def _unit_of(match: re.Match[str]) -> str:
    word = match["unit"].casefold()
    return _UNITS.get(word, "mm" if word.startswith("millim") else "lb" if word.startswith(
        ("pound", "pfund")) else word)  # fmt: skip
