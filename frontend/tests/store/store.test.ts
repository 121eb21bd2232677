// @vitest-environment node
import { beforeEach, expect, test } from "vitest";
import type { DrawingInfo } from "../../src/api/types";
import * as store from "../../src/store";
import { drawingInfo, pageInfo } from "../bodies";
import { setState } from "../set_state";

const drawing = (id: string, pages = 1): DrawingInfo =>
  drawingInfo({
    id,
    pages: Array.from({ length: pages }, (_, at) => pageInfo({ number: at + 1 })),
  });

beforeEach(() => {
  setState(store.drawings, []);
  setState(store.activeDrawingId, null);
  setState(store.attachments, []);
});

test("the first drawing opened is shown; reopening it adds no tab", () => {
  store.openDrawing(drawing("a"));
  store.openDrawing(drawing("b"));
  store.openDrawing({ ...drawing("a"), name: "new" });
  expect(store.drawings.value.map((one) => one.name)).toEqual(["new", "b.pdf"]);
  expect(store.activeDrawing.value?.id).toBe("a");
});

test("a missing page becomes the first page", () => {
  store.openDrawing(drawing("a", 3));
  store.showSheet("a", 3);
  expect(store.activePage.value).toBe(3);
  store.showSheet("a", 9);
  expect(store.activePage.value).toBe(1);
  store.showSheet("unknown", 2);
  expect(store.activeDrawing.value?.id).toBe("a");
});

test("closing a drawing removes its attachments and shows another", () => {
  store.openDrawing(drawing("a"));
  store.openDrawing(drawing("b"));
  store.attach({ id: "a" });
  store.attach({ id: "b", page: 1, region: [0, 0, 5, 5] });
  store.closeDrawing("a");
  expect(store.activeDrawing.value?.id).toBe("b");
  expect(store.attachments.value).toEqual([{ id: "b", page: 1, region: [0, 0, 5, 5] }]);
});

test("a reference is attached once; another region is a second one", () => {
  store.attach({ id: "a" });
  store.attach({ id: "a", page: null });
  store.attach({ id: "a", page: 1, region: [0, 0, 5, 5] });
  store.attach({ id: "a", page: 1, region: [0, 0, 5, 6] });
  expect(store.attachments.value).toHaveLength(3);
  store.removeAttachment(1);
  expect(store.attachments.value.map((one) => one.region?.[3])).toEqual([undefined, 6]);
});

test("focusing the same place twice makes two requests", () => {
  store.openDrawing(drawing("a", 2));
  const place: store.FocusRequest = { drawing: "a", page: 2, box: [1, 2, 3, 4], label: "5" };
  store.focusOn(place);
  const first = store.focusRequest.value;
  store.focusOn(place);
  expect(store.focusRequest.value).toEqual(place);
  expect(store.focusRequest.value).not.toBe(first);
  expect(store.activePage.value).toBe(2);
});

test("growing texts do not notify subscribers of the message list", async () => {
  const { emptyMessage } = await import("../../src/store/message");
  setState(store.messages, new Map([["a", emptyMessage("a", "assistant", null)]]));
  const before = store.path.value;
  store.updateMessage("a", (message) => ({ ...message, text: "more" }));
  expect(store.path.value).toBe(before);
  expect(store.messages.value.get("a")?.text).toBe("more");
});

test("recognised text updates only its page", () => {
  store.openDrawing(drawing("a", 2));
  store.openDrawing(drawing("b", 2));
  store.notePageText("a", 2, "ocr");
  const sources = store.drawings.value.map((one) => one.pages.map((page) => page.text_source));
  expect(sources).toEqual([
    ["vector", "ocr"],
    ["vector", "vector"],
  ]);
});

test("regions are numbered among themselves", () => {
  store.attach({ id: "a" });
  store.attach({ id: "a", page: 1, region: [0, 0, 9, 9] });
  store.attach({ id: "b", page: 1, region: [1, 1, 9, 9] });
  expect([store.regionNumber(1), store.regionNumber(2)]).toEqual([1, 2]);
  store.removeAttachment(1);
  expect(store.regionNumber(1)).toBe(1);
});
