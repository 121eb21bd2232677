"""Recognises the kind of a text: a scale, a date, a mass, a material, `1 OF 1`. Pure patterns."""

from __future__ import annotations

import re

from backend.evidence.parsing.folding import fold
from backend.evidence.parsing.vocabulary import MATERIAL

DATE = (
    r"(?:\d{4}\s?[-./]\s?\d{1,2}\s?[-./]\s?\d{1,2}\.?"
    r"|\d{1,2}\s?[-./]\s?\d{1,2}\s?[-./]\s?\d{2,4}\.?"
    r"|\d{1,2}[- .]{0,2}[A-Za-zÀ-ÿ]{3,9}\.?,?[- ]{0,2}\d{2,4}|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}"
    r"|\d{4}년\s?\d{1,2}월\s?\d{1,2}일|\d{4}年\s?\d{1,2}月\s?\d{1,2}日?|\d{1,2}[./]\d{4})"
)
RATIO = r"\d+(?:[.,]\d+)?\s*[:/]\s*\d+(?:[.,]\d+)?"
MASS_UNIT = r"(?:k?g|grams?|gramm|kilograms?|lbs?\.?|LBS?|кг|г|oz|t)"
_SIZE = r"A[0-5](?:\s?[xX×]\s?\d)?|[A-F]|ANSI [A-F]|(?:DIN|ISO) ?A[0-5]|A4[HV]|A[0-5]\s?\([^)]*\)"

#: The form of each field's value; fields that are missing here accept any words.
FORMS: dict[str, re.Pattern[str]] = {
    "number": re.compile(rf"(?!(?:A[0-5]|{RATIO}|{DATE})$)(?=.*\w.*\w).+"),
    "revision": re.compile(
        r"[A-Z]{1,2}|[a-z]|\d{1,3}|[A-Z]\d{1,2}|\d{1,2}[A-Z]|[A-Z\d]{1,2}\.\d{1,2}"
        r"|[Vv]\.?\s?\d+(?:\.\d+)*|-|[Rr]ev\.? ?\w{1,2}"
    ),
    "mass": re.compile(rf"(?i)[~≈]?\s*\d+(?:[ .,]\d+)*\s*{MASS_UNIT}?|[.,]\d+\s*{MASS_UNIT}"),
    "scale": re.compile(
        rf"(?i)(?:M\s?)?{RATIO}(?:\s*\(.*\))?|N\.?T\.?S\.?|N/?S|full|none|not to scale"
    ),
    "sheet": re.compile(
        r"(?i)\d{1,4}(?:\s*(?:of|von|/|-|de|di|sur|av|van|z|из|av|sw)\s*\d{1,4})?|第?\s?\d+\s?[张页頁]"
    ),
    "size": re.compile(_SIZE),
    "units": re.compile(
        r"(?i)mm|millimet(?:er|re)s?|millimetri|milímetros|in(?:ch(?:es)?)?|zoll|cm|m|밀리미터|毫米|мм"
        r"|mm ?[/(\[].*"
    ),
    "date": re.compile(DATE),
    "projection": re.compile(r"(?i).*(?:first|third|1st|3rd|angle|각법|第[一三]角).*"),
    "general_tolerance": re.compile(r"(?i)(?=.*\d).+"),
    "finish": re.compile(r"(?=.*[\w✓√]).+"),
    "material": re.compile(r"(?=.*\w.*\w).+"),
    **dict.fromkeys(
        ("drawn", "checked", "approved"), re.compile(rf"(?!{DATE}$)(?=.*\w).*[^\W\d].*")
    ),
}
#: Fields whose value may take several lines.
LONG = ("title", "material", "finish", "general_tolerance", "company")

