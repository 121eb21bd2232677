/**
 * The tables of the open drawing: asked for, waited for, corrected. Keeps what it knows in the
 * store's shape of signals; knows HTTP through `api`, nothing of the views.
 */
import { batch, effect, signal, untracked } from "@preact/signals";

import { api } from "../api/client";
import { ApiError, problemOf } from "../api/http";
import type { Balloon, Job, Problem, Row, Table, TableKind } from "../api/types";
import { hasKey, type Key, t } from "../i18n";
import { problemText } from "../i18n/problem_text";
import { activeDrawing, activePage, focusOn, notify, side } from "../store";
import { readOnly } from "../store/read_only";

const state = {
  kind: signal<TableKind>("dimensions"),
  table: signal<Table | null>(null),
  job: signal<Job | null>(null),
  problem: signal<Problem | null>(null),
  /** The row marked in the table and on the sheet. */
  chosen: signal<string | null>(null),
  balloons: signal<readonly Balloon[]>([]),
};
export const { kind, table, job, problem, chosen, balloons } = readOnly(state);

/** Pause between two looks at a running job, in milliseconds. */
const PAUSE = 400;
/** Whoever asks last is answered: an older question finds its number gone. */
let asked = 0;

/** Show another table of the drawing. */
export function showKind(wanted: TableKind): void {
  state.kind.value = wanted;
}

/** Load the table whenever another drawing or kind is to be seen; returns the end of it. */
export function followTables(): () => void {
  const ends = [
    effect(() => {
      const drawing = activeDrawing.value?.id ?? null;
      const wanted = kind.value;
      if (side.value === "data") untracked(() => void load(drawing, wanted));
    }),
    effect(() => {
      const page = activePage.value;
      const shown = table.value?.kind === "dimensions" ? activeDrawing.peek()?.id : undefined;
      untracked(() => void loadBalloons(shown, page));
    }),
  ];
  return () => ends.forEach((end) => end());
}

/** The table as it is kept; made where there is none, or `anew`. */
export async function load(drawing: string | null, wanted: TableKind, anew = false): Promise<void> {
  const mine = (asked += 1);
  batch(() => {
    state.problem.value = null;
    state.job.value = null;
    if (table.value?.kind !== wanted || !anew) state.table.value = null;
    state.chosen.value = null;
  });
  if (drawing === null) return;
  try {
    const goesOn = (running: Job | null): boolean => {
      if (mine === asked) state.job.value = running;
      return mine === asked;
    };
    const found = await fetchTable(drawing, wanted, goesOn, { anew });
    if (mine === asked && found !== null) show(found);
  } catch (error) {
    if (mine === asked) state.problem.value = problemOf(error);
  } finally {
    if (mine === asked) state.job.value = null;
  }
}

/**
 * The table of a kind, made where there is none or `anew`; `model`: whether the model reads too,
 * left out where the server decides. Null when `goesOn`, told of each look at the job, says no.
 */
export async function fetchTable(
  drawing: string,
  wanted: TableKind,
  goesOn: (job: Job | null) => boolean,
  { anew = false, model }: { anew?: boolean; model?: boolean } = {},
): Promise<Table | null> {
  const known = anew ? null : await existing(drawing, wanted);
  if (!goesOn(null)) return null;
  let found = known ?? (await api.extract(drawing, wanted, model));
  while ("job" in found) {
    if (!goesOn(found)) return null;
    await new Promise((done) => setTimeout(done, PAUSE));
    if (!goesOn(found)) return null;
    found = await api.table(drawing, wanted);
  }
  return found;
}

async function existing(drawing: string, wanted: TableKind): Promise<Table | Job | null> {
  try {
    return await api.table(drawing, wanted);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

function show(found: Table): void {
  state.table.value = found;
}

async function loadBalloons(drawing: string | undefined, page: number): Promise<void> {
  if (drawing === undefined) {
    state.balloons.value = [];
    return;
  }
  try {
    const found = (await api.balloons(drawing, page)).items;
    if (activeDrawing.peek()?.id === drawing && activePage.peek() === page) state.balloons.value = found;
  } catch (error) {
    problemOf(error); // the table itself tells what is wrong
    state.balloons.value = [];
  }
}

/** Mark a row in the table, and on the sheet. */
export function choose(row: Row, fly = true): void {
  state.chosen.value = row.id;
  const drawing = activeDrawing.value;
  const box = row.box;
  if (!fly || drawing === null || box === null) return;
  focusOn({ drawing: drawing.id, page: row.page, box, label: nameOf(row) });
}

/** What a row is called: what is written there. */
export function nameOf(row: Row): string {
  if (isPart(row)) return partName(row);
  for (const column of ["text", "field", "description", "name", "number", "item", "revision"]) {
    const value = row.cells[column]?.value;
    if (value) return column === "field" ? word(value) : value;
  }
  return row.id;
}

/** What the server calls tables on the sheet, in the page's language. */
const TABLES: Record<string, Key> = {
  "Title block": "map.kind.title_block",
  Notes: "map.kind.notes",
  "Parts list": "data.kind.bom",
  "Revision table": "data.kind.revisions",
};

/** Whether the row is a part of the sheet: a view, a table. */
const isPart = (row: Row): boolean => hasKey(`map.kind.${row.cells["kind"]?.value}`);

/** A part's own name, where one stands at it, else what it is. */
export function partName({ cells }: Row): string {
  const cell = cells["name"];
  const own = cell?.status === "found" || cell?.status === "corrected" || cell?.source === "model";
  const name = own ? (cell.value ?? "") : "";
  if (name === "") return word(cells["kind"]?.value ?? "");
  return name in TABLES ? t(TABLES[name] as Key) : name;
}

/** A name of the API in the page's language, where it has one. */
export function word(value: string): string {
  if (hasKey(`map.kind.${value}`)) return t(`map.kind.${value}` as Key);
  const key = `data.word.${value}`;
  return hasKey(key) ? t(key) : value;
}

/** Write over a cell; null takes the correction back. */
export async function correct(row: string, column: string, value: string | null): Promise<void> {
  const drawing = activeDrawing.value;
  const shown = table.value;
  if (drawing === null || shown === null) return;
  try {
    const changed = await api.correct(drawing.id, shown.kind, { row, column, value });
    if (activeDrawing.peek()?.id === drawing.id && kind.peek() === changed.kind) show(changed);
  } catch (error) {
    notify(problemText(problemOf(error)));
  }
}

/** Take a row out; the notice brings it back. */
export async function takeOut(row: Row): Promise<void> {
  await correct(row.id, "row", "removed");
  const run = (): void => void correct(row.id, "row", null);
  notify(t("data.removed", { name: nameOf(row) }), { label: t("data.undo"), run });
}

/** Put a balloon somewhere else; null: back beside its dimension. */
export async function moveBalloon(
  balloon: Balloon,
  to: { x: number; y: number } | null,
): Promise<void> {
  const drawing = activeDrawing.value;
  if (drawing === null) return;
  try {
    const place = to ?? { x: null, y: null };
    state.balloons.value = (await api.moveBalloon(drawing.id, balloon.row, place)).items;
  } catch (error) {
    notify(problemText(problemOf(error)));
  }
}
