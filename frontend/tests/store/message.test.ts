// @vitest-environment node
import { expect, test } from "vitest";
import type { EvidenceItem, ToolFrame } from "../../src/api/schema";
import { placeIn } from "../../src/chat/tool_result";
import { applyFrame, emptyMessage, fromStored, type Message } from "../../src/store/message";
import { childrenOf, pathThrough, renamed } from "../../src/store/message_tree";
import { storedMessage } from "../bodies";

const streaming: Message = { ...emptyMessage("a", "assistant", "q"), status: "streaming" };
const message = (id: string, parent: string | null) =>
  [id, emptyMessage(id, "user", parent)] as const;

test("the end of a tool call replaces its start", () => {
  const arguments_ = { bbox_2d: [0, 0, 9, 9] };
  const zoom: Omit<ToolFrame, "seq" | "state" | "result"> = {
    type: "tool",
    turn_id: "t",
    name: "zoom",
    arguments: arguments_,
    step: 1,
    error: null,
    at: 0,
    note_codes: [],
  };
  const running = applyFrame(streaming, { ...zoom, seq: 1, state: "running", result: null });
  const result = { drawing: "d", page: 2, region: [1, 2, 3, 4] };
  const ended = applyFrame(running, { ...zoom, seq: 2, state: "done", result });
  expect(ended.tools).toEqual([
    {
      name: "zoom",
      arguments: arguments_,
      step: 1,
      at: 0,
      state: "done",
      result,
      error: null,
      note_codes: [],
    },
  ]);
  expect(placeIn(ended.tools[0]!.result)).toEqual({ drawing: "d", page: 2, box: [1, 2, 3, 4] });
  const same = applyFrame(ended, { ...zoom, step: 2, seq: 3, state: "running", result: null });
  expect(same.tools.map(({ step, state }) => [step, state])).toEqual([
    [1, "done"],
    [2, "running"],
  ]);
});

test("a second look replaces the first, in the order of the text", () => {
  const item = (start: number, status: EvidenceItem["status"]): EvidenceItem => ({
    text: "5",
    start,
    end: start + 1,
    status,
    source: null,
    drawing: null,
    page: null,
    box: null,
    computed_by: null,
    places: [],
    read: null,
    says: null,
    from: null,
  });
  const evidence = (seq: number, items: EvidenceItem[]) =>
    ({ type: "evidence", turn_id: "t", seq, items }) as const;
  let after = applyFrame(streaming, evidence(1, [item(9, "by_eye"), item(2, "found")]));
  after = applyFrame(after, evidence(2, [item(9, "confirmed")]));
  expect(after.evidence.map(({ start, status }) => [start, status])).toEqual([
    [2, "found"],
    [9, "confirmed"],
  ]);
});

test("repeated and early frames change nothing", () => {
  const delta = (seq: number) => ({ type: "delta", turn_id: "t", seq, text: "x" }) as const;
  const one = applyFrame(streaming, delta(1));
  expect(applyFrame(one, delta(1))).toBe(one);
  expect(applyFrame(one, delta(3))).toBe(one);
});

test("reloading keeps what only frames have", () => {
  const known = { ...streaming, text: "abc", last_seq: 3, reasoning: "hm" };
  const running = storedMessage({ id: "a", role: "assistant", text: "ab", status: "streaming" });
  expect(fromStored(running, known)).toBe(known);
  const ended = fromStored({ ...running, text: "abcd", status: "complete", evidence: [] }, known);
  expect(ended).toMatchObject({ text: "abcd", status: "complete", reasoning: "hm" });
});

test("the newest branch is shown unless another was chosen", () => {
  const messages = new Map([
    message("q1", null),
    message("a1", "q1"),
    message("q2", null),
    message("a2", "q2"),
    message("a2b", "q2"),
  ]);
  const children = childrenOf(messages);
  expect(pathThrough(children, new Map())).toEqual(["q2", "a2b"]);
  expect(pathThrough(children, new Map([["", "q1"]]))).toEqual(["q1", "a1"]);
  expect(
    pathThrough(
      children,
      new Map([
        ["", "gone"],
        ["q2", "a2"],
      ]),
    ),
  ).toEqual(["q2", "a2"]);
});

test("a message without a loaded parent begins a path", () => {
  expect(pathThrough(childrenOf(new Map([message("a", "gone")])), new Map())).toEqual(["a"]);
});

test("new ids keep order and parents", () => {
  const messages = new Map([message("x", null), message("x:answer", "x"), message("z", null)]);
  const after = renamed(
    messages,
    new Map([
      ["x", "q"],
      ["x:answer", "a"],
    ]),
  );
  expect([...after.values()].map((one) => [one.id, one.parent_id])).toEqual([
    ["q", null],
    ["a", "q"],
    ["z", null],
  ]);
});
