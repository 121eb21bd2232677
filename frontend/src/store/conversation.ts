/** The open conversation: its messages, the branch shown, and the turns that are running. */
import { batch, computed, signal } from "@preact/signals";
import type { Problem } from "../api/types";
import { isRunning, type Message } from "./message";
import { childrenOf, pathThrough } from "./message_tree";
import { readOnly } from "./read_only";

/** A second look at a value: under way, or why it failed. */
export type Look = "pending" | Problem;

const state = {
  /** Null for a new conversation without a question. */
  conversationId: signal<string | null>(null),
  conversationProblem: signal<Problem | null>(null),
  loadingConversation: signal(false),
  /** The cursor for messages before the loaded ones; null when all are loaded. */
  moreMessages: signal<string | null>(null),
  /** Every loaded message of the conversation, by id. */
  messages: signal<ReadonlyMap<string, Message>>(new Map()),
  /** The branch shown: the chosen child by its parent's id, "" for the first questions. */
  chosenBranch: signal<ReadonlyMap<string, string>>(new Map()),
  /** Running turns of all conversations: conversation id by turn id. */
  runningTurns: signal<ReadonlyMap<string, string>>(new Map()),
  /** Second looks by `lookKey`; results are in the answer's evidence. */
  looks: signal<ReadonlyMap<string, Look>>(new Map()),
};
export const {
  conversationId,
  conversationProblem,
  loadingConversation,
  moreMessages,
  messages,
  chosenBranch,
  runningTurns,
  looks,
} = readOnly(state);

/** The children of each message, "" for the first questions. */
export const children = computed(() => childrenOf(messages.value));
/** The ids of the messages shown, first question first. */
export const path = computed<string[]>((): string[] => {
  const next = pathThrough(children.value, chosenBranch.value);
  // Return the same array while only texts grow, so that subscribers of the list do not rerender.
  const before = shownPath;
  const same = next.length === before.length && next.every((id, at) => id === before[at]);
  shownPath = same ? before : next;
  return shownPath;
});
let shownPath: string[] = [];
/** The last message shown that the server has: the parent of the next question. */
export const lastStored = computed<string | null>(
  () => path.value.findLast((id) => messages.value.get(id)?.local === false) ?? null,
);
/** The answer being written on the shown path, if any. */
export const runningAnswer = computed<Message | null>(() => {
  const last = messages.value.get(path.value.at(-1) ?? "");
  return last?.role === "assistant" && isRunning(last) ? last : null;
});

/** Leave the open conversation for another one, or with null for a new one. */
export function enterConversation(id: string | null): void {
  batch(() => {
    state.conversationId.value = id;
    state.conversationProblem.value = null;
    state.messages.value = new Map();
    state.moreMessages.value = null;
    state.chosenBranch.value = new Map();
  });
}

/** The first question created the conversation: keep its messages, set its id. */
export function nameConversation(id: string): void {
  state.conversationId.value = id;
}

export function setConversationProblem(problem: Problem | null): void {
  state.conversationProblem.value = problem;
}

export function setLoadingConversation(loading: boolean): void {
  state.loadingConversation.value = loading;
}

export function setMoreMessages(before: string | null): void {
  state.moreMessages.value = before;
}

export function setMessages(all: ReadonlyMap<string, Message>): void {
  state.messages.value = all;
}

/** Change one message, if it is loaded. */
export function updateMessage(id: string, change: (message: Message) => Message): void {
  const message = messages.value.get(id);
  if (message) state.messages.value = new Map(messages.value).set(id, change(message));
}

/** Show the branch of a parent's child, "" for the first questions. */
export function chooseBranch(parent: string, child: string): void {
  state.chosenBranch.value = new Map(chosenBranch.value).set(parent, child);
}

export function beginTurn(turn: string, conversation: string): void {
  state.runningTurns.value = new Map(runningTurns.value).set(turn, conversation);
}

/** Returns false if the turn was not running. */
export function endTurn(turn: string): boolean {
  const running = new Map(runningTurns.value);
  if (!running.delete(turn)) return false;
  state.runningTurns.value = running;
  return true;
}

export const lookKey = (message: string, start: number): string => `${message} ${start}`;

/** Record the state of a second look; null when it has ended. */
export function setLook(key: string, look: Look | null): void {
  const next = new Map(looks.value);
  if (look === null) next.delete(key);
  else next.set(key, look);
  state.looks.value = next;
}
