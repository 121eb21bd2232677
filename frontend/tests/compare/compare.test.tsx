/** Two sheets compared, on a server that answers from a script. */
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { AffineNumbers, Comparison, DrawingInfo } from "../../src/api/types";
import { view } from "../../src/compare/ComparedImage";
import { ComparePane } from "../../src/compare/ComparePane";
import * as comparison from "../../src/compare/comparison";
import { around, below, covered, matrixOf, onNew, zoomed } from "../../src/compare/windows";
import * as store from "../../src/store";
import { side } from "../../src/store";
import { drawingInfo, pageInfo } from "../bodies";
import { setState } from "../set_state";

const SHEET = { width: 1000, height: 800 };

const drawing = (id: string): DrawingInfo => drawingInfo({ id, pages: [pageInfo(SHEET)] });

const made = (): Comparison => ({
  old: { drawing: "a", page: 1, ...SHEET, text_source: "vector" },
  new: { drawing: "b", page: 1, ...SHEET, text_source: "vector" },
  alignment: { matrix: [1, 0, 0, 1, 50, 20], scale: 1, angle: 0, by: "text", texts: 9 },
  without_text: [],
  changes: [
    {
      kind: "changed",
      old: { text: "12,5", box: [100, 100, 40, 20] },
      new: { text: "12,7", box: [150, 120, 40, 20] },
    },
    {
      kind: "removed",
      old: { text: "R5", box: [300, 100, 40, 20] },
      new: { text: null, box: [350, 120, 40, 20] },
    },
  ],
});

let root: HTMLElement;
let answer: [number, unknown];
let calls: string[];

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
  calls = [];
  answer = [200, made()];
  vi.stubGlobal("fetch", (path: string) => {
    calls.push(path);
    const [status, body] = path.startsWith("/api/compare")
      ? answer
      : [200, { items: [], next: null }];
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  setState(store.drawings, [drawing("a"), drawing("b")]);
  store.showSheet("b", 1);
});

afterEach(() => {
  void act(() => render(null, root));
  root.remove();
  setState(store.drawings, []);
  setState(store.attachments, []);
  setState(store.draft, "");
  setState(store.focusRequest, null);
  setState(comparison.oldSheet, null);
  setState(comparison.newSheet, null);
  setState(side, "chat");
  setState(view, "overlay");
  vi.unstubAllGlobals();
});

async function shown(): Promise<void> {
  await act(() => render(<ComparePane />, root));
  await vi.waitFor(() => expect(comparison.comparing.value).toBe(false));
  await act(() => Promise.resolve());
}

const said = (): string => root.querySelector("[role=status]")?.textContent ?? "";
const changes = (): HTMLButtonElement[] => [
  ...root.querySelectorAll<HTMLButtonElement>(".compare-change"),
];

it("compares another open drawing with the one shown", async () => {
  await shown();
  expect(calls).toContain("/api/compare?old=a.1&new=b.1");
  expect(said()).toBe("1 changed · 1 removed");
  expect(changes().map((one) => one.textContent)).toEqual(["Changed12,5 → 12,7", "RemovedR5"]);
});

it("says that a text changed and moved", async () => {
  const both = made();
  both.changes[0]!.moved = true;
  answer = [200, both];
  await shown();
  expect(root.querySelector(".compare-change")?.textContent).toBe("Changed and moved12,5 → 12,7");
  expect(root.querySelector("[role=status]")?.textContent).toBe("1 changed · 1 removed");
});

it("flies to a change on the sheet that has it", async () => {
  await shown();
  void act(() => changes()[0]?.click());
  expect(store.focusRequest.value).toMatchObject({ drawing: "b", box: [150, 120, 40, 20] });
  expect(store.focusRequest.value?.label).toBe("Changed: 12,5 → 12,7");
  void act(() => changes()[1]?.click());
  expect(store.focusRequest.value).toMatchObject({ drawing: "a", box: [300, 100, 40, 20] });
  expect(changes()[1]?.getAttribute("aria-current")).toBe("true");
});

