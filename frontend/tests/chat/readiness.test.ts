import { afterEach, beforeEach, expect, test } from "vitest";
import type { Beginning, ModelInfo } from "../../src/api/schema";
import type { DrawingInfo } from "../../src/api/types";
import { readiness } from "../../src/chat/readiness";
import * as store from "../../src/store";
import { emptyMessage, type Message } from "../../src/store/message";
import { drawingInfo, pageInfo } from "../bodies";
import { setState } from "../set_state";

const nothing: Beginning = {
  drawing: null,
  page: null,
  conversation_id: null,
  message_id: null,
  state: "ready",
};
const drawing = (id: string, pages: number): DrawingInfo =>
  drawingInfo({
    id,
    pages: Array.from({ length: pages }, (_, at) =>
      pageInfo({ number: at + 1, text_source: "none" }),
    ),
  });
const model = {
  state: "ready",
  model: "m",
  progress: null,
  limits: {},
  plan: null,
  error: null,
  demo: null,
} as ModelInfo;

beforeEach(() => {
  setState(store.model, model);
  setState(store.connection, "open");
  setState(store.uploads, []);
  setState(store.conversationId, null);
  setState(store.messages, new Map());
  setState(store.drawings, [drawing("one", 1), drawing("three", 3)]);
  setState(store.attachments, [{ id: "one" }]);
  setState(store.prefills, new Map());
});

afterEach(() => {
  setState(store.drawings, []);
  setState(store.attachments, []);
});

const tell = (...items: Partial<Beginning>[]): void =>
  store.notePrefills(items.map((item) => ({ ...nothing, ...item })));

function conversation(): void {
  const question: Message = { ...emptyMessage("q", "user", null), drawings: [{ id: "one" }] };
  setState(store.conversationId, "c");
  setState(
    store.messages,
    new Map([
      ["q", question],
      ["a", emptyMessage("a", "assistant", "q")],
    ]),
  );
  setState(store.attachments, []);
}

test("an uploaded drawing is being prefilled, then ready, until evicted", () => {
  expect(readiness.value).toBeNull();
  for (const state of ["preparing", "ready"] as const) {
    tell({ drawing: "one", state });
    expect(readiness.value).toBe(state);
  }
  tell({ drawing: "one", state: "none" });
  expect(readiness.value).toBeNull();
});

test("only the prefilled prompt is ready: no region, second drawing or other page", () => {
  tell({ drawing: "one" }, { drawing: "three", page: 1 });
  const asked = [
    [{ id: "one", page: 1, region: [0, 0, 1, 1] as [number, number, number, number] }],
    [{ id: "one" }, { id: "three" }],
    [{ id: "three" }],
    [{ id: "three", page: 2 }],
    [],
  ];
  for (const attached of asked) {
    setState(store.attachments, attached);
    expect(readiness.value).toBeNull();
  }
  for (const attached of [[{ id: "one", page: 1 }], [{ id: "three", page: 1 }]]) {
    setState(store.attachments, attached);
    expect(readiness.value).toBe("ready");
  }
  tell({ drawing: "three", page: null });
  setState(store.attachments, [{ id: "three" }]);
  expect(readiness.value).toBe("ready");
});

test("a conversation is ready after its last answer, for drawings used before", () => {
  conversation();
  tell({ conversation_id: "c", message_id: "a" });
  expect(readiness.value).toBe("ready");
  setState(store.attachments, [{ id: "one" }]);
  expect(readiness.value).toBe("ready");
  setState(store.attachments, [{ id: "three" }]);
  expect(readiness.value).toBeNull();
  setState(store.attachments, []);
  tell({ conversation_id: "c", message_id: "another branch" });
  expect(readiness.value).toBeNull();
});

test("nothing is ready while the model loads, answers or is unreachable", () => {
  tell({ drawing: "one" });
  setState(store.model, { ...model, state: "restarting" });
  expect(readiness.value).toBeNull();
  setState(store.model, model);
  setState(store.connection, "offline");
  expect(readiness.value).toBeNull();
});
