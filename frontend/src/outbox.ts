/**
 * Questions that the server has not accepted yet. Each is sent once: after a broken line the
 * server is asked first whether the question reached it. They outlive a reload of the page.
 */
import { api } from "./api";
import type { ConversationDetail, Listing } from "./api";
import type { Conversation } from "./conversation";
import type { Ask } from "./protocol";

interface Waiting {
  ask: Ask;
  /** When it was written, in seconds since 1970. */
  at: number;
  /** It may have reached the server. */
  sent: boolean;
  /** Questions beside it, or conversations, that were there before: none of them is this one. */
  before: string[];
}

/** The part of the API that tells what has arrived. */
export interface Arrived {
  conversation(id: string): Promise<ConversationDetail>;
  conversations(before: string | null, limit?: number): Promise<Listing<Conversation>>;
}

/** Where a question was found that had reached the server. */
export interface Found {
  conversation_id: string;
  question_id: string;
}

/** What `parent_id` is called for a new branch at the top of a conversation. */
export const ROOT = "root";

/** The parent as messages have it: null for a first question. */
export const parentIn = (ask: Ask): string | null =>
  ask.parent_id === ROOT ? null : (ask.parent_id ?? null);

const STORED_AS = "drawing-chat.outbox";

export class Outbox {
  #waiting = new Map<string, Waiting>();
  #arrived: Arrived;
  #storage: Storage;

  constructor(arrived: Arrived = api, storage: Storage = sessionStorage) {
    this.#arrived = arrived;
    this.#storage = storage;
    for (const entry of restored(storage)) {
      this.#waiting.set(entry.ask.id, { ...entry, sent: true });
    }
  }

  add(ask: Ask, before: string[]): void {
    this.#waiting.set(ask.id, { ask, at: Date.now() / 1000, sent: false, before });
    this.#keep();
  }

  markSent(id: string): void {
    const entry = this.#waiting.get(id);
    if (entry) entry.sent = true;
    this.#keep();
  }

  /** It has been accepted or refused, or is not wanted any more. */
  remove(id: string): Ask | null {
    const entry = this.#waiting.get(id);
    this.#waiting.delete(id);
    this.#keep();
    return entry?.ask ?? null;
  }

  /** The questions of a conversation, oldest first; null: of none yet. */
  of(conversation: string | null): Ask[] {
    const asks = [...this.#waiting.values()].map((entry) => entry.ask);
    return asks.filter((ask) => (ask.conversation_id ?? null) === conversation);
  }

  /** Everything that waits, and for what was sent before, whether it arrived. */
  async reconcile(): Promise<{ ask: Ask; found: Found | null }[]> {
    const entries = [...this.#waiting.values()];
    return Promise.all(
      entries.map(async (entry) => ({
        ask: entry.ask,
        found: entry.sent ? await this.#find(entry) : null,
      })),
    );
  }

  async #find({ ask, at, before }: Waiting): Promise<Found | null> {
    const isNew = (id: string, created: number): boolean =>
      !before.includes(id) && created > at - CLOCKS_DIFFER_S;
    const candidates = ask.conversation_id
      ? [ask.conversation_id]
      : (await this.#arrived.conversations(null, 5)).items
          .filter((one) => isNew(one.id, one.created_at))
          .map((one) => one.id);
    for (const id of candidates) {
      const { messages } = await this.#arrived.conversation(id);
      const question = messages.find(
        (message) =>
          message.role === "user" &&
          message.text === ask.text &&
          (message.parent_id ?? null) === parentIn(ask) &&
          isNew(message.id, message.created_at ?? at),
      );
      if (question) return { conversation_id: id, question_id: question.id };
    }
    return null;
  }

  #keep(): void {
    this.#storage.setItem(STORED_AS, JSON.stringify([...this.#waiting.values()]));
  }
}

/** The browser's clock and the server's are taken to agree this well. */
const CLOCKS_DIFFER_S = 600;

function restored(storage: Storage): Waiting[] {
  try {
    const value: unknown = JSON.parse(storage.getItem(STORED_AS) ?? "[]");
    return Array.isArray(value) ? (value as Waiting[]) : [];
  } catch {
    return [];
  }
}
