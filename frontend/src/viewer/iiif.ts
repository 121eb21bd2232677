/** IIIF Image API 3.0 addresses and the tile pyramid of a page. Pure functions. */
import type { Box, Size } from "./geometry";

/** The fields of `info.json` that the viewer uses. */
export interface ImageInfo extends Size {
  tiles?: { width: number; height?: number }[];
  preferredFormats?: string[];
  extraFeatures?: string[];
}

/** The tile pyramid of a page. */
export interface Pyramid extends Size {
  base: string;
  tile: number;
  format: string;
  /** The scale of the finest level relative to the canvas; 1 for scans. */
  enlargement: number;
  maxLevel: number;
  /** The overlap of adjacent tiles, in pixels. */
  overlap: number;
}

const DEFAULT_TILE = 512;
const FORMATS = ["webp", "png", "jpg"];

/** Vector pages are rendered at up to this multiple of their canvas. */
export const VECTOR_ENLARGEMENT = 4;

/**
 * Tiles overlap by a whole canvas pixel at the highest magnification. OpenSeadragon draws tiles at
 * fractions of a pixel: without an overlap a stroke that ends at a tile edge loses half of its ink,
 * and an L looks like a line.
 */
const OVERLAP = VECTOR_ENLARGEMENT;

const VECTOR_TYPES = /pdf|dxf|svg|hpgl|plt|vnd\.dwg/i;

/** Whether pages of this type are rendered, so that zooming past the canvas shows more detail. */
export function isVector(mediaType: string): boolean {
  return VECTOR_TYPES.test(mediaType);
}

export function imageBase(drawing: string, page: number): string {
  return `/iiif/${encodeURIComponent(drawing)}.${page}`;
}

export function infoUrl(drawing: string, page: number): string {
  return `${imageBase(drawing, page)}/info.json`;
}

/** The address of a thumbnail within a square of `side` pixels. */
export function thumbnailUrl(drawing: string, page: number, side: number): string {
  return `${imageBase(drawing, page)}/full/^!${side},${side}/0/default.jpg`;
}

/** The pyramid of a page, extended past the canvas for vector pages if the server offers it. */
export function pyramidOf(base: string, info: ImageInfo, vector: boolean): Pyramid {
  const tile = info.tiles?.[0]?.width ?? DEFAULT_TILE;
  const upscaling = info.extraFeatures?.includes("sizeUpscaling") ?? false;
  const enlargement = vector && upscaling ? VECTOR_ENLARGEMENT : 1;
  const format = info.preferredFormats?.find((name) => FORMATS.includes(name)) ?? "jpg";
  const longest = Math.max(info.width, info.height) * enlargement;
  const maxLevel = Math.max(0, Math.ceil(Math.log2(longest / tile)));
  const { width, height } = info;
  return { base, width, height, tile, format, enlargement, maxLevel, overlap: OVERLAP };
}

/** Canvas pixels per tile pixel at a level; below 1 where the page is enlarged. */
export function reduction(pyramid: Pyramid, level: number): number {
  return 2 ** (pyramid.maxLevel - level) / pyramid.enlargement;
}

/** The part of the canvas that a tile covers. */
export function tileBox(pyramid: Pyramid, level: number, column: number, row: number): Box {
  const factor = reduction(pyramid, level);
  const [step, shared] = [pyramid.tile * factor, pyramid.overlap * factor];
  const x = Math.max(0, column * step - shared);
  const y = Math.max(0, row * step - shared);
  const right = Math.min(pyramid.width, (column + 1) * step + shared);
  const bottom = Math.min(pyramid.height, (row + 1) * step + shared);
  return [x, y, right - x, bottom - y];
}

export function tileUrl(pyramid: Pyramid, level: number, column: number, row: number): string {
  const factor = reduction(pyramid, level);
  const [x, y, w, h] = tileBox(pyramid, level, column, row);
  const whole = x === 0 && y === 0 && w === pyramid.width && h === pyramid.height;
  const region = whole ? "full" : `${x},${y},${w},${h}`;
  return `${pyramid.base}/${region}/${sizeText(w, h, factor)}/0/default.${pyramid.format}`;
}

function sizeText(w: number, h: number, factor: number): string {
  if (factor === 1) return "max";
  const size = `${Math.ceil(w / factor)},${Math.ceil(h / factor)}`;
  return factor < 1 ? `^${size}` : size;
}
