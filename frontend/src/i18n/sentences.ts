/**
 * Sentences that the server keeps with a drawing or a table, in the page's language. As in gettext
 * the English sentence is the key; `{places}` stand for values. A sentence without words here, and
 * a value in one, stays as the server says it.
 */
import { locale } from "../store/settings";

interface Sentence {
  en: string;
  de: string;
  ko: string;
}

/** Held against the server's sentences by `tests/test_page_sentences.py`. */
export const SENTENCES: readonly Sentence[] = [
  {
    en: "Parts of the picture are damaged; what is shown may be wrong there.",
    de: "Teile des Bildes sind beschädigt; was dort zu sehen ist, kann falsch sein.",
    ko: "그림 일부가 손상되어 그 부분은 잘못 표시될 수 있습니다.",
  },
  {
    en: "Low resolution: page {page} has only {width}×{height} pixels; small text may not be readable.",
    de: "Geringe Auflösung: Seite {page} hat nur {width}×{height} Pixel; kleine Schrift ist vielleicht nicht lesbar.",
    ko: "해상도 낮음: {page}페이지가 {width}×{height} 픽셀뿐이라 작은 글자는 읽지 못할 수 있습니다.",
  },
  {
    en: "Page {page} was not looked into; it is taken at {dpi} dpi.",
    de: "Seite {page} wurde nicht näher betrachtet; sie wird mit {dpi} dpi übernommen.",
    ko: "{page}페이지는 내용을 살펴보지 않고 {dpi} dpi로 받았습니다.",
  },
  {
    en: "Page {page} is kept at {dpi} dpi instead of {wanted}.",
    de: "Seite {page} wird mit {dpi} statt {wanted} dpi gespeichert.",
    ko: "{page}페이지는 {wanted} dpi 대신 {dpi} dpi로 보관합니다.",
  },
  {
    en: "Layout {layout} has no usable paper size; it is fitted to A3.",
    de: "Das Layout {layout} hat keine brauchbare Papiergröße; es wird in A3 eingepasst.",
    ko: "레이아웃 {layout}에 쓸 수 있는 용지 크기가 없어 A3에 맞춥니다.",
  },
  {
    en: "{count} damaged entities of {layout} are not shown.",
    de: "{count} beschädigte Elemente von {layout} sind nicht dargestellt.",
    ko: "{layout}의 손상된 요소 {count}개는 표시하지 않습니다.",
  },
  {
    en: "The SVG has no paper size; it is fitted to A3.",
    de: "Die SVG-Datei hat keine Papiergröße; sie wird in A3 eingepasst.",
    ko: "SVG에 용지 크기가 없어 A3에 맞춥니다.",
  },
  {
    en: "And {count} more of the kind.",
    de: "Und {count} weitere dieser Art.",
    ko: "같은 종류가 {count}개 더 있습니다.",
  },
  {
    en: "The sheet's text has no dimensions.",
    de: "Im Text des Blatts stehen keine Maße.",
    ko: "도면 텍스트에 치수가 없습니다.",
  },
  {
    en: "Page {page} has no text of its own; nothing can be read off it without the model.",
    de: "Seite {page} hat keinen eigenen Text; ohne das Modell lässt sich nichts ablesen.",
    ko: "{page}페이지에는 자체 텍스트가 없어 모델 없이는 읽을 수 없습니다.",
  },
  {
    en: "The text of page {page} is recognised (OCR): check it by eye.",
    de: "Der Text von Seite {page} ist erkannt (OCR): mit eigenen Augen prüfen.",
    ko: "{page}페이지의 텍스트는 문자 인식(OCR) 결과이니 눈으로 확인하세요.",
  },
  {
    en: "The sheet's text has no parts list.",
    de: "Im Text des Blatts steht keine Stückliste.",
    ko: "도면 텍스트에 부품표가 없습니다.",
  },
  {
    en: "The sheet's text has no revision table.",
    de: "Im Text des Blatts steht keine Änderungstabelle.",
    ko: "도면 텍스트에 개정표가 없습니다.",
  },
  {
    en: "The sheet's text has no notes.",
    de: "Im Text des Blatts stehen keine Hinweise.",
    ko: "도면 텍스트에 주기가 없습니다.",
  },
  {
    en: "The sheet's text has no part numbers.",
    de: "Im Text des Blatts stehen keine Teilenummern.",
    ko: "도면 텍스트에 품번이 없습니다.",
  },
  {
    en: "The sheet's text has no title block.",
    de: "Im Text des Blatts steht kein Schriftfeld.",
    ko: "도면 텍스트에 표제란이 없습니다.",
  },
  {
    en: "The sheet's text has no such field.",
    de: "Im Text des Blatts steht kein solches Feld.",
    ko: "도면 텍스트에 이 항목이 없습니다.",
  },
  {
    en: "Views without a name are not in the sheet's text.",
    de: "Ansichten ohne Namen stehen nicht im Text des Blatts.",
    ko: "이름이 없는 뷰는 도면 텍스트에 나타나지 않습니다.",
  },
  {
    en: "Called by where it stands on the sheet.",
    de: "Benannt nach der Lage auf dem Blatt.",
    ko: "도면에 놓인 위치에 따라 부른 이름입니다.",
  },
  {
    en: "The sheet has no text.",
    de: "Das Blatt hat keinen Text.",
    ko: "도면에 텍스트가 없습니다.",
  },
  {
    en: "The model was not ready: this is from the sheet's text alone.",
    de: "Das Modell war nicht bereit: Dies stammt allein aus dem Text des Blatts.",
    ko: "모델이 준비되지 않아 도면 텍스트만으로 만들었습니다.",
  },
  {
    en: "This is from the sheet's text alone, without the model.",
    de: "Dies stammt allein aus dem Text des Blatts, ohne das Modell.",
    ko: "모델 없이 도면 텍스트만으로 만들었습니다.",
  },
  {
    en: "The demo model does not read tables: this is from the sheet's text alone.",
    de: "Das Demomodell liest keine Tabellen: Dies stammt allein aus dem Text des Blatts.",
    ko: "데모 모델은 표를 읽지 않으므로 도면 텍스트만으로 만들었습니다.",
  },
  {
    en: "The model also reads {values}; the sheet's text does not have it.",
    de: "Das Modell liest außerdem {values}; im Text des Blatts steht das nicht.",
    ko: "모델은 {values}도 읽었지만 도면 텍스트에는 없습니다.",
  },
  {
    en: "The model did not read page {page}: {error}",
    de: "Das Modell hat Seite {page} nicht gelesen: {error}",
    ko: "모델이 {page}페이지를 읽지 못했습니다: {error}",
  },
  {
    en: "The model reads {value}, which is not in the sheet's text.",
    de: "Das Modell liest {value}; im Text des Blatts steht das nicht.",
    ko: "모델은 {value}(으)로 읽었지만 도면 텍스트에는 없습니다.",
  },
  {
    en: "The model reads {value}.",
    de: "Das Modell liest {value}.",
    ko: "모델은 {value}(으)로 읽습니다.",
  },
  {
    en: "ISO 286 is for millimetres.",
    de: "ISO 286 gilt für Millimeter.",
    ko: "ISO 286은 밀리미터에만 적용됩니다.",
  },
  {
    en: "ISO 2768-1 is for millimetres.",
    de: "ISO 2768-1 gilt für Millimeter.",
    ko: "ISO 2768-1은 밀리미터에만 적용됩니다.",
  },
  {
    en: "ISO 2768-1 goes by the shorter side of the angle, which is not known.",
    de: "ISO 2768-1 richtet sich nach dem kürzeren Schenkel des Winkels, der nicht bekannt ist.",
    ko: "ISO 2768-1은 각도의 짧은 변을 기준으로 하는데 그 길이를 알 수 없습니다.",
  },
  {
    en: "A fit of two parts: ask for hole and shaft one by one.",
    de: "Eine Passung aus zwei Teilen: Bohrung und Welle einzeln abfragen.",
    ko: "두 부품의 끼워맞춤입니다. 구멍과 축을 따로 확인하세요.",
  },
  {
    en: "No tolerance at the dimension, no general tolerance on the sheet.",
    de: "Keine Toleranz am Maß, keine Allgemeintoleranz auf dem Blatt.",
    ko: "치수에 공차가 없고 도면에 일반 공차도 없습니다.",
  },
  {
    en: "The sheet states one of the two limits.",
    de: "Das Blatt nennt nur eines der beiden Grenzmaße.",
    ko: "도면에는 두 한계 중 하나만 적혀 있습니다.",
  },
  {
    en: "Fine pitch: whether ISO 261 lists this pair is not checked.",
    de: "Feingewinde: Ob ISO 261 dieses Paar führt, ist nicht geprüft.",
    ko: "가는 나사: 이 조합이 ISO 261에 있는지는 확인하지 않았습니다.",
  },
  {
    en: "Tapping drill: ISO 2306.",
    de: "Kernlochbohrer: ISO 2306.",
    ko: "탭 드릴: ISO 2306.",
  },
  {
    en: "Tapping drill: diameter minus pitch, not a listed drill.",
    de: "Kernlochbohrer: Durchmesser minus Steigung, kein Tabellenwert.",
    ko: "탭 드릴: 바깥지름에서 피치를 뺀 값으로, 표에 있는 값이 아닙니다.",
  },
  {
    en: "Limits of class {cls} are not held: basic dimensions only.",
    de: "Die Grenzmaße der Klasse {cls} sind hier nicht hinterlegt: nur Grundmaße.",
    ko: "{cls} 등급의 한계 치수는 없습니다. 기준 치수만 표시합니다.",
  },
];

const PLACE = /\{(\w+)\}/g;
let patterns: [RegExp, Sentence][] | undefined;

/** The server's sentence in the page's language. */
export function tSentence(english: string): string {
  if (locale.value === "en") return english;
  patterns ??= SENTENCES.map((sentence) => [pattern(sentence.en), sentence]);
  for (const [expression, sentence] of patterns) {
    const values = expression.exec(english);
    if (values) {
      return sentence[locale.value].replace(PLACE, (_, name) => values.groups?.[name] ?? "");
    }
  }
  return english;
}

function pattern(english: string): RegExp {
  const parts = english.split(PLACE);
  const source = parts.map((part, index) =>
    index % 2 ? `(?<${part}>.*)` : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"),
  );
  return new RegExp(`^${source.join("")}$`, "s");
}
