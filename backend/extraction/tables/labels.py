"""What drawings call their fields and columns, in English, German and Korean. Data, and looking
a label up.

Title block after ISO 7200 (its terms and those that CAD programs' own templates have), parts
lists after ISO 7573.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from backend.evidence.parsing.folding import fold

#: Title block fields, in the order in which they are shown.
TITLE_FIELDS = (
    "number", "revision", "title", "company", "material", "mass", "scale", "projection", "units",
    "sheet", "size", "general_tolerance", "finish", "drawn", "checked", "approved", "date",
)  # fmt: skip

_TITLE: dict[str, tuple[str, ...]] = {
    "number": (
        "drawing no", "drawing number", "drawing nr", "drg no", "dwg no", "dwg number", "dwg nr",
        "document no", "document number", "part no", "part number", "p/n",
        "identification number",
        "zeichnungs-nr", "zeichnungsnr", "zeichnungsnummer", "zeichnung nr", "zeichn-nr",
        "zeichng-nr", "zchng-nr", "dokumentnummer", "dokument-nr", "sachnummer", "sach-nr",
        "teilenummer", "teile-nr", "artikelnummer", "artikel-nr", "ident-nr", "identnummer",
        "도면번호", "도번", "품번", "도면no",
    ),
    "revision": (
        "rev", "revision", "revision index", "rev no", "issue", "änd", "änderung",
        "änderungsindex", "änd-index", "änderungsstand", "revisionsindex", "revisionsstand",
        "index", "rev-index", "ausgabe", "개정", "리비전", "개정번호",
    ),
    "title": (
        "title", "part name", "drawing title", "drawing name", "name of part", "benennung", "titel",
        "bezeichnung", "teilebenennung", "품명", "도명", "도면명", "명칭",
    ),
    "company": (
        "legal owner", "company", "owner", "eigentümer", "firma", "gesetzlicher eigentümer",
        "회사명", "회사",
    ),
    "material": ("material", "mat'l", "matl", "werkstoff", "재질", "재료"),
    "mass": (
        "mass", "weight", "mass (kg)", "weight (kg)", "masse", "gewicht", "masse (kg)",
        "gewicht (kg)", "중량", "무게", "질량",
    ),
    "scale": ("scale", "maßstab", "massstab", "척도", "축척"),
    "projection": (
        "projection", "projection method", "method of projection", "projektion",
        "projektionsmethode", "투상법", "각법",
    ),
    "units": ("units", "unit", "einheit", "einheiten", "maßeinheit", "단위"),
    "sheet": ("sheet", "sheet no", "sheet/of", "sht", "sht no", "blatt", "blatt-nr", "시트",
              "매수"),
    "size": ("size", "paper size", "format", "papierformat", "용지", "크기", "도면크기"),
    "general_tolerance": (
        "general tolerance", "general tolerances", "gen tol", "tolerances", "tolerance",
        "tolerances unless otherwise specified", "allgemeintol", "allgemeintoleranz",
        "allgemeintoleranzen", "freimaßtoleranz", "freimaßtoleranzen", "일반공차", "보통공차",
    ),
    "finish": (
        "surface", "surface finish", "finish", "surface texture", "surface roughness",
        "oberfläche", "oberflächen", "oberflächengüte", "표면", "표면처리", "후처리", "표면거칠기",
    ),
    "drawn": (
        "drawn", "drawn by", "drn", "drn by", "creator", "designed", "designed by", "author",
        "gezeichnet", "gezeichnet von", "gez", "erstellt", "erstellt durch", "erstellt von",
        "bearb", "bearbeiter", "bearbeitet", "bearbeitet von",
        "작성", "작성자", "제도", "제도자", "설계", "설계자",
    ),
    "checked": (
        "checked", "checked by", "chk'd", "chkd", "chk", "chkd by", "geprüft", "gepr",
        "geprüft durch", "geprüft von", "검도", "검도자", "검토", "검토자",
    ),
    "approved": (
        "approved", "approved by", "appv'd", "appvd", "appd", "app'd", "appr", "approval person",
        "genehmigt", "freigegeben", "freigabe", "genehmigt durch", "genehmigt von",
        "freigegeben von", "freigegeben durch", "승인", "승인자",
    ),
    "date": ("date", "date of issue", "issue date", "datum", "ausgabedatum", "erstelldatum",
             "erstellt am", "gezeichnet am", "날짜", "일자", "작성일"),
    # Labels without a field of their own; they end the cell before them.
    "": (
        "name", "signature", "unterschrift", "mfg", "q.a", "qa", "norm", "abteilung", "department",
        "responsible dept", "document type", "dokumentenart", "language", "sprache", "linear",
        "angular", "document status", "dokumentenstatus", "technical reference", "status",
        "ursprung", "ersatz für", "ersatz durch", "geprüft am", "freigegeben am", "kunde",
        "projekt", "customer", "project", "cage code", "next assy", "used on", "contract no",
        "do not scale drawing", "이름", "서명", "부서", "열처리",
    ),
}  # fmt: skip

_BOM: dict[str, tuple[str, ...]] = {
    "item": ("item", "item no", "no", "pos", "pos-nr", "position", "pos nr", "find no", "part",
             "품번", "번호", "순번"),
    "quantity": ("qty", "quantity", "qty.", "menge", "anzahl", "stück", "stk", "count", "수량"),
    "description": ("description", "name", "title", "part name", "designation", "benennung",
                    "bezeichnung", "품명", "명칭"),
    "part_number": ("part number", "part no", "number", "sachnummer", "teilenummer", "artikel-nr",
                    "artikelnummer", "drawing no", "zeichnungs-nr", "zeichnungsnummer", "부품번호",
                    "도번"),
    "standard": ("standard", "norm", "norm / werkstoff", "standard / material",
                 "standard/material", "norm/werkstoff", "norm / kurzbezeichnung",
                 "norm-kurzbezeichnung", "규격"),
    "material": ("material", "werkstoff", "재질", "재료"),
    "mass": ("mass", "weight", "masse", "gewicht", "mass (kg)", "weight (kg)", "gewicht (kg)",
             "gewicht kg", "masse (kg)", "중량", "무게"),
    "remark": ("remark", "remarks", "note", "notes", "comment", "bemerkung", "bemerkungen",
               "비고"),
}  # fmt: skip

_REVISIONS: dict[str, tuple[str, ...]] = {
    "revision": ("rev", "revision", "rev no", "issue", "änd", "index", "zust", "zustand", "ausgabe",
                 "개정", "리비전"),
    "zone": ("zone", "feld", "구역"),
    "description": ("change", "description", "description of change", "description of revision",
                    "changes", "modification", "änderung", "änderungen", "art der änderung",
                    "beschreibung", "변경내용", "내용", "개정내용"),
    "date": ("date", "datum", "날짜", "일자"),
    "name": ("name", "by", "approved", "drawn", "appr", "bearb", "bearbeiter", "geändert",
             "이름", "승인", "작성"),
}  # fmt: skip

_END = re.compile(r"[\s:.]+$")
_SPACED_OUT = re.compile(r"(?<=[가-힣]) (?=[가-힣A-Za-z])")


def _by_label(names: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    return {plain(label): field for field, labels in names.items() for label in labels}


def plain(text: str) -> str:
    """A label as it is looked up: lower case, single spaces, without stops or a colon at the end.

    Hangul without spaces: a title block spreads `재 질` over its cell.
    """
    words = fold(text).replace(".", " ").casefold().split()
    label = _END.sub("", " ".join(words)).replace(" -", "-")
    return label if label.isascii() else _SPACED_OUT.sub("", label)


TITLE_LABELS = _by_label(_TITLE)
BOM_LABELS = _by_label(_BOM)
REVISION_LABELS = _by_label(_REVISIONS)


def _spread(label: str) -> str:
    """A pattern for the label with stops and, in Hangul, spaces between its words or letters."""
    words = r"(?:\.\s*|\s+)".join(re.escape(word) for word in label.split())
    return re.sub(r"(?<=[가-힣])(?=[가-힣])", r"\\s*", words).replace(r"\-", r"\.?\-")


_INLINE = re.compile(
    r"^(?P<label>"
    + "|".join(_spread(label) for label in sorted(TITLE_LABELS, key=len, reverse=True) if label)
    + r")(?:\s*\.?\s*(?P<colon>[:=])\s*|\.?\s+)(?P<rest>\S.*)$",
    re.IGNORECASE,
)


def title_label(text: str) -> str | None:
    """The field that a run names, `""` for a label of no field, None where it is no label."""
    return TITLE_LABELS.get(plain(text))


def label_and_rest(text: str) -> tuple[str, str, bool] | None:
    """`SCALE: 2:1` in one run: the field, what follows, and whether a colon stood between."""
    text = text.strip()
    match = _INLINE.match(fold(text))
    if match is None or title_label(text) is not None:
        return None
    field = TITLE_LABELS[plain(match["label"])]
    return field, text[match.start("rest") :].strip(), match["colon"] is not None
