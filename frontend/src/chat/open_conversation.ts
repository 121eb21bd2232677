/**
 * Opening conversations: from the server, from a file, page by page. Joins the API, the running
 * turns and the store; knows no view.
 */
import { batch } from "@preact/signals";
import { api } from "../api/client";
import { ApiError, problemOf } from "../api/http";
import type { StoredMessage } from "../api/types";
import { refreshConversations } from "../library/conversations";
import { fromStored, isRunning, type Message } from "../store/message";
import { t } from "../i18n";
import { keepDraft, restoreDraft, restoreSheet } from "../store/kept_draft";
import { problemText } from "../i18n/problem_text";
import { refreshReading } from "../library/text_recognition";
import { rememberConversation } from "./address";
import * as store from "../store";
import { Turns } from "./turns";

export const turns = new Turns({
  reload: loadConversation,
  reread: () => {
    for (const drawing of store.drawings.value) void refreshReading(drawing);
  },
  began: (conversation) => {
    store.nameConversation(conversation);
    rememberConversation(conversation);
  },
  listChanged: () => void refreshConversations(),
  refused: () => void findOutWhyRefused(),
});

/** A handshake tells a browser nothing; the same call over HTTP does. */
async function findOutWhyRefused(): Promise<void> {
  if (!navigator.onLine || store.signedOut.value) return;
  try {
    store.setModel(await api.model());
  } catch (error) {
    problemOf(error);
  }
}

/** Show a conversation, or with null a new one. What was being written there comes back. */
export async function openConversation(id: string | null): Promise<void> {
  if (id !== null && id === store.conversationId.value) return;
  keepDraft();
  offered.clear();
  batch(() => {
    store.enterConversation(id);
    store.closeAllDrawings();
    store.showPane("chat");
    restoreDraft();
  });
  rememberConversation(id);
  await openDrawings(store.attachments.value.map((reference) => reference.id));
  if (id !== null) await loadConversation(id);
  for (const ask of turns.outbox.of(id)) turns.show(ask);
}

/** Bring the open conversation up to what the server has; what is running is watched. */
export async function loadConversation(id: string): Promise<void> {
  store.setLoadingConversation(store.messages.value.size === 0);
  try {
    const found = await api.conversation(id);
    if (store.conversationId.value !== id) return;
    const messages = new Map(earlierThan(found.messages));
    if (messages.size === 0) store.setMoreMessages(found.next);
    for (const stored of found.messages) {
      messages.set(stored.id, fromStored(stored, store.messages.value.get(stored.id)));
    }
    store.setMessages(messages);
    store.setConversationProblem(null);
    for (const ask of turns.outbox.of(id)) turns.show(ask);
    for (const message of messages.values()) if (isRunning(message)) turns.frames.watch(message, id);
    await openDrawings(found.drawings);
  } catch (error) {
    const problem = problemOf(error);
    // What is here already stays readable while the server is away.
    const isLost = store.messages.value.size === 0 || problem.code === "not_found";
    if (store.conversationId.value === id && isLost) store.setConversationProblem(problem);
  } finally {
    store.setLoadingConversation(false);
  }
}

/** Make a new conversation of a saved one, and open it. */
export async function importConversation(file: File): Promise<void> {
  try {
    const made = await api.importConversation(parsedJson(await file.text()));
    await openConversation(made.id);
    await refreshConversations();
  } catch (error) {
    const problem = problemOf(error);
    const notSaved = problem.code === "bad_request";
    store.notify(notSaved ? t("settings.importBad") : problemText(problem));
  }
}

/** Null is no conversation either: the server says so. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Fetch what has changed while nobody looked. */
export async function catchUp(): Promise<void> {
  await refreshConversations();
  const open = store.conversationId.value;
  if (open && !store.runningAnswer.value) await loadConversation(open);
}

/** The messages that were loaded by scrolling up stay before those that came now. */
function earlierThan(fresh: StoredMessage[]): [string, Message][] {
  const ids = new Set(fresh.map((message) => message.id));
  const known = [...store.messages.value].filter(([, message]) => !message.local);
  const from = known.findIndex(([id]) => ids.has(id));
  return from < 0 ? [] : known.slice(0, from);
}

/** Put the page of messages before the loaded ones in front of them. */
export async function loadEarlierMessages(): Promise<void> {
  const id = store.conversationId.value;
  const before = store.moreMessages.value;
  if (!id || !before) return;
  store.setMoreMessages(null);
  try {
    const found = await api.conversation(id, before);
    if (store.conversationId.value !== id) return;
    const earlier = found.messages.map((stored) => [stored.id, fromStored(stored)] as const);
    store.setMessages(new Map([...earlier, ...store.messages.value]));
    store.setMoreMessages(found.next);
  } catch (error) {
    if (store.conversationId.value === id) store.setMoreMessages(before);
    store.notify(problemText(problemOf(error)));
  }
}

/** Drawings whose tabs have been opened here: one that was closed stays closed. */
const offered = new Set<string>();

/** Open tabs for these; one that has been deleted since has none. */
async function openDrawings(wanted: string[]): Promise<void> {
  const conversation = store.conversationId.value;
  const wereOpen = store.drawings.value.length > 0;
  for (const id of wanted) {
    if (offered.has(id)) continue;
    offered.add(id);
    try {
      const drawing = await api.drawing(id);
      if (store.conversationId.value !== conversation) return;
      store.openDrawing(drawing);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      store.detachDrawing(id);
    }
  }
  if (!wereOpen) restoreSheet();
}
