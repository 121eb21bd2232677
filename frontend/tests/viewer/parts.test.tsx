/** The parts of the viewer that show the store, on a model without a view. */
import { signal } from "@preact/signals";
import { render, type VNode } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { AttachmentChip } from "../../src/chat/AttachmentChip";
import * as store from "../../src/store";
import { Facts, ScaleBar } from "../../src/viewer/Facts";
import { matrixFromCorners, type Point } from "../../src/viewer/geometry";
import { Overlay } from "../../src/viewer/Overlay";
import { PageNavigation } from "../../src/viewer/PageNavigation";
import { PageStrip, toLoad } from "../../src/viewer/PageStrip";
import { SearchBar } from "../../src/viewer/SearchBar";
import { Search } from "../../src/viewer/search";
import type { ViewerModel } from "../../src/viewer/viewer_model";
import { PointerZone } from "../../src/viewer/Zone";
import { drawingInfo, pageInfo } from "../bodies";
import { setState } from "../set_state";

const size = { width: 4961, height: 3508 };
let root: HTMLElement;
let shown: (page: number) => void;

function show(part: VNode): void {
  void act(() => render(part, root));
}

function fakeModel(more: object = {}): ViewerModel {
  const matrix = signal(
    matrixFromCorners(size, { x: 0, y: 0 }, { x: 4961, y: 0 }, { x: 0, y: 3508 }),
  );
  const search = new Search(() => ({
    drawing: "d",
    page: store.activePage.value,
    pages: [1, 2, 3],
  }));
  const view = { state: signal({ name: "open" }), stage: document.createElement("div") };
  const announcement = signal("");
  const closeSearch = vi.fn();
  const stepHit = (by: 1 | -1): number | null => search.step(by);
  const zones = signal(null);
  const parts = { camera: { matrix }, search, view, announcement, closeSearch, stepHit, zones };
  return { ...parts, ...more } as unknown as ViewerModel;
}

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
  setState(store.drawings, [
    drawingInfo({
      id: "d",
      name: "Bracket.pdf",
      warnings: ["The page was scaled down."],
      pages: [1, 2, 3].map((number) =>
        pageInfo({
          number,
          ...size,
          text_source: number === 2 ? "none" : "vector",
          dpi: number === 3 ? null : 300,
        }),
      ),
    }),
  ]);
  store.showSheet("d", 1);
  shown = () => undefined;
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      private readonly seen: Element[] = [];
      constructor(report: (entries: object[]) => void) {
        shown = (page) => {
          const target = this.seen.find(
            (one) => (one as HTMLElement).dataset["page"] === `${page}`,
          );
          report([{ target, isIntersecting: true }]);
        };
      }
      observe(element: Element): void {
        this.seen.push(element);
      }
      disconnect(): void {
        this.seen.length = 0;
      }
    },
  );
  Element.prototype.scrollIntoView = () => undefined;
});

afterEach(() => {
  void act(() => render(null, root));
  root.remove();
  setState(store.drawings, []);
  setState(store.activeDrawingId, null);
  vi.unstubAllGlobals();
});

describe("facts", () => {
  it("tell size, paper, text and warnings", () => {
    show(<Facts />);
    const { textContent } = root;
    expect(textContent).toContain("4,961 × 3,508 px");
    expect(textContent).toContain("PDF");
    expect(textContent).toContain("A3 420 × 297 mm");
    expect(textContent).toContain("Exact text");
    expect(textContent).toContain("1 warning");
    expect(textContent).toContain("The page was scaled down.");
  });

  it("tell that a scan is being read, and when it has been", () => {
    store.showSheet("d", 2);
    act(() => store.notePageText("d", 2, "none", true));
    show(
      <>
        <Facts />
        <SearchBar model={fakeModel()} />
        <AttachmentChip reference={{ id: "d" }} />
      </>,
    );
    expect(root.querySelector(".viewer-facts")?.textContent).toContain("Recognising text…");
    expect(root.querySelector("output")?.textContent).toBe("Recognising text…");
    expect(root.querySelector(".chip")?.textContent).toContain("recognising text");
    act(() => store.notePageText("d", 2, "ocr"));
    expect(root.textContent).not.toContain("being recognised");
    expect(root.querySelector(".viewer-facts")?.textContent).toContain("OCR text: please check");
    expect(root.querySelector(".chip")?.textContent).toContain("OCR text");
  });

  it("do not invent what is not known", () => {
    store.showSheet("d", 2);
    show(<Facts />);
    expect(root.textContent).toContain("No text layer: read from the image");
    store.showSheet("d", 3);
    show(
      <>
        <Facts />
        <ScaleBar model={fakeModel()} />
      </>,
    );
    expect(root.textContent).not.toContain("mm");
  });

  it("name the zone under the pointer, and none beside the sheet", () => {
    const zones = signal({ columns: { "1": 1000, "2": 4000 }, rows: { A: 900, B: 2600 } });
    const pointer = signal<Point | null>({ x: 3900, y: 2500 });
    show(<PointerZone model={fakeModel({ pointer, zones })} />);
    expect(root.textContent).toBe("Zone B2");
    const move = (to: Point | null): void => void act(() => void setState(pointer, to));
    move({ x: 100, y: 100 });
    expect(root.textContent).toBe("Zone A1");
    for (const away of [{ x: -1, y: 100 }, { x: 100, y: 3508 }, null]) {
      move(away);
      expect(root.textContent).toBe("");
    }
  });

  it("draw a scale bar in millimetres of paper", () => {
    show(<ScaleBar model={fakeModel()} />);
    expect(root.textContent).toBe("10 mm on paper");
    expect(Number.parseFloat(root.querySelector("span")?.style.width ?? "")).toBeCloseTo(118.1, 1);
  });
});

