/** The question being written: its text, its attachments, and the uploads it waits for. */
import { signal } from "@preact/signals";
import type { DrawingReference } from "../api/schema";
import type { Problem } from "../api/types";
import { readOnly } from "./read_only";

export interface Upload {
  key: string;
  name: string;
  bytes: number;
  /** Share of the bytes sent, 0 to 1. */
  sent: number;
  state: "waiting" | "sending" | "reading" | "failed";
  problem: Problem | null;
}

const state = {
  draft: signal(""),
  /** The question is sent automatically once all uploads are complete. */
  askWhenUploaded: signal(false),
  /** Attached to the next question: whole drawings, pages and regions. */
  attachments: signal<DrawingReference[]>([]),
  uploads: signal<Upload[]>([]),
};
export const { draft, askWhenUploaded, attachments, uploads } = readOnly(state);

export function writeDraft(text: string): void {
  state.draft.value = text;
}

export function setAskWhenUploaded(wait: boolean): void {
  state.askWhenUploaded.value = wait;
}

const sameReference = (one: DrawingReference, other: DrawingReference): boolean =>
  one.id === other.id &&
  (one.page ?? null) === (other.page ?? null) &&
  JSON.stringify(one.region ?? null) === JSON.stringify(other.region ?? null);

/** Attach a drawing, a page or a region, unless it is attached already. */
export function attach(reference: DrawingReference): void {
  if (attachments.value.some((known) => sameReference(known, reference))) return;
  state.attachments.value = [...attachments.value, reference];
}

/** Remove one attachment by its index. */
export function removeAttachment(index: number): void {
  state.attachments.value = attachments.value.filter((_, at) => at !== index);
}

/** Remove everything attached from a drawing. */
export function detachDrawing(id: string): void {
  state.attachments.value = attachments.value.filter((reference) => reference.id !== id);
}

export function setAttachments(references: DrawingReference[]): void {
  state.attachments.value = references;
}

/** The number shown for an attached region, on its chip and on the sheet, from 1. */
export function regionNumber(index: number): number {
  return attachments.value.slice(0, index + 1).filter((reference) => reference.region).length;
}

export function addUploads(added: Upload[]): void {
  state.uploads.value = [...uploads.value, ...added];
}

export function updateUpload(key: string, values: Partial<Upload>): void {
  state.uploads.value = uploads.value.map((upload) =>
    upload.key === key ? { ...upload, ...values } : upload,
  );
}

export function removeUpload(key: string): void {
  state.uploads.value = uploads.value.filter((upload) => upload.key !== key);
}
