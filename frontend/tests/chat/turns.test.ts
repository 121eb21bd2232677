import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Ask, Done, EvidenceItem } from "../../src/api/schema";
import { Socket } from "../../src/api/socket";
import { Outbox } from "../../src/chat/outbox";
import { Turns } from "../../src/chat/turns";
import * as store from "../../src/store";
import { emptyMessage, type Message } from "../../src/store/message";
import { FakeSocket, openFake } from "../fake_socket";
import { setState } from "../set_state";

const ask = (id: string, more: Partial<Ask> = {}): Ask => ({
  type: "ask",
  id,
  text: "Bore?",
  ...more,
});
const accepted = (id: string, turn = "t1") =>
  ({
    type: "accepted",
    id,
    turn_id: turn,
    conversation_id: "c",
    message_id: `a-${turn}`,
    question_id: `q-${turn}`,
    queue_position: 0,
  }) as const;
const delta = (seq: number, text: string, turn = "t1") =>
  ({ type: "delta", turn_id: turn, seq, text }) as const;
const done = (seq: number, turn = "t1"): Done => ({
  type: "done",
  turn_id: turn,
  seq,
  finish_reason: "stop",
  usage: { prompt_tokens: 1, cached_tokens: 0, image_tokens: 0, completion_tokens: 2 },
  timing: { queue_ms: 0, ttft_ms: 1, total_ms: 2 },
  notes: [],
  note_codes: [],
  shown: [],
});

const outside = {
  reload: vi.fn(() => Promise.resolve()),
  reread: vi.fn(),
  began: vi.fn((id: string) => void setState(store.conversationId, id)),
  listChanged: vi.fn(),
  refused: vi.fn(),
};

function start(): Turns {
  const turns = new Turns(outside, (events) => new Socket(events, openFake), new Outbox());
  turns.socket.start();
  return turns;
}

let turns: Turns;
beforeEach(() => {
  vi.useFakeTimers();
  sessionStorage.clear();
  FakeSocket.all = [];
  setState(store.conversationId, null);
  setState(store.messages, new Map());
  setState(store.chosenBranch, new Map());
  setState(store.conversations, []);
  setState(store.runningTurns, new Map());
  turns = start();
});
afterEach(() => {
  turns.socket.stop();
  vi.useRealTimers();
  vi.clearAllMocks();
});

const settle = (ms = 50): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const answer = () => store.messages.value.get(store.path.value.at(-1)!)!;
const sent = (type: string) =>
  FakeSocket.all.flatMap((one) => one.sent).filter((one) => one["type"] === type);

async function reconnect(): Promise<void> {
  FakeSocket.last.break();
  await settle(20_000);
  FakeSocket.last.hello();
  await settle();
}

test("a question is shown at once, gets the server's ids, then its answer streams", async () => {
  FakeSocket.last.hello();
  turns.ask(ask("x"));
  expect(answer()).toMatchObject({ status: "sending", role: "assistant" });
  FakeSocket.last.say(accepted("x"), delta(1, "Ø38 "), delta(2, "H12"));
  await settle();
  expect(store.path.value).toEqual(["q-t1", "a-t1"]);
  expect(answer()).toMatchObject({ text: "Ø38 H12", status: "streaming", parent_id: "q-t1" });
  expect(outside.began).toHaveBeenCalledWith("c");
  expect(store.runningTurns.value.get("t1")).toBe("c");
  FakeSocket.last.say(done(3));
  await settle();
  expect(answer()).toMatchObject({ status: "complete", text: "Ø38 H12" });
  expect(store.runningTurns.value.size).toBe(0);
});

test("a question asked while disconnected is sent once after the reconnect", async () => {
  turns.ask(ask("x"));
  expect(sent("ask")).toEqual([]);
  FakeSocket.last.hello();
  await settle();
  expect(sent("ask")).toHaveLength(1);
  FakeSocket.last.say(accepted("x"));
  await reconnect();
  expect(sent("ask")).toHaveLength(1);
});

test("drawings being read are reloaded after a reconnect, and only then", async () => {
  FakeSocket.last.hello();
  await settle();
  expect(outside.reread).not.toHaveBeenCalled();
  await reconnect();
  expect(outside.reread).toHaveBeenCalledOnce();
});

test("a lost question is sent again", async () => {
  FakeSocket.last.hello();
  turns.ask(ask("x"));
  await reconnect();
  expect(sent("ask").map((one) => one["id"])).toEqual(["x", "x"]);
});

