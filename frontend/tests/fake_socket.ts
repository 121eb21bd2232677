/** A WebSocket that a test drives: what was sent is kept, what comes is said by the test. */
import type { ServerFrame } from "../src/api/schema";

export class FakeSocket {
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    return FakeSocket.all.at(-1)!;
  }

  readyState: number = WebSocket.OPEN;
  sent: Record<string, unknown>[] = [];
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor() {
    FakeSocket.all.push(this);
  }

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.readyState = WebSocket.CLOSED;
  }

  say(...frames: Partial<ServerFrame>[]): void {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) });
  }

  hello(): void {
    const model = {
      state: "ready",
      model: "fake",
      progress: null,
      limits: {},
      plan: null,
      error: null,
      demo: null,
      leaves_machine: false,
    } as const;
    this.say({ type: "hello", protocol: 1, version: "0", model });
  }

  /** The line breaks. */
  break(): void {
    this.readyState = WebSocket.CLOSED;
    this.onclose?.();
  }
}

export const openFake = (): WebSocket => new FakeSocket() as unknown as WebSocket;
