/** Opens conversations from the server or a file, and loads earlier messages. */
import { batch } from "@preact/signals";
import { api } from "../api/client";
import { ApiError, problemOf } from "../api/http";
import type { StoredMessage } from "../api/types";
import { t } from "../i18n";
import { problemText } from "../i18n/problem_text";
import { refreshConversations } from "../library/conversations";
import { refreshReading } from "../library/text_recognition";
import * as store from "../store";
import { keepDraft, restoreDraft, restoreSheet } from "../store/kept_draft";
import { fromStored, isRunning, type Message } from "../store/message";
import { rememberConversation } from "./address";
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

/** Browsers hide why a handshake failed; the same request over HTTP reveals it. */
async function findOutWhyRefused(): Promise<void> {
  if (!navigator.onLine || store.signedOut.value) return;
  try {
    store.setModel(await api.model());
  } catch (error) {
    problemOf(error);
  }
}

/** Show a conversation, or with null a new one, and restore its draft. */
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

/** Load the open conversation from the server and follow its running answers. */
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
    for (const message of messages.values())
      if (isRunning(message)) turns.frames.watch(message, id);
    await openDrawings(found.drawings);
  } catch (error) {
    const problem = problemOf(error);
    // Loaded messages stay readable while the server is unreachable.
    const isLost = store.messages.value.size === 0 || problem.code === "not_found";
    if (store.conversationId.value === id && isLost) store.setConversationProblem(problem);
  } finally {
    store.setLoadingConversation(false);
  }
}

/** Import a saved conversation as a new one and open it. */
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

/** The server rejects null with a proper message. */
function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Load changes made while the page was hidden. */
export async function catchUp(): Promise<void> {
  await refreshConversations();
  const open = store.conversationId.value;
  if (open && !store.runningAnswer.value) await loadConversation(open);
}

/** Earlier messages that were loaded before, to keep in front of the fresh ones. */
function earlierThan(fresh: StoredMessage[]): [string, Message][] {
  const ids = new Set(fresh.map((message) => message.id));
  const known = [...store.messages.value].filter(([, message]) => !message.local);
  const from = known.findIndex(([id]) => ids.has(id));
  return from < 0 ? [] : known.slice(0, from);
}

/** Load the messages before the loaded ones. */
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

/** Drawings opened as tabs before: a closed tab stays closed. */
const offered = new Set<string>();

/** Open these drawings as tabs, except deleted ones. */
async function openDrawings(ids: string[]): Promise<void> {
  const conversation = store.conversationId.value;
  const wereOpen = store.drawings.value.length > 0;
  for (const id of ids) {
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
