/** The text of a sheet with its positions: loading it, the text of a region, reading order. */
import type { TextItem } from "../api/types";
import { type Box, boxOnScreen, centre, contains, type Matrix } from "./geometry";
import { refusal } from "./http_failure";

/**
 * The text items of a page that match a query, or all of them. The server normalises and matches.
 */
export async function fetchText(
  drawing: string,
  page: number,
  query: string,
  signal?: AbortSignal,
): Promise<TextItem[]> {
  const address = `/api/drawings/${encodeURIComponent(drawing)}/pages/${page}/text`;
  const search = query === "" ? "" : `?query=${encodeURIComponent(query)}`;
  const response = await fetch(address + search, signal === undefined ? {} : { signal });
  if (!response.ok) throw await refusal(response);
  return ((await response.json()) as { items: TextItem[] }).items;
}

export function textIn(items: readonly TextItem[], region: Box): TextItem[] {
  return items.filter((item) => contains(region, centre(item.box)));
}

/**
 * Rows from top to bottom, each from left to right; an item belongs to a row if its centre is
 * within it.
 */
export function inReadingOrder(items: readonly TextItem[]): TextItem[][] {
  const rows: TextItem[][] = [];
  for (const item of [...items].sort((one, other) => centre(one.box).y - centre(other.box).y)) {
    const row = rows.at(-1);
    const first = row?.[0];
    if (row !== undefined && first !== undefined && sameRow(first, item)) row.push(item);
    else rows.push([item]);
  }
  for (const row of rows) row.sort((one, other) => one.box[0] - other.box[0]);
  return rows;
}

function sameRow(one: TextItem, other: TextItem): boolean {
  const { y } = centre(other.box);
  return one.angle === other.angle && y > one.box[1] && y < one.box[1] + one.box[3];
}

/** The items as plain text, one line per row. */
export function asText(items: readonly TextItem[]): string {
  return inReadingOrder(items)
    .map((row) => row.map((item) => item.text).join(" "))
    .join("\n");
}

/** The hits in reading order of the page as rotated on the screen. */
export function hitsInOrder(items: readonly TextItem[], m: Matrix): TextItem[] {
  const seen = new Map(items.map((item) => [{ ...item, box: boxOnScreen(m, item.box) }, item]));
  const order = inReadingOrder([...seen.keys()]).flat();
  return order.flatMap((placed) => seen.get(placed) ?? []);
}
