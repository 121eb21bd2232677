import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { DrawingInfo } from "../../src/api/types";
import { refreshReading } from "../../src/library/text_recognition";
import * as store from "../../src/store";
import { drawingInfo, pageInfo } from "../bodies";
import { setState } from "../set_state";

const scan = (reading: boolean): DrawingInfo =>
  drawingInfo({ id: "a", pages: [pageInfo({ text_source: reading ? "none" : "ocr", reading })] });
const server = (): ReturnType<typeof vi.fn> => {
  const fetch = vi.fn(() => Promise.resolve(Response.json(scan(false))));
  vi.stubGlobal("fetch", fetch);
  return fetch;
};
const sources = (): string[] =>
  store.drawings.value.flatMap((one) => one.pages.map((page) => page.text_source));

// The document is shared with the other files, in any order.
beforeEach(() => {
  setState(store.drawings, []);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a drawing with running text recognition is reloaded", async () => {
  const fetch = server();
  store.openDrawing(scan(true));
  await refreshReading(scan(true));
  expect(sources()).toEqual(["ocr"]);
  await refreshReading(scan(false));
  expect(fetch).toHaveBeenCalledOnce();
});

test("a closed tab stays closed", async () => {
  server();
  await refreshReading(scan(true));
  expect(sources()).toEqual([]);
});
