/**
 * Searching the text of a page, and of the pages after it. Knows neither the view nor the bar
 * that shows it; where a hit is shown, the one who made it says.
 */
import { computed, signal } from "@preact/signals";

import { fetchText, type TextItem } from "./sheet_text";

export interface Target {
  drawing: string;
  page: number;
  /** Every page of the drawing, in order. */
  pages: readonly number[];
}

export type SearchState =
  | { name: "idle" }
  | { name: "running"; page: number | null }
  | { name: "done"; everywhere: boolean }
  | { name: "failed"; message: string };

export class Search {
  readonly query = signal("");
  readonly hits = signal<TextItem[]>([]);
  readonly at = signal(0);
  readonly state = signal<SearchState>({ name: "idle" });
  readonly hit = computed<TextItem | null>(() => this.hits.value[this.at.value] ?? null);

  private running: AbortController | null = null;

  /** `target`: what is shown; `order`: in which order hits are gone through. */
  constructor(
    private readonly target: () => Target | null,
    private readonly order: (items: TextItem[]) => TextItem[] = (items) => items,
  ) {}

  /** Searches the page shown; an empty query clears. Again for another page. */
  async find(query: string): Promise<void> {
    this.stop();
    this.query.value = query;
    this.hits.value = [];
    this.at.value = 0;
    const target = this.target();
    if (query.trim() === "" || target === null) {
      this.state.value = { name: "idle" };
      return;
    }
    this.state.value = { name: "running", page: null };
    await this.guarded(async (signal) => {
      const items = await fetchText(target.drawing, target.page, query, signal);
      this.hits.value = this.order(items);
      this.state.value = { name: "done", everywhere: false };
    });
  }

  /** The next page after the one shown that has the query, going round; null where none has. */
  async findElsewhere(): Promise<number | null> {
    this.stop();
    const target = this.target();
    if (target === null) return null;
    let found: number | null = null;
    await this.guarded(async (signal) => {
      for (const page of others(target)) {
        this.state.value = { name: "running", page };
        const items = await fetchText(target.drawing, page, this.query.value, signal);
        if (items.length === 0) continue;
        found = page;
        break;
      }
      this.state.value = { name: "done", everywhere: found === null };
    });
    return found;
  }

  step(by: number): void {
    const count = this.hits.value.length;
    if (count > 0) this.at.value = (this.at.value + by + count) % count;
  }

  stop(): void {
    this.running?.abort();
    this.running = null;
    if (this.state.value.name === "running") this.state.value = { name: "done", everywhere: false };
  }

  private async guarded(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const running = new AbortController();
    this.running = running;
    try {
      await work(running.signal);
    } catch (error) {
      if (running.signal.aborted) return;
      this.state.value = { name: "failed", message: (error as Error).message };
    }
  }
}

function others({ page, pages }: Target): number[] {
  const at = pages.indexOf(page);
  return [...pages.slice(at + 1), ...pages.slice(0, Math.max(at, 0))];
}
