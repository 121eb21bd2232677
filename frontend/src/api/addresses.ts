/** Addresses of images and downloads. */
import { part, query } from "./http";

/** The whole conversation as JSON, or the branch that ends with `message` as Markdown. */
export const exportAddress = (
  id: string,
  format: "md" | "json",
  message: string | null = null,
): string => `/api/conversations/${part(id)}/export${query({ format, message_id: message })}`;

export const originalAddress = (id: string): string => `/api/drawings/${part(id)}/original`;

/** A page or a region at an exact size: the image that was sent to the model. */
export function imageAddress(
  id: string,
  page: number,
  region: readonly number[] | null,
  width: number,
  height: number,
): string {
  const cut = region ? region.map((value) => Math.max(0, Math.round(value))).join(",") : "full";
  return `/iiif/${part(id)}.${page}/${cut}/^${width},${height}/0/default.png`;
}

/** A thumbnail of a page or a region. */
export function thumbnailAddress(
  id: string,
  page: number,
  region: readonly number[] | null = null,
  side = 160,
): string {
  const cut = region ? region.map((value) => Math.max(0, Math.round(value))).join(",") : "full";
  return `/iiif/${part(id)}.${page}/${cut}/^!${side},${side}/0/default.jpg`;
}
