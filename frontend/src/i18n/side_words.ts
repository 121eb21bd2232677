/** The words of what stands beside the drawing. English is the measure of the other tables. */
export const sideEn = {
  "side.tabs": "Beside the drawing",
  "side.chat": "Chat",
  "side.data": "Data",
  "side.compare": "Compare",
};

export const sideDe: Record<keyof typeof sideEn, string> = {
  "side.tabs": "Neben der Zeichnung",
  "side.chat": "Chat",
  "side.data": "Daten",
  "side.compare": "Vergleich",
};

export const sideKo: Record<keyof typeof sideEn, string> = {
  "side.tabs": "도면 옆",
  "side.chat": "대화",
  "side.data": "데이터",
  "side.compare": "비교",
};
