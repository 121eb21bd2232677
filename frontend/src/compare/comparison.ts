/** The comparison of two sheets: which sheets, their changes, and the selected change. */
import { batch, computed, effect, signal, untracked } from "@preact/signals";

import { api } from "../api/client";
import { problemOf } from "../api/http";
import type { Box } from "../api/schema";
import type { Change, ComparedSheet, Comparison, DrawingInfo, Problem } from "../api/types";
import { plural, t } from "../i18n";
import {
  activeDrawing,
  activePage,
  attach,
  drawings,
  focusOn,
  openDrawing,
  showSide,
  writeDraft,
} from "../store";
import { readOnly } from "../store/read_only";
import { around, matrixOf, onNew, union, whole } from "./windows";

/** The maximum number of changes quoted in a question. */
const QUOTED = 40;

const state = {
  /** Both sheets as `{drawing id}.{page}`. */
  oldSheet: signal<string | null>(null),
  newSheet: signal<string | null>(null),
  comparison: signal<Comparison | null>(null),
  comparing: signal(false),
  problem: signal<Problem | null>(null),
  /** The index of the change shown. */
  chosen: signal<number | null>(null),
  /** The visible part of the new sheet. */
  visibleBox: signal<Box | null>(null),
  /** Recent drawings, which can be compared too. */
  recent: signal<readonly DrawingInfo[]>([]),
};
export const { oldSheet, newSheet, comparison, comparing, problem, chosen, visibleBox } =
  readOnly(state);

/** The drawings to choose from: open ones, then recent ones. */
export const choices = computed(() => {
  const open = new Set(drawings.value.map((drawing) => drawing.id));
  return [...drawings.value, ...state.recent.value.filter((drawing) => !open.has(drawing.id))];
});

/** The text sources of both sheets; they change when text recognition finishes. */
const textSources = computed(() =>
  [oldSheet.value, newSheet.value]
    .map((sheet) => {
      const named = namedSheet(sheet);
      const drawing = choices.value.find((known) => known.id === named?.drawing);
      return drawing?.pages.find((known) => known.number === named?.page)?.text_source ?? "";
    })
    .join(" "),
);

let asked = 0;

/**
 * Start with the open drawings and compare whenever two sheets are chosen; returns a function to
 * stop.
 */
export function followSheets(): () => void {
  chooseFirst();
  void loadRecent();
  return effect(() => {
    const before = oldSheet.value;
    const after = newSheet.value;
    void textSources.value;
    untracked(() => void compare(before, after));
  });
}

/** Preselect the shown sheet as new and another open drawing as old. */
function chooseFirst(): void {
  const known = new Set(drawings.value.map((drawing) => drawing.id));
  const isOpen = (sheet: string | null): boolean => known.has(namedSheet(sheet)?.drawing ?? "");
  if (isOpen(oldSheet.value) && isOpen(newSheet.value)) return;
  const shown = activeDrawing.value;
  const other = drawings.value.find((drawing) => drawing.id !== shown?.id);
  batch(() => {
    state.newSheet.value = shown && `${shown.id}.${activePage.value}`;
    state.oldSheet.value = other ? `${other.id}.${other.pages[0]?.number ?? 1}` : null;
  });
}

async function loadRecent(): Promise<void> {
  try {
    state.recent.value = (await api.drawings(50)).items;
  } catch (error) {
    problemOf(error); // open drawings can still be compared
  }
}

/** Load the changes; only the last request counts. */
export async function compare(before: string | null, after: string | null): Promise<void> {
  asked += 1;
  const mine = asked;
  batch(() => {
    state.comparison.value = null;
    state.problem.value = null;
    state.chosen.value = null;
    state.visibleBox.value = null;
    state.comparing.value = before !== null && after !== null;
  });
  if (before === null || after === null) return;
  try {
    const found = await api.compare(before, after);
    if (mine !== asked) return;
    batch(() => {
      state.comparison.value = found;
      state.visibleBox.value = whole(found.new);
    });
  } catch (error) {
    if (mine === asked) state.problem.value = problemOf(error);
  } finally {
    if (mine === asked) state.comparing.value = false;
  }
}

/** Choose one of the two sheets. */
export function chooseSheet(which: "old" | "new", sheet: string | null): void {
  state[`${which}Sheet`].value = sheet;
}

/** Show this part of the new sheet. */
export function showBox(box: Box): void {
  state.visibleBox.value = box;
}

export function swap(): void {
  batch(() => {
    [state.oldSheet.value, state.newSheet.value] = [newSheet.peek(), oldSheet.peek()];
  });
}

/** The drawing and the page of `{drawing id}.{page}`. */
function namedSheet(sheet: string | null): { drawing: string; page: number } | null {
  if (sheet === null) return null;
  const dot = sheet.lastIndexOf(".");
  return { drawing: sheet.slice(0, dot), page: Number(sheet.slice(dot + 1)) };
}

/** A change as one line of text. */
export function wordsOf(change: Change): string {
  const { old, new: now } = change;
  if (change.kind !== "changed") return now.text ?? old.text ?? "";
  return t("compare.became", { old: old.text ?? "", new: now.text ?? "" });
}

/** The kind of a change in words. */
export function kindOf(change: Change): string {
  return t(change.moved ? "compare.changedAndMoved" : `compare.${change.kind}`);
}

/** Select a change: show it in the viewer and in the comparison. */
export function choose(index: number): void {
  const found = comparison.value;
  const change = found?.changes[index];
  if (!found || !change) return;
  const gone = change.kind === "removed";
  const sheet = gone ? found.old : found.new;
  const drawing = choices.value.find((known) => known.id === sheet.drawing);
  const before = onNew(change.old.box, matrixOf(found.alignment.matrix));
  batch(() => {
    state.chosen.value = index;
    state.visibleBox.value = around(union(before, change.new.box), found.new);
    if (drawing) openDrawing(drawing);
    const label = `${kindOf(change)}: ${wordsOf(change)}`;
    focusOn({
      drawing: sheet.drawing,
      page: sheet.page,
      box: (gone ? change.old : change.new).box,
      label,
    });
  });
}

/** Draft a question with the list of changes and both sheets attached. */
export function askAboutChanges(): void {
  const found = comparison.value;
  if (!found) return;
  const lines = found.changes
    .slice(0, QUOTED)
    .map((change) => `- ${kindOf(change)}: ${wordsOf(change)}`);
  const more = found.changes.length - lines.length;
  if (more > 0) lines.push(`- ${plural("compare.more", more)}`);
  const names = { old: nameOf(found.old), new: nameOf(found.new) };
  batch(() => {
    for (const { drawing, page } of [found.old, found.new]) {
      const known = choices.value.find((one) => one.id === drawing);
      if (known) openDrawing(known);
      attach({ id: drawing, page });
    }
    writeDraft([t("compare.question", names), ...lines].join("\n"));
    showSide("chat");
  });
}

function nameOf({ drawing, page }: ComparedSheet): string {
  const known = choices.value.find((one) => one.id === drawing);
  return sheetName(known?.name ?? drawing, page, known?.pages.length ?? 1);
}

/** The name of a sheet: the drawing, plus the page if there are several. */
export function sheetName(name: string, page: number, pages: number): string {
  return pages > 1 ? t("compare.sheet", { name, page }) : name;
}
