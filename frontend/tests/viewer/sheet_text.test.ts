import { afterEach, describe, expect, it, vi } from "vitest";
import type { TextItem } from "../../src/api/types";
import { IDENTITY, matrixFromCorners } from "../../src/viewer/geometry";
import { asText, fetchText, hitsInOrder, textIn } from "../../src/viewer/sheet_text";

function item(text: string, box: TextItem["box"], angle = 0): TextItem {
  return { text, box, angle, source: "vector", confidence: 1 };
}

const title = item("Bracket", [10, 10, 80, 20]);
const diameter = item("Ø38", [200, 12, 40, 18]);
const depth = item("H12", [245, 14, 30, 16]);
const note = item("Deburr", [10, 60, 70, 20]);
const upright = item("45", [150, 50, 20, 60], 90);

describe("text of a sheet", () => {
  it("reads by rows, turned text apart", () => {
    expect(asText([note, depth, upright, diameter, title])).toBe("Bracket Ø38 H12\nDeburr\n45");
  });

  it("belongs to a region by its middle", () => {
    const found = textIn([title, diameter, depth, note], [190, 0, 75, 40]);
    expect(found.map((one) => one.text)).toEqual(["Ø38", "H12"]);
  });

  it("is stepped through as rotated on the screen", () => {
    const texts = (items: TextItem[]): string[] => items.map((one) => one.text);
    expect(texts(hitsInOrder([note, diameter, title], IDENTITY))).toEqual([
      "Bracket",
      "Ø38",
      "Deburr",
    ]);
    const size = { width: 300, height: 100 };
    const turned = matrixFromCorners(size, { x: 100, y: 0 }, { x: 100, y: 300 }, { x: 0, y: 0 });
    expect(texts(hitsInOrder([title, diameter, note], turned))).toEqual([
      "Deburr",
      "Bracket",
      "Ø38",
    ]);
  });
});

describe("asking for text", () => {
  afterEach(() => vi.unstubAllGlobals());

  it("sends the query as it was typed", async () => {
    const fetch = vi.fn(() => Promise.resolve(Response.json({ items: [diameter] })));
    vi.stubGlobal("fetch", fetch);
    expect(await fetchText("d1", 2, "Ø38 & more")).toEqual([diameter]);
    expect(fetch).toHaveBeenCalledWith(
      "/api/drawings/d1/pages/2/text?query=%C3%9838%20%26%20more",
      {},
    );
    await fetchText("d1", 2, "");
    expect(fetch).toHaveBeenLastCalledWith("/api/drawings/d1/pages/2/text", {});
  });

  it("reports why the server refused", async () => {
    const refused = Response.json(
      { error: { code: "not_found", message: "Gone." } },
      { status: 404 },
    );
    vi.stubGlobal("fetch", () => Promise.resolve(refused));
    await expect(fetchText("d1", 1, "x")).rejects.toThrow("Gone.");
  });
});
