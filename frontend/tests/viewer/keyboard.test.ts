import { describe, expect, it } from "vitest";

import { actionOf, arrow, takesKeys } from "../../src/viewer/keyboard";

const plain = { ctrlKey: false, metaKey: false, altKey: false };

describe("keys", () => {
  it.each([
    ["+", "zoomIn"],
    ["=", "zoomIn"],
    ["-", "zoomOut"],
    ["0", "fit"],
    ["r", "rotate"],
    ["R", "rotateBack"],
    ["S", "region"],
    ["PageDown", "nextPage"],
    ["p", "previousPage"],
    ["l", "map"],
    ["Escape", "cancel"],
  ])("%s is %s", (key, action) => {
    expect(actionOf({ key, ...plain })).toBe(action);
  });

  it("leaves the browser's own shortcuts and other keys alone", () => {
    expect(actionOf({ key: "f", ...plain, ctrlKey: true })).toBeNull();
    expect(actionOf({ key: "r", ...plain, metaKey: true })).toBeNull();
    expect(actionOf({ key: "Tab", ...plain })).toBeNull();
    expect(actionOf({ key: "q", ...plain })).toBeNull();
  });

  it("points arrows across the screen", () => {
    expect(arrow("up")).toEqual({ x: 0, y: -1 });
    expect(arrow("fit")).toBeNull();
  });

  it("does not take keys from a text field", () => {
    expect(takesKeys(document.createElement("input"))).toBe(true);
    expect(takesKeys(document.createElement("button"))).toBe(false);
  });
});
