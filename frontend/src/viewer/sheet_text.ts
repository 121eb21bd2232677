/**
 * The text of a sheet with its places: asking the server, picking a region's, reading order.
 */
import { boxOnScreen, type Box, centre, contains, type Matrix } from "./geometry";
import { refusal } from "./http_failure";

export interface TextItem {
  text: string;
  /** In canvas pixels, upright also for turned text. */
  box: Box;
  /** Degrees clockwise, 0 upright. */
  angle: number;
  source: "vector" | "ocr";
  confidence: number;
}

/** Items of a page; all of them without a query. The server normalises and matches. */
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

/** Rows from the top, each from the left; an item joins a row when its middle lies within it. */
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

/** The items as plain text: a line a row. */
export function asText(items: readonly TextItem[]): string {
  return inReadingOrder(items)
    .map((row) => row.map((item) => item.text).join(" "))
    .join("\n");
}

/** The hits one meets going over the page as it is turned on the screen: by rows, from the left. */
export function hitsInOrder(items: readonly TextItem[], m: Matrix): TextItem[] {
  const seen = new Map(items.map((item) => [{ ...item, box: boxOnScreen(m, item.box) }, item]));
  const order = inReadingOrder([...seen.keys()]).flat();
  return order.flatMap((placed) => seen.get(placed) ?? []);
}
