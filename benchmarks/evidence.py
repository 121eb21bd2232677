"""How far evidence can be trusted: planted errors that pass, true values that are doubted.

    python -m benchmarks.evidence [--drawings FOLDER] [--answers 400] [--show]

Builds answers (English, German, Korean) about sheets whose values are known: sheets made here,
with callouts cut into runs as exporters cut them, and real drawings where FOLDER has them. Each
answer has true values, written in another way than on the sheet, and one planted error (wrong
digit, lost decimal, swapped tolerance, invented dimension). Whether a planted value happens to
stand elsewhere is judged from the list of the sheet's values, not by the code under test.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import random
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import ezdxf

from backend.commands.check import drawing_pages
from backend.evidence.answer import find_values
from backend.evidence.folding import utf16_offsets
from backend.evidence.grading import Graded, grade
from backend.evidence.sheet_index import PageText, SheetIndex
from backend.sheet import TextItem
from demo.sheets.dxf import to_dxf
from demo.sheets.layout import make_sheet


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
    name: str
    kind: str
    page: PageText
    callouts: list[Callout]
    words: list[str] = field(default_factory=list)

    def numbers(self) -> set[float]:
        """Every number of the sheet's text, found without the grammar."""
        text = " ".join(item.text for item in self.page.items).replace(",", ".")
        return {float(part) for part in re.findall(r"\d+(?:\.\d+)?|\.\d+", text)}


# ── Sheets ────────────────────────────────────────────────────────────────────────────────

_FITS = ("H7", "H8", "H11", "g6", "h6", "k6", "p6", "f7", "H12", "js7")
_MATERIALS = ("S235JR", "42CrMo4", "1.4301", "EN AW-6082", "C45E", "SUS304", "16MnCr5", "POM")
_TOLERANCES = (("+0.1", "-0.1"), ("+0.10", "-0.20"), ("+0.05", "0"), ("0", "-0.2"),
               ("+0.021", "-0.008"), ("+0.2", "+0.1"), ("-0.05", "-0.15"))  # fmt: skip


def _random_callout(rng: random.Random) -> Callout:
    places = rng.choice((0, 0, 1, 2, 2))
    nominal = f"{rng.uniform(1.2, 480):.{places}f}"
    form = rng.choice(("plain", "symbol", "tolerance", "fit", "radius", "angle", "counted"))
    if form == "symbol":
        return Callout(nominal, "Ø")
    if form == "tolerance":
        return Callout(nominal, rng.choice(("", "Ø")), rng.choice(_TOLERANCES))
    if form == "fit":
        return Callout(nominal, "Ø", fit=rng.choice(_FITS))
    if form == "radius":
        return Callout(f"{rng.uniform(0.5, 40):.1f}", "R")
    if form == "angle":
        return Callout(str(rng.randint(3, 179)), suffix="°")
    if form == "counted":
        return Callout(f"{rng.uniform(2, 30):.1f}", "Ø", count=rng.randint(2, 12))
    return Callout(nominal)


def _thread(rng: random.Random) -> str:
    size = rng.choice(("M3", "M4", "M6", "M8x1", "M10", "M12x1.25", "M16", "M20x1.5"))
    return size + rng.choice(("", "-6H", "-6g"))


def synthetic_sheet(number: int, rng: random.Random) -> Sheet:
    """A sheet of 20 callouts at random places, upright and turned, cut into runs at random."""
    items: list[TextItem] = []
    callouts = [_random_callout(rng) for _ in range(20)]
    spots = [(x, y) for x in range(6) for y in range(10)]
    rng.shuffle(spots)
    ocr = number % 5 == 4
    for callout in callouts:
        x, y = spots.pop()
        runs: list[TextItem] = []
        _draw(runs, callout, 200 + x * 420, 200 + y * 260, rng)
        items += _turned(runs) if rng.random() < 0.3 else runs
    words = [
        rng.choice(_MATERIALS),
        _thread(rng),
        f"DRW-{rng.randint(1000, 9999)}-{rng.choice('ABC')}",
        f"ISO 2768-{rng.choice('fmc')}{rng.choice('HKL')}",
    ]
    for word in words:
        x, y = spots.pop()
        items.append(_run(word, 200 + x * 420, 200 + y * 260, 40))
    for position, mark in enumerate("ABCDEF"):
        items.append(_run(mark, 40, 300 + position * 400, 40))
        items.append(_run(str(position + 1), 300 + position * 400, 40, 40))
    if ocr:
        items = [TextItem(i.text, i.box, i.angle, "ocr", 0.8) for i in items]
    page = PageText(f"s{number}", 1, items, "ocr" if ocr else "vector", 6000, 3000)
    return Sheet(page.drawing, "synthetic OCR" if ocr else "synthetic", page, callouts, words)


