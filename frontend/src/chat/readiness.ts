/**
 * Whether the next question will be answered instantly because its prompt is prefilled. Applies
 * only to exactly what would be asked now.
 */
import { computed } from "@preact/signals";
import type { Beginning, DrawingReference } from "../api/schema";
import * as store from "../store";

export const readiness = computed<"preparing" | "ready" | null>(() => {
  const isFree = store.model.value?.state === "ready" && store.connection.value === "open";
  if (!isFree || store.runningAnswer.value || store.uploads.value.length > 0) return null;
  const known = store.lastStored.value ? nextQuestion() : firstQuestion();
  return known === null || known.state === "none" ? null : known.state;
});

/** The prefill for a first question about one drawing; regions are never prefilled. */
function firstQuestion(): Beginning | null {
  const [asked, ...others] = store.attachments.value;
  if (!asked || asked.region || others.length > 0) return null;
  const known = store.prefills.value.get(asked.id) ?? null;
  const pages = store.drawings.value.find((drawing) => drawing.id === asked.id)?.pages.length;
  if (known?.state !== "ready" || pages === 1) return known;
  // A prefilled first page is also the beginning of the whole document, but not vice versa.
  const isRead = asked.page ? asked.page === 1 : known.page === null;
  return isRead ? known : null;
}

/** The prefill for the next question about drawings used before. */
function nextQuestion(): Beginning | null {
  const seen = store.path.value.flatMap((id) => store.messages.value.get(id)?.drawings ?? []);
  if (seen.length === 0 || !store.attachments.value.every((asked) => isAmong(asked, seen)))
    return null;
  const known = store.prefills.value.get(store.conversationId.value ?? "");
  return known?.message_id === store.lastStored.value ? known : null;
}

const isAmong = (asked: DrawingReference, seen: DrawingReference[]): boolean =>
  !asked.region &&
  seen.some(
    (one) => !one.region && one.id === asked.id && (one.page ?? null) === (asked.page ?? null),
  );
