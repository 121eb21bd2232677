import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { renewReading } from "../../src/chat/open_conversation";
import * as store from "../../src/store";

const scan = (reading: boolean): store.DrawingInfo => ({
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
  store.drawings.value = [];
});

afterEach(() => {
  vi.unstubAllGlobals();
});

test("a drawing that was being read is asked about again", async () => {
  const fetch = server();
  store.openDrawing(scan(true));
  await renewReading(scan(true));
  expect(sources()).toEqual(["ocr"]);
  await renewReading(scan(false));
  expect(fetch).toHaveBeenCalledOnce();
});

test("one whose tab was closed meanwhile stays closed", async () => {
  server();
  await renewReading(scan(true));
  expect(sources()).toEqual([]);
});
