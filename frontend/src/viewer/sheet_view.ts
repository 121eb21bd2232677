/**
 * The sheet on the stage: opens pages in OpenSeadragon, loads their tiles and reports failures.
 */
import { effect, signal } from "@preact/signals";
import OpenSeadragon from "openseadragon";

import { Camera, type Stance } from "./camera";
import { overlaps, type Point, type Size, scaleOf } from "./geometry";
import { refusal } from "./http_failure";
import { type ImageInfo, imageBase, infoUrl, isVector, type Pyramid, pyramidOf } from "./iiif";
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

/** How a tool handles a drag; returning true keeps the sheet in place. */
export interface DragHandler {
  press(at: Point): void;
  drag(at: Point): boolean;
  end(at: Point, shift: boolean): boolean;
  cancel(): void;
}

/** Above this magnification a scan's pixels are drawn as squares. */
const SHOW_PIXELS_FROM = 3;
/** The maximum number of screen pixels per canvas pixel, for rendered pages and for scans. */
const MOST_ZOOM = { vector: 8, scan: 16 };
/** Tiles finer than the screen by more than this factor are dropped. */
const TOO_FINE = 4;

export class SheetView {
  readonly camera: Camera;
  readonly state = signal<SheetState>({ name: "empty" });
  /** Why tiles are missing, or null. */
  readonly tileTrouble = signal<string | null>(null);

  private readonly viewer: OpenSeadragon.Viewer;
  private readonly queue = makeQueue();
  private readonly failedTiles = new Set<OpenSeadragon.Tile>();
  private sheet: Sheet | null = null;
  private lastDrawing = "";
  private opening: AbortController | null = null;
  private readonly stopSmoothing: () => void;

  /** `still`: no animation, as the system prefers. */
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
   * Open a page with its saved view, else fitted and rotated as the previous page of the drawing.
   * True once it is open, false if it failed or another page was opened meanwhile.
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

  /** The open page. */
  get current(): Sheet | null {
    return this.sheet;
  }

  /** Give a tool the drags it handles. */
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

  /** Retry every failed tile. */
  retryTiles(): void {
    for (const tile of this.failedTiles) tile.exists = true;
    this.failedTiles.clear();
    this.tileTrouble.value = null;
    this.viewer.forceResize(); // checks all tiles again; a redraw alone shows only loaded ones
  }

  private place(pyramid: Pyramid): Promise<void> {
    const most = pyramid.enlargement > 1 ? MOST_ZOOM.vector : MOST_ZOOM.scan;
    // OpenSeadragon counts source pixels, of which an enlarged page has more.
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
      // OpenSeadragon treats every failed tile as nonexistent.
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
