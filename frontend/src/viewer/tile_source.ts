/**
 * An OpenSeadragon tile source for one IIIF page with our own pyramid and queue. OpenSeadragon's
 * own IIIF source can neither zoom past the canvas nor cancel requests out of view. Coordinates
 * stay relative to the canvas width, even at enlarged levels.
 */
import OpenSeadragon from "openseadragon";

import type { Box } from "./geometry";
import { refusal, TryAgain } from "./http_failure";
import { type Pyramid, reduction, tileBox, tileUrl } from "./iiif";
import { TileQueue, type TileRequest } from "./tile_queue";

/** A requested tile: its area and scale. */
export interface TileWish extends TileRequest<CanvasRenderingContext2D> {
  box: Box;
  /** Tile pixels per canvas pixel. */
  density: number;
}

export type WishQueue = TileQueue<CanvasRenderingContext2D, TileWish>;

/** The message for a tile that was dropped rather than failed. */
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
  // Only called for the whole page at once; the queue is emptied before.
  source.downloadTileAbort = () => undefined;
  return source;
}

async function loadTile(url: string, signal: AbortSignal): Promise<CanvasRenderingContext2D> {
  const response = await fetch(url, { signal }).catch((error: unknown) => {
    throw signal.aborted ? error : new TryAgain(String(error));
  });
  if (!response.ok) throw await refusal(response);
  const image = await createImageBitmap(await response.blob());
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("no 2d canvas");
  context.drawImage(image, 0, 0);
  image.close();
  return context;
}
