import { describe, expect, it } from "vitest";

import {
  boxOnCanvas,
  boxOnScreen,
  directionToCanvas,
  frameAround,
  matrixFromCorners,
  millimetres,
  moved,
  overlaps,
  resized,
  scaleBar,
  scaleOf,
  toCanvas,
  toScreen,
  wholeRegion,
  wholeTurn,
  withMargin,
} from "../../src/viewer/geometry";

const canvas = { width: 1000, height: 400 };
/** Half size, turned by 90 degrees clockwise: the canvas' x axis runs down the screen. */
const turned = matrixFromCorners(canvas, { x: 300, y: 10 }, { x: 300, y: 510 }, { x: 100, y: 10 });

describe("canvas and screen", () => {
  it("converts both ways when rotated", () => {
    expect(toScreen(turned, { x: 100, y: 50 })).toEqual({ x: 275, y: 60 });
    const back = toCanvas(turned, { x: 275, y: 60 });
    expect(back.x).toBeCloseTo(100);
    expect(back.y).toBeCloseTo(50);
    expect(scaleOf(turned)).toBeCloseTo(0.5);
  });

  it("keeps bounding boxes upright", () => {
    expect(boxOnScreen(turned, [100, 50, 20, 60])).toEqual([245, 60, 30, 10]);
    const box = boxOnCanvas(turned, [245, 60, 30, 10]);
    for (const [index, side] of box.entries()) {
      expect(side).toBeCloseTo([100, 50, 20, 60][index] ?? Number.NaN);
    }
  });

  it("turns an arrow key's direction into the canvas", () => {
    const right = directionToCanvas(turned, { x: 10, y: 0 });
    expect(right.x).toBeCloseTo(0);
    expect(right.y).toBeCloseTo(-20);
  });

  it("tells overlapping from touching boxes", () => {
    expect(overlaps([0, 0, 10, 10], [9, 9, 5, 5])).toBe(true);
    expect(overlaps([0, 0, 10, 10], [10, 0, 5, 5])).toBe(false);
  });
});

describe("regions", () => {
  it("are whole pixels inside the canvas", () => {
    expect(wholeRegion([10.4, 20.6, 30.2, 40.2], canvas)).toEqual([10, 21, 31, 40]);
    expect(wholeRegion([-50, -5, 100, 30], canvas)).toEqual([0, 0, 50, 25]);
    expect(wholeRegion([900, 390, 500, 500], canvas)).toEqual([900, 390, 100, 10]);
  });

  it("have sides of at least 8 pixels, also at the edge", () => {
    expect(wholeRegion([998, 100, 1, 2], canvas)).toEqual([992, 100, 8, 8]);
    expect(wholeRegion([0, 0, 3, 3], { width: 5, height: 300 })).toEqual([0, 0, 5, 8]);
  });

  it("stop at the edges when moved and resized", () => {
    expect(moved([10, 10, 50, 50], -30, 1000, canvas)).toEqual([0, 350, 50, 50]);
    expect(resized([900, 10, 50, 50], 500, -500, canvas)).toEqual([900, 10, 100, 8]);
  });

  it("are framed with room around them", () => {
    expect(frameAround([100, 100, 40, 20], { width: 4960, height: 3508 })).toEqual([
      -60, -60, 360, 340,
    ]);
    expect(frameAround([0, 0, 1000, 400], canvas)).toEqual([-750, -750, 2500, 1900]);
    expect(withMargin([100, 100, 80, 40])).toEqual([96, 96, 88, 48]);
    expect(withMargin([100, 100, 800, 400])).toEqual([94, 94, 812, 412]);
    expect(withMargin([100, 100, 80, 4])).toEqual([97, 97, 86, 10]);
  });
});

describe("lengths", () => {
  it.each([
    [0.1, 120, 10, 100],
    [0.05, 120, 5, 100],
    [0.021, 120, 2, 95.24],
    [3, 120, 200, 66.67],
  ])("draws a round scale bar for %f units a pixel", (unitsPerPixel, room, length, pixels) => {
    const bar = scaleBar(unitsPerPixel, room);
    expect(bar.length).toBeCloseTo(length);
    expect(bar.pixels).toBeCloseTo(pixels, 1);
  });

  it("knows the paper", () => {
    expect(millimetres(4961, 300)).toBeCloseTo(420.03, 1);
    expect(wholeTurn(-90)).toBe(270);
    expect(wholeTurn(720)).toBe(0);
  });
});
