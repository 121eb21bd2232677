"""Terms and codes in English, German and Korean: units, materials, standards."""

from __future__ import annotations

import re

#: Unit spellings (after folding), mapped to one name each.
UNITS = {
    **dict.fromkeys(("mm", "㎜", "MM", "millimeters", "millimeter", "millimetres", "millimetre",
                     "Millimeter", "밀리미터", "밀리"), "mm"),
    "m m": "mm", "cm": "cm", "m": "m",
    **dict.fromkeys(("µm", "um", "UM", "㎛", "micrometers", "micrometres", "microns", "Mikrometer",
                     "마이크로미터"), "µm"),
    **dict.fromkeys(('"', "inch", "inches", "Zoll", "인치"), "in"),
    **dict.fromkeys(("°", "deg"), "°"),
    "kg": "kg", "g": "g", "lb": "lb", "N": "N", "kN": "kN", "Nm": "Nm", "N·m": "Nm",
    "MPa": "MPa", "bar": "bar", "HRC": "HRC", "HB": "HB", "HBW": "HB", "HV": "HV", "°C": "°C",
}  # fmt: skip

ANGLE_WORDS = re.compile(r"\s?(?:degrees?\b|Grad\b|도(?![가-힣]*면))")

_LINK = r"(?:\s*(?:of|is|are|was|=|:|von|ist|sind|beträgt|mit|about|ca\.?|approximately))*\s*"
_PARTICLE = r"(?:은|는|이|가|을|를|의)?"
RADIUS_BEFORE = re.compile(
    rf"(?:(?i:radius|radii|radien)|반지름{_PARTICLE}|반경{_PARTICLE}){_LINK}$"
)
RADIUS_AFTER = re.compile(r"\s*-?(?:in\s+)?(?i:radius|radien|radii|반지름|반경)")
DIAMETER_BEFORE = re.compile(
    rf"(?:(?i:diameters?|dia\.?|\w*durchmesser)|(?<!반)(?:지름|직경|외경|내경){_PARTICLE}){_LINK}$"
)
DIAMETER_AFTER = re.compile(r"\s*-?(?:in\s+)?(?i:diameter|dia\b|durchmesser|(?<!반)지름|직경)")

#: Words after the number of equal features: `Ø5 4 HOLES`, `Ø5 4개소`.
HOW_MANY = (
    r"(?i:(?:holes|places|plcs?|pls?|off|bohrungen|löcher|stellen)\b\.?)|개소|(?:개|곳)(?![가-힣])"
)
#: Words between the number of holes and their size: `4 trous Ø9`, `4 отв. ⌀9`.
COUNTED_BEFORE = (
    r"(?:(?i:(?:holes?|bohrungen|bohrung|bohr\.?|löcher|trous?|perçages?|fori|agujeros?|taladros"
    r"|furos?|gaten|hål|huller|otworów|otw\.?|děr|otv\.?|отв\.?|отверстия|delik)(?![A-Za-zа-я]))\.?|个?孔|穴)"
)
#: Words for a chamfer, before or after its size.
CHAMFER_WORD = (
    r"(?i:chamfers?|chmf|chfr|cham\.?|fasen?|smuss[oi]|chanfreins?|chaflán|chanfro|afschuining"
    r"|fazy?|фаски?|倒角|面取り)"
)
#: The pitch of a thread in words: `M8 with a pitch of 1 mm`.
PITCH = (
    r"\s*[,(]?\s*(?:(?:with|mit|having)\s+(?:an?\s+|einer\s+)?)?(?:fine\s+)?"
    r"(?:(?i:pitch|steigung)|피치)\s*(?:of|von|[:=])?\s*"
)

#: Numbers that belong to the text, not to the drawing: list marks, pages, steps, percentages.
MASKED = re.compile(
    r"(?m)^[ \t>#]*(?:[-*•]\s+)?\(?\d{1,2}[.)](?=\s)"
    r"|^[ \t>]*#+\s*\d{1,2}(?:\.\d{1,2}){0,3}[.:)]?(?=\s+[^\W\d])"
    r"|\b(?i:page|pages|seite|seiten|step|schritt|figure|fig\.|section|abschnitt|option|image|crop)"
    r"\s*\d+(?!\d|\s*(?:of|von|/)\s*\d)"
    r"|\d+\s?(?:페이지|단계|번째)|\d+(?:[.,]\d+)?\s?%|\b\d+(?:st|nd|rd|th)\b"
)

