/** The open drawings: which one is shown, which page, and the place on it to look at. */
import { batch, computed, signal } from "@preact/signals";
import type { DrawingInfo, PageInfo, Place } from "../api/types";
import { showPane } from "./panes";
import { detachDrawing } from "./question";
import { readOnly } from "./read_only";

/** A place on a sheet to fly to, e.g. of a value in an answer. */
export interface FocusRequest extends Place {
  label: string;
  /** All places that can be stepped through, including this one. */
  places?: readonly Place[];
}

const state = {
  /** The drawings open in this conversation, as tabs. */
  drawings: signal<DrawingInfo[]>([]),
  activeDrawingId: signal<string | null>(null),
  /** The page shown of the active drawing, from 1. */
  activePage: signal(1),
  /** Where the viewer flies to; a new object each time, even for the same place. */
  focusRequest: signal<FocusRequest | null>(null),
  /** While on, dragging in the viewer marks a region instead of moving the sheet. */
  regionMode: signal(false),
};
export const { drawings, activeDrawingId, activePage, focusRequest, regionMode } = readOnly(state);

export const activeDrawing = computed<DrawingInfo | null>(
  () => drawings.value.find((drawing) => drawing.id === activeDrawingId.value) ?? null,
);

/** Open a drawing as a tab, or update one that is open. */
export function openDrawing(drawing: DrawingInfo): void {
  const known = drawings.value;
  const isOpen = known.some((one) => one.id === drawing.id);
  state.drawings.value = isOpen
    ? known.map((one) => (one.id === drawing.id ? drawing : one))
    : [...known, drawing];
  state.activeDrawingId.value ??= drawing.id;
}

export function closeDrawing(id: string): void {
  state.drawings.value = drawings.value.filter((drawing) => drawing.id !== id);
  detachDrawing(id);
  if (activeDrawingId.value === id) {
    state.activeDrawingId.value = drawings.value[0]?.id ?? null;
    state.activePage.value = 1;
  }
}

/** Close every tab, e.g. before another conversation is opened. */
export function closeAllDrawings(): void {
  batch(() => {
    state.drawings.value = [];
    state.activeDrawingId.value = null;
    state.activePage.value = 1;
    state.focusRequest.value = null;
    state.regionMode.value = false;
  });
}

/** Record the progress of text recognition on a page. */
export function notePageText(
  id: string,
  page: number,
  source: PageInfo["text_source"],
  reading = false,
): void {
  const update = (known: PageInfo): PageInfo =>
    known.number === page ? { ...known, text_source: source, reading } : known;
  state.drawings.value = drawings.value.map((drawing) =>
    drawing.id === id ? { ...drawing, pages: drawing.pages.map(update) } : drawing,
  );
}

/** Show a page of an open drawing, or its first page if it has no such page. */
export function showSheet(drawingId: string, page: number): void {
  const drawing = drawings.value.find((known) => known.id === drawingId);
  if (!drawing) return;
  state.activeDrawingId.value = drawingId;
  state.activePage.value = drawing.pages.some((known) => known.number === page) ? page : 1;
}

/** Show a place: its sheet first, then the viewer flies there. */
export function focusOn(request: FocusRequest): void {
  showSheet(request.drawing, request.page);
  showPane("drawing");
  state.focusRequest.value = { ...request };
}

/** Step to the next (1) or previous (-1) place of the current request. */
export function stepFocus(by: number): void {
  const request = focusRequest.value;
  const places = request?.places ?? [];
  if (!request || places.length < 2) return;
  const next = places.at((placeIndex(request) + by) % places.length);
  if (next) focusOn({ ...next, label: request.label, places });
}

export function clearFocus(): void {
  state.focusRequest.value = null;
}

/** Which of its places a request shows, from 0. */
export function placeIndex({ drawing, page, box, places = [] }: FocusRequest): number {
  return places.findIndex(
    (place) => place.drawing === drawing && place.page === page && `${place.box}` === `${box}`,
  );
}

export function setRegionMode(on: boolean): void {
  state.regionMode.value = on;
}
