import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DrawingInfo } from "../../src/api/types";
import * as store from "../../src/store";
import { perform } from "../../src/viewer/actions";
import { type Box, matrixFromCorners, type Point } from "../../src/viewer/geometry";
import { ViewerModel } from "../../src/viewer/viewer_model";
import { drawingInfo, pageInfo } from "../bodies";
import { setState } from "../set_state";
import { FakeView } from "./fake_view";

vi.mock("../../src/viewer/sheet_view", async () => ({
  SheetView: (await import("./fake_view")).FakeView,
}));

function drawing(id: string, pages: number): DrawingInfo {
  const all = Array.from({ length: pages }, (_, at) => pageInfo({ number: at + 1, height: 500 }));
  return drawingInfo({ id, pages: all });
}

let model: ViewerModel;
let view: FakeView;

async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}

beforeEach(async () => {
  vi.stubGlobal("matchMedia", () => ({ matches: false }));
  setState(store.drawings, [drawing("a", 3), drawing("b", 1)]);
  store.showSheet("a", 1);
  model = new ViewerModel(document.createElement("div"));
  view = FakeView.made;
  await settled();
});

afterEach(() => {
  model.destroy();
  setState(store.drawings, []);
  setState(store.attachments, []);
  setState(store.activeDrawingId, null);
  setState(store.focusRequest, null);
  setState(store.regionMode, false);
  vi.unstubAllGlobals();
});

const opened = (): string[] => view.opened.map(({ sheet }) => `${sheet.drawing}.${sheet.page}`);

describe("pages", () => {
  it("are opened when they change, not when their drawing is updated", async () => {
    store.openDrawing({ ...drawing("a", 3), warnings: ["text was read"] });
    await settled();
    expect(opened()).toEqual(["a.1"]);
    model.turnPage(1);
    await settled();
    model.turnPage(99);
    await settled();
    model.turnPage(1);
    await settled();
    expect(opened()).toEqual(["a.1", "a.2", "a.3"]);
  });

  it("return to their last view", async () => {
    for (const go of [
      () => model.turnPage(2),
      () => model.showDrawing("b"),
      () => model.showDrawing("a"),
    ]) {
      go();
      await settled();
    }
    expect(opened()).toEqual(["a.1", "a.3", "b.1", "a.3"]);
    expect(view.opened.map(({ stance }) => stance?.zoom)).toEqual([
      undefined,
      undefined,
      undefined,
      3,
    ]);
  });

  it("are closed with the last drawing", async () => {
    store.closeDrawing("a");
    store.closeDrawing("b");
    await settled();
    expect(view.current).toBeNull();
  });
});

describe("a place asked for", () => {
  it("is flown to once, on its page, and marked there only", async () => {
    store.focusOn({ drawing: "a", page: 2, box: [100, 100, 40, 20], label: "Ø38" });
    await settled();
    expect(opened()).toEqual(["a.1", "a.2"]);
    expect(view.calls).toEqual(["fly 17 17 207 187"]);
    expect(model.evidence.value?.label).toBe("Ø38");
    model.turnPage(1);
    await settled();
    expect(model.evidence.value).toBeNull();
    model.turnPage(-1);
    await settled();
    expect(view.calls).toHaveLength(1);
    expect(perform(model, "cancel")).toBe(true);
    expect(store.focusRequest.value).toBeNull();
    expect(perform(model, "cancel")).toBe(false);
  });

  it("is flown to again when requested again", async () => {
    const request = { drawing: "a", page: 1, box: [0, 0, 10, 10] as Box, label: "R5" };
    store.focusOn(request);
    store.focusOn(request);
    await settled();
    expect(view.calls).toHaveLength(2);
  });
});

