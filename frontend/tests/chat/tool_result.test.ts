// @vitest-environment node
import { expect, test } from "vitest";
import { columnsOf, hitsOf, placeIn, resultTable, unitOf } from "../../src/chat/tool_result";

const fit = {
  designation: "Ø20 H7/g6",
  nominal_mm: 20,
  hole: { class: "H7", lower_um: 0, upper_um: 21 },
  shaft: { class: "g6", lower_um: -20, upper_um: -7, largest_mm: 19.993 },
  kind: "clearance",
  clearance_min_um: 7,
  standard: "ISO 286-1:2010",
};

test("a fit becomes rows of hole and shaft, and facts with their units", () => {
  const { facts, rows } = resultTable(fit);
  expect(facts.map(({ key, value, unit }) => `${key} ${value} ${unit}`.trim())).toEqual([
    "nominal 20 mm",
    "kind clearance",
    "clearance_min 7 µm",
    "standard ISO 286-1:2010",
  ]);
  expect(rows.map((row) => row.path)).toEqual([["hole"], ["shaft"]]);
  expect(columnsOf(rows)).toEqual(["class", "lower", "upper", "largest"]);
  expect(rows[1]!.cells[1]).toEqual({ key: "lower", value: "−20", unit: "µm" });
  expect(["class", "lower", "largest"].map((column) => unitOf(rows, column))).toEqual([
    "",
    "µm",
    "mm",
  ]);
});

test("nested limits keep their path; null is skipped", () => {
  const { rows, facts, notes } = resultTable({
    external: { pitch_diameter: { smallest_mm: 8.8, largest_mm: 8.9 } },
    internal: null,
    left_hand: true,
    right_hand: false,
    notes: ["coarse"],
  });
  expect(rows.map((row) => row.path)).toEqual([["external", "pitch_diameter"]]);
  expect(facts).toEqual([{ key: "left_hand", value: "✓", unit: "" }]);
  expect(notes).toEqual(["coarse"]);
});

test("a converted value carries the unit that the result names", () => {
  const { facts } = resultTable({
    quantity: "1.250 in",
    value: "31.750",
    exact: "31.75",
    unit: "mm",
  });
  expect(facts).toEqual([
    { key: "value", value: "31.750", unit: "mm" },
    { key: "exact", value: "31.75", unit: "mm" },
  ]);
});

test("hits are results with a place", () => {
  const hit = { text: "H7", drawing: "d", page: 2, box: [1, 2, 3, 4] };
  const broken = [{ ...hit, box: [1, 2] }, { ...hit, text: 5 }, null, "H7"];
  expect(hitsOf({ items: [hit, ...broken] })).toEqual([
    { text: "H7", place: { drawing: "d", page: 2, box: [1, 2, 3, 4] } },
  ]);
  expect([hitsOf(null), hitsOf({ items: "no" }), placeIn({ drawing: "d", page: 1 })]).toEqual([
    [],
    [],
    null,
  ]);
});
