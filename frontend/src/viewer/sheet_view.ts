/**
 * The sheet on the stage: opens pages in OpenSeadragon, keeps their tiles coming, tells what
 * failed. Knows neither the store nor what is drawn over the sheet.
 */
import { effect, signal } from "@preact/signals";
import OpenSeadragon from "openseadragon";

import { Camera, type Stance } from "./camera";
import { overlaps, type Point, scaleOf, type Size } from "./geometry";
import { type ImageInfo, imageBase, infoUrl, isVector, type Pyramid, pyramidOf } from "./iiif";
import { refusal } from "./http_failure";
import { DROPPED, makeQueue, makeTileSource, type TileWish } from "./tile_source";
import { viewerOptions } from "./viewer_options";

export interface Sheet extends Size {
  drawing: string;
  page: number;
  mediaType: string;
}

export type SheetState =
  | { name: "empty" }
  | { name: "opening" }
  | { name: "open" }
  | { name: "failed"; message: string };

/** What a region tool does with a drag; true keeps the sheet where it is. */
export interface DragHandler {
  press(at: Point): void;
  drag(at: Point): boolean;
  end(at: Point, shift: boolean): boolean;
  cancel(): void;
}

/** A scan's pixels are shown as squares from this enlargement on. */
const SHOW_PIXELS_FROM = 3;
/** The most screen pixels per canvas pixel, by whether the page is rendered at that scale. */
const MOST_ZOOM = { vector: 8, scan: 16 };
/** Tiles that are finer than the screen by more than this are not waited for. */
const TOO_FINE = 4;

export class SheetView {
  readonly camera: Camera;
  readonly state = signal<SheetState>({ name: "empty" });
  /** Why tiles are missing; null while none is. */
  readonly tileTrouble = signal<string | null>(null);

  private readonly viewer: OpenSeadragon.Viewer;
  private readonly queue = makeQueue();
  private readonly failedTiles = new Set<OpenSeadragon.Tile>();
  private sheet: Sheet | null = null;
  private lastDrawing = "";
  private opening: AbortController | null = null;
  private readonly stopSmoothing: () => void;

  /** `still`: no animation, as the person's system asks. */
  constructor(
    readonly stage: HTMLElement,
    still: () => boolean,
  ) {
    this.viewer = OpenSeadragon(viewerOptions(stage, still()));
    this.camera = new Camera(this.viewer, still);
    this.viewer.addHandler("animation", () => this.dropUnseen());
    this.viewer.addHandler("animation-finish", () => this.dropUnseen());
    this.viewer.addHandler("tile-load-failed", (event) => this.tileFailed(event));
    this.stopSmoothing = effect(() => this.smooth(scaleOf(this.camera.matrix.value)));
  }

  /**
   * Shows a page: as it was left, else fitted, turned as the page before of the same drawing.
   * True once it is open, false where it failed or another one was opened meanwhile.
   */
  async open(sheet: Sheet, stance: Stance | null = null): Promise<boolean> {
    const turned = sheet.drawing === this.lastDrawing ? this.camera.rotation.peek() : 0;
    this.close();
    const opening = new AbortController();
    this.opening = opening;
    this.state.value = { name: "opening" };
    try {
      const info = await fetchInfo(sheet, opening.signal);
      const base = imageBase(sheet.drawing, sheet.page);
      const pyramid = pyramidOf(base, info, isVector(sheet.mediaType));
      if (!opening.signal.aborted) await this.place(pyramid);
    } catch (error) {
      if (opening.signal.aborted) return false;
      this.state.value = { name: "failed", message: (error as Error).message };
      return false;
    }
    if (opening.signal.aborted) return false;
    this.sheet = sheet;
    this.lastDrawing = sheet.drawing;
    this.camera.look(sheet, stance, turned);
    this.state.value = { name: "open" };
    return true;
  }

  close(): void {
    this.opening?.abort();
    this.queue.keep(() => false);
    this.failedTiles.clear();
    this.tileTrouble.value = null;
    this.sheet = null;
    this.camera.look(null);
    this.viewer.close();
    this.state.value = { name: "empty" };
  }

  destroy(): void {
    this.stopSmoothing();
    this.close();
    this.viewer.destroy();
  }

  /** The page that is open. */
  get current(): Sheet | null {
    return this.sheet;
  }

  /** Lets a tool have the drags it wants. */
  onDrag(handler: DragHandler): void {
    this.viewer.addHandler("canvas-press", (event) => handler.press(event.position));
    this.viewer.addHandler("canvas-drag", (event) => {
      event.preventDefaultAction = handler.drag(event.position);
    });
    this.viewer.addHandler("canvas-drag-end", (event) => {
      event.preventDefaultAction = handler.end(event.position, event.shift);
    });
    this.viewer.addHandler("canvas-pinch", () => handler.cancel());
  }

  /** Asks again for every tile that failed. */
  retryTiles(): void {
    for (const tile of this.failedTiles) tile.exists = true;
    this.failedTiles.clear();
    this.tileTrouble.value = null;
    this.viewer.forceResize(); // looks over all tiles again; a redraw shows only those it has
  }

  private place(pyramid: Pyramid): Promise<void> {
    const most = pyramid.enlargement > 1 ? MOST_ZOOM.vector : MOST_ZOOM.scan;
    // OpenSeadragon counts by the source's pixels, of which an enlarged page has more.
    this.viewer.viewport.setMaxZoomPixelRatio(most / pyramid.enlargement, false);
    return new Promise((resolve, reject) => {
      this.viewer.addOnceHandler("open", () => resolve());
      this.viewer.addOnceHandler("open-failed", (event) => reject(new Error(event.message)));
      this.viewer.open({ tileSource: makeTileSource(pyramid, this.queue) });
    });
  }

  private smooth(scale: number): void {
    if (this.sheet === null) return;
    this.viewer.drawer.setImageSmoothingEnabled(
      isVector(this.sheet.mediaType) || scale < SHOW_PIXELS_FROM,
    );
  }

  private dropUnseen(): void {
    if (this.sheet === null || this.queue.length === 0) return;
    const { destination, visible, room } = this.camera;
    const finest = (room.width / destination[2]) * window.devicePixelRatio * TOO_FINE;
    const wanted = ({ box, density }: TileWish): boolean =>
      density <= finest && (overlaps(box, destination) || overlaps(box, visible));
    this.queue.keep(wanted);
  }

  private tileFailed({ tile, message }: OpenSeadragon.TileLoadFailedEvent): void {
    if (message === DROPPED) {
      // OpenSeadragon takes every failed tile for one that is not there.
      queueMicrotask(() => (tile.exists = true));
      return;
    }
    this.failedTiles.add(tile);
    this.tileTrouble.value = message;
  }
}

async function fetchInfo(sheet: Sheet, signal: AbortSignal): Promise<ImageInfo> {
  const response = await fetch(infoUrl(sheet.drawing, sheet.page), { signal });
  if (!response.ok) throw await refusal(response);
  return (await response.json()) as ImageInfo;
}
