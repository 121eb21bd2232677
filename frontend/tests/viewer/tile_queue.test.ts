import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { TryAgain } from "../../src/viewer/http_failure";
import { TileQueue, type TileRequest } from "../../src/viewer/tile_queue";

interface Pending {
  url: string;
  signal: AbortSignal;
  resolve(value: string): void;
  reject(error: Error): void;
}

let pending: Pending[];
let log: string[];

function load(url: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => pending.push({ url, signal, resolve, reject }));
}

function request(url: string): TileRequest<string> {
  return {
    url,
    done: (value) => log.push(`${url} done ${value}`),
    failed: (message) => log.push(`${url} failed ${message}`),
    dropped: () => log.push(`${url} dropped`),
  };
}

function at(index: number): Pending {
  const found = pending[index];
  if (found === undefined) throw new Error(`no request ${index} was started`);
  return found;
}

beforeEach(() => {
  pending = [];
  log = [];
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("the tile queue", () => {
  it("loads a few at a time, in order", async () => {
    const queue = new TileQueue<string>(load, 2);
    for (const url of ["a", "b", "c"]) queue.add(request(url));
    expect(pending.map((p) => p.url)).toEqual(["a", "b"]);
    at(1).resolve("B");
    await vi.waitFor(() => expect(pending.map((p) => p.url)).toEqual(["a", "b", "c"]));
    expect(log).toEqual(["b done B"]);
  });

  it("drops tiles out of view, running or waiting, and continues", async () => {
    const queue = new TileQueue<string>(load, 1);
    for (const url of ["a", "b", "c"]) queue.add(request(url));
    queue.keep((r) => r.url === "c");
    expect(at(0).signal.aborted).toBe(true);
    expect(log).toEqual(["b dropped", "a dropped"]);
    expect(pending.map((p) => p.url)).toEqual(["a", "c"]);
    at(0).reject(new Error("aborted"));
    at(1).resolve("C");
    await vi.waitFor(() => expect(log).toContain("c done C"));
    expect(log.filter((line) => line.startsWith("a"))).toEqual(["a dropped"]);
    expect(queue.length).toBe(0);
  });

  it("tries again when the server is busy, then says why it gave up", async () => {
    const queue = new TileQueue<string>(load, 1);
    queue.add(request("a"));
    for (let attempt = 0; attempt < 4; attempt += 1) {
      at(attempt).reject(new TryAgain("busy", 10));
      await vi.advanceTimersByTimeAsync(10);
    }
    expect(pending).toHaveLength(4);
    expect(log).toEqual(["a failed busy"]);
  });

  it("does not try a plain failure again", async () => {
    const queue = new TileQueue<string>(load, 1);
    queue.add(request("a"));
    at(0).reject(new Error("gone"));
    await vi.advanceTimersByTimeAsync(10_000);
    expect(pending).toHaveLength(1);
    expect(log).toEqual(["a failed gone"]);
  });

  it("stops pausing for a tile that was dropped", async () => {
    const queue = new TileQueue<string>(load, 1);
    queue.add(request("a"));
    at(0).reject(new TryAgain("busy", 5000));
    await vi.advanceTimersByTimeAsync(0);
    queue.keep(() => false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(pending.filter((p) => !p.signal.aborted)).toHaveLength(0);
    expect(log).toEqual(["a dropped"]);
  });
});
