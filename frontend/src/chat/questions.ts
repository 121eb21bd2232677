/** What a person does in the open conversation: ask, edit, ask again, go on, stop. */
import { effect, untracked } from "@preact/signals";
import type { Message } from "../store/message";
import { keepDraft } from "../store/kept_draft";
import { t } from "../i18n";
import { turns } from "./open_conversation";
import { ROOT } from "./outbox";
import type { Ask, DrawingReference } from "../api/frames";
import * as store from "../store";

function ask(text: string, parent: string | null, drawings: DrawingReference[]): void {
  const frame: Ask = {
    type: "ask",
    id: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`,
    conversation_id: store.conversationId.value,
    parent_id: parent ?? (store.conversationId.value === null ? null : ROOT),
    text,
    drawings,
  };
  turns.ask(frame);
}

/** Ask what has been written; while drawings are being uploaded, once they are there. */
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

/** What waits for uploads goes when the last one is there; a refused one holds it back. */
export function watchUploads(): () => void {
  return effect(() => {
    const uploads = store.uploads.value;
    if (!store.askWhenUploaded.value) return;
    if (uploads.some((upload) => upload.state === "failed")) store.setAskWhenUploaded(false);
    else if (uploads.length === 0) untracked(askDraft);
  });
}

/** Ask an earlier question with another text: a new branch beside it. */
export function editQuestion(question: Message, text: string): void {
  // What a refusal has put back into the composer goes with this one.
  store.setAttachments(store.attachments.value.filter((one) => !question.drawings.includes(one)));
  ask(text, question.parent_id, question.drawings);
}

/** The same question again: a new branch with a new answer. */
export function askAgain(answer: Message): void {
  const question = store.messages.value.get(answer.parent_id ?? "");
  if (question) editQuestion(question, question.text);
}

/** Let the model go on where an answer broke off. */
export function continueAnswer(answer: Message): void {
  ask(t("chat.continuePrompt"), answer.id, []);
}

export function stopAnswer(): void {
  if (store.runningAnswer.value) turns.stop(store.runningAnswer.value);
}
