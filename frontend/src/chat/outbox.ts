/**
 * Questions that the server has not accepted yet. After a broken line each is sent again under
 * its own id, by which the server knows it: it answers once. They outlive a reload of the page.
 */
import type { Ask } from "../api/frames";

/** What `parent_id` is called for a new branch at the top of a conversation. */
export const ROOT = "root";

/** The parent as messages have it: null for a first question. */
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

  /** It has been accepted or refused, or is not wanted any more. */
  remove(id: string): Ask | null {
    const ask = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#keep();
    return ask ?? null;
  }

  /** Everything that waits, oldest first. */
  all(): Ask[] {
    return [...this.#waiting.values()];
  }

  /** The questions of a conversation, oldest first; null: of none yet. */
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
