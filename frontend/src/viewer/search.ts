/**
 * Searches the text of a drawing: hits of the page shown first, then the number of hits on the
 * other pages, one by one.
 */
import { computed, signal } from "@preact/signals";

import type { TextItem } from "../api/types";
import { fetchText } from "./sheet_text";

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
  /** The number of hits on each page searched. */
  readonly counts = signal<ReadonlyMap<number, number>>(new Map());
  readonly total = computed(() => [...this.counts.value.values()].reduce((sum, n) => sum + n, 0));

  private drawing: string | null = null;
  /** Start at the last hit of the next page shown. */
  private fromEnd = false;
  private running: AbortController | null = null;

  /** `target`: the page shown; `order`: the order of the hits. */
  constructor(
    private readonly target: () => Target | null,
    private readonly order: (items: TextItem[]) => TextItem[] = (items) => items,
  ) {}

  /** Search the page shown, then count hits on the others; an empty query clears the search. */
  async find(query: string): Promise<void> {
    this.stop();
    const target = this.target();
    const same = query === this.query.value && (target?.drawing ?? null) === this.drawing;
    this.query.value = query;
    this.drawing = target?.drawing ?? null;
    this.hits.value = [];
    this.at.value = 0;
    if (!same) this.forget();
    if (query.trim() === "" || target === null) {
      this.state.value = { name: "idle" };
      return;
    }
    this.state.value = { name: "running", page: null };
    await this.guarded(async (signal) => {
      const items = await fetchText(target.drawing, target.page, query, signal);
      this.hits.value = this.order(items);
      this.at.value = this.fromEnd ? Math.max(0, items.length - 1) : 0;
      this.fromEnd = false;
      this.count(target.page, items);
      await this.countOthers(target, signal);
    });
  }

  /** Continue counting where it was stopped. */
  async countOn(): Promise<void> {
    this.stop();
    const target = this.target();
    if (target !== null) await this.guarded((signal) => this.countOthers(target, signal));
  }

  /** Discard the counts, e.g. after text recognition has finished. */
  forget(): void {
    this.counts.value = new Map();
    this.fromEnd = false;
  }

  /** Go to the next hit, cyclically; returns the page to show if it is on another page. */
  step(by: 1 | -1): number | null {
    const count = this.hits.value.length;
    const next = this.at.value + by;
    if (next >= 0 && next < count) {
      this.at.value = next;
      return null;
    }
    const target = this.target();
    const ring = target === null ? [] : others(target);
    const found = (by > 0 ? ring : ring.toReversed()).find((page) => this.counts.value.get(page));
    if (found !== undefined) this.fromEnd = by < 0;
    else if (count > 0) this.at.value = (next + count) % count;
    return found ?? null;
  }

  stop(): void {
    this.running?.abort();
    this.running = null;
    if (this.state.value.name === "running") this.state.value = { name: "done", everywhere: false };
  }

  private async countOthers(target: Target, signal: AbortSignal): Promise<void> {
    for (const page of others(target)) {
      if (this.counts.value.has(page)) continue;
      this.state.value = { name: "running", page };
      this.count(page, await fetchText(target.drawing, page, this.query.value, signal));
    }
    this.state.value = { name: "done", everywhere: true };
  }

  private count(page: number, items: TextItem[]): void {
    this.counts.value = new Map(this.counts.value).set(page, items.length);
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