describe("the page strip", () => {
  const pictures = (): (string | null)[] =>
    [...root.querySelectorAll("img")].map((image) => image.getAttribute("src"));

  it("loads only what is near its window", () => {
    show(<PageStrip />);
    expect(root.querySelectorAll("button")).toHaveLength(3);
    expect(pictures()).toEqual([]);
    void act(() => shown(2));
    expect(pictures()).toEqual(["/iiif/d.2/full/^!160,160/0/default.jpg"]);
  });

  it("loads a few thumbnails at a time, starting from the page shown", () => {
    const near = new Set([115, 116, 117, 118, 119, 120]);
    expect([...toLoad(near, new Set(), 118)]).toEqual([118, 117]);
    expect([...toLoad(near, new Set([1, 117, 118]), 118)]).toEqual([117, 118, 119, 116]);
  });

  it("is one tab stop and navigated by arrow keys", () => {
    show(<PageStrip />);
    const stops = (): number[] => [...root.querySelectorAll("button")].map((one) => one.tabIndex);
    expect(stops()).toEqual([0, -1, -1]);
    const key = new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true });
    void act(() => void root.querySelector("button")?.dispatchEvent(key));
    expect(store.activePage.value).toBe(2);
    expect(stops()).toEqual([-1, 0, -1]);
  });

  it("is not there for a single page", () => {
    setState(
      store.drawings,
      store.drawings.value.map((one) => ({
        ...one,
        pages: one.pages.slice(0, 1),
      })),
    );
    show(<PageStrip />);
    expect(root.innerHTML).toBe("");
  });
});

describe("the page field", () => {
  it("goes to a page, not past the last, and keeps to numbers", () => {
    show(<PageNavigation model={fakeModel()} />);
    const field = root.querySelector("input");
    const type = (text: string): void => {
      if (field === null) return;
      field.value = text;
      void act(() => void field.dispatchEvent(new Event("change", { bubbles: true })));
    };
    type("2");
    expect(store.activePage.value).toBe(2);
    type("999");
    expect(store.activePage.value).toBe(3);
    type("two");
    expect(store.activePage.value).toBe(3);
    expect(field?.value).toBe("3");
  });
});

describe("the overlay", () => {
  it("draws in canvas pixels, labels on the screen", () => {
    const model = fakeModel({
      marks: signal([{ number: 2, index: 0, box: [100, 200, 300, 400] }]),
      regions: { draft: signal([1, 2, 30, 40]) },
      evidence: signal({ drawing: "d", page: 1, box: [1000, 1000, 80, 40], label: "Ø38 H12" }),
    });
    show(<Overlay model={model} />);
    expect(root.querySelector("g")?.getAttribute("transform")).toBe("matrix(1 0 0 1 0 0)");
    const box = (kind: string): (string | null)[] =>
      ["x", "y", "width", "height"].map(
        (side) => root.querySelector(`rect.${kind}`)?.getAttribute(side) ?? null,
      );
    expect(box("viewer-region")).toEqual(["100", "200", "300", "400"]);
    expect(box("viewer-draft")).toEqual(["1", "2", "30", "40"]);
    expect(box("viewer-evidence")).toEqual(["996", "996", "88", "48"]);
    expect(root.querySelector(".viewer-number")?.textContent).toBe("2");
    expect(root.querySelector(".viewer-evidence-label")?.textContent).toBe("Ø38 H12");
    void act(() => {
      model.camera.matrix.value = { a: 0, b: 2, c: -2, d: 0, e: 500, f: 10 };
    });
    expect(root.querySelector("g")?.getAttribute("transform")).toBe("matrix(0 2 -2 0 500 10)");
    expect(root.querySelector<HTMLElement>(".viewer-region-label")?.style.left).toBe("-700px");
  });
});

describe("the search bar", () => {
  beforeEach(() => {
    const item = { text: "M8", box: [0, 0, 9, 9], angle: 0, source: "vector", confidence: 1 };
    vi.stubGlobal("fetch", (address: string) =>
      Promise.resolve(Response.json({ items: address.includes("/1/") ? [item, item] : [] })),
    );
  });

  const type = (text: string, key: string): void => {
    const field = root.querySelector("input");
    if (field === null) throw new Error("there is no field");
    field.value = text;
    field.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
  };
  const outcome = (): string | null | undefined => root.querySelector("output")?.textContent;

  it("takes the focus, counts hits and steps through them on Enter", async () => {
    show(<SearchBar model={fakeModel()} />);
    expect(document.activeElement).toBe(root.querySelector("input"));
    type("M8", "Enter");
    await vi.waitFor(() => expect(outcome()).toBe("1 of 2"));
    type("M8", "Enter");
    await vi.waitFor(() => expect(outcome()).toBe("2 of 2"));
  });

  it("says that a page has no text layer, and how many hits the others have", async () => {
    store.showSheet("d", 2);
    show(<SearchBar model={fakeModel()} />);
    expect(outcome()).toBe("No text layer: read from the image");
    type("M8", "Enter");
    await vi.waitFor(() => expect(outcome()).toBe("None here, 2 on other pages"));
  });

  it("shows that nothing was found on any page", async () => {
    show(<SearchBar model={fakeModel()} />);
    vi.stubGlobal("fetch", () => Promise.resolve(Response.json({ items: [] })));
    type("M9", "Enter");
    await vi.waitFor(() => expect(outcome()).toBe("Not found on any page"));
  });

  it("closes on Escape", () => {
    const model = fakeModel();
    show(<SearchBar model={model} />);
    type("", "Escape");
    expect(model.closeSearch).toHaveBeenCalled();
  });
});
