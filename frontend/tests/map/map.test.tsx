/** The parts of a sheet over it and beside it, on a server that answers from a script. */
import { signal } from "@preact/signals";
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Cell, Row, Table } from "../../src/api/types";
import { de } from "../../src/i18n/de";
import { en } from "../../src/i18n/en";
import { MapLegend } from "../../src/map/MapLegend";
import { MapOutlines } from "../../src/map/MapOutlines";
import { followMap } from "../../src/map/sheet_map";
import * as store from "../../src/store";
import { side } from "../../src/store";
import { matrixFromCorners } from "../../src/viewer/geometry";
import type { ViewerModel } from "../../src/viewer/viewer_model";
import { drawingInfo, pageInfo } from "../bodies";
import { setState } from "../set_state";

const cell = (value: string, status: Cell["status"], source: string): Cell => ({
  value,
  status,
  box: null,
  page: 1,
  source,
});

function row(id: string, kind: string, name: Cell, page = 1): Row {
  const cells = { name, kind: cell(kind, "by_eye", "computed"), zone: cell("C4", "computed", "") };
  return { id, page, box: [100, 100, 200.4, 100], cells };
}

const made = (): Table => ({
  kind: "views",
  columns: ["name", "kind", "zone"],
  rows: [
    row("r1", "front", cell("Front view", "by_eye", "computed")),
    row("r2", "section", cell("SECTION A-A", "found", "vector")),
    row("r3", "table", cell("Parts list", "found", "vector")),
    row("r4", "front", cell("Front view", "by_eye", "computed"), 2),
  ],
  notes: [],
  model: false,
  created_at: 0,
});

let root: HTMLElement;
let calls: string[];
let answers: [number, unknown][];
let leave: () => void;
const show = vi.fn();

const model = {
  camera: {
    matrix: signal(
      matrixFromCorners(
        { width: 1000, height: 500 },
        { x: 0, y: 0 },
        { x: 500, y: 0 },
        { x: 0, y: 250 },
      ),
    ),
    room: { width: 500, height: 250 },
  },
  say: () => undefined,
  show,
} as unknown as ViewerModel;

beforeEach(async () => {
  vi.stubGlobal("matchMedia", () => ({ matches: false })); // jsdom has none
  root = document.createElement("div");
  document.body.append(root);
  calls = [];
  answers = [[200, made()]];
  vi.stubGlobal("fetch", (path: string, options: RequestInit = {}) => {
    calls.push(`${options.method ?? "GET"} ${path} ${(options.body as string) ?? ""}`.trim());
    const [status, body] = (answers.length > 1 ? answers.shift() : answers[0])!;
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  const pages = [1, 2].map((number) => pageInfo({ number, height: 500 }));
  setState(store.drawings, [drawingInfo({ id: "d", pages })]);
  store.showSheet("d", 1);
  leave = followMap();
  await act(() =>
    render(
      <>
        <MapLegend />
        <MapOutlines model={model} />
      </>,
      root,
    ),
  );
});

afterEach(() => {
  leave();
  void act(() => render(null, root));
  root.remove();
  setState(store.drawings, []);
  setState(store.attachments, []);
  setState(store.draft, "");
  setState(store.mapShown, false);
  setState(store.mapHidden, []);
  setState(store.locale, "en");
  setState(side, "chat");
  vi.unstubAllGlobals();
  show.mockClear();
});

async function switchOn(): Promise<void> {
  await act(() => void setState(store.mapShown, true));
  await vi.waitFor(() => expect(root.querySelector("[role=status]")?.textContent).not.toMatch("…"));
  await act(() => Promise.resolve());
}

const names = (): (string | null)[] =>
  [...root.querySelectorAll(".map-name")].map((one) => one.textContent);

it("loads nothing until switched on, then shows the parts of the page", async () => {
  expect(calls).toEqual([]);
  await switchOn();
  expect(calls).toEqual(["GET /api/drawings/d/extract/views"]);
  expect(names()).toEqual(["Front view · C4", "SECTION A-A · C4", "Parts list · C4"]);
  expect(root.querySelector("[role=status]")?.textContent).toContain("3 parts");
  expect(Number(root.querySelector(".map-line")?.getAttribute("width"))).toBeCloseTo(112.2);
  await act(() => store.showSheet("d", 2));
  expect(names()).toEqual(["Front view · C4"]);
});

it("extracts a missing map without the model", async () => {
  const job = { job: "j", state: "running", progress: { done: 0, total: 2, unit: "pages" } };
  answers = [
    [404, { error: { code: "not_found", message: "" } }],
    [202, job],
    [202, job],
    [200, made()],
  ];
  await switchOn();
  expect(calls[1]).toBe('POST /api/drawings/d/extract {"kind":"views","model":false}');
  expect(names()).toHaveLength(3);
});

it("attaches a part and drafts a question if there is none", async () => {
  await switchOn();
  root.querySelectorAll<HTMLButtonElement>(".map-name")[1]?.click();
  expect(store.attachments.value).toEqual([{ id: "d", page: 1, region: [95, 95, 210, 110] }]);
  expect(store.draft.value).toBe(en["map.ask.section"]);
  expect(side.value).toBe("chat");
  setState(store.locale, "de");
  root.querySelector<HTMLButtonElement>(".map-name")?.click();
  expect(store.draft.value).toBe(de["map.ask.front"]);
  setState(store.draft, "My own question");
  root.querySelector(".map-edge")?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  expect(store.draft.value).toBe("My own question");
});

it("hides and shows kinds, and keeps their counts", async () => {
  await switchOn();
  const boxes = root.querySelectorAll<HTMLInputElement>("input[type=checkbox]");
  expect([...boxes].map((box) => box.parentElement?.textContent)).toEqual([
    "Front view1",
    "Section1",
    "Table1",
  ]);
  await act(() => boxes[0]?.click());
  expect(store.mapHidden.value).toEqual(["front"]);
  expect(names()).toEqual(["SECTION A-A · C4", "Parts list · C4"]);
  await act(() => boxes[0]?.click());
  expect(names()).toHaveLength(3);
});

it("waits for text recognition, and reports an empty sheet", async () => {
  store.notePageText("d", 2, "none", true);
  await switchOn();
  expect(calls).toEqual([]);
  expect(root.querySelector("[role=status]")?.textContent).toBe(en["map.reading"]);
  answers = [[200, { ...made(), rows: [] }]];
  await act(() => store.notePageText("d", 2, "ocr"));
  await vi.waitFor(() =>
    expect(root.querySelector("[role=status]")?.textContent).toBe(en["map.empty"]),
  );
});

it("shows the error and retries", async () => {
  answers = [
    [503, { error: { code: "busy", message: "Later." } }],
    [200, made()],
  ];
  await act(() => void setState(store.mapShown, true));
  await vi.waitFor(() => expect(root.querySelector("[role=alert]")).not.toBeNull());
  await act(() => root.querySelector<HTMLButtonElement>("[role=alert] button")?.click());
  await vi.waitFor(() => expect(names()).toHaveLength(3));
});

it("brings a part into view when it gets the focus", async () => {
  await switchOn();
  const far = matrixFromCorners(
    { width: 1000, height: 500 },
    { x: 900, y: 0 },
    { x: 1400, y: 0 },
    { x: 900, y: 250 },
  );
  const before = model.camera.matrix.value;
  await act(() => setState(model.camera.matrix, far));
  root.querySelector<HTMLButtonElement>(".map-away")?.focus();
  expect(show).toHaveBeenCalledWith([100, 100, 200.4, 100]);
  setState(model.camera.matrix, before);
});
