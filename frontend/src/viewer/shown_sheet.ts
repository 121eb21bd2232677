/** The sheet and search target that the store says to show. */
import { activeDrawing, activePage } from "../store";
import type { Target } from "./search";
import type { Sheet } from "./sheet_view";

export function shownSheet(): Sheet | null {
  const drawing = activeDrawing.value;
  const page = drawing?.pages.find((known) => known.number === activePage.value);
  if (!drawing || !page) return null;
  const { width, height, number } = page;
  return { drawing: drawing.id, page: number, mediaType: drawing.media_type, width, height };
}

export function searchTarget(): Target | null {
  const drawing = activeDrawing.value;
  if (drawing === null) return null;
  const pages = drawing.pages.map((page) => page.number);
  return { drawing: drawing.id, page: activePage.value, pages };
}
