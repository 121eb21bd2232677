/** Short messages at the bottom of the page, some with an action such as Undo. */
import { signal } from "@preact/signals";
import { readOnly } from "./read_only";

export interface Notice {
  key: number;
  text: string;
  action?: { label: string; run: () => void };
}

const state = { notices: signal<Notice[]>([]) };
export const { notices } = readOnly(state);

let lastNotice = 0;

/** Show a message; returns its key for `dismissNotice`. */
export function notify(text: string, action?: Notice["action"]): number {
  lastNotice += 1;
  state.notices.value = [...notices.value, { key: lastNotice, text, ...(action && { action }) }];
  return lastNotice;
}

export function dismissNotice(key: number): void {
  state.notices.value = notices.value.filter((notice) => notice.key !== key);
}