#: Steels by EN 10027, numbers 1.xxxx, AISI, JIS and KS, cast irons, light alloys, polymers.
MATERIAL = re.compile(
    r"(?<![A-Za-z0-9_.-])("
    r"S(?:185|235|275|355|420|450|460|690)[A-Z0-9]*(?:\+[A-Z]{1,2})*|[EP](?:295|335|360|235GH|265GH)"
    r"|C\d{2}[EKRC]?(?:\+[A-Z]{1,3})?"
    r"|\d{2,3}(?:CrMo|CrNiMo|MnCr|NiCr|CrNi|CrV|Cr|Mn|SMn|SMnPb|Mo)S?\d{1,2}(?:-\d{1,2})*"
    r"(?:\+[A-Z]{1,3})?"
    r"|X\d{1,3}Cr[A-Za-z]*\d{1,2}(?:-\d{1,2}){0,3}"
    r"|[123]\.\d{4}(?!\d|[.,]\d)"
    r"|EN[ -]?AW[ -]?\d{4}[A-Z]?(?:[ -]?T\d{1,3})?|(?:AA|Al)[ -]?\d{4}(?:[ -]?T\d{1,3})"
    r"|Al(?:Mg|Si|Cu|Zn)[A-Za-z]*\d[\w.]*|(?:6061|6082|7075|2024|5083|5052)-[TH]\d{1,3}"
    r"|EN[ -]?GJ[LSM][ -]?\d{3}(?:-\d{1,2})?|GGG?[ -]?\d{2}|FC\d{3}|FCD\d{3}"
    r"|AISI[ -]?\d{3,4}[A-Z]?|SAE[ -]?\d{4}|SUS ?\d{3}[A-Z]?|STS ?\d{3}[A-Z]?|SS ?400"
    r"|S[CM]?M?\d{2,3}C|SCM ?\d{3}|SKD ?\d{2}|SPCC|SECC|SGCC"
    r"|Ti-?6Al-?4V|Cu(?:Zn|Sn)\d{1,2}[A-Za-z0-9]*"
    r"|(?:PA ?6(?:\.?6|12)?(?:[ -]?GF\d{2})?|PLA|ABS|POM(?:-[CH])?|PEEK|PTFE"
    r"|PE-?(?:HD|UHMW)|PVC|PMMA|PC|NBR|EPDM|FKM)"
    r")(?![A-Za-z0-9_])"
)

STANDARD = re.compile(
    r"(?<![A-Za-z0-9_])("
    r"(?:DIN|EN|ISO|ASME|ANSI|JIS|KS|BS|GB/T|GB|ASTM|VDI|VDE|NF|SAE)"
    r"(?:[ /-](?:EN|ISO|DIN|IEC|B))*"
    r"[ -]?[A-Z]{0,2}\d[\d.]*(?:[-:/]\d+)*"
    r"(?:\s?-\s?(?:[fmcv][HKL]?|[HKL]|[A-Z]{1,2}\d?)(?![A-Za-z0-9]))?"
    r")"
)

REVISION = re.compile(
    r"\b(?i:rev(?:ision)?|index|änderungsstand|ausgabe|리비전|개정)(?:\.|\b)\s*(?::|=|is|ist|no\.?)?\s*"
    r"(?-i:([A-Z]{1,2}|\d{1,2})(?![A-Za-z0-9]))"
)

#: Part numbers and dates made of digits only: 4711-0815-03, 2024-03-12, 12-3456.
DIGIT_GROUPS = re.compile(
    r"(?<![A-Za-z0-9_.,/-])(\d+(?:-\d+){2,}|\d{3,}-\d{3,}|\d{1,2}-\d{4,}|\d+-0\d+)(?![A-Za-z0-9_]|[.,]\d|-\d)"
)

#: A code with letters and digits, or digit groups: part and drawing numbers, dates.
IDENTIFIER = re.compile(
    r"(?<![A-Za-z0-9_.])("
    r"(?=[\w./+-]*\d)(?=[\w./+-]*[A-Za-z_])[A-Za-z0-9][A-Za-z0-9_]*(?:[./+_-][A-Za-z0-9_]+)*"
    r"|\d+(?:-\d+)+(?:-[A-Za-z0-9]+)*|\d{1,4}[./]\d{1,2}[./]\d{1,4}|\d+(?:\.\d+){2,}"
    r")(?![A-Za-z0-9_])"
)
