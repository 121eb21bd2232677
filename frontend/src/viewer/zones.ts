/** The fields of a sheet's frame, such as C4: asking the server, naming a place by them. */
import { type Box, centre } from "./geometry";
import { refusal } from "./http_failure";

/** The middle of each mark, in canvas pixels: columns from the left, rows from the top. */
export interface Zones {
  columns: Record<string, number>;
  rows: Record<string, number>;
}

export async function fetchZones(drawing: string, page: number, signal: AbortSignal): Promise<Zones> {
  const address = `/api/drawings/${encodeURIComponent(drawing)}/pages/${page}/zones`;
  const response = await fetch(address, { signal });
  if (!response.ok) throw await refusal(response);
  return (await response.json()) as Zones;
}

/** The field of a box's middle, letter first; null where the frame has none. */
export function zoneAt(zones: Zones, box: Box): string | null {
  const { x, y } = centre(box);
  const column = nearest(zones.columns, x);
  const row = nearest(zones.rows, y);
  if (column === null || row === null) return null;
  return /^\d/.test(row) ? column + row : row + column;
}

function nearest(marks: Record<string, number>, at: number): string | null {
  let best: string | null = null;
  let least = Infinity;
  for (const [mark, middle] of Object.entries(marks)) {
    if (Math.abs(middle - at) >= least) continue;
    best = mark;
    least = Math.abs(middle - at);
  }
  return best;
}
