/**
 * The camera: moves OpenSeadragon's viewport over the open sheet and publishes the matrix from
 * canvas to screen.
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

/** A saved view of a sheet. */
export interface Stance {
  /** In OpenSeadragon's units: the canvas width is 1. */
  middle: Point;
  zoom: number;
  rotation: number;
  /** As `Camera.aim`. */
  aim: Box | null;
}

/** The margin around a fitted sheet, as a share of its longer side. */
const EDGE = 0.015;

export class Camera {
  /** The current matrix from canvas to stage. */
  readonly matrix = signal<Matrix>(IDENTITY);
  readonly rotation = signal(0);

  private canvas: Size | null = null;
  /**
   * What the view was asked to show, until a person moves it. It is shown again when the stage is
   * resized, e.g. because its pane was collapsed.
   */
  private aim: Box | null = null;
  private resized = false;

  /** `still`: no animation, as the system prefers. */
  constructor(
    private readonly viewer: OpenSeadragon.Viewer,
    private readonly still: () => boolean,
  ) {
    viewer.addHandler("update-viewport", () => this.follow());
    // OpenSeadragon sets its own zoom after this event; fit after that.
    viewer.addHandler("after-resize", () => (this.resized = true));
    viewer.addHandler("viewport-change", () => this.afterChange());
    for (const gesture of ["canvas-drag", "canvas-scroll", "canvas-pinch"] as const) {
      viewer.addHandler(gesture, () => (this.aim = null));
    }
  }

  /** Show another canvas: its saved view, else fitted and rotated; null for none. */
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

  /** The visible part of the canvas (its bounding box, if the sheet is rotated). */
  get visible(): Box {
    return boxOnCanvas(this.matrix.peek(), [0, 0, this.room.width, this.room.height]);
  }

  /** The part of the canvas that will be visible after the animation. */
  get destination(): Box {
    const { x, y, width, height } = this.viewer.viewport.getBounds(false).getBoundingBox();
    return [x, y, width, height].map((side) => side * (this.canvas?.width ?? 1)) as Box;
  }

  /** Fit the whole sheet. */
  fit(immediately = this.still()): void {
    if (this.canvas === null) return;
    const { width, height } = this.canvas;
    const edge = Math.max(width, height) * EDGE;
    this.flyTo([-edge, -edge, width + 2 * edge, height + 2 * edge], immediately);
  }

  /** Zoom by a factor about the centre of the stage. */
  zoomBy(factor: number): void {
    this.move((viewport) => viewport.zoomBy(factor, undefined, this.still()));
  }

  /** Zoom to a number of screen pixels per canvas pixel. */
  zoomTo(scale: number): void {
    this.zoomBy(scale / scaleOf(this.matrix.peek()));
  }

  /** Pan by screen pixels. */
  panBy(x: number, y: number): void {
    this.move((viewport) => {
      const way = viewport.deltaPointsFromPixels(new OpenSeadragon.Point(x, y));
      viewport.panBy(way, this.still());
    });
  }

  /** Centre a canvas point on the stage. */
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

  /** Fly to a canvas box and fit it to the stage, within the zoom limits. */
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
