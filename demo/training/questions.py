"""The questions about a sheet and the demo model's answers, in three languages.

The value comes first, exactly as on the sheet, then its name or place.
"""

from __future__ import annotations

import random

LANGUAGES = ("en", "de", "ko")

#: For each fact: its names in English, German and Korean, most common first; German with article.
NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "title": (
        ("title", "part name", "name of the part"),
        ("die Benennung", "der Titel", "die Bezeichnung"),
        ("품명", "도면 제목", "부품 이름"),
    ),
    "number": (
        ("drawing number", "part number"),
        ("die Zeichnungsnummer", "die Sachnummer"),
        ("도면 번호", "도번"),
    ),
    "revision": (
        ("revision", "revision index"),
        ("der Änderungsstand", "die Revision", "der Änderungsindex"),
        ("개정", "리비전", "개정 번호"),
    ),
    "material": (("material",), ("der Werkstoff", "das Material"), ("재질", "재료")),
    "mass": (
        ("mass", "weight"),
        ("die Masse", "das Gewicht"),
        ("질량", "무게", "중량"),
    ),
    "scale": (("scale", "drawing scale"), ("der Maßstab",), ("척도", "축척")),
    "sheet": (("sheet number",), ("die Blattnummer",), ("시트 번호", "매수")),
    "drawn": (
        ("name of the person who drew it", "drafter"),
        ("der Zeichner", "der Ersteller"),
        ("작성자", "제도자"),
    ),
    "approved": (
        ("name of the person who approved it", "approver"),
        ("der Prüfer", "der Freigeber"),
        ("승인자", "검토자"),
    ),
    "date": (("date", "drawing date"), ("das Datum", "das Zeichnungsdatum"), ("날짜", "작성일")),
    "tolerance": (
        ("general tolerance", "general tolerances"),
        ("die Allgemeintoleranz", "die Freimaßtoleranz"),
        ("일반 공차",),
    ),
    "finish": (
        ("surface finish", "surface roughness"),
        ("die Oberfläche", "die Rauheit", "die Oberflächengüte"),
        ("표면 거칠기", "표면 조도"),
    ),
    "width": (("overall width", "width"), ("die Breite", "die Gesamtbreite"), ("폭", "전체 폭")),
    "height": (("overall height", "height"), ("die Höhe", "die Gesamthöhe"), ("높이", "전체 높이")),
    "depth": (("depth",), ("die Tiefe",), ("깊이",)),
    "thickness": (("thickness",), ("die Dicke",), ("두께",)),
    "holes": (
        ("size of the mounting holes", "hole pattern"),
        ("das Lochmaß", "die Befestigungsbohrungen"),
        ("구멍 치수", "볼트 구멍"),
    ),
    "bore": (
        ("bore", "bore diameter"),
        ("die Bohrung", "der Bohrungsdurchmesser"),
        ("보어 지름", "중심 구멍 지름"),
    ),
    "radius": (("radius", "corner radius"), ("der Radius", "der Eckenradius"), ("반지름", "반경")),
    "thread": (("thread",), ("das Gewinde",), ("나사",)),
    "outer_diameter": (
        ("outer diameter", "outside diameter"),
        ("der Außendurchmesser",),
        ("외경", "바깥지름"),
    ),
    "bolt_circle": (
        ("bolt circle diameter", "pitch circle"),
        ("der Lochkreis", "der Lochkreisdurchmesser"),
        ("볼트 원 지름", "피치원 지름"),
    ),
    "length": (
        ("overall length", "total length"),
        ("die Gesamtlänge", "die Länge"),
        ("전체 길이", "전장"),
    ),
    "left_length": (
        ("length of the left journal",),
        ("die Länge des linken Zapfens",),
        ("왼쪽 저널 길이",),
    ),
    "largest_diameter": (
        ("largest diameter",),
        ("der größte Durchmesser",),
        ("가장 큰 지름", "최대 지름"),
    ),
    "left_seat": (
        ("diameter of the left journal",),
        ("der Durchmesser des linken Zapfens",),
        ("왼쪽 저널 지름",),
    ),
    "angle": (("angle",), ("der Winkel",), ("각도",)),
}

