import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { Search, type Target } from "./search";
import type { TextItem } from "./sheet_text";

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
    signal?.addEventListener("abort", () => reject(new Error("aborted")));
    const refused = Response.json({ error: { message: "Not now." } }, { status: 500 });
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
    expect(search.state.value).toEqual({ name: "done", everywhere: false });
    expect(search.hit.value?.text).toBe("M8x1");
    search.step(1);
    expect(search.hit.value?.text).toBe("M8");
    search.step(1);
    expect(search.at.value).toBe(0);
    search.step(-1);
    expect(search.at.value).toBe(1);
  });

  it("goes on to the pages after, then those before", async () => {
    const search = new Search(() => target);
    await search.find("M8");
    expect(search.hits.value).toEqual([]);
    expect(await search.findElsewhere()).toBe(3);
    pages[3] = [];
    expect(await search.findElsewhere()).toBe(1);
    pages[1] = [];
    expect(await search.findElsewhere()).toBeNull();
    expect(search.state.value).toEqual({ name: "done", everywhere: true });
  });

  it("clears with the query and does nothing without a sheet", async () => {
    const search = new Search(() => target);
    await search.find("  ");
    expect(asked).toEqual([]);
    target = null;
    await search.find("M8");
    expect(await search.findElsewhere()).toBeNull();
    expect(search.state.value).toEqual({ name: "idle" });
    expect(search.hit.value).toBeNull();
  });

  it("forgets an answer that a newer query has overtaken", async () => {
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
