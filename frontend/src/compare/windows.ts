/**
 * Geometry of two aligned sheets. Boxes are in canvas pixels of the old or the new sheet; a window
 * is a box of the new sheet.
 */
import type { Box } from "../api/schema";
import type { AffineNumbers } from "../api/types";
import { type Matrix, type Size, toCanvas, toScreen } from "../viewer/geometry";

/** The minimum width of a window, as a share of the sheet's longer side. */
const NARROWEST = 0.02;
/** The margin around a change: a multiple of its size, plus a share of the sheet. */
const AROUND = 1.5;
const CONTEXT = 0.06;

export function matrixOf([a, b, c, d, e, f]: AffineNumbers): Matrix {
  return { a, b, c, d, e, f };
}

export const whole = ({ width, height }: Size): Box => [0, 0, width, height];

/** A window around a place, with enough of the sheet to see where it is. */
export function around([x, y, w, h]: Box, sheet: Size): Box {
  const margin = Math.max(AROUND * Math.max(w, h), CONTEXT * Math.max(sheet.width, sheet.height));
  return [x - margin, y - margin, w + 2 * margin, h + 2 * margin];
}

/** The window zoomed about its centre, within limits. */
export function zoomed(window: Box, factor: number, sheet: Size): Box {
  const [x, y, w, h] = window;
  const least = NARROWEST * Math.max(sheet.width, sheet.height);
  const width = Math.max(w / factor, least);
  const height = h * (width / w);
  if (width >= sheet.width && height >= sheet.height) return whole(sheet);
  return [x + (w - width) / 2, y + (h - height) / 2, width, height];
}

/** The bounding box of a window's area on the old sheet. */
export function below(window: Box, matrix: Matrix): Box {
  const [x, y, w, h] = window;
  const corners = [
    { x, y },
    { x: x + w, y },
    { x, y: y + h },
    { x: x + w, y: y + h },
  ].map((corner) => toCanvas(matrix, corner));
  const xs = corners.map((corner) => corner.x);
  const ys = corners.map((corner) => corner.y);
  const left = Math.min(...xs);
  const top = Math.min(...ys);
  return [left, top, Math.max(...xs) - left, Math.max(...ys) - top];
}

/** The whole pixels of a sheet that cover a box; null if the box is outside the sheet. */
export function covered([x, y, w, h]: Box, sheet: Size): Box | null {
  const left = Math.max(0, Math.floor(x));
  const top = Math.max(0, Math.floor(y));
  const right = Math.min(sheet.width, Math.ceil(x + w));
  const bottom = Math.min(sheet.height, Math.ceil(y + h));
  return right > left && bottom > top ? [left, top, right - left, bottom - top] : null;
}

/** A box of the old canvas in the coordinates of the new one. */
export function onNew([x, y, w, h]: Box, matrix: Matrix): Box {
  const scale = Math.hypot(matrix.a, matrix.b);
  const middle = toScreen(matrix, { x: x + w / 2, y: y + h / 2 });
  return [middle.x - (w * scale) / 2, middle.y - (h * scale) / 2, w * scale, h * scale];
}

/** The bounding box of both. */
export function union([x, y, w, h]: Box, [x2, y2, w2, h2]: Box): Box {
  const left = Math.min(x, x2);
  const top = Math.min(y, y2);
  return [left, top, Math.max(x + w, x2 + w2) - left, Math.max(y + h, y2 + h2) - top];
}
