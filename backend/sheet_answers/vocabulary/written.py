"""Patterns for texts on sheets that no table holds, by field and feature.

They only find the nearest texts; an answer built from them never counts as certain.
"""

from __future__ import annotations

import re

_MONTHS = "jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez"
_MATERIALS = (
    r"steel|stainless|alumin\w*|alu|brass|bronze|copper|titanium|cast iron|nylon|delrin|pla|abs"
    r"|petg?|pom|ptfe|peek|pvc|acryl\w*|polycarbonate|rubber|epdm|nbr|\w*stahl|messing|\w*guss"
    r"|kupfer|titan|kunststoff|gummi|aisi|en[ -]?aw\S*|en-gj\S*|s(?:235|275|355)\w*|c45\w*"
    r"|42crmo\w*|16mncr\w*|cuzn\w*|1\.\d{4}|sus ?\d{3}\w*|sae ?\d{4}|6061|7075|6082|5083|astm"
)


def _written(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


#: Values that identify their field by themselves.
FIELD_VALUES: dict[str, re.Pattern[str]] = {
    "material": _written(rf"(?<!\w)(?:{_MATERIALS})(?!\w)|스테인리스|알루미늄|황동|강재"),
    "scale": _written(r"(?<![\d:.])\d{1,4}(?:[.,]\d+)?\s*:\s*\d{1,4}(?:[.,]\d+)?(?![\d:])"),
    "date": _written(
        r"(?<![\d.])\d{1,4}[./-]\d{1,2}[./-]\d{2,4}(?!\d)"
        rf"|\b\d{{1,2}}[. -]+(?:{_MONTHS})\w*[. -]+\d{{2,4}}\b"
    ),
    "mass": _written(r"(?<![\w.,])\d+(?:[.,]\d+)?\s*(?:kg|g|lbs?)\b"),
    "general_tolerance": _written(
        r"iso\s*2768|iso\s*22081|(?:general|default|unless|allgemein|freima).{0,50}(?:tol|±|\+/-)"
        r"|tolerances?\b|toleranz|공차"
    ),
    "units": _written(r"\bmillimet(?:er|re)s?|\binch(?:es)?\b|\bzoll\b|\bmetric\b|\bmm\b"
        r"|밀리미터|인치"),
    "size": _written(r"(?<![\w-])A[0-4](?![\w-])"),
    "finish": _written(
        r"anodi[sz]\w*|plated|plating|coat\w*|paint\w*|\bral ?\d{4}|galvani\w*|passivat\w*"
        r"|phosphat\w*|black oxide|verzinkt|eloxiert|lackiert|beschichtet|brüniert|vernickelt"
        r"|\bfinish|oberfläche|도금|도장|표면"
    ),
    "company": _written(
        r"\b(?:gmbh|inc|ltd|llc|corp|ag|co|company|initiative|universit\w+|institut\w*"
        r"|laborator\w+)\b|주식회사|\(주\)|https?://|\bwww\."
    ),
    "sheet": _written(
        r"\b(?:sheet|sht|blatt|page|seite)\b\W{0,3}\d+|(?<!\w)\d+\s*(?:of|von)\s*\d+\b"
    ),
    "projection": _written(r"(?:first|third|1st|3rd)[ -]angle|projection|projektion|각법"),
    "number": _written(
        r"\b(?:dwg|drg|drawing|part|zeichnung\w*|zeichn|teile?)\b\W{0,3}(?:no|nr|number|nummer)\b"
    ),
}  # fmt: skip

#: Marks of a feature in any text.
FEATURE_MARKS: dict[str, re.Pattern[str]] = {
    "diameter": _written(r"[ø⌀∅]|\bdia\b|\bdiameter|durchmesser|지름|직경"),
    "hole": _written(
        r"\bholes?\b|\bbore|\bdrill|\bream|\bthru\b|bohrung|gebohrt|\bloch|구멍|드릴|[⌴⌵]"
    ),
    "radius": _written(r"(?<!\w)S?R\s?[\d.]|\bradi|\bfillet|rundung|반지름|반경"),
    "thread": _written(
        r"(?<!\w)M\s?\d|UN[CFJ]\b|\bNPT|(?<!\w)Tr\s?\d|\bthread|\btap(?:ped)?\b|gewinde|나사"
    ),
    "fit": _written(r"\d\s*[A-HJ-NPR-Z]{1,2}\d{1,2}(?!\w)|\bfit\b|passung|끼워"),
    "angle": _written(r"°|\bdeg\b"),
    "chamfer": _written(
        r"chamfer|\bfase|[x×]\s?45\s?°|45\s?°\s?[x×]|bevel|모[따떼]기|(?<!\w)C\d(?:\.\d)?(?!\w)"
    ),
    "depth": _written(r"[↧]|\bdeep\b|\bdepth|\btief|깊이"),
    "roughness": _written(r"(?<!\w)R[az]\s?\d|\broughness|rauheit|rauigkeit|\bfinish|표면"
        r"|거칠기|√"),
    "geometric": _written(
        r"[⌖⏥⏊∥◎⌭⏤○⌒⌓↗⌰⊥⟂]|flatness|perpendicular|parallelism|ebenheit|position tol|기하"
    ),
    "tolerance": _written(r"±|\+/-|toler|공차"),
    "limits": _written(r"±|\+/-|toler|공차"),
    "thickness": _written(r"(?<!\w)t\s?=|\bthk\b|\bthick|dicke|\bdick|두께"),
    "weld": _written(r"\bweld|schwei[ßs]|용접"),
}  # fmt: skip

#: Subjects that occur only in the sheet's free text: names in a question, marks in the text.
TEXT_SUBJECTS: dict[str, tuple[re.Pattern[str], re.Pattern[str]]] = {
    "heat_treatment": (
        _written(
            r"heat.?treat|harden|temper(?:ed|ing)|anneal|wärmebehand|waermebehand|gehärtet"
            r"|vergüt|nitrier|열처리|담금질"
        ),
        _written(
            r"heat.?treat|harden|temper(?:ed|ing)|anneal|quench|wärmebehand|gehärtet|vergüt"
            r"|nitrier|nitrid|\bHRC|\bHV\d|열처리|담금질"
        ),
    ),
    "hardness": (
        _written(r"hardness|\bhow hard|\bhrc\b|härte|haerte|경도"),
        _written(r"\bHRC|\bHB\d?|\bHV\d?|hardness|hardened|härte|gehärtet|경도"),
    ),
    "edges": (
        _written(
            r"deburr|\bburrs?\b|(?:sharp|break).{0,12}edges?|\bedges?\b|entgrat|grat\b|kanten"
            r"|모서리|버 제거"
        ),
        _written(r"deburr|\bburrs?\b|edges?\b|entgrat|gratfrei|\bkanten?\b|ISO 13715"
            r"|모서리|버\s*제거"),
    ),
    "paint": (
        _written(r"\bpaint|\bcolou?r|lackier|\bfarbe|anstrich|도장|색상|페인트|무슨 색"),
        _written(r"paint|colou?r|\bRAL ?\d{4}|lackier|farbe|powder|도장|색상"),
    ),
    "keyway": (
        _written(r"key.?way|key.?seat|passfedernut|paßfedernut|키홈|키 홈"),
        _written(r"key.?way|key.?seat|passfeder|paßfeder|DIN 6885|키\s?홈"),
    ),
    "knurl": (_written(r"knurl|rändel|널링"), _written(r"knurl|rändel|DIN 82|널링")),
    "teeth": (
        _written(
            r"\bteeth|\btooth|number of teeth|\bmodule\b|zähne|zahnzahl|\bmodul\b|잇수|모듈|이빨"
        ),
        _written(r"teeth|tooth|\bmodul|zähne|zahn|잇수|모듈"),
    ),
    "torque": (
        _written(r"torque|drehmoment|anzugsmoment|토크"),
        _written(r"torque|drehmoment|anzugsmoment|\d\s?Nm\b|토크"),
    ),
    "pressure": (
        _written(r"\bpressure|(?<!\w)druck|압력"),
        _written(r"pressure|\bdruck|\d\s?(?:bar|psi|MPa)\b|압력"),
    ),
}  # fmt: skip

#: Words for the same bought part in several languages; one of each row may be on the sheet.
PART_WORDS: tuple[re.Pattern[str], ...] = tuple(
    _written(pattern)
    for pattern in (
        r"screw|\bbolt|schraube|볼트|나사", r"washer|\w*scheibe\b|\bscheiben\b|와셔",
        r"\bnuts?\b|\w*mutter\b|\bmuttern\b|너트", r"\bpins?\b|\w*stift\b|\w*stifte\b|핀",
        r"\bkeys?\b|passfedern?\b|paßfeder|키\b", r"o-?rings?\b|o-?ringe\b|오링",
        r"retaining ring|circlip|sicherungsring|스냅링", r"bearing|lager\b|베어링",
        r"spring\b|\bfeder\b|스프링", r"gasket|\bseal|dichtung|가스켓|씰",
        r"\bplate|platte|플레이트", r"shaft|welle|샤프트", r"flange|flansch|플랜지",
        r"housing|gehäuse|하우징", r"bracket|\bwinkel\b|halter|브라켓", r"clamp|klemme|클램프",
    )
)  # fmt: skip

#: Words for the drawn part itself; known if one of a row is in the sheet's text.
DRAWN_PARTS: tuple[frozenset[str], ...] = tuple(
    frozenset(row.split())
    for row in (
        "shaft welle wellen 축 샤프트 axle achse rod spindle spindel", "flange flansch 플랜지",
        "plate platte 판 플레이트", "bracket winkel halter halterung 브라켓", "hub nabe 허브",
        "housing gehäuse gehaeuse 하우징", "pulley riemenscheibe 풀리", "gear zahnrad 기어",
        "cover deckel 커버", "block 블록", "ring 링", "sensor 센서", "clamp klemme 클램프",
        "pin stift bolzen 핀", "bushing buchse sleeve hülse 부시", "lever hebel 레버",
        "motor 모터", "sheet blech", "profile profil profiles profile 프로파일", "pin",
    )
)  # fmt: skip
