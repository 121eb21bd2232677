/** The recent drawings on the server: load, load more, delete with undo. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { api } from "../api/client";
import { problemOf } from "../api/http";
import type { DrawingInfo } from "../api/types";
import { problemText } from "../i18n/problem_text";
import { closeDrawing, notify } from "../store";
import { PendingDeletions } from "./pending_deletions";

const AT_ONCE = 8;

const state = {
  recent: signal<readonly DrawingInfo[]>([]),
  more: signal<string | null>(null),
};
export const recentDrawings: ReadonlySignal<readonly DrawingInfo[]> = state.recent;
/** The cursor for older drawings; null when all are loaded. */
export const moreRecentDrawings: ReadonlySignal<string | null> = state.more;

const deletions = new PendingDeletions({
  remove: (id) => api.deleteDrawing(id),
  refused: () => loadRecentDrawings(),
});

/** If the server is unreachable, keep the list; the header shows the lost connection. */
export async function loadRecentDrawings(): Promise<void> {
  try {
    show(await api.drawings(AT_ONCE));
  } catch (error) {
    problemOf(error);
  }
}

export async function loadMoreRecentDrawings(): Promise<void> {
  const before = moreRecentDrawings.value;
  if (before === null) return;
  try {
    show(await api.drawings(AT_ONCE, before), recentDrawings.value);
  } catch (error) {
    notify(problemText(problemOf(error)));
  }
}

function show(
  found: { items: DrawingInfo[]; next: string | null },
  before: readonly DrawingInfo[] = [],
): void {
  const known = new Set(before.map((drawing) => drawing.id));
  const fresh = found.items.filter(
    (drawing) => !known.has(drawing.id) && !deletions.has(drawing.id),
  );
  state.recent.value = [...before, ...fresh];
  state.more.value = found.next;
}

/** Remove a drawing from the list now and from the server after the undo period. */
export function deleteDrawing(drawing: DrawingInfo): void {
  const before = recentDrawings.value;
  state.recent.value = before.filter((known) => known.id !== drawing.id);
  closeDrawing(drawing.id);
  deletions.start(drawing.id, drawing.name, () => {
    const at = before.findIndex((known) => known.id === drawing.id);
    const others = recentDrawings.value.filter((known) => known.id !== drawing.id);
    state.recent.value = [...others.slice(0, at), drawing, ...others.slice(at)];
  });
}

/** Delete without waiting for undo, because the page is closing. */
export const deleteDrawingsNow = (): void => deletions.hurry();
