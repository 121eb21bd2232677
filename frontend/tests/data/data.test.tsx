/** The tables beside the sheet, on a server that answers from a script. */
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Cell, Row, Table } from "../../src/api/types";
import { DataTable } from "../../src/data/DataTable";
import * as tables from "../../src/data/drawing_tables";
import * as store from "../../src/store";
import { side } from "../../src/store";
import { drawingInfo } from "../bodies";
import { setState } from "../set_state";

const cell = (value: string | null, status: Cell["status"] = "found"): Cell => ({
  value,
  status,
  box: [10, 20, 30, 40],
  page: 1,
  source: "vector",
});

const made = (): Table => ({
  kind: "dimensions",
  columns: ["number", "kind", "nominal", "fit", "text"],
  rows: [
    {
      id: "r1",
      page: 1,
      box: [10, 20, 30, 40],
      cells: {
        number: cell("1", "computed"),
        kind: cell("diameter"),
        nominal: cell("20", "disputed"),
        text: cell("Ø20"),
      },
    },
  ],
  notes: [],
  model: false,
  created_at: 1,
});

let root: HTMLElement;
let calls: string[];
let answers: [string, number, unknown][];

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
  Element.prototype.scrollIntoView = vi.fn();
  calls = [];
  answers = [];
  vi.stubGlobal("fetch", (path: string, request: RequestInit) => {
    calls.push(`${request.method} ${path}${request.body ? ` ${request.body as string}` : ""}`);
    const at = answers.findIndex(([start]) => path.startsWith(start));
    const [, status, body] = answers.splice(at, 1)[0] ?? ["", 500, {}];
    return Promise.resolve(new Response(JSON.stringify(body), { status }));
  });
  setState(store.drawings, [drawingInfo({ id: "d", name: "a.pdf" })]);
  store.showSheet("d", 1);
  setState(tables.table, null);
  setState(tables.problem, null);
  setState(tables.kind, "dimensions");
});

afterEach(() => {
  void act(() => render(null, root));
  root.remove();
  setState(store.drawings, []);
  setState(store.focusRequest, null);
  setState(side, "chat");
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("extracts a missing table, waits for it and shows it", async () => {
  vi.useFakeTimers();
  const path = "/api/drawings/d/extract";
  const job = { job: "j", state: "running", progress: { done: 0, total: 2, unit: "pages" } };
  answers = [
    [`${path}/dimensions`, 404, { error: { code: "not_found", message: "Not yet." } }],
    [path, 202, job],
    [`${path}/dimensions`, 200, made()],
  ];
  const loading = tables.load("d", "dimensions");
  await vi.waitFor(() => expect(tables.job.value?.progress.total).toBe(2));
  await vi.runAllTimersAsync();
  await loading;
  expect(tables.table.value?.rows).toHaveLength(1);
  expect(tables.job.value).toBeNull();
  expect(calls[1]).toBe(`POST ${path} {"kind":"dimensions"}`);
});

it("shows the error", async () => {
  answers = [["/api", 503, { error: { code: "storage_busy", message: "Busy." } }]];
  await tables.load("d", "bom");
  expect(tables.problem.value?.code).toBe("storage_busy");
});

it("shows used columns only, and explains marks in words", () => {
  setState(tables.table, made());
  void act(() => render(<DataTable shown={made()} />, root));
  const heads = [...root.querySelectorAll("th[scope=col]")].map((head) => head.textContent);
  expect(heads).toEqual(["No.", "As written", "Kind", "Nominal"]);
  const doubtful = root.querySelector(".data-disputed button");
  expect(doubtful?.getAttribute("aria-label")).toContain("Text and model disagree");
});

it("shows the place of a row", () => {
  setState(tables.table, made());
  void act(() => render(<DataTable shown={made()} />, root));
  void act(() => root.querySelector<HTMLButtonElement>(".data-first")?.click());
  expect(store.focusRequest.value).toEqual({
    drawing: "d",
    page: 1,
    box: [10, 20, 30, 40],
    label: "Ø20",
  });
  expect(tables.chosen.value).toBe("r1");
});

it("corrects a cell on Enter, not on Escape", async () => {
  setState(tables.table, made());
  const changed = made();
  changed.rows[0]!.cells["nominal"] = cell("21", "corrected");
  answers = [["/api/drawings/d/extract/dimensions", 200, changed]];
  void act(() => render(<DataTable shown={made()} />, root));
  const type = (value: string, key: string): void => {
    void act(() => root.querySelector<HTMLButtonElement>("[aria-label^='Nominal: 20']")?.click());
    const input = root.querySelector("input")!;
    input.value = value;
    void act(() => void input.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true })));
  };
  type("99", "Escape");
  expect(calls).toEqual([]);
  expect(store.narrowPane.value).toBe("chat"); // the field stays in sight on a narrow page
  type("21", "Enter");
  await vi.waitFor(() => expect(tables.table.value?.rows[0]?.cells["nominal"]?.value).toBe("21"));
  expect(calls).toEqual([
    'PATCH /api/drawings/d/extract/dimensions {"row":"r1","column":"nominal","value":"21"}',
  ]);
});

it("formats numbers in the page's language and stores them with a point", async () => {
  setState(store.locale, "de");
  const shown = made();
  shown.rows[0]!.cells["nominal"] = cell("20.50");
  setState(tables.table, shown);
  answers = [["/api/drawings/d/extract/dimensions", 200, shown]];
  void act(() => render(<DataTable shown={shown} />, root));
  void act(() => root.querySelector<HTMLButtonElement>("[aria-label^='Nennmaß: 20,50']")?.click());
  const input = root.querySelector("input")!;
  expect(input.value).toBe("20,50");
  input.value = "20,75";
  void act(
    () => void input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true })),
  );
  await vi.waitFor(() => expect(calls).toHaveLength(1));
  expect(calls[0]).toContain('"value":"20.75"');
  setState(store.locale, "en");
});

it("names parts without a name in the page's language", () => {
  setState(store.locale, "de");
  const row = (name: string, status: "found" | "by_eye", value_code?: string): Row => ({
    id: "r",
    page: 1,
    box: null,
    cells: {
      name: { ...cell(name, status), ...(value_code && { value_code }) },
      kind: cell("front"),
    },
  });
  const rows = [row("Front view", "by_eye"), row("A-A", "found"), row("BOM", "found", "bom")];
  expect(rows.map(tables.nameOf)).toEqual(["Vorderansicht", "A-A", "Stückliste"]);
  setState(store.locale, "en");
});
