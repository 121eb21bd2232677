/**
 * What is being written, and which sheet is looked at, survive a reload and a look at another
 * conversation. Per tab.
 */
import type { DrawingReference } from "../api/frames";
import * as store from ".";

interface Kept {
  text: string;
  attachments: DrawingReference[];
  /** The sheet that was shown. */
  drawing: string | null;
  page: number;
}

const nothing: Kept = { text: "", attachments: [], drawing: null, page: 1 };

const key = (): string => `drawing-chat.draft.${store.conversationId.value ?? "new"}`;

export function keepDraft(): void {
  const kept: Kept = {
    text: store.draft.value,
    attachments: store.attachments.value,
    drawing: store.activeDrawingId.value,
    page: store.activePage.value,
  };
  if (JSON.stringify(kept) === JSON.stringify(nothing)) sessionStorage.removeItem(key());
  else sessionStorage.setItem(key(), JSON.stringify(kept));
}

export function restoreDraft(): void {
  const kept = read();
  store.draft.value = kept.text;
  store.attachments.value = kept.attachments;
}

/** The sheet that was shown here before, once its drawing is open. */
export function restoreSheet(): void {
  const { drawing, page } = read();
  if (drawing) store.showSheet(drawing, page);
}

function read(): Kept {
  try {
    const value = JSON.parse(sessionStorage.getItem(key()) ?? "{}") as Partial<Kept>;
    return { ...nothing, ...value };
  } catch {
    return nothing;
  }
}