TITLE_BLOCK = tuple(NAMES)[:12]
DIMENSIONS = tuple(NAMES)[12:]
#: Dimensions that are lengths: the answer adds the unit, which is not beside the number.
LENGTHS = ("width", "height", "depth", "thickness", "length", "left_length")

_ASK = {
    "en": ("What is the {}?", "{}?", "{}?", "Which {} is given?"),
    "de": ("Wie lautet {}?", "Was ist {}?", "{}?", "{}?"),
    "ko": ("{}?", "{}?", "{} 알려 주세요.", "이 도면의 {}?"),
}
_PLACE = {"en": "title block", "de": "Schriftfeld", "ko": "표제란"}
ABSENT = {
    "en": "That is not on this sheet.",
    "de": "Das steht nicht auf diesem Blatt.",
    "ko": "이 도면에는 없습니다.",
}
READ = {
    "en": (
        "What does it say here?",
        "Read this.",
        "What is written in this region?",
        "What is this?",
    ),
    "de": ("Was steht hier?", "Lies das vor.", "Was steht in diesem Ausschnitt?", "Was ist das?"),
    "ko": (
        "여기에 뭐라고 쓰여 있나요?",
        "이 영역을 읽어 주세요.",
        "여기 뭐예요?",
        "이것은 무엇입니까?",
    ),
}


def question(rng: random.Random, key: str, language: str) -> str:
    """A random question about the fact."""
    name = rng.choice(NAMES[key][LANGUAGES.index(language)])
    return _put(rng.choice(_ASK[language]), name, language)


def _put(pattern: str, name: str, language: str) -> str:
    if language == "de" and pattern == "{}?":
        name = name.split(" ", 1)[1]
    text = pattern.format(name)
    return text[:1].upper() + text[1:]


def languages_of(key: str, text: str) -> list[str]:
    """The languages in which `text` asks about the fact: “Radius?” is English and German."""
    return [
        language
        for place, language in enumerate(LANGUAGES)
        if any(
            _put(pattern, name, language) == text
            for pattern in _ASK[language]
            for name in NAMES[key][place]
        )
    ]


def answer(key: str, value: str, language: str) -> str:
    """The value as written, then its name or place."""
    if key in TITLE_BLOCK:
        return f"{value} ({_PLACE[language]})"
    unit = " mm" if key in LENGTHS else ""
    return f"{value}{unit} ({short_name(key, language)})"


def short_name(key: str, language: str) -> str:
    """The most common name of the fact, without an article."""
    name = NAMES[key][LANGUAGES.index(language)][0]
    return name.split(" ", 1)[1] if language == "de" else name


def all_texts() -> list[str]:
    """All fixed words above, for the vocabulary."""
    texts = [name for names in NAMES.values() for language in names for name in language]
    texts += [pattern for patterns in _ASK.values() for pattern in patterns]
    texts += [*ABSENT.values(), *_PLACE.values()]
    texts += [phrase for language in READ.values() for phrase in language]
    return texts


def key_phrases() -> list[str]:
    """The parts of questions and answers except values; each becomes one token."""
    bare = [
        name.split(" ", 1)[1] if place == 1 else name
        for names in NAMES.values()
        for place, language in enumerate(names)
        for name in language
    ]
    phrases = [name[:1].upper() + name[1:] for name in bare] + bare
    for language, patterns in _ASK.items():
        for pattern in patterns:
            before, after = pattern.split("{}")
            articles = ("der ", "die ", "das ") if language == "de" and before else ("",)
            phrases += [before + article for article in articles if before]
            phrases += [after] if len(after) > 1 else []
    phrases += [*ABSENT.values(), *(f" ({place})" for place in _PLACE.values())]
    phrases += [phrase for language in READ.values() for phrase in language]
    return list(dict.fromkeys(phrases))