def _run(text: str, x: float, y: float, height: float) -> TextItem:
    return TextItem(text, (x, y, 0.55 * height * len(text), height))


def _turned(runs: list[TextItem]) -> list[TextItem]:
    """The same runs reading upwards, in a part of the sheet of their own."""
    result = []
    for run in runs:
        x, y, width, height = run.box
        result.append(TextItem(run.text, (3000 + y, 3000 - x - width, height, width), 270.0))
    return result


def _draw(items: list[TextItem], callout: Callout, x: float, y: float, rng: random.Random) -> None:
    """One callout as runs: whole, or symbol, number and stacked tolerance apart."""
    comma = rng.random() < 0.3
    spell = (lambda text: text.replace(".", ",")) if comma else (lambda text: text)
    height = 40.0
    lead = f"{callout.count}x" + rng.choice((" ", "")) if callout.count else ""
    drawn_symbol = callout.symbol == "Ø" and rng.random() < 0.25  # a stroke, not text
    symbol = "" if drawn_symbol else rng.choice("Ø⌀") if callout.symbol == "Ø" else callout.symbol
    head = lead + symbol + spell(callout.nominal) + callout.suffix
    if callout.fit:
        head += rng.choice((" ", "")) + callout.fit
    if callout.tolerance is None:
        items.append(_run(head, x, y, height))
        return
    upper, lower = (spell(part) for part in callout.tolerance)
    style = rng.choice(("text", "stacked", "signs"))
    if upper.lstrip("+") == lower.lstrip("-"):
        items.append(_run(f"{head} ±{upper.lstrip('+')}", x, y, height))
    elif style == "text":
        items.append(_run(f"{head} {upper}/{lower}", x, y, height))
    else:
        items.append(_run(head, x, y, height))
        right = x + 0.55 * height * len(head) + 10
        for part, top in ((upper, y - 18), (lower, y + 28)):
            if style == "signs" and part[0] in "+-":
                items.append(_run(part[0], right, top, 28))
                items.append(_run(part[1:], right + 22, top, 28))
            else:
                items.append(_run(part, right, top, 28))


def dxf_sheet(number: int, rng: random.Random, folder: Path) -> Sheet:
    """A DXF with its callouts as TEXT, MTEXT with stacks and DIMENSION, read as the server does."""
    document = ezdxf.new("R2010", setup=True)
    space = document.modelspace()
    callouts = [_random_callout(rng) for _ in range(16)]
    for position, callout in enumerate(callouts):
        x, y = position % 4 * 90.0, position // 4 * 60.0
        lead = f"{callout.count}x " if callout.count else ""
        head = lead + callout.symbol + callout.nominal + callout.suffix
        head += f" {callout.fit}" if callout.fit else ""
        turned = 90.0 if rng.random() < 0.3 else 0.0
        if callout.tolerance:
            upper, lower = callout.tolerance
            equal = upper.lstrip("+") == lower.lstrip("-")
            tail = f" ±{upper[1:]}" if equal else f"{{\\H0.7x;\\S{upper}^ {lower};}}"
            attributes = {"insert": (x, y), "char_height": 3.5, "rotation": turned}
            space.add_mtext(head + tail, dxfattribs=attributes)
        elif callout == Callout(callout.nominal) and "." not in callout.nominal:
            end = (x + float(callout.nominal) / 10, y)
            space.add_linear_dim((x, y - 8), (x, y), end, text=callout.nominal).render()
        else:
            space.add_text(head, height=3.5, rotation=turned, dxfattribs={"insert": (x, y)})
    words = [rng.choice(_MATERIALS), _thread(rng), f"DRW-{rng.randint(1000, 9999)}-A"]
    for position, word in enumerate(words):
        space.add_text(word, height=3.5, dxfattribs={"insert": (380, position * 20)})
    path = folder / f"sheet{number}.dxf"
    document.saveas(path)
    (page,) = asyncio.run(drawing_pages(path))
    return Sheet(path.stem, "DXF", page, callouts, words)


