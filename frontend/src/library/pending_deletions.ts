/** Deletions that can be undone for 8 seconds before they reach the server. */
import { problemOf } from "../api/http";
import { t } from "../i18n";
import { problemText } from "../i18n/problem_text";
import * as store from "../store";

export const UNDO_MS = 8000;

interface Ways {
  /** Delete it on the server. */
  remove(id: string): Promise<unknown>;
  /** The server refused the deletion. */
  refused(): unknown;
}

export class PendingDeletions {
  #ways: Ways;
  #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(ways: Ways) {
    this.#ways = ways;
  }

  has(id: string): boolean {
    return this.#timers.has(id);
  }

  /** Delete it after the undo period; `back` restores it. */
  start(id: string, title: string, back: () => void): void {
    const run = (): void => {
      clearTimeout(this.#timers.get(id));
      this.#timers.delete(id);
      back();
    };
    const notice = store.notify(t("list.deleted", { title }), { label: t("list.undo"), run });
    const forGood = (): void => {
      store.dismissNotice(notice);
      void this.#remove(id);
    };
    this.#timers.set(id, setTimeout(forGood, UNDO_MS));
  }

  /** Delete everything now, because the page is closing. */
  hurry(): void {
    for (const id of this.#timers.keys()) void this.#remove(id);
  }

  async #remove(id: string): Promise<void> {
    clearTimeout(this.#timers.get(id));
    try {
      await this.#ways.remove(id);
      this.#timers.delete(id);
    } catch (error) {
      this.#timers.delete(id);
      store.notify(problemText(problemOf(error)));
      this.#ways.refused();
    }
  }
}