describe("regions", () => {
  const drag = (from: Point, to: Point, shift: boolean): void => {
    view.drag?.press(from);
    view.drag?.end(to, shift);
  };

  it("are attached by a drag while the tool is on; Shift keeps it on", () => {
    drag({ x: 10, y: 10 }, { x: 60, y: 60 }, false);
    expect(store.attachments.value).toEqual([]);
    perform(model, "region");
    drag({ x: 10, y: 10 }, { x: 60, y: 60 }, true);
    drag({ x: 100, y: 10 }, { x: 160, y: 60 }, false);
    expect(store.regionMode.value).toBe(false);
    expect(store.attachments.value).toEqual([
      { id: "a", page: 1, region: [20, 20, 100, 100] },
      { id: "a", page: 1, region: [200, 20, 120, 100] },
    ]);
  });

  it("are numbered over all drawings and shown on their page", () => {
    store.attach({ id: "b" });
    store.attach({ id: "b", page: 1, region: [0, 0, 20, 20] });
    store.attach({ id: "a", page: 1, region: [5, 5, 20, 20] });
    store.attach({ id: "a", page: 2, region: [6, 6, 20, 20] });
    expect(model.marks.value).toEqual([{ number: 2, index: 2, box: [5, 5, 20, 20] }]);
    model.remove({ number: 2, index: 2, box: [5, 5, 20, 20] });
    expect(store.attachments.value).toHaveLength(3);
    expect(model.marks.value).toEqual([]);
  });

  it("are made by keys, which otherwise move the view", () => {
    perform(model, "right");
    expect(view.calls).toEqual(["pan 75 0"]);
    expect(perform(model, "accept")).toBe(false);
    perform(model, "region");
    perform(model, "right");
    perform(model, "down", true);
    expect(perform(model, "accept")).toBe(true);
    expect(store.attachments.value).toEqual([{ id: "a", page: 1, region: [333, 167, 334, 186] }]);
    perform(model, "region");
    perform(model, "right");
    expect(perform(model, "cancel")).toBe(true);
    expect(store.regionMode.value).toBe(true);
    expect(perform(model, "cancel")).toBe(true);
    expect(store.regionMode.value).toBe(false);
  });
});

describe("text", () => {
  const item = { text: "M8", box: [900, 450, 40, 20], angle: 0, source: "vector", confidence: 1 };

  beforeEach(() => {
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ items: [item] })));
  });

  it("found is brought into view only if it is too small or outside", async () => {
    await model.search.find("M8");
    expect(view.calls).toEqual([]);
    view.camera.matrix.value = matrixFromCorners(
      { width: 1000, height: 500 },
      { x: 0, y: 0 },
      { x: 100, y: 0 },
      { x: 0, y: 50 },
    );
    await model.search.find("M8");
    expect(view.calls).toHaveLength(1);
  });

  it("is stepped through from page to page, backwards from the end of the previous page", async () => {
    const here = (address: string): object[] => (address.includes("/2/") ? [] : [item, item]);
    vi.stubGlobal("fetch", (address: string) =>
      Promise.resolve(Response.json({ items: here(address) })),
    );
    model.searchOpen.value = true;
    await model.search.find("M8");
    for (const by of [1, 1] as const) model.stepHit(by);
    await vi.waitFor(() => expect(opened()).toEqual(["a.1", "a.3"]));
    await vi.waitFor(() => expect(model.search.hits.value).toHaveLength(2));
    model.stepHit(-1);
    await vi.waitFor(() => expect(opened()).toEqual(["a.1", "a.3", "a.1"]));
    await vi.waitFor(() => expect(model.search.at.value).toBe(1));
  });

  it("is searched again when a scan has been read", async () => {
    model.searchOpen.value = true;
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ items: [] })));
    await model.search.find("M8");
    expect(model.search.total.value).toBe(0);
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ items: [item] })));
    store.notePageText("a", 1, "ocr");
    await vi.waitFor(() => expect(model.search.total.value).toBe(3));
  });

  it("of a region is copied, or its absence announced", async () => {
    const writeText = vi.fn(() => Promise.resolve());
    vi.stubGlobal("navigator", { clipboard: { writeText } });
    await model.copyTextIn([890, 440, 100, 60]);
    expect(writeText).toHaveBeenCalledWith("M8");
    expect(model.announcement.value).toContain("M8");
    await model.copyTextIn([0, 0, 100, 60]);
    expect(model.announcement.value).toBe("No text in this region");
  });
});
