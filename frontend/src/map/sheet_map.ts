/** The sheet map of the open drawing: its parts, which are shown, and asking about one. */
import { batch, computed, effect, signal, untracked } from "@preact/signals";

import { problemOf } from "../api/http";
import type { Box } from "../api/schema";
import type { Problem, Row } from "../api/types";
import { fetchTable, partName, table } from "../data/drawing_tables";
import { type Key, tables as languages, t } from "../i18n";
import {
  activeDrawing,
  activePage,
  attach,
  draft,
  mapHidden,
  mapShown,
  setMapHidden,
  showPane,
  showSide,
  side,
  writeDraft,
} from "../store";
import { keepDraft } from "../store/kept_draft";
import { readOnly } from "../store/read_only";
import { type Size, wholeRegion } from "../viewer/geometry";

/**
 * The margin around a part that is asked about, as a share of the sheet's shorter side: 3 mm on A3.
 */
const RIM = 0.01;

/** The kinds of parts, in the order of the legend. */
export const PART_KINDS = [
  "front",
  "side",
  "top",
  "section",
  "detail",
  "isometric",
  "view",
  "table",
  "title_block",
  "notes",
] as const;
export type PartKind = (typeof PART_KINDS)[number];

/** A part of a sheet, in canvas pixels of its page. */
export interface Part {
  id: string;
  kind: PartKind;
  name: string;
  zone: string | null;
  page: number;
  box: Box;
}

const state = {
  rows: signal<readonly Row[]>([]),
  /** The server is looking for the parts. */
  finding: signal(false),
  problem: signal<Problem | null>(null),
};
export const { finding, problem } = readOnly(state);

/** The parts of the page shown, with the corrections made in the table beside it. */
export const parts = computed<readonly Part[]>(() => {
  const beside =
    side.value === "data" && table.value?.kind === "views" ? table.value.rows : state.rows.value;
  return beside.flatMap((row) => (row.page === activePage.value ? partOf(row) : []));
});

/** The parts of the kinds that are not hidden. */
export const shownParts = computed(() =>
  mapShown.value ? parts.value.filter((part) => !mapHidden.value.includes(part.kind)) : [],
);

/** The drawing and the text sources of its pages; changes when text recognition finishes. */
const source = computed(() => {
  const drawing = activeDrawing.value;
  if (drawing === null || !mapShown.value) return null;
  const texts = drawing.pages.map((page) => (page.reading ? "reading" : page.text_source));
  return `${drawing.id} ${texts.join(" ")}`;
});

let asked = 0;

/** Load the map whenever it is shown; returns a function to stop. */
export function followMap(): () => void {
  return effect(() => {
    void source.value;
    untracked(() => void loadMap());
  });
}

/** Load the map, extracting it if there is none; scans wait for text recognition. */
export async function loadMap(): Promise<void> {
  asked += 1;
  const mine = asked;
  const drawing = source.value === null ? null : activeDrawing.value;
  const canLoad = drawing !== null && !drawing.pages.some((page) => page.reading);
  batch(() => {
    state.rows.value = [];
    state.problem.value = null;
    state.finding.value = canLoad;
  });
  if (drawing === null || !canLoad) return;
  try {
    const found = await fetchTable(drawing.id, "views", () => mine === asked, { model: false });
    if (mine === asked && found !== null) state.rows.value = found.rows;
  } catch (error) {
    if (mine === asked) state.problem.value = problemOf(error);
  } finally {
    if (mine === asked) state.finding.value = false;
  }
}

export function toggleKind(kind: PartKind): void {
  const hidden = mapHidden.value;
  setMapHidden(
    hidden.includes(kind) ? hidden.filter((known) => known !== kind) : [...hidden, kind],
  );
}

/** The title of a part: its name and its zone. */
export function titleOf(part: Part): string {
  return part.zone === null ? part.name : t("map.inZone", { name: part.name, zone: part.zone });
}

/** Attach a part to the question, and draft a question if there is none. */
export function askAboutPart(part: Part): void {
  const drawing = activeDrawing.value;
  const sheet = drawing?.pages.find((page) => page.number === part.page);
  if (!drawing || !sheet) return;
  batch(() => {
    const region = wholeRegion(withRim(part.box, sheet), sheet);
    attach({ id: drawing.id, page: part.page, region });
    if (isOurs(draft.value)) writeDraft(t(`map.ask.${part.kind}`));
    showSide("chat");
    showPane("chat");
  });
  keepDraft();
  requestAnimationFrame(() => {
    document.querySelector<HTMLTextAreaElement>(".composer textarea")?.focus();
  });
}

/** The box with a margin, so that the model sees that nothing is cut off. */
function withRim([x, y, width, height]: Box, sheet: Size): Box {
  const rim = RIM * Math.min(sheet.width, sheet.height);
  return [x - rim, y - rim, width + 2 * rim, height + 2 * rim];
}

/** Whether the draft is empty or was written by a part before. */
function isOurs(text: string): boolean {
  const keys = PART_KINDS.map((kind): Key => `map.ask.${kind}`);
  const ours = Object.values(languages).flatMap((words) => keys.map((key) => words[key]));
  return text.trim() === "" || ours.includes(text);
}

function partOf(row: Row): Part[] {
  const kind = PART_KINDS.find((known) => known === row.cells["kind"]?.value);
  if (kind === undefined || row.box === null) return [];
  const zone = row.cells["zone"]?.value ?? null;
  return [{ id: row.id, kind, name: partName(row), zone, page: row.page, box: row.box }];
}
