"""Names of fields, features and tables in answers, in three languages."""

from __future__ import annotations

from backend.sheet_answers.languages import Language

_LANGUAGES: tuple[Language, ...] = ("en", "de", "ko")

#: Names of fields and features in an answer: English, German, Korean.
_NAMES: dict[str, tuple[str, str, str]] = {
    "number": ("drawing number", "Zeichnungsnummer", "도면번호"),
    "revision": ("revision", "Revision", "리비전"),
    "title": ("title", "Benennung", "품명"),
    "company": ("company", "Firma", "회사"),
    "material": ("material", "Werkstoff", "재질"),
    "mass": ("mass", "Masse", "질량"),
    "scale": ("scale", "Maßstab", "척도"),
    "projection": ("projection method", "Projektionsmethode", "투상법"),
    "units": ("units", "Einheit", "단위"),
    "sheet": ("sheet", "Blatt", "시트"),
    "size": ("sheet size", "Blattformat", "용지 크기"),
    "general_tolerance": ("general tolerance", "Allgemeintoleranz", "일반공차"),
    "finish": ("finish", "Oberfläche", "표면처리"),
    "drawn": ("drawn by", "gezeichnet von", "작성자"),
    "checked": ("checked by", "geprüft von", "검토자"),
    "approved": ("approved by", "freigegeben von", "승인자"),
    "date": ("date", "Datum", "날짜"),
    "diameter": ("diameters", "Durchmesser", "지름"),
    "hole": ("holes", "Bohrungen", "구멍"),
    "radius": ("radii", "Radien", "반지름"),
    "thread": ("threads", "Gewinde", "나사"),
    "fit": ("fits", "Passungen", "끼워맞춤"),
    "angle": ("angles", "Winkel", "각도"),
    "chamfer": ("chamfers", "Fasen", "모따기"),
    "depth": ("depths", "Tiefen", "깊이"),
    "roughness": ("roughness values", "Rauheitsangaben", "표면거칠기"),
    "geometric": ("geometric tolerances", "Form- und Lagetoleranzen", "기하공차"),
    "tolerance": ("toleranced dimensions", "tolerierte Maße", "공차 치수"),
    "limits": ("toleranced dimensions", "tolerierte Maße", "공차 치수"),
    "linear": ("linear dimensions", "Längenmaße", "선형 치수"),
    "thickness": ("thicknesses", "Dicken", "두께"),
    "weld": ("weld symbols", "Schweißangaben", "용접 표시"),
    "dimension": ("dimensions", "Maße", "치수"),
    "bom": ("parts list", "Stückliste", "부품표"),
    "notes": ("notes", "Hinweise", "주기"),
    "revisions": ("revision table", "Änderungstabelle", "개정 이력"),
    "views": ("views", "Ansichten", "뷰"),
    "heat_treatment": ("heat treatment", "Wärmebehandlung", "열처리"),
    "hardness": ("hardness", "Härte", "경도"),
    "edges": ("note on edges or burrs", "Angabe zu Kanten oder Grat", "모서리 관련 지시"),
    "paint": ("paint or colour", "Lackierung oder Farbe", "도장 또는 색상"),
    "keyway": ("keyway", "Passfedernut", "키홈"),
    "knurl": ("knurl", "Rändelung", "널링"),
    "teeth": ("gear data", "Verzahnungsdaten", "기어 치형 정보"),
    "torque": ("torque", "Drehmoment", "토크"),
    "pressure": ("pressure", "Druck", "압력"),
    "title_block": ("title block", "Schriftfeld", "표제란"),
    "square": ("squares", "Vierkante", "사각"),
}


def name_of(language: Language, thing: str) -> str:
    """Return the name of a field, a feature or a table."""
    known = _NAMES.get(thing)
    return known[_LANGUAGES.index(language)] if known else thing


def capital(text: str) -> str:
    """Return the text with an initial capital."""
    return text[:1].upper() + text[1:]
