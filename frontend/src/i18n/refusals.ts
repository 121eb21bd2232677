/**
 * Why a file is not taken and what to do with it, for the kinds that people try most. The server
 * says it in English, with the kind first; its words after that are the key.
 */
import { locale } from "../store/settings";

interface Refusal {
  en: string;
  de: string;
  ko: string;
}

/** Held against the server's by `tests/test_page_sentences.py`. */
export const REFUSALS: readonly Refusal[] = [
  {
    en: "is a 3D model, not a drawing. Export its drawing sheet as PDF or DXF and upload that.",
    de: "Das ist ein 3D-Modell und keine Zeichnung. Exportieren Sie das Zeichnungsblatt als PDF oder DXF, und laden Sie dieses hoch.",
    ko: "도면이 아니라 3D 모델입니다. 도면 시트를 PDF 또는 DXF로 내보내서 올리세요.",
  },
  {
    en: "is an office document. Save it as PDF and upload that.",
    de: "Das ist ein Office-Dokument. Speichern Sie es als PDF, und laden Sie dieses hoch.",
    ko: "오피스 문서입니다. PDF로 저장하여 올리세요.",
  },
  {
    en: "is an archive. Unpack it and upload the drawings one by one.",
    de: "Das ist ein Archiv. Entpacken Sie es, und laden Sie die Zeichnungen einzeln hoch.",
    ko: "압축 파일입니다. 압축을 풀고 도면을 하나씩 올리세요.",
  },
  {
    en: "is a picture format that is not read here. Save it as PNG, JPEG or TIFF.",
    de: "Dieses Bildformat wird hier nicht gelesen. Speichern Sie es als PNG, JPEG oder TIFF.",
    ko: "여기서 읽지 않는 그림 형식입니다. PNG, JPEG 또는 TIFF로 저장하세요.",
  },
  {
    en: "is a phone photo format that is not read here. Save it as JPEG (on an iPhone: Settings, Camera, Formats, Most Compatible) and upload that.",
    de: "Dieses Fotoformat von Telefonen wird hier nicht gelesen. Speichern Sie es als JPEG (auf dem iPhone: Einstellungen, Kamera, Formate, Maximale Kompatibilität), und laden Sie dieses hoch.",
    ko: "여기서 읽지 않는 휴대전화 사진 형식입니다. JPEG로 저장하여 올리세요(iPhone: 설정, 카메라, 포맷, 높은 호환성).",
  },
  {
    en: "is a DWG. Save it as DXF or PDF in your CAD program and upload that. (With the ODA File Converter installed on the server, DWG is read as it is.)",
    de: "Das ist eine DWG-Datei. Speichern Sie sie im CAD-Programm als DXF oder PDF, und laden Sie diese hoch. (Ist auf dem Server der ODA File Converter installiert, wird DWG unmittelbar gelesen.)",
    ko: "DWG 파일입니다. CAD 프로그램에서 DXF 또는 PDF로 저장하여 올리세요. (서버에 ODA File Converter가 설치되어 있으면 DWG를 그대로 읽습니다.)",
  },
  {
    en: "is a program, not a drawing.",
    de: "Das ist ein Programm und keine Zeichnung.",
    ko: "도면이 아니라 프로그램입니다.",
  },
];

/** The refusal in the page's language; null where the server says something else. */
export function tRefusal(message: string): string | null {
  return REFUSALS.find(({ en }) => message.endsWith(` ${en}`))?.[locale.value] ?? null;
}
