/** The drawings that are on the server already: newest first, page by page; delete one. */
import { signal } from "@preact/signals";
import { api, problemOf } from "../api/client";
import { Leaving } from "./pending_deletions";
import { problemText } from "../i18n/problem_text";
import { closeDrawing, notify, type DrawingInfo } from "../store";

const AT_ONCE = 8;

export const shelf = signal<readonly DrawingInfo[]>([]);
/** Where the older ones begin; null when all are here. */
export const moreOnShelf = signal<string | null>(null);

const leaving = new Leaving({ remove: (id) => api.deleteDrawing(id), refused: () => loadShelf() });

/** What it was before stays while the server cannot be asked: the connection line says so. */
export async function loadShelf(): Promise<void> {
  try {
    show(await api.drawings(AT_ONCE));
  } catch (error) {
    problemOf(error);
  }
}

export async function loadMoreOfShelf(): Promise<void> {
  const before = moreOnShelf.value;
  if (before === null) return;
  try {
    show(await api.drawings(AT_ONCE, before), shelf.value);
  } catch (error) {
    notify(problemText(problemOf(error)));
  }
}

function show(found: { items: DrawingInfo[]; next: string | null }, before: readonly DrawingInfo[] = []): void {
  const known = new Set(before.map((drawing) => drawing.id));
  const fresh = found.items.filter((drawing) => !known.has(drawing.id) && !leaving.has(drawing.id));
  shelf.value = [...before, ...fresh];
  moreOnShelf.value = found.next;
}

/** Take it off the shelf now, and off the server when nobody has called it back. */
export function deleteDrawing(drawing: DrawingInfo): void {
  const before = shelf.value;
  shelf.value = before.filter((known) => known.id !== drawing.id);
  closeDrawing(drawing.id);
  leaving.start(drawing.id, drawing.name, () => {
    const at = before.findIndex((known) => known.id === drawing.id);
    const others = shelf.value.filter((known) => known.id !== drawing.id);
    shelf.value = [...others.slice(0, at), drawing, ...others.slice(at)];
  });
}

/** A page that closes does not wait for an undo any more. */
export const deleteDrawingsNow = (): void => leaving.hurry();
