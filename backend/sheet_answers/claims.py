"""Finds claims in a model's answer that the sheet contradicts: wrong fields and false denials.

Works sentence by sentence on finished text. A claim is contradicted only if the sheet's own
statement is certain: a title block field read exactly, or table rows with only one meaning. A
sentence that cannot be understood completely is skipped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from backend.evidence.index.search_text import normalise
from backend.evidence.parsing.folding import utf16_length
from backend.extraction.tables.table import Field, Row
from backend.geometry import Box
from backend.sheet_answers.languages import Language, language_of
from backend.sheet_answers.sheet import Sheet
from backend.sheet_answers.term_matching import Match, Word, find_terms, words_of
from backend.sheet_answers.topics import dimension_questions as dimensions

_SENTENCE = re.compile(r"[^.!?\n|;]+(?:[.!?](?!\s|$)[^.!?\n|;]*)*")
_DENIAL = re.compile(
    r"\b(?:not|no|none|never|without|isn't|doesn't|aren't|don't|cannot|can't|unspecified|missing|"
    r"nicht|kein|keine|keinen|keiner|keinerlei|ohne|fehlt|fehlen|unbekannt)\b"
    r"|없습니다|없음|없다|없어|않습니다|않음|않았|아닙니다|미기재|미표기",
    re.IGNORECASE,
)
#: Words that make a sentence more than a plain statement about the sheet.
_HEDGED = re.compile(
    r"\b(?:if|would|could|may|might|typical|typically|usually|for example|such as|assum|instead of|"
    r"other than|besides|except|wenn|würde|könnte|vielleicht|üblich|zum beispiel|z\.\s?b\.|außer|"
    r"statt|anstelle|falls)\b|경우|아마|일반적으로|예를 들어|\?",
    re.IGNORECASE,
)
_STATES = re.compile(
    r"^\W*(?:(?:is|are|was|reads|states|specifies|shows|equals|says|ist|lautet|sind|beträgt|"
    r"heißt|given as|listed as|specified as|stated as|named|called)\b|[:=–-]|은|는|이|가)\s*",
    re.IGNORECASE,
)
#: Words between a field's name and its verb: `of this part`, `given in the title block`.
_BETWEEN = re.compile(
    r"^(?:\s*(?:of|for|on|in|from|at|this|the|that|part|drawing|sheet|component|title|block|stated"
    r"|specified|given|listed|shown|used|im|in|des|der|dem|dieses|dieser|teils|bauteils|zeichnung"
    r"|schriftfeld|laut|angegebene[rns]?|auf|blatt|blatts)\b(?=\s+\S))+\s*",
    re.IGNORECASE,
)
#: Words that let the value follow a name without a verb, as in `steht als Werkstoff C45`.
_AS = re.compile(r"\b(?:als|as)\s+\W*(?:the\s+)?\W*$", re.IGNORECASE)
_TOPIC = ("은", "는", "이", "가")
_POLITE = re.compile(
    r"\s*(?:입니다|이다|임|이에요|예요|로 (?:표시|지정)되어 있습니다|으로 되어 있습니다)\W*$"
)
_RATIO = re.compile(r"(\d+(?:\.\d+)?)\s*:\s*(\d+(?:\.\d+)?)")
_CLASS = re.compile(r"2768\W*(?:1\W+)?([fmcv])[hkl]?\b")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_TABLE_ROW = re.compile(r"^[ \t]*\|([^|\n]+)\|([^|\n]+)\|[^\n]*$", re.MULTILINE)
#: Fields whose value a sentence states plainly enough to compare.
_COMPARED = ("material", "scale", "mass", "number", "revision", "general_tolerance", "title",
             "size", "date", "finish", "units", "projection", "company")  # fmt: skip
#: Features whose denial the dimension table can refute.
_REFUTABLE = ("thread", "radius", "chamfer", "angle", "fit", "roughness", "geometric", "diameter",
              "tolerance")  # fmt: skip
_NUMBER_WORDS = {
    word: number
    for number, words in enumerate(
        ("one eine ein einen 한", "two zwei 두", "three drei 세", "four vier 네", "five fünf 다섯",
         "six sechs 여섯", "seven sieben 일곱", "eight acht 여덟", "nine neun 아홉",
         "ten zehn 열", "eleven elf", "twelve zwölf"), 1)
    for word in words.split()
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of the sheet, with its place."""

    text: str
    drawing: str
    page: int | None
    box: Box | None


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A claim that the sheet contradicts. `start`, `end`: UTF-16 offsets in the answer."""

    text: str
    start: int
    end: int
    says: Statement


def contradictions(answer: str, sheets: Sequence[Sheet]) -> list[Contradiction]:
    """Return every claim of the answer that one sheet contradicts; with several sheets only denials
    that all of them refute, as it is unknown which one is meant.
    """
    found = []
    for begin, sentence in _sentences(answer):
        if len(sentence.strip()) < 4 or len(sentence) > 600 or _HEDGED.search(sentence):
            continue
        said = [spoken for sheet in sheets if (spoken := _against(sentence, sheet)) is not None]
        if said and len(said) == len(sheets):
            start = utf16_length(answer[: begin + _indent(sentence)])
            text = sentence.strip()
            found.append(Contradiction(text, start, start + utf16_length(text), said[0]))
    return found


def _sentences(answer: str) -> Iterator[tuple[int, str]]:
    """Yield sentences and table rows, with their start positions."""
    rows = list(_TABLE_ROW.finditer(answer))
    for row in rows:
        yield row.start(), row[0]
    for match in _SENTENCE.finditer(answer):
        if not any(row.start() <= match.start() < row.end() for row in rows):
            yield match.start(), match[0]


def _against(sentence: str, sheet: Sheet) -> Statement | None:
    row = _TABLE_ROW.fullmatch(sentence)
    if row is not None:
        sentence = f"{row[1].strip()}: {row[2].strip()}"
    words = words_of(sentence)
    spoken = language_of(sentence)
    languages: tuple[Language, ...] = ("en", "de") if spoken is None else (spoken, "en")
    terms = find_terms(words, languages)
    if _DENIAL.search(sentence):
        return _denied(terms, sheet)
    return _stated(sentence, words, terms, sheet) or _counted(sentence, words, terms, sheet)


def _denied(terms: Sequence[Match], sheet: Sheet) -> Statement | None:
    """`The material is not specified`, but the title block has one."""
    fields = [match.term.name for match in terms if match.term.kind == "field"]
    features = [match.term.name for match in terms if match.term.kind == "feature"]
    if len(set(fields)) == 1 and not features:
        cell = _certain_field(sheet, fields[0])
        return _statement(cell, sheet) if cell else None
    if not fields and len(set(features)) == 1 and features[0] in _REFUTABLE:
        rows = [row for row in dimensions.rows_of(sheet, features) if _certain_row(row)]
        if rows:
            text = rows[0].value("text") or rows[0].value("nominal") or ""
            return Statement(text, sheet.drawing, rows[0].page, _box(rows[0].box))
    topics = [match.term.name for match in terms if match.term.kind == "topic"]
    if not fields and not features and topics == ["bom"] and sheet.rows("bom"):
        row = sheet.rows("bom")[0]
        text = row.value("description") or row.value("part_number") or row.value("item") or ""
        return Statement(text, sheet.drawing, row.page, _box(row.box))
    return None


def _stated(
    sentence: str, words: Sequence[Word], terms: Sequence[Match], sheet: Sheet
) -> Statement | None:
    """`The material is aluminium`, but the title block has C45E."""
    fields = [match for match in terms if match.term.kind == "field"]
    if len(fields) != 1 or fields[0].term.name not in _COMPARED:
        return None
    cell = _certain_field(sheet, fields[0].term.name)
    if cell is None or not cell.value:
        return None
    named = words[fields[0].words[-1]]
    plain = sentence[named.end :].replace("**", "").replace("`", "").strip()
    plain = _BETWEEN.sub("", plain)
    verb = _STATES.match(plain)
    if verb is not None:
        plain = plain[verb.end() :]
    elif not (named.text.endswith(_TOPIC) or _AS.search(sentence[: named.start])):
        return None
    value = _POLITE.sub("", plain.strip(" \"'“”„.:")).strip(" \"'“”„.:")
    if not value or len(value) > 120:
        return None
    if _agrees(value, cell.value):
        return None
    return _statement(cell, sheet)


def _counted(
    sentence: str, words: Sequence[Word], terms: Sequence[Match], sheet: Sheet
) -> Statement | None:
    """`There are four threads`, but the callouts add up to another number."""
    features = [match for match in terms if match.term.kind == "feature"]
    if len(features) != 1 or features[0].term.name not in ("thread", "chamfer", "radius"):
        return None
    before = features[0].first - 1
    if before < 0 or sheet.recognised:
        return None
    said = words[before].folded
    number = int(said) if said.isdigit() else _NUMBER_WORDS.get(words[before].text.casefold())
    rows = [row for row in dimensions.rows_of(sheet, [features[0].term.name]) if _certain_row(row)]
    if number is None or not rows or len(words) > 12:
        return None
    total = sum(dimensions.count_of(row) for row in rows)
    if number in (total, len(rows)):
        return None
    text = ", ".join(row.value("text") or "" for row in rows[:4])
    return Statement(text, sheet.drawing, rows[0].page, _box(rows[0].box))


def _agrees(said: str, written: str) -> bool:
    """Whether a statement has the sheet's value, or one too close to be called wrong."""
    a, b = normalise(said), normalise(written)
    compact_a, compact_b = re.sub(r"[\s.:,()-]", "", a), re.sub(r"[\s.:,()-]", "", b)
    if compact_b in compact_a or (len(compact_a) >= 2 and compact_a in compact_b):
        return True
    if any(letter.isdigit() for letter in b):
        written_ratios, said_ratios = _RATIO.findall(b), _RATIO.findall(a)
        if written_ratios and said_ratios:
            return bool(set(written_ratios) & set(said_ratios))
        classes = _CLASS.search(a), _CLASS.search(b)
        if classes[0] and classes[1]:
            return classes[0][1] == classes[1][1]
        if not Counter(_NUMBER.findall(b)) - Counter(_NUMBER.findall(a)):
            return True
        return False if any(letter.isdigit() for letter in a) else fuzz.partial_ratio(a, b) > 60
    return fuzz.token_set_ratio(a, b) >= 70 or fuzz.partial_ratio(a, b) >= 80


def _certain_field(sheet: Sheet, name: str) -> Field | None:
    cell = sheet.title(name)
    if cell is None or cell.status not in ("found", "corrected") or cell.source == "ocr":
        return None
    return cell


def _certain_row(row: Row) -> bool:
    return dimensions.is_certain(row) and all(
        cell.source != "ocr" for cell in row.cells.values() if cell.value
    )


def _statement(cell: Field, sheet: Sheet) -> Statement:
    return Statement(cell.value or "", sheet.drawing, cell.page, _box(cell.box))


def _box(box: Sequence[float] | None) -> Box | None:
    return None if box is None else Box(*box)


def _indent(sentence: str) -> int:
    return len(sentence) - len(sentence.lstrip())
