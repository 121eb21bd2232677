/**
 * Values of answers and second looks at them: what is said of a value, where it stands, and
 * having it read again. Knows the API and the store; knows no view.
 */
import { api } from "../api/client";
import { problemOf } from "../api/http";
import type { Place } from "../api/types";
import type { Message } from "../store/message";
import { type Key, t, tTool } from "../i18n";
import type { EvidenceItem } from "../api/frames";
import * as store from "../store";

/** Whether a second look says more: not for what stands in the file's own text, or was computed. */
export const canLookAgain = (item: EvidenceItem): boolean =>
  item.status !== "computed" && !(item.status === "found" && item.source === "vector");

/** What a person should check: values without exact text behind them, or against it. */
export const toCheck = (items: readonly EvidenceItem[]): EvidenceItem[] =>
  items.filter(canLookAgain);

/** In words what is known of a value, and no more. */
export function wordsOf(item: EvidenceItem): string {
  if (item.status === "computed" && item.computed_by) {
    return t("evidence.computedBy", { tool: tTool(item.computed_by.tool) });
  }
  const recognised = item.status === "found" && item.source === "ocr";
  const words = t((recognised ? "evidence.recognised" : `evidence.${item.status}`) as Key);
  const read = readingOf(item);
  return read ? `${words} (${read})` : words;
}

/** What a second look has read, if there was one and it says more than the value. */
function readingOf(item: EvidenceItem): string {
  if (item.status !== "disputed" && item.status !== "confirmed") return "";
  if (item.read) return t("evidence.read", { text: item.read });
  return item.status === "disputed" ? t("evidence.readNothing") : "";
}

/** The places of a value, the nearest first. */
export function placesOf(item: EvidenceItem): Place[] {
  if (item.places?.length) return item.places;
  const { drawing, page, box } = item;
  return drawing && page && box ? [{ drawing, page, box }] : [];
}

/** Show where a value stands; asked again, its next place. False where it has none. */
export function showValue(item: EvidenceItem): boolean {
  const places = placesOf(item);
  const [first] = places;
  if (!first) return false;
  const shown = store.focusRequest.value;
  if (shown?.label === item.text && shown.places?.length === places.length && places.length > 1) {
    store.stepFocus(1);
  } else {
    store.focusOn({ ...first, label: item.text, places });
  }
  return true;
}

/** Have a value read again; its answer gets what comes of it. */
export async function lookAgain(message: Message, item: EvidenceItem): Promise<void> {
  const conversation = store.conversationId.value;
  const key = store.lookKey(message.id, item.start);
  if (!conversation || store.looks.value.get(key) === "pending") return;
  store.setLook(key, "pending");
  try {
    const renewed = await api.look(conversation, message.id, item.start);
    store.updateMessage(message.id, (known) => ({
      ...known,
      evidence: known.evidence.map((one) => (one.start === renewed.start ? renewed : one)),
    }));
    store.setLook(key, null);
  } catch (error) {
    store.setLook(key, problemOf(error));
  }
}
