import { beforeEach, describe, expect, it } from "vitest";

import { type Box, matrixFromCorners } from "../../src/viewer/geometry";
import { type Ground, RegionTool } from "../../src/viewer/region_tool";

/** Half size, the sheet's corner at (100, 50) of a stage of 600 by 300. */
const upright: Ground = {
  matrix: matrixFromCorners(
    { width: 800, height: 400 },
    { x: 100, y: 50 },
    { x: 500, y: 50 },
    { x: 100, y: 250 },
  ),
  canvas: { width: 800, height: 400 },
  room: { width: 600, height: 300 },
};
/** Turned by 90 degrees clockwise. */
const turned: Ground = {
  ...upright,
  matrix: matrixFromCorners(upright.canvas, { x: 300, y: 0 }, { x: 300, y: 400 }, { x: 100, y: 0 }),
};

let attached: [Box, boolean][];
let enabled: boolean;

function tool(ground: Ground | null = upright): RegionTool {
  return new RegionTool(
    () => ground,
    () => enabled,
    (region, several) => attached.push([region, several]),
  );
}

beforeEach(() => {
  attached = [];
  enabled = true;
});

describe("marking by pointer", () => {
  it("attaches what was dragged over, in any direction", () => {
    const region = tool();
    region.press({ x: 300, y: 150 });
    expect(region.drag({ x: 250, y: 100.4 })).toBe(true);
    expect(region.draft.value).toEqual([300, 101, 100, 99]);
    expect(region.end({ x: 250, y: 100 }, true)).toBe(true);
    expect(attached).toEqual([[[300, 100, 100, 100], true]]);
    expect(region.draft.value).toBeNull();
  });

  it("stays on the sheet", () => {
    const region = tool();
    region.press({ x: 0, y: 0 });
    region.end({ x: 110, y: 60 }, false);
    expect(attached).toEqual([[[0, 0, 20, 20], false]]);
  });

  it("treats a short drag as a click", () => {
    const region = tool();
    region.press({ x: 200, y: 100 });
    expect(region.end({ x: 203, y: 102 }, false)).toBe(true);
    expect(attached).toEqual([]);
  });

  it("leaves drags alone while it is off, and forgets one that a pinch took over", () => {
    enabled = false;
    const region = tool();
    region.press({ x: 200, y: 100 });
    expect(region.drag({ x: 300, y: 200 })).toBe(false);
    enabled = true;
    region.press({ x: 200, y: 100 });
    region.cancel();
    expect(region.end({ x: 300, y: 200 }, false)).toBe(false);
    expect(attached).toEqual([]);
  });
});

describe("marking by keys", () => {
  it("starts in the middle, moves and sizes, attaches on Enter", () => {
    const region = tool();
    expect(region.accept(false)).toBe(false);
    region.arrow({ x: 1, y: 0 }, false);
    expect(region.draft.value).toEqual([200, 100, 400, 200]);
    region.arrow({ x: 1, y: 0 }, false);
    region.arrow({ x: 0, y: -1 }, true);
    expect(region.draft.value).toEqual([220, 100, 400, 180]);
    expect(region.accept(true)).toBe(true);
    expect(attached).toEqual([[[220, 100, 400, 180], true]]);
  });

  it("follows the screen when the sheet is turned", () => {
    const region = tool(turned);
    region.arrow({ x: 1, y: 0 }, false);
    const [x, y, w, h] = region.draft.value ?? [0, 0, 0, 0];
    region.arrow({ x: -1, y: 0 }, false);
    const [x2, y2] = region.draft.value ?? [0, 0, 0, 0];
    expect([Math.round(x2 - x), Math.round(y2 - y)]).toEqual([0, 20]);
    region.arrow({ x: 0, y: 1 }, true);
    const [, , w2, h2] = region.draft.value ?? [0, 0, 0, 0];
    expect([Math.round(w2 - w), Math.round(h2 - h)]).toEqual([20, 0]);
  });

  it("does nothing without a sheet", () => {
    const region = tool(null);
    region.arrow({ x: 1, y: 0 }, false);
    expect(region.draft.value).toBeNull();
  });
});
