"""The sentences of answers in English, German and Korean, and a function to fill them in."""

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
        "The sheet does not state this: {what}.",
        "Auf dem Blatt fehlt die Angabe: {what}.",
        "도면에 다음 항목이 없습니다: {what}.",
    ),
    "no_field_read": (
        "I could not read this on the sheet: {what}.",
        "Das konnte ich auf dem Blatt nicht lesen: {what}.",
        "도면에서 다음 항목을 읽지 못했습니다: {what}.",
    ),
    "no_rows": (
        "The sheet shows no {what}.",
        "Auf dem Blatt gibt es keine Angabe dieser Art: {what}.",
        "도면에 {what} 항목이 없습니다.",
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
    "nearest": (
        "Closest on the sheet: ",
        "Am nächsten kommt auf dem Blatt: ",
        "가장 가까운 내용: ",
    ),
    "which_one": (
        "The text does not show which one “{what}” refers to. On the sheet:",
        "Aus dem Text geht nicht hervor, worauf sich „{what}“ bezieht. Auf dem Blatt:",
        "“{what}”이(가) 가리키는 값은 텍스트만으로 알 수 없습니다. 도면에 있는 값:",
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
    "only_one": (
        "The only one on the sheet ({what}): ",
        "Die einzige Angabe dieser Art auf dem Blatt ({what}): ",
        "도면에 하나뿐인 값({what}): ",
    ),
    "of_all": (
        "This is of all on the sheet; the text does not show which belong to “{what}”.",
        "Das gilt für alle auf dem Blatt; was zu „{what}“ gehört, zeigt der Text nicht.",
        "도면 전체에서 찾은 값이며, “{what}”에 해당하는지는 텍스트로 알 수 없습니다.",
    ),
    "maybe_holes": (
        "The text does not show whether these diameters are holes:",
        "Ob diese Durchmesser Bohrungen sind, zeigt der Text nicht:",
        "다음 지름이 구멍인지는 텍스트로 알 수 없습니다:",
    ),
    "unmarked": (
        "The text marks no dimension this way ({what}). The dimensions on the sheet:",
        "Im Text ist kein Maß so gekennzeichnet ({what}). Die Maße auf dem Blatt:",
        "텍스트에 이렇게 표시된 치수가 없습니다({what}). 도면의 치수:",
    ),
    "nearest_to": (
        "I found no value labelled “{what}”. Closest in the text: ",
        "Eine so bezeichnete Angabe („{what}“) habe ich nicht gefunden. Am nächsten kommt: ",
        "“{what}”(으)로 표시된 값을 찾지 못했습니다. 가장 가까운 내용: ",
    ),
    "longest": (
        " – the longest dimension on the sheet",
        " – das größte Längenmaß auf dem Blatt",
        " – 도면에서 가장 긴 치수",
    ),
    "general_is": (" The general tolerance on the sheet: ", " Allgemeintoleranz auf dem Blatt: ",
                   " 도면의 일반공차: "),
    "no_own_tolerance": (
        "no tolerance of its own",
        "ohne eigene Toleranz",
        "개별 공차 없음",
    ),
    "clearance": ("clearance {low} to {high}", "Spiel {low} bis {high}", "틈새 {low} ~ {high}"),
    "interference": (
        "interference {low} to {high}",
        "Übermaß {low} bis {high}",
        "죔새 {low} ~ {high}",
    ),
    "transition": (
        "clearance up to {high}, interference up to {low}",
        "Spiel bis {high}, Übermaß bis {low}",
        "틈새 최대 {high}, 죔새 최대 {low}",
    ),
    "no_view": (
        "I found no view {name} on the sheet.",
        "Eine Ansicht {name} habe ich auf dem Blatt nicht gefunden.",
        "도면에서 {name} 뷰를 찾지 못했습니다.",
    ),
    "says": ("The sheet says: ", "Auf dem Blatt steht: ", "도면에 적힌 내용: "),
    "first_pages": (
        "Compared by the text of the first pages.",
        "Verglichen wurde der Text der ersten Seiten.",
        "첫 페이지의 텍스트를 비교했습니다.",
    ),
    "tightest": (
        " – tolerance width {width} {unit}",
        " – Toleranzfeld {width} {unit}",
        " – 공차 폭 {width} {unit}",
    ),
}  # fmt: skip

_LANGUAGES: tuple[Language, ...] = ("en", "de", "ko")


def phrase(language: Language, key: str, **values: object) -> str:
    """Return a sentence with its values. Raises `KeyError` for an unknown one."""
    return _PHRASES[key][_LANGUAGES.index(language)].format(**values)
