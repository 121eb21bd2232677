import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { TextItem } from "../../src/api/types";
import { Search, type Target } from "../../src/viewer/search";

function item(text: string): TextItem {
  return { text, box: [0, 0, 10, 10], angle: 0, source: "vector", confidence: 1 };
}

let asked: string[];
let pages: Record<number, TextItem[]>;
let target: Target | null;

/** A server that has `pages`; a page that is missing there is refused. */
function answer(address: string, { signal }: RequestInit): Promise<Response> {
  asked.push(address);
  const page = Number(/pages\/(\d+)\//.exec(address)?.[1]);
  const items = pages[page];
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error("aborted"));
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    const refused = Response.json(
      { error: { code: "internal", message: "Not now." } },
      { status: 500 },
    );
    queueMicrotask(() => resolve(items ? Response.json({ items }) : refused));
  });
}

beforeEach(() => {
  asked = [];
  pages = { 1: [item("M8"), item("M8x1")], 2: [], 3: [item("M8")] };
  target = { drawing: "d", page: 2, pages: [1, 2, 3] };
  vi.stubGlobal("fetch", vi.fn(answer));
});

afterEach(() => vi.unstubAllGlobals());

describe("search", () => {
  it("finds on the page shown and goes round its hits", async () => {
    target = { drawing: "d", page: 1, pages: [1, 2, 3] };
    const search = new Search(
      () => target,
      (items) => items.toReversed(),
    );
    await search.find("M8");
    expect(search.state.value).toEqual({ name: "done", everywhere: true });
    expect(search.hit.value?.text).toBe("M8x1");
    expect(search.step(1)).toBeNull();
    expect(search.hit.value?.text).toBe("M8");
    pages[3] = [];
    search.forget();
    await search.find("M8");
    expect(search.step(-1)).toBeNull();
    expect(search.at.value).toBe(1);
    expect(search.step(1)).toBeNull();
    expect(search.at.value).toBe(0);
  });

  it("counts on the other pages, those after first, and steps over to them", async () => {
    const search = new Search(() => target);
    await search.find("M8");
    const order = asked.map((address) => Number(/pages\/(\d+)/.exec(address)?.[1]));
    expect(order).toEqual([2, 3, 1]);
    expect([search.hits.value.length, search.total.value]).toEqual([0, 3]);
    expect(search.step(1)).toBe(3);
    expect(search.step(-1)).toBe(1);
    // The page before is begun at its end, and no page is counted twice.
    target = { drawing: "d", page: 1, pages: [1, 2, 3] };
    await search.find("M8");
    expect(search.hit.value?.text).toBe("M8x1");
    expect(asked).toHaveLength(4);
    expect(search.step(1)).toBe(3);
  });

  it("can be stopped and continued", async () => {
    const search = new Search(() => target);
    const finding = search.find("M8");
    const unwatch = search.state.subscribe((now) => {
      if (now.name === "running" && now.page === 3) search.stop();
    });
    await finding;
    unwatch();
    expect(search.state.value).toEqual({ name: "done", everywhere: false });
    const before = search.total.value;
    await search.countOn();
    expect([before, search.total.value]).toEqual([0, 3]);
    expect(search.state.value).toEqual({ name: "done", everywhere: true });
  });

  it("counts anew for other words and for another drawing", async () => {
    const search = new Search(() => target);
    await search.find("M8");
    await search.find("M8x1");
    expect(asked).toHaveLength(6);
    target = { drawing: "other", page: 1, pages: [1] };
    await search.find("M8x1");
    expect([...search.counts.value.keys()]).toEqual([1]);
  });

  it("clears with the query and does nothing without a sheet", async () => {
    const search = new Search(() => target);
    await search.find("  ");
    expect(asked).toEqual([]);
    target = null;
    await search.find("M8");
    expect(search.step(1)).toBeNull();
    expect(search.state.value).toEqual({ name: "idle" });
    expect(search.hit.value).toBeNull();
  });

  it("ignores the result of an outdated query", async () => {
    target = { drawing: "d", page: 1, pages: [1] };
    const search = new Search(() => target);
    const first = search.find("M");
    const second = search.find("");
    await Promise.all([first, second]);
    expect(search.hits.value).toEqual([]);
    expect(search.state.value).toEqual({ name: "idle" });
  });

  it("says what went wrong", async () => {
    pages = {};
    const search = new Search(() => target);
    await search.find("M8");
    expect(search.state.value).toEqual({ name: "failed", message: "Not now." });
  });
});