_KIND_WORDS = (
    "steel|stainless|alumini?um|alu|brass|bronze|copper|titanium|nylon|delrin|acetal|polycarbonate"
    "|plywood|acrylic|rubber|stahl|edelstahl|messing|kupfer|gummi|aluminio|acero|latón|acier|laiton"
    "|inox|acciaio|alluminio|ottone|bronzo|staal|stål|stal|aluminij|сталь|латунь|алюминий|бронза"
    "|mild steel|spring steel|cast iron|gusseisen|ghisa|fonte|silicone|plexiglas"
)
_MATERIAL_WORDS = re.compile(rf"(?i)(?:^|[\s,])(?:{_KIND_WORDS})(?:$|[\s,.\d-])")
_NO_MATERIAL = re.compile(
    r"(?i)\b(?:screw|bolt|nut|washer|plate|bracket|shaft|rod|profiles?|bar)\b"
)
#: Words in the names of firms and institutes, at the end or anywhere.
_COMPANY = re.compile(
    r"(?:^|\s)(?:GmbH(?: & Co\.? KG)?|AG|KG|Inc\.?|INC\.?|LLC|L\.?L\.?C\.?|Ltd\.?|LTD\.?"
    r"|Corp\.?|CORP\.?"
    r"|Corporation|CORPORATION|Co\.,? Ltd\.?|Company|COMPANY|S\.?r\.?l\.?|S\.?p\.?A\.?|SRL|SpA"
    r"|SAS|SARL"
    r"|S\.?A\.?|B\.?V\.?|N\.?V\.?|AB|A/S|AS|ApS|Oy|OY|Oyj|Pty|PTY|plc|PLC|Sp\. z o\.o\."
    r"|s\.r\.o\.|d\.o\.o\."
    r"|Kft\.?|ООО|ОАО|ЗАО|АО|A\.Ş\.|Ltda\.?|株式会社|㈱|有限公司)\.?(?:$|[\s,])"
    r"|(?i:\b(?:initiative|institute?|institut|university|universität|università|université"
    r"|universidad"
    r"|instruments|technologies|industries|engineering|robotics|laborator(?:y|ies)|foundation"
    r"|aerospace|manufacturing|enterprises|hochschule|politecnico|college|research cent(?:er"
    r"|re))\b)"
    r"|株式会社|有限公司|公司$|厂$"
)
_SENTENCE = re.compile(
    r"(?i)\b(?:the|is|are|this|property|reproduction|written|without|shall|per)\b"
)


def fits(field: str, text: str) -> bool:
    """Whether a text has the form of the field's value."""
    form = FORMS.get(field)
    return form is None or form.fullmatch(fold(text).strip()) is not None


def is_material(text: str) -> bool:
    """Whether a whole run names a material: by a standard's designation, or in words."""
    if len(text) > 60 or _NO_MATERIAL.search(text):
        return False
    match = MATERIAL.search(fold(text))
    if match is not None and len(match[0]) >= 0.4 * len(text.strip()):
        return True
    return _MATERIAL_WORDS.search(text) is not None and len(text.split()) <= 5


def is_company(text: str) -> bool:
    """Whether a run is the name of a firm or an institute, by the words such names have."""
    few = 1 < len(text.split()) <= 8 or not text.isascii()
    return few and _COMPANY.search(text) is not None and _SENTENCE.search(text) is None


MASS_WITH_UNIT = re.compile(r"(?i)[~≈]?\s*(?:\d+(?:[.,]\d+)?|[.,]\d+)\s*(?:kg|g|grams?|lbs?|кг)")
SHEET_OF = re.compile(
    r"(?i)(?:(?:sheet|sht|blatt|folio|feuille|foglio|hoja|blad|page|seite)\s*:?\s*)?"
    r"(\d{1,3}\s*(?:of|von|de|di|van|sur)\s*\d{1,3})"
)
PAPER = re.compile(r"A[0-4]|ANSI [A-F]")
SCALE = re.compile(r"(?i)(?:M\s?)?\d{1,4}(?:[.,]\d)?\s?:\s?\d{1,4}(?:[.,]\d)?")
ONE_DATE = re.compile(DATE)
