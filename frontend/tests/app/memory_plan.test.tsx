import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ModelInfo } from "../../src/api/schema";
import { ModelLine } from "../../src/app/ModelState";
import { readPlan } from "../../src/app/memory_plan";
import * as store from "../../src/store";
import { setState } from "../set_state";

const GIB = 2 ** 30;
const plan = {
  fits: true,
  model: "Qwen/Qwen3-VL-30B-A3B-Instruct-FP8",
  precision: "FP8",
  gpus: [{ name: "GPU", total: 48 * GIB, free: 47 * GIB }],
  memory: {
    weights: 30 * GIB,
    activations: GIB,
    encoder_cache: 0,
    graphs: GIB / 2,
    runtime: GIB / 2,
    kv_cache: 11 * GIB,
    taken: GIB,
    spare: 4 * GIB,
  },
  settings: { max_model_len: 32768 },
  kv_cache_tokens: 121520,
  pages_in_window: 5,
  turns_in_window: 38,
};
const info = (more: Partial<ModelInfo> = {}): ModelInfo =>
  ({
    state: "ready",
    model: plan.model,
    progress: null,
    limits: {},
    plan,
    error: null,
    ...more,
  }) as ModelInfo;

let root: HTMLElement;
const show = (): void => void act(() => render(<ModelLine />, root));

test("the header warns when drawings leave this machine", () => {
  setState(store.model, info({ plan: null, leaves_machine: false }));
  show();
  expect(root.textContent).not.toContain("leave");
  setState(store.model, info({ plan: null, leaves_machine: true }));
  show();
  expect(root.textContent).toContain("Drawings leave this machine");
});

beforeEach(() => {
  setState(store.connection, "open");
  root = document.createElement("div");
  document.body.append(root);
  setState(store.locale, "en");
});
afterEach(() => {
  render(null, root);
  root.remove();
  setState(store.model, null);
});

test("the parts add up to the whole memory", () => {
  const read = readPlan(info());
  expect(read?.total).toBe(48 * GIB);
  expect(read?.parts).toEqual({
    weights: 30 * GIB,
    work: 2 * GIB,
    kv: 11 * GIB,
    taken: GIB,
    free: 4 * GIB,
  });
});

test.each([
  null,
  {},
  { fits: false },
  { fits: true, memory: 5 },
  { fits: true, memory: { weights: "x" } },
])("what is no plan is not shown: %j", (given) => {
  setState(store.model, info({ plan: given as ModelInfo["plan"] }));
  expect(readPlan(store.model.value!)).toBeNull();
  show();
  expect(root.querySelector("details")).toBeNull();
  expect(root.textContent).toContain("Ready");
});

test("the model state is shown only while connected", () => {
  setState(store.model, info());
  show();
  expect(root.querySelector(".model-words")?.textContent).toBe("Ready");
  setState(store.connection, "waiting");
  show();
  expect(root.querySelector(".model-words, .model-line.ready")).toBeNull();
  expect(root.querySelector("summary")?.textContent).toContain("FP8");
});

test("the model menu shows what uses the memory and what fits", () => {
  setState(store.model, info());
  show();
  const text = root.querySelector(".model-plan")?.textContent ?? "";
  expect(text).toContain("GPU memory48 GiB");
  expect(text).toContain("weights30 GiB");
  expect(text).toContain("121,520 tokens");
  expect(text).toContain("5 pages, or one page and 38 turns");
  expect(root.querySelector("summary .model-line")).not.toBeNull();
});

test("measured numbers replace planned ones", () => {
  setState(store.model, info({ limits: { kv_cache_tokens: 130048 } }));
  show();
  expect(root.textContent).toContain("130,048 tokens");
});

test("Escape closes the menu and focuses its summary", () => {
  setState(store.model, info());
  show();
  const details = root.querySelector("details")!;
  details.open = true;
  act(
    () =>
      void details.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape", bubbles: true })),
  );
  expect(details.open).toBe(false);
  expect(document.activeElement).toBe(root.querySelector("summary"));
});

test.each(["de", "ko"] as const)("it speaks %s", (language) => {
  setState(store.locale, language);
  setState(store.model, info({ plan: { ...plan, gpus: [plan.gpus[0], plan.gpus[0]] } }));
  show();
  expect(root.querySelector(".model-plan")?.textContent).toContain("2");
  expect(root.querySelector(".model-plan")?.textContent).not.toContain("{");
});

function answerWith(status: number, body: unknown): ReturnType<typeof vi.fn> {
  const fetched = vi.fn(async () => new Response(JSON.stringify(body), { status }));
  vi.stubGlobal("fetch", fetched);
  return fetched;
}

async function change(name: string): Promise<void> {
  setState(store.model, info());
  show();
  const field = root.querySelector("input")!;
  await act(async () => {
    field.value = name;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  await act(async () => {
    root
      .querySelector("form")!
      .dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  });
  vi.unstubAllGlobals();
}

test("a model is switched by its name", async () => {
  const fetched = answerWith(202, info({ state: "loading" }));
  await change(" qwen3-vl:8b ");
  const [path, request] = fetched.mock.calls[0] as [string, RequestInit];
  expect([path, request.method, request.body]).toEqual([
    "/api/model",
    "POST",
    '{"model":"qwen3-vl:8b"}',
  ]);
  await vi.waitFor(() => expect(store.model.value?.state).toBe("loading"));
});

test("the form shows why a switch was refused", async () => {
  const message = "There is no model 'qwen3-vl:7b'. Nearest: qwen3-vl:8b.";
  answerWith(422, { error: { code: "unknown_model", message } });
  await change("qwen3-vl:7b");
  await vi.waitFor(() =>
    expect(root.querySelector("form [role=status]")?.textContent).toBe(message),
  );
  expect(store.model.value?.state).toBe("ready");
});
