/**
 * A WebSocket that reconnects: back-off with jitter, a ping to detect dead connections, and the
 * browser's online and offline events. Frames are parsed here and interpreted in `chat/turns.ts`.
 */
import type { ClientFrame, ServerFrame } from "./schema";

export type Connection = "connecting" | "open" | "waiting" | "offline";

export const FIRST_WAIT_MS = 400;
export const LONGEST_WAIT_MS = 15_000;
export const PING_EVERY_MS = 20_000;
export const PONG_WITHIN_MS = 10_000;
/** Time limit for the handshake. */
const OPENING_WITHIN_MS = 10_000;

export interface SocketEvents {
  frame(frame: ServerFrame): void;
  state(state: Connection): void;
  /** The handshake failed, perhaps because a token is required. */
  refused(): void;
}

export class Socket {
  #events: SocketEvents;
  #open: () => WebSocket;
  #socket: WebSocket | null = null;
  #greeted = false;
  #attempt = 0;
  #started = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;

  constructor(events: SocketEvents, open: () => WebSocket = openSocket) {
    this.#events = events;
    this.#open = open;
  }

  start(): void {
    if (this.#started) return;
    this.#started = true;
    window.addEventListener("online", this.#hurry);
    window.addEventListener("offline", this.#lost);
    document.addEventListener("visibilitychange", this.#hurry);
    this.#connect();
  }

  stop(): void {
    this.#started = false;
    window.removeEventListener("online", this.#hurry);
    window.removeEventListener("offline", this.#lost);
    document.removeEventListener("visibilitychange", this.#hurry);
    clearTimeout(this.#timer);
    this.#drop();
  }

  /** Send a frame, or return false if not connected; frames are not queued here. */
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

  /** Every frame shows that the connection is alive; after a silence, send a ping. */
  #expectLife(): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(() => {
      this.send({ type: "ping" });
      this.#watch = setTimeout(() => this.#again(), PONG_WITHIN_MS);
    }, PING_EVERY_MS);
  }

  #again(): void {
    this.#drop();
    if (!this.#started) return;
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.#attempt);
    this.#attempt += 1;
    this.#events.state(navigator.onLine ? "waiting" : "offline");
    clearTimeout(this.#timer);
    // Half of the delay is random, so that clients of a restarted server do not reconnect all at
    // once.
    this.#timer = setTimeout(() => this.#connect(), longest / 2 + (Math.random() * longest) / 2);
  }

  /** Reconnect immediately when the network is back or the page becomes visible. */
  #hurry = (): void => {
    if (document.hidden || !this.#started || this.#socket) return;
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
