/** Follows the text recognition of scanned pages after a connection was lost. */
import { api } from "../api/client";
import { problemOf } from "../api/http";
import type { DrawingInfo } from "../api/types";
import * as store from "../store";

/** Load a drawing again if text recognition was running when it was last described. */
export async function refreshReading(drawing: DrawingInfo): Promise<void> {
  if (!drawing.pages.some((page) => page.reading)) return;
  try {
    const now = await api.drawing(drawing.id);
    if (store.drawings.value.some((known) => known.id === now.id)) store.openDrawing(now);
  } catch (error) {
    problemOf(error);
  }
}
