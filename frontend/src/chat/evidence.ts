/** The values of an answer: their status in words, their places on the sheet, and second looks. */
import { api } from "../api/client";
import { problemOf } from "../api/http";
import type { EvidenceItem } from "../api/schema";
import type { Place } from "../api/types";
import { type Key, t, tTool } from "../i18n";
import * as store from "../store";
import type { Message } from "../store/message";

/** Whether a second look is useful: not for exact text or computed values. */
export const canLookAgain = (item: EvidenceItem): boolean =>
  item.status !== "computed" &&
  item.status !== "contradicted" &&
  !(item.status === "found" && item.source === "vector");

/** The values to check: those without exact text. */
export const toCheck = (items: readonly EvidenceItem[]): EvidenceItem[] =>
  items.filter(canLookAgain);

/** The status of a value in words. */
export function wordsOf(item: EvidenceItem): string {
  if (item.status === "computed" && item.computed_by) {
    return t("evidence.computedBy", { tool: tTool(item.computed_by.tool) });
  }
  const recognised = item.status === "found" && item.source === "ocr";
  const words = t((recognised ? "evidence.recognised" : `evidence.${item.status}`) as Key);
  const read = readingOf(item);
  return read ? `${words} (${read})` : words;
}

/** The reading of a second look, if there is one. */
function readingOf(item: EvidenceItem): string {
  if (item.status !== "disputed" && item.status !== "confirmed") return "";
  if (item.read) return t("evidence.read", { text: item.read });
  return item.status === "disputed" ? t("evidence.readNothing") : "";
}

/** The places of a value, nearest first. */
export function placesOf(item: EvidenceItem): Place[] {
  if (item.places?.length) return item.places;
  const { drawing, page, box } = item;
  return drawing && page && box ? [{ drawing, page, box }] : [];
}

/** Show the place of a value, or its next place if it is shown already. False if it has none. */
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

/** Verify a value with a second look and update the answer. */
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
