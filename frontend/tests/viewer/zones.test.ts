import { describe, expect, it } from "vitest";

import { zoneAt } from "../../src/viewer/zones";

const zones = { columns: { "1": 100, "2": 300, "3": 500 }, rows: { A: 100, B: 300 } };

describe("zones", () => {
  it("names the zone of a box by its centre", () => {
    expect(zoneAt(zones, [380, 180, 10, 10])).toBe("A2");
    expect(zoneAt(zones, [390, 190, 40, 40])).toBe("B3");
    expect(zoneAt(zones, [-50, -50, 10, 10])).toBe("A1");
  });

  it("writes the letter first, whichever way the frame counts", () => {
    const turned = { columns: { A: 100, B: 300 }, rows: { "1": 100, "2": 300 } };
    expect(zoneAt(turned, [290, 90, 20, 20])).toBe("B1");
  });

  it("has no zones on a sheet without marks", () => {
    expect(zoneAt({ columns: {}, rows: {} }, [0, 0, 10, 10])).toBeNull();
    expect(zoneAt({ columns: { "1": 5 }, rows: {} }, [0, 0, 10, 10])).toBeNull();
  });
});
