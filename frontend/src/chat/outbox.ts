/**
 * Questions that the server has not accepted yet. They are sent again with the same id after a
 * reconnect, so the server answers each only once, and they survive a reload.
 */
import type { Ask } from "../api/schema";

/** The `parent_id` of a new branch at the top of a conversation. */
export const ROOT = "root";

/** The parent as in messages: null for a first question. */
export const parentIn = (ask: Ask): string | null =>
  ask.parent_id === ROOT ? null : (ask.parent_id ?? null);

const STORED_AS = "drawing-chat.outbox";

export class Outbox {
  #waiting: Map<string, Ask>;
  #storage: Storage;

  constructor(storage: Storage = sessionStorage) {
    this.#storage = storage;
    this.#waiting = new Map(restored(storage).map((ask) => [ask.id, ask]));
  }

  add(ask: Ask): void {
    this.#waiting.set(ask.id, ask);
    this.#keep();
  }

  /** Remove a question that was accepted, refused or cancelled. */
  remove(id: string): Ask | null {
    const ask = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#keep();
    return ask ?? null;
  }

  /** All waiting questions, oldest first. */
  all(): Ask[] {
    return [...this.#waiting.values()];
  }

  /** The waiting questions of a conversation, or with null of a new one; oldest first. */
  of(conversation: string | null): Ask[] {
    return this.all().filter((ask) => (ask.conversation_id ?? null) === conversation);
  }

  #keep(): void {
    this.#storage.setItem(STORED_AS, JSON.stringify(this.all()));
  }
}

function restored(storage: Storage): Ask[] {
  try {
    const value: unknown = JSON.parse(storage.getItem(STORED_AS) ?? "[]");
    return Array.isArray(value) ? value.filter(isAsk) : [];
  } catch {
    return [];
  }
}

const isAsk = (value: unknown): value is Ask => (value as Ask | null)?.type === "ask";
