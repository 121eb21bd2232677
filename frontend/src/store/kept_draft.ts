/**
 * Keeps the draft, its attachments and the sheet shown in the session storage, per conversation,
 * so that they survive a reload and a switch of conversations.
 */
import type { DrawingReference } from "../api/schema";
import { conversationId } from "./conversation";
import { activeDrawingId, activePage, showSheet } from "./drawings";
import { attachments, draft, setAttachments, writeDraft } from "./question";

interface Kept {
  text: string;
  attachments: DrawingReference[];
  /** The sheet that was shown. */
  drawing: string | null;
  page: number;
}

const nothing: Kept = { text: "", attachments: [], drawing: null, page: 1 };

const key = (): string => `drawing-chat.draft.${conversationId.value ?? "new"}`;

export function keepDraft(): void {
  const kept: Kept = {
    text: draft.value,
    attachments: attachments.value,
    drawing: activeDrawingId.value,
    page: activePage.value,
  };
  if (JSON.stringify(kept) === JSON.stringify(nothing)) sessionStorage.removeItem(key());
  else sessionStorage.setItem(key(), JSON.stringify(kept));
}

export function restoreDraft(): void {
  const kept = read();
  writeDraft(kept.text);
  setAttachments(kept.attachments);
}

/** The sheet that was shown here before, once its drawing is open. */
export function restoreSheet(): void {
  const { drawing, page } = read();
  if (drawing) showSheet(drawing, page);
}

function read(): Kept {
  try {
    const value = JSON.parse(sessionStorage.getItem(key()) ?? "{}") as Partial<Kept>;
    return { ...nothing, ...value };
  } catch {
    return nothing;
  }
}
