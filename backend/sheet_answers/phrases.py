"""The sentences of answers in English, German and Korean. Data, and filling them in."""

from __future__ import annotations

from backend.sheet_answers.languages import Language

_PHRASES: dict[str, tuple[str, str, str]] = {
    # key: English, German, Korean
    "recognised": (
        " (recognised from a scan; check it)",
        " (aus einem Scan erkannt; bitte prüfen)",
        " (스캔에서 인식한 값이므로 확인이 필요합니다)",
    ),
    "unsure": (
        " (not read with certainty; check it on the sheet)",
        " (nicht sicher gelesen; bitte auf dem Blatt prüfen)",
        " (확실하게 읽지 못했습니다. 도면에서 확인하세요)",
    ),
    "from_note": (" (from the notes)", " (aus den Hinweisen)", " (주기에서)"),
    "no_field": (
        "The title block does not state: {what}.",
        "Das Schriftfeld enthält keine Angabe: {what}.",
        "표제란에 다음 항목이 없습니다: {what}.",
    ),
    "no_field_read": (
        "I could not read this in the title block: {what}.",
        "Das konnte ich im Schriftfeld nicht lesen: {what}.",
        "표제란에서 다음 항목을 읽지 못했습니다: {what}.",
    ),
    "no_rows": (
        "The sheet's text has no {what}.",
        "Der Text des Blattes enthält keine Angabe dieser Art: {what}.",
        "도면의 텍스트에 {what} 항목이 없습니다.",
    ),
    "no_rows_read": (
        "I could read no {what}.",
        "Das konnte ich nicht lesen: {what}.",
        "{what} 항목을 읽지 못했습니다.",
    ),
    "maybe_missing": (
        "The text was recognised from a scan, so something may be missing.",
        "Der Text wurde aus einem Scan erkannt; es kann etwas fehlen.",
        "스캔에서 인식한 텍스트이므로 빠진 내용이 있을 수 있습니다.",
    ),
    "no_text": (
        "This sheet has no readable text, so it needs a model that can read pictures.",
        "Dieses Blatt hat keinen lesbaren Text; dafür ist ein Modell nötig, das Bilder lesen kann.",
        "이 도면에는 읽을 수 있는 텍스트가 없어 이미지를 읽는 모델이 필요합니다.",
    ),
    "reading": (
        "The text of this scan is still being recognised.",
        "Der Text dieses Scans wird noch erkannt.",
        "이 스캔의 텍스트를 아직 인식하는 중입니다.",
    ),
    "not_understood": (
        "I cannot answer this from the sheet's text alone.",
        "Das kann ich allein aus dem Text des Blattes nicht beantworten.",
        "도면의 텍스트만으로는 답할 수 없습니다.",
    ),
    "get_model": (
        "A model that reads drawings can: choose one at the top of the page.",
        "Ein Modell, das Zeichnungen liest, kann es: oben auf der Seite auswählbar.",
        "도면을 읽는 모델이 필요합니다. 페이지 위에서 선택하세요.",
    ),
    "nearest": ("Closest on the sheet: ", "Am nächsten kommt auf dem Blatt: ", "가장 가까운 내용: "),
    "which_one": (
        "The text does not tell which one is meant by “{what}”. On the sheet:",
        "Aus dem Text geht nicht hervor, was mit „{what}“ gemeint ist. Auf dem Blatt:",
        "“{what}”이(가) 어느 것인지 텍스트만으로는 알 수 없습니다. 도면에 있는 값:",
    ),
    "and_more": ("- … and {count} more", "- … und {count} weitere", "- … 외 {count}개"),
    "places": (" – {count} places", " – {count} Stellen", " – {count}곳"),
    "in_zone": (" (zone {zone})", " (Zone {zone})", " ({zone} 구역)"),
    "on_page": (" (page {page})", " (Seite {page})", " ({page}페이지)"),
    "not_found": (
        "“{what}” is not on the sheet.",
        "„{what}“ steht nicht auf dem Blatt.",
        "“{what}”은(는) 도면에 없습니다.",
    ),
    "not_found_read": (
        "I found no “{what}” in the text I could read.",
        "„{what}“ habe ich im lesbaren Text nicht gefunden.",
        "읽을 수 있는 텍스트에서 “{what}”을(를) 찾지 못했습니다.",
    ),
    "zone_empty": (
        "Zone {zone} contains no text.",
        "In Zone {zone} steht kein Text.",
        "{zone} 구역에는 텍스트가 없습니다.",
    ),
    "no_zone": (
        "The frame of this sheet has no zone {zone}.",
        "Der Rahmen dieses Blattes hat keine Zone {zone}.",
        "이 도면의 윤곽선에는 {zone} 구역이 없습니다.",
    ),
    "zone_has": ("Zone {zone} contains:", "In Zone {zone} steht:", "{zone} 구역의 내용:"),
    "region_empty": (
        "The marked region contains no text.",
        "Im markierten Bereich steht kein Text.",
        "표시한 영역에는 텍스트가 없습니다.",
    ),
    "region_has": (
        "The marked region contains:",
        "Im markierten Bereich steht:",
        "표시한 영역의 내용:",
    ),
    "limits": ("{low} to {high}", "{low} bis {high}", "{low} ~ {high}"),
    "by_rule": (" by {rule}", " nach {rule}", ", {rule}"),
    "count_of": ("{count} {what}", "{count} {what}", "{what} {count}개"),
    "in_callouts": (
        " in {count} callouts:",
        " in {count} Maßangaben:",
        " (표기 {count}개):",
    ),
    "no_tolerance": (
        "{what} has no tolerance of its own, and the sheet states no general tolerance.",
        "{what} hat keine eigene Toleranz, und das Blatt nennt keine Allgemeintoleranz.",
        "{what}에는 개별 공차가 없고 도면에 일반공차도 없습니다.",
    ),
    "no_item": (
        "The parts list has no item {item}.",
        "Die Stückliste hat keine Position {item}.",
        "부품표에 {item}번 항목이 없습니다.",
    ),
    "items": (
        "The parts list has {count} items:",
        "Die Stückliste hat {count} Positionen:",
        "부품표 항목 {count}개:",
    ),
    "pieces": (" ({count} pieces in total)", " (zusammen {count} Stück)", " (총 {count}개)"),
    "item": ("Item {item}: ", "Position {item}: ", "{item}번: "),
    "quantity": (", quantity {value}", ", Menge {value}", ", 수량 {value}"),
    "no_revision": (
        "The revision table has no revision {name}.",
        "Die Änderungstabelle hat keine Revision {name}.",
        "개정 이력에 {name} 리비전이 없습니다.",
    ),
    "overview": ("This is ", "Das ist ", "이 도면: "),
    "untitled": ("a drawing without a readable title", "eine Zeichnung ohne lesbaren Titel",
                 "제목을 읽을 수 없는 도면"),
    "views": ("Views: ", "Ansichten: ", "뷰: "),
    "dimensions": ("Dimensions: ", "Maße: ", "치수: "),
    "same": (
        "The texts of the two sheets show no difference.",
        "Die Texte der beiden Blätter zeigen keinen Unterschied.",
        "두 도면의 텍스트에 차이가 없습니다.",
    ),
    "need_two": (
        "Attach two drawings to compare them.",
        "Hängen Sie zwei Zeichnungen an, um sie zu vergleichen.",
        "비교하려면 도면 두 개를 첨부하세요.",
    ),
    "no_sheet": (
        "Attach a drawing to ask about it.",
        "Hängen Sie eine Zeichnung an, um danach zu fragen.",
        "질문하려면 도면을 첨부하세요.",
    ),
    "hole_or_shaft": (
        "The text does not tell whether every one of these diameters is a hole.",
        "Aus dem Text geht nicht hervor, ob jeder dieser Durchmesser eine Bohrung ist.",
        "이 지름들이 모두 구멍인지는 텍스트만으로 알 수 없습니다.",
    ),
    "tightest": (
        " – tolerance width {width} {unit}",
        " – Toleranzfeld {width} {unit}",
        " – 공차 폭 {width} {unit}",
    ),
}  # fmt: skip

_LANGUAGES: tuple[Language, ...] = ("en", "de", "ko")

#: What fields and features are called in an answer: English, German, Korean.
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
    "square": ("squares", "Vierkante", "사각"),
}


def phrase(language: Language, key: str, **values: object) -> str:
    """A sentence with its values. Raises `KeyError` for an unknown one."""
    return _PHRASES[key][_LANGUAGES.index(language)].format(**values)


def name_of(language: Language, thing: str) -> str:
    """What a field, a feature or a table is called."""
    known = _NAMES.get(thing)
    return known[_LANGUAGES.index(language)] if known else thing
