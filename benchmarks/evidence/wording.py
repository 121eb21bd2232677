"""How an answer writes a value, in English, German and Korean, otherwise than the sheet does."""

from __future__ import annotations

import random

from benchmarks.evidence.callouts import Callout

FRAMES = {
    "en": ("The {} is clearly dimensioned", "I read **{}** in the front view", "it measures {}",
           "- the second feature: {}", "with {} at section A-A", "The drawing states `{}` there",
           "1. The slot is {} wide", "| size | {} |",
           "Looking at the hole pattern, {} applies to all of them",
           "(see {}, top right)", "Measured value? No: the sheet gives {}; that is exact",
           "Feature A - {} - is functional"),
    "de": ("Das Maß beträgt {}", "Die Bohrung hat {}", "in der Vorderansicht steht {}",
           "Maß: {}; weitere Angaben fehlen", "(siehe {} oben rechts)",
           "- Maß am Absatz: {}", "Der Absatz ist mit {} bemaßt", "Laut Zeichnung {}"),
    "ko": ("치수는 {}입니다", "정면도에 {}로 표시되어 있습니다", "- 구멍: {}",
           "도면에는 {}이 있습니다"),
}  # fmt: skip


def spell(callout: Callout, language: str, rng: random.Random) -> str:
    """The callout as an answer would write it."""
    if callout.words:
        return callout.words
    comma = language == "de" or rng.random() < 0.1
    number = callout.nominal
    if "." in number and rng.random() < 0.3 and number.endswith("0"):
        number = number.rstrip("0").rstrip(".")
    in_words = _in_words(callout, number, language)
    if in_words and rng.random() < 0.3:
        return in_words.replace(".", ",") if comma else in_words
    lead = f"{callout.count}" + rng.choice(("× ", "x ", "x")) if callout.count else ""
    symbol = rng.choice(("Ø", "⌀", "Ø ")) if callout.symbol == "Ø" else callout.symbol
    text = lead + symbol + number + callout.suffix
    if callout.fit:
        text += rng.choice((" ", "")) + callout.fit
    unit = " mm" if not callout.suffix and rng.random() < 0.4 else ""
    if callout.tolerance:
        upper, lower = callout.tolerance
        if upper.lstrip("+") == lower.lstrip("-"):
            text += rng.choice((" ±", " ± ", "±", " +/- ")) + upper.lstrip("+")
        else:
            text += rng.choice((" {}/{}", " {} / {}", " ({}/{})")).format(upper, lower)
        text += unit
    elif not callout.fit:
        text += unit
    return text.replace(".", ",") if comma else text


def _in_words(callout: Callout, number: str, language: str) -> str:
    """`a diameter of 38 mm`, where the callout is no more than that."""
    if callout.count or callout.fit or callout.suffix:
        return ""
    words = {
        ("Ø", "en"): f"a diameter of {number} mm",
        ("Ø", "de"): f"Durchmesser von {number} mm",
        ("Ø", "ko"): f"지름은 {number} mm",
        ("R", "en"): f"a radius of {number} mm",
        ("R", "de"): f"Radius {number}",
        ("R", "ko"): f"반지름 {number}mm",
    }.get((callout.symbol, language), "")
    if callout.tolerance:
        upper, lower = callout.tolerance
        both = f"±{upper[1:]}" if upper[1:] == lower[1:] and upper[0] == "+" else f"{upper}/{lower}"
        tail = {"en": f" with a tolerance of {both}", "de": f" mit einer Toleranz von {both}"}
        return (words or f"{number} mm") + tail.get(language, f" ({both})")
    return words
