/**
 * Turns any tool's JSON result into small tables: plain values as a list, objects of plain values
 * as rows. The suffix of a key is its unit.
 */
import type { Box } from "../api/schema";
import type { Place } from "../api/types";

export interface Cell {
  /** The key without its unit. */
  key: string;
  value: string;
  unit: string;
}

export interface Row {
  /** The keys that lead to the row, outermost first. */
  path: string[];
  cells: Cell[];
}

export interface ResultTable {
  facts: Cell[];
  rows: Row[];
  notes: string[];
}

/** A search result and its place. */
export interface Hit {
  text: string;
  place: Place;
}

const UNITS: Record<string, string> = { um: "µm", mm: "mm", in: "in", deg: "°", minutes: "′" };
/** Keys that repeat the question or are shown elsewhere. */
const LEFT_OUT = ["designation", "quantity", "notes", "drawing", "page", "region", "items"];

export function resultTable(result: Record<string, unknown>): ResultTable {
  const table: ResultTable = { facts: [], rows: [], notes: [] };
  const own = typeof result["unit"] === "string" ? result["unit"] : "";
  for (const [key, value] of Object.entries(result)) {
    if (LEFT_OUT.includes(key) || (key === "unit" && own)) continue;
    if (isRecord(value)) collectRows(table.rows, [key], value);
    else if (isPlain(value)) {
      const cell = cellOf(key, value);
      table.facts.push(key === "value" || key === "exact" ? { ...cell, unit: own } : cell);
    }
  }
  if (Array.isArray(result["notes"])) table.notes = result["notes"].map(String);
  return table;
}

/** The columns of all rows, in order of first use. */
export const columnsOf = (rows: readonly Row[]): string[] => [
  ...new Set(rows.flatMap((row) => row.cells.map((cell) => cell.key))),
];

/** The unit shared by a whole column, or "". */
export function unitOf(rows: readonly Row[], column: string): string {
  const cells = rows.flatMap((row) => row.cells.filter((cell) => cell.key === column));
  const units = new Set(cells.map((cell) => cell.unit));
  return units.size === 1 ? [...units].join() : "";
}

function collectRows(rows: Row[], path: string[], value: Record<string, unknown>): void {
  const cells = Object.entries(value).flatMap(([key, part]) =>
    isPlain(part) ? [cellOf(key, part)] : [],
  );
  if (cells.length > 0) rows.push({ path, cells });
  for (const [key, part] of Object.entries(value)) {
    if (isRecord(part)) collectRows(rows, [...path, key], part);
  }
}

function cellOf(key: string, value: string | number | true): Cell {
  const at = key.lastIndexOf("_");
  const unit = at > 0 ? UNITS[key.slice(at + 1)] : undefined;
  const text = value === true ? "✓" : String(value).replace(/^-/, "−");
  return { key: unit ? key.slice(0, at) : key, value: text, unit: unit ?? "" };
}

/** The search results with complete places. */
export function hitsOf(result: Record<string, unknown> | null): Hit[] {
  const items: unknown[] = Array.isArray(result?.["items"]) ? result["items"] : [];
  return items.flatMap((item) => {
    if (!isRecord(item)) return [];
    const place = placeIn(item);
    return place && typeof item["text"] === "string" ? [{ text: item["text"], place }] : [];
  });
}

/** The place in a result, if any. */
export function placeIn(result: Record<string, unknown> | null): Place | null {
  const { drawing, page, region, box } = result ?? {};
  const found = region ?? box;
  if (typeof drawing !== "string" || typeof page !== "number" || !isBox(found)) return null;
  return { drawing, page, box: found };
}

function isBox(value: unknown): value is Box {
  return Array.isArray(value) && value.length === 4 && value.every((n) => typeof n === "number");
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Whether a value is worth showing; false is not. */
const isPlain = (value: unknown): value is string | number | true =>
  typeof value === "string" || typeof value === "number" || value === true;
