/** The list of conversations: load, rename, delete with a while to undo. Knows no view. */
import { api, problemOf } from "../api/client";
import type { Conversation } from "../store/message";
import { t } from "../i18n";
import { Leaving } from "./pending_deletions";
import { problemText } from "../i18n/problem_text";
import * as store from "../store";

const leaving = new Leaving({
  remove: (id) => api.deleteConversation(id),
  refused: () => refreshConversations(),
});

/** Bring the newest page of the list up to date; older ones that were loaded stay. */
export async function refreshConversations(): Promise<void> {
  try {
    const { items, next } = await api.conversations(null);
    const fresh = new Set(items.map((one) => one.id));
    const known = store.conversations.value;
    const oldest = items.at(-1)?.updated_at ?? 0;
    const older = next ? known.filter((one) => !fresh.has(one.id) && one.updated_at < oldest) : [];
    if (older.length === 0) store.moreConversations.value = next;
    store.conversations.value = [...items, ...older].filter((one) => !leaving.has(one.id));
  } catch (error) {
    problemOf(error); // The connection line says it; the list stays as it was.
  }
}

export async function loadMoreConversations(): Promise<void> {
  const before = store.moreConversations.value;
  if (!before) return;
  store.moreConversations.value = null;
  try {
    const { items, next } = await api.conversations(before);
    const known = new Set(store.conversations.value.map((one) => one.id));
    const more = items.filter((one) => !known.has(one.id) && !leaving.has(one.id));
    store.conversations.value = [...store.conversations.value, ...more];
    store.moreConversations.value = next;
  } catch (error) {
    store.moreConversations.value = before;
    store.notify(problemText(problemOf(error)));
  }
}

const SEARCH_AFTER_MS = 200;
let searching: ReturnType<typeof setTimeout> | undefined;

/** Search titles and texts once the typing pauses; without words the whole list is back. */
export function searchConversations(words: string): void {
  clearTimeout(searching);
  if (!words.trim()) {
    store.foundConversations.value = null;
    return;
  }
  const search = async (): Promise<void> => {
    const mine = searching;
    try {
      const { items } = await api.searchConversations(words.trim());
      if (mine === searching) store.foundConversations.value = items;
    } catch (error) {
      store.notify(problemText(problemOf(error)));
    }
  };
  searching = setTimeout(() => void search(), SEARCH_AFTER_MS);
}

/** Change the list and what a search found alike. */
function changeLists(change: (list: Conversation[]) => Conversation[]): void {
  store.conversations.value = change(store.conversations.value);
  const found = store.foundConversations.value;
  if (found) store.foundConversations.value = change(found);
}

export async function renameConversation(id: string, title: string): Promise<void> {
  const before = store.conversations.value;
  changeLists((list) => list.map((one) => (one.id === id ? { ...one, title } : one)));
  try {
    await api.rename(id, title);
  } catch (error) {
    store.conversations.value = before;
    store.notify(problemText(problemOf(error)));
  }
}

/**
 * Take it out of the list now, and off the server when nobody has called it back. `go` leaves it
 * where it is open, and comes back to it.
 */
export function deleteConversation(id: string, go: (id: string | null) => void): void {
  const listed = [...store.conversations.value, ...(store.foundConversations.value ?? [])];
  const gone = listed.find((one) => one.id === id);
  if (!gone) return;
  const wasOpen = store.conversationId.value === id;
  changeLists((list) => list.filter((one) => one.id !== id));
  if (wasOpen) go(null);
  leaving.start(id, gone.title || t("list.untitled"), () => {
    changeLists((list) => {
      const others = list.filter((one) => one.id !== id);
      return [...others, gone].sort((one, other) => other.updated_at - one.updated_at);
    });
    if (wasOpen && store.conversationId.value === null) go(id);
  });
}

/** A page that closes does not wait for an undo any more. */
export const deleteLeavingNow = (): void => leaving.hurry();
