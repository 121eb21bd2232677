/** Actions in the open conversation: ask, edit, ask again, continue, stop. */
import { effect, untracked } from "@preact/signals";
import type { Ask, AskOptions, DrawingReference } from "../api/schema";
import { t } from "../i18n";
import * as store from "../store";
import { keepDraft } from "../store/kept_draft";
import type { Message } from "../store/message";
import { turns } from "./open_conversation";
import { ROOT } from "./outbox";

function ask(
  text: string,
  parent: string | null,
  drawings: DrawingReference[],
  options?: AskOptions,
): void {
  const frame: Ask = {
    type: "ask",
    id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`,
    conversation_id: store.conversationId.value,
    parent_id: parent ?? (store.conversationId.value === null ? null : ROOT),
    text,
    drawings,
    ...(options && { options }),
  };
  turns.ask(frame);
}

/** Ask the draft, or wait until running uploads are complete. */
export function askDraft(): void {
  const text = store.draft.value.trim();
  store.setAskWhenUploaded(false);
  if (!text || store.runningAnswer.value) return;
  if (store.uploads.value.some((upload) => upload.state !== "failed")) {
    store.setAskWhenUploaded(true);
    return;
  }
  ask(text, store.lastStored.value, store.attachments.value);
  store.writeDraft("");
  store.setAttachments([]);
  store.setRegionMode(false);
  keepDraft();
}

/** Send the waiting draft after the last upload; a failed upload cancels the wait. */
export function watchUploads(): () => void {
  return effect(() => {
    const uploads = store.uploads.value;
    if (!store.askWhenUploaded.value) return;
    if (uploads.some((upload) => upload.state === "failed")) store.setAskWhenUploaded(false);
    else if (uploads.length === 0) untracked(askDraft);
  });
}

/** Ask an earlier question again with another text, as a new branch. */
export function editQuestion(question: Message, text: string): void {
  // Attachments that a refusal put back into the composer belong to this question.
  store.setAttachments(store.attachments.value.filter((one) => !question.drawings.includes(one)));
  ask(text, question.parent_id, question.drawings);
}

/** Ask the same question again, as a new branch. */
export function askAgain(answer: Message): void {
  const question = store.messages.value.get(answer.parent_id ?? "");
  if (question) editQuestion(question, question.text);
}

/** Ask the other of the two, the model or the sheet, the same question, as a new branch. */
export function askOther(answer: Message): void {
  const question = store.messages.value.get(answer.parent_id ?? "");
  if (!question) return;
  const answer_by = answer.answered_by === "sheet" ? "model" : "sheet";
  const drawings = question.drawings.length > 0 ? question.drawings : drawingsBefore(question);
  ask(question.text, question.parent_id, drawings, { answer_by });
}

/** The newest drawings of the branch that a question continues. */
function drawingsBefore(question: Message): DrawingReference[] {
  let parent = store.messages.value.get(question.parent_id ?? "");
  while (parent && parent.drawings.length === 0) {
    parent = store.messages.value.get(parent.parent_id ?? "");
  }
  return parent?.drawings ?? [];
}

/** Ask the model to continue a partial answer. */
export function continueAnswer(answer: Message): void {
  ask(t("chat.continuePrompt"), answer.id, []);
}

export function stopAnswer(): void {
  if (store.runningAnswer.value) turns.stop(store.runningAnswer.value);
}
