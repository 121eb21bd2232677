/** The list of conversations: load, search, rename, delete with undo. */
import { api } from "../api/client";
import { problemOf } from "../api/http";
import { t } from "../i18n";
import { problemText } from "../i18n/problem_text";
import * as store from "../store";
import { PendingDeletions } from "./pending_deletions";

const deletions = new PendingDeletions({
  remove: (id) => api.deleteConversation(id),
  refused: () => refreshConversations(),
});

/** Reload the newest page of the list; older loaded ones are kept. */
export async function refreshConversations(): Promise<void> {
  try {
    const { items, next } = await api.conversations(null);
    const fresh = new Set(items.map((one) => one.id));
    const known = store.conversations.value;
    const oldest = items.at(-1)?.updated_at ?? 0;
    const older = next ? known.filter((one) => !fresh.has(one.id) && one.updated_at < oldest) : [];
    if (older.length === 0) store.setMoreConversations(next);
    store.setConversations([...items, ...older].filter((one) => !deletions.has(one.id)));
  } catch (error) {
    problemOf(error); // The header shows the lost connection; keep the list.
  }
}

export async function loadMoreConversations(): Promise<void> {
  const before = store.moreConversations.value;
  if (!before) return;
  store.setMoreConversations(null);
  try {
    const { items, next } = await api.conversations(before);
    const known = new Set(store.conversations.value.map((one) => one.id));
    const more = items.filter((one) => !known.has(one.id) && !deletions.has(one.id));
    store.setConversations([...store.conversations.value, ...more]);
    store.setMoreConversations(next);
  } catch (error) {
    store.setMoreConversations(before);
    store.notify(problemText(problemOf(error)));
  }
}

const SEARCH_AFTER_MS = 200;
let searching: ReturnType<typeof setTimeout> | undefined;

/** Search titles and texts after a pause in typing; an empty search shows the whole list. */
export function searchConversations(words: string): void {
  clearTimeout(searching);
  if (!words.trim()) {
    store.setFoundConversations(null);
    return;
  }
  const search = async (): Promise<void> => {
    const mine = searching;
    try {
      const { items } = await api.searchConversations(words.trim());
      if (mine === searching) store.setFoundConversations(items);
    } catch (error) {
      store.notify(problemText(problemOf(error)));
    }
  };
  searching = setTimeout(() => void search(), SEARCH_AFTER_MS);
}

export async function renameConversation(id: string, title: string): Promise<void> {
  const before = store.conversations.value;
  store.changeConversations((list) => list.map((one) => (one.id === id ? { ...one, title } : one)));
  try {
    await api.rename(id, title);
  } catch (error) {
    store.setConversations(before);
    store.notify(problemText(problemOf(error)));
  }
}

/**
 * Remove a conversation from the list now and from the server after the undo period. `go` leaves
 * the conversation if it is open, and returns to it on undo.
 */
export function deleteConversation(id: string, go: (id: string | null) => void): void {
  const listed = [...store.conversations.value, ...(store.foundConversations.value ?? [])];
  const gone = listed.find((one) => one.id === id);
  if (!gone) return;
  const wasOpen = store.conversationId.value === id;
  store.changeConversations((list) => list.filter((one) => one.id !== id));
  if (wasOpen) go(null);
  deletions.start(id, gone.title || t("list.untitled"), () => {
    store.changeConversations((list) => {
      const others = list.filter((one) => one.id !== id);
      return [...others, gone].sort((one, other) => other.updated_at - one.updated_at);
    });
    if (wasOpen && store.conversationId.value === null) go(id);
  });
}

/** Delete without waiting for undo, because the page is closing. */
export const deleteConversationsNow = (): void => deletions.hurry();