def demo_sheet(number: int, rng: random.Random, folder: Path) -> Sheet:
    """A sheet of the demo's generator, drawn as a DXF: made by other hands than this file."""
    drawn = make_sheet(rng)
    path = folder / f"demo{number}.dxf"
    to_dxf(drawn).saveas(path)
    (page,) = asyncio.run(drawing_pages(path))
    values = [
        f"sheet {fact.value}" if fact.key == "sheet" and rng.random() < 0.5 else fact.value
        for fact in drawn.facts
        if re.search(r"\d", re.sub(r"^\d\. ", "", fact.value)) and fact.key != "revision"
    ]
    return Sheet(path.stem, "demo DXF", page, [], values)


def real_sheets(folder: Path) -> Iterator[Sheet]:
    """The drawings of the folder whose values are known: one PDF, two transcribed scans."""
    pdf = folder / "Aufspannung.PDF"
    if pdf.is_file():
        yield _aufspannung(pdf)
    for path in sorted(folder.glob("*.csv")):
        yield _transcript(path)


def _aufspannung(path: Path) -> Sheet:
    (page,) = asyncio.run(drawing_pages(path))
    callouts = [
        Callout("3.40", "Ø", ("+0.10", "-0.10"), count=2),
        Callout("6.95"),
        Callout("8.05", "R"),
        Callout("7.50", "", ("+0.10", "-0.20")),
        Callout("4.00", "", ("+0.10", "-0.20")),
        Callout("60.00", "", ("+0.10", "-0.10")),
    ]
    return Sheet(path.stem, "PDF", page, callouts, ["PLA", "Micro_Vu-4.20"])


