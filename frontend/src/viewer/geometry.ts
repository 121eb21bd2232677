/**
 * Boxes, matrices and lengths. Pure functions. There are two spaces: the *canvas* (the page's fixed
 * pixel grid, origin top left) and the *screen* (CSS pixels from the top left corner of the stage).
 */

/** `[x, y, width, height]` in canvas pixels. */
export type Box = [number, number, number, number];

export interface Point {
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

/** Canvas to screen, as in an SVG `matrix(a b c d e f)`. */
export interface Matrix {
  a: number;
  b: number;
  c: number;
  d: number;
  e: number;
  f: number;
}

/** The minimum side of a region, in canvas pixels. */
export const MINIMUM_SIDE = 8;

export const IDENTITY: Matrix = { a: 1, b: 0, c: 0, d: 1, e: 0, f: 0 };

/** The matrix that maps the canvas corners (0,0), (width,0), (0,height) to these screen points. */
export function matrixFromCorners(size: Size, origin: Point, right: Point, bottom: Point): Matrix {
  return {
    a: (right.x - origin.x) / size.width,
    b: (right.y - origin.y) / size.width,
    c: (bottom.x - origin.x) / size.height,
    d: (bottom.y - origin.y) / size.height,
    e: origin.x,
    f: origin.y,
  };
}

export function toScreen(m: Matrix, p: Point): Point {
  return { x: m.a * p.x + m.c * p.y + m.e, y: m.b * p.x + m.d * p.y + m.f };
}

export function toCanvas(m: Matrix, p: Point): Point {
  return directionToCanvas(m, { x: p.x - m.e, y: p.y - m.f });
}

/** Whether a point in canvas pixels lies on the canvas. */
export function inside({ width, height }: Size, { x, y }: Point): boolean {
  return x >= 0 && y >= 0 && x < width && y < height;
}

/** A screen direction (no origin) in canvas pixels. */
export function directionToCanvas(m: Matrix, p: Point): Point {
  const determinant = m.a * m.d - m.b * m.c;
  return {
    x: (m.d * p.x - m.c * p.y) / determinant,
    y: (m.a * p.y - m.b * p.x) / determinant,
  };
}

/** Screen pixels per canvas pixel. */
export function scaleOf(m: Matrix): number {
  return Math.hypot(m.a, m.b);
}

export function corners([x, y, w, h]: Box): [Point, Point, Point, Point] {
  return [
    { x, y },
    { x: x + w, y },
    { x: x + w, y: y + h },
    { x, y: y + h },
  ];
}

/** The bounding box of points. */
export function around(points: readonly Point[]): Box {
  const xs = points.map((p) => p.x);
  const ys = points.map((p) => p.y);
  const x = Math.min(...xs);
  const y = Math.min(...ys);
  return [x, y, Math.max(...xs) - x, Math.max(...ys) - y];
}

/** The screen bounding box of a canvas box, even if the sheet is rotated. */
export function boxOnScreen(m: Matrix, box: Box): Box {
  return around(corners(box).map((p) => toScreen(m, p)));
}

/** The canvas bounding box of a screen box. */
export function boxOnCanvas(m: Matrix, box: Box): Box {
  return around(corners(box).map((p) => toCanvas(m, p)));
}

export function overlaps(a: Box, b: Box): boolean {
  return a[0] < b[0] + b[2] && b[0] < a[0] + a[2] && a[1] < b[1] + b[3] && b[1] < a[1] + a[3];
}

export function centre([x, y, w, h]: Box): Point {
  return { x: x + w / 2, y: y + h / 2 };
}

export function contains([x, y, w, h]: Box, p: Point): boolean {
  return p.x >= x && p.x <= x + w && p.y >= y && p.y <= y + h;
}

/**
 * The box in whole pixels, inside the canvas, with each side at least the minimum (or the canvas
 * itself).
 */
export function wholeRegion(box: Box, canvas: Size): Box {
  const [x, w] = wholeSpan(box[0], box[2], canvas.width);
  const [y, h] = wholeSpan(box[1], box[3], canvas.height);
  return [x, y, w, h];
}

function wholeSpan(start: number, length: number, limit: number): [number, number] {
  const from = clamp(Math.round(start), 0, limit);
  const to = clamp(Math.round(start + length), 0, limit);
  const span = Math.min(limit, Math.max(MINIMUM_SIDE, to - from));
  return [Math.min(from, limit - span), span];
}

/** The box moved, but kept inside the canvas. */
export function moved(box: Box, dx: number, dy: number, canvas: Size): Box {
  const [x, y, w, h] = box;
  return [clamp(x + dx, 0, canvas.width - w), clamp(y + dy, 0, canvas.height - h), w, h];
}

/** The box resized at its right and lower sides, within the minimum and the canvas. */
export function resized(box: Box, dw: number, dh: number, canvas: Size): Box {
  const [x, y, w, h] = box;
  return [
    x,
    y,
    clamp(w + dw, Math.min(MINIMUM_SIDE, canvas.width), canvas.width - x),
    clamp(h + dh, Math.min(MINIMUM_SIDE, canvas.height), canvas.height - y),
  ];
}

/**
 * The part of the sheet to show for a box: the box with a margin, and enough of the sheet to see
 * where it is.
 */
export function frameAround(box: Box, canvas: Size): Box {
  const room = Math.max(box[2], box[3]) * 0.75;
  const least = Math.min(160, Math.max(canvas.width, canvas.height) / 12);
  const pad = Math.max(room, least);
  return [box[0] - pad, box[1] - pad, box[2] + 2 * pad, box[3] + 2 * pad];
}

/** The box with a margin, so that an outline does not touch its text. */
export function withMargin([x, y, w, h]: Box): Box {
  const margin = clamp(Math.min(w, h) * 0.1, 3, 6);
  return [x - margin, y - margin, w + 2 * margin, h + 2 * margin];
}

/** A round length that fits into `room` screen pixels, and its length on the screen. */
export function scaleBar(unitsPerPixel: number, room: number): { length: number; pixels: number } {
  const most = unitsPerPixel * room;
  const decade = 10 ** Math.floor(Math.log10(most));
  const step = [5, 2, 1].find((factor) => factor * decade <= most) ?? 1;
  const length = step * decade;
  return { length, pixels: length / unitsPerPixel };
}

/** Canvas pixels in millimetres on paper. */
export function millimetres(pixels: number, dpi: number): number {
  return (pixels / dpi) * 25.4;
}

/** An angle from 0 (inclusive) to 360 degrees (exclusive). */
export function wholeTurn(degrees: number): number {
  return ((degrees % 360) + 360) % 360;
}

export function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), Math.max(least, most));
}