test("a question that had arrived is sent again with its id and finds its turn", async () => {
  FakeSocket.last.hello();
  turns.ask(ask("x"));
  await reconnect();
  FakeSocket.last.say(accepted("x"), delta(1, "a"), done(2));
  await settle();
  expect(store.path.value).toEqual(["q-t1", "a-t1"]);
  expect(answer()).toMatchObject({ text: "a", status: "complete" });
  await reconnect();
  expect(sent("ask")).toHaveLength(2);
});

test("after a reload nothing is shown twice", async () => {
  FakeSocket.last.hello();
  turns.ask(ask("x", { conversation_id: "c", parent_id: "root" }));
  turns.socket.stop();
  setState(store.conversationId, "c");
  const question: Message = { ...emptyMessage("q-t1", "user", null), text: "Bore?" };
  const partial: Message = {
    ...emptyMessage("a-t1", "assistant", "q-t1"),
    turn_id: "t1",
    text: "Ø",
    status: "streaming",
  };
  setState(
    store.messages,
    new Map([
      ["q-t1", question],
      ["a-t1", partial],
    ]),
  );
  turns = start();
  turns.show(turns.outbox.of("c")[0]!);
  turns.frames.watch(partial, "c");
  FakeSocket.last.hello();
  FakeSocket.last.say(accepted("x"), delta(1, "Ø38"), done(2));
  await settle();
  expect([...store.messages.value.keys()]).toEqual(["q-t1", "a-t1"]);
  expect(answer()).toMatchObject({ text: "Ø38", status: "complete", local: false });
});

test("prefills are requested on each connection and stored by subject", async () => {
  FakeSocket.last.hello();
  expect(sent("prefill")).toHaveLength(1);
  const drawing = { drawing: "d", page: null, conversation_id: null, message_id: null } as const;
  FakeSocket.last.say({ type: "prefill", items: [{ ...drawing, state: "preparing" }] });
  FakeSocket.last.say({ type: "prefill", items: [{ ...drawing, state: "ready" }] });
  expect(store.prefills.value.get("d")).toMatchObject({ state: "ready" });
  await reconnect();
  expect(sent("prefill")).toHaveLength(2);
  expect(store.prefills.value.size).toBe(0);
});

test("waiting questions survive a reload", async () => {
  turns.ask(ask("x"));
  turns.socket.stop();
  turns = start();
  FakeSocket.last.hello();
  await settle();
  expect(sent("ask").map((one) => one["id"])).toEqual(["x"]);
});

test("after a reconnect every running turn continues without gaps or duplicates", async () => {
  FakeSocket.last.hello();
  turns.ask(ask("x"));
  FakeSocket.last.say(accepted("x"), delta(1, "a"), delta(2, "b"));
  await settle();
  await reconnect();
  expect(sent("resume")).toEqual([{ type: "resume", turn_id: "t1", after_seq: 2 }]);
  FakeSocket.last.say(delta(2, "b"), delta(3, "c"), delta(4, "d"), done(5));
  await settle();
  expect(answer().text).toBe("abcd");
  await reconnect();
  expect(sent("resume")).toHaveLength(1);
});

test("a gap is detected and filled", async () => {
  FakeSocket.last.hello();
  turns.ask(ask("x"));
  FakeSocket.last.say(accepted("x"), delta(1, "a"));
  await settle(3000);
  FakeSocket.last.say(delta(3, "c"));
  await settle();
  expect(answer().text).toBe("a");
  expect(sent("resume")).toEqual([{ type: "resume", turn_id: "t1", after_seq: 1 }]);
  FakeSocket.last.say(delta(2, "b"), delta(3, "c"));
  await settle();
  expect(answer().text).toBe("abc");
});

test("an answer that was running on loading is replayed from its beginning", async () => {
  FakeSocket.last.hello();
  const partial = { ...emptyMessage("a", "assistant", null), turn_id: "t9", text: "par" };
  setState(store.conversationId, "c");
  setState(store.messages, new Map([["a", { ...partial, status: "streaming" }]]));
  turns.frames.watch(store.messages.value.get("a")!, "c");
  expect(sent("resume")).toEqual([{ type: "resume", turn_id: "t9", after_seq: 0 }]);
  FakeSocket.last.say(delta(1, "part", "t9"), delta(2, "ial", "t9"), done(3, "t9"));
  await settle();
  expect(answer()).toMatchObject({ text: "partial", status: "complete" });
});

