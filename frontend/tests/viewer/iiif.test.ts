import { describe, expect, it } from "vitest";
import {
  infoUrl,
  isVector,
  pyramidOf,
  reduction,
  thumbnailUrl,
  tileBox,
  tileUrl,
} from "../../src/viewer/iiif";
import { makeQueue, makeTileSource } from "../../src/viewer/tile_source";

const sheet = {
  width: 4961,
  height: 3508,
  tiles: [{ width: 512 }],
  preferredFormats: ["png", "jpg"],
  extraFeatures: ["sizeUpscaling"],
};

describe("addresses", () => {
  it("name the page and keep the drawing's id whole", () => {
    expect(infoUrl("ab12", 3)).toBe("/iiif/ab12.3/info.json");
    expect(thumbnailUrl("a/b", 1, 160)).toBe("/iiif/a%2Fb.1/full/^!160,160/0/default.jpg");
  });

  it.each([
    ["application/pdf", true],
    ["image/vnd.dxf", true],
    ["image/svg+xml", true],
    ["image/tiff", false],
    ["image/jpeg", false],
  ])("%s is drawn anew: %s", (mediaType, vector) => {
    expect(isVector(mediaType)).toBe(vector);
  });
});

describe("a scan", () => {
  const pyramid = pyramidOf("/iiif/d.1", sheet, false);

  it("ends at its own pixels", () => {
    expect(pyramid.enlargement).toBe(1);
    expect(pyramid.maxLevel).toBe(4);
    expect(tileUrl(pyramid, 4, 1, 0)).toBe("/iiif/d.1/508,0,520,516/max/0/default.png");
  });

  it("is one small picture at the coarsest level", () => {
    expect(tileUrl(pyramid, 0, 0, 0)).toBe("/iiif/d.1/full/311,220/0/default.png");
  });

  it("cuts the last tiles to the sheet", () => {
    expect(tileBox(pyramid, 4, 9, 6)).toEqual([4604, 3068, 357, 440]);
    expect(tileUrl(pyramid, 3, 4, 3)).toBe("/iiif/d.1/4088,3064,873,444/437,222/0/default.png");
  });
});

describe("a vector page", () => {
  const pyramid = pyramidOf("/iiif/d.1", sheet, true);

  it("can be zoomed past its canvas, with ^", () => {
    expect(reduction(pyramid, pyramid.maxLevel)).toBe(0.25);
    expect(tileUrl(pyramid, pyramid.maxLevel, 2, 1)).toBe(
      "/iiif/d.1/255,127,130,130/^520,520/0/default.png",
    );
    expect(tileUrl(pyramid, pyramid.maxLevel - 2, 0, 0)).toBe(
      "/iiif/d.1/0,0,516,516/max/0/default.png",
    );
  });

  it("has tiles that overlap, as OpenSeadragon lays them", () => {
    const source = makeTileSource(pyramid, makeQueue());
    for (let level = 0; level <= pyramid.maxLevel; level++) {
      const { x: columns, y: rows } = source.getNumTiles(level);
      for (let column = 0; column < columns; column++) {
        for (let row = 0; row < rows; row++) {
          const laid = source.getTileBounds(level, column, row);
          const [x, y, w, h] = tileBox(pyramid, level, column, row);
          const told = [laid.x, laid.y, laid.width, laid.height].map((part) => part * sheet.width);
          for (const [place, part] of [x, y, w, h].entries()) {
            expect(Math.abs(part - told[place]!)).toBeLessThan(reduction(pyramid, level));
            expect(level < pyramid.maxLevel || Number.isInteger(part)).toBe(true);
          }
        }
      }
    }
  });

  it("ends at its canvas if the server does not enlarge", () => {
    const plain = pyramidOf("/iiif/d.1", { width: 300, height: 200 }, true);
    expect(plain.enlargement).toBe(1);
    expect(tileUrl(plain, 0, 0, 0)).toBe("/iiif/d.1/full/max/0/default.jpg");
  });
});
