"""Column headings of parts lists (ISO 7573) and revision tables in many languages."""

from __future__ import annotations

BOM_TERMS: dict[str, tuple[str, ...]] = {
    "item": (
        "item", "item no", "no", "pos", "pos-nr", "position", "pos nr", "find no", "part", "#",
        "item number", "nr", "ref", "itm", "balloon", "lfd. nr",
        "품번", "번호", "순번",
        "rep", "repère", "rp", "n°", "num. articolo", "numero articolo", "articolo", "posizione",
        "n. art", "elemento", "n.º de elemento", "marca", "item nº",
        "pos. nr", "stuknr", "stuknummer", "det", "detalj", "poz", "lp", "l.p", "položka",
        "поз", "формат", "序号", "件号", "番号", "照合番号", "sıra no", "osa",
    ),
    "quantity": (
        "qty", "quantity", "qty.", "menge", "anzahl", "stück", "stk", "count", "quan", "q'ty",
        "qty req", "qty reqd", "pcs", "req'd", "no. req'd", "no off", "default/qty",
        "수량",
        "qté", "quantité", "nb", "nbre", "nombre", "quantità", "q.tà", "qtà", "q.ta", "n° pezzi",
        "cantidad", "cant", "quantidade", "qtd", "qtde", "aantal", "antal", "kpl", "ilość", "szt",
        "množství", "ks", "кол", "количество", "数量", "個数", "adet", "miktar",
    ),
    "description": (
        "description", "name", "title", "part name", "designation", "benennung", "bezeichnung",
        "component", "nomenclature", "part description", "document title",
        "품명", "명칭",
        "désignation", "dénomination", "libellé", "descrizione", "denominazione", "descripción",
        "denominación", "descrição", "designação", "omschrijving", "benaming", "benämning",
        "betegnelse", "nimitys", "nazwa", "opis", "název", "popis", "наименование", "名称", "品名",
        "açıklama", "parça adı", "titolo",
    ),
    "part_number": (
        "part number", "part no", "number", "sachnummer", "teilenummer", "artikel-nr", "part nr",
        "artikelnummer", "drawing no", "zeichnungs-nr", "zeichnungsnummer", "p/n", "stock number",
        "part or identifying number", "document number", "doc no", "dwg no", "drawing number",
        "부품번호", "도번",
        "référence", "réf", "n° de plan", "num. parte", "numero parte", "codice", "n. parte",
        "n.º de pieza", "número de pieza", "referencia", "n.º da peça", "número da peça",
        "número de plano", "artikel", "tekeningnummer", "partnummer", "teilnummer",
        "onderdeelnummer", "artikelnr", "ritningsnr",
        "ritningsnummer", "varenummer", "nr rysunku", "numer części", "číslo výkresu",
        "обозначение", "代号", "图号", "品番", "図番", "parça no", "codice disegno",
    ),
    "standard": (
        "standard", "norm", "norm / werkstoff", "standard / material", "standard/material",
        "norm/werkstoff", "norm / kurzbezeichnung", "norm-kurzbezeichnung",
        "규격", "norme", "norma", "标准", "規格", "стандарт",
    ),
    "material": (
        "material", "werkstoff", "재질", "재료", "matière", "matériau", "materiale", "materiaal",
        "materiał", "materiál", "материал", "材料", "材质", "材質", "malzeme", "mat",
    ),
    "mass": (
        "mass", "weight", "masse", "gewicht", "mass (kg)", "weight (kg)", "gewicht (kg)",
        "gewicht kg", "masse (kg)", "unit weight", "total weight", "中量", "중량", "무게",
        "poids", "massa", "peso", "massa (kg)", "peso (kg)", "vikt", "vægt", "masa", "hmotnost",
        "масса", "重量", "质量", "質量", "单重", "总重",
    ),
    "remark": (
        "remark", "remarks", "note", "notes", "comment", "comments", "bemerkung", "bemerkungen",
        "비고", "observations", "observation", "observaciones", "observações", "osservazioni",
        "opmerking", "anmärkning", "anm", "uwagi", "poznámka", "примечание", "прим", "备注", "備考",
        "açıklamalar",
    ),
}  # fmt: skip

REVISION_TERMS: dict[str, tuple[str, ...]] = {
    "revision": (
        "rev", "revision", "rev no", "issue", "änd", "index", "zust", "zustand", "ausgabe", "ltr",
        "sym", "rev nr", "version", "mark",
        "개정", "리비전",
        "indice", "ind", "révision", "revisione", "revisión", "revisão", "revisie", "wijz",
        "utgåva", "ändr", "udgave", "muutos", "rewizja", "zmiana", "revize", "изм", "标记", "版本",
        "改訂", "revizyon", "edizione",
    ),
    "zone": ("zone", "feld", "구역", "zona", "zon", "strefa", "зона", "分区", "区域"),
    "description": (
        "change", "description", "description of change", "description of revision", "changes",
        "modification", "änderung", "änderungen", "art der änderung", "beschreibung",
        "revision note", "history", "reason", "comment", "comments", "details",
        "변경내용", "내용", "개정내용",
        "modifications", "nature des modifications", "désignation", "objet", "modifica",
        "modifiche", "descrizione", "descrizione modifica", "modificación", "descripción",
        "modificação", "descrição", "alteração", "omschrijving", "wijziging", "ändring",
        "ändringen avser", "beskrivning", "opis", "opis zmiany", "popis", "změna", "описание",
        "更改文件号", "更改内容", "変更内容", "改訂内容", "açıklama",
        "muutosselitys", "beskrivelse",
    ),
    "date": (
        "date", "datum", "날짜", "일자", "data", "fecha", "dato", "päiväys", "pvm", "дата", "日期",
        "日付", "年月日", "tarih", "dd/mm/yy", "rev date",
    ),
    "name": (
        "name", "by", "approved", "drawn", "appr", "bearb", "bearbeiter", "geändert", "appd",
        "approved by", "initials", "checked", "author", "chk", "dr", "eco", "ecn", "drawn by",
        "이름", "승인", "작성",
        "nom", "auteur", "visa", "nome", "firma", "dis", "approvato", "nombre", "aprobado", "por",
        "autor", "aprovado", "naam", "getekend", "namn", "sign", "infört", "nazwisko", "jméno",
        "podpis", "подп", "签名", "担当", "ad", "godkänd", "navn",
    ),
}  # fmt: skip
