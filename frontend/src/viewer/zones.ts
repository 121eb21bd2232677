/** The zones of a sheet's frame, such as C4: loading them, and finding the zone of a place. */
import type { Zones } from "../api/types";
import { type Box, centre } from "./geometry";
import { refusal } from "./http_failure";

export async function fetchZones(
  drawing: string,
  page: number,
  signal: AbortSignal,
): Promise<Zones> {
  const address = `/api/drawings/${encodeURIComponent(drawing)}/pages/${page}/zones`;
  const response = await fetch(address, { signal });
  if (!response.ok) throw await refusal(response);
  return (await response.json()) as Zones;
}

/** The zone of a box's centre, letter first; null if the frame has no zones. */
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
