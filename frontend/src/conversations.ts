/** The list of conversations: load, rename, delete with a while to undo. Knows no view. */
import { api, problemOf } from "./api";
import type { Conversation } from "./conversation";
import { problemText } from "./problem";
import { t } from "./i18n";
import * as store from "./store";

export const UNDO_MS = 8000;

/** Deleted here, not yet on the server. */
const leaving = new Map<string, ReturnType<typeof setTimeout>>();

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

/** Take it out of the list now, and off the server when nobody has called it back. */
export function deleteConversation(id: string, leave: () => void): void {
  const listed = [...store.conversations.value, ...(store.foundConversations.value ?? [])];
  const gone = listed.find((one) => one.id === id);
  if (!gone) return;
  changeLists((list) => list.filter((one) => one.id !== id));
  if (store.conversationId.value === id) leave();
  const notice = store.notify(t("list.deleted", { title: gone.title || t("list.untitled") }), {
    label: t("list.undo"),
    run: () => {
      clearTimeout(leaving.get(id));
      leaving.delete(id);
      changeLists((list) => {
        const others = list.filter((one) => one.id !== id);
        return [...others, gone].sort((one, other) => other.updated_at - one.updated_at);
      });
    },
  });
  const forGood = (): void => {
    store.dismissNotice(notice);
    void deleteForGood(id);
  };
  leaving.set(id, setTimeout(forGood, UNDO_MS));
}

async function deleteForGood(id: string): Promise<void> {
  clearTimeout(leaving.get(id));
  try {
    await api.deleteConversation(id);
    leaving.delete(id);
  } catch (error) {
    leaving.delete(id);
    store.notify(problemText(problemOf(error)));
    await refreshConversations();
  }
}

/** A page that closes does not wait for an undo any more. */
export function deleteLeavingNow(): void {
  for (const id of leaving.keys()) void deleteForGood(id);
}