test("a refused question shows the reason and is replaced by the next one", async () => {
  FakeSocket.last.hello();
  turns.ask(ask("x"));
  // As the server sends it: what an error is not about is left out.
  FakeSocket.last.say({ type: "error", code: "busy", message: "Try later.", id: "x" });
  await settle();
  expect(answer()).toMatchObject({ status: "failed", problem: { code: "busy" } });
  turns.ask(ask("y"));
  expect(store.messages.value.size).toBe(2);
  await reconnect();
  expect(sent("ask").map((one) => one["id"])).toEqual(["x", "y", "y"]);
});

test("a refused question returns its attachments, if nothing else is attached", () => {
  FakeSocket.last.hello();
  const drawings = [{ id: "d" }];
  turns.ask({ ...ask("x"), drawings });
  FakeSocket.last.say({ type: "error", code: "busy", message: "", id: "x" });
  expect(store.attachments.value).toEqual([{ id: "d" }]);
  setState(store.attachments, [{ id: "e" }]);
  turns.ask({ ...ask("y"), drawings });
  FakeSocket.last.say({ type: "error", code: "busy", message: "", id: "y" });
  expect(store.attachments.value).toEqual([{ id: "e" }]);
  setState(store.attachments, []);
});

test("a stop while disconnected shows a notice and is sent after the reconnect", async () => {
  FakeSocket.last.hello();
  turns.ask(ask("x"));
  FakeSocket.last.say(accepted("x"), delta(1, "a"));
  await settle();
  FakeSocket.last.close();
  turns.stop(answer());
  expect(store.notices.value.map((one) => one.text)).toEqual([
    "The answer will be stopped once you are reconnected.",
  ]);
  await reconnect();
  expect(sent("stop")).toEqual([{ type: "stop", turn_id: "t1" }]);
  await reconnect();
  expect(sent("stop")).toHaveLength(1);
  setState(store.notices, []);
});

test("stop names the turn, or the question before it is accepted", async () => {
  turns.ask(ask("x"));
  turns.stop(answer());
  expect(answer().status).toBe("stopped");
  FakeSocket.last.hello();
  await settle();
  expect(sent("ask")).toEqual([]);
  expect(sent("stop")).toEqual([{ type: "stop", id: "x" }]); // it might have arrived
  turns.ask(ask("y"));
  turns.stop(answer());
  FakeSocket.last.say(accepted("y"));
  turns.stop(answer());
  expect(sent("stop").slice(1)).toEqual([
    { type: "stop", id: "y" },
    { type: "stop", turn_id: "t1" },
  ]);
});

test("an engine that died leaves the answer interrupted", async () => {
  FakeSocket.last.hello();
  turns.ask(ask("x"));
  const code = "engine_restarting";
  FakeSocket.last.say(accepted("x"), delta(1, "a"), {
    type: "error",
    code,
    message: "",
    turn_id: "t1",
    seq: 2,
  });
  await settle();
  expect(answer()).toMatchObject({ status: "interrupted", text: "a" });
});

test("an ended answer is replayed for its steps and shown only when complete", async () => {
  FakeSocket.last.hello();
  const evidence = [{ text: "5", start: 0, end: 1, status: "confirmed" }] as EvidenceItem[];
  const stored: Message = {
    ...emptyMessage("a", "assistant", null),
    turn_id: "t9",
    text: "done",
    evidence,
  };
  setState(store.messages, new Map([["a", stored]]));
  turns.frames.replay(stored);
  turns.frames.replay(stored);
  expect(sent("resume")).toEqual([{ type: "resume", turn_id: "t9", after_seq: 0 }]);
  const thought = { type: "reasoning", turn_id: "t9", seq: 1, text: "hm" } as const;
  FakeSocket.last.say(thought, delta(2, "do", "t9"));
  await settle();
  expect(answer()).toBe(stored);
  const before = [{ ...evidence[0]!, status: "by_eye" as const }];
  const graded = { type: "evidence", turn_id: "t9", seq: 4, items: before } as const;
  FakeSocket.last.say(delta(3, "ne", "t9"), graded, done(5, "t9"));
  await settle();
  // A second look that came after the turn is in what is stored, and in no frame.
  expect(answer()).toMatchObject({ text: "done", reasoning: "hm", status: "complete", evidence });
});
