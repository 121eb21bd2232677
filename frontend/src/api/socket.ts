/**
 * One WebSocket that comes back: back-off with jitter, a ping that notices a dead line, the
 * browser's own word on being offline. Knows frames only as JSON; what they mean is `turns.ts`.
 */
import type { ClientFrame, ServerFrame } from "./frames";

export type Connection = "connecting" | "open" | "waiting" | "offline";

export const FIRST_WAIT_MS = 400;
export const LONGEST_WAIT_MS = 15_000;
export const PING_EVERY_MS = 20_000;
export const PONG_WITHIN_MS = 10_000;
/** Past this a frame could meet the server's limit of 64 KiB; asks are cut before they get here. */
const OPENING_WITHIN_MS = 10_000;

export interface SocketEvents {
  frame(frame: ServerFrame): void;
  state(state: Connection): void;
  /** The handshake failed: perhaps a token is needed. */
  refused(): void;
}

export class Socket {
  #events: SocketEvents;
  #open: () => WebSocket;
  #socket: WebSocket | null = null;
  #greeted = false;
  #attempt = 0;
  #wanted = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;

  constructor(events: SocketEvents, open: () => WebSocket = openSocket) {
    this.#events = events;
    this.#open = open;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    window.addEventListener("online", this.#hurry);
    window.addEventListener("offline", this.#lost);
    document.addEventListener("visibilitychange", this.#hurry);
    this.#connect();
  }

  stop(): void {
    this.#wanted = false;
    window.removeEventListener("online", this.#hurry);
    window.removeEventListener("offline", this.#lost);
    document.removeEventListener("visibilitychange", this.#hurry);
    clearTimeout(this.#timer);
    this.#drop();
  }

  /** Send now, or return false: nothing is kept here. */
  send(frame: ClientFrame): boolean {
    if (!this.#greeted || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(JSON.stringify(frame));
    return true;
  }

  #connect(): void {
    clearTimeout(this.#timer);
    this.#drop();
    this.#events.state("connecting");
    const socket = this.#open();
    this.#socket = socket;
    this.#watch = setTimeout(() => this.#again(), OPENING_WITHIN_MS);
    socket.onmessage = (event: MessageEvent<unknown>) => this.#received(event.data);
    socket.onclose = () => {
      if (!this.#greeted) this.#events.refused();
      this.#again();
    };
  }

  #received(data: unknown): void {
    if (typeof data !== "string") return;
    const frame = JSON.parse(data) as ServerFrame;
    if (frame.type === "hello") {
      this.#greeted = true;
      this.#attempt = 0;
      this.#events.state("open");
    }
    this.#expectLife();
    this.#events.frame(frame);
  }

  /** Any frame is a sign of life; after a silence, ask for one. */
  #expectLife(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      this.send({ type: "ping" });
      this.#watch = setTimeout(() => this.#again(), PONG_WITHIN_MS);
    }, PING_EVERY_MS);
  }

  #again(): void {
    this.#drop();
    if (!this.#wanted) return;
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempt);
    this.#attempt += 1;
    this.#events.state(navigator.onLine ? "waiting" : "offline");
    clearTimeout(this.#timer);
    // Half fixed, half drawn by lot: a restarted server is not met by everyone at once.
    this.#timer = setTimeout(() => this.#connect(), longest / 2 + (Math.random() * longest) / 2);
  }

  /** The network is back, or somebody looks at the page again: do not sit out the wait. */
  #hurry = (): void => {
    if (document.hidden || !this.#wanted || this.#socket) return;
    this.#attempt = 0;
    this.#connect();
  };

  #lost = (): void => this.#again();

  #drop(): void {
    clearTimeout(this.#watch);
    this.#greeted = false;
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}

function openSocket(): WebSocket {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(`${scheme}//${location.host}/ws`);
}
