"""Planted errors: a wrong value made from a right one, and whether it stands there by chance."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from benchmarks.evidence.callouts import (
    MATERIALS,
    Callout,
    Sheet,
    random_callout,
    random_thread,
)


def plant_word(sheet: Sheet, rng: random.Random) -> str | None:
    """A wrong thread, material, number or standard in place of one of the sheet's."""
    word = rng.choice(sheet.words or [""])
    if word in MATERIALS:
        return rng.choice([one for one in MATERIALS if one not in sheet.words])
    if word.startswith("M") and word[1:2].isdigit():
        wrong = random_thread(rng)
        return wrong if wrong not in sheet.words and not word.startswith(wrong) else None
    note = re.match(r"\d\. ", word)  # the number of a note is the list's, not a value
    first = note.end() if note else 0
    positions = [i for i, letter in enumerate(word) if letter.isdigit() and i >= first]
    if not positions:
        return None
    if word.startswith("ISO 2768"):
        return f"ISO 2768-{rng.choice([one for one in 'fmcv' if one != word[9]])}{word[10:]}"
    position = rng.choice(positions)
    digit = rng.choice([one for one in "0123456789" if one != word[position]])
    return word[:position] + digit + word[position + 1 :]


def plant(sheet: Sheet, rng: random.Random) -> tuple[str, Callout] | None:
    """A wrong value made from a right one, with the name of the error."""
    if not sheet.callouts:
        return None
    kind = rng.choice(("wrong digit", "lost decimal", "swapped tolerance", "invented dimension"))
    source = rng.choice(sheet.callouts)
    if kind == "invented dimension":
        return kind, random_callout(rng)
    if kind == "swapped tolerance":
        with_tolerance = [one for one in sheet.callouts if one.tolerance]
        if not with_tolerance:
            return None
        source = rng.choice(with_tolerance)
        assert source.tolerance is not None  # noqa: S101
        others = [one.tolerance for one in sheet.callouts
                  if one.tolerance and one.tolerance != source.tolerance]  # fmt: skip
        upper, lower = source.tolerance
        turned = (_turn(lower), _turn(upper))
        choices = [other for other in (*others, turned) if other != source.tolerance]
        if not choices:
            return None
        return kind, replace(source, tolerance=rng.choice(choices))
    if kind == "lost decimal":
        if "." not in source.nominal:
            return None
        return kind, replace(source, nominal=source.nominal.replace(".", "").lstrip("0") or "0")
    positions = [i for i, letter in enumerate(source.nominal) if letter.isdigit()]
    position = rng.choice(positions)
    digit = rng.choice([one for one in "123456789" if one != source.nominal[position]])
    return kind, replace(
        source, nominal=source.nominal[:position] + digit + source.nominal[position + 1 :]
    )


def _turn(part: str) -> str:
    if part[0] == "+":
        return "-" + part[1:]
    return "+" + part[1:] if part[0] == "-" else part


def stands_elsewhere(planted: Callout, sheet: Sheet) -> bool:
    """Whether what the planted value says stands on the sheet by chance."""
    if planted.tolerance or planted.fit:
        return any(planted.key() == callout.key() for callout in sheet.callouts)
    return float(planted.nominal) in sheet.numbers()


def word_elsewhere(wrong: str, sheet: Sheet) -> bool:
    """The same for a changed word: there as it is, or a single size whose number is there."""
    size = re.fullmatch(r"(?:\d+\s?[x×]\s?)?[ØR]?(\d+(?:[.,]\d+)?)(?:°| ?mm)?", wrong)
    if size is None:
        return any(wrong in item.text for item in sheet.page.items)
    return float(size[1].replace(",", ".")) in sheet.numbers()
