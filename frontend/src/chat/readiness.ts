/**
 * Whether the next question will be answered at once: the model has read what it begins with.
 * Says so only of exactly what would be asked now. Knows no view.
 */
import { computed } from "@preact/signals";
import type { Beginning, DrawingReference } from "../api/frames";
import * as store from "../store";

export const readiness = computed<"preparing" | "ready" | null>(() => {
  const isFree = store.model.value?.state === "ready" && store.connection.value === "open";
  if (!isFree || store.runningAnswer.value || store.uploads.value.length > 0) return null;
  const known = store.lastStored.value ? nextQuestion() : firstQuestion();
  return known === null || known.state === "none" ? null : known.state;
});

/** A first question about one drawing; a region is another picture, which nobody has read. */
function firstQuestion(): Beginning | null {
  const [asked, ...others] = store.attachments.value;
  if (!asked || asked.region || others.length > 0) return null;
  const known = store.prefills.value.get(asked.id) ?? null;
  const pages = store.drawings.value.find((drawing) => drawing.id === asked.id)?.pages.length;
  if (known?.state !== "ready" || pages === 1) return known;
  // The page that was read is the beginning of the whole document, but not the reverse.
  const isRead = asked.page ? asked.page === 1 : known.page === null;
  return isRead ? known : null;
}

/** The next question after the last answer, about what the model has seen before. */
function nextQuestion(): Beginning | null {
  const seen = store.path.value.flatMap((id) => store.messages.value.get(id)?.drawings ?? []);
  if (seen.length === 0 || !store.attachments.value.every((asked) => isAmong(asked, seen))) return null;
  const known = store.prefills.value.get(store.conversationId.value ?? "");
  return known?.message_id === store.lastStored.value ? known : null;
}

const isAmong = (asked: DrawingReference, seen: DrawingReference[]): boolean =>
  !asked.region &&
  seen.some((one) => !one.region && one.id === asked.id && (one.page ?? null) === (asked.page ?? null));
