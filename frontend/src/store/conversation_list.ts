/** The list of conversations, newest first, and the results of a search in it. */
import { batch, signal } from "@preact/signals";
import type { Conversation } from "../api/types";
import { readOnly } from "./read_only";

const state = {
  /** Newest first. */
  conversations: signal<Conversation[]>([]),
  /** The cursor for older conversations; null when all are loaded. */
  moreConversations: signal<string | null>(null),
  /** Search results; null when there is no search. */
  foundConversations: signal<Conversation[] | null>(null),
};
export const { conversations, moreConversations, foundConversations } = readOnly(state);

export function setConversations(list: Conversation[]): void {
  state.conversations.value = list;
}

export function setMoreConversations(before: string | null): void {
  state.moreConversations.value = before;
}

export function setFoundConversations(list: Conversation[] | null): void {
  state.foundConversations.value = list;
}

/** Apply the same change to the list and to the search results. */
export function changeConversations(change: (list: Conversation[]) => Conversation[]): void {
  batch(() => {
    state.conversations.value = change(conversations.value);
    const found = foundConversations.value;
    if (found) state.foundConversations.value = change(found);
  });
}
