/** Deletions can be undone for a while before they reach the server. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { DrawingInfo } from "../../src/api/types";
import { deleteConversation } from "../../src/library/conversations";
import { UNDO_MS } from "../../src/library/pending_deletions";
import {
  deleteDrawing,
  deleteDrawingsNow,
  loadMoreRecentDrawings,
  loadRecentDrawings,
  moreRecentDrawings,
  recentDrawings,
} from "../../src/library/recent_drawings";
import * as store from "../../src/store";
import { drawingInfo } from "../bodies";
import { setState } from "../set_state";

const drawing = (id: string): DrawingInfo => drawingInfo({ id, pages: [] });

let calls: string[];
let answers: Record<string, [number, unknown]>;
const ids = (): string[] => recentDrawings.value.map((one) => one.id);
const undo = (): void => store.notices.value.at(-1)!.action!.run();

beforeEach(() => {
  vi.useFakeTimers();
  calls = [];
  answers = {};
  vi.stubGlobal("fetch", (path: string, { method }: RequestInit) => {
    calls.push(`${method} ${path}`);
    const [status, body] = answers[`${method} ${path}`] ?? [204, null];
    return Promise.resolve(new Response(status === 204 ? null : JSON.stringify(body), { status }));
  });
  setState(recentDrawings, ["a", "b", "c"].map(drawing));
  setState(moreRecentDrawings, null);
  setState(store.notices, []);
  setState(store.conversationId, null);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("undo restores a deleted drawing at its position", async () => {
  setState(store.drawings, [drawing("b")]);
  deleteDrawing(recentDrawings.value[1]!);
  expect(ids()).toEqual(["a", "c"]);
  expect(store.drawings.value).toEqual([]);
  undo();
  expect(ids()).toEqual(["a", "b", "c"]);
  await vi.advanceTimersByTimeAsync(2 * UNDO_MS);
  expect(calls).toEqual([]);
});

test("the server deletes it after the undo period, or when the page closes", async () => {
  deleteDrawing(recentDrawings.value[0]!);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(calls).toEqual(["DELETE /api/drawings/a"]);
  expect(store.notices.value).toEqual([]);
  deleteDrawing(recentDrawings.value[0]!);
  deleteDrawingsNow();
  expect(calls.at(-1)).toBe("DELETE /api/drawings/b");
});

test("a drawing that the server refuses to delete reappears with a notice", async () => {
  answers["DELETE /api/drawings/a"] = [503, { error: { code: "storage_busy", message: "Busy." } }];
  answers["GET /api/drawings?limit=8"] = [200, { items: ["a", "b", "c"].map(drawing), next: null }];
  deleteDrawing(recentDrawings.value[0]!);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(store.notices.value.map((one) => one.text)).toEqual(["Busy."]);
  expect(ids()).toEqual(["a", "b", "c"]);
});

test("older drawings load page by page, without pending deletions", async () => {
  deleteDrawing(recentDrawings.value[2]!);
  answers["GET /api/drawings?limit=8"] = [200, { items: ["a", "b"].map(drawing), next: "n" }];
  answers["GET /api/drawings?limit=8&before=n"] = [
    200,
    { items: ["c", "d"].map(drawing), next: null },
  ];
  await loadRecentDrawings();
  await loadMoreRecentDrawings();
  expect(ids()).toEqual(["a", "b", "d"]);
  expect(moreRecentDrawings.value).toBeNull();
});

test("undoing the deletion of the open conversation opens it again", () => {
  setState(store.conversations, [
    { id: "x", title: "Fits", updated_at: 2, created_at: 1 },
  ] as typeof store.conversations.value);
  setState(store.conversationId, "x");
  const went: (string | null)[] = [];
  const go = (id: string | null): void => {
    went.push(id);
    setState(store.conversationId, id);
  };
  deleteConversation("x", go);
  expect(store.conversations.value).toEqual([]);
  undo();
  expect(went).toEqual([null, "x"]);
  expect(store.conversations.value.map((one) => one.id)).toEqual(["x"]);
});