it("moves between changes by arrow key", async () => {
  await shown();
  changes()[0]?.focus();
  const list = root.querySelector(".compare-list")!;
  list.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
  expect(document.activeElement).toBe(changes()[1]);
});

it("aligns the old sheet as the server says, and shows both side by side", async () => {
  await shown();
  expect(root.querySelector(".compare-sheet g")?.getAttribute("transform")).toBe(
    "matrix(1 0 0 1 50 20)",
  );
  const images = (): string[] =>
    [...root.querySelectorAll("image")].map((image) => image.getAttribute("href") ?? "");
  expect(images()[0]).toMatch(/^\/iiif\/a\.1\/0,0,950,780\//);
  expect(images()[1]).toMatch(/^\/iiif\/b\.1\/0,0,1000,800\/\^1600,1280\//);
  void act(() => root.querySelectorAll<HTMLButtonElement>(".compare-controls button")[1]?.click());
  const boxes = [...root.querySelectorAll(".compare-sheet")].map((one) =>
    one.getAttribute("viewBox"),
  );
  expect(boxes).toEqual(["-50 -20 1000 800", "0 0 1000 800"]);
});

it("reports a sheet without text, and equal sheets", async () => {
  answer = [200, { ...made(), without_text: ["old"], changes: [] }];
  await shown();
  expect(root.querySelector("[role=note]")?.textContent).toContain("old sheet has no text");
  answer = [200, { ...made(), changes: [] }];
  void act(() => comparison.swap());
  await vi.waitFor(() => expect(said()).toBe("Both sheets contain the same text."));
  expect(calls.at(-1)).toBe("/api/compare?old=b.1&new=a.1");
});

it("compares again after text recognition, but not when another drawing is opened", async () => {
  await shown();
  const asked = (): number => calls.filter((path) => path.startsWith("/api/compare")).length;
  store.openDrawing(drawing("c"));
  expect(asked()).toBe(1);
  store.notePageText("b", 1, "ocr");
  expect(asked()).toBe(2);
  await vi.waitFor(() => expect(comparison.comparing.value).toBe(false));
});

it("shows the error and retries", async () => {
  answer = [404, { error: { code: "not_found", message: "Gone." } }];
  await shown();
  expect(root.querySelector("[role=alert]")).not.toBeNull();
  answer = [200, made()];
  void act(() => root.querySelector<HTMLButtonElement>("[role=alert] button")?.click());
  await vi.waitFor(() => expect(changes()).toHaveLength(2));
});

it("drafts a question with the list of changes", async () => {
  await shown();
  comparison.askAboutChanges();
  expect(side.value).toBe("chat");
  expect(store.draft.value.split("\n")).toEqual([
    "What changed from a.pdf to b.pdf? The texts differ as follows:",
    "- Changed: 12,5 → 12,7",
    "- Removed: R5",
  ]);
  expect(store.attachments.value).toEqual([
    { id: "a", page: 1 },
    { id: "b", page: 1 },
  ]);
});

it("finds the part of the old sheet under a window, rotated and scaled", () => {
  const numbers: AffineNumbers = [0, 2, -2, 0, 100, 0]; // a quarter turn, doubled
  const box = below([0, 0, 100, 200], matrixOf(numbers));
  expect(box).toEqual([0, 0, 100, 50]);
  expect(onNew([10, 10, 20, 10], matrixOf([2, 0, 0, 2, 5, 5]))).toEqual([25, 25, 40, 20]);
});

it("keeps a window within the sheet", () => {
  expect(covered([-10.5, 20.2, 30, 10], SHEET)).toEqual([0, 20, 20, 11]);
  expect(covered([1200, 20, 30, 10], SHEET)).toBeNull();
  expect(around([500, 400, 10, 10], SHEET)).toEqual([440, 340, 130, 130]);
  expect(zoomed([440, 340, 130, 130], 2, SHEET)).toEqual([472.5, 372.5, 65, 65]);
  expect(zoomed([0, 0, 1000, 800], 0.5, SHEET)).toEqual([0, 0, 1000, 800]);
  expect(zoomed([490, 390, 20, 20], 99, SHEET)).toEqual([490, 390, 20, 20]);
});
