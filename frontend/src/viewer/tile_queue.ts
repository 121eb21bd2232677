/**
 * Loads tiles a few at a time, retries when the server is busy, and drops tiles that are out of
 * view.
 */
import { TryAgain } from "./http_failure";

/** A requested tile. Exactly one of the three callbacks is called, once. */
export interface TileRequest<T> {
  url: string;
  done(value: T): void;
  failed(message: string): void;
  dropped(): void;
}

export type Load<T> = (url: string, signal: AbortSignal) => Promise<T>;

const TRIES = 4;
const FIRST_PAUSE_MS = 400;
const LONGEST_PAUSE_MS = 5000;

export class TileQueue<T, R extends TileRequest<T> = TileRequest<T>> {
  private waiting: R[] = [];
  private readonly running = new Map<R, AbortController>();

  /**
   * At most `limit` tiles at once: fewer than a browser's connections, so that the chat is not
   * blocked.
   */
  constructor(
    private readonly load: Load<T>,
    private readonly limit = 4,
  ) {}

  get length(): number {
    return this.waiting.length + this.running.size;
  }

  add(request: R): void {
    this.waiting.push(request);
    this.next();
  }

  /** Drop every waiting or running request that is no longer wanted. */
  keep(wanted: (request: R) => boolean): void {
    const left = this.waiting.filter((request) => !wanted(request));
    this.waiting = this.waiting.filter((request) => !left.includes(request));
    for (const [request, controller] of [...this.running]) {
      if (wanted(request)) continue;
      this.running.delete(request);
      controller.abort();
      left.push(request);
    }
    for (const request of left) request.dropped();
    this.next();
  }

  private next(): void {
    while (this.running.size < this.limit) {
      const request = this.waiting.shift();
      if (request === undefined) return;
      const controller = new AbortController();
      this.running.set(request, controller);
      void this.run(request, controller);
    }
  }

  private async run(request: R, controller: AbortController): Promise<void> {
    try {
      const value = await this.loadPatiently(request.url, controller.signal);
      if (this.running.delete(request)) request.done(value);
    } catch (error) {
      if (this.running.delete(request)) request.failed(messageOf(error));
    }
    this.next();
  }

  private async loadPatiently(url: string, signal: AbortSignal): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.load(url, signal);
      } catch (error) {
        if (!(error instanceof TryAgain) || attempt === TRIES || signal.aborted) throw error;
        await pause(error.afterMs ?? FIRST_PAUSE_MS * 2 ** (attempt - 1), signal);
      }
    }
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, Math.min(ms, LONGEST_PAUSE_MS));
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
