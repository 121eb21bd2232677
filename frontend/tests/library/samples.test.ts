import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { DrawingInfo } from "../../src/api/types";
import { loadSamples, openSample, questionsFor, samples } from "../../src/library/samples";
import * as store from "../../src/store";
import { setState } from "../set_state";

const sample = {
  name: "plate",
  title: "PLATE",
  sha256: "ab",
  questions: { en: ["Width?"], de: ["Breite?"], ko: ["폭?"] },
};
const drawing = {
  id: "d1",
  name: "plate.pdf",
  media_type: "application/pdf",
  bytes: 1,
  sha256: "ab",
  warnings: [],
  pages: [{ number: 1, width: 9, height: 9, text_source: "vector" as const }],
} as unknown as DrawingInfo;
const asked: string[] = [];

/** A server with one sample; `fails` makes it refuse. */
function serve(fails: boolean): void {
  vi.stubGlobal("fetch", (path: string, request: RequestInit) => {
    asked.push(`${request.method} ${path}`);
    if (fails) {
      const error = { error: { code: "not_found", message: "There is no such sample drawing." } };
      return Promise.resolve(new Response(JSON.stringify(error), { status: 404 }));
    }
    const body = path === "/api/samples" ? { items: [sample] } : drawing;
    return Promise.resolve(new Response(JSON.stringify(body), { status: 200 }));
  });
}

beforeEach(() => {
  asked.length = 0;
  setState(samples, []);
  setState(store.drawings, []);
  setState(store.attachments, []);
  setState(store.notices, []);
  setState(store.locale, "en");
});
afterEach(() => vi.unstubAllGlobals());

test("a sample opens like an upload and brings its questions in the page's language", async () => {
  serve(false);
  await loadSamples();
  await openSample("plate");
  expect(asked).toEqual(["GET /api/samples", "POST /api/samples/plate"]);
  expect(store.activeDrawing.value?.id).toBe("d1");
  expect(store.attachments.value).toEqual([{ id: "d1" }]);
  expect(questionsFor(store.activeDrawing.value)).toEqual(["Width?"]);
  setState(store.locale, "ko");
  expect(questionsFor(drawing)).toEqual(["폭?"]);
});

test("other drawings have no suggested questions", async () => {
  serve(false);
  await loadSamples();
  expect(questionsFor({ ...drawing, sha256: "cd" })).toEqual([]);
  expect(questionsFor(null)).toEqual([]);
});

test("a refused sample shows a notice; without samples none are offered", async () => {
  serve(true);
  await loadSamples();
  expect(samples.value).toEqual([]);
  await openSample("plate");
  expect(store.notices.value).toHaveLength(1);
  expect(store.drawings.value).toEqual([]);
});
