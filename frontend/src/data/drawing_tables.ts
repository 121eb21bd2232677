/** The tables of the open drawing: loading, waiting for extraction, corrections, balloons. */
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

/** The polling interval for a running job, in milliseconds. */
const PAUSE = 400;
/** Only the last request counts: earlier ones find a newer number. */
let asked = 0;

/** Show another table of the drawing. */
export function showKind(tableKind: TableKind): void {
  state.kind.value = tableKind;
}

/** Load the table whenever the drawing or kind changes; returns a function to stop. */
export function followTables(): () => void {
  const ends = [
    effect(() => {
      const drawing = activeDrawing.value?.id ?? null;
      const tableKind = kind.value;
      if (side.value === "data") untracked(() => void load(drawing, tableKind));
    }),
    effect(() => {
      const page = activePage.value;
      const shown = table.value?.kind === "dimensions" ? activeDrawing.peek()?.id : undefined;
      untracked(() => void loadBalloons(shown, page));
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** Load the stored table; extract it if there is none or with `anew`. */
export async function load(
  drawing: string | null,
  tableKind: TableKind,
  anew = false,
): Promise<void> {
  asked += 1;
  const mine = asked;
  batch(() => {
    state.problem.value = null;
    state.job.value = null;
    if (table.value?.kind !== tableKind || !anew) state.table.value = null;
    state.chosen.value = null;
  });
  if (drawing === null) return;
  try {
    const goesOn = (running: Job | null): boolean => {
      if (mine === asked) state.job.value = running;
      return mine === asked;
    };
    const found = await fetchTable(drawing, tableKind, goesOn, { anew });
    if (mine === asked && found !== null) show(found);
  } catch (error) {
    if (mine === asked) state.problem.value = problemOf(error);
  } finally {
    if (mine === asked) state.job.value = null;
  }
}

/**
 * Fetch a table, extracting it if there is none or with `anew`. `model` decides whether the model
 * reads too; without it the server decides. `goesOn` is called with each state of the job; if it
 * returns false, the result is null.
 */
export async function fetchTable(
  drawing: string,
  tableKind: TableKind,
  goesOn: (job: Job | null) => boolean,
  { anew = false, model }: { anew?: boolean; model?: boolean } = {},
): Promise<Table | null> {
  const known = anew ? null : await existing(drawing, tableKind);
  if (!goesOn(null)) return null;
  let found = known ?? (await api.extract(drawing, tableKind, model));
  while ("job" in found) {
    if (!goesOn(found)) return null;
    await new Promise((done) => setTimeout(done, PAUSE));
    if (!goesOn(found)) return null;
    found = await api.table(drawing, tableKind);
  }
  return found;
}

async function existing(drawing: string, tableKind: TableKind): Promise<Table | Job | null> {
  try {
    return await api.table(drawing, tableKind);
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
    if (activeDrawing.peek()?.id === drawing && activePage.peek() === page)
      state.balloons.value = found;
  } catch (error) {
    problemOf(error); // the table shows what is wrong
    state.balloons.value = [];
  }
}

/** Select a row in the table and on the sheet. */
export function choose(row: Row, fly = true): void {
  state.chosen.value = row.id;
  const drawing = activeDrawing.value;
  const box = row.box;
  if (!fly || drawing === null || box === null) return;
  focusOn({ drawing: drawing.id, page: row.page, box, label: nameOf(row) });
}

/** The name of a row: its text on the sheet. */
export function nameOf(row: Row): string {
  if (isPart(row)) return partName(row);
  for (const column of ["text", "field", "description", "name", "number", "item", "revision"]) {
    const value = row.cells[column]?.value;
    if (value) return column === "field" ? word(value) : value;
  }
  return row.id;
}

/** The names that the server gives to tables on the sheet, by their codes. */
const PART_NAMES: Record<string, Key> = {
  title_block: "map.kind.title_block",
  notes: "map.kind.notes",
  bom: "data.kind.bom",
  revisions: "data.kind.revisions",
};

/** Whether the row is a part of the sheet, such as a view or a table. */
const isPart = (row: Row): boolean => hasKey(`map.kind.${row.cells["kind"]?.value}`);

/** A part's own name if it has one on the sheet, else its kind. */
export function partName({ cells }: Row): string {
  const cell = cells["name"];
  const own = cell?.status === "found" || cell?.status === "corrected" || cell?.source === "model";
  const name = own ? (cell.value ?? "") : "";
  if (name === "") return word(cells["kind"]?.value ?? "");
  const known = PART_NAMES[cell?.value_code ?? ""];
  return known ? t(known) : name;
}

/** An API name in the page's language, if the page has a text for it. */
export function word(value: string): string {
  if (hasKey(`map.kind.${value}`)) return t(`map.kind.${value}` as Key);
  const key = `data.word.${value}`;
  return hasKey(key) ? t(key) : value;
}

/** Correct a cell; null reverts the correction. */
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

/** Remove a row; the notice offers Undo. */
export async function takeOut(row: Row): Promise<void> {
  await correct(row.id, "row", "removed");
  const run = (): void => void correct(row.id, "row", null);
  notify(t("data.removed", { name: nameOf(row) }), { label: t("data.undo"), run });
}

/** Move a balloon; null resets its position. */
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
