import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { refreshReading } from "../../src/library/text_recognition";
import * as store from "../../src/store";
import { setState } from "../set_state";
import type { DrawingInfo } from "../../src/api/types";

const scan = (reading: boolean): DrawingInfo => ({
  id: "a",
  name: "scan.tif",
  media_type: "image/tiff",
  bytes: 1,
  sha256: "",
  pages: [{ number: 1, width: 9, height: 9, text_source: reading ? "none" : "ocr", reading }],
  warnings: [],
});
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

test("a drawing that was being read is asked about again", async () => {
  const fetch = server();
  store.openDrawing(scan(true));
  await refreshReading(scan(true));
  expect(sources()).toEqual(["ocr"]);
  await refreshReading(scan(false));
  expect(fetch).toHaveBeenCalledOnce();
});

test("one whose tab was closed meanwhile stays closed", async () => {
  server();
  await refreshReading(scan(true));
  expect(sources()).toEqual([]);
});
