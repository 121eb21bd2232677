import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ServerFrame } from "../../src/api/schema";
import { LONGEST_WAIT_MS, PING_EVERY_MS, PONG_WITHIN_MS, Socket } from "../../src/api/socket";
import { FakeSocket, openFake } from "../fake_socket";

let frames: ServerFrame[];
let states: string[];
let refused: number;
let socket: Socket;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  frames = [];
  states = [];
  refused = 0;
  socket = new Socket(
    {
      frame: (frame) => frames.push(frame),
      state: (state) => states.push(state),
      refused: () => (refused += 1),
    },
    openFake,
  );
  socket.start();
});

afterEach(() => {
  socket.stop();
  vi.useRealTimers();
});

test("the connection is open only after hello", () => {
  expect(socket.send({ type: "ping" })).toBe(false);
  FakeSocket.last.hello();
  expect(states).toEqual(["connecting", "open"]);
  expect(socket.send({ type: "ping" })).toBe(true);
  expect(FakeSocket.last.sent).toEqual([{ type: "ping" }]);
});

test("a lost connection is reopened with growing delays, up to a limit", () => {
  const random = vi.spyOn(Math, "random").mockReturnValue(1);
  const waits: number[] = [];
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const before = FakeSocket.all.length;
    const start = Date.now();
    FakeSocket.last.break();
    vi.advanceTimersToNextTimer();
    expect(FakeSocket.all.length).toBe(before + 1);
    waits.push(Date.now() - start);
  }
  expect(waits.slice(0, 4)).toEqual([400, 800, 1600, 3200]);
  expect(waits.at(-1)).toBe(LONGEST_WAIT_MS);
  random.mockRestore();
});

test("hello resets the delays", () => {
  for (let attempt = 0; attempt < 6; attempt += 1) {
    FakeSocket.last.break();
    vi.advanceTimersByTime(LONGEST_WAIT_MS);
  }
  FakeSocket.last.hello();
  const before = FakeSocket.all.length;
  FakeSocket.last.break();
  vi.advanceTimersByTime(400);
  expect(FakeSocket.all.length).toBe(before + 1);
});

test("a refused handshake is reported; a lost connection is not one", () => {
  FakeSocket.last.break();
  expect(refused).toBe(1);
  vi.advanceTimersByTime(LONGEST_WAIT_MS);
  FakeSocket.last.hello();
  FakeSocket.last.break();
  expect(refused).toBe(1);
});

test("after a silence it pings; without a reply it reconnects", () => {
  const first = FakeSocket.last;
  first.hello();
  vi.advanceTimersByTime(PING_EVERY_MS);
  expect(first.sent).toEqual([{ type: "ping" }]);
  first.say({ type: "pong", id: null });
  vi.advanceTimersByTime(PING_EVERY_MS + PONG_WITHIN_MS - 1);
  expect(states.at(-1)).toBe("open");
  vi.advanceTimersByTime(1);
  expect(states.at(-1)).toBe("waiting");
  expect(first.readyState).toBe(WebSocket.CLOSED);
});

test("a dropped connection reports nothing more", () => {
  const first = FakeSocket.last;
  first.hello();
  first.break();
  vi.advanceTimersByTime(LONGEST_WAIT_MS);
  first.say({ type: "pong", id: null });
  expect(frames.map((frame) => frame.type)).toEqual(["hello"]);
});

test("online and offline events of the browser are used", () => {
  FakeSocket.last.hello();
  vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  window.dispatchEvent(new Event("offline"));
  expect(states.at(-1)).toBe("offline");
  vi.restoreAllMocks();
  const before = FakeSocket.all.length;
  window.dispatchEvent(new Event("online"));
  expect(FakeSocket.all.length).toBe(before + 1);
});
