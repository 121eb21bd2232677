/**
 * Where one looks: moves OpenSeadragon's viewport over the open sheet and tells where the
 * canvas lies on the screen. Knows no tiles and no pages, only the canvas' size.
 */
import { signal } from "@preact/signals";
import OpenSeadragon from "openseadragon";

import {
  type Box,
  boxOnCanvas,
  IDENTITY,
  type Matrix,
  matrixFromCorners,
  type Point,
  type Size,
  scaleOf,
  wholeTurn,
} from "./geometry";

/** How a sheet was looked at, to come back to it. */
export interface Stance {
  /** In OpenSeadragon's own measure: the canvas' width is 1. */
  middle: Point;
  zoom: number;
  rotation: number;
  /** As `Camera.aim`. */
  aim: Box | null;
}

/** The room left around a fitted sheet, as a part of its longer side. */
const EDGE = 0.015;

export class Camera {
  /** Canvas to stage, as it is on the screen right now. */
  readonly matrix = signal<Matrix>(IDENTITY);
  readonly rotation = signal(0);

  private canvas: Size | null = null;
  /**
   * What the view was told to show, until a person moves it. A stage that changes its size goes
   * on showing it: a pane may be folded away while a place is asked for.
   */
  private aim: Box | null = null;
  private resized = false;

  /** `still`: no animation, as the person's system asks. */
  constructor(
    private readonly viewer: OpenSeadragon.Viewer,
    private readonly still: () => boolean,
  ) {
    viewer.addHandler("update-viewport", () => this.follow());
    // A new size sets a zoom of its own after this event: fitting again has to wait for it.
    viewer.addHandler("after-resize", () => (this.resized = true));
    viewer.addHandler("viewport-change", () => this.afterChange());
    for (const gesture of ["canvas-drag", "canvas-scroll", "canvas-pinch"] as const) {
      viewer.addHandler(gesture, () => (this.aim = null));
    }
  }

  /** Looks at another canvas: as it was left, else whole and turned by `rotation`; null at none. */
  look(canvas: Size | null, stance: Stance | null = null, rotation = 0): void {
    this.canvas = canvas;
    if (canvas === null) return;
    const { viewport } = this.viewer;
    viewport.setRotation(stance?.rotation ?? rotation, true);
    if (stance === null) {
      this.fit(true);
    } else if (stance.aim !== null) {
      this.flyTo(stance.aim, true);
    } else {
      viewport.zoomTo(stance.zoom, undefined, true);
      viewport.panTo(new OpenSeadragon.Point(stance.middle.x, stance.middle.y), true);
      this.aim = null;
    }
    this.follow();
  }

  get stance(): Stance {
    const { viewport } = this.viewer;
    const { x, y } = viewport.getCenter();
    const { aim } = this;
    return { middle: { x, y }, zoom: viewport.getZoom(), rotation: viewport.getRotation(), aim };
  }

  /** The stage's size in CSS pixels. */
  get room(): Size {
    const { clientWidth, clientHeight } = this.viewer.element;
    return { width: clientWidth, height: clientHeight };
  }

  /** The part of the canvas that is on the screen (and beyond, where the sheet is turned). */
  get visible(): Box {
    return boxOnCanvas(this.matrix.peek(), [0, 0, this.room.width, this.room.height]);
  }

  /** The part of the canvas that will be on the screen when the view has come to rest. */
  get destination(): Box {
    const { x, y, width, height } = this.viewer.viewport.getBounds(false).getBoundingBox();
    return [x, y, width, height].map((side) => side * (this.canvas?.width ?? 1)) as Box;
  }

  /** Shows the whole sheet. */
  fit(immediately = this.still()): void {
    if (this.canvas === null) return;
    const { width, height } = this.canvas;
    const edge = Math.max(width, height) * EDGE;
    this.flyTo([-edge, -edge, width + 2 * edge, height + 2 * edge], immediately);
  }

  /** Zooms by a factor about the middle of the stage. */
  zoomBy(factor: number): void {
    this.move((viewport) => viewport.zoomBy(factor, undefined, this.still()));
  }

  /** Zooms to so many screen pixels per canvas pixel. */
  zoomTo(scale: number): void {
    this.zoomBy(scale / scaleOf(this.matrix.peek()));
  }

  /** Moves the view over the sheet by screen pixels. */
  panBy(x: number, y: number): void {
    this.move((viewport) => {
      const way = viewport.deltaPointsFromPixels(new OpenSeadragon.Point(x, y));
      viewport.panBy(way, this.still());
    });
  }

  /** Puts a canvas point in the middle of the stage. */
  panTo({ x, y }: Point, immediately = this.still()): void {
    const width = this.canvas?.width ?? 1;
    this.move((viewport) => {
      viewport.panTo(new OpenSeadragon.Point(x / width, y / width), immediately);
    });
  }

  rotateBy(degrees: number): void {
    const { aim } = this;
    this.move((viewport) => viewport.rotateBy(degrees, undefined, this.still()));
    if (aim !== null) this.flyTo(aim);
  }

  /** Flies to a canvas box so that it fills the stage as far as the zoom limits allow. */
  flyTo(box: Box, immediately = this.still()): void {
    const [x, y, w, h] = box.map((side) => side / (this.canvas?.width ?? 1)) as Box;
    this.move((viewport) => {
      viewport.fitBounds(new OpenSeadragon.Rect(x, y, w, h), immediately);
    }, immediately);
    this.aim = box;
  }

  private move(how: (viewport: OpenSeadragon.Viewport) => void, immediately = this.still()): void {
    if (this.canvas === null) return;
    this.aim = null;
    how(this.viewer.viewport);
    this.viewer.viewport.applyConstraints(immediately);
  }

  private afterChange(): void {
    if (this.resized && this.aim !== null) this.flyTo(this.aim, true);
    this.resized = false;
    this.follow();
  }

  private follow(): void {
    const { canvas } = this;
    if (canvas === null || !this.viewer.isOpen()) return;
    const { viewport } = this.viewer;
    const at = (x: number, y: number): Point =>
      viewport.pixelFromPoint(new OpenSeadragon.Point(x, y), true);
    const next = matrixFromCorners(canvas, at(0, 0), at(1, 0), at(0, canvas.height / canvas.width));
    if (same(next, this.matrix.peek())) return;
    this.matrix.value = next;
    this.rotation.value = wholeTurn(viewport.getRotation());
  }
}

function same(p: Matrix, q: Matrix): boolean {
  return p.a === q.a && p.b === q.b && p.c === q.c && p.d === q.d && p.e === q.e && p.f === q.f;
}
