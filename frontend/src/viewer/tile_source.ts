/**
 * An OpenSeadragon tile source over one IIIF page: our pyramid, our queue.
 *
 * OpenSeadragon's own IIIF source neither goes past the canvas nor takes back requests that
 * the view has left. Coordinates stay canvas pixels over the canvas' width, also when the
 * finest levels are enlarged.
 */
import OpenSeadragon from "openseadragon";

import type { Box } from "./geometry";
import { type Pyramid, reduction, tileBox, tileUrl } from "./iiif";
import { refusal, TryAgain } from "./http_failure";
import { TileQueue, type TileRequest } from "./tile_queue";

/** A wanted tile: where it lies and how fine it is. */
export interface TileWish extends TileRequest<CanvasRenderingContext2D> {
  box: Box;
  /** Tile pixels per canvas pixel. */
  density: number;
}

export type WishQueue = TileQueue<CanvasRenderingContext2D, TileWish>;

/** The word OpenSeadragon gets for a tile that was dropped, not failed. */
export const DROPPED = "dropped";

export function makeQueue(): WishQueue {
  return new TileQueue<CanvasRenderingContext2D, TileWish>(loadTile);
}

export function makeTileSource(pyramid: Pyramid, queue: WishQueue): OpenSeadragon.TileSource {
  const source = new OpenSeadragon.TileSource({
    width: pyramid.width * pyramid.enlargement,
    height: pyramid.height * pyramid.enlargement,
    tileSize: pyramid.tile,
    tileOverlap: pyramid.overlap,
    minLevel: 0,
    maxLevel: pyramid.maxLevel,
    ready: true,
  });
  source.getTileUrl = (level, x, y) => tileUrl(pyramid, level, x, y);
  source.hasTransparency = () => false;
  source.downloadTileStart = (job) => {
    const { level, x, y } = job.tile;
    queue.add({
      url: job.src,
      box: tileBox(pyramid, level, x, y),
      density: 1 / reduction(pyramid, level),
      done: (context) => job.finish(context, null, "context2d"),
      failed: (message) => job.fail(message, null),
      dropped: () => job.fail(DROPPED, null),
    });
  };
  // Only called for the whole page at once, where the queue is emptied first.
  source.downloadTileAbort = () => undefined;
  return source;
}

async function loadTile(url: string, signal: AbortSignal): Promise<CanvasRenderingContext2D> {
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    throw signal.aborted ? error : new TryAgain(String(error));
  });
  if (!response.ok) throw await refusal(response);
  const picture = await createImageBitmap(await response.blob());
  const canvas = document.createElement("canvas");
  canvas.width = picture.width;
  canvas.height = picture.height;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no 2d canvas");
  context.drawImage(picture, 0, 0);
  picture.close();
  return context;
}
