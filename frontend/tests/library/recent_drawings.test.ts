/** What is deleted can be had back for a while, and is then deleted on the server. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { deleteConversation } from "../../src/library/conversations";
import { UNDO_MS } from "../../src/library/pending_deletions";
import { deleteDrawing, deleteDrawingsNow, loadMoreOfShelf, loadShelf, moreOnShelf, shelf } from "../../src/library/recent_drawings";
import * as store from "../../src/store";

const drawing = (id: string): store.DrawingInfo => ({
  id, name: `${id}.pdf`, media_type: "application/pdf", bytes: 1, sha256: "", pages: [], warnings: [],
});

let calls: string[];
let answers: Record<string, [number, unknown]>;
const ids = (): string[] => shelf.value.map((one) => one.id);
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
  shelf.value = ["a", "b", "c"].map(drawing);
  moreOnShelf.value = null;
  store.notices.value = [];
  store.conversationId.value = null;
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("a deleted drawing can be had back, in its place", async () => {
  store.drawings.value = [drawing("b")];
  deleteDrawing(shelf.value[1]!);
  expect(ids()).toEqual(["a", "c"]);
  expect(store.drawings.value).toEqual([]);
  undo();
  expect(ids()).toEqual(["a", "b", "c"]);
  await vi.advanceTimersByTimeAsync(2 * UNDO_MS);
  expect(calls).toEqual([]);
});

test("it is deleted on the server after a while, or when the page goes", async () => {
  deleteDrawing(shelf.value[0]!);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(calls).toEqual(["DELETE /api/drawings/a"]);
  expect(store.notices.value).toEqual([]);
  deleteDrawing(shelf.value[0]!);
  deleteDrawingsNow();
  expect(calls.at(-1)).toBe("DELETE /api/drawings/b");
});

test("one that the server keeps is said, and is there again", async () => {
  answers["DELETE /api/drawings/a"] = [503, { error: { code: "storage_busy", message: "Busy." } }];
  answers["GET /api/drawings?limit=8"] = [200, { items: ["a", "b", "c"].map(drawing), next: null }];
  deleteDrawing(shelf.value[0]!);
  await vi.advanceTimersByTimeAsync(UNDO_MS);
  expect(store.notices.value.map((one) => one.text)).toEqual(["Busy."]);
  expect(ids()).toEqual(["a", "b", "c"]);
});

test("older drawings join page by page; one that is being deleted does not come back", async () => {
  deleteDrawing(shelf.value[2]!);
  answers["GET /api/drawings?limit=8"] = [200, { items: ["a", "b"].map(drawing), next: "n" }];
  answers["GET /api/drawings?limit=8&before=n"] = [200, { items: ["c", "d"].map(drawing), next: null }];
  await loadShelf();
  await loadMoreOfShelf();
  expect(ids()).toEqual(["a", "b", "d"]);
  expect(moreOnShelf.value).toBeNull();
});

test("a deleted conversation that was open is open again when it is had back", () => {
  store.conversations.value = [{ id: "x", title: "Fits", updated_at: 2, created_at: 1 }] as typeof store.conversations.value;
  store.conversationId.value = "x";
  const went: (string | null)[] = [];
  const go = (id: string | null): void => {
    went.push(id);
    store.conversationId.value = id;
  };
  deleteConversation("x", go);
  expect(store.conversations.value).toEqual([]);
  undo();
  expect(went).toEqual([null, "x"]);
  expect(store.conversations.value.map((one) => one.id)).toEqual(["x"]);
});