def _transcript(path: Path) -> Sheet:
    """The ground truth of a scan as if it were its text: what is tested is not the recognition."""
    items, callouts = [], []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.reader(lines):
            if len(row) < 9 or row[8] == "other_info":
                continue
            corners = [float(cell) for cell in row[:8]]
            xs, ys = corners[::2], corners[1::2]
            box = (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
            items.append(TextItem(row[8], box, 0.0))
            match = re.fullmatch(
                r"(?:(\d+)x)?([⌀R]?)\(?(\d+(?:[.,]\d+)?)\)?(°?)\s?([A-Z]\d{1,2})?(?:±(\d+[.,]\d+))?",
                row[8],
            )
            if match and match[5] != "A3":
                half = match[6] and match[6].replace(",", ".")
                callouts.append(Callout(
                    match[3].replace(",", "."), match[2].replace("⌀", "Ø"),
                    (f"+{half}", f"-{half}") if half else None, match[5] or "",
                    int(match[1] or 0), match[4],
                ))  # fmt: skip
    return Sheet(path.stem, "scan transcript", PageText(path.stem, 1, items), callouts)


# ── Answers ───────────────────────────────────────────────────────────────────────────────

_FRAMES = {
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


def plant_word(sheet: Sheet, rng: random.Random) -> str | None:
    """A wrong thread, material, number or standard in place of one of the sheet's."""
    word = rng.choice(sheet.words or [""])
    if word in _MATERIALS:
        return rng.choice([one for one in _MATERIALS if one not in sheet.words])
    if word.startswith("M") and word[1:2].isdigit():
        wrong = _thread(rng)
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
        return kind, _random_callout(rng)
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
        return kind, _with(source, tolerance=rng.choice(choices))
    if kind == "lost decimal":
        if "." not in source.nominal:
            return None
        return kind, _with(source, nominal=source.nominal.replace(".", "").lstrip("0") or "0")
    positions = [i for i, letter in enumerate(source.nominal) if letter.isdigit()]
    position = rng.choice(positions)
    digit = rng.choice([one for one in "123456789" if one != source.nominal[position]])
    return kind, _with(
        source, nominal=source.nominal[:position] + digit + source.nominal[position + 1 :]
    )


def _turn(part: str) -> str:
    if part[0] == "+":
        return "-" + part[1:]
    return "+" + part[1:] if part[0] == "-" else part


def _with(callout: Callout, **changes: object) -> Callout:
    values = {name: getattr(callout, name) for name in callout.__dataclass_fields__}
    return Callout(**{**values, **changes})


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


def answer(sheet: Sheet, rng: random.Random) -> tuple[str, list[tuple[int, int, str, bool]]]:
    """A text and its values: start and end (UTF-16), what it is, whether it stands elsewhere."""
    language = rng.choice(("en", "en", "de", "ko"))
    values: list[tuple[str, str, bool]] = []
    for callout in rng.sample(sheet.callouts, min(4, len(sheet.callouts))):
        values.append((spell(callout, language, rng), "true", False))
    for word in rng.sample(sheet.words, min(1 if sheet.callouts else 4, len(sheet.words))):
        values.append((word, "true", False))
    planted = plant(sheet, rng)
    if planted is not None:
        values.append((spell(planted[1], language, rng), planted[0],
                       stands_elsewhere(planted[1], sheet)))  # fmt: skip
    wrong = plant_word(sheet, rng) if not sheet.callouts or rng.random() < 0.4 else None
    if wrong is not None:
        values.append((wrong, "wrong word", word_elsewhere(wrong, sheet)))
    rng.shuffle(values)
    text, marked = "", []
    for written, kind, elsewhere in values:
        before, after = rng.choice(_FRAMES[language]).split("{}")
        text += before
        marked.append((len(text), len(text) + len(written), kind, elsewhere))
        text += written + after + rng.choice((".\n", ".\n\n", "\n"))
    offsets = utf16_offsets(text)
    return text, [(offsets[start], offsets[end], *rest) for start, end, *rest in marked]  # type: ignore[misc]


# ── Counting ──────────────────────────────────────────────────────────────────────────────


def accepted(graded: list[Graded], start: int, end: int) -> bool:
    """Whether a reader sees no doubt on this stretch: found, and nothing else on it."""
    on_it = [one for one in graded if one.value.start < end and start < one.value.end]
    return bool(on_it) and all(one.status == "found" for one in on_it)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--drawings", type=Path, default=Path("../shared/drawings"))
    parser.add_argument("--answers", type=int, default=600)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--show", action="store_true", help="print what went wrong")
    options = parser.parse_args()
    rng = random.Random(options.seed)  # noqa: S311
    sheets = [synthetic_sheet(number, rng) for number in range(40)]
    with tempfile.TemporaryDirectory() as folder:
        sheets += [dxf_sheet(number, rng, Path(folder)) for number in range(8)]
        sheets += [demo_sheet(number, rng, Path(folder)) for number in range(16)]
    sheets += list(real_sheets(options.drawings)) * 8
    indices = {id(sheet): SheetIndex([sheet.page]) for sheet in sheets}
    counts: Counter[tuple[str, str, str]] = Counter()
    for number in range(options.answers):
        sheet = sheets[number % len(sheets)]
        text, marked = answer(sheet, rng)
        graded = grade(find_values(text), indices[id(sheet)])
        for start, end, kind, elsewhere in marked:
            passed = accepted(graded, start, end)
            group = "elsewhere" if elsewhere else kind
            counts[sheet.kind, group, "found" if passed else "doubted"] += 1
            wrong = (kind == "true") != passed and not elsewhere
            if wrong and options.show:
                raw = text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")
                seen = [(one.value.text, one.status) for one in graded
                        if one.value.start < end and start < one.value.end]  # fmt: skip
                print(f"{sheet.name} {kind}: {raw!r} {seen}")
    _report(counts, options.answers)


def _report(counts: Counter[tuple[str, str, str]], answers: int) -> None:
    kinds = sorted({kind for kind, _, _ in counts})
    groups = ("true", "wrong digit", "lost decimal", "swapped tolerance", "invented dimension",
              "wrong word", "elsewhere")  # fmt: skip
    print(f"{answers} answers. Each cell: graded found / all.\n")
    print("| values | " + " | ".join([*kinds, "all"]) + " |")
    print("|---|" + "---|" * (len(kinds) + 1))
    for group in groups:
        cells = [(counts[kind, group, "found"], counts[kind, group, "doubted"]) for kind in kinds]
        cells.append((sum(one for one, _ in cells), sum(two for _, two in cells)))
        print(f"| {group} | " + " | ".join(f"{a} / {a + b}" for a, b in cells) + " |")
    planted = groups[1:6]
    passed = sum(counts[kind, group, "found"] for kind in kinds for group in planted)
    caught = sum(counts[kind, group, "doubted"] for kind in kinds for group in planted)
    found = sum(counts[kind, "true", "found"] for kind in kinds)
    total = found + sum(counts[kind, "true", "doubted"] for kind in kinds)
    print(f"\ntrue values found: {found / total:.2%} of {total}")
    print(f"planted errors not found: {caught / (passed + caught):.2%} of {passed + caught}")


if __name__ == "__main__":
    main()
