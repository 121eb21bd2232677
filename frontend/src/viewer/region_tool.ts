/**
 * The region tool: marks a rectangle by pointer or keys and passes it to `attach` in whole canvas
 * pixels.
 */
import { signal } from "@preact/signals";

import {
  around,
  type Box,
  boxOnCanvas,
  directionToCanvas,
  type Matrix,
  moved,
  type Point,
  resized,
  type Size,
  scaleOf,
  toCanvas,
  wholeRegion,
} from "./geometry";

/** Shorter drags count as clicks, in screen pixels. */
const SLIP = 5;
/** The distance of an arrow key, in screen pixels, but at least one canvas pixel. */
const STEP = 10;

export interface Ground {
  matrix: Matrix;
  canvas: Size;
  /** The stage's size on the screen. */
  room: Size;
}

export class RegionTool {
  /** The rectangle being marked, in canvas pixels. */
  readonly draft = signal<Box | null>(null);
  private start: Point | null = null;

  /** `ground`: null while no sheet is open; `enabled`: whether a drag marks a region. */
  constructor(
    private readonly ground: () => Ground | null,
    private readonly enabled: () => boolean,
    private readonly attach: (region: Box, several: boolean) => void,
  ) {}

  press(at: Point): void {
    this.start = this.enabled() ? at : null;
  }

  drag(at: Point): boolean {
    if (this.start === null || !this.enabled()) return false;
    const ground = this.ground();
    if (ground !== null) this.draft.value = spanned(ground, this.start, at);
    return true;
  }

  end(at: Point, several: boolean): boolean {
    const { start } = this;
    if (start === null || !this.enabled()) return false;
    this.start = null;
    const ground = this.ground();
    this.draft.value = null;
    const far = Math.max(Math.abs(at.x - start.x), Math.abs(at.y - start.y)) >= SLIP;
    if (ground !== null && far) this.attach(spanned(ground, start, at), several);
    return true;
  }

  cancel(): void {
    this.start = null;
    this.draft.value = null;
  }

  /** Handle an arrow key: start a rectangle in the centre of the view, then move or resize it. */
  arrow(direction: Point, size: boolean): void {
    const ground = this.ground();
    if (ground === null) return;
    const draft = this.draft.value;
    if (draft === null) {
      this.draft.value = middle(ground);
      return;
    }
    const length = Math.max(STEP, scaleOf(ground.matrix));
    const way = directionToCanvas(ground.matrix, {
      x: direction.x * length,
      y: direction.y * length,
    });
    const grows = direction.x + direction.y;
    const box = size
      ? resized(draft, grows * Math.abs(way.x), grows * Math.abs(way.y), ground.canvas)
      : moved(draft, way.x, way.y, ground.canvas);
    this.draft.value = box;
  }

  /** Attach the rectangle made by keys. False if there is none. */
  accept(several: boolean): boolean {
    const ground = this.ground();
    const draft = this.draft.value;
    if (draft === null || ground === null) return false;
    this.cancel();
    this.attach(wholeRegion(draft, ground.canvas), several);
    return true;
  }
}

function spanned(ground: Ground, from: Point, to: Point): Box {
  const box = around([toCanvas(ground.matrix, from), toCanvas(ground.matrix, to)]);
  return wholeRegion(box, ground.canvas);
}

/** A third of the view, centred. */
function middle({ matrix, canvas, room }: Ground): Box {
  const third: Box = [room.width / 3, room.height / 3, room.width / 3, room.height / 3];
  return wholeRegion(boxOnCanvas(matrix, third), canvas);
}
